/** Looks for windows that occur once on either side, in an order that is the same on both; uses its memory again. */
export class AnchorSearch {
  /** By slot: the hash of a window, and where in the first sequence it is. */
  private table = new Int32Array(0);
  /** By place in the first sequence, from where the range begins: where in the second the same window is. */
  private partners = new Int32Array(0);
  /** Pairs of places, by the first; and what the search for the longest chain of them keeps of each. */
  private inA = new Int32Array(0);
  private inB = new Int32Array(0);
  private tails = new Int32Array(0);
  private previous = new Int32Array(0);

  /** The longest chain of anchors between two ranges, pair behind pair; null where there is none. */
  find(
    a: Int32Array,
    aStart: number,
    aEnd: number,
    b: Int32Array,
    bStart: number,
    bEnd: number,
    window: number,
  ): Int32Array | null {
    const length = aEnd - aStart;
    if (length < window || bEnd - bStart < window) return null;
    let slots = 16;
    while (slots < length * 2) slots *= 2;
    this.reserve(length, slots);
    const { table, partners, inA, inB } = this;
    table.fill(NONE, 0, 2 * slots);
    partners.fill(NONE, 0, length);
    addWindows(table, slots - 1, a, aStart, aEnd, window);
    pairWindows(table, slots - 1, b, bStart, bEnd, window, partners, aStart);
    const count = collectPairs(partners, a, aStart, length, b, window, inA, inB);
    return count === 0 ? null : longestChain(inA, inB, count, this.tails, this.previous);
  }

  private reserve(length: number, slots: number): void {
    if (this.table.length < 2 * slots) this.table = new Int32Array(2 * slots);
    if (this.partners.length >= length) return;
    // A range is as long as half of its slots, or shorter.
    const capacity = slots >> 1;
    this.partners = new Int32Array(capacity);
    this.inA = new Int32Array(capacity);
    this.inB = new Int32Array(capacity);
    this.tails = new Int32Array(capacity);
    this.previous = new Int32Array(capacity);
  }
}

const MANY = -2;
const NONE = -1;

const MULTIPLIER = 0x01000193;

function mix(value: number): number {
  let x = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  return x ^ (x >>> 16);
}

// The loops over all windows are functions of their own that do one thing: the engine compiles each of them once, where
// one that was entered for both sides was compiled eight times in a comparison of 1M events.

/** Takes in where each window of a range is, by a rolling hash modulo 2^32. */
function addWindows(
  table: Int32Array,
  mask: number,
  values: Int32Array,
  start: number,
  end: number,
  window: number,
): void {
  const power = powerOf(window);
  let hash = firstHash(values, start, window);
  for (let at = start; ; at++) {
    const entry = entryOf(table, mask, hash);
    if (table[entry + 1] === NONE) {
      table[entry] = hash;
      table[entry + 1] = at;
    } else table[entry + 1] = MANY;
    if (at + window >= end) return;
    hash = rolled(hash, values[at] as number, values[at + window] as number, power);
  }
}

/** Sets for each window that is there once where the only one with its hash in another range is. */
function pairWindows(
  table: Int32Array,
  mask: number,
  values: Int32Array,
  start: number,
  end: number,
  window: number,
  partners: Int32Array,
  firstStart: number,
): void {
  const power = powerOf(window);
  let hash = firstHash(values, start, window);
  for (let at = start; ; at++) {
    const first = table[entryOf(table, mask, hash) + 1] as number;
    if (first >= 0) partners[first - firstStart] = partners[first - firstStart] === NONE ? at : MANY;
    if (at + window >= end) return;
    hash = rolled(hash, values[at] as number, values[at + window] as number, power);
  }
}

/** The entry of a hash, or the empty one where it belongs. */
function entryOf(table: Int32Array, mask: number, hash: number): number {
  let slot = (hash ^ (hash >>> 15)) & mask;
  while (table[2 * slot + 1] !== NONE && table[2 * slot] !== hash) slot = (slot + 1) & mask;
  return 2 * slot;
}

function powerOf(window: number): number {
  let power = 1;
  for (let i = 1; i < window; i++) power = Math.imul(power, MULTIPLIER);
  return power;
}

function firstHash(values: Int32Array, start: number, window: number): number {
  let hash = 0;
  for (let i = start; i < start + window; i++)
    hash = (Math.imul(hash, MULTIPLIER) + mix(values[i] as number)) | 0;
  return hash;
}

/** The hash of the next window: without the value that it leaves behind, with the one that it comes to. */
function rolled(hash: number, left: number, entered: number, power: number): number {
  const without = (hash - Math.imul(mix(left), power)) | 0;
  return (Math.imul(without, MULTIPLIER) + mix(entered)) | 0;
}

/** Windows of equal hashes that are equal; how many. */
function collectPairs(
  partners: Int32Array,
  a: Int32Array,
  aStart: number,
  length: number,
  b: Int32Array,
  window: number,
  inA: Int32Array,
  inB: Int32Array,
): number {
  let count = 0;
  for (let i = 0; i < length; i++) {
    const partner = partners[i] as number;
    if (partner < 0 || !sameRun(a, aStart + i, b, partner, window)) continue;
    inA[count] = aStart + i;
    inB[count++] = partner;
  }
  return count;
}

function sameRun(a: Int32Array, aAt: number, b: Int32Array, bAt: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aAt + i] !== b[bAt + i]) return false;
  return true;
}

/** Longest subsequence of pairs, sorted by the first, that rises in the second too; pair behind pair. */
function longestChain(
  inA: Int32Array,
  inB: Int32Array,
  count: number,
  tails: Int32Array,
  previous: Int32Array,
): Int32Array {
  const length = linkChains(inB, count, tails, previous);
  const chain = new Int32Array(length * 2);
  let index = tails[length - 1] as number;
  for (let at = length - 1; at >= 0; at--) {
    chain[2 * at] = inA[index] as number;
    chain[2 * at + 1] = inB[index] as number;
    index = previous[index] as number;
  }
  return chain;
}

/** Sets for each pair the one before it in its chain, and the last pair of the best chain of each length; gives the longest. */
function linkChains(inB: Int32Array, count: number, tails: Int32Array, previous: Int32Array): number {
  let length = 0;
  for (let index = 0; index < count; index++) {
    const second = inB[index] as number;
    // Most pairs go on where the last one was.
    const isNext = length === 0 || (inB[tails[length - 1] as number] as number) < second;
    const low = isNext ? length : chainLengthBefore(inB, tails, length, second);
    previous[index] = low > 0 ? (tails[low - 1] as number) : NONE;
    tails[low] = index;
    if (low === length) length++;
  }
  return length;
}

/** Length of the longest chain that a place can go on. */
function chainLengthBefore(inB: Int32Array, tails: Int32Array, length: number, second: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((inB[tails[middle] as number] as number) < second) low = middle + 1;
    else high = middle;
  }
  return low;
}
