import { type ByteReader, CorruptBytesError } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';

/** Ways of writing a column, told apart by its first byte. The cheapest for its values is taken. */
export const COLUMN_ENCODING = {
  /** Nothing but nulls. */
  empty: 0,
  /** One value for all rows. */
  constant: 1,
  /** First value and a fixed step. */
  stride: 2,
  /** First value, then zigzag differences as varints: for values that follow one another. */
  delta: 3,
  /** One byte a row. */
  bytes: 4,
  /** One varint a row. */
  varints: 5,
  /** Smallest value, then the distance from it in a fixed number of bytes: for values that jump about. */
  offset: 6,
  /** First value, smallest difference, then each difference's distance from that in a fixed number of bytes. */
  pace: 7,
  /** Smallest value, then the distance from it in one, two or four bits. */
  packed: 8,
} as const;

/** Set when a presence bitmap stands before the values; only rows that are present have one. */
export const HAS_NULLS = 0x80;

/** Set when a further bitmap says which of the present rows are not zero; only those have a value. */
export const ZEROS_LEFT_OUT = 0x40;

/** Largest power of two that is divided out of differences: a 2 MiB page. */
const MAX_SHIFT = 21;

/** Below so many values no encoding is worth a second look. */
export const FEW_VALUES = 8;

/** The power of two that `bits`, the OR of all differences modulo 2^32, says each of them can be divided by. */
export function sharedShift(bits: number): number {
  return bits === 0 ? 0 : Math.min(31 - Math.clz32(bits & -bits), MAX_SHIFT);
}

/** Bits in which distances up to `largest` are packed; 8 where they need a byte each. */
export function packedBits(largest: number): number {
  if (largest < 2) return 1;
  if (largest < 4) return 2;
  return largest < 16 ? 4 : 8;
}

/** Small numbers, a byte each, on their way to being packed. There is one of it, used again and again. */
class PackableBytes {
  values = new Uint8Array(4096 + 8);
  private dataView = new DataView(this.values.buffer);

  reserve(count: number): void {
    if (count + 8 <= this.values.length) return;
    this.values = new Uint8Array(count + 8);
    this.dataView = new DataView(this.values.buffer);
  }

  /** Writes the first `count` values, less `base`, in so many bits each, the first in the lowest. */
  writePacked(count: number, base: number, bits: number, out: ByteWriter): void {
    const { dataView } = this;
    this.values.fill(base, count, count + 8);
    out.reserve((count >> 1) + 8);
    const { bytes } = out;
    const bases = base * 0x0101_0101;
    let at = out.length;
    // Four values at a time; what is beyond the last byte is written over by whatever comes next.
    if (bits === 4) {
      for (let i = 0; i < count; i += 4) {
        const four = dataView.getInt32(i, true) - bases;
        const pairs = four | (four >>> 4);
        bytes[at++] = pairs;
        bytes[at++] = pairs >>> 16;
      }
    } else if (bits === 2) {
      for (let i = 0; i < count; i += 4) {
        const four = dataView.getInt32(i, true) - bases;
        bytes[at++] = four | (four >>> 6) | (four >>> 12) | (four >>> 18);
      }
    } else {
      for (let i = 0; i < count; i += 8) {
        const lower = dataView.getInt32(i, true) - bases;
        const upper = dataView.getInt32(i + 4, true) - bases;
        bytes[at++] =
          ((lower | (lower >>> 7) | (lower >>> 14) | (lower >>> 21)) & 0xf) |
          (((upper | (upper >>> 7) | (upper >>> 14) | (upper >>> 21)) & 0xf) << 4);
      }
    }
    out.length += (count * bits + 7) >> 3;
  }
}

export const PACKABLE = new PackableBytes();

/** Reads `count` packed values into the front of `values`. */
export function readPacked(
  reader: ByteReader,
  values: Float64Array | Int32Array,
  count: number,
  base: number,
  scale: number,
): void {
  const bits = reader.byte();
  if (bits !== 1 && bits !== 2 && bits !== 4) throw new CorruptBytesError(`values packed in ${bits} bits`);
  const bytes = reader.take((count * bits + 7) >> 3);
  const mask = (1 << bits) - 1;
  for (let i = 0, bit = 0; i < count; i++, bit += bits) {
    values[i] = base + (((bytes[bit >> 3] as number) >> (bit & 7)) & mask) * scale;
  }
}

/** Looking at some hundred values tells which encoding is cheaper as surely as looking at all of them. */
export function sampleStride(count: number): number {
  return Math.max(1, count >> 8);
}

/** How many values have a difference of how many bits, zigzagged: tells what varints of them would take. */
export class BitLengths {
  private readonly counts = new Uint32Array(66);

  clear(): void {
    this.counts.fill(0);
  }

  add(bits: number): void {
    this.counts[bits] = (this.counts[bits] as number) + 1;
  }

  /** Bytes of all varints when each value is first divided by 2^shift. */
  varintBytes(shift: number): number {
    let total = 0;
    for (let bits = 0; bits < this.counts.length; bits++) {
      total += (this.counts[bits] as number) * Math.max(1, Math.ceil((bits - shift) / 7));
    }
    return total;
  }
}
