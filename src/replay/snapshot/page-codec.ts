import { ByteReader, CorruptBytesError } from '../../base/byte-reader.ts';
import type { ByteWriter } from '../../base/byte-writer.ts';
import { PAGE_UNIT_COUNT, PAGE_WORDS, type PageUnits } from '../../soc/table-memory.ts';

/*
 * A page of translation tables in few bytes. Neighbouring entries mostly map neighbouring pages, so what is written are
 * runs: zeros that are passed over, words that rise by the same step, and else each word's difference from the one
 * before it.
 */

const KNOWN = 2 * PAGE_WORDS;
const ALL_KNOWN = 1;
const SOME_KNOWN = 0;

/** Fewer words in step are no shorter as a run. */
const STEPS_MIN = 3;

/** Attributes are in the lower twelve bits and the same from word to word: rotated away, the rest is a short number. */
const ATTRIBUTE_BITS = 12;

export function encodePage(units: PageUnits, out: ByteWriter): void {
  encodeKnown(units, out);
  let previousHigh = 0;
  let previousLow = 0;
  for (let index = 0; index < PAGE_WORDS; ) {
    const start = nextNonZero(units, index);
    if (start === PAGE_WORDS) return;
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
}

/** Writes a page into units that are all zero. Throws {@link CorruptBytesError} when the bytes are no page. */
export function decodePage(bytes: Uint8Array, units: PageUnits): void {
  const reader = new ByteReader(bytes);
  decodeKnown(reader, units);
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
