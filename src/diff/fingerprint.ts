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
    let k = Math.imul(value, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    let h = this.low ^ Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    this.low = (Math.imul(h, 5) + 0xe6546b64) | 0;
    k = Math.imul(value ^ 0x5bd1e995, 0x239b961b);
    k = (k << 17) | (k >>> 15);
    h = this.high ^ Math.imul(k, 0xab0e9789);
    h = (h << 19) | (h >>> 13);
    this.high = (Math.imul(h, 5) + 0x561ccd1b) | 0;
  }

  /** A number of a column: an integer of at most 51 bits, or NaN for null. */
  number(value: number): void {
    if (Number.isNaN(value)) {
      this.bits(0x6e756c6c);
      this.bits(0x7fffffff);
      return;
    }
    this.bits(value | 0);
    this.bits(Math.floor(value / 0x1_0000_0000) | 0);
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
