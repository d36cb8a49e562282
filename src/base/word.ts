/**
 * 64-bit values. Registers and descriptors are `bigint` between 0 and 2^64-1 wherever they are whole;
 * inside columns they are two 32-bit halves, because a bigint for each value costs ten times as much.
 */
export const WORD_MAX = (1n << 64n) - 1n;

/** The same eight bytes as one word and as two halves: the way between them that makes no other bigint. */
const whole = new BigUint64Array(1);
const signedWhole = new BigInt64Array(whole.buffer);
const halves = new Uint32Array(whole.buffer);
/** Where the halves of a word lie on this machine, in 32-bit units from its beginning. */
const LOW_HALF = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;
const HIGH_HALF = 1 - LOW_HALF;

/** Joins two unsigned 32-bit halves. */
export function wordFromHalves(high: number, low: number): bigint {
  halves[HIGH_HALF] = high;
  halves[LOW_HALF] = low;
  return whole[0] as bigint;
}

/** Upper 32 bits, unsigned. */
export function highHalf(word: bigint): number {
  whole[0] = word;
  return halves[HIGH_HALF] as number;
}

/** Lower 32 bits, unsigned. */
export function lowHalf(word: bigint): number {
  whole[0] = word;
  return halves[LOW_HALF] as number;
}

/** Joins two halves to the signed number that they are in two's complement. */
export function signedWordFromHalves(high: number, low: number): bigint {
  halves[HIGH_HALF] = high;
  halves[LOW_HALF] = low;
  return signedWhole[0] as bigint;
}

/** The same as a number where that is exact: most registers are small, and a bigint is dear. */
export function signedFromHalves(high: number, low: number): number | bigint {
  const signed = high | 0;
  return signed >= -(2 ** 21) && signed < 2 ** 21 ? signed * 2 ** 32 + low : signedWordFromHalves(high, low);
}

/** The two's complement reading: what SQLite stores and what a status register means. */
export function signedWord(word: bigint): bigint {
  return BigInt.asIntN(64, word);
}

/** `0x1f`, lower case, no leading zeros. */
export function hex(value: number | bigint): string {
  if (typeof value === 'bigint') {
    if (value < 0n || value > WORD_MAX) return `0x${value.toString(16)}`;
    whole[0] = value;
    return hexOfHalves(halves[HIGH_HALF] as number, halves[LOW_HALF] as number);
  }
  if (value < 0 || !Number.isSafeInteger(value)) return `0x${value.toString(16)}`;
  return hexOfHalves(Math.floor(value / 2 ** 32), value >>> 0);
}

/**
 * Three digits of a number, with and without leading zeros. The engine's own conversion divides for each digit,
 * which costs ten times as much, and every other line of text has an address in it.
 */
const DIGITS = Array.from({ length: 4096 }, (_unused, value) => value.toString(16));
const THREE_DIGITS = DIGITS.map((digits) => digits.padStart(3, '0'));
const TWO_DIGITS = DIGITS.slice(0, 256).map((digits) => digits.padStart(2, '0'));

function hexOfHalves(high: number, low: number): string {
  const end = (THREE_DIGITS[(low >>> 12) & 0xfff] as string) + (THREE_DIGITS[low & 0xfff] as string);
  if (high !== 0) return `0x${digitsOf(high)}${TWO_DIGITS[low >>> 24]}${end}`;
  return low < 2 ** 24 ? `0x${digitsOf(low)}` : `0x${DIGITS[low >>> 24]}${end}`;
}

function digitsOf(value: number): string {
  if (value < 4096) return DIGITS[value] as string;
  const end = THREE_DIGITS[value & 0xfff] as string;
  if (value < 2 ** 24) return (DIGITS[value >>> 12] as string) + end;
  return `${DIGITS[value >>> 24]}${THREE_DIGITS[(value >>> 12) & 0xfff]}${end}`;
}
