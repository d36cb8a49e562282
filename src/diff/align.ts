/** A run of elements that are equal on both sides: `a[a…a+length)` is `b[b…b+length)`. */
export interface Match {
  readonly a: number;
  readonly b: number;
  readonly length: number;
}

/** Sizes of the windows that are looked for as anchors, from the most to the least telling. */
const WINDOWS = [16, 4, 1] as const;

/** Edits that the exact search inside a gap may spend before it settles for the best that it has, and goes on from there. */
const EDIT_LIMIT = 128;

/** Sides of a gap below which looking for anchors costs more than the exact search. */
const SMALL = 12;

/**
 * Aligns two sequences of numbers, where equal numbers mean equal elements. Anchors are windows that occur
 * exactly once on each side; the longest chain of anchors in the same order splits the problem into gaps,
 * which smaller windows and in the end Myers' algorithm work on. Near-linear on every input, one of a handful of
 * distinct elements too: the exact search spends a bounded number of edits, and then goes on from where it came furthest.
 */
export function align(a: Int32Array, b: Int32Array): Match[] {
  const matches: Match[] = [];
  alignRange(a, 0, a.length, b, 0, b.length, 0, matches);
  return joinAdjacent(asEarlyAsPossible(a, b, joinAdjacent(matches)));
}

/**
 * Where what one side has more of stands between two equal elements, either could be the one that both sides have. The
 * first is: what a boot does again after something new belongs to the new.
 */
function asEarlyAsPossible(a: Int32Array, b: Int32Array, matches: readonly Match[]): Match[] {
  const moved: Match[] = [];
  let aAt = 0;
  let bAt = 0;
  for (const match of matches) {
    let { a: aFrom, b: bFrom, length } = match;
    const earlierA = indexBetween(a, a[aFrom] as number, aAt, aFrom);
    const earlierB = indexBetween(b, b[bFrom] as number, bAt, bFrom);
    // With one on both sides the alignment chose this one out of several: it stays.
    if ((earlierA === NONE) !== (earlierB === NONE)) {
      const aTo = earlierA === NONE ? aFrom : earlierA;
      const bTo = earlierB === NONE ? bFrom : earlierB;
      let count = 0;
      while (count < length && a[aTo + count] === b[bTo + count]) count++;
      moved.push({ a: aTo, b: bTo, length: count });
      aFrom += count;
      bFrom += count;
      length -= count;
    }
    if (length > 0) moved.push({ a: aFrom, b: bFrom, length });
    const last = moved.at(-1);
    aAt = last === undefined ? 0 : last.a + last.length;
    bAt = last === undefined ? 0 : last.b + last.length;
  }
  return moved;
}

function indexBetween(values: Int32Array, value: number, from: number, to: number): number {
  const index = from < to ? values.subarray(from, to).indexOf(value) : NONE;
  return index < 0 ? NONE : from + index;
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
  const isSmall = aEnd - aStart <= SMALL && bEnd - bStart <= SMALL;
  for (let index = isSmall ? WINDOWS.length : windowIndex; index < WINDOWS.length; index++) {
    const window = WINDOWS[index] as number;
    const anchors = findAnchors(a, aStart, aEnd, b, bStart, bEnd, window);
    if (anchors.length === 0) continue;
    let aAt = aStart;
    let bAt = bStart;
    for (let i = 0; i < anchors.length; i += 2) {
      const aFrom = anchors[i] as number;
      const bFrom = anchors[i + 1] as number;
      if (aFrom < aAt || bFrom < bAt) continue;
      alignRange(a, aAt, aFrom, b, bAt, bFrom, index + 1, out);
      let length = window;
      while (aFrom + length < aEnd && bFrom + length < bEnd && a[aFrom + length] === b[bFrom + length])
        length++;
      out.push({ a: aFrom, b: bFrom, length });
      aAt = aFrom + length;
      bAt = bFrom + length;
    }
    alignRange(a, aAt, aEnd, b, bAt, bEnd, index + 1, out);
    return;
  }
  alignByEdits(a, aStart, aEnd, b, bStart, bEnd, out);
}

/** Positions in both of windows that occur once on each side, in an order that is the same on both. */
function findAnchors(
  a: Int32Array,
  aStart: number,
  aEnd: number,
  b: Int32Array,
  bStart: number,
  bEnd: number,
  window: number,
): Int32Array {
  if (aEnd - aStart < window || bEnd - bStart < window) return NO_ANCHORS;
  const table = new WindowTable(aEnd - aStart);
  table.add(a, aStart, aEnd, window, false);
  table.add(b, bStart, bEnd, window, true);
  const partners = table.partnersOf(aStart, aEnd);
  const inA = new Int32Array(table.size);
  const inB = new Int32Array(table.size);
  let count = 0;
  for (let i = 0; i < partners.length; i++) {
    const partner = partners[i] as number;
    if (partner < 0 || !sameRun(a, aStart + i, b, partner, window)) continue;
    inA[count] = aStart + i;
    inB[count++] = partner;
  }
  return longestChain(inA, inB, count);
}

const NO_ANCHORS = new Int32Array(0);
const MANY = -2;
const NONE = -1;

/** Where each window is, by its hash, on either side. */
class WindowTable {
  size = 0;
  private readonly mask: number;
  private readonly hashes: Int32Array;
  private readonly firsts: Int32Array;
  private readonly seconds: Int32Array;

  constructor(capacity: number) {
    let slots = 16;
    while (slots < capacity * 2) slots *= 2;
    this.mask = slots - 1;
    this.hashes = new Int32Array(slots);
    this.firsts = new Int32Array(slots).fill(NONE);
    this.seconds = new Int32Array(slots).fill(NONE);
  }

  /** Goes over the windows of a range with a rolling hash modulo 2^32; whoever asks compares what has equal hashes. */
  add(values: Int32Array, start: number, end: number, window: number, isSecond: boolean): void {
    let power = 1;
    for (let i = 1; i < window; i++) power = Math.imul(power, MULTIPLIER);
    let hash = 0;
    for (let i = start; i < start + window; i++)
      hash = (Math.imul(hash, MULTIPLIER) + mix(values[i] as number)) | 0;
    for (let at = start; ; at++) {
      if (isSecond) this.addSecond(hash, at);
      else this.addFirst(hash, at);
      if (at + window >= end) return;
      hash = (hash - Math.imul(mix(values[at] as number), power)) | 0;
      hash = (Math.imul(hash, MULTIPLIER) + mix(values[at + window] as number)) | 0;
    }
  }

  /** Where in the second what is there once on either side is, by its place in the first; negative for all else. */
  partnersOf(start: number, end: number): Int32Array {
    const partners = new Int32Array(end - start).fill(NONE);
    const { firsts, seconds } = this;
    for (let slot = 0; slot < firsts.length; slot++) {
      const first = firsts[slot] as number;
      if (first >= 0) partners[first - start] = seconds[slot] as number;
    }
    return partners;
  }

  private addFirst(hash: number, at: number): void {
    const slot = this.slotOf(hash);
    if (this.firsts[slot] === NONE) {
      this.hashes[slot] = hash;
      this.firsts[slot] = at;
      this.size++;
    } else this.firsts[slot] = MANY;
  }

  private addSecond(hash: number, at: number): void {
    const slot = this.slotOf(hash);
    if (this.firsts[slot] !== NONE) this.seconds[slot] = this.seconds[slot] === NONE ? at : MANY;
  }

  private slotOf(hash: number): number {
    let slot = (hash ^ (hash >>> 15)) & this.mask;
    while (this.firsts[slot] !== NONE && this.hashes[slot] !== hash) slot = (slot + 1) & this.mask;
    return slot;
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

/** Longest subsequence of pairs, sorted by the first, that rises in the second too; pair behind pair. */
function longestChain(inA: Int32Array, inB: Int32Array, count: number): Int32Array {
  const tails = new Int32Array(count);
  const previous = new Int32Array(count).fill(NONE);
  let length = 0;
  for (let index = 0; index < count; index++) {
    const second = inB[index] as number;
    let low = 0;
    let high = length;
    // Most pairs go on where the last one was.
    if (length > 0 && (inB[tails[length - 1] as number] as number) < second) low = length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((inB[tails[middle] as number] as number) < second) low = middle + 1;
      else high = middle;
    }
    if (low > 0) previous[index] = tails[low - 1] as number;
    tails[low] = index;
    if (low === length) length++;
  }
  const chain = new Int32Array(length * 2);
  let index = length === 0 ? NONE : (tails[length - 1] as number);
  for (let at = length - 1; at >= 0; at--) {
    chain[2 * at] = inA[index] as number;
    chain[2 * at + 1] = inB[index] as number;
    index = previous[index] as number;
  }
  return chain;
}

/** Myers' greedy algorithm, stretch by stretch: where a stretch takes too many edits, the next begins where it came furthest. */
function alignByEdits(
  a: Int32Array,
  aStart: number,
  aEnd: number,
  b: Int32Array,
  bStart: number,
  bEnd: number,
  out: Match[],
): void {
  let aAt = aStart;
  let bAt = bStart;
  while (aAt < aEnd && bAt < bEnd) {
    const reached = alignStretch(a, aAt, aEnd, b, bAt, bEnd, out);
    aAt = reached.a;
    bAt = reached.b;
  }
}

function alignStretch(
  a: Int32Array,
  aStart: number,
  aEnd: number,
  b: Int32Array,
  bStart: number,
  bEnd: number,
  out: Match[],
): { a: number; b: number } {
  const n = aEnd - aStart;
  const m = bEnd - bStart;
  const limit = Math.min(n + m, EDIT_LIMIT);
  const offset = limit + 1;
  const furthest = new Int32Array(2 * limit + 3);
  const trace: Int32Array[] = [];
  for (let d = 0; d <= limit; d++) {
    trace.push(furthest.slice(offset - d - 1, offset + d + 2));
    let bestX = 0;
    let bestY = 0;
    for (let k = -d; k <= d; k += 2) {
      const down =
        k === -d || (k !== d && (furthest[offset + k - 1] as number) < (furthest[offset + k + 1] as number));
      let x = down ? (furthest[offset + k + 1] as number) : (furthest[offset + k - 1] as number) + 1;
      while (x < n && x - k < m && a[aStart + x] === b[bStart + x - k]) x++;
      furthest[offset + k] = x;
      if (x <= n && x - k <= m && x + x - k > bestX + bestY) {
        bestX = x;
        bestY = x - k;
      }
    }
    if (d < limit && (bestX < n || bestY < m)) continue;
    backtrack(trace, d, bestX, bestY, aStart, bStart, out);
    return { a: aStart + bestX, b: bStart + bestY };
  }
  return { a: aEnd, b: bEnd };
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
