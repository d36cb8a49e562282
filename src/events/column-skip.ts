import { type ByteReader, CorruptBytesError } from '../base/byte-reader.ts';
import { COLUMN_ENCODING, HAS_NULLS, ZEROS_LEFT_OUT } from './column-encoding.ts';
import { readNumberColumn } from './column-reader.ts';
import type { Storage } from './field.ts';
import { PACE_OF_NOTHING } from './number-encoding.ts';

/** Passes over a column without decoding it: what column-reader.ts would have read. */
export function skipColumn(reader: ByteReader, storage: Storage, count: number): void {
  switch (storage) {
    case 'integer':
    case 'flag':
      skipNumbers(reader, count);
      return;
    case 'word':
      skipWords(reader, count);
      return;
    case 'symbol':
      skipSymbols(reader, count);
      return;
    case 'text': {
      let total = 0;
      for (const length of readNumberColumn(reader, count).values) total += Math.max(0, length);
      reader.skip(total);
      return;
    }
  }
}

/** Passes over the bitmap of nulls; gives the encoding and how many values follow. */
function skipHeader(reader: ByteReader, count: number): { encoding: number; valueCount: number } {
  const tag = reader.byte();
  if ((tag & HAS_NULLS) === 0) return { encoding: tag, valueCount: count };
  reader.skip((count + 7) >> 3);
  return { encoding: tag & ~HAS_NULLS, valueCount: reader.varint() };
}

function skipNumbers(reader: ByteReader, count: number): void {
  const { encoding, valueCount } = skipHeader(reader, count);
  if (encoding === COLUMN_ENCODING.empty) return;
  reader.varint();
  switch (encoding) {
    case COLUMN_ENCODING.constant:
      return;
    case COLUMN_ENCODING.stride:
      reader.varint();
      return;
    case COLUMN_ENCODING.delta:
      reader.byte();
      skipVarints(reader, valueCount - 1);
      return;
    case COLUMN_ENCODING.offset:
      reader.byte();
      reader.skip(reader.byte() * valueCount);
      return;
    case COLUMN_ENCODING.pace:
      reader.varint();
      reader.byte();
      if (valueCount === 0) throw new CorruptBytesError(PACE_OF_NOTHING);
      reader.skip(reader.byte() * (valueCount - 1));
      return;
    case COLUMN_ENCODING.packed:
      reader.byte();
      skipPacked(reader, valueCount);
      return;
    default:
      throw new CorruptBytesError(`unknown encoding ${encoding} of a number column`);
  }
}

function skipWords(reader: ByteReader, count: number): void {
  const header = skipHeader(reader, count);
  if (header.encoding === COLUMN_ENCODING.empty) return;
  let { valueCount } = header;
  if ((header.encoding & ZEROS_LEFT_OUT) !== 0) {
    reader.skip((valueCount + 7) >> 3);
    valueCount = reader.varint();
  }
  reader.skip(8);
  const encoding = header.encoding & ~ZEROS_LEFT_OUT;
  switch (encoding) {
    case COLUMN_ENCODING.constant:
      return;
    case COLUMN_ENCODING.delta:
      reader.byte();
      skipVarints(reader, valueCount - 1);
      return;
    case COLUMN_ENCODING.offset:
      reader.byte();
      reader.skip(reader.byte() * valueCount);
      return;
    default:
      throw new CorruptBytesError(`unknown encoding ${encoding} of a word column`);
  }
}

function skipSymbols(reader: ByteReader, count: number): void {
  const encoding = reader.byte();
  switch (encoding) {
    case COLUMN_ENCODING.constant:
      reader.varint();
      return;
    case COLUMN_ENCODING.bytes:
      reader.skip(count);
      return;
    case COLUMN_ENCODING.packed:
      reader.byte();
      skipPacked(reader, count);
      return;
    case COLUMN_ENCODING.varints:
      skipVarints(reader, count);
      return;
    default:
      throw new CorruptBytesError(`unknown encoding ${encoding} of a symbol column`);
  }
}

function skipPacked(reader: ByteReader, count: number): void {
  reader.skip((reader.byte() * count + 7) >> 3);
}

function skipVarints(reader: ByteReader, count: number): void {
  const { bytes, end } = reader;
  let at = reader.position;
  let left = count;
  for (; left > 0 && at < end; at++) if ((bytes[at] as number) < 0x80) left--;
  if (left > 0) throw new CorruptBytesError('ends in the middle of a value');
  reader.position = at;
}
