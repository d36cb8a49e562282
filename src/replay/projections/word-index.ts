/** Words whose slots lie side by side where there is room: what writes a table writes neighbours. */
const BLOCK_WORDS = 8;
const SLOTS_MIN = 1024;

/**
 * Finds a number by the address of a word: open addressing over typed arrays. It holds the numbers only, so that a
 * million words cost 8 to 16 MB; whoever gave the number knows the address of it.
 */
export class WordIndex {
  /** Numbers; 0 is free. */
  private slots = new Int32Array(SLOTS_MIN);
  private count = 0;
  private readonly addressOf: (number: number) => number;

  constructor(addressOf: (number: number) => number) {
    this.addressOf = addressOf;
  }

  /** The number of a word; 0 where it has none. */
  find(address: number): number {
    const { slots } = this;
    const mask = slots.length - 1;
    for (let slot = this.homeOf(address); ; slot = (slot + 1) & mask) {
      const number = slots[slot] as number;
      if (number === 0 || this.addressOf(number) === address) return number;
    }
  }

  /** Adds a number, which is not 0, for a word that has none; {@link addressOf} must know it already. */
  add(address: number, number: number): void {
    if (2 * (this.count + 1) > this.slots.length) this.grow();
    this.count++;
    this.place(address, number);
  }

  /** Takes away the number of a word that has one. */
  remove(address: number): void {
    const { slots } = this;
    const mask = slots.length - 1;
    let hole = this.homeOf(address);
    while (this.addressOf(slots[hole] as number) !== address) hole = (hole + 1) & mask;
    this.count--;
    // Whatever was put further on because this slot was taken moves up, so that no search ends too early.
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const number = slots[slot] as number;
      const home = this.homeOf(this.addressOf(number));
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      slots[hole] = number;
      hole = slot;
    }
    slots[hole] = 0;
  }

  private place(address: number, number: number): void {
    const { slots } = this;
    const mask = slots.length - 1;
    let slot = this.homeOf(address);
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = number;
  }

  private grow(): void {
    const before = this.slots;
    this.slots = new Int32Array(2 * before.length);
    for (const number of before) if (number !== 0) this.place(this.addressOf(number), number);
  }

  private homeOf(address: number): number {
    const word = Math.floor(address / 8);
    const block = Math.floor(word / BLOCK_WORDS);
    const mixed = Math.imul((block | 0) ^ Math.imul(Math.floor(block / 2 ** 32), 0x85eb_ca6b), 0x9e37_79b1);
    const spread = (mixed ^ (mixed >>> 15)) * BLOCK_WORDS;
    return (spread + (word % BLOCK_WORDS)) & (this.slots.length - 1);
  }
}
