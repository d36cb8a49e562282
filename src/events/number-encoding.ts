import { type ByteReader, CorruptBytesError } from '../base/byte-reader.ts';
import { type ByteWriter, storeVarint } from '../base/byte-writer.ts';
import {
  BitLengths,
  COLUMN_ENCODING,
  FEW_VALUES,
  HAS_NULLS,
  packedBits,
  readPacked,
  sampleStride,
  sharedShift,
  writePacked,
} from './column-encoding.ts';

const TWO_TO_32 = 2 ** 32;

/** Most bytes of a distance that has a fixed number of them. */
const MAX_WIDTH = 6;

/** What is wrong with a pace that has not even a first value. */
export const PACE_OF_NOTHING = 'a pace of no values';

/** What one look at a column tells of the ways in which to write it. */
interface NumberShape {
  /** OR of all differences, modulo 2^32. */
  deltaBits: number;
  min: number;
  max: number;
  minDelta: number;
  maxDelta: number;
}

const shape: NumberShape = { deltaBits: 0, min: 0, max: 0, minDelta: 0, maxDelta: 0 };
const lengths = new BitLengths();

/** Room for what is made of a column before it is written. */
let differences = new Float64Array(4096);
let packable = new Uint8Array(4096);

/** The difference that all neighbours have; NaN where they differ, or a value is null. */
function commonStep(values: Float64Array, count: number): number {
  if (count < 2) return count === 1 && Number.isNaN(values[0]) ? Number.NaN : 0;
  const step = (values[1] as number) - (values[0] as number);
  for (let i = 1; i < count; i++) {
    if ((values[i] as number) - (values[i - 1] as number) !== step) return Number.NaN;
  }
  return step;
}

/** Looks at a column; undefined where a value is null. What it found is good until the next look. */
function lookAtNumbers(values: Float64Array, count: number): NumberShape | undefined {
  let previous = values[0] as number;
  if (Number.isNaN(previous)) return undefined;
  let deltaBits = 0;
  let min = previous;
  let max = previous;
  let minDelta = Number.POSITIVE_INFINITY;
  let maxDelta = Number.NEGATIVE_INFINITY;
  for (let i = 1; i < count; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) return undefined;
    const delta = value - previous;
    deltaBits |= delta;
    if (value < min) min = value;
    if (value > max) max = value;
    if (delta < minDelta) minDelta = delta;
    if (delta > maxDelta) maxDelta = delta;
    previous = value;
  }
  shape.deltaBits = deltaBits;
  shape.min = min;
  shape.max = max;
  shape.minDelta = minDelta;
  shape.maxDelta = maxDelta;
  return shape;
}

/** What a varint of a difference takes on average, by looking at some of them. */
function meanVarintBytes(values: Float64Array, count: number, shift: number): number {
  const stride = sampleStride(count);
  let samples = 0;
  lengths.clear();
  for (let i = 1; i < count; i += stride) {
    lengths.add(bitsOf(Math.abs((values[i] as number) - (values[i - 1] as number))) + 1);
    samples++;
  }
  return lengths.varintBytes(shift) / samples;
}

function bitsOf(value: number): number {
  return value < TWO_TO_32 ? 32 - Math.clz32(value) : 64 - Math.clz32(value / TWO_TO_32);
}

/** Bytes of a distance between 0 and `span`, in steps of 2^shift. */
function widthOf(span: number, shift: number): number {
  return Math.max(1, Math.ceil(bitsOf(span / 2 ** shift) / 8));
}

/**
 * Writes values, unless one of them is null, NaN: then it writes nothing and says so. `bitmap` says which rows they
 * belong to, when not to all. Of ways that take about the same room, the one with a fixed width is taken: it is written and read without a branch for each
 * value, which random values would make the processor guess wrongly.
 */
export function writeNumbers(
  values: Float64Array,
  count: number,
  out: ByteWriter,
  bitmap?: Uint8Array,
): boolean {
  const first = count === 0 ? 0 : (values[0] as number);
  const step = commonStep(values, count);
  if (!Number.isNaN(step)) {
    writeTag(step === 0 ? COLUMN_ENCODING.constant : COLUMN_ENCODING.stride, count, out, bitmap);
    out.signedVarint(first);
    if (step !== 0) out.signedVarint(step);
    return true;
  }
  const found = lookAtNumbers(values, count);
  if (found === undefined) return false;
  const { deltaBits, min, max, minDelta, maxDelta } = found;
  const shift = sharedShift(deltaBits);
  const scale = 1 / 2 ** shift;
  const offsetWidth = widthOf(max - min, shift);
  const paceWidth = widthOf(maxDelta - minDelta, shift);
  const width = Math.min(offsetWidth, paceWidth);
  const isFixed =
    count > FEW_VALUES &&
    width <= MAX_WIDTH &&
    (width === 1 || width <= meanVarintBytes(values, count, shift));
  if (!isFixed) {
    writeTag(COLUMN_ENCODING.delta, count, out, bitmap);
    out.signedVarint(first);
    out.byte(shift);
    writeDeltas(values, count, scale, out);
  } else if (offsetWidth === 1 && (max - min) * scale < 16) {
    writeTag(COLUMN_ENCODING.packed, count, out, bitmap);
    out.signedVarint(min);
    out.byte(shift);
    const bits = packedBits((max - min) * scale);
    out.byte(bits);
    if (packable.length < count) packable = new Uint8Array(count);
    for (let i = 0; i < count; i++) packable[i] = ((values[i] as number) - min) * scale;
    writePacked(packable, count, 0, bits, out);
  } else if (offsetWidth <= paceWidth) {
    writeTag(COLUMN_ENCODING.offset, count, out, bitmap);
    out.signedVarint(min);
    out.byte(shift);
    out.byte(width);
    writeDistances(values, count, min, scale, width, out);
  } else {
    writeTag(COLUMN_ENCODING.pace, count, out, bitmap);
    out.signedVarint(first);
    out.signedVarint(minDelta);
    out.byte(shift);
    out.byte(width);
    if (differences.length < count) differences = new Float64Array(count);
    for (let i = 1; i < count; i++) differences[i - 1] = (values[i] as number) - (values[i - 1] as number);
    writeDistances(differences, count - 1, minDelta, scale, width, out);
  }
  return true;
}

function writeTag(encoding: number, count: number, out: ByteWriter, bitmap: Uint8Array | undefined): void {
  out.byte(bitmap === undefined ? encoding : encoding | HAS_NULLS);
  if (bitmap === undefined) return;
  out.copy(bitmap, 0, bitmap.length);
  out.varint(count);
}

/** Bytes beyond the width are written over by the next value. */
function writeDistances(
  values: Float64Array,
  count: number,
  base: number,
  scale: number,
  width: number,
  out: ByteWriter,
): void {
  out.reserve(count * width + 8);
  const { bytes, dataView } = out;
  let at = out.length;
  if (width === 1) {
    for (let i = 0; i < count; i++) bytes[at++] = (((values[i] as number) - base) * scale) | 0;
  } else if (width === 2) {
    for (let i = 0; i < count; i++, at += 2) {
      dataView.setUint16(at, (((values[i] as number) - base) * scale) | 0, true);
    }
  } else if (width <= 4) {
    for (let i = 0; i < count; i++, at += width) {
      dataView.setUint32(at, (((values[i] as number) - base) * scale) >>> 0, true);
    }
  } else {
    for (let i = 0; i < count; i++, at += width) {
      const distance = ((values[i] as number) - base) * scale;
      const low = distance >>> 0;
      dataView.setUint32(at, low, true);
      dataView.setUint16(at + 4, (distance - low) / TWO_TO_32, true);
    }
  }
  out.length = at;
}

function writeDeltas(values: Float64Array, count: number, scale: number, out: ByteWriter): void {
  out.reserve(count * 8);
  const bytes = out.bytes;
  let at = out.length;
  let previous = count === 0 ? 0 : (values[0] as number);
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
    } else {
      at = storeVarint(bytes, at, zigzag);
    }
  }
  out.length = at;
}

/** Reads `count` values of an encoding into the front of `values`. */
export function readNumbers(reader: ByteReader, encoding: number, values: Float64Array, count: number): void {
  const first = reader.signedVarint();
  switch (encoding) {
    case COLUMN_ENCODING.constant:
      values.fill(first, 0, count);
      return;
    case COLUMN_ENCODING.stride: {
      const step = reader.signedVarint();
      for (let i = 0; i < count; i++) values[i] = first + i * step;
      return;
    }
    case COLUMN_ENCODING.delta:
      readDeltas(reader, values, count, first);
      return;
    case COLUMN_ENCODING.offset:
      readDistances(reader, values, count, first);
      return;
    case COLUMN_ENCODING.pace:
      readPace(reader, values, count, first);
      return;
    case COLUMN_ENCODING.packed:
      readPacked(reader, values, count, first, 2 ** reader.byte());
      return;
    default:
      throw new CorruptBytesError(`unknown encoding ${encoding} of a number column`);
  }
}

function readDistances(reader: ByteReader, values: Float64Array, count: number, base: number): void {
  const scale = 2 ** reader.byte();
  const width = reader.byte();
  if (width < 1 || width > MAX_WIDTH) throw new CorruptBytesError(`distances of ${width} bytes`);
  const bytes = reader.take(count * width);
  if (width === 1) {
    for (let i = 0; i < count; i++) values[i] = base + (bytes[i] as number) * scale;
    return;
  }
  if (width === 2) {
    for (let i = 0, at = 0; i < count; i++, at += 2) {
      values[i] = base + ((bytes[at] as number) | ((bytes[at + 1] as number) << 8)) * scale;
    }
    return;
  }
  for (let i = 0, at = 0; i < count; i++) {
    let distance = 0;
    for (let byte = 0, weight = 1; byte < width; byte++, weight *= 256)
      distance += (bytes[at++] as number) * weight;
    values[i] = base + distance * scale;
  }
}

/** The differences first, of which there is one less, then the values that they add up to. */
function readPace(reader: ByteReader, values: Float64Array, count: number, first: number): void {
  if (count === 0) throw new CorruptBytesError(PACE_OF_NOTHING);
  readDistances(reader, values, count - 1, reader.signedVarint());
  let value = first;
  for (let i = 0; i < count; i++) {
    const difference = values[i] as number;
    values[i] = value;
    value += difference;
  }
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
