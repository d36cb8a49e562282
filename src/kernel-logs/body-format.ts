import { assert, present } from '../base/assert.ts';
import type { Cursor } from './ascii.ts';
import { DIGIT, hex16 } from './digits.ts';

/** Most numbers that one format has. */
const MAX_NUMBERS = 8;

/**
 * What a format stands for in a line. Numbers are below 2^51, and what says more is no match; a `word` has all
 * 64 bits, in halves.
 *
 * | placeholder | text                                             | read into          |
 * |-------------|--------------------------------------------------|--------------------|
 * | `{hex16}`   | sixteen hexadecimal digits                       | `values`           |
 * | `{hex}`     | one to sixteen of them                           | `values`           |
 * | `{word}`    | one to sixteen of them                           | `high` and `low`   |
 * | `{decimal}` | one to fifteen decimal digits                    | `values`           |
 * | `{signed}`  | the same, perhaps with a minus sign              | `values`           |
 * | `{number}`  | `0x` and one to sixteen hexadecimal digits, or a decimal | `values`   |
 */
type Placeholder = 'hex16' | 'hex' | 'word' | 'decimal' | 'signed' | 'number';

/** A printf format of the kernel, read backwards. Numbers are kept by their place in it, from 0. */
export interface BodyFormat {
  /** Moves the cursor behind the format and keeps its numbers; where something else stands, says so and stays. */
  readonly match: (cursor: Cursor) => boolean;
  readonly values: Float64Array;
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

/**
 * Makes a format's reader by writing its code: one function with the text as constants that are compared four
 * bytes at a time and with all positions in local variables. Steps that are looked up one by one in a table cost
 * two to three times as much, and most lines of a trace have one of a few formats.
 */
export function compileFormat(format: string): BodyFormat {
  const values = new Float64Array(MAX_NUMBERS);
  const high = new Uint32Array(MAX_NUMBERS);
  const low = new Uint32Array(MAX_NUMBERS);
  const parts = format.split(/\{(\w+)\}/);
  const body: string[] = [];
  parts.forEach((part, index) => {
    if (index % 2 === 0) {
      if (part !== '') body.push(expectText(part, parts[index + 1] === 'hex16' ? 16 : 0));
      else
        assert(
          parts[index + 1] !== 'hex16',
          `${format}: {hex16} needs text before it, which looks for its room`,
        );
      return;
    }
    const place = (index - 1) / 2;
    assert(place < MAX_NUMBERS, `${format}: more than ${MAX_NUMBERS} numbers`);
    body.push(`{ ${present(READ[part as Placeholder], `placeholder {${part}}`)(place)} }`);
  });
  const code = `return (cursor) => {
    const { bytes, view, end } = cursor;
    let { at } = cursor;
    ${body.join('\n')}
    cursor.at = at;
    return true;
  };`;
  const make = new Function('values', 'high', 'low', 'DIGIT', 'hex16', code) as (
    ...args: unknown[]
  ) => BodyFormat['match'];
  return { match: make(values, high, low, DIGIT, hex16), values, high, low };
}

/** Source text that goes on when `text` stands at `at` and `room` bytes follow. */
function expectText(text: string, room: number): string {
  const bytes = new TextEncoder().encode(text);
  const view = new DataView(bytes.buffer);
  const checks = [`end - at < ${bytes.length + room}`];
  if (bytes.length < 4) {
    for (const [offset, byte] of bytes.entries()) checks.push(`bytes[at + ${offset}] !== ${byte}`);
  } else {
    for (let at = 0; at < bytes.length; at += 4) {
      // The last word overlaps the one before it where the length is no multiple of four.
      const offset = Math.min(at, bytes.length - 4);
      checks.push(`view.getInt32(at + ${offset}, true) !== ${view.getInt32(offset, true)}`);
    }
  }
  return `if (${checks.join(' || ')}) return false;\nat += ${bytes.length};`;
}

/** Eight digits fit the lower half; only more of them pay for carrying into the upper. */
const HEXADECIMAL = `
  const start = at;
  const short = end - at < 8 ? end : at + 8;
  let upper = 0, lower = 0, digit = 0;
  for (; at < short && (digit = DIGIT[bytes[at]]) <= 15; at++) lower = (lower << 4) | digit;
  if (at - start === 8) {
    for (; at < end && (digit = DIGIT[bytes[at]]) <= 15; at++) {
      upper = (upper << 4) | (lower >>> 28);
      lower = (lower << 4) | digit;
    }
    if (at - start > 16) return false;
  }
  if (at === start) return false;`;

const DECIMAL = `
  const start = at;
  let value = 0, digit = 0;
  for (; at < end && (digit = bytes[at] - 0x30) >= 0 && digit <= 9; at++) value = value * 10 + digit;
  if (at === start || at - start > 15) return false;`;

const hexadecimalNumber = (place: number) => `${HEXADECIMAL}
  if (upper >>> 0 >= 2 ** 19) return false;
  values[${place}] = upper === 0 ? lower >>> 0 : upper * 2 ** 32 + (lower >>> 0);`;

const decimalNumber = (place: number) => `${DECIMAL}
  values[${place}] = value;`;

/** Source text that reads each placeholder at `at`. */
const READ: Readonly<Record<Placeholder, (place: number) => string>> = {
  hex16: (place) => `
    const value = hex16(view, at);
    if (value < 0) return false;
    values[${place}] = value;
    at += 16;`,
  hex: hexadecimalNumber,
  word: (place) => `${HEXADECIMAL}
    high[${place}] = upper;
    low[${place}] = lower;`,
  decimal: decimalNumber,
  signed: (place) => `
    const isNegative = at < end && bytes[at] === 0x2d;
    if (isNegative) at++;
    ${DECIMAL}
    values[${place}] = isNegative ? -value : value;`,
  number: (place) => `
    if (end - at > 2 && bytes[at] === 0x30 && bytes[at + 1] === 0x78) {
      at += 2;
      ${hexadecimalNumber(place)}
    } else {
      ${decimalNumber(place)}
    }`,
};
