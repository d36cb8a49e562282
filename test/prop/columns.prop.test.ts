import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../src/base/byte-reader.ts';
import { ByteWriter } from '../../src/base/byte-writer.ts';
import { highHalf, lowHalf, WORD_MAX } from '../../src/base/word.ts';
import { ChunkDictionary } from '../../src/events/chunk-dictionary.ts';
import {
  decodeAhead,
  numberAt,
  readNumberColumn,
  readSymbolColumn,
  readTextColumn,
  readWordColumn,
  textAt,
  wordAt,
} from '../../src/events/column-reader.ts';
import { skipColumn } from '../../src/events/column-skip.ts';
import {
  NumberColumnWriter,
  SymbolColumnWriter,
  TextColumnWriter,
  WordColumnWriter,
} from '../../src/events/column-writer.ts';
import { INTEGER_LIMIT, type Storage } from '../../src/events/field.ts';

/** Values as columns have them: anything, and runs, steps, pages, random jumps, with nulls and zeros among them. */
const integers = fc.oneof(
  fc.integer({ min: -INTEGER_LIMIT, max: INTEGER_LIMIT }),
  fc.integer({ min: 0, max: 300 }),
  fc.constantFrom(0, 1, -1, INTEGER_LIMIT, -INTEGER_LIMIT, 0xffff_ffff, 2 ** 32, 2 ** 31),
);
/** Values close to each other, and values at a pace: steps that differ little, far from where they began. */
const closeColumns = fc
  .tuple(
    integers.map((value) => Math.trunc(value / 2)),
    fc.constantFrom(1, 3, 15, 16),
    fc.constantFrom(1, 8, 4096),
  )
  .chain(([first, span, scale]) =>
    fc.array(
      fc.nat(span).map((offset) => first + offset * scale),
      { minLength: 1, maxLength: 80 },
    ),
  );
const pacedColumns = fc
  .tuple(
    integers.map((value) => Math.trunc(value / 4)),
    fc.integer({ min: -1_000_000, max: 1_000_000 }),
    fc.constantFrom(0, 1, 200, 60_000, 20_000_000, 2 ** 33),
    fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 80 }),
  )
  .map(([first, step, jitter, draws]) => {
    let value = first;
    return draws.map((draw) => (value += step + Math.floor(draw * jitter)));
  });
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
  fc.oneof(closeColumns, pacedColumns),
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
  expectSkipped(out, 'integer', values.length);
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
  expectSkipped(out, 'word', values.length);
  return { values: values.map((_value, row) => wordAt(column, row)), size: out.length };
}

/** What a column of symbols takes; it gives back the number of each. */
function sizeOfSymbols(ids: readonly number[]): number {
  const writer = new SymbolColumnWriter();
  for (const id of ids) writer.push(id);
  const out = new ByteWriter(16);
  const dictionary = new ChunkDictionary();
  writer.encode(out, dictionary);
  const reader = new ByteReader(out.view().slice());
  const column = readSymbolColumn(reader, ids.length);
  expect(reader.position).toBe(reader.end);
  expectSkipped(out, 'symbol', ids.length);
  expect([...column.ids]).toEqual(ids.map((id) => dictionary.numberOf(id)));
  return out.length;
}

/** Whoever passes over a column ends where whoever reads it does. */
function expectSkipped(out: ByteWriter, storage: Storage, count: number): void {
  const reader = new ByteReader(out.view().slice());
  skipColumn(reader, storage, count);
  expect(reader.position).toBe(reader.end);
}

/** Between 0.2 and 4.2 µs apart. */
function pacedTimes(): number[] {
  let time = 1e9;
  return Array.from({ length: 4096 }, (_unused, i) => (time += 200 + ((i * 40_503) % 4001)));
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

  it('give back every symbol, and null', () => {
    const columns = fc
      .tuple(fc.constantFrom(1, 2, 4, 5, 16, 17, 400), fc.integer({ min: -1, max: 300 }))
      .chain(([symbols, first]) =>
        fc.array(
          fc.nat(symbols - 1).map((index) => first + index),
          { minLength: 1, maxLength: 400 },
        ),
      );
    fc.assert(
      fc.property(columns, (ids) => {
        sizeOfSymbols(ids);
      }),
      { numRuns: 500 },
    );
  });

  it('keep two symbols in a bit each, and null beside fifteen in half a byte', () => {
    expect(sizeOfSymbols(Array.from({ length: 4096 }, (_unused, i) => (i * 7919) % 2))).toBeLessThan(520);
    expect(sizeOfSymbols(Array.from({ length: 4096 }, (_unused, i) => ((i * 7919) % 16) - 1))).toBeLessThan(
      2056,
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
    [
      'one of four in no order',
      Array.from({ length: 4096 }, (_unused, i) => [3, 5, 7, 19][(i * 40_503) % 4] ?? 0),
      2070,
    ],
    ['times of a steady pace', pacedTimes(), 8210],
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

/** Texts as files have them: plain, of several bytes a character, cut off within one, no UTF-8 at all, and none. */
const letters = fc.string({ unit: fc.constantFrom('a', 'Z', ' ', '\0', '~'), maxLength: 6 });
const plainTexts = fc.array(fc.option(letters.map((text) => new TextEncoder().encode(text))), {
  minLength: 1,
  maxLength: 12,
});
const anyTexts = fc.array(
  fc.option(
    fc.oneof(
      letters.map((text) => new TextEncoder().encode(text)),
      fc.string({ unit: 'binary', maxLength: 4 }).map((text) => new TextEncoder().encode(text)),
      fc.constantFrom('é', '€', '😀', '\ufeff').chain((text) => {
        const bytes = new TextEncoder().encode(text);
        return fc.nat(bytes.length).map((cut) => bytes.subarray(cut));
      }),
      fc.constantFrom('é', '€', '😀').chain((text) => {
        const bytes = new TextEncoder().encode(text);
        return fc.nat(bytes.length).map((cut) => bytes.subarray(0, cut));
      }),
      fc.uint8Array({ maxLength: 4 }),
    ),
  ),
  { minLength: 1, maxLength: 12 },
);

function textColumn(texts: readonly (Uint8Array | null)[]) {
  const writer = new TextColumnWriter();
  for (const bytes of texts) {
    if (bytes === null) writer.pushNull();
    else writer.pushBytes(bytes, 0, bytes.length);
  }
  const out = new ByteWriter();
  writer.encode(out);
  return readTextColumn(new ByteReader(out.view()), texts.length);
}

describe('texts of a column that are decoded ahead', () => {
  it('are what each is by itself, also where their bytes are no UTF-8 or go on in the next', () => {
    fc.assert(
      fc.property(fc.oneof(plainTexts, anyTexts), (texts) => {
        const column = textColumn(texts);
        const alone = texts.map((_, row) => textAt(column, row));
        decodeAhead(column);
        expect(texts.map((_, row) => textAt(column, row))).toEqual(alone);
        // Once more, and from the back: nobody has to ask in order.
        expect(texts.map((_, row) => textAt(column, row))).toEqual(alone);
        expect(texts.map((_, row) => textAt(column, texts.length - 1 - row)).reverse()).toEqual(alone);
      }),
      { numRuns: 500 },
    );
  });

  it('are what each is by itself where they take many pieces', () => {
    const texts = Array.from({ length: 500 }, (_, row) =>
      row % 7 === 0
        ? null
        : new TextEncoder().encode(`${row}: ${(row % 100 === 50 ? 'é' : 'e').repeat(row)}`),
    );
    const column = textColumn(texts);
    const alone = texts.map((_, row) => textAt(column, row));
    decodeAhead(column);
    expect(texts.map((_, row) => textAt(column, row))).toEqual(alone);
  });

  it('are parts of one string where each byte is a character', () => {
    fc.assert(
      fc.property(plainTexts, (texts) => {
        const column = textColumn(texts);
        decodeAhead(column);
        const row = texts.findIndex((text) => text !== null);
        if (row < 0) return;
        textAt(column, row);
        expect(column.piece?.text).toBeDefined();
      }),
    );
  });

  it('stay alone where a character of one would begin in another', () => {
    const [first = 0, second = 0] = new TextEncoder().encode('é');
    const column = textColumn([Uint8Array.of(first), Uint8Array.of(second)]);
    decodeAhead(column);
    expect([textAt(column, 0), textAt(column, 1)]).toEqual(['\ufffd', '\ufffd']);
  });
});
