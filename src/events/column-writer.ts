import type { ByteWriter } from '../base/byte-writer.ts';
import { COLUMN_ENCODING, FEW_VALUES, PACKABLE, packedBits } from './column-encoding.ts';
import { writeNumbers } from './number-encoding.ts';
import { writeWords } from './word-encoding.ts';

/*
 * Columns of a chunk while it is filled: values are pushed and, when the chunk is full, encoded in the cheapest
 * of a few ways. column-reader.ts has the other half.
 */

const INITIAL_CAPACITY = 64;

/** Integers and flags; NaN is null. */
export class NumberColumnWriter {
  values: Float64Array;
  count = 0;

  constructor(capacity = INITIAL_CAPACITY) {
    this.values = new Float64Array(capacity);
  }

  push(value: number): void {
    if (this.count === this.values.length) this.values = grown(this.values, Float64Array);
    this.values[this.count++] = value;
  }

  pushNull(): void {
    this.push(Number.NaN);
  }

  reset(): void {
    this.count = 0;
  }

  encode(out: ByteWriter): void {
    const { values, count } = this;
    if (writeNumbers(values, count, out)) return;
    const bitmap = new Uint8Array((count + 7) >> 3);
    const presentValues = scratch(count);
    const presentCount = takePresent(values, count, presentValues, bitmap);
    if (presentCount === 0) out.byte(COLUMN_ENCODING.empty);
    else writeNumbers(presentValues, presentCount, out, bitmap);
  }
}

/** Moves the values that are not null to the front of `present`, and marks their rows. */
function takePresent(values: Float64Array, count: number, present: Float64Array, bitmap: Uint8Array): number {
  let presentCount = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    bitmap[i >> 3] = (bitmap[i >> 3] as number) | (1 << (i & 7));
    present[presentCount++] = value;
  }
  return presentCount;
}

/** 64-bit values in two halves. */
export class WordColumnWriter {
  high = new Uint32Array(INITIAL_CAPACITY);
  low = new Uint32Array(INITIAL_CAPACITY);
  present = new Uint8Array(INITIAL_CAPACITY);
  count = 0;
  private nulls = 0;

  push(high: number, low: number): void {
    if (this.count === this.high.length) this.grow();
    this.high[this.count] = high;
    this.low[this.count] = low;
    this.present[this.count++] = 1;
  }

  pushNull(): void {
    if (this.count === this.high.length) this.grow();
    this.nulls++;
    this.present[this.count++] = 0;
  }

  reset(): void {
    this.count = 0;
    this.nulls = 0;
  }

  encode(out: ByteWriter): void {
    if (this.nulls === this.count) {
      out.byte(COLUMN_ENCODING.empty);
      return;
    }
    if (this.nulls === 0) {
      writeWords(this.high, this.low, this.count, out);
      return;
    }
    const bitmap = new Uint8Array((this.count + 7) >> 3);
    let presentCount = 0;
    for (let i = 0; i < this.count; i++) {
      if (this.present[i] === 0) continue;
      bitmap[i >> 3] = (bitmap[i >> 3] as number) | (1 << (i & 7));
      this.high[presentCount] = this.high[i] as number;
      this.low[presentCount++] = this.low[i] as number;
    }
    writeWords(this.high, this.low, presentCount, out, bitmap);
  }

  private grow(): void {
    this.high = grown(this.high, Uint32Array);
    this.low = grown(this.low, Uint32Array);
    this.present = grown(this.present, Uint8Array);
  }
}

/** Strings of a small set, as ids of the builder's symbol table; -1 is null. */
export class SymbolColumnWriter {
  ids: Int32Array;
  count = 0;

  constructor(capacity = INITIAL_CAPACITY) {
    this.ids = new Int32Array(capacity);
  }

  push(id: number): void {
    if (this.count === this.ids.length) this.ids = grown(this.ids, Int32Array);
    this.ids[this.count++] = id;
  }

  pushNull(): void {
    this.push(-1);
  }

  reset(): void {
    this.count = 0;
  }

  encode(out: ByteWriter, dictionary: SymbolNumbers): void {
    const { ids, count } = this;
    if (isConstant(ids, count)) {
      out.byte(COLUMN_ENCODING.constant);
      out.varint(dictionary.numberOf(count === 0 ? -1 : (ids[0] as number)));
      return;
    }
    if (!findNumbers(ids, count, dictionary)) {
      out.byte(COLUMN_ENCODING.varints);
      for (let i = 0; i < count; i++) out.varint(dictionary.numberOf(ids[i] as number));
      return;
    }
    const { min, max } = foundNumbers;
    const bits = packedBits(max - min);
    if (bits === 8 || count <= FEW_VALUES) {
      out.byte(COLUMN_ENCODING.bytes);
      out.copy(PACKABLE.values, 0, count);
      return;
    }
    out.byte(COLUMN_ENCODING.packed);
    out.byte(min);
    out.byte(bits);
    PACKABLE.writePacked(count, min, bits, out);
  }
}

function isConstant(ids: Int32Array, count: number): boolean {
  for (let i = 1; i < count; i++) if (ids[i] !== ids[0]) return false;
  return true;
}

/** Smallest and largest of the numbers that {@link findNumbers} found last. */
const foundNumbers = { min: 0, max: 0 };

/** Puts the numbers of a column's symbols into {@link PACKABLE}; says whether each of them is a byte. */
function findNumbers(ids: Int32Array, count: number, dictionary: SymbolNumbers): boolean {
  PACKABLE.reserve(count);
  const bytes = PACKABLE.values;
  let { numbers } = dictionary;
  let min = 0xff;
  let max = 0;
  for (let i = 0; i < count; i++) {
    const id = ids[i] as number;
    // Nearly all rows name a symbol that has its number, and are spared the call.
    let number = id < 0 || id >= numbers.length ? 0 : (numbers[id] as number);
    if (number === 0 && id >= 0) {
      number = dictionary.numberOf(id);
      numbers = dictionary.numbers;
    }
    bytes[i] = number;
    if (number < min) min = number;
    if (number > max) max = number;
  }
  foundNumbers.min = min;
  foundNumbers.max = max;
  return max <= 0xff;
}

/** What a symbol column asks of the chunk's dictionary, which numbers symbols from 1; 0 is null. */
export interface SymbolNumbers {
  /** By id; 0 where a symbol has no number yet. */
  readonly numbers: Int32Array;
  numberOf(id: number): number;
}

/** Free text: lengths in a column of their own, bytes behind one another. */
export class TextColumnWriter {
  private readonly lengths = new NumberColumnWriter();
  private bytes = new Uint8Array(1024);
  private used = 0;
  private static readonly encoder = new TextEncoder();

  get count(): number {
    return this.lengths.count;
  }

  get byteCount(): number {
    return this.used;
  }

  push(value: string): void {
    // UTF-8 needs at most three bytes for a UTF-16 unit.
    this.reserve(value.length * 3);
    const { written } = TextColumnWriter.encoder.encodeInto(value, this.bytes.subarray(this.used));
    this.used += written;
    this.lengths.push(written);
  }

  /** The bytes as they are in a source file. */
  pushBytes(source: Uint8Array, start: number, end: number): void {
    const count = end - start;
    this.reserve(count);
    if (count < 48) {
      for (let i = 0; i < count; i++) this.bytes[this.used + i] = source[start + i] as number;
    } else {
      this.bytes.set(source.subarray(start, end), this.used);
    }
    this.used += count;
    this.lengths.push(count);
  }

  pushNull(): void {
    this.lengths.push(-1);
  }

  reset(): void {
    this.lengths.reset();
    this.used = 0;
  }

  encode(out: ByteWriter): void {
    this.lengths.encode(out);
    out.copy(this.bytes, 0, this.used);
  }

  private reserve(count: number): void {
    const needed = this.used + count;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.used));
    this.bytes = larger;
  }
}

export type ColumnWriter = NumberColumnWriter | WordColumnWriter | SymbolColumnWriter | TextColumnWriter;

interface Growable<T> {
  readonly length: number;
  set(from: T): void;
}

function grown<T extends Growable<T>>(array: T, Type: new (length: number) => T): T {
  const larger = new Type(array.length * 2);
  larger.set(array);
  return larger;
}

let scratchValues = new Float64Array(4096);
function scratch(count: number): Float64Array {
  if (scratchValues.length < count) scratchValues = new Float64Array(count);
  return scratchValues;
}
