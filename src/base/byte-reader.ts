/** The bytes do not hold what their own lengths promise: damage, or another format. */
export class CorruptBytesError extends Error {
  override readonly name = 'CorruptBytesError';
}

const BITS_28 = 2 ** 28;

/** Reads what {@link ByteWriter} wrote; running past the end is a {@link CorruptBytesError}, never garbage. */
export class ByteReader {
  readonly bytes: Uint8Array;
  position: number;
  readonly end: number;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  byte(): number {
    if (this.position >= this.end) throw new CorruptBytesError('ends in the middle of a value');
    return this.bytes[this.position++] as number;
  }

  varint(): number {
    let result = 0;
    let scale = 1;
    for (;;) {
      const b = this.byte();
      result += (b & 0x7f) * scale;
      if (b < 0x80) return result;
      scale *= 128;
      if (scale >= BITS_28 * BITS_28) throw new CorruptBytesError('a number is longer than 56 bits');
    }
  }

  signedVarint(): number {
    const z = this.varint();
    return z % 2 === 0 ? z / 2 : -(z + 1) / 2;
  }

  uint32(): number {
    let value = 0;
    for (let shift = 0; shift < 32; shift += 8) value |= this.byte() << shift;
    return value >>> 0;
  }

  /** The next `count` bytes, as a view. */
  take(count: number): Uint8Array {
    const start = this.position;
    this.skip(count);
    return this.bytes.subarray(start, this.position);
  }

  /** Passes over the next `count` bytes. */
  skip(count: number): void {
    if (count > this.end - this.position)
      throw new CorruptBytesError(`${count} bytes promised, fewer are there`);
    this.position += count;
  }
}
