/**
 * A running fingerprint of 64 bits, in two halves: what two events are compared by, in place of text. Both halves follow
 * MurmurHash3's mixing (Appleby, public domain), with constants of their own.
 */
export class Fingerprint {
  low = 0;
  high = 0;

  start(seed: number): void {
    this.low = seed;
    this.high = ~seed;
  }

  resume(low: number, high: number): void {
    this.low = low;
    this.high = high;
  }

  /** A signed or unsigned number of 32 bits. */
  bits(value: number): void {
    this.low = mixLow(this.low, value);
    this.high = mixHigh(this.high, value);
  }

  /** A number of a column: an integer of at most 51 bits, or NaN for null. */
  number(value: number): void {
    this.bits(lowHalf(value));
    this.bits(highHalf(value));
  }

  bytes(bytes: Uint8Array, start: number, end: number): void {
    for (let i = start; i < end; i++) this.bits(bytes[i] as number);
    this.bits(end - start);
  }

  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.bits(text.charCodeAt(i));
    this.bits(text.length);
  }
}

/** The low half of a fingerprint, with 32 bits more in it. */
export function mixLow(low: number, value: number): number {
  let k = Math.imul(value, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  let h = low ^ Math.imul(k, 0x1b873593);
  h = (h << 13) | (h >>> 19);
  return (Math.imul(h, 5) + 0xe6546b64) | 0;
}

/** The high half. */
export function mixHigh(high: number, value: number): number {
  let k = Math.imul(value ^ 0x5bd1e995, 0x239b961b);
  k = (k << 17) | (k >>> 15);
  let h = high ^ Math.imul(k, 0xab0e9789);
  h = (h << 19) | (h >>> 13);
  return (Math.imul(h, 5) + 0x561ccd1b) | 0;
}

/** Both halves of a number of a column; of null, two that no number of 51 bits has. */
export function lowHalf(value: number): number {
  return Number.isNaN(value) ? 0x6e756c6c : value | 0;
}

export function highHalf(value: number): number {
  return Number.isNaN(value) ? 0x7fffffff : Math.floor(value / 0x1_0000_0000) | 0;
}
