import type { Aligner } from './align.ts';
import type { LaneItems } from './lane-items.ts';
import { MatchList } from './matches.ts';
import { STEP, StepList } from './step-list.ts';

/**
 * Everything in two lanes, paired where it is the same or the same thing with another outcome. Where there is more than
 * one way to align them, the one that is found does not depend on which of them is called A.
 */
export function pairLanes(a: LaneItems, b: LaneItems, aligner: Aligner): StepList {
  const steps = isInOrder(a, b) ? pairItems(a, b, aligner) : mirror(pairItems(b, a, aligner));
  findMoves(steps, a, b);
  return steps;
}

/** The same where some items of A are known to have no partner: they stand where they were, in A only. */
export function pairLanesWithout(
  a: LaneItems,
  omitted: Uint8Array,
  b: LaneItems,
  aligner: Aligner,
): StepList {
  const kept = Int32Array.from({ length: a.count }, (_, x) => x).filter((x) => omitted[x] !== 1);
  const steps = pairLanes(a.without(omitted), b, aligner);
  const result = new StepList();
  let next = 0;
  const omitUpTo = (end: number) => {
    for (; next < end; next++) if (omitted[next] === 1) result.push(STEP.onlyA, next, NONE, 1);
  };
  for (let index = 0; index < steps.count; index++) {
    const type = steps.typeAt(index);
    const [x, y] = [steps.xAt(index), steps.yAt(index)];
    if (type === STEP.gone) continue;
    if (type === STEP.onlyB || type === STEP.moved) {
      result.push(type, x === NONE ? NONE : (kept[x] as number), y, 1);
      continue;
    }
    for (let i = 0; i < steps.lengthAt(index); i++) {
      const at = kept[x + i] as number;
      omitUpTo(at);
      result.push(type, at, y === NONE ? NONE : y + i, 1);
    }
  }
  omitUpTo(a.count);
  return result;
}

/** Some order between two lanes that follows from what they hold: the shorter first, else by the first item that differs. */
function isInOrder(a: LaneItems, b: LaneItems): boolean {
  if (a.count !== b.count) return a.count < b.count;
  for (let i = 0; i < a.count; i++) {
    const order =
      (a.lows[i] as number) - (b.lows[i] as number) || (a.highs[i] as number) - (b.highs[i] as number);
    if (order !== 0) return order < 0;
  }
  return true;
}

/** The same with both sides exchanged; what is only in A still stands before what is only in B. */
function mirror(steps: StepList): StepList {
  const result = new StepList();
  /** From here on there are steps of the first only, up to the one that is looked at. */
  let pending = 0;
  for (let index = 0; index < steps.count; index++) {
    const type = steps.typeAt(index);
    if (type === STEP.onlyA) continue;
    if (type === STEP.onlyB) {
      result.push(STEP.onlyA, steps.yAt(index), steps.xAt(index), 1);
      continue;
    }
    pushMirroredOnlyA(steps, pending, index, result);
    pending = index;
    result.push(type, steps.yAt(index), steps.xAt(index), steps.lengthAt(index));
  }
  pushMirroredOnlyA(steps, pending, steps.count, result);
  return result;
}

function pushMirroredOnlyA(steps: StepList, from: number, to: number, out: StepList): void {
  for (let index = from; index < to; index++)
    if (steps.typeAt(index) === STEP.onlyA) out.push(STEP.onlyB, -1, steps.xAt(index), 1);
}

function pairItems(a: LaneItems, b: LaneItems, aligner: Aligner): StepList {
  const steps = new StepList();
  const matches = believed(aligner.align(a.lows.subarray(0, a.count), b.lows.subarray(0, b.count)), a, b);
  let aAt = 0;
  let bAt = 0;
  for (let index = 0; index < matches.count; index++) {
    const aFrom = matches.aAt(index);
    const bFrom = matches.bAt(index);
    const length = matches.lengthAt(index);
    pairGap(a, aAt, aFrom, b, bAt, bFrom, aligner, steps);
    steps.push(STEP.same, aFrom, bFrom, length);
    aAt = aFrom + length;
    bAt = bFrom + length;
  }
  pairGap(a, aAt, a.count, b, bAt, b.count, aligner, steps);
  return steps;
}

/** One half of a fingerprint finds what may be the same; the other decides, so that no chance in four billion does. */
function believed(matches: MatchList, a: LaneItems, b: LaneItems): MatchList {
  for (let index = 0; index < matches.count; index++)
    if (!areSame(a.highs, matches.aAt(index), b.highs, matches.bAt(index), matches.lengthAt(index)))
      return believedRuns(matches, a.highs, b.highs);
  return matches;
}

function areSame(a: Int32Array, aFrom: number, b: Int32Array, bFrom: number, length: number): boolean {
  for (let at = 0; at < length; at++) if (a[aFrom + at] !== b[bFrom + at]) return false;
  return true;
}

/** The runs of matches in which the other halves are equal too. */
function believedRuns(matches: MatchList, a: Int32Array, b: Int32Array): MatchList {
  const runs = new MatchList();
  for (let index = 0; index < matches.count; index++) {
    const [aFrom, bFrom] = [matches.aAt(index), matches.bAt(index)];
    for (let at = 0; at < matches.lengthAt(index); at++)
      if (a[aFrom + at] === b[bFrom + at]) runs.push(aFrom + at, bFrom + at, 1);
  }
  return runs;
}

/** Inside a gap, the same thing with another outcome is one change instead of something lost and something new. */
function pairGap(
  a: LaneItems,
  aStart: number,
  aEnd: number,
  b: LaneItems,
  bStart: number,
  bEnd: number,
  aligner: Aligner,
  out: StepList,
): void {
  if (!hasSameThing(a, aStart, aEnd, b, bStart, bEnd)) {
    pushOnlyA(aStart, aEnd, out);
    pushOnlyB(bStart, bEnd, out);
    return;
  }
  if (aEnd - aStart === 1 && bEnd - bStart === 1) {
    out.push(STEP.changed, aStart, bStart, 1);
    return;
  }
  const ids = new Map<number, number>();
  const identitiesOf = (items: LaneItems, start: number, end: number) =>
    Int32Array.from({ length: end - start }, (_, index) => {
      const key = items.identityKeyAt(start + index);
      const known = ids.get(key) ?? ids.size;
      ids.set(key, known);
      return known;
    });
  let aAt = aStart;
  let bAt = bStart;
  const matches = aligner.align(identitiesOf(a, aStart, aEnd), identitiesOf(b, bStart, bEnd));
  for (let index = 0; index < matches.count; index++) {
    const aFrom = aStart + matches.aAt(index);
    const bFrom = bStart + matches.bAt(index);
    pushOnlyA(aAt, aFrom, out);
    pushOnlyB(bAt, bFrom, out);
    aAt = aFrom;
    bAt = bFrom;
    const length = matches.lengthAt(index);
    for (let i = 0; i < length; i++) out.push(STEP.changed, aAt++, bAt++, 1);
  }
  pushOnlyA(aAt, aEnd, out);
  pushOnlyB(bAt, bEnd, out);
}

/** Pairs of a gap that are tried one by one: aligning their identities costs more. */
const FEW_PAIRS = 64;

/** Whether anything of one side may be the same thing as anything of the other. */
function hasSameThing(
  a: LaneItems,
  aStart: number,
  aEnd: number,
  b: LaneItems,
  bStart: number,
  bEnd: number,
): boolean {
  if ((aEnd - aStart) * (bEnd - bStart) > FEW_PAIRS) return true;
  for (let x = aStart; x < aEnd; x++)
    for (let y = bStart; y < bEnd; y++) if (a.isSameThing(x, b, y)) return true;
  return false;
}

function pushOnlyA(from: number, to: number, out: StepList): void {
  for (let x = from; x < to; x++) out.push(STEP.onlyA, x, -1, 1);
}

function pushOnlyB(from: number, to: number, out: StepList): void {
  for (let y = from; y < to; y++) out.push(STEP.onlyB, -1, y, 1);
}

const NONE = -1;

/** What is only in A and, elsewhere in the lane, only in B has moved. */
function findMoves(steps: StepList, a: LaneItems, b: LaneItems): void {
  const { firsts, nexts } = chainsOfOnlyA(steps, a);
  if (firsts.size === 0) return;
  for (let index = 0; index < steps.count; index++) {
    if (steps.typeAt(index) !== STEP.onlyB) continue;
    const key = b.keyAt(steps.yAt(index));
    const from = firsts.get(key) ?? NONE;
    if (from === NONE) continue;
    firsts.set(key, nexts[from] as number);
    steps.join(index, STEP.moved, steps.xAt(from), steps.yAt(index));
    steps.retype(from, STEP.gone);
  }
}

/** The first step that is only in A by what it says, and by step the next that says the same: the first goes first. */
function chainsOfOnlyA(steps: StepList, a: LaneItems): { firsts: Map<number, number>; nexts: Int32Array } {
  const firsts = new Map<number, number>();
  const nexts = new Int32Array(steps.count);
  for (let index = steps.count - 1; index >= 0; index--) {
    if (steps.typeAt(index) !== STEP.onlyA) continue;
    const key = a.keyAt(steps.xAt(index));
    nexts[index] = firsts.get(key) ?? NONE;
    firsts.set(key, index);
  }
  return { firsts, nexts };
}
