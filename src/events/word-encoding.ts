import { type ByteReader, CorruptBytesError } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';
import {
  BitLengths,
  COLUMN_ENCODING,
  FEW_VALUES,
  HAS_NULLS,
  sampleStride,
  sharedShift,
  ZEROS_LEFT_OUT,
} from './column-encoding.ts';

const lengths = new BitLengths();

/**
 * Writes 64-bit values in halves, none of which is null. The arrays are used up: zeros, where there are many
 * (descriptors that were invalid before), are left out of them first.
 */
export function writeWords(
  high: Uint32Array,
  low: Uint32Array,
  valueCount: number,
  out: ByteWriter,
  nullBitmap?: Uint8Array,
): void {
  let count = valueCount;
  let flags = nullBitmap === undefined ? 0 : HAS_NULLS;
  let zeroBitmap: Uint8Array | undefined;
  const zeros = countZeros(high, low, count);
  // Enough to be worth a bitmap, but not all: those are a constant.
  if (count > FEW_VALUES && zeros * 8 >= count && zeros < count) {
    flags |= ZEROS_LEFT_OUT;
    zeroBitmap = new Uint8Array((count + 7) >> 3);
    count = leaveOutZeros(high, low, count, zeroBitmap);
  }
  const { isConstant, shift, width, minHigh, minLow, isOffset } = lookAtWords(high, low, count);
  const encoding = isConstant
    ? COLUMN_ENCODING.constant
    : isOffset
      ? COLUMN_ENCODING.offset
      : COLUMN_ENCODING.delta;
  out.byte(encoding | flags);
  if (nullBitmap !== undefined) {
    out.copy(nullBitmap, 0, nullBitmap.length);
    out.varint(valueCount);
  }
  if (zeroBitmap !== undefined) {
    out.copy(zeroBitmap, 0, zeroBitmap.length);
    out.varint(count);
  }
  if (encoding === COLUMN_ENCODING.offset) {
    out.uint32(minHigh);
    out.uint32(minLow);
    out.byte(shift);
    out.byte(width);
    writeOffsets(high, low, count, minHigh, minLow, shift, width, out);
    return;
  }
  out.uint32(high[0] as number);
  out.uint32(low[0] as number);
  if (encoding === COLUMN_ENCODING.constant) return;
  out.byte(shift);
  writeDeltas(high, low, count, shift, out);
}

/** 1 when a bit is set in `bits`, else 0: whether a descriptor is invalid is what no processor can guess. */
function isAnySet(bits: number): number {
  return (bits | -bits) >>> 31;
}

/** 1 when `a` is below `b` as unsigned numbers, else 0; `difference` is a - b, modulo 2^32. */
function borrow(a: number, b: number, difference: number): number {
  return ((~a & b) | ((~a | b) & difference)) >>> 31;
}

function countZeros(high: Uint32Array, low: Uint32Array, count: number): number {
  let others = 0;
  for (let i = 0; i < count; i++) others += isAnySet((high[i] as number) | (low[i] as number));
  return count - others;
}

function leaveOutZeros(high: Uint32Array, low: Uint32Array, count: number, bitmap: Uint8Array): number {
  let kept = 0;
  for (let row = 0; row < count; ) {
    let byte = 0;
    for (let bit = 0; bit < 8 && row < count; bit++, row++) {
      const h = high[row] as number;
      const l = low[row] as number;
      const isKept = isAnySet(h | l);
      high[kept] = h;
      low[kept] = l;
      kept += isKept;
      byte |= isKept << bit;
    }
    bitmap[(row - 1) >> 3] = byte;
  }
  return kept;
}

function lookAtWords(high: Uint32Array, low: Uint32Array, count: number) {
  const firstHigh = high[0] as number;
  const firstLow = low[0] as number;
  let minHigh = firstHigh;
  let minLow = firstLow;
  let maxHigh = firstHigh;
  let maxLow = firstLow;
  let highBits = 0;
  let lowBits = 0;
  for (let i = 1; i < count; i++) {
    const h = high[i] as number;
    const l = low[i] as number;
    // What all differences can be divided by, differences to the first can too, and then those are zero there.
    highBits |= h ^ firstHigh;
    lowBits |= l ^ firstLow;
    if (h < minHigh || (h === minHigh && l < minLow)) {
      minHigh = h;
      minLow = l;
    }
    if (h > maxHigh || (h === maxHigh && l > maxLow)) {
      maxHigh = h;
      maxLow = l;
    }
  }
  const shift = sharedShift(lowBits);
  const spanHigh = maxHigh - minHigh - (maxLow < minLow ? 1 : 0);
  const spanLow = (maxLow - minLow) >>> 0;
  const spanBits = spanHigh !== 0 ? 64 - Math.clz32(spanHigh) : 32 - Math.clz32(spanLow);
  const width = Math.max(1, Math.ceil((spanBits - shift) / 8));
  return {
    isConstant: (highBits | lowBits) === 0,
    shift,
    width,
    minHigh,
    minLow,
    isOffset: count > FEW_VALUES && width <= meanVarintBytes(high, low, count, shift),
  };
}

/** What a varint of a difference takes on average, by looking at some of them. */
function meanVarintBytes(high: Uint32Array, low: Uint32Array, count: number, shift: number): number {
  const stride = sampleStride(count);
  let samples = 0;
  lengths.clear();
  for (let i = 1; i < count; i += stride) {
    const dl = ((low[i] as number) - (low[i - 1] as number)) | 0;
    const dh =
      ((high[i] as number) - (high[i - 1] as number) - borrow(low[i] as number, low[i - 1] as number, dl)) |
      0;
    const sign = dh >> 31;
    const zh = ((dh << 1) | (dl >>> 31)) ^ sign;
    lengths.add(zh !== 0 ? 64 - Math.clz32(zh) : 32 - Math.clz32((dl << 1) ^ sign));
    samples++;
  }
  return lengths.varintBytes(shift) / samples;
}

/** Bytes beyond the width are written over by the next value. */
function writeOffsets(
  high: Uint32Array,
  low: Uint32Array,
  count: number,
  minHigh: number,
  minLow: number,
  shift: number,
  width: number,
  out: ByteWriter,
): void {
  out.reserve(count * width + 8);
  const { dataView } = out;
  // A shift by 32 would be none.
  const rest = 31 - shift;
  let at = out.length;
  for (let i = 0; i < count; i++, at += width) {
    const l = low[i] as number;
    const dl = (l - minLow) | 0;
    const dh = ((high[i] as number) - minHigh - borrow(l, minLow, dl)) | 0;
    dataView.setInt32(at, (dl >>> shift) | ((dh << 1) << rest), true);
    if (width > 4) dataView.setInt32(at + 4, dh >>> shift, true);
  }
  out.length = at;
}

function writeDeltas(
  high: Uint32Array,
  low: Uint32Array,
  count: number,
  shift: number,
  out: ByteWriter,
): void {
  out.reserve(count * 10);
  const bytes = out.bytes;
  let at = out.length;
  let previousHigh = high[0] as number;
  let previousLow = low[0] as number;
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

/** Reads `valueCount` values of an encoding into the front of the arrays. */
export function readWords(
  reader: ByteReader,
  tag: number,
  high: Uint32Array,
  low: Uint32Array,
  valueCount: number,
): void {
  let count = valueCount;
  let bitmap: Uint8Array | undefined;
  if ((tag & ZEROS_LEFT_OUT) !== 0) {
    bitmap = reader.take((valueCount + 7) >> 3);
    count = reader.varint();
    if (count > valueCount) throw new CorruptBytesError('more values are not zero than there are');
  }
  const encoding = tag & ~ZEROS_LEFT_OUT;
  const firstHigh = reader.uint32();
  const firstLow = reader.uint32();
  switch (encoding) {
    case COLUMN_ENCODING.constant:
      high.fill(firstHigh, 0, count);
      low.fill(firstLow, 0, count);
      break;
    case COLUMN_ENCODING.delta:
      readDeltas(reader, high, low, count, firstHigh, firstLow);
      break;
    case COLUMN_ENCODING.offset:
      readOffsets(reader, high, low, count, firstHigh, firstLow);
      break;
    default:
      throw new CorruptBytesError(`unknown encoding ${encoding} of a word column`);
  }
  if (bitmap !== undefined) putZerosBack(high, low, valueCount, count, bitmap);
}

function putZerosBack(
  high: Uint32Array,
  low: Uint32Array,
  valueCount: number,
  count: number,
  bitmap: Uint8Array,
): void {
  let from = count;
  for (let row = valueCount - 1; row >= 0; row--) {
    const isThere = (((bitmap[row >> 3] as number) >> (row & 7)) & 1) === 1;
    if (isThere) from--;
    if (from < 0) throw new CorruptBytesError('a bitmap of zeros contradicts its count');
    high[row] = isThere ? (high[from] as number) : 0;
    low[row] = isThere ? (low[from] as number) : 0;
  }
  if (from !== 0) throw new CorruptBytesError('a bitmap of zeros contradicts its count');
}

function readOffsets(
  reader: ByteReader,
  high: Uint32Array,
  low: Uint32Array,
  count: number,
  minHigh: number,
  minLow: number,
): void {
  const shift = reader.byte();
  const width = reader.byte();
  if (width < 1 || width > 8) throw new CorruptBytesError(`offsets of ${width} bytes`);
  const bytes = reader.take(count * width);
  for (let i = 0, at = 0; i < count; i++, at += width) {
    let dl = 0;
    let dh = 0;
    for (let byte = 0; byte < width; byte++) {
      if (byte < 4) dl |= (bytes[at + byte] as number) << (8 * byte);
      else dh |= (bytes[at + byte] as number) << (8 * (byte - 4));
    }
    if (shift !== 0) {
      dh = (dh << shift) | (dl >>> (32 - shift));
      dl <<= shift;
    }
    const sum = minLow + (dl >>> 0);
    high[i] = minHigh + (dh >>> 0) + (sum > 0xffff_ffff ? 1 : 0);
    low[i] = sum;
  }
}

function readDeltas(
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
