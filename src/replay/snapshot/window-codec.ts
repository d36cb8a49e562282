import { ByteReader, CorruptBytesError } from '../../base/byte-reader.ts';
import type { ByteWriter } from '../../base/byte-writer.ts';
import { WINDOW_FIELDS, type WindowColumns } from '../../soc/window-columns.ts';
import { PACKED_PADDING, packNumbers, unpackNumbers } from './packed-numbers.ts';

/** Writes the mappings of one window, in the order in which they are given. */
export function encodeWindow(columns: WindowColumns, out: ByteWriter): void {
  out.varint(columns.count);
  for (const field of WINDOW_FIELDS) packNumbers(columns[field], columns.count, out);
  for (let i = 0; i < PACKED_PADDING; i++) out.byte(0);
}

/** Reads them into columns. Throws {@link CorruptBytesError} when the bytes are none. */
export function decodeWindow(bytes: Uint8Array, columns: WindowColumns): void {
  const reader = new ByteReader(bytes);
  const count = reader.varint();
  // No two are alike, so each takes a bit.
  if (count > 8 * bytes.length) throw new CorruptBytesError('more mappings than bits');
  columns.reserve(count);
  columns.count = count;
  for (const field of WINDOW_FIELDS) unpackNumbers(reader, columns[field], count);
}
