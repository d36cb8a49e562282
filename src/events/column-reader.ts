import { type ByteReader, CorruptBytesError } from '../base/byte-reader.ts';
import { wordFromHalves } from '../base/word.ts';
import { type ColumnArrays, NEW_ARRAYS } from './column-arrays.ts';
import { COLUMN_ENCODING, HAS_NULLS, readPacked } from './column-encoding.ts';
import { readNumbers } from './number-encoding.ts';
import { readWords } from './word-encoding.ts';

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
  /** Texts that were decoded together; null before the first, undefined unless {@link decodeAhead} asked for it. */
  piece: TextPiece | null | undefined;
}

/** Texts that follow each other. */
interface TextPiece {
  readonly firstRow: number;
  /** The first row behind it. */
  readonly endRow: number;
  /** All of their bytes as one string; undefined where a character has several of them. */
  readonly text: string | undefined;
}

/** Bytes of texts that are decoded together: enough for a call, and gone before a collector of young objects comes. */
const PIECE_BYTES = 1 << 13;

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
  if (column.piece !== undefined) {
    const { text, firstRow } = pieceAt(column, row, column.piece);
    if (text !== undefined) {
      const from = start - (column.offsets[firstRow] as number);
      return text.slice(from, from + length);
    }
  }
  return utf8.decode(column.bytes.subarray(start, start + length));
}

/**
 * Makes {@link textAt} several times as fast for whoever wants all texts of a column in their order and keeps few of
 * them: with a text, some that follow it are decoded, as parts of one string. Where that is shorter than the bytes are,
 * a character has several, and each text stays alone.
 */
export function decodeAhead(column: TextColumn): void {
  column.piece ??= null;
}

function pieceAt(column: TextColumn, row: number, last: TextPiece | null): TextPiece {
  if (last !== null && row >= last.firstRow && row < last.endRow) return last;
  const { offsets, lengths } = column;
  const start = offsets[row] as number;
  let endRow = row + 1;
  while (endRow < lengths.length && (offsets[endRow + 1] as number) - start <= PIECE_BYTES) endRow++;
  const bytes = column.bytes.subarray(start, offsets[endRow]);
  const text = utf8.decode(bytes);
  const piece = { firstRow: row, endRow, text: text.length === bytes.length ? text : undefined };
  column.piece = piece;
  return piece;
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
  arrays: ColumnArrays = NEW_ARRAYS,
): NumberColumn {
  const { encoding, present, valueCount } = readHeader(reader, count);
  const values = arrays.numbers(count);
  if (encoding === COLUMN_ENCODING.empty) {
    values.fill(Number.NaN);
    return { storage, values };
  }
  readNumbers(reader, encoding, values, valueCount);
  if (present !== undefined) spread(values, present, valueCount, Number.NaN);
  return { storage, values };
}

/** Moves values that stand together at the front to the rows that have one, from the back. */
function spread(values: Float64Array, present: Uint8Array, valueCount: number, absent: number): void {
  let from = valueCount;
  for (let row = values.length - 1; row >= 0; row--) {
    values[row] = present[row] === 1 ? (values[--from] as number) : absent;
  }
}

export function readWordColumn(
  reader: ByteReader,
  count: number,
  arrays: ColumnArrays = NEW_ARRAYS,
): WordColumn {
  const { encoding, present, valueCount } = readHeader(reader, count);
  const high = arrays.halves(count);
  const low = arrays.halves(count);
  if (encoding === COLUMN_ENCODING.empty)
    return { storage: 'word', high, low, present: new Uint8Array(count) };
  readWords(reader, encoding, high, low, valueCount);
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

export function readSymbolColumn(
  reader: ByteReader,
  count: number,
  arrays: ColumnArrays = NEW_ARRAYS,
): SymbolColumn {
  const encoding = reader.byte();
  const ids = arrays.ids(count);
  switch (encoding) {
    case COLUMN_ENCODING.constant:
      ids.fill(reader.varint());
      break;
    case COLUMN_ENCODING.bytes:
      ids.set(reader.take(count));
      break;
    case COLUMN_ENCODING.packed:
      readPacked(reader, ids, count, reader.byte(), 1);
      break;
    case COLUMN_ENCODING.varints:
      for (let i = 0; i < count; i++) ids[i] = reader.varint();
      break;
    default:
      throw new CorruptBytesError(`unknown encoding ${encoding} of a symbol column`);
  }
  return { storage: 'symbol', ids };
}

export function readTextColumn(
  reader: ByteReader,
  count: number,
  arrays: ColumnArrays = NEW_ARRAYS,
): TextColumn {
  const lengths = readNumberColumn(reader, count, 'integer', arrays).values;
  const offsets = arrays.numbers(count + 1);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const length = lengths[i] as number;
    if (!(length >= -1)) throw new CorruptBytesError('a text has no length');
    offsets[i] = total;
    total += Math.max(0, length);
  }
  offsets[count] = total;
  return { storage: 'text', lengths, offsets, bytes: reader.take(total), piece: undefined };
}
