import { align, type Match } from './align.ts';
import { agreeAsFarAsTold } from './canonical.ts';
import type { ComparedBoot, DiffItem } from './items.ts';
import { isBackground } from './lane.ts';
import { LaneItems } from './lane-items.ts';
import { isLostBetween } from './losses.ts';

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
  /** Calls back with the seq of everything on one side that the other did too, whatever came of it. */
  eachInCommon(side: 'a' | 'b', take: (seq: number) => void): void;
  /** Calls back with all of that, in the order of the lane. */
  eachStepInCommon(take: (step: StepInCommon) => void): void;
}

/** What both sides did, by seq: the event or the request of a call, and its return. */
export interface StepInCommon {
  readonly a: { readonly seq: number; readonly back: number | undefined };
  readonly b: { readonly seq: number; readonly back: number | undefined };
  /** On neither side is anything between it and the step before it. */
  readonly isNext: boolean;
  items(): { readonly a: DiffItem; readonly b: DiffItem };
}

/**
 * Compares what two boots did in one lane. Where there is more than one way to align them, the one that is found
 * does not depend on which of them is called A: seen from the other side, a comparison is its mirror image.
 */
export function compareLane(lane: string, a: ComparedBoot, b: ComparedBoot): LaneComparison {
  const ofA = a.lanes.get(lane) ?? new LaneItems(lane);
  const ofB = b.lanes.get(lane) ?? new LaneItems(lane);
  const steps = isInOrder(ofA, ofB) ? pairItems(ofA, ofB) : mirror(pairItems(ofB, ofA));
  findMoves(steps, ofA, ofB);
  const parts: (SameRun | Difference)[] = [];
  const differences: Difference[] = [];
  const maybeLost = new Set<Difference>();
  const isLost = a.losses.length + b.losses.length === 0 ? null : lossFinder(steps, a, ofA, b, ofB);
  const counts = { same: 0, 'only-a': 0, 'only-b': 0, changed: 0, moved: 0 };
  const ownLines: OwnLines = { 'only-a': [], 'only-b': [] };
  for (const [index, { type, x, y, length }] of steps.entries()) {
    if (type === 'gone') continue;
    if (type === 'same' || (type === 'changed' && isNoContradiction(a, ofA, x, b, ofB, y))) {
      counts.same += length;
      parts.push({
        type: 'run',
        length,
        at: (index) => ({ type: 'same', a: a.itemAt(ofA, x + index), b: b.itemAt(ofB, y + index) }),
      });
      continue;
    }
    const difference = {
      type,
      a: type === 'only-b' ? null : a.itemAt(ofA, x),
      b: type === 'only-a' ? null : b.itemAt(ofB, y),
    } as Difference;
    counts[type]++;
    parts.push(difference);
    differences.push(difference);
    if (isLost?.(index, difference) === true) maybeLost.add(difference);
    if (lane !== 'log') continue;
    if (type === 'only-a') ownLines[type].push({ difference, key: keyAt(ofA, x) });
    if (type === 'only-b') ownLines[type].push({ difference, key: keyAt(ofB, y) });
  }
  return {
    lane,
    background: isBackground(lane),
    parts,
    differences,
    counts,
    explained: new Set(),
    maybeLost,
    notShown: new Set(),
    repeats: lane === 'log' ? findRepeats(ownLines, ofA, ofB) : new Set(),
    failuresOnly: { a: countFailuresOnly(differences, 'a'), b: countFailuresOnly(differences, 'b') },
    eachInCommon: (side, take) => {
      const { seqs } = side === 'a' ? ofA : ofB;
      for (const { type, x, y, length } of steps) {
        if (type !== 'same' && type !== 'changed') continue;
        const from = side === 'a' ? x : y;
        for (let i = from; i < from + length; i++) take(seqs[i] as number);
      }
    },
    eachStepInCommon: (take) => {
      const end = { x: 0, y: 0 };
      for (const { type, x, y, length } of steps) {
        if (type !== 'same' && type !== 'changed') continue;
        for (let i = 0; i < length; i++) {
          take({
            a: { seq: ofA.seqs[x + i] as number, back: ofA.returns.get(x + i) },
            b: { seq: ofB.seqs[y + i] as number, back: ofB.returns.get(y + i) },
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

/** Says of what one side lacks whether its trace lost events there: between what both did before it and after it. */
function lossFinder(
  steps: readonly Step[],
  a: ComparedBoot,
  ofA: LaneItems,
  b: ComparedBoot,
  ofB: LaneItems,
): (index: number, difference: Difference) => boolean {
  const before = { a: new Float64Array(steps.length), b: new Float64Array(steps.length) };
  const after = { a: new Float64Array(steps.length), b: new Float64Array(steps.length) };
  const isCommon = ({ type }: Step) => type === 'same' || type === 'changed';
  let [lastA, lastB] = [0, 0];
  steps.forEach((step, index) => {
    [before.a[index], before.b[index]] = [lastA, lastB];
    if (!isCommon(step)) return;
    lastA = ofA.seqs[step.x + step.length - 1] as number;
    lastB = ofB.seqs[step.y + step.length - 1] as number;
  });
  let [nextA, nextB] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let index = steps.length - 1; index >= 0; index--) {
    [after.a[index], after.b[index]] = [nextA, nextB];
    const step = steps[index] as Step;
    if (!isCommon(step)) continue;
    nextA = ofA.seqs[step.x] as number;
    nextB = ofB.seqs[step.y] as number;
  }
  return (index, difference) => {
    const { type } = difference;
    if (type === 'changed') {
      const { x, y } = steps[index] as Step;
      return (
        isAnswerLost(a, difference.a, ofA.returns.has(x), after.a[index] as number) ||
        isAnswerLost(b, difference.b, ofB.returns.has(y), after.b[index] as number)
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

/** Whether one side only does not know what the other does: nothing that both know differs. */
function isNoContradiction(
  a: ComparedBoot,
  ofA: LaneItems,
  x: number,
  b: ComparedBoot,
  ofB: LaneItems,
  y: number,
): boolean {
  // Reading two events is dear: most changes are of what both know.
  if (ofA.gaps[x] === ofB.gaps[y]) return false;
  return agreeAsFarAsTold(a.itemAt(ofA, x).canonical, b.itemAt(ofB, y).canonical);
}

/** Lines of the log that only one side has, with their fingerprints. */
type OwnLines = Record<'only-a' | 'only-b', { readonly difference: Difference; readonly key: number }[]>;

function findRepeats(own: OwnLines, a: LaneItems, b: LaneItems): Set<Difference> {
  const repeatsOf = (lines: OwnLines['only-a'], other: LaneItems) => {
    const known = knownIn(other, new Set(lines.map(({ key }) => key)));
    return lines.filter(({ key }) => known.has(key)).map(({ difference }) => difference);
  };
  return new Set([...repeatsOf(own['only-a'], b), ...repeatsOf(own['only-b'], a)]);
}

/** Which of some fingerprints a lane has too. */
function knownIn(items: LaneItems, wanted: ReadonlySet<number>): Set<number> {
  const known = new Set<number>();
  if (wanted.size === 0) return known;
  for (let index = 0; index < items.count; index++) {
    const key = keyAt(items, index);
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

/** Items of both lanes by index: `x` of the first, `y` of the second; what has no index on a side has -1. */
interface Step {
  type: Difference['type'] | 'gone';
  readonly x: number;
  readonly y: number;
  readonly length: number;
}

/** The same with both sides exchanged; what is only in A still stands before what is only in B. */
function mirror(steps: readonly Step[]): Step[] {
  const result: Step[] = [];
  let onlyInB: Step[] = [];
  for (const { type, x, y, length } of steps) {
    if (type === 'only-a') onlyInB.push({ type: 'only-b', x: y, y: x, length });
    else if (type === 'only-b') result.push({ type: 'only-a', x: y, y: x, length });
    else {
      for (const step of onlyInB) result.push(step);
      result.push({ type, x: y, y: x, length });
      onlyInB = [];
    }
  }
  for (const step of onlyInB) result.push(step);
  return result;
}

/** Everything in both lanes, paired where it is the same or the same thing with another outcome. */
function pairItems(a: LaneItems, b: LaneItems): Step[] {
  const steps: Step[] = [];
  let aAt = 0;
  let bAt = 0;
  const matches = align(a.lows.subarray(0, a.count), b.lows.subarray(0, b.count));
  for (const match of matches.flatMap((found) => believed(found, a, b))) {
    pairGap(a, aAt, match.a, b, bAt, match.b, steps);
    steps.push({ type: 'same', x: match.a, y: match.b, length: match.length });
    aAt = match.a + match.length;
    bAt = match.b + match.length;
  }
  pairGap(a, aAt, a.count, b, bAt, b.count, steps);
  return steps;
}

/** One half of a fingerprint finds what may be the same; the other decides, so that no chance in four billion does. */
function believed(match: Match, a: LaneItems, b: LaneItems): Match | Match[] {
  const isSame = (i: number) => a.highs[match.a + i] === b.highs[match.b + i];
  let at = 0;
  while (at < match.length && isSame(at)) at++;
  if (at === match.length) return match;
  const runs: Match[] = [];
  for (let from = 0; from < match.length; from = at + 1) {
    for (at = from; at < match.length && isSame(at); ) at++;
    if (at > from) runs.push({ a: match.a + from, b: match.b + from, length: at - from });
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
  out: Step[],
): void {
  const onlyA = (to: number, from: number) => {
    for (let x = from; x < to; x++) out.push({ type: 'only-a', x, y: -1, length: 1 });
  };
  const onlyB = (to: number, from: number) => {
    for (let y = from; y < to; y++) out.push({ type: 'only-b', x: -1, y, length: 1 });
  };
  if (aStart === aEnd || bStart === bEnd) {
    onlyA(aEnd, aStart);
    onlyB(bEnd, bStart);
    return;
  }
  if (aEnd - aStart === 1 && bEnd - bStart === 1) {
    if (a.isSameThing(aStart, b, bStart)) out.push({ type: 'changed', x: aStart, y: bStart, length: 1 });
    else {
      onlyA(aEnd, aStart);
      onlyB(bEnd, bStart);
    }
    return;
  }
  const ids = new Map<string, number>();
  const identitiesOf = (items: LaneItems, start: number, end: number) =>
    Int32Array.from({ length: end - start }, (_, index) => {
      const key = `${items.identityLows[start + index]} ${items.identityHighs[start + index]}`;
      const known = ids.get(key) ?? ids.size;
      ids.set(key, known);
      return known;
    });
  let aAt = aStart;
  let bAt = bStart;
  for (const match of align(identitiesOf(a, aStart, aEnd), identitiesOf(b, bStart, bEnd))) {
    onlyA(aStart + match.a, aAt);
    onlyB(bStart + match.b, bAt);
    aAt = aStart + match.a;
    bAt = bStart + match.b;
    for (let i = 0; i < match.length; i++) out.push({ type: 'changed', x: aAt++, y: bAt++, length: 1 });
  }
  onlyA(aEnd, aAt);
  onlyB(bEnd, bAt);
}

/** What is only in A and, elsewhere in the lane, only in B has moved. */
function findMoves(steps: Step[], a: LaneItems, b: LaneItems): void {
  const waiting = new Map<number, Step[]>();
  for (const step of steps) {
    if (step.type !== 'only-a') continue;
    const key = keyAt(a, step.x);
    const same = waiting.get(key);
    if (same === undefined) waiting.set(key, [step]);
    else same.push(step);
  }
  // The first of those that are alike goes first.
  for (const same of waiting.values()) same.reverse();
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index] as Step;
    if (step.type !== 'only-b') continue;
    const from = waiting.get(keyAt(b, step.y))?.pop();
    if (from === undefined) continue;
    steps[index] = { type: 'moved', x: from.x, y: step.y, length: 1 };
    from.type = 'gone';
  }
}

/** As much of a fingerprint as fits a number exactly: 53 of its 64 bits. */
function keyAt(items: LaneItems, index: number): number {
  return (items.lows[index] as number) * 0x20_0000 + ((items.highs[index] as number) & 0x1f_ffff);
}
