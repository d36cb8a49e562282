import type { BootTracker } from '../boot-tracker.ts';
import type { EventSink } from '../event-sink.ts';

/** What a recogniser has at hand when its pattern matched. */
export interface Recognition {
  readonly sink: EventSink;
  readonly tracker: BootTracker;
  /** Seq of the `log.printed` that the line became: the cause of whatever it means. */
  readonly cause: number;
}
