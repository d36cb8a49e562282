/**
 * 64-bit values. Registers and descriptors are `bigint` between 0 and 2^64-1 wherever they are whole;
 * inside columns they are two 32-bit halves, because a bigint for each value costs ten times as much.
 */
export const WORD_MAX = (1n << 64n) - 1n;

/** The same eight bytes as one word and as two halves: the way between them that makes no other bigint. */
const whole = new BigUint64Array(1);
const halves = new Uint32Array(whole.buffer);
const LOW = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;

/** Joins two unsigned 32-bit halves. */
export function wordFromHalves(high: number, low: number): bigint {
  halves[HIGH] = high;
  halves[LOW] = low;
  return whole[0] as bigint;
}

/** Upper 32 bits, unsigned. */
export function highHalf(word: bigint): number {
  whole[0] = word;
  return halves[HIGH] as number;
}

/** Lower 32 bits, unsigned. */
export function lowHalf(word: bigint): number {
  whole[0] = word;
  return halves[LOW] as number;
}

/** The two's complement reading: what SQLite stores and what a status register means. */
export function signedWord(word: bigint): bigint {
  return BigInt.asIntN(64, word);
}

/** `0x1f`, lower case, no leading zeros. */
export function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
