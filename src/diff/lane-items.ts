const FIRST_CAPACITY = 64;

/** What one boot did in one lane, in the order of the log: columns, because there may be millions. */
export class LaneItems {
  readonly lane: string;
  count = 0;
  /** The event, or the request of a call. */
  seqs = new Uint32Array(FIRST_CAPACITY);
  /** Equal numbers are equal events: the same thing with the same outcome. */
  ids = new Int32Array(FIRST_CAPACITY);
  /** Fingerprint of what it is, without its outcome. */
  identityLows = new Int32Array(FIRST_CAPACITY);
  identityHighs = new Int32Array(FIRST_CAPACITY);
  /** The event with which a call came back, by index. */
  readonly returns = new Map<number, number>();
  /** Events of other sources that tell the same, by index. */
  readonly witnesses = new Map<number, number[]>();
  /** Indexes of what tells of something that went wrong. */
  readonly failures = new Set<number>();

  constructor(lane: string) {
    this.lane = lane;
  }

  /** Returns its index. */
  add(seq: number, id: number, identityLow: number, identityHigh: number): number {
    if (this.count === this.seqs.length) this.grow();
    const index = this.count++;
    this.seqs[index] = seq;
    this.ids[index] = id;
    this.identityLows[index] = identityLow;
    this.identityHighs[index] = identityHigh;
    return index;
  }

  isSameThing(index: number, other: LaneItems, otherIndex: number): boolean {
    return (
      this.identityLows[index] === other.identityLows[otherIndex] &&
      this.identityHighs[index] === other.identityHighs[otherIndex]
    );
  }

  private grow(): void {
    const capacity = this.seqs.length * 2;
    const grown = <Column extends Int32Array | Uint32Array>(to: Column, from: Column): Column => {
      to.set(from);
      return to;
    };
    this.seqs = grown(new Uint32Array(capacity), this.seqs);
    this.ids = grown(new Int32Array(capacity), this.ids);
    this.identityLows = grown(new Int32Array(capacity), this.identityLows);
    this.identityHighs = grown(new Int32Array(capacity), this.identityHighs);
  }
}
