import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../src/base/byte-reader.ts';
import { ByteWriter } from '../../src/base/byte-writer.ts';
import { highHalf, lowHalf, WORD_MAX } from '../../src/base/word.ts';
import { numberAt, readNumberColumn, readWordColumn, wordAt } from '../../src/events/column-reader.ts';
import { NumberColumnWriter, WordColumnWriter } from '../../src/events/column-writer.ts';
import { INTEGER_LIMIT } from '../../src/events/field.ts';

/** Values as columns have them: anything, and runs, steps, pages, random jumps, with nulls and zeros among them. */
const integers = fc.oneof(
  fc.integer({ min: -INTEGER_LIMIT, max: INTEGER_LIMIT }),
  fc.integer({ min: 0, max: 300 }),
  fc.constantFrom(0, 1, -1, INTEGER_LIMIT, -INTEGER_LIMIT, 0xffff_ffff, 2 ** 32, 2 ** 31),
);
const numberColumns = fc.oneof(
  fc.array(integers, { minLength: 1, maxLength: 80 }),
  fc.array(
    fc.nat(0xffff).map((page) => 0x8000_0000 + page * 4096),
    { minLength: 1, maxLength: 80 },
  ),
  fc
    .tuple(
      integers.map((value) => Math.trunc(value / 4096)),
      fc.nat(4096),
      fc.nat(80),
    )
    .map(([first, step, count]) =>
      Array.from({ length: count + 1 }, (_unused, index) => first + index * step),
    ),
);
const words = fc.oneof(
  fc.bigInt({ min: 0n, max: WORD_MAX }),
  fc.constantFrom(0n, 1n, WORD_MAX, 1n << 63n, (1n << 32n) - 1n, 1n << 32n),
  fc.nat(0xffffff).map((page) => (BigInt(page) << 12n) | 0xf47n),
);
const wordColumns = fc.oneof(
  fc.array(words, { minLength: 1, maxLength: 80 }),
  fc.array(
    fc.oneof(
      fc.constant(0n),
      fc.nat(0xffffff).map((page) => (BigInt(page) << 12n) | 0xf47n),
    ),
    { minLength: 1, maxLength: 80 },
  ),
);
const withNulls = <T>(column: fc.Arbitrary<T[]>) =>
  fc
    .tuple(column, fc.array(fc.boolean(), { maxLength: 80 }), fc.boolean())
    .map(([values, absent, hasNulls]) =>
      values.map((value, index): T | null => (hasNulls && absent[index] === true ? null : value)),
    );

function numbersThrough(values: readonly (number | null)[]): { values: (number | null)[]; size: number } {
  const writer = new NumberColumnWriter();
  for (const value of values) {
    if (value === null) writer.pushNull();
    else writer.push(value);
  }
  const out = new ByteWriter(16);
  writer.encode(out);
  const reader = new ByteReader(out.view().slice());
  const column = readNumberColumn(reader, values.length);
  expect(reader.position).toBe(reader.end);
  return { values: values.map((_value, row) => numberAt(column, row)), size: out.length };
}

function wordsThrough(values: readonly (bigint | null)[]): { values: (bigint | null)[]; size: number } {
  const writer = new WordColumnWriter();
  for (const value of values) {
    if (value === null) writer.pushNull();
    else writer.push(highHalf(value), lowHalf(value));
  }
  const out = new ByteWriter(16);
  writer.encode(out);
  const reader = new ByteReader(out.view().slice());
  const column = readWordColumn(reader, values.length);
  expect(reader.position).toBe(reader.end);
  return { values: values.map((_value, row) => wordAt(column, row)), size: out.length };
}

describe('columns', () => {
  it('give back every number', () => {
    fc.assert(
      fc.property(withNulls(numberColumns), (values) => {
        expect(numbersThrough(values).values).toEqual(
          values.map((value) => (Object.is(value, -0) ? 0 : value)),
        );
      }),
      { numRuns: 1500 },
    );
  });

  it('give back every bit of every word', () => {
    fc.assert(
      fc.property(withNulls(wordColumns), (values) => {
        expect(wordsThrough(values).values).toEqual(values);
      }),
      { numRuns: 1500 },
    );
  });

  it.each([
    ['a constant', Array.from({ length: 4096 }, () => 7), 16],
    ['a steady step', Array.from({ length: 4096 }, (_unused, i) => 1e12 + i * 1000), 16],
    [
      'pages in order',
      Array.from({ length: 4096 }, (_unused, i) => 0x8000_0000 + (i + (i % 7)) * 4096),
      4200,
    ],
    [
      'random pages of 64K',
      Array.from({ length: 4096 }, (_unused, i) => 0x8000_0000 + ((i * 40_503) % 65_536) * 4096),
      8300,
    ],
  ])('keep %s in %i bytes or fewer', (_what, values, bytes) => {
    expect(numbersThrough(values).size).toBeLessThanOrEqual(bytes);
  });

  it('keep descriptors of which half are zero in three bytes each', () => {
    const values = Array.from({ length: 4096 }, (_unused, i) =>
      i % 2 === 0 ? 0n : (BigInt((i * 40_503) % 0xffffff) << 12n) | 0xf47n,
    );
    expect(wordsThrough(values).size).toBeLessThanOrEqual(4096 * 3);
  });
});
