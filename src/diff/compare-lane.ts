import { Aligner } from './align.ts';
import { agreeAsFarAsTold } from './canonical.ts';
import type { ComparedBoot, DiffItem } from './items.ts';
import { isBackground } from './lane.ts';
import { LaneItems } from './lane-items.ts';
import { isLostBetween } from './losses.ts';
import { pairLanes, pairLanesWithout } from './pair-items.ts';
import { STEP, type StepList } from './step-list.ts';

/** One line of a comparison: the same on both sides, on one side only, or the same thing with another outcome. */
export type Difference =
  | { readonly type: 'same'; readonly a: DiffItem; readonly b: DiffItem }
  | { readonly type: 'only-a'; readonly a: DiffItem; readonly b: null }
  | { readonly type: 'only-b'; readonly a: null; readonly b: DiffItem }
  | { readonly type: 'changed'; readonly a: DiffItem; readonly b: DiffItem }
  /** On both sides, at different places of the lane: `a` here, `b` elsewhere, or the other way round. */
  | { readonly type: 'moved'; readonly a: DiffItem; readonly b: DiffItem };

/** What is the same on both sides, one behind the other: only counted until somebody asks for one of them. */
export interface SameRun {
  readonly type: 'run';
  readonly length: number;
  at(index: number): Difference;
}

export interface LaneComparison {
  readonly lane: string;
  /** Counted and not shown by default: differences here rarely mean anything by themselves. */
  readonly background: boolean;
  /** In the order of the log; what is only in A stands before what is only in B at the same place. */
  readonly parts: readonly (SameRun | Difference)[];
  /** Those of the parts that differ. */
  readonly differences: readonly Difference[];
  readonly counts: Readonly<Record<Difference['type'], number>>;
  /** Those of the differences that a model of the two boots has too. */
  readonly explained: ReadonlySet<Difference>;
  /** Those that one side lacks where its trace lost events: it may have done them too. */
  readonly maybeLost: ReadonlySet<Difference>;
  /** Items that tell of something that went wrong on one side, where the other has none or one that went well. */
  readonly failuresOnly: Readonly<Record<'a' | 'b', number>>;
  /** Those that the log of one side could not have shown; see `withoutUnshown`. */
  readonly notShown: ReadonlySet<Difference>;
  /** Lines of the log on one side only that are one more of what the other side has as well. */
  readonly repeats: ReadonlySet<Difference>;
  /** The first thing that both boots fail at, at the same point of the lane; null where there is none. */
  firstFailureOfBoth(): { readonly a: DiffItem; readonly b: DiffItem } | null;
  /** Sets the mark of everything on one side that the other did too, whatever came of it, by seq, as far as there are marks. */
  markInCommon(side: 'a' | 'b', marks: Uint32Array): void;
  /** Calls back with all of that, in the order of the lane. */
  eachStepInCommon(take: (step: StepInCommon) => void): void;
}

interface StepOfSide {
  readonly seq: number;
  /** NaN where it is not known, or the lane is one of which nobody asks. */
  readonly t_ns: number;
  /** When a call came back; undefined where it did not, or it is none. */
  readonly back_ns: number | undefined;
}

/** What both sides did, by seq: the event or the request of a call. */
export interface StepInCommon {
  readonly a: StepOfSide;
  readonly b: StepOfSide;
  /** On neither side is anything between it and the step before it. */
  readonly isNext: boolean;
  items(): { readonly a: DiffItem; readonly b: DiffItem };
}

/**
 * Compares what two boots did in one lane; seen from the other side, a comparison is its mirror image. Whoever compares
 * many lanes hands in the memory for it; `omitted` has a 1 for each item of A that B cannot have.
 */
export function compareLane(
  lane: string,
  a: ComparedBoot,
  b: ComparedBoot,
  aligner: Aligner = new Aligner(),
  omitted?: Uint8Array,
): LaneComparison {
  const ofA = a.lanes.get(lane) ?? new LaneItems(lane);
  const ofB = b.lanes.get(lane) ?? new LaneItems(lane);
  const steps =
    omitted === undefined ? pairLanes(ofA, ofB, aligner) : pairLanesWithout(ofA, omitted, ofB, aligner);
  agreeWhereUntold(steps, a, ofA, b, ofB);
  // Most of what differs is in lanes that are only counted: what it is made of is made when somebody asks.
  let made: ReturnType<typeof makeParts> | undefined;
  const all = () => {
    made ??= makeParts(steps, a, ofA, b, ofB);
    return made;
  };
  const hasLosses = a.losses.length + b.losses.length > 0;
  const hasFailures = ofA.failures.size + ofB.failures.size > 0;
  return {
    lane,
    background: isBackground(lane),
    get parts() {
      return all().parts;
    },
    get differences() {
      return all().differences;
    },
    counts: countSteps(steps),
    explained: new Set(),
    maybeLost: hasLosses ? findLost(all(), lossFinder(steps, a, ofA, b, ofB)) : new Set(),
    notShown: new Set(),
    repeats: lane === 'log' ? findRepeats(all(), steps, ofA, ofB) : new Set(),
    failuresOnly: hasFailures
      ? { a: countFailuresOnly(all().differences, 'a'), b: countFailuresOnly(all().differences, 'b') }
      : { a: 0, b: 0 },
    firstFailureOfBoth: () => {
      const at = findFailureOfBoth(steps, ofA, ofB);
      return at === null ? null : { a: a.itemAt(ofA, at.x), b: b.itemAt(ofB, at.y) };
    },
    markInCommon: (side, marks) => {
      if (side === 'a') markCommonOfA(steps, ofA.seqs, marks);
      else markCommonOfB(steps, ofB.seqs, marks);
    },
    eachStepInCommon: (take) => {
      const end = { x: 0, y: 0 };
      for (let index = 0; index < steps.count; index++) {
        if (!steps.isCommon(index)) continue;
        const [x, y, length] = [steps.xAt(index), steps.yAt(index), steps.lengthAt(index)];
        for (let i = 0; i < length; i++) {
          take({
            a: stepOfSide(ofA, x + i),
            b: stepOfSide(ofB, y + i),
            isNext: end.x === x + i && end.y === y + i,
            items: () => ({ a: a.itemAt(ofA, x + i), b: b.itemAt(ofB, y + i) }),
          });
          end.x = x + i + 1;
          end.y = y + i + 1;
        }
      }
    },
  };
}

function stepOfSide(items: LaneItems, index: number): StepOfSide {
  return { seq: items.seqs[index] as number, t_ns: items.timeOf(index), back_ns: items.returnTimeOf(index) };
}

function findFailureOfBoth(
  steps: StepList,
  { failures: ofA }: LaneItems,
  { failures: ofB }: LaneItems,
): { readonly x: number; readonly y: number } | null {
  if (ofA.size === 0 || ofB.size === 0) return null;
  for (let index = 0; index < steps.count; index++) {
    if (!steps.isCommon(index)) continue;
    const [x, y, length] = [steps.xAt(index), steps.yAt(index), steps.lengthAt(index)];
    for (let i = 0; i < length; i++) if (ofA.has(x + i) && ofB.has(y + i)) return { x: x + i, y: y + i };
  }
  return null;
}

const TYPES = ['same', 'only-a', 'only-b', 'changed', 'moved'] as const;

/** Where one side only does not know what the other does, nothing that both know differs: that is the same. */
function agreeWhereUntold(
  steps: StepList,
  a: ComparedBoot,
  ofA: LaneItems,
  b: ComparedBoot,
  ofB: LaneItems,
): void {
  for (let index = 0; index < steps.count; index++) {
    if (steps.typeAt(index) !== STEP.changed) continue;
    const [x, y] = [steps.xAt(index), steps.yAt(index)];
    // Reading two events is dear: most changes are of what both know.
    if (ofA.gaps[x] === ofB.gaps[y]) continue;
    if (agreeAsFarAsTold(a.itemAt(ofA, x).canonical, b.itemAt(ofB, y).canonical))
      steps.retype(index, STEP.same);
  }
}

function countSteps(steps: StepList): Record<Difference['type'], number> {
  const counts = new Uint32Array(STEP.gone + 1);
  for (let index = 0; index < steps.count; index++) {
    const type = steps.typeAt(index);
    counts[type] = (counts[type] as number) + steps.lengthAt(index);
  }
  return {
    same: counts[STEP.same] as number,
    'only-a': counts[STEP.onlyA] as number,
    'only-b': counts[STEP.onlyB] as number,
    changed: counts[STEP.changed] as number,
    moved: counts[STEP.moved] as number,
  };
}

/** The steps as somebody wants to see them, and which step each difference is. */
function makeParts(
  steps: StepList,
  a: ComparedBoot,
  ofA: LaneItems,
  b: ComparedBoot,
  ofB: LaneItems,
): { parts: (SameRun | Difference)[]; differences: Difference[]; indexes: number[] } {
  const parts: (SameRun | Difference)[] = [];
  const differences: Difference[] = [];
  const indexes: number[] = [];
  for (let step = 0; step < steps.count; step++) {
    const type = steps.typeAt(step);
    const [x, y] = [steps.xAt(step), steps.yAt(step)];
    if (type === STEP.gone) continue;
    if (type === STEP.same) {
      parts.push({
        type: 'run',
        length: steps.lengthAt(step),
        at: (index) => ({ type: 'same', a: a.itemAt(ofA, x + index), b: b.itemAt(ofB, y + index) }),
      });
      continue;
    }
    const difference = {
      type: TYPES[type],
      a: type === STEP.onlyB ? null : a.itemAt(ofA, x),
      b: type === STEP.onlyA ? null : b.itemAt(ofB, y),
    } as Difference;
    parts.push(difference);
    differences.push(difference);
    indexes.push(step);
  }
  return { parts, differences, indexes };
}

function findLost(
  { differences, indexes }: Pick<ReturnType<typeof makeParts>, 'differences' | 'indexes'>,
  isLost: (step: number, difference: Difference) => boolean,
): Set<Difference> {
  return new Set(differences.filter((difference, index) => isLost(indexes[index] as number, difference)));
}

// One loop for each side: each is compiled once, for one array.

function markCommonOfA(steps: StepList, seqs: Uint32Array, marks: Uint32Array): void {
  for (let index = 0; index < steps.count; index++)
    if (steps.isCommon(index)) markRun(seqs, steps.xAt(index), steps.lengthAt(index), marks);
}

function markCommonOfB(steps: StepList, seqs: Uint32Array, marks: Uint32Array): void {
  for (let index = 0; index < steps.count; index++)
    if (steps.isCommon(index)) markRun(seqs, steps.yAt(index), steps.lengthAt(index), marks);
}

function markRun(seqs: Uint32Array, from: number, length: number, marks: Uint32Array): void {
  for (let at = from; at < from + length; at++) {
    const seq = seqs[at] as number;
    if (seq < marks.length) marks[seq] = 1;
  }
}

/** Says of what one side lacks whether its trace lost events there: between what both did before it and after it. */
function lossFinder(
  steps: StepList,
  a: ComparedBoot,
  ofA: LaneItems,
  b: ComparedBoot,
  ofB: LaneItems,
): (index: number, difference: Difference) => boolean {
  const { count } = steps;
  const before = { a: new Float64Array(count), b: new Float64Array(count) };
  const after = { a: new Float64Array(count), b: new Float64Array(count) };
  let [lastA, lastB] = [0, 0];
  for (let index = 0; index < count; index++) {
    [before.a[index], before.b[index]] = [lastA, lastB];
    if (!steps.isCommon(index)) continue;
    const last = steps.lengthAt(index) - 1;
    lastA = ofA.seqs[steps.xAt(index) + last] as number;
    lastB = ofB.seqs[steps.yAt(index) + last] as number;
  }
  let [nextA, nextB] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let index = count - 1; index >= 0; index--) {
    [after.a[index], after.b[index]] = [nextA, nextB];
    if (!steps.isCommon(index)) continue;
    nextA = ofA.seqs[steps.xAt(index)] as number;
    nextB = ofB.seqs[steps.yAt(index)] as number;
  }
  return (index, difference) => {
    const { type } = difference;
    if (type === 'changed') {
      const [x, y] = [steps.xAt(index), steps.yAt(index)];
      return (
        isAnswerLost(a, difference.a, ofA.returnOf(x) !== undefined, after.a[index] as number) ||
        isAnswerLost(b, difference.b, ofB.returnOf(y) !== undefined, after.b[index] as number)
      );
    }
    if (type !== 'only-a' && type !== 'only-b') return false;
    const [side, other, own, boot] =
      type === 'only-a' ? (['b', b, 'a', a] as const) : (['a', a, 'b', b] as const);
    const item = difference.a ?? difference.b;
    if (!boot.isTracedOnly(item)) return false;
    // An answer to nothing is what is left of a call whose request was lost.
    if (
      item.kind === 'smc.returned' &&
      isLostBetween(boot.losses, before[own][index] as number, item.position)
    )
      return true;
    return isLostBetween(other.losses, before[side][index] as number, after[side][index] as number);
  };
}

/** Whether a call has no answer because the trace lost it. */
function isAnswerLost(boot: ComparedBoot, item: DiffItem, isAnswered: boolean, before: number): boolean {
  return !isAnswered && item.kind === 'smc.requested' && isLostBetween(boot.losses, item.position, before);
}

function findRepeats(
  { differences, indexes }: ReturnType<typeof makeParts>,
  steps: StepList,
  a: LaneItems,
  b: LaneItems,
): Set<Difference> {
  const repeatsOf = (side: 'only-a' | 'only-b', other: LaneItems, keyOf: (step: number) => number) => {
    const lines = differences.flatMap((difference, index) =>
      difference.type === side ? [{ difference, key: keyOf(indexes[index] as number) }] : [],
    );
    const known = knownIn(other, new Set(lines.map(({ key }) => key)));
    return lines.filter(({ key }) => known.has(key)).map(({ difference }) => difference);
  };
  return new Set([
    ...repeatsOf('only-a', b, (step) => a.keyAt(steps.xAt(step))),
    ...repeatsOf('only-b', a, (step) => b.keyAt(steps.yAt(step))),
  ]);
}

/** Which of some fingerprints a lane has too. */
function knownIn(items: LaneItems, wanted: ReadonlySet<number>): Set<number> {
  const known = new Set<number>();
  if (wanted.size === 0) return known;
  for (let index = 0; index < items.count; index++) {
    const key = items.keyAt(index);
    if (wanted.has(key)) known.add(key);
  }
  return known;
}

/** A line that tells of a failure and of the state that it ends in is one failure. */
function countFailuresOnly(differences: readonly Difference[], side: 'a' | 'b'): number {
  let count = 0;
  let last: DiffItem | null = null;
  for (const difference of differences) {
    const item = difference[side];
    const other = side === 'a' ? difference.b : difference.a;
    if (item === null || !item.failed || other?.failed === true) continue;
    if (last === null || !isSamePlace(last, item)) count++;
    last = item;
  }
  return count;
}

function isSamePlace(x: DiffItem, y: DiffItem): boolean {
  const [ofX] = x.places;
  const [ofY] = y.places;
  return ofX !== undefined && ofX.source === ofY?.source && ofX.line === ofY.line;
}
