import type { BootTracker } from '../boot-tracker.ts';
import type { EventSink } from '../event-sink.ts';

/** What a recogniser has at hand when its pattern matched. */
export interface Recognition {
  readonly sink: EventSink;
  readonly tracker: BootTracker;
  /** Seq of the `log.printed` that the line became: the cause of whatever it means. */
  readonly cause: number;
}

/**
 * One line of the kernel that means something. The example is a test: the pattern must match it, and the
 * events that come of it are in the golden files.
 */
export interface Recogniser {
  readonly name: string;
  /** Where the kernel prints it. */
  readonly where: string;
  /** What the text starts with, up to its first blank or colon; the table is indexed by it. */
  readonly firstWord: string;
  readonly pattern: RegExp;
  readonly example: string;
  readonly recognise: (match: readonly string[], recognition: Recognition) => void;
}
