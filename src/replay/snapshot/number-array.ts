import type { ByteReader } from '../../base/byte-reader.ts';
import type { ByteWriter } from '../../base/byte-writer.ts';
import { readNumberColumn } from '../../events/column-reader.ts';
import { NumberColumnWriter } from '../../events/column-writer.ts';
import { INTEGER_LIMIT } from '../../events/field.ts';

const AS_COLUMN = 0;
const AS_DOUBLES = 1;

const column = new NumberColumnWriter();

/** Writes numbers of any size exactly; NaN is null, as in a chunk. */
export function encodeNumbers(values: readonly number[], out: ByteWriter): void {
  out.varint(values.length);
  if (values.some((value) => Math.abs(value) > INTEGER_LIMIT)) {
    // Sums of addresses that a damaged log told of may be larger than any address.
    out.byte(AS_DOUBLES);
    const bytes = new Uint8Array(Float64Array.from(values).buffer);
    out.copy(bytes, 0, bytes.length);
    return;
  }
  out.byte(AS_COLUMN);
  column.reset();
  for (const value of values) column.push(value);
  column.encode(out);
}

export function decodeNumbers(reader: ByteReader): Float64Array {
  const count = reader.varint();
  if (reader.byte() === AS_COLUMN) return readNumberColumn(reader, count).values;
  const bytes = reader.take(8 * count).slice();
  return new Float64Array(bytes.buffer);
}
