import type { Recognition } from './recognition.ts';

/** A report of several lines, such as a fault of the SMMU or an oops, of which more may come. */
export interface OpenReport {
  /**
   * Whether a later line is part of it. `isSameCaller` is false where the log tells callers, and it is another one
   * than that of the first line; `isTimed` is false where the first line has a time, and this one has none: what a
   * console or a test job put between, or the rest of a line that was wrapped.
   */
  readonly take: (text: string, isSameCaller: boolean, isTimed: boolean) => boolean;
  /** No further line can be part of it. */
  readonly isOver: () => boolean;
  /** So many lines of others may stand between two of its own. */
  readonly patience: number;
  /** Tells the one event that it is, at the place of its first line. */
  readonly tell: (recognition: Recognition) => void;
}
