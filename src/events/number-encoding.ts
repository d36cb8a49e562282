import { type ByteReader, CorruptBytesError } from '../base/byte-reader.ts';
import { type ByteWriter, storeVarint } from '../base/byte-writer.ts';
import {
  BitLengths,
  COLUMN_ENCODING,
  FEW_VALUES,
  HAS_NULLS,
  sampleStride,
  sharedShift,
} from './column-encoding.ts';

const TWO_TO_32 = 2 ** 32;

/** What one look at a column tells of the ways in which to write it. */
export interface NumberShape {
  nulls: number;
  /** The difference that all neighbours have; NaN when they differ. */
  step: number;
  /** OR of all differences, modulo 2^32. */
  deltaBits: number;
  min: number;
  max: number;
}

const shape: NumberShape = { nulls: 0, step: 0, deltaBits: 0, min: 0, max: 0 };
const lengths = new BitLengths();

/** Looks at a column; NaN is null. The answer is good until the next look. */
export function lookAtNumbers(values: Float64Array, count: number): NumberShape {
  let previous = count === 0 ? 0 : (values[0] as number);
  const step = count > 1 ? (values[1] as number) - previous : 0;
  let nulls = Number.isNaN(previous) ? 1 : 0;
  let isStride = true;
  let deltaBits = 0;
  let min = previous;
  let max = previous;
  for (let i = 1; i < count; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) nulls++;
    const delta = value - previous;
    if (delta !== step) isStride = false;
    deltaBits |= delta;
    if (value < min) min = value;
    if (value > max) max = value;
    previous = value;
  }
  shape.nulls = nulls;
  shape.step = isStride ? step : Number.NaN;
  shape.deltaBits = deltaBits;
  shape.min = min;
  shape.max = max;
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

/** Writes values none of which is null. `bitmap` says which rows they belong to, when not to all. */
export function writeNumbers(
  values: Float64Array,
  count: number,
  { step, deltaBits, min, max }: NumberShape,
  out: ByteWriter,
  bitmap?: Uint8Array,
): void {
  const shift = sharedShift(deltaBits);
  const width = Math.max(1, Math.ceil(bitsOf((max - min) / 2 ** shift) / 8));
  const isOffset =
    Number.isNaN(step) && count > FEW_VALUES && width <= 6 && width < meanVarintBytes(values, count, shift);
  const encoding = !Number.isNaN(step)
    ? step === 0
      ? COLUMN_ENCODING.constant
      : COLUMN_ENCODING.stride
    : isOffset
      ? COLUMN_ENCODING.offset
      : COLUMN_ENCODING.delta;
  out.byte(bitmap === undefined ? encoding : encoding | HAS_NULLS);
  if (bitmap !== undefined) {
    out.copy(bitmap, 0, bitmap.length);
    out.varint(count);
  }
  const first = count === 0 ? 0 : (values[0] as number);
  switch (encoding) {
    case COLUMN_ENCODING.constant:
      out.signedVarint(first);
      return;
    case COLUMN_ENCODING.stride:
      out.signedVarint(first);
      out.signedVarint(step);
      return;
    case COLUMN_ENCODING.offset:
      out.signedVarint(min);
      out.byte(shift);
      out.byte(width);
      writeOffsets(values, count, min, 1 / 2 ** shift, width, out);
      return;
    case COLUMN_ENCODING.delta:
      out.signedVarint(first);
      out.byte(shift);
      writeDeltas(values, count, 1 / 2 ** shift, out);
      return;
  }
}

/** Without a branch for each value, which random values would make the processor guess wrongly. */
function writeOffsets(
  values: Float64Array,
  count: number,
  min: number,
  scale: number,
  width: number,
  out: ByteWriter,
): void {
  out.reserve(count * width);
  const bytes = out.bytes;
  let at = out.length;
  if (width === 1) {
    for (let i = 0; i < count; i++) bytes[at++] = ((values[i] as number) - min) * scale;
  } else if (width === 2) {
    for (let i = 0; i < count; i++) {
      const offset = ((values[i] as number) - min) * scale;
      bytes[at++] = offset;
      bytes[at++] = offset >>> 8;
    }
  } else if (width === 3) {
    for (let i = 0; i < count; i++) {
      const offset = ((values[i] as number) - min) * scale;
      bytes[at++] = offset;
      bytes[at++] = offset >>> 8;
      bytes[at++] = offset >>> 16;
    }
  } else {
    for (let i = 0; i < count; i++) {
      const offset = ((values[i] as number) - min) * scale;
      const low = offset >>> 0;
      bytes[at++] = low;
      bytes[at++] = low >>> 8;
      bytes[at++] = low >>> 16;
      bytes[at++] = low >>> 24;
      if (width === 4) continue;
      const high = (offset - low) / TWO_TO_32;
      bytes[at++] = high;
      if (width === 6) bytes[at++] = high >>> 8;
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
      readOffsets(reader, values, count, first);
      return;
    default:
      throw new CorruptBytesError(`unknown encoding ${encoding} of a number column`);
  }
}

function readOffsets(reader: ByteReader, values: Float64Array, count: number, min: number): void {
  const scale = 2 ** reader.byte();
  const width = reader.byte();
  if (width < 1 || width > 6) throw new CorruptBytesError(`offsets of ${width} bytes`);
  const bytes = reader.take(count * width);
  if (width === 1) {
    for (let i = 0; i < count; i++) values[i] = min + (bytes[i] as number) * scale;
    return;
  }
  for (let i = 0, at = 0; i < count; i++) {
    let offset = 0;
    for (let byte = 0, weight = 1; byte < width; byte++, weight *= 256)
      offset += (bytes[at++] as number) * weight;
    values[i] = min + offset * scale;
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
