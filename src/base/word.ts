/**
 * 64-bit values. Registers and descriptors are `bigint` between 0 and 2^64-1 wherever they are whole;
 * inside columns they are two 32-bit halves, because a bigint for each value costs ten times as much.
 */
export const WORD_MAX = (1n << 64n) - 1n;

/** Joins two unsigned 32-bit halves. */
export function wordFromHalves(hi: number, lo: number): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
}

/** Upper 32 bits, unsigned. */
export function highHalf(word: bigint): number {
  return Number((word >> 32n) & 0xffffffffn);
}

/** Lower 32 bits, unsigned. */
export function lowHalf(word: bigint): number {
  return Number(word & 0xffffffffn);
}

/** The two's complement reading: what SQLite stores and what a status register means. */
export function signedWord(word: bigint): bigint {
  return BigInt.asIntN(64, word);
}

/** `0x1f`, lower case, no leading zeros. */
export function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
