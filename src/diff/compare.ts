import type { BootEvent } from '../events/catalog.ts';
import { align } from './align.ts';
import { collectItems, type DiffItem } from './items.ts';
import { compareLanes, isBackground } from './lane.ts';

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
}

export interface Comparison {
  readonly lanes: readonly LaneComparison[];
  /** The earliest difference in what the boots do; null when there is none. */
  readonly firstDivergence: { readonly lane: string; readonly difference: Difference } | null;
  /** Whether anything differs that is worth an exit code: more than numbers in background lines. */
  readonly differs: boolean;
}

/** Compares two boots. Each side is a function, because its events are gone through twice. */
export function compareBoots(a: () => Iterable<BootEvent>, b: () => Iterable<BootEvent>): Comparison {
  const itemsA = collectItems(a);
  const itemsB = collectItems(b);
  const names = [...new Set([...itemsA.keys(), ...itemsB.keys()])].sort(compareLanes);
  const lanes = names.map((lane) => compareLane(lane, itemsA.get(lane) ?? [], itemsB.get(lane) ?? []));
  return {
    lanes,
    firstDivergence: findFirstDivergence(lanes),
    differs: lanes.some(({ lane, background, counts }) => {
      if (counts['only-a'] + counts['only-b'] > 0) return true;
      // The order of log lines of different drivers varies, and so do the numbers in them.
      if (lane === 'log') return false;
      return counts.changed > 0 || (!background && counts.moved > 0);
    }),
  };
}

function compareLane(lane: string, a: readonly DiffItem[], b: readonly DiffItem[]): LaneComparison {
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
  const withMoves = findMoves(differences);
  const counts = { same: 0, 'only-a': 0, 'only-b': 0, changed: 0, moved: 0 };
  for (const { type } of withMoves) counts[type]++;
  return { lane, background: isBackground(lane), differences: withMoves, counts };
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

/** What a boot is told or says of itself, as against what it does: kernel, machine, memory map, SMMU hardware. */
const DESCRIBES = /^(?:boot|devicetree|memory)\.|^smmu\.described$/;

/**
 * The earliest difference in what the boots do. Where they do the same, the earliest in what is said of them,
 * and in the end any difference at all.
 */
function findFirstDivergence(lanes: readonly LaneComparison[]): Comparison['firstDivergence'] {
  const foreground = lanes.filter((lane) => !lane.background);
  return (
    earliest(foreground, (item) => !DESCRIBES.test(item.kind)) ??
    earliest(foreground, () => true) ??
    earliest(lanes, () => true)
  );
}

function earliest(
  lanes: readonly LaneComparison[],
  counts: (item: DiffItem) => boolean,
): Comparison['firstDivergence'] {
  let first: Comparison['firstDivergence'] = null;
  let firstTime = Number.POSITIVE_INFINITY;
  for (const { lane, background, differences } of lanes) {
    for (const difference of differences) {
      if (difference.type === 'same' || (background && difference.type === 'moved')) continue;
      if (lane === 'log' && difference.type === 'changed') continue;
      if (!counts((difference.a ?? difference.b) as DiffItem)) continue;
      const time = timeOf(difference);
      if (first === null || time < firstTime) {
        first = { lane, difference };
        firstTime = time;
      }
    }
  }
  return first;
}

function timeOf(difference: Difference): number {
  const times = [difference.a?.t_ns, difference.b?.t_ns].filter(
    (t): t is number => t !== null && t !== undefined,
  );
  return times.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...times);
}
