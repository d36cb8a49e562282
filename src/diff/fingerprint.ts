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

/** Gives equal fingerprints equal numbers from 0. */
export class Interner {
  private size = 0;
  private slots = new Int32Array(1 << 12).fill(-1);
  private lows = new Int32Array(1 << 11);
  private highs = new Int32Array(1 << 11);

  idOf(low: number, high: number): number {
    let at = this.place(low, high);
    const found = this.slots[at] as number;
    if (found >= 0) return found;
    if (this.size * 2 >= this.slots.length) {
      this.grow();
      at = this.place(low, high);
    }
    const id = this.size++;
    this.slots[at] = id;
    this.lows[id] = low;
    this.highs[id] = high;
    return id;
  }

  /** Some order of what two numbers stand for, which does not depend on when they were given. */
  compare(x: number, y: number): number {
    return (
      (this.lows[x] as number) - (this.lows[y] as number) ||
      (this.highs[x] as number) - (this.highs[y] as number)
    );
  }

  private place(low: number, high: number): number {
    const mask = this.slots.length - 1;
    let at = Math.imul(low ^ (high << 7) ^ (high >>> 11), 0x9e3779b1);
    at = (at ^ (at >>> 15)) & mask;
    for (;;) {
      const id = this.slots[at] as number;
      if (id < 0 || (this.lows[id] === low && this.highs[id] === high)) return at;
      at = (at + 1) & mask;
    }
  }

  private grow(): void {
    const { lows, highs, size } = this;
    this.slots = new Int32Array(this.slots.length * 2).fill(-1);
    this.lows = new Int32Array(this.slots.length / 2);
    this.highs = new Int32Array(this.slots.length / 2);
    this.lows.set(lows);
    this.highs.set(highs);
    for (let id = 0; id < size; id++) this.slots[this.place(lows[id] as number, highs[id] as number)] = id;
  }
}
