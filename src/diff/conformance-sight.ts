import type { Difference, LaneComparison } from './compare-lane.ts';
import { agrees } from './expectation.ts';
import type { DiffItem } from './items.ts';

/** What a lane of a boot is held to. */
export interface HeldLane {
  /** A is the model, B the boot. */
  readonly comparison: LaneComparison;
  /** A lane of the machine has calls and devices of drivers that the model does not speak of. */
  readonly isMachine: boolean;
  /** How the sources would tell a step of the model; by its seq there. */
  readonly tellingOf: (seq: number) => Telling | undefined;
  /** From here on the boot does what the model's scenario does not come to; Infinity where it comes to all. */
  readonly heldBefore: number;
}

/** How a step gets into a source: by which, and among which others of its sort. */
export interface Telling {
  readonly witness: string;
  /** Tracepoint, or kind and level of a line: where one such step is shown, others would be. */
  readonly channel: string;
  /**
   * The step of the model without which nobody can tell whose this one is: an unmap names no device, so that of a map that
   * a trace does not show is told of nobody.
   */
  readonly after: number | null;
  /** Only a trace tells it. */
  readonly isTraced: boolean;
}

export interface Witness {
  /** Time of the last thing that it tells; null where it tells no times. */
  readonly lastTime: number | null;
  /** It is known to have lost events: what it does not tell may have happened. */
  readonly hasLost: boolean;
  /** It tells the boot from its first moment on. */
  readonly isFromStart: boolean;
  /** Somebody may have chosen lines of it, as people do with kernel logs: what begins one lane begins no other. */
  readonly mayBeExcerpt: boolean;
  /** Numbers of the sources that it is; null where every source may be it. */
  readonly sources: ReadonlySet<number> | null;
}

/** What the sources of a boot can show. */
export interface ModelSight {
  /** A simulated boot tells everything: there, what is not told was not done. */
  readonly isWhole: boolean;
  readonly witnesses: ReadonlyMap<string, Witness>;
}

/** What a difference between model and boot means. */
export type HeldVerdict = 'departs' | 'same' | 'not shown' | 'outside the model';

/**
 * How much longer than the model a boot may take for a step before it counts as not done: 10 s, the double of what the
 * kernel itself waits for a core (start and stop, drivers/remoteproc/qcom_q6v5.c), and three times the model's own time.
 */
const PATIENCE_NS = 10_000_000_000;
const PATIENCE_FACTOR = 3;

/** Kinds of steps. All else in the lane of a processor (what its node and its driver say) counts only where it fails. */
const STEPS = /^(?:smc|mapping|smmu|shm_bridge|pas|remoteproc)\.|^memory\.assigned$|^firmware\.refused$/;

/** What is said of hardware, as against what is done with it. */
const DESCRIBES = new Set(['smmu.described', 'device.identified', 'device.noted']);

/** What no kernel survives, whichever driver did it. */
const DEADLY = new Set(['kernel.oopsed', 'kernel.panicked']);

const FAULT = 'smmu.faulted';

/** A probe that waits for another driver has not failed: it is tried again when that one comes, however late. */
const DEFERRED = 'device.deferred';

/** A step that both the model and the boot have. */
type Pair = Extract<Difference, { readonly type: 'same' | 'changed' | 'moved' }>;

/** Says what differences mean. */
export interface HeldJudge {
  verdictOf(held: HeldLane, difference: Difference): HeldVerdict;
  /** Whether the sources go back to a step of the model that comes before all that a lane shows. */
  isBeginShown(item: DiffItem): boolean;
  /** The witness that would tell a step of the model, but begins later than that. */
  tooLateFor(held: HeldLane, item: DiffItem): string | undefined;
}

/** Gathers what the sources show of the model, in all lanes, and says what each difference then means. */
export function findHeld(lanes: readonly HeldLane[], sight: ModelSight): HeldJudge {
  const shown = new ShownByBoot(sight.isWhole ? [] : lanes, sight);
  const verdictOf = (held: HeldLane, difference: Difference): HeldVerdict => {
    if (difference.type === 'same') return 'same';
    // A core that faults does so beside Linux, until somebody stops it: how often, and between what, is a matter of time.
    const { a, b } = difference;
    if ((b ?? a)?.kind === FAULT && shown.isFaultOfBoth(held, (b ?? a) as DiffItem))
      return 'outside the model';
    if (sight.isWhole) return 'departs';
    // An unmap names no device: where maps of before the trace are not shown, it may be taken for another's.
    if ((b ?? a)?.kind === 'mapping.removed' && isLateTrace(sight.witnesses))
      return difference.type === 'only-a' ? 'not shown' : 'outside the model';
    switch (difference.type) {
      case 'only-a':
        return shown.wouldShow(held, difference.a) && !isMaybeLost(held, difference)
          ? 'departs'
          : 'not shown';
      case 'only-b':
        if (difference.b.kind === DEFERRED && shown.goesOnAfter(held, difference.b))
          return 'outside the model';
        if (held.comparison.maybeLost.has(difference)) return 'outside the model';
        return isStep(held, difference.b, shown) ? 'departs' : 'outside the model';
      case 'changed':
        // A call whose answer was lost, or comes after the end.
        if (held.comparison.maybeLost.has(difference)) return 'not shown';
        if (difference.b.isUnanswered && !shown.hadTimeToAnswer(held, difference)) return 'not shown';
        return isOtherOutcome(difference.a, difference.b) ? 'departs' : 'same';
      case 'moved':
        return shown.isOutOfOrder(held, difference.a.seq, difference.b.seq) ? 'departs' : 'same';
    }
  };
  return {
    verdictOf,
    isBeginShown: (item) => shown.isBeginShown(item),
    tooLateFor: (held, item) => shown.tooLateFor(held, item),
  };
}

/** Whether there is a trace that may begin anywhere in the boot. */
export function isLateTrace(witnesses: ReadonlyMap<string, Witness>): boolean {
  const trace = witnesses.get('ftrace');
  return trace !== undefined && isLate(trace);
}

/** Whether a source may begin anywhere in the boot. */
export function isLate({ isFromStart, mayBeExcerpt }: Witness): boolean {
  return mayBeExcerpt && !isFromStart;
}

/** Whether the trace, which alone would tell a step, was off or lost events where it belongs. */
function isMaybeLost(held: HeldLane, difference: Extract<Difference, { type: 'only-a' }>): boolean {
  return held.tellingOf(difference.a.seq)?.isTraced === true && held.comparison.maybeLost.has(difference);
}

class ShownByBoot {
  /** Channels of which the boot shows a step of the model. */
  private readonly channels = new Set<string>();
  /** The first step of the model that a witness shows. */
  private readonly firstShown = new Map<string, number>();
  private readonly pairsOfLane = new Map<HeldLane, readonly Pair[]>();
  private readonly seqsShown = new Map<HeldLane, ReadonlySet<number>>();
  private readonly modelFaults = new Map<HeldLane, ReadonlySet<string>>();
  private readonly identities = { a: new Map<HeldLane, Set<string>>(), b: new Map<HeldLane, Set<string>>() };

  private readonly sight: ModelSight;

  constructor(lanes: readonly HeldLane[], sight: ModelSight) {
    this.sight = sight;
    for (const held of lanes) {
      const pairs = pairsIn(held.comparison);
      this.pairsOfLane.set(held, pairs);
      for (const pair of pairs) {
        const telling = held.tellingOf(pair.a.seq);
        if (telling === undefined) continue;
        this.channels.add(telling.channel);
        const first = this.firstShown.get(telling.witness) ?? Number.POSITIVE_INFINITY;
        if (pair.a.seq < first && this.isToldBy(telling.witness, pair))
          this.firstShown.set(telling.witness, pair.a.seq);
      }
      this.seqsShown.set(held, new Set(pairs.map(({ a }) => a.seq)));
    }
  }

  /**
   * Whether a step of the model that comes before everything that a lane shows would be shown: else it is not known where
   * the model is when the lane begins.
   */
  isBeginShown(item: DiffItem): boolean {
    const { isWhole, witnesses } = this.sight;
    if (isWhole) return true;
    return [...witnesses].some(
      ([name, { isFromStart, mayBeExcerpt }]) =>
        isFromStart || (!mayBeExcerpt && (this.firstShown.get(name) ?? Number.POSITIVE_INFINITY) < item.seq),
    );
  }

  tooLateFor(held: HeldLane, item: DiffItem): string | undefined {
    const telling = held.tellingOf(item.seq);
    if (telling === undefined || !this.channels.has(telling.channel)) return undefined;
    return (this.firstShown.get(telling.witness) ?? 0) > item.seq ? telling.witness : undefined;
  }

  /** Whether the boot would show a step of the model if it had been taken. */
  wouldShow(held: HeldLane, item: DiffItem): boolean {
    if (DESCRIBES.has(item.kind)) return false;
    const telling = held.tellingOf(item.seq);
    if (telling === undefined || !this.channels.has(telling.channel)) return false;
    if (telling.after !== null && this.seqsShown.get(held)?.has(telling.after) !== true) return false;
    const witness = this.sight.witnesses.get(telling.witness);
    if (witness === undefined || witness.hasLost) return false;
    const pairs = this.pairsOfLane.get(held) ?? [];
    const isToldAlike = (pair: Pair) =>
      held.tellingOf(pair.a.seq)?.witness === telling.witness && this.isToldBy(telling.witness, pair);
    const begin = pairs.find((pair) => pair.type !== 'moved' && isToldAlike(pair));
    const first = witness.mayBeExcerpt ? begin?.a.seq : this.firstShown.get(telling.witness);
    // What a source that begins late shows first may be the second of two steps alike.
    if (isLate(witness) && begin?.a.canonical.identity === item.canonical.identity) return false;
    if (!witness.isFromStart && (first === undefined || first > item.seq)) return false;
    const isInterior = pairs.some((pair) => pair.a.seq > item.seq && isToldAlike(pair));
    return isInterior || this.hadTime(pairs, item, witness);
  }

  /**
   * Whether a witness tells a step that the boot has. What a trace and a log both can tell, such as that a device joins
   * an IOMMU group, the log tells also where the trace was switched on later.
   */
  private isToldBy(name: string, { b }: Pair): boolean {
    const sources = this.sight.witnesses.get(name)?.sources ?? null;
    return sources === null || b.places.length === 0 || b.places.some(({ source }) => sources.has(source));
  }

  /** Whether a source goes on for long enough after the last step in common. */
  private hadTime(pairs: readonly Pair[], item: DiffItem, { lastTime }: Witness): boolean {
    const last = pairs.filter(({ a }) => a.seq < item.seq).at(-1);
    const expectedAt = item.t_ns;
    const [before, after] = [last?.a.t_ns ?? 0, last?.b.t_ns ?? 0];
    if (expectedAt === null || lastTime === null) return false;
    return lastTime - after >= PATIENCE_NS + PATIENCE_FACTOR * Math.max(0, expectedAt - before);
  }

  /** Whether a call was given the time that it takes before its source ends. */
  hadTimeToAnswer(held: HeldLane, { a, b }: { readonly a: DiffItem; readonly b: DiffItem }): boolean {
    const lastTime = this.sight.witnesses.get(held.tellingOf(a.seq)?.witness ?? '')?.lastTime ?? null;
    return lastTime !== null && b.t_ns !== null && lastTime - b.t_ns >= PATIENCE_NS;
  }

  /** Whether a lane shows more of the model after something that the boot did besides. */
  goesOnAfter(held: HeldLane, { seq }: DiffItem): boolean {
    return this.pairsOfLane.get(held)?.some(({ b }) => b.seq > seq) === true;
  }

  /**
   * Whether something stands on the other side of what the same source tells of the lane. Between two sources there is
   * no order: each has a clock of its own.
   */
  isOutOfOrder(held: HeldLane, modelSeq: number, bootSeq: number): boolean {
    const witness = held.tellingOf(modelSeq)?.witness;
    // Of two steps alike, a source that begins late may show the second where the model has both.
    const sight = this.sight.witnesses.get(witness ?? '');
    if (sight !== undefined && isLate(sight)) return false;
    return (this.pairsOfLane.get(held) ?? []).some(
      ({ a, b }) =>
        held.tellingOf(a.seq)?.witness === witness &&
        Math.sign(a.seq - modelSeq) * Math.sign(b.seq - bootSeq) < 0,
    );
  }

  /** Whether the model does a thing anywhere in the lane, whatever comes of it. */
  isInModel(held: HeldLane, item: DiffItem): boolean {
    return this.identitiesOf(held, 'a').has(item.canonical.identity);
  }

  /** Whether it is a fault of the SMMU that both the model and the boot have in the lane. */
  isFaultOfBoth(held: HeldLane, item: DiffItem): boolean {
    const faults = this.faultsOfModel(held);
    return (
      faults.size > 0 &&
      item.kind === FAULT &&
      faults.has(item.canonical.identity) &&
      this.identitiesOf(held, 'b').has(item.canonical.identity)
    );
  }

  /** The faults that a model has in a lane: hardly ever any, so that of a boot with many not one has to be read. */
  private faultsOfModel(held: HeldLane): ReadonlySet<string> {
    const known = this.modelFaults.get(held);
    if (known !== undefined) return known;
    const faults = new Set<string>();
    for (const { a } of itemsIn(held.comparison)) if (a?.kind === FAULT) faults.add(a.canonical.identity);
    this.modelFaults.set(held, faults);
    return faults;
  }

  private identitiesOf(held: HeldLane, side: 'a' | 'b'): ReadonlySet<string> {
    let known = this.identities[side].get(held);
    if (known === undefined) {
      known = new Set();
      for (const part of itemsIn(held.comparison)) {
        const item = part[side];
        if (item !== null) known.add(item.canonical.identity);
      }
      this.identities[side].set(held, known);
    }
    return known;
  }
}

/** Everything in a lane, one by one. */
function* itemsIn({ parts }: LaneComparison): Generator<Difference> {
  for (const part of parts) {
    if (part.type !== 'run') yield part;
    else for (let index = 0; index < part.length; index++) yield part.at(index);
  }
}

/** What the model and the boot have in common in a lane, whatever came of it. */
function pairsIn(comparison: LaneComparison): Pair[] {
  const pairs: Pair[] = [];
  for (const part of itemsIn(comparison))
    if (part.type !== 'only-a' && part.type !== 'only-b') pairs.push(part);
  return pairs;
}

/** Whether what a boot does besides its model is a step that the model would have to have. */
function isStep(held: HeldLane, item: DiffItem, shown: ShownByBoot): boolean {
  if (item.seq >= held.heldBefore) return false;
  if (!held.isMachine) return item.failed || (STEPS.test(item.kind) && !DESCRIBES.has(item.kind));
  if (DEADLY.has(item.kind) || item.kind === FAULT) return true;
  return item.failed && shown.isInModel(held, item);
}

/** Whether the same step ended otherwise, as against with other numbers that follow from the firmware's files. */
function isOtherOutcome(model: DiffItem, boot: DiffItem): boolean {
  if (model.failed !== boot.failed) return true;
  if (DESCRIBES.has(boot.kind) || boot.kind.startsWith('firmware.')) return false;
  if (agrees(model, boot)) return false;
  return boot.failed || !isAboutFirmware(boot);
}

/** Sizes of images and of their tables are the arguments and results of calls. */
function isAboutFirmware({ kind, canonical }: DiffItem): boolean {
  return kind === 'smc.requested' && /^call PAS_/.test(canonical.identity);
}
