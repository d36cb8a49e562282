/** A run of elements that are equal on both sides: `a[a…a+length)` is `b[b…b+length)`. */
export interface Match {
  readonly a: number;
  readonly b: number;
  readonly length: number;
}

/** Sizes of the windows that are looked for as anchors, from the most to the least telling. */
const WINDOWS = [16, 4, 1] as const;

/** Edits that the exact search inside a gap may spend before it settles for what anchors found. */
const EDIT_LIMIT = 256;

/**
 * Aligns two sequences of numbers, where equal numbers mean equal elements. Anchors are windows that occur
 * exactly once on each side; the longest chain of anchors in the same order splits the problem into gaps,
 * which smaller windows and in the end Myers' algorithm work on. Near-linear on every input: nothing in it
 * looks at more than a bounded number of edits.
 */
export function align(a: Int32Array, b: Int32Array): Match[] {
  const matches: Match[] = [];
  alignRange(a, 0, a.length, b, 0, b.length, 0, matches);
  return joinAdjacent(matches);
}

function alignRange(
  a: Int32Array,
  aStart: number,
  aEnd: number,
  b: Int32Array,
  bStart: number,
  bEnd: number,
  windowIndex: number,
  out: Match[],
): void {
  let prefix = 0;
  while (aStart + prefix < aEnd && bStart + prefix < bEnd && a[aStart + prefix] === b[bStart + prefix])
    prefix++;
  if (prefix > 0) out.push({ a: aStart, b: bStart, length: prefix });
  const aFrom = aStart + prefix;
  const bFrom = bStart + prefix;
  let suffix = 0;
  while (aEnd - suffix > aFrom && bEnd - suffix > bFrom && a[aEnd - suffix - 1] === b[bEnd - suffix - 1])
    suffix++;
  const aTo = aEnd - suffix;
  const bTo = bEnd - suffix;
  if (aFrom < aTo && bFrom < bTo) alignMiddle(a, aFrom, aTo, b, bFrom, bTo, windowIndex, out);
  if (suffix > 0) out.push({ a: aTo, b: bTo, length: suffix });
}

function alignMiddle(
  a: Int32Array,
  aStart: number,
  aEnd: number,
  b: Int32Array,
  bStart: number,
  bEnd: number,
  windowIndex: number,
  out: Match[],
): void {
  for (let index = windowIndex; index < WINDOWS.length; index++) {
    const window = WINDOWS[index] as number;
    const anchors = findAnchors(a, aStart, aEnd, b, bStart, bEnd, window);
    if (anchors.length === 0) continue;
    let aAt = aStart;
    let bAt = bStart;
    for (const anchor of anchors) {
      if (anchor.a < aAt || anchor.b < bAt) continue;
      alignRange(a, aAt, anchor.a, b, bAt, anchor.b, index + 1, out);
      let { length } = anchor;
      while (
        anchor.a + length < aEnd &&
        anchor.b + length < bEnd &&
        a[anchor.a + length] === b[anchor.b + length]
      )
        length++;
      out.push({ a: anchor.a, b: anchor.b, length });
      aAt = anchor.a + length;
      bAt = anchor.b + length;
    }
    alignRange(a, aAt, aEnd, b, bAt, bEnd, index + 1, out);
    return;
  }
  myers(a, aStart, aEnd, b, bStart, bEnd, out);
}

/** Windows that occur once on each side, in an order that is the same on both. */
function findAnchors(
  a: Int32Array,
  aStart: number,
  aEnd: number,
  b: Int32Array,
  bStart: number,
  bEnd: number,
  window: number,
): Match[] {
  if (aEnd - aStart < window || bEnd - bStart < window) return [];
  const uniqueInA = uniqueWindows(a, aStart, aEnd, window);
  const uniqueInB = uniqueWindows(b, bStart, bEnd, window);
  const pairs: Match[] = [];
  for (const [hash, aAt] of uniqueInA) {
    if (aAt < 0) continue;
    const bAt = uniqueInB.get(hash);
    if (bAt === undefined || bAt < 0 || !sameRun(a, aAt, b, bAt, window)) continue;
    pairs.push({ a: aAt, b: bAt, length: window });
  }
  pairs.sort((x, y) => x.a - y.a);
  return longestChain(pairs);
}

/** Position of each window by its hash; -1 where it occurs more than once. */
function uniqueWindows(values: Int32Array, start: number, end: number, window: number): Map<number, number> {
  const positions = new Map<number, number>();
  // A rolling hash modulo 2^32; equal hashes are compared before they are believed.
  let power = 1;
  for (let i = 1; i < window; i++) power = Math.imul(power, MULTIPLIER);
  let hash = 0;
  for (let i = start; i < start + window; i++)
    hash = (Math.imul(hash, MULTIPLIER) + mix(values[i] as number)) | 0;
  for (let at = start; ; at++) {
    positions.set(hash, positions.has(hash) ? -1 : at);
    if (at + window >= end) return positions;
    hash = (hash - Math.imul(mix(values[at] as number), power)) | 0;
    hash = (Math.imul(hash, MULTIPLIER) + mix(values[at + window] as number)) | 0;
  }
}

const MULTIPLIER = 0x01000193;

function mix(value: number): number {
  let x = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  return x ^ (x >>> 16);
}

function sameRun(a: Int32Array, aAt: number, b: Int32Array, bAt: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aAt + i] !== b[bAt + i]) return false;
  return true;
}

/** Longest subsequence of pairs, sorted by `a`, that rises in `b` too. */
function longestChain(pairs: readonly Match[]): Match[] {
  const tails: number[] = [];
  const previous = new Int32Array(pairs.length).fill(-1);
  pairs.forEach((pair, index) => {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[tails[middle] as number] as Match).b < pair.b) low = middle + 1;
      else high = middle;
    }
    if (low > 0) previous[index] = tails[low - 1] as number;
    tails[low] = index;
  });
  const chain: Match[] = [];
  for (let index = tails.at(-1) ?? -1; index >= 0; index = previous[index] as number)
    chain.push(pairs[index] as Match);
  return chain.reverse();
}

/** Myers' greedy algorithm with a bounded number of edits; beyond it the gap counts as replaced. */
function myers(
  a: Int32Array,
  aStart: number,
  aEnd: number,
  b: Int32Array,
  bStart: number,
  bEnd: number,
  out: Match[],
): void {
  const n = aEnd - aStart;
  const m = bEnd - bStart;
  const limit = Math.min(n + m, EDIT_LIMIT);
  const offset = limit + 1;
  const furthest = new Int32Array(2 * limit + 3);
  const trace: Int32Array[] = [];
  for (let d = 0; d <= limit; d++) {
    trace.push(furthest.slice(offset - d - 1, offset + d + 2));
    for (let k = -d; k <= d; k += 2) {
      const down =
        k === -d || (k !== d && (furthest[offset + k - 1] as number) < (furthest[offset + k + 1] as number));
      let x = down ? (furthest[offset + k + 1] as number) : (furthest[offset + k - 1] as number) + 1;
      while (x < n && x - k < m && a[aStart + x] === b[bStart + x - k]) x++;
      furthest[offset + k] = x;
      if (x >= n && x - k >= m) {
        backtrack(trace, d, n, m, aStart, bStart, out);
        return;
      }
    }
  }
}

function backtrack(
  trace: readonly Int32Array[],
  edits: number,
  n: number,
  m: number,
  aStart: number,
  bStart: number,
  out: Match[],
): void {
  const found: Match[] = [];
  let x = n;
  let y = m;
  for (let d = edits; d > 0; d--) {
    const row = trace[d] as Int32Array;
    const at = (k: number) => row[k + d + 1] as number;
    const k = x - y;
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1));
    const previousK = down ? k + 1 : k - 1;
    const previousX = at(previousK);
    const previousY = previousX - previousK;
    const afterEdit = down ? previousX : previousX + 1;
    const length = x - afterEdit;
    if (length > 0) found.push({ a: aStart + afterEdit, b: bStart + y - length, length });
    x = previousX;
    y = previousY;
  }
  if (x > 0) found.push({ a: aStart, b: bStart, length: x });
  for (const match of found.reverse()) out.push(match);
}

function joinAdjacent(matches: readonly Match[]): Match[] {
  const joined: Match[] = [];
  for (const match of matches) {
    const last = joined.at(-1);
    if (last !== undefined && last.a + last.length === match.a && last.b + last.length === match.b) {
      joined[joined.length - 1] = { a: last.a, b: last.b, length: last.length + match.length };
    } else {
      joined.push(match);
    }
  }
  return joined;
}
