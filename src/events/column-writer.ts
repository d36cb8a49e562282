import { type ByteWriter, storeVarint } from '../base/byte-writer.ts';

/**
 * Columns of a chunk while it is filled. Each encodes itself in the cheapest of a few ways, told apart by
 * the first byte; column-reader.ts has the other half.
 */
export const COLUMN_ENCODING = {
  /** Nothing but nulls. */
  empty: 0,
  /** One value for all rows. */
  constant: 1,
  /** First value and a fixed step. */
  stride: 2,
  /** First value, then zigzag deltas divided by a power of two that all of them share. */
  delta: 3,
  /** One byte a row. */
  bytes: 4,
  /** One varint a row. */
  varints: 5,
} as const;

/** Set when a presence bitmap stands before the values; only rows that are present have one. */
export const HAS_NULLS = 0x80;

const INITIAL_CAPACITY = 64;

/** Largest power of two that is divided out of deltas: a 2 MiB page. */
const MAX_SHIFT = 21;

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
    const shape = shapeOf(values, count);
    if (shape.nulls === 0) {
      writeNumbers(values, count, shape, 0, out);
      return;
    }
    if (shape.nulls === count) {
      out.byte(COLUMN_ENCODING.empty);
      return;
    }
    const bitmap = new Uint8Array((count + 7) >> 3);
    const presentValues = scratch(count);
    let presentCount = 0;
    for (let i = 0; i < count; i++) {
      const value = values[i] as number;
      if (Number.isNaN(value)) continue;
      bitmap[i >> 3] = (bitmap[i >> 3] as number) | (1 << (i & 7));
      presentValues[presentCount++] = value;
    }
    writeNumbers(presentValues, presentCount, shapeOf(presentValues, presentCount), HAS_NULLS, out, bitmap);
  }
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
    let count = this.count;
    let flags = 0;
    if (this.nulls > 0) {
      flags = HAS_NULLS;
      count = 0;
      const bitmapAt = (i: number) => this.present[i] === 1;
      // The bitmap goes first, so the halves may be moved together afterwards.
      const bitmap = new Uint8Array((this.count + 7) >> 3);
      for (let i = 0; i < this.count; i++) {
        if (!bitmapAt(i)) continue;
        bitmap[i >> 3] = (bitmap[i >> 3] as number) | (1 << (i & 7));
        this.high[count] = this.high[i] as number;
        this.low[count++] = this.low[i] as number;
      }
      encodeWords(this.high, this.low, count, flags, out, bitmap);
      return;
    }
    encodeWords(this.high, this.low, count, flags, out);
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

  /** `localId` numbers a symbol in the chunk's own dictionary, from 1; 0 is null. */
  encode(out: ByteWriter, localId: (id: number) => number): void {
    const { ids, count } = this;
    const first = count === 0 ? -1 : (ids[0] as number);
    let constant = true;
    for (let i = 1; i < count; i++) {
      if (ids[i] !== first) {
        constant = false;
        break;
      }
    }
    if (constant) {
      out.byte(COLUMN_ENCODING.constant);
      out.varint(localId(first));
      return;
    }
    const start = out.length;
    out.byte(COLUMN_ENCODING.bytes);
    out.reserve(count);
    let at = out.length;
    for (let i = 0; i < count; i++) {
      const local = localId(ids[i] as number);
      if (local > 0xff) {
        out.length = start;
        out.byte(COLUMN_ENCODING.varints);
        for (let j = 0; j < count; j++) out.varint(localId(ids[j] as number));
        return;
      }
      out.bytes[at++] = local;
    }
    out.length = at;
  }
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

/** The power of two that `bits`, the OR of all deltas modulo 2^32, says every delta can be divided by. */
function sharedShift(bits: number): number {
  return bits === 0 ? 0 : Math.min(31 - Math.clz32(bits & -bits), MAX_SHIFT);
}

/** What one look at a column tells of the way in which to write it. */
interface Shape {
  readonly nulls: number;
  /** The difference that all neighbours have; undefined when they differ. */
  readonly step: number | undefined;
  /** OR of all differences, modulo 2^32. */
  readonly deltaBits: number;
}

function shapeOf(values: Float64Array, count: number): Shape {
  let previous = count === 0 ? 0 : (values[0] as number);
  let nulls = Number.isNaN(previous) ? 1 : 0;
  const step = count > 1 ? (values[1] as number) - previous : 0;
  let isStride = true;
  let deltaBits = 0;
  for (let i = 1; i < count; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) nulls++;
    const delta = value - previous;
    if (delta !== step) isStride = false;
    deltaBits |= delta;
    previous = value;
  }
  return { nulls, step: isStride ? step : undefined, deltaBits };
}

function writeNumbers(
  values: Float64Array,
  count: number,
  { step, deltaBits }: Shape,
  flags: number,
  out: ByteWriter,
  bitmap?: Uint8Array,
): void {
  const encoding =
    step === undefined
      ? COLUMN_ENCODING.delta
      : step === 0
        ? COLUMN_ENCODING.constant
        : COLUMN_ENCODING.stride;
  out.byte(encoding | flags);
  if (bitmap !== undefined) {
    out.copy(bitmap, 0, bitmap.length);
    out.varint(count);
  }
  const first = count === 0 ? 0 : (values[0] as number);
  out.signedVarint(first);
  if (step === 0) return;
  if (step !== undefined) {
    out.signedVarint(step);
    return;
  }
  const shift = sharedShift(deltaBits);
  out.byte(shift);
  const scale = 1 / 2 ** shift;
  out.reserve(count * 8);
  const bytes = out.bytes;
  let at = out.length;
  let previous = first;
  for (let i = 1; i < count; i++) {
    const value = values[i] as number;
    const delta = (value - previous) * scale;
    previous = value;
    const zigzag = delta >= 0 ? delta * 2 : -delta * 2 - 1;
    if (zigzag < 0x80) {
      bytes[at++] = zigzag;
    } else if (zigzag < 0x4000) {
      bytes[at++] = (zigzag & 0x7f) | 0x80;
      bytes[at++] = zigzag >>> 7;
    } else if (zigzag < 0x20_0000) {
      bytes[at++] = (zigzag & 0x7f) | 0x80;
      bytes[at++] = ((zigzag >>> 7) & 0x7f) | 0x80;
      bytes[at++] = zigzag >>> 14;
    } else {
      at = storeVarint(bytes, at, zigzag);
    }
  }
  out.length = at;
}

function encodeWords(
  high: Uint32Array,
  low: Uint32Array,
  count: number,
  flags: number,
  out: ByteWriter,
  bitmap?: Uint8Array,
): void {
  let constant = true;
  let deltaBits = 0;
  let previousHigh = high[0] as number;
  let previousLow = low[0] as number;
  for (let i = 1; i < count; i++) {
    const h = high[i] as number;
    const l = low[i] as number;
    if (h !== previousHigh || l !== previousLow) constant = false;
    deltaBits |= l - previousLow;
    previousHigh = h;
    previousLow = l;
  }
  out.byte((constant ? COLUMN_ENCODING.constant : COLUMN_ENCODING.delta) | flags);
  if (bitmap !== undefined) {
    out.copy(bitmap, 0, bitmap.length);
    out.varint(count);
  }
  out.uint32(high[0] as number);
  out.uint32(low[0] as number);
  if (constant) return;
  const shift = sharedShift(deltaBits);
  out.byte(shift);
  out.reserve(count * 10);
  const bytes = out.bytes;
  let at = out.length;
  previousHigh = high[0] as number;
  previousLow = low[0] as number;
  for (let i = 1; i < count; i++) {
    const h = high[i] as number;
    const l = low[i] as number;
    // 64-bit difference in halves, then an arithmetic shift, then zigzag: (d << 1) ^ (d >> 63).
    let dl = l - previousLow;
    let dh = (h - previousHigh - (dl < 0 ? 1 : 0)) | 0;
    dl |= 0;
    previousHigh = h;
    previousLow = l;
    if (shift !== 0) {
      dl = (dl >>> shift) | (dh << (32 - shift));
      dh >>= shift;
    }
    const sign = dh >> 31;
    let zh = ((dh << 1) | (dl >>> 31)) ^ sign;
    let zl = (dl << 1) ^ sign;
    while (zh !== 0) {
      bytes[at++] = (zl & 0x7f) | 0x80;
      zl = (zl >>> 7) | (zh << 25);
      zh >>>= 7;
    }
    zl >>>= 0;
    while (zl >= 0x80) {
      bytes[at++] = (zl & 0x7f) | 0x80;
      zl >>>= 7;
    }
    bytes[at++] = zl;
  }
  out.length = at;
}
