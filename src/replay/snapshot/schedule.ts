/**
 * Where snapshots are taken: as often as a replay between two of them is worth avoiding, and no more often than the
 * file may grow for it.
 */
export interface SnapshotBudget {
  /** Bytes that all snapshots of the boot may take. */
  readonly bytes: number;
  /** Events of the boot. */
  readonly eventCount: number;
}

/**
 * Cost of a replay, in events that change the state, below which nothing is kept: some milliseconds, and a small part
 * of what starting a process takes.
 */
const COST_MIN = 8_192;

/** Events of a boot below which it has no snapshots: to replay all of it costs little more than to find one. */
export const EVENTS_MIN = 16_384;

/** What an event costs that changes nothing: to pass over it. */
const PASSED_OVER = 1 / 8;

/** Decides, chunk by chunk, whether a snapshot is due. It knows sizes and counts only, no clock. */
export class SnapshotSchedule {
  private readonly budget: SnapshotBudget;
  private cost = 0;
  private spent = 0;
  private lastSize = 0;

  constructor(budget: SnapshotBudget) {
    this.budget = budget;
  }

  /** Counts events since the last snapshot: those that changed the state, and the others. */
  passed(reducedCount: number, otherCount: number): void {
    this.cost += reducedCount + otherCount * PASSED_OVER;
  }

  /** Whether to take one after the event `seq`. The next one is expected to be as large as the last one was. */
  isDue(seq: number): boolean {
    if (this.cost < COST_MIN) return false;
    const { bytes, eventCount } = this.budget;
    return this.spent + this.lastSize <= bytes * (seq / eventCount);
  }

  /** Counts a snapshot that was taken, by the bytes that it added. */
  taken(bytes: number): void {
    this.cost = 0;
    this.spent += bytes;
    this.lastSize = bytes;
  }
}
