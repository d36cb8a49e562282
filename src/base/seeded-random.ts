/**
 * A small deterministic generator (xorshift128): the same seed gives the same numbers on every machine.
 * Nothing in the core draws randomness from anywhere else.
 */
export class SeededRandom {
  private readonly s = new Uint32Array(4);

  constructor(seed: number) {
    // SplitMix32 spreads small seeds over the whole state; an all-zero state would never leave zero.
    let x = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      x = (x + 0x9e3779b9) >>> 0;
      let z = x;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      this.s[i] = (z ^ (z >>> 16)) >>> 0 || 1;
    }
  }

  /** An unsigned 32-bit number. */
  next(): number {
    const s = this.s;
    let t = s[3] as number;
    const x = s[0] as number;
    s[3] = s[2] as number;
    s[2] = s[1] as number;
    s[1] = x;
    t ^= t << 11;
    t ^= t >>> 8;
    s[0] = t ^ x ^ (x >>> 19);
    return s[0] as number;
  }

  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number {
    return this.next() % limit;
  }
}
