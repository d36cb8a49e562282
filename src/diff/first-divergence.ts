import { around } from './around.ts';
import type { Difference, LaneComparison } from './compare-lane.ts';
import type { DiffItem } from './items.ts';
import { isMechanism, isOfBystander, PAGE_TABLES } from './lane.ts';

export interface Divergence {
  readonly lane: string;
  readonly difference: Difference;
  /** A model of the two boots has it too, and nothing that it has not comes first. */
  readonly isExplained: boolean;
  /** What devices beside the processors do before it on one side only, and no model explains, in that order. */
  readonly passedOver: readonly Difference[];
}

/** What a boot is told or says of itself, as against what it does: kernel, machine, memory map, SMMU hardware. */
const DESCRIBES = /^(?:boot|devicetree|memory)\.|^smmu\.described$/;

/**
 * The earliest difference in what the boots do; what a model of them has too, only where there is nothing else. That a
 * device which is no processor comes behind an SMMU, and goes well there, is passed over where there is more: it tells
 * which drivers a kernel has. Where they do the same, the earliest in what is said of them, and in the end any difference
 * at all.
 *
 * Two boots have no clock in common, so the earliest is the one that fewest things precede which both boots did,
 * in any lane. What only one boot does is placed by that boot's own order; what both do, differently or at another
 * point, where the first of the two does it. Where one boot fails at that place, on its own and after fewer steps of
 * its own than the other, what the other goes on with there, be it what the first does later, comes after it. Of several the one with fewest events since the last thing in common comes
 * first; then the order of lanes and what the items say decide; never which boot is A.
 */
export function findFirstDivergence(lanes: readonly LaneComparison[]): Divergence | null {
  // What is only counted in the background is made out of columns when nothing else differs.
  const foreground = lanes.filter(({ background }) => !background).flatMap(candidatesOf);
  if (foreground.length > 0) return firstOf(foreground, lanes);
  const all = lanes.flatMap(candidatesOf);
  return all.length === 0 ? null : firstOf(all, lanes);
}

/** The earliest of the candidates; there are some. */
function firstOf(candidates: readonly Candidate[], lanes: readonly LaneComparison[]): Divergence | null {
  const inCommon = {
    a: new CommonGround(lanes, 'a', candidates),
    b: new CommonGround(lanes, 'b', candidates),
  };
  const earliest = (isWanted: (candidate: Candidate) => boolean): Divergence | null => {
    const wanted = candidates.filter(isWanted).map((candidate) => ({ candidate, place: placeOf(candidate) }));
    const stepsToFailure = ownStepsToFailure(wanted);
    /** The boot that does what moved earlier than the other: up to there it is alone with it. */
    const comesFirstIn = ({ a, b }: Difference): 'only-a' | 'only-b' | null => {
      const [ofA, ofB] = [inCommon.a.placeOf(a), inCommon.b.placeOf(b)];
      const order = ofA === null || ofB === null ? 0 : comparePlaces(ofA, ofB);
      return order === 0 ? null : order < 0 ? 'only-a' : 'only-b';
    };
    const goesOn = ({ difference }: Candidate, place: Place) => {
      const alone = difference.type === 'moved' ? comesFirstIn(difference) : difference.type;
      if (alone !== 'only-a' && alone !== 'only-b') return false;
      const { a, b } = stepsToFailure.get(place.commonBefore) ?? NEITHER_FAILS;
      return alone === 'only-a' ? b < a : a < b;
    };
    let first: Candidate | null = null;
    let firstPlace: Place | null = null;
    for (const { candidate, place } of wanted) {
      const order =
        first === null || firstPlace === null || place.commonBefore !== firstPlace.commonBefore
          ? 0
          : Number(goesOn(candidate, place)) - Number(goesOn(first, firstPlace));
      if (
        first === null ||
        firstPlace === null ||
        order < 0 ||
        (order === 0 && isBefore(candidate, place, first, firstPlace))
      ) {
        first = candidate;
        firstPlace = place;
      }
    }
    if (first === null || firstPlace === null) return null;
    const { lane, difference, isExplained } = failureInsteadOf(first, candidates, lanes) ?? first;
    return { lane, difference, isExplained, passedOver: passedOverBefore(firstPlace) };
  };
  const placeOf = ({ difference: { a, b } }: Candidate): Place =>
    earlierPlace(inCommon.a.placeOf(a), inCommon.b.placeOf(b));
  const passedOverBefore = (first: Place): Difference[] =>
    candidates
      .filter((candidate) => !candidate.isExplained && isBystander(candidate))
      .map((candidate) => ({ candidate, place: placeOf(candidate) }))
      .filter(({ place }) => comparePlaces(place, first) < 0)
      .sort((x, y) => comparePlaces(x.place, y.place))
      .map(({ candidate }) => candidate.difference);
  const isStep = ({ background, difference }: Candidate) =>
    !background && !DESCRIBES.test(eitherItem(difference).kind);
  return (
    earliest((candidate) => !candidate.isExplained && isStep(candidate) && !isBystander(candidate)) ??
    earliest((candidate) => !candidate.isExplained && isStep(candidate)) ??
    earliest(isStep) ??
    earliest(() => true)
  );
}

interface Candidate extends Omit<Divergence, 'passedOver'> {
  readonly background: boolean;
}

function isBystander({ lane, difference: { type, a, b } }: Candidate): boolean {
  if (type !== 'only-a' && type !== 'only-b') return false;
  const item = a ?? b;
  return !item.failed && isOfBystander(lane, item.kind);
}

/**
 * What the other boot fails at in place of a step, between the same two of the lane that both take: elsewhere one of them
 * may have come further by then, so that the step seems to come first.
 */
function failureInsteadOf(
  { lane, difference, isExplained }: Candidate,
  candidates: readonly Candidate[],
  lanes: readonly LaneComparison[],
): Candidate | undefined {
  const { type, a, b } = difference;
  const comparison = lanes.find((candidate) => candidate.lane === lane);
  if (comparison === undefined || (type !== 'only-a' && type !== 'only-b') || (a ?? b).failed)
    return undefined;
  const { instead } = around(comparison, difference);
  if (instead === null || !instead.item.failed || instead.moved !== null || isPassedOver(instead.item))
    return undefined;
  const other = type === 'only-a' ? 'b' : 'a';
  return candidates.find(
    (candidate) =>
      candidate.lane === lane &&
      candidate.isExplained === isExplained &&
      isLoneFailure(candidate.difference) &&
      candidate.difference[other]?.seq === instead.item.seq,
  );
}

/** The differences of a lane that count: not what a trace may have lost or a log does not show, and in the background neither what moved nor, in log lines, numbers. */
function candidatesOf(comparison: LaneComparison): Candidate[] {
  const { lane, background, differences, explained, maybeLost, notShown, repeats } = comparison;
  if (isMechanism(lane)) return [];
  return differences
    .filter((difference) => {
      const { type } = difference;
      if (maybeLost.has(difference) || notShown.has(difference) || repeats.has(difference)) return false;
      if (background && type === 'moved') return false;
      return lane !== 'log' || type !== 'changed';
    })
    .map((difference) => ({ lane, background, difference, isExplained: explained.has(difference) }));
}

function eitherItem(difference: Difference): DiffItem {
  return (difference.a ?? difference.b) as DiffItem;
}

/** Where in a boot something stands, by what both boots did before it. */
interface Place {
  /** Things before it that both boots did. */
  readonly commonBefore: number;
  /** Events from the last of those to here. */
  readonly eventsSince: number;
}

function comparePlaces(x: Place, y: Place): number {
  return x.commonBefore - y.commonBefore || x.eventsSince - y.eventsSince;
}

function earlierPlace(a: Place | null, b: Place | null): Place {
  if (a === null || b === null) return (a ?? b) as Place;
  return comparePlaces(a, b) <= 0 ? a : b;
}

function isBefore(x: Candidate, xPlace: Place, y: Candidate, yPlace: Place): boolean {
  const order = comparePlaces(xPlace, yPlace);
  // Lanes come in their order, so the first of two at one place is there already when they are of different lanes.
  if (order !== 0 || x.lane !== y.lane) return order < 0;
  return sayingOf(x.difference) < sayingOf(y.difference);
}

/** How many steps of its own each boot takes at one place before the first that fails; Infinity where none does. */
interface StepsToFailure {
  readonly a: number;
  readonly b: number;
}

const NEITHER_FAILS: StepsToFailure = { a: Number.POSITIVE_INFINITY, b: Number.POSITIVE_INFINITY };

/**
 * Steps whose failure the kernel only mentions: the core is stopped all the same (qcom_sysmon.c sysmon_stop,
 * qcom_q6v5.c qcom_q6v5_request_stop), and a dump that fails changes nothing (remoteproc_coredump.c).
 */
const PASSED_OVER = /: (?:sysmon-[a-z]+|stop-ack|coredump|minidump) failed/;

export function isPassedOver({ kind, text }: DiffItem): boolean {
  return kind === 'remoteproc.failed' && PASSED_OVER.test(text);
}

/**
 * By what came before in common. A boot that goes on may fail further on too, at something that is nothing beside a
 * fault: sysmon finds no service at each stop of a core that has none. That counts only where neither fails at more.
 */
function ownStepsToFailure(
  candidates: readonly { readonly candidate: Candidate; readonly place: Place }[],
): ReadonlyMap<number, StepsToFailure> {
  const failures = new Map<number, StepsToFailure>();
  const passedOver = new Map<number, StepsToFailure>();
  for (const side of ['a', 'b'] as const) {
    const stepsSoFar = new Map<number, number>();
    const own = candidates
      .filter(({ candidate }) => candidate.difference.type === `only-${side}`)
      .sort((x, y) => positionOf(x.candidate) - positionOf(y.candidate));
    for (const { candidate, place } of own) {
      const { commonBefore } = place;
      const before = stepsSoFar.get(commonBefore) ?? 0;
      stepsSoFar.set(commonBefore, before + 1);
      // The first of a side goes; a core may fault a million times after it.
      const known = failures.get(commonBefore) ?? NEITHER_FAILS;
      if (!isLoneFailure(candidate.difference) || known[side] <= before) continue;
      const found = isPassedOver(eitherItem(candidate.difference)) ? passedOver : failures;
      const knownThere = found.get(commonBefore) ?? NEITHER_FAILS;
      if (before < knownThere[side]) found.set(commonBefore, { ...knownThere, [side]: before });
    }
  }
  return new Map([...passedOver, ...failures]);
}

function positionOf({ difference }: Candidate): number {
  return eitherItem(difference).position;
}

/** Something failed that the other boot does not even try. */
function isLoneFailure({ type, a, b }: Difference): boolean {
  return (type === 'only-a' || type === 'only-b') && (a ?? b)?.failed === true;
}

/** What a difference says, whichever of the boots is A. */
function sayingOf({ a, b }: Difference): string {
  const sayings = [a, b]
    .filter((item) => item !== null)
    .map(({ canonical }) => `${canonical.identity}\n${canonical.value}`);
  return sayings.sort()[0] as string;
}

/** What one boot did that the other did too, by position in that boot. */
class CommonGround {
  /** How many things in common there are up to each seq. */
  private readonly upTo: Uint32Array;

  /** As far as the candidates go. */
  constructor(lanes: readonly LaneComparison[], side: 'a' | 'b', candidates: readonly Candidate[]) {
    let end = 0;
    for (const { difference } of candidates) end = Math.max(end, difference[side]?.position ?? 0);
    this.upTo = new Uint32Array(end + 1);
    for (const lane of lanes) {
      // How often the means to something were the same follows from who does it.
      if (!isMechanism(lane.lane) && lane.lane !== PAGE_TABLES) lane.markInCommon(side, this.upTo);
    }
    addUp(this.upTo);
  }

  placeOf(item: DiffItem | null): Place | null {
    if (item === null) return null;
    const before = item.position - 1;
    const commonBefore = this.upTo[before] as number;
    return { commonBefore, eventsSince: before - this.firstWith(commonBefore, before) };
  }

  /** Seq of the last thing in common: the first that so many are up to, at or before another. */
  private firstWith(count: number, before: number): number {
    let low = 0;
    let high = before;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.upTo[middle] as number) < count) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Each count becomes the sum of those up to it. */
function addUp(counts: Uint32Array): void {
  let sum = 0;
  for (let index = 0; index < counts.length; index++) {
    sum += counts[index] as number;
    counts[index] = sum;
  }
}
