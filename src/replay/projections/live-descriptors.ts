import { signedFromHalves } from '../../base/word.ts';
import { addressOfHalves, type DescriptorKind, entrySize, kindOfLow, LAST_LEVEL } from '../../soc/lpae.ts';
import type { Moment } from './lifetime.ts';
import { WordIndex } from './word-index.ts';

/** A descriptor that is there, or was until now. */
export interface DescriptorLife {
  readonly space: string | null;
  readonly table_pa: number;
  readonly index: number;
  readonly pa: number;
  readonly level: number;
  readonly iova: number;
  readonly value: number | bigint;
  readonly kind: DescriptorKind;
  readonly output_pa: number | null;
  readonly from_seq: number;
  readonly from_t_ns: number | null;
}

/** What an event says of the descriptor that it writes, beside its value. */
export interface WrittenPlace {
  readonly space: string | null;
  readonly table_pa: number;
  readonly level: number;
  readonly iova: number;
}

type OnEnded = (ended: DescriptorLife) => void;

/**
 * The descriptors that are there, each with who wrote it. Boots write millions of them, so they are numbered and kept
 * in columns: some 70 bytes for each that is there at a time.
 */
export class LiveDescriptors {
  private readonly index = new WordIndex((number) => this.pa[number] as number);
  private readonly spaces: (string | null)[] = [null];
  private readonly spaceIds = new Map<string | null, number>([[null, 0]]);
  /** Numbers to be used again. Number 0 stands for none. */
  private spare = new Int32Array(0);
  private spareCount = 0;
  private used = 1;
  private capacity = 0;
  private high = new Uint32Array(0);
  private low = new Uint32Array(0);
  private fromSeq = new Float64Array(0);
  private fromTime = new Float64Array(0);
  /** Address of the word; NaN for a number that is spare. */
  private pa = new Float64Array(0);
  private tablePa = new Float64Array(0);
  private level = new Float64Array(0);
  private iova = new Float64Array(0);
  private space = new Int32Array(0);

  /** Ends what was in a word, if anything was, and begins what is there now, unless that is 0. */
  write(pa: number, high: number, low: number, place: WrittenPlace, moment: Moment, onEnded: OnEnded): void {
    this.end(pa, onEnded);
    if (high === 0 && low === 0) return;
    const number = this.takeNumber();
    this.high[number] = high;
    this.low[number] = low;
    this.fromSeq[number] = moment.seq;
    this.fromTime[number] = moment.t_ns ?? Number.NaN;
    this.tablePa[number] = place.table_pa;
    this.level[number] = place.level;
    this.iova[number] = place.iova;
    this.space[number] = this.spaceId(place.space);
    this.pa[number] = pa;
    this.index.add(pa, number);
  }

  /** Ends what is in the words of a range. */
  clear(pa: number, bytes: number, onEnded: OnEnded): void {
    for (let position = pa; position < pa + bytes; position += 8) this.end(position, onEnded);
  }

  /** Those that are there, in an order that is always the same for the same writes. */
  *[Symbol.iterator](): Generator<DescriptorLife> {
    for (let number = 1; number < this.used; number++) {
      const pa = this.pa[number] as number;
      if (!Number.isNaN(pa)) yield this.lifeOf(pa, number);
    }
  }

  private end(pa: number, onEnded: OnEnded): void {
    const number = this.index.find(pa);
    if (number === 0) return;
    onEnded(this.lifeOf(pa, number));
    this.index.remove(pa);
    this.pa[number] = Number.NaN;
    this.spare[this.spareCount++] = number;
  }

  private spaceId(space: string | null): number {
    let id = this.spaceIds.get(space);
    if (id === undefined) {
      id = this.spaces.length;
      this.spaces.push(space);
      this.spaceIds.set(space, id);
    }
    return id;
  }

  private takeNumber(): number {
    if (this.spareCount > 0) return this.spare[--this.spareCount] as number;
    if (this.used >= this.capacity) this.grow();
    return this.used++;
  }

  private grow(): void {
    this.capacity = Math.max(1024, 2 * this.capacity);
    const { capacity } = this;
    this.spare = grown(this.spare, new Int32Array(capacity));
    this.high = grown(this.high, new Uint32Array(capacity));
    this.low = grown(this.low, new Uint32Array(capacity));
    this.fromSeq = grown(this.fromSeq, new Float64Array(capacity));
    this.fromTime = grown(this.fromTime, new Float64Array(capacity));
    this.pa = grown(this.pa, new Float64Array(capacity));
    this.tablePa = grown(this.tablePa, new Float64Array(capacity));
    this.level = grown(this.level, new Float64Array(capacity));
    this.iova = grown(this.iova, new Float64Array(capacity));
    this.space = grown(this.space, new Int32Array(capacity));
  }

  private lifeOf(pa: number, number: number): DescriptorLife {
    const high = this.high[number] as number;
    const low = this.low[number] as number;
    const level = this.level[number] as number;
    const table_pa = this.tablePa[number] as number;
    const fromTime = this.fromTime[number] as number;
    // At a level that there is none of, which a damaged source may tell, nothing is translated.
    const kind = level >= 0 && level <= LAST_LEVEL ? kindOfLow(level, low) : 'invalid';
    return {
      space: this.spaces[this.space[number] as number] ?? null,
      table_pa,
      index: (pa - table_pa) / 8,
      pa,
      level,
      iova: this.iova[number] as number,
      value: signedFromHalves(high, low),
      kind,
      output_pa: outputOf(kind, level, high, low),
      from_seq: this.fromSeq[number] as number,
      from_t_ns: Number.isNaN(fromTime) ? null : fromTime,
    };
  }
}

/** Address of the next table, or of what a leaf translates to: bits below the size of a block are no address bits. */
function outputOf(kind: DescriptorKind, level: number, high: number, low: number): number | null {
  if (kind === 'invalid') return null;
  const address = addressOfHalves(high, low);
  return kind === 'block' ? address - (address % entrySize(level)) : address;
}

function grown<T extends Int32Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
