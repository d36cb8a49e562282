import { type ByteReader, CorruptBytesError } from '../base/byte-reader.ts';
import { type ByteWriter, storeVarint } from '../base/byte-writer.ts';
import {
  BitLengths,
  COLUMN_ENCODING,
  FEW_VALUES,
  HAS_NULLS,
  PACKABLE,
  packedBits,
  readPacked,
  sampleStride,
  sharedShift,
} from './column-encoding.ts';

const TWO_TO_32 = 2 ** 32;

/** Most bytes of a distance that has a fixed number of them. */
const MAX_WIDTH = 6;

/** Bytes a value that a fixed width may take more than varints: whether those have one byte or two is dear to guess. */
const SPARED_GUESSES = 0.3;

/** What is wrong with a pace that has not even a first value. */
export const PACE_OF_NOTHING = 'a pace of no values';

const lengths = new BitLengths();

/** Room for the differences of a column before they are written. */
let differences = new Float64Array(4096);

/** The difference that all neighbours have; NaN where they differ, or a value is null. */
function commonStep(values: Float64Array, count: number): number {
  if (count < 2) return count === 1 && Number.isNaN(values[0]) ? Number.NaN : 0;
  const step = (values[1] as number) - (values[0] as number);
  for (let i = 1; i < count; i++) {
    if ((values[i] as number) - (values[i - 1] as number) !== step) return Number.NaN;
  }
  return step;
}

/** What some values of a column tell of the others. */
const sample = {
  /** How far apart the values are, and how far apart their differences. */
  span: 0,
  deltaSpan: 0,
  /** Bytes of a varint of a difference. */
  varintBytes: 0,
};

function takeSample(values: Float64Array, count: number): void {
  const stride = sampleStride(count);
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let minDelta = min;
  let maxDelta = max;
  let deltaBits = 0;
  let samples = 0;
  lengths.clear();
  for (let i = 1; i < count; i += stride) {
    const value = values[i] as number;
    const delta = value - (values[i - 1] as number);
    if (value < min) min = value;
    if (value > max) max = value;
    if (delta < minDelta) minDelta = delta;
    if (delta > maxDelta) maxDelta = delta;
    deltaBits |= delta;
    lengths.add(bitsOf(Math.abs(delta)) + 1);
    samples++;
  }
  sample.span = max - min;
  sample.deltaSpan = maxDelta - minDelta;
  sample.varintBytes = lengths.varintBytes(sharedShift(deltaBits)) / samples;
}

/** Of some values, or of the differences between neighbours: where they lie, and what their distances share. */
const extent = {
  min: 0,
  max: 0,
  /** OR of all differences, modulo 2^32. */
  deltaBits: 0,
};

/** Measures how far values reach; says whether none is null. */
function measureValues(values: Float64Array, count: number): boolean {
  const first = values[0] as number;
  let min = first;
  let max = first;
  let deltaBits = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) return false;
    // What all differences can be divided by, the differences to the first can be too.
    deltaBits |= value - first;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  extent.min = min;
  extent.max = max;
  extent.deltaBits = deltaBits;
  return true;
}

/** Makes the differences of neighbours, and measures how far they reach; says whether no value is null. */
function measureDifferences(values: Float64Array, count: number): boolean {
  if (differences.length < count) differences = new Float64Array(count);
  const deltas = differences;
  let previous = values[0] as number;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let deltaBits = 0;
  for (let i = 1; i < count; i++) {
    const value = values[i] as number;
    const delta = value - previous;
    // A null makes a difference of it, and one of the value after it.
    if (Number.isNaN(delta)) return false;
    previous = value;
    deltas[i - 1] = delta;
    deltaBits |= delta;
    if (delta < min) min = delta;
    if (delta > max) max = delta;
  }
  extent.min = min;
  extent.max = max;
  extent.deltaBits = deltaBits;
  return true;
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
 * belong to, when not to all.
 *
 * Which way is cheapest a sample tells, so that the whole column is looked at with one question only. Of ways that
 * take about the same room, one with a fixed width is taken: it is written and read without a branch for each value,
 * which random values would make the processor guess wrongly.
 */
export function writeNumbers(
  values: Float64Array,
  count: number,
  out: ByteWriter,
  bitmap?: Uint8Array,
): boolean {
  const step = commonStep(values, count);
  if (!Number.isNaN(step)) {
    const first = count === 0 ? 0 : (values[0] as number);
    writeTag(step === 0 ? COLUMN_ENCODING.constant : COLUMN_ENCODING.stride, count, out, bitmap);
    out.signedVarint(first);
    if (step !== 0) out.signedVarint(step);
    return true;
  }
  if (Number.isNaN(values[0])) return false;
  takeSample(values, count);
  const isPaced = bitsOf(sample.deltaSpan) + 8 <= bitsOf(sample.span);
  if (!(isPaced ? measureDifferences(values, count) : measureValues(values, count))) return false;
  const { min, max, deltaBits } = extent;
  const shift = sharedShift(deltaBits);
  const width = widthOf(max - min, shift);
  const isFixed = count > FEW_VALUES && width <= MAX_WIDTH && width <= sample.varintBytes + SPARED_GUESSES;
  if (!isFixed) {
    writeTag(COLUMN_ENCODING.delta, count, out, bitmap);
    out.signedVarint(values[0] as number);
    out.byte(shift);
    writeDeltas(values, count, 1 / 2 ** shift, out);
  } else if (isPaced) {
    writeTag(COLUMN_ENCODING.pace, count, out, bitmap);
    out.signedVarint(values[0] as number);
    out.signedVarint(min);
    out.byte(shift);
    out.byte(width);
    writeDistances(differences, count - 1, min, 1 / 2 ** shift, width, out);
  } else {
    writeAsOffsets(values, count, min, max, shift, width, out, bitmap);
  }
  return true;
}

function writeAsOffsets(
  values: Float64Array,
  count: number,
  min: number,
  max: number,
  shift: number,
  width: number,
  out: ByteWriter,
  bitmap: Uint8Array | undefined,
): void {
  const scale = 1 / 2 ** shift;
  const bits = packedBits((max - min) * scale);
  writeTag(bits === 8 ? COLUMN_ENCODING.offset : COLUMN_ENCODING.packed, count, out, bitmap);
  out.signedVarint(min);
  out.byte(shift);
  if (bits === 8) {
    out.byte(width);
    writeDistances(values, count, min, scale, width, out);
    return;
  }
  out.byte(bits);
  PACKABLE.reserve(count);
  const small = PACKABLE.values;
  for (let i = 0; i < count; i++) small[i] = (((values[i] as number) - min) * scale) | 0;
  PACKABLE.writePacked(count, 0, bits, out);
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
