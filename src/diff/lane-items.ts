import { isTimed } from './lane.ts';

/** Both halves of a fingerprint. */
export interface Halves {
  readonly low: number;
  readonly high: number;
}

const FIRST_CAPACITY = 64;

/** What one boot did in one lane, in the order of the log: columns, because there may be millions. */
export class LaneItems {
  readonly lane: string;
  count = 0;
  /** The event, or the request of a call. */
  seqs = new Uint32Array(FIRST_CAPACITY);
  /** Fingerprint of what it is and of its outcome: of equal events both halves are equal. */
  lows = new Int32Array(FIRST_CAPACITY);
  highs = new Int32Array(FIRST_CAPACITY);
  /** Fingerprint of what it is, without its outcome. */
  identityLows = new Int32Array(FIRST_CAPACITY);
  identityHighs = new Int32Array(FIRST_CAPACITY);
  /** Which of what there is to say of it is not told: a bit for each, which several may share. */
  gaps = new Uint16Array(FIRST_CAPACITY);
  /** Kinds of the events, by number: what most of them are takes no look at the log. */
  kinds = new Uint16Array(FIRST_CAPACITY);
  /** The event with which a call came back, by index; 0 for none. Only where there are calls. */
  private returns: Uint32Array | undefined;
  /** When each was, and when a call came back; only in lanes of whose steps somebody asks how long they took. */
  private times: Float64Array | undefined;
  private returnTimes: Float64Array | undefined;
  /** Events of other sources that tell the same, by index. */
  readonly witnesses = new Map<number, number[]>();
  /** Indexes of what tells of something that went wrong. */
  readonly failures = new Set<number>();
  /** Sources that told the last item: another one that tells the same is its witness. */
  private lastSource = Number.NaN;
  private moreSources: number[] = [];

  constructor(lane: string) {
    this.lane = lane;
    if (isTimed(lane)) this.times = new Float64Array(FIRST_CAPACITY);
  }

  add(
    seq: number,
    kind: number,
    source: number,
    low: number,
    high: number,
    identityLow: number,
    identityHigh: number,
    gaps: number,
  ): void {
    if (this.count === this.seqs.length) this.grow();
    const index = this.count++;
    this.seqs[index] = seq;
    this.kinds[index] = kind;
    this.lows[index] = low;
    this.highs[index] = high;
    this.identityLows[index] = identityLow;
    this.identityHighs[index] = identityHigh;
    this.gaps[index] = gaps;
    this.lastSource = source;
    if (this.moreSources.length > 0) this.moreSources = [];
  }

  get isTimed(): boolean {
    return this.times !== undefined;
  }

  /** When the last item was; NaN where that is not told. */
  setTime(t_ns: number): void {
    if (this.times !== undefined) this.times[this.count - 1] = t_ns;
  }

  /** Another event of the last item. */
  addWitness(seq: number, source: number): void {
    const index = this.count - 1;
    const witnesses = this.witnesses.get(index);
    if (witnesses === undefined) this.witnesses.set(index, [seq]);
    else witnesses.push(seq);
    this.moreSources.push(source);
  }

  /** The outcome of a call is known. */
  settle(index: number, returnedAt: number, source: number, pair: Halves): void {
    this.lows[index] = pair.low;
    this.highs[index] = pair.high;
    if (this.returns === undefined || index >= this.returns.length) {
      const grown = new Uint32Array(this.seqs.length);
      grown.set(this.returns ?? []);
      this.returns = grown;
    }
    this.returns[index] = returnedAt;
    if (index === this.count - 1 && source !== this.lastSource) this.moreSources.push(source);
  }

  /** When a call came back. */
  setReturnTime(index: number, t_ns: number): void {
    if (this.times === undefined) return;
    if (this.returnTimes === undefined || index >= this.returnTimes.length) {
      const grown = new Float64Array(this.times.length);
      grown.set(this.returnTimes ?? []);
      this.returnTimes = grown;
    }
    this.returnTimes[index] = t_ns;
  }

  get lastSeq(): number {
    return this.seqs[this.count - 1] as number;
  }

  /** Whether the last item is the same. */
  isLast(low: number, high: number): boolean {
    const index = this.count - 1;
    return index >= 0 && this.lows[index] === low && this.highs[index] === high;
  }

  /** The event with which a call came back. */
  returnOf(index: number): number | undefined {
    const seq = this.returns?.[index] ?? 0;
    return seq === 0 ? undefined : seq;
  }

  /** Whether the last item was told by other sources only; what has no source is NaN. */
  isLastFromOthers(source: number): boolean {
    const isOther = (other: number) => other !== source && !Number.isNaN(other);
    return isOther(this.lastSource) && this.moreSources.every(isOther);
  }

  /** NaN where it is not known. */
  timeOf(index: number): number {
    return this.times?.[index] ?? Number.NaN;
  }

  returnTimeOf(index: number): number | undefined {
    return this.returnOf(index) === undefined ? undefined : (this.returnTimes?.[index] ?? Number.NaN);
  }

  isSameThing(index: number, other: LaneItems, otherIndex: number): boolean {
    return (
      this.identityLows[index] === other.identityLows[otherIndex] &&
      this.identityHighs[index] === other.identityHighs[otherIndex]
    );
  }

  /** As much of a fingerprint as fits a number exactly: 53 of its 64 bits. */
  keyAt(index: number): number {
    return keyOf(this.lows[index] as number, this.highs[index] as number);
  }

  /** The same of what it is, without its outcome. */
  identityKeyAt(index: number): number {
    return keyOf(this.identityLows[index] as number, this.identityHighs[index] as number);
  }

  /** The same without some of its items; only by what items are paired by, so without how calls came back. */
  without(omitted: Uint8Array): LaneItems {
    const rest = new LaneItems(this.lane);
    for (let index = 0; index < this.count; index++) {
      if (omitted[index] === 1) continue;
      rest.add(
        this.seqs[index] as number,
        this.kinds[index] as number,
        Number.NaN,
        this.lows[index] as number,
        this.highs[index] as number,
        this.identityLows[index] as number,
        this.identityHighs[index] as number,
        this.gaps[index] as number,
      );
    }
    return rest;
  }

  private grow(): void {
    const capacity = this.seqs.length * 2;
    const grown = <Column extends Int32Array | Uint32Array | Uint16Array | Float64Array>(
      to: Column,
      from: Column,
    ): Column => {
      to.set(from);
      return to;
    };
    this.seqs = grown(new Uint32Array(capacity), this.seqs);
    this.lows = grown(new Int32Array(capacity), this.lows);
    this.highs = grown(new Int32Array(capacity), this.highs);
    this.identityLows = grown(new Int32Array(capacity), this.identityLows);
    this.identityHighs = grown(new Int32Array(capacity), this.identityHighs);
    this.gaps = grown(new Uint16Array(capacity), this.gaps);
    this.kinds = grown(new Uint16Array(capacity), this.kinds);
    if (this.times !== undefined) this.times = grown(new Float64Array(capacity), this.times);
  }
}

function keyOf(low: number, high: number): number {
  return low * 0x20_0000 + (high & 0x1f_ffff);
}
