/** A set of seqs, a bit for each: what was once seen of a long history costs next to no memory. */
export class SeqSet {
  private bits = new Uint8Array(1024);

  add(seq: number): void {
    const at = seq >>> 3;
    if (at >= this.bits.length) {
      const grown = new Uint8Array(Math.max(at + 1, this.bits.length * 2));
      grown.set(this.bits);
      this.bits = grown;
    }
    this.bits[at] = (this.bits[at] as number) | (1 << (seq & 7));
  }

  has(seq: number): boolean {
    const byte = this.bits[Math.floor(seq / 8)];
    return byte !== undefined && ((byte >>> (seq & 7)) & 1) === 1;
  }
}
