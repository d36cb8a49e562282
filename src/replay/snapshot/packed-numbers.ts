import { type ByteReader, CorruptBytesError } from '../../base/byte-reader.ts';
import type { ByteWriter } from '../../base/byte-writer.ts';
import { INTEGER_LIMIT } from '../../events/field.ts';

/*
 * Numbers as distances from the smallest of them, each in as many bits as the largest distance takes. A window has only
 * some dozen mappings: the columns of a chunk, which look for the best of many encodings, are made for thousands.
 */

/** How distances are written: the lower six bits of the form are the bits of each. */
const BITS = 0x3f;
/** Distances are whole pages. */
const IN_PAGES = 0x40;
/** One number, which all of them are, and which may be none, as null is. */
const ONE_DOUBLE = 0xfe;
/** Sums of addresses that a damaged log told of may be larger than any address, and some numbers may be missing. */
const AS_DOUBLES = 0xff;

const PAGE_BYTES = 4096;

/** Bytes that have to follow packed numbers, whatever is in them: whoever reads the last one may look so far. */
export const PACKED_PADDING = 3;

/** Bits that are written at a time: with seven that are left over they fit a 32-bit number. */
const LIMB_BITS = 24;
const LIMB = 2 ** LIMB_BITS;

/** Writes the first `count` numbers, which may be of any size; NaN is null. */
export function packNumbers(values: Float64Array, count: number, out: ByteWriter): void {
  if (count === 0) return;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let isWhole = true;
  for (let i = 0; i < count; i++) {
    const value = values[i] as number;
    if (!Number.isInteger(value)) isWhole = false;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (!isWhole || min < -INTEGER_LIMIT || max > INTEGER_LIMIT) {
    packDoubles(values, count, out);
    return;
  }
  let inPages = max > min;
  for (let i = 0; i < count && inPages; i++) inPages = ((values[i] as number) - min) % PAGE_BYTES === 0;
  const unit = inPages ? PAGE_BYTES : 1;
  const bits = bitLength((max - min) / unit);
  out.byte(bits | (inPages ? IN_PAGES : 0));
  out.signedVarint(min);
  for (let done = 0; done < bits; done += LIMB_BITS)
    packLimb(values, count, min, unit * 2 ** done, Math.min(bits - done, LIMB_BITS), out);
}

/** Reads `count` numbers into the front of `values`. */
export function unpackNumbers(reader: ByteReader, values: Float64Array, count: number): void {
  if (count === 0) return;
  const form = reader.byte();
  if (form === ONE_DOUBLE || form === AS_DOUBLES) {
    unpackDoubles(reader, values, count, form === ONE_DOUBLE);
    return;
  }
  const bits = form & BITS;
  const unit = (form & IN_PAGES) === 0 ? 1 : PAGE_BYTES;
  values.fill(reader.signedVarint(), 0, count);
  for (let done = 0; done < bits; done += LIMB_BITS)
    unpackLimb(reader, values, count, unit * 2 ** done, Math.min(bits - done, LIMB_BITS));
}

/** Writes `bits` bits of each distance from `min`, the lowest of them worth `unit`. */
function packLimb(
  values: Float64Array,
  count: number,
  min: number,
  unit: number,
  bits: number,
  out: ByteWriter,
): void {
  out.reserve(((count * bits) >> 3) + 1);
  const { bytes } = out;
  const mask = (1 << bits) - 1;
  let at = out.length;
  let pending = 0;
  let pendingBits = 0;
  for (let i = 0; i < count; i++) {
    const limb = (Math.floor(((values[i] as number) - min) / unit) % LIMB) & mask;
    pending |= limb << pendingBits;
    for (pendingBits += bits; pendingBits >= 8; pendingBits -= 8) {
      bytes[at++] = pending;
      pending >>>= 8;
    }
  }
  if (pendingBits > 0) bytes[at++] = pending;
  out.length = at;
}

/**
 * Adds what {@link packLimb} wrote. It reads four bytes for each number: bit after bit, with a loop in the loop, takes
 * several times longer, and a snapshot holds a hundred thousand mappings.
 */
function unpackLimb(
  reader: ByteReader,
  values: Float64Array,
  count: number,
  unit: number,
  bits: number,
): void {
  const bytes = reader.take((count * bits + 7) >> 3);
  const { buffer, byteOffset } = bytes;
  if (reader.end - reader.position < PACKED_PADDING)
    throw new CorruptBytesError('packed numbers end too early');
  const view = new DataView(buffer, byteOffset, bytes.length + PACKED_PADDING);
  const mask = (1 << bits) - 1;
  let bit = 0;
  for (let i = 0; i < count; i++) {
    const limb = (view.getInt32(bit >>> 3, true) >>> (bit & 7)) & mask;
    values[i] = (values[i] as number) + limb * unit;
    bit += bits;
  }
}

function packDoubles(values: Float64Array, count: number, out: ByteWriter): void {
  const first = values[0];
  const isOne = values.subarray(0, count).every((value) => Object.is(value, first));
  out.byte(isOne ? ONE_DOUBLE : AS_DOUBLES);
  const bytes = new Uint8Array(values.slice(0, isOne ? 1 : count).buffer);
  out.copy(bytes, 0, bytes.length);
}

function unpackDoubles(reader: ByteReader, values: Float64Array, count: number, isOne: boolean): void {
  const bytes = reader.take(8 * (isOne ? 1 : count)).slice();
  const doubles = new Float64Array(bytes.buffer);
  if (isOne) values.fill(doubles[0] as number, 0, count);
  else values.set(doubles);
}

/** Bits of a whole number below 2^53. */
function bitLength(value: number): number {
  return value < 2 ** 32 ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / 2 ** 32));
}
