/**
 * A byte buffer that grows and is used again: memory that is touched for the first time is expensive, so
 * whoever writes many blocks keeps one writer and calls {@link ByteWriter.reset} between them.
 */
export class ByteWriter {
  bytes: Uint8Array;
  /** The same memory, for stores of several bytes. */
  dataView: DataView;
  length = 0;

  constructor(capacity = 1 << 16) {
    this.bytes = new Uint8Array(capacity);
    this.dataView = new DataView(this.bytes.buffer);
  }

  reset(): void {
    this.length = 0;
  }

  /** Makes room for `count` more bytes, so that a loop may store them without looking. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.dataView = new DataView(grown.buffer);
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** An unsigned whole number below 2^53, seven bits a byte, low bits first. */
  varint(value: number): void {
    this.reserve(8);
    this.length = storeVarint(this.bytes, this.length, value);
  }

  /** A whole number of either sign. */
  signedVarint(value: number): void {
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  uint32(value: number): void {
    this.reserve(4);
    for (let shift = 0; shift < 32; shift += 8) this.bytes[this.length++] = (value >>> shift) & 0xff;
  }

  copy(source: Uint8Array, start: number, end: number): void {
    const count = end - start;
    this.reserve(count);
    // A loop beats the call into the engine for the short runs that columns and lines consist of.
    if (count < 48) {
      const to = this.bytes;
      let at = this.length;
      for (let from = start; from < end; from++) to[at++] = source[from] as number;
    } else {
      this.bytes.set(source.subarray(start, end), this.length);
    }
    this.length += count;
  }

  /** What was written: a view that the next {@link reset} makes stale. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

const BITS_28 = 2 ** 28;

/** Stores a varint where there is room for it, and returns the position after it. */
export function storeVarint(bytes: Uint8Array, position: number, value: number): number {
  let at = position;
  let rest = value;
  while (rest >= BITS_28) {
    const low = rest % BITS_28;
    bytes[at++] = (low & 0x7f) | 0x80;
    bytes[at++] = ((low >>> 7) & 0x7f) | 0x80;
    bytes[at++] = ((low >>> 14) & 0x7f) | 0x80;
    bytes[at++] = (low >>> 21) | 0x80;
    rest = (rest - low) / BITS_28;
  }
  while (rest >= 0x80) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}
