import { ByteReader, CorruptBytesError } from '../../base/byte-reader.ts';
import type { ByteWriter } from '../../base/byte-writer.ts';
import { PAGE_UNIT_COUNT, PAGE_WORDS, type PageUnits } from '../../soc/table-memory.ts';
import { PACKED_PADDING, packNumbers, unpackNumbers } from './packed-numbers.ts';

/*
 * A page of translation tables in few bytes. Neighbouring entries mostly map neighbouring pages, so what is written are
 * runs: zeros that are passed over, words that rise by the same step, and else each word's difference from the one
 * before it. Where most words are of that last kind, they are packed instead: which are not zero, the few attributes
 * that there are, and the pages that they point to.
 */

const KNOWN = 2 * PAGE_WORDS;
const ALL_KNOWN = 1;
const SOME_KNOWN = 0;

const AS_RUNS = 0;
const PACKED = 1;

/** Words in no step with their neighbours from which it may be shorter to pack them. */
const PACKED_FROM = 64;

/** Fewer words in step are no shorter as a run. */
const STEPS_MIN = 3;

/** Attributes are in the lower twelve bits and the same from word to word: rotated away, the rest is a short number. */
const ATTRIBUTE_BITS = 12;
const PAGE_BYTES = 2 ** ATTRIBUTE_BITS;
/** Pages that the lower half of a word can tell apart; the address goes on in the lower half of its upper half. */
const PAGES_LOW = 2 ** 20;

export function encodePage(units: PageUnits, out: ByteWriter): void {
  encodeKnown(units, out);
  const start = out.length;
  out.byte(AS_RUNS);
  if (encodeRuns(units, out) < PACKED_FROM) return;
  const end = out.length;
  out.byte(PACKED);
  encodePacked(units, out);
  const packedLength = out.length - end;
  out.length = end;
  if (packedLength >= end - start) return;
  out.bytes.copyWithin(start, end, end + packedLength);
  out.length = start + packedLength;
}

/** Writes a page into units that are all zero. Throws {@link CorruptBytesError} when the bytes are no page. */
export function decodePage(bytes: Uint8Array, units: PageUnits): void {
  const reader = new ByteReader(bytes);
  decodeKnown(reader, units);
  const form = reader.byte();
  if (form === AS_RUNS) decodeRuns(reader, units);
  else if (form === PACKED) decodePacked(reader, units);
  else throw new CorruptBytesError(`words of form ${form}`);
}

/** Returns how many words are in no run. */
function encodeRuns(units: PageUnits, out: ByteWriter): number {
  let literals = 0;
  let previousHigh = 0;
  let previousLow = 0;
  for (let index = 0; index < PAGE_WORDS; ) {
    const start = nextNonZero(units, index);
    if (start === PAGE_WORDS) break;
    out.varint(start - index);
    const steps = stepsFrom(units, start);
    if (steps >= STEPS_MIN) {
      const [high, low] = [highAt(units, start), lowAt(units, start)];
      out.varint(2 * steps + 1);
      out.varint(high);
      out.varint(low);
      out.signedVarint((lowAt(units, start + 1) - low) | 0);
      index = start + steps;
    } else {
      index = literalEnd(units, start);
      literals += index - start;
      out.varint(2 * (index - start));
      for (let at = start; at < index; at++) {
        const [high, low] = [highAt(units, at), lowAt(units, at)];
        out.varint((high ^ previousHigh) >>> 0);
        out.varint(rotated(low ^ previousLow, ATTRIBUTE_BITS));
        previousHigh = high;
        previousLow = low;
      }
    }
    previousHigh = highAt(units, index - 1);
    previousLow = lowAt(units, index - 1);
  }
  return literals;
}

function decodeRuns(reader: ByteReader, units: PageUnits): void {
  let high = 0;
  let low = 0;
  for (let index = 0; reader.position < reader.end; ) {
    index += reader.varint();
    const head = reader.varint();
    const end = index + Math.floor(head / 2);
    if (end > PAGE_WORDS) throw new CorruptBytesError('a page has more words than a page holds');
    if (head % 2 === 1) {
      high = reader.varint();
      low = reader.varint();
      const step = reader.signedVarint();
      for (; index < end; index++) {
        units[2 * index] = low;
        units[2 * index + 1] = high;
        low = (low + step) >>> 0;
      }
      low = (low - step) >>> 0;
    } else {
      for (; index < end; index++) {
        high = (high ^ reader.varint()) >>> 0;
        low = (low ^ rotated(reader.varint(), 32 - ATTRIBUTE_BITS)) >>> 0;
        units[2 * index] = low;
        units[2 * index + 1] = high;
      }
    }
  }
}

/** Used again and again: the words of a page that are not zero, taken apart. */
const packable = {
  pages: new Float64Array(PAGE_WORDS),
  attributeIds: new Float64Array(PAGE_WORDS),
  attributes: new Float64Array(PAGE_WORDS),
  lowAttributes: new Uint32Array(PAGE_WORDS),
  highAttributes: new Uint32Array(PAGE_WORDS),
};

function encodePacked(units: PageUnits, out: ByteWriter): void {
  const { pages, attributeIds, attributes } = packable;
  const idOf = new Map<number, number>();
  let count = 0;
  for (let index = 0; index < PAGE_WORDS; index += 8) {
    let present = 0;
    for (let bit = 0; bit < 8; bit++) {
      if (isZero(units, index + bit)) continue;
      present |= 1 << bit;
      const [high, low] = [highAt(units, index + bit), lowAt(units, index + bit)];
      const attribute = (high >>> 16) * PAGE_BYTES + (low % PAGE_BYTES);
      let id = idOf.get(attribute);
      if (id === undefined) {
        id = idOf.size;
        idOf.set(attribute, id);
        attributes[id] = attribute;
      }
      attributeIds[count] = id;
      pages[count++] = (high & 0xffff) * PAGES_LOW + (low >>> ATTRIBUTE_BITS);
    }
    out.byte(present);
  }
  out.varint(idOf.size);
  packNumbers(attributes, idOf.size, out);
  packNumbers(attributeIds, count, out);
  packNumbers(pages, count, out);
  for (let i = 0; i < PACKED_PADDING; i++) out.byte(0);
}

function decodePacked(reader: ByteReader, units: PageUnits): void {
  const { pages, attributeIds, attributes, lowAttributes, highAttributes } = packable;
  const present = reader.take(PAGE_WORDS / 8);
  let count = 0;
  for (const bits of present) for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  const attributeCount = reader.varint();
  if (attributeCount > PAGE_WORDS) throw new CorruptBytesError('more attributes than words');
  unpackNumbers(reader, attributes, attributeCount);
  for (let id = 0; id < attributeCount; id++) {
    const attribute = attributes[id] as number;
    lowAttributes[id] = attribute % PAGE_BYTES;
    highAttributes[id] = Math.floor(attribute / PAGE_BYTES) * 2 ** 16;
  }
  unpackNumbers(reader, attributeIds, count);
  unpackNumbers(reader, pages, count);
  let at = 0;
  for (let group = 0; group < present.length; group++) {
    // From one bit that is set to the next: to ask for each would be guessed wrong half of the time.
    for (let rest = present[group] as number; rest !== 0; rest &= rest - 1) {
      const index = 8 * group + 31 - Math.clz32(rest & -rest);
      const id = attributeIds[at] as number;
      const page = pages[at++] as number;
      units[2 * index] = (page << ATTRIBUTE_BITS) | (lowAttributes[id] as number);
      units[2 * index + 1] = (highAttributes[id] as number) + Math.floor(page / PAGES_LOW);
    }
  }
}

function encodeKnown(units: PageUnits, out: ByteWriter): void {
  let all = 0xffff_ffff;
  for (let unit = KNOWN; unit < PAGE_UNIT_COUNT; unit++) all &= units[unit] as number;
  if (all === -1) {
    out.byte(ALL_KNOWN);
    return;
  }
  out.byte(SOME_KNOWN);
  for (let unit = KNOWN; unit < PAGE_UNIT_COUNT; unit++) out.uint32(units[unit] as number);
}

function decodeKnown(reader: ByteReader, units: PageUnits): void {
  const form = reader.byte();
  if (form === ALL_KNOWN) {
    units.fill(0xffff_ffff, KNOWN, PAGE_UNIT_COUNT);
    return;
  }
  if (form !== SOME_KNOWN) throw new CorruptBytesError(`a page of form ${form}`);
  for (let unit = KNOWN; unit < PAGE_UNIT_COUNT; unit++) units[unit] = reader.uint32();
}

function lowAt(units: PageUnits, index: number): number {
  return units[2 * index] as number;
}

function highAt(units: PageUnits, index: number): number {
  return units[2 * index + 1] as number;
}

function isZero(units: PageUnits, index: number): boolean {
  return units[2 * index] === 0 && units[2 * index + 1] === 0;
}

function nextNonZero(units: PageUnits, from: number): number {
  let index = from;
  while (index < PAGE_WORDS && isZero(units, index)) index++;
  return index;
}

/** How many words from one on have the same upper half and lower halves a fixed step apart. */
function stepsFrom(units: PageUnits, start: number): number {
  if (start + 1 >= PAGE_WORDS) return 1;
  const step = (lowAt(units, start + 1) - lowAt(units, start)) | 0;
  const high = highAt(units, start);
  let index = start + 1;
  while (
    index < PAGE_WORDS &&
    !isZero(units, index) &&
    highAt(units, index) === high &&
    ((lowAt(units, index) - lowAt(units, index - 1)) | 0) === step
  )
    index++;
  return index - start;
}

/** Where words end that are neither zero nor the beginning of a run in step. */
function literalEnd(units: PageUnits, start: number): number {
  let index = start + 1;
  while (index < PAGE_WORDS && !isZero(units, index) && stepsFrom(units, index) < STEPS_MIN) index++;
  return index;
}

/** The 32 bits turned to the right. */
function rotated(bits: number, by: number): number {
  return ((bits >>> by) | (bits << (32 - by))) >>> 0;
}
