import { align } from './align.ts';
import type { DiffItem } from './items.ts';
import { isBackground } from './lane.ts';

/** One line of a comparison: the same on both sides, on one side only, or the same thing with another outcome. */
export type Difference =
  | { readonly type: 'same'; readonly a: DiffItem; readonly b: DiffItem }
  | { readonly type: 'only-a'; readonly a: DiffItem; readonly b: null }
  | { readonly type: 'only-b'; readonly a: null; readonly b: DiffItem }
  | { readonly type: 'changed'; readonly a: DiffItem; readonly b: DiffItem }
  /** On both sides, at different places of the lane: `a` here, `b` elsewhere, or the other way round. */
  | { readonly type: 'moved'; readonly a: DiffItem; readonly b: DiffItem };

export interface LaneComparison {
  readonly lane: string;
  /** Counted and not shown by default: differences here rarely mean anything by themselves. */
  readonly background: boolean;
  /** In the order of the log; what is only in A stands before what is only in B at the same place. */
  readonly differences: readonly Difference[];
  readonly counts: Readonly<Record<Difference['type'], number>>;
  /** Those of the differences that a model of the two boots has too. */
  readonly explained: ReadonlySet<Difference>;
  /** Items that tell of something that went wrong on one side, where the other has none or one that went well. */
  readonly failuresOnly: Readonly<Record<'a' | 'b', number>>;
}

/**
 * Compares what two boots did in one lane. Where there is more than one way to align them, the one that is found
 * does not depend on which of them is called A: seen from the other side, a comparison is its mirror image.
 */
export function compareLane(lane: string, a: readonly DiffItem[], b: readonly DiffItem[]): LaneComparison {
  const found = isInOrder(a, b) ? pairItems(a, b) : mirror(pairItems(b, a));
  const differences = findMoves(found);
  const counts = { same: 0, 'only-a': 0, 'only-b': 0, changed: 0, moved: 0 };
  for (const { type } of differences) counts[type]++;
  const failuresOnly = { a: countFailuresOnly(differences, 'a'), b: countFailuresOnly(differences, 'b') };
  return { lane, background: isBackground(lane), differences, counts, explained: new Set(), failuresOnly };
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
function isInOrder(a: readonly DiffItem[], b: readonly DiffItem[]): boolean {
  if (a.length !== b.length) return a.length < b.length;
  for (let i = 0; i < a.length; i++) {
    const ofA = (a[i] as DiffItem).canonical;
    const ofB = (b[i] as DiffItem).canonical;
    if (ofA.identity !== ofB.identity) return ofA.identity < ofB.identity;
    if (ofA.value !== ofB.value) return ofA.value < ofB.value;
  }
  return true;
}

/** The same differences with A and B exchanged; what is only in A still stands before what is only in B. */
function mirror(differences: readonly Difference[]): Difference[] {
  const result: Difference[] = [];
  let onlyInB: Difference[] = [];
  for (const difference of differences) {
    switch (difference.type) {
      case 'only-a':
        onlyInB.push({ type: 'only-b', a: null, b: difference.a });
        break;
      case 'only-b':
        result.push({ type: 'only-a', a: difference.b, b: null });
        break;
      default:
        result.push(...onlyInB, { type: difference.type, a: difference.b, b: difference.a });
        onlyInB = [];
    }
  }
  return [...result, ...onlyInB];
}

/** Everything in both lanes, paired where it is the same or the same thing with another outcome. */
function pairItems(a: readonly DiffItem[], b: readonly DiffItem[]): Difference[] {
  const ids = new Map<string, number>();
  const intern = (item: DiffItem) => {
    const key = `${item.canonical.identity}\n${item.canonical.value}`;
    const known = ids.get(key);
    if (known !== undefined) return known;
    ids.set(key, ids.size);
    return ids.size - 1;
  };
  const idsA = Int32Array.from(a, intern);
  const idsB = Int32Array.from(b, intern);
  const differences: Difference[] = [];
  let aAt = 0;
  let bAt = 0;
  for (const match of [...align(idsA, idsB), { a: a.length, b: b.length, length: 0 }]) {
    pairGap(a.slice(aAt, match.a), b.slice(bAt, match.b), differences);
    for (let i = 0; i < match.length; i++) {
      differences.push({ type: 'same', a: a[match.a + i] as DiffItem, b: b[match.b + i] as DiffItem });
    }
    aAt = match.a + match.length;
    bAt = match.b + match.length;
  }
  return differences;
}

/** Inside a gap, the same thing with another outcome is one change instead of something lost and something new. */
function pairGap(a: readonly DiffItem[], b: readonly DiffItem[], out: Difference[]): void {
  const ids = new Map<string, number>();
  const intern = (item: DiffItem) => {
    const known = ids.get(item.canonical.identity);
    if (known !== undefined) return known;
    ids.set(item.canonical.identity, ids.size);
    return ids.size - 1;
  };
  const matches = align(Int32Array.from(a, intern), Int32Array.from(b, intern));
  let aAt = 0;
  let bAt = 0;
  for (const match of [...matches, { a: a.length, b: b.length, length: 0 }]) {
    for (const item of a.slice(aAt, match.a)) out.push({ type: 'only-a', a: item, b: null });
    for (const item of b.slice(bAt, match.b)) out.push({ type: 'only-b', a: null, b: item });
    for (let i = 0; i < match.length; i++) {
      out.push({ type: 'changed', a: a[match.a + i] as DiffItem, b: b[match.b + i] as DiffItem });
    }
    aAt = match.a + match.length;
    bAt = match.b + match.length;
  }
}

/** What is only in A and, elsewhere in the lane, only in B has moved. */
function findMoves(differences: readonly Difference[]): Difference[] {
  const waiting = new Map<string, number[]>();
  const key = (item: DiffItem) => `${item.canonical.identity}\n${item.canonical.value}`;
  differences.forEach((difference, index) => {
    if (difference.type !== 'only-a') return;
    const same = waiting.get(key(difference.a));
    if (same === undefined) waiting.set(key(difference.a), [index]);
    else same.push(index);
  });
  const result = [...differences];
  const gone = new Set<number>();
  differences.forEach((difference, index) => {
    if (difference.type !== 'only-b') return;
    const from = waiting.get(key(difference.b))?.shift();
    if (from === undefined) return;
    const { a } = differences[from] as Extract<Difference, { type: 'only-a' }>;
    result[index] = { type: 'moved', a, b: difference.b };
    gone.add(from);
  });
  return result.filter((_difference, index) => !gone.has(index));
}
