import { type ByteReader, CorruptBytesError } from '../base/byte-reader.ts';
import { wordFromHalves } from '../base/word.ts';
import { COLUMN_ENCODING, HAS_NULLS } from './column-writer.ts';

/** Columns of a chunk as typed arrays: what column-writer.ts encoded. */
export interface NumberColumn {
  readonly storage: 'integer' | 'flag';
  /** NaN is null. */
  readonly values: Float64Array;
}

export interface WordColumn {
  readonly storage: 'word';
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  /** One byte a row, 0 for null; undefined when no row is null. */
  readonly present: Uint8Array | undefined;
}

export interface SymbolColumn {
  readonly storage: 'symbol';
  /** Index into the chunk's dictionary; 0 is null. */
  readonly ids: Int32Array;
}

export interface TextColumn {
  readonly storage: 'text';
  /** Start of each row's bytes; one more than there are rows. */
  readonly offsets: Float64Array;
  /** -1 is null. */
  readonly lengths: Float64Array;
  readonly bytes: Uint8Array;
}

export type Column = NumberColumn | WordColumn | SymbolColumn | TextColumn;

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export function wordAt(column: WordColumn, row: number): bigint | null {
  if (column.present !== undefined && column.present[row] === 0) return null;
  return wordFromHalves(column.high[row] as number, column.low[row] as number);
}

export function textAt(column: TextColumn, row: number): string | null {
  const length = column.lengths[row] as number;
  if (length < 0) return null;
  const start = column.offsets[row] as number;
  return utf8.decode(column.bytes.subarray(start, start + length));
}

export function numberAt(column: NumberColumn, row: number): number | null {
  const value = column.values[row] as number;
  return Number.isNaN(value) ? null : value;
}

interface Header {
  readonly encoding: number;
  /** One byte a row, undefined when there are no nulls. */
  readonly present: Uint8Array | undefined;
  /** Rows that have a value. */
  readonly valueCount: number;
}

function readHeader(reader: ByteReader, count: number): Header {
  const tag = reader.byte();
  if ((tag & HAS_NULLS) === 0) return { encoding: tag, present: undefined, valueCount: count };
  const bitmap = reader.take((count + 7) >> 3);
  const valueCount = reader.varint();
  const present = new Uint8Array(count);
  let seen = 0;
  for (let i = 0; i < count; i++) {
    const bit = ((bitmap[i >> 3] as number) >> (i & 7)) & 1;
    present[i] = bit;
    seen += bit;
  }
  if (seen !== valueCount) throw new CorruptBytesError('a presence bitmap contradicts its count');
  return { encoding: tag & ~HAS_NULLS, present, valueCount };
}

export function readNumberColumn(
  reader: ByteReader,
  count: number,
  storage: NumberColumn['storage'] = 'integer',
): NumberColumn {
  const { encoding, present, valueCount } = readHeader(reader, count);
  const values = new Float64Array(count);
  if (encoding === COLUMN_ENCODING.empty) {
    values.fill(Number.NaN);
    return { storage, values };
  }
  const first = reader.signedVarint();
  switch (encoding) {
    case COLUMN_ENCODING.constant:
      values.fill(first, 0, valueCount);
      break;
    case COLUMN_ENCODING.stride: {
      const step = reader.signedVarint();
      for (let i = 0; i < valueCount; i++) values[i] = first + i * step;
      break;
    }
    case COLUMN_ENCODING.delta:
      readDeltas(reader, values, valueCount, first);
      break;
    default:
      throw new CorruptBytesError(`unknown encoding ${encoding} of a number column`);
  }
  if (present !== undefined) spread(values, present, valueCount, Number.NaN);
  return { storage, values };
}

function readDeltas(reader: ByteReader, values: Float64Array, count: number, first: number): void {
  const scale = 2 ** reader.byte();
  const { bytes, end } = reader;
  let at = reader.position;
  let previous = first;
  if (count > 0) values[0] = first;
  for (let i = 1; i < count; i++) {
    // Short varints by hand; a longer one goes through the reader, which also watches the end.
    let zigzag = bytes[at] as number;
    if (at + 3 < end && zigzag < 0x80) {
      at++;
    } else if (at + 3 < end && (bytes[at + 1] as number) < 0x80) {
      zigzag = (zigzag & 0x7f) | ((bytes[at + 1] as number) << 7);
      at += 2;
    } else {
      reader.position = at;
      zigzag = reader.varint();
      at = reader.position;
    }
    const delta = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    previous += delta * scale;
    values[i] = previous;
  }
  reader.position = at;
}

/** Moves values that stand together at the front to the rows that have one, from the back. */
function spread(values: Float64Array, present: Uint8Array, valueCount: number, absent: number): void {
  let from = valueCount;
  for (let row = values.length - 1; row >= 0; row--) {
    values[row] = present[row] === 1 ? (values[--from] as number) : absent;
  }
}

export function readWordColumn(reader: ByteReader, count: number): WordColumn {
  const { encoding, present, valueCount } = readHeader(reader, count);
  const high = new Uint32Array(count);
  const low = new Uint32Array(count);
  if (encoding === COLUMN_ENCODING.empty)
    return { storage: 'word', high, low, present: new Uint8Array(count) };
  if (encoding !== COLUMN_ENCODING.constant && encoding !== COLUMN_ENCODING.delta) {
    throw new CorruptBytesError(`unknown encoding ${encoding} of a word column`);
  }
  const firstHigh = reader.uint32();
  const firstLow = reader.uint32();
  if (encoding === COLUMN_ENCODING.constant) {
    high.fill(firstHigh, 0, valueCount);
    low.fill(firstLow, 0, valueCount);
  } else {
    readWordDeltas(reader, high, low, valueCount, firstHigh, firstLow);
  }
  if (present !== undefined) {
    let from = valueCount;
    for (let row = count - 1; row >= 0; row--) {
      if (present[row] === 0) continue;
      from--;
      high[row] = high[from] as number;
      low[row] = low[from] as number;
    }
  }
  return { storage: 'word', high, low, present };
}

function readWordDeltas(
  reader: ByteReader,
  high: Uint32Array,
  low: Uint32Array,
  count: number,
  firstHigh: number,
  firstLow: number,
): void {
  const shift = reader.byte();
  let previousHigh = firstHigh;
  let previousLow = firstLow;
  if (count > 0) {
    high[0] = firstHigh;
    low[0] = firstLow;
  }
  for (let i = 1; i < count; i++) {
    let zl = 0;
    let zh = 0;
    for (let bits = 0; ; bits += 7) {
      const b = reader.byte();
      const septet = b & 0x7f;
      if (bits < 32) {
        zl |= septet << bits;
        if (bits > 25) zh |= septet >>> (32 - bits);
      } else {
        zh |= septet << (bits - 32);
      }
      if (b < 0x80) break;
      if (bits > 63) throw new CorruptBytesError('a 64-bit value is longer than 70 bits');
    }
    const sign = -(zl & 1);
    let dl = ((zl >>> 1) | (zh << 31)) ^ sign;
    let dh = (zh >>> 1) ^ sign;
    if (shift !== 0) {
      dh = (dh << shift) | (dl >>> (32 - shift));
      dl <<= shift;
    }
    const sum = previousLow + (dl >>> 0);
    previousHigh = (previousHigh + dh + (sum > 0xffff_ffff ? 1 : 0)) >>> 0;
    previousLow = sum >>> 0;
    high[i] = previousHigh;
    low[i] = previousLow;
  }
}

export function readSymbolColumn(reader: ByteReader, count: number): SymbolColumn {
  const encoding = reader.byte();
  const ids = new Int32Array(count);
  switch (encoding) {
    case COLUMN_ENCODING.constant:
      ids.fill(reader.varint());
      break;
    case COLUMN_ENCODING.bytes:
      ids.set(reader.take(count));
      break;
    case COLUMN_ENCODING.varints:
      for (let i = 0; i < count; i++) ids[i] = reader.varint();
      break;
    default:
      throw new CorruptBytesError(`unknown encoding ${encoding} of a symbol column`);
  }
  return { storage: 'symbol', ids };
}

export function readTextColumn(reader: ByteReader, count: number): TextColumn {
  const lengths = readNumberColumn(reader, count).values;
  const offsets = new Float64Array(count + 1);
  let total = 0;
  for (let i = 0; i < count; i++) {
    offsets[i] = total;
    total += Math.max(0, lengths[i] as number);
  }
  offsets[count] = total;
  return { storage: 'text', lengths, offsets, bytes: reader.take(total) };
}
