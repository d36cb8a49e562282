import type { Steps } from '../base/steps.ts';
import type { BootEvent } from '../events/catalog.ts';
import { makesEmptyTable, touches } from './blame.ts';
import { type Background, BackgroundKeeper, type BlameTarget } from './blame-target.ts';

/** Events between two pauses of a search. */
const EVENTS_A_STEP = 4096;

/**
 * Where a boot changes any of some targets, either way from wherever one stands. What an event touches may depend on all
 * those before it, so that events are read from the first on, but once, and no further than it takes.
 */
export class TouchedSeqs {
  private readonly events: Iterator<BootEvent>;
  private readonly targets: readonly BlameTarget[];
  private readonly keeper: BackgroundKeeper;
  private readonly seqs: number[] = [];
  private readTo = 0;

  /** @param events - those of {@link BLAME_KINDS}, or more, from the first on */
  constructor(
    events: Iterable<BootEvent>,
    targets: readonly BlameTarget[],
    bankEvents: ReadonlySet<number> = new Set(),
  ) {
    this.events = events[Symbol.iterator]();
    this.targets = targets;
    this.keeper = new BackgroundKeeper(bankEvents);
  }

  *next(after: number): Steps<number | undefined> {
    yield* this.read(() => (this.seqs.at(-1) ?? 0) > after);
    return this.seqs[this.countUpTo(after)];
  }

  *previous(before: number): Steps<number | undefined> {
    yield* this.read(() => this.readTo >= before);
    return this.seqs[this.countUpTo(before - 1) - 1];
  }

  /** Whether the boot touches none of them, once all of it was read. */
  *isEmpty(): Steps<boolean> {
    yield* this.read(() => this.seqs.length > 0);
    return this.seqs.length === 0;
  }

  private *read(isEnough: () => boolean): Steps<void> {
    for (let count = 1; !isEnough(); count++) {
      const next = this.events.next();
      if (next.done === true) {
        this.readTo = Number.POSITIVE_INFINITY;
        return;
      }
      const event = next.value;
      const background = this.keeper.take(event);
      if (this.targets.some((target) => changes(event, target, background))) this.seqs.push(event.seq);
      this.readTo = event.seq;
      if (count % EVENTS_A_STEP === 0) yield;
    }
  }

  /** How many of the seqs that were found are not above a seq. */
  private countUpTo(seq: number): number {
    let [low, high] = [0, this.seqs.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.seqs[middle] as number) <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Whether anything is different for a target: a table that holds nothing yet changes no I/O address below it. */
function changes(event: BootEvent, target: BlameTarget, background: Background): boolean {
  if (target.type === 'iova' && makesEmptyTable(event)) return false;
  return touches(event, target, background) !== null;
}
