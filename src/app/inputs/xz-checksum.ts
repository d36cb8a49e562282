import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** The check of a block's content, as it is computed while the content comes. */
export interface Checksum {
  readonly name: string;
  update(bytes: Uint8Array): void;
  /** As the file has it. */
  digest(): Uint8Array;
}

/** Bytes of a check by its type. Source: the .xz file format 1.2.0, 2.1.1.2. */
export const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];

const MAKERS: Readonly<Record<number, () => Checksum>> = {
  1: () => new Crc32(),
  4: () => new Crc64(),
  10: () => {
    const hash = createHash('sha256');
    return { name: 'SHA-256', update: (bytes) => hash.update(bytes), digest: () => hash.digest() };
  },
};

/** Undefined for a type without a check, and for one that is not in use. */
export function startChecksum(type: number): Checksum | undefined {
  return MAKERS[type]?.();
}

class Crc32 implements Checksum {
  readonly name = 'CRC32';
  private value = 0;

  update(bytes: Uint8Array): void {
    this.value = crc32(bytes, this.value);
  }

  digest(): Uint8Array {
    return littleEndian(this.value);
  }
}

/** The polynomial of ECMA-182, with its bits in reverse, in halves. */
const POLYNOMIAL = { high: 0xc96c5795, low: 0xd7870f42 };
const HIGH = new Uint32Array(256);
const LOW = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit++) {
    const isOdd = (low & 1) === 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (isOdd) {
      high ^= POLYNOMIAL.high;
      low ^= POLYNOMIAL.low;
    }
  }
  HIGH[byte] = high;
  LOW[byte] = low;
}

class Crc64 implements Checksum {
  readonly name = 'CRC64';
  private high = -1;
  private low = -1;

  update(bytes: Uint8Array): void {
    let { high, low } = this;
    for (const byte of bytes) {
      const index = (low ^ byte) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ (LOW[index] as number);
      high = (high >>> 8) ^ (HIGH[index] as number);
    }
    this.high = high;
    this.low = low;
  }

  digest(): Uint8Array {
    return Uint8Array.from([...littleEndian(~this.low), ...littleEndian(~this.high)]);
  }
}

function littleEndian(value: number): Uint8Array {
  return Uint8Array.from([value, value >>> 8, value >>> 16, value >>> 24]);
}
