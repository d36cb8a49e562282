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
  if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) return hexOfWhole(value);
  return `0x${value.toString(16)}`;
}

/** Three digits at a time: number's own toString divides for each digit, five times slower, and addresses are everywhere. */
const DIGITS = Array.from({ length: 4096 }, (_, value) => value.toString(16));
const PADDED_DIGITS = DIGITS.map((digits) => digits.padStart(3, '0'));

function hexOfWhole(value: number): string {
  if (value < 4096) return `0x${DIGITS[value]}`;
  const low = PADDED_DIGITS[value & 0xfff] as string;
  if (value < 2 ** 24) return `0x${DIGITS[value >>> 12]}${low}`;
  const middle = PADDED_DIGITS[(value >>> 12) & 0xfff] as string;
  const rest = Math.floor(value / 2 ** 24);
  if (rest < 4096) return `0x${DIGITS[rest]}${middle}${low}`;
  const upper = PADDED_DIGITS[rest & 0xfff] as string;
  return rest < 2 ** 24
    ? `0x${DIGITS[rest >>> 12]}${upper}${middle}${low}`
    : `${hexOfWhole(Math.floor(rest / 4096))}${upper}${middle}${low}`;
}
