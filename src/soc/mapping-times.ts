import { SegmentedNumbers } from './segmented-numbers.ts';

/** A time that is kept elsewhere, or not known at all. */
const ELSEWHERE = -(2 ** 31);

/**
 * When mappings were made, in four bytes each: as the distance from the time of an earlier mapping, which is a new one
 * whenever the distance becomes too long. Times rise with the events mostly, so that there are few of those.
 */
export class MappingTimes {
  private readonly distances = new SegmentedNumbers(Int32Array, 1);
  /** The events, by ascending seq, from which on distances are from another time, and the times. */
  private readonly originSeqs: number[] = [];
  private readonly originTimes: number[] = [];
  private readonly elsewhere = new Map<number, number>();

  /** Keeps the time of an entry that was made by the event `seq`. */
  set(entry: number, seq: number, tNs: number | null): void {
    while (entry >= this.distances.capacity) this.distances.grow(ELSEWHERE);
    this.distances.segmentOf(entry)[this.distances.placeOf(entry)] = this.distanceOf(seq, tNs);
    if (this.storedOf(entry) !== ELSEWHERE) return;
    if (tNs === null) this.elsewhere.delete(entry);
    else this.elsewhere.set(entry, tNs);
  }

  /** Null where it is not known. */
  timeOf(entry: number, seq: number): number | null {
    if (entry >= this.distances.capacity) return null;
    const distance = this.storedOf(entry);
    if (distance === ELSEWHERE) return this.elsewhere.get(entry) ?? null;
    return (this.originTimes[this.originOf(seq)] as number) + distance;
  }

  private storedOf(entry: number): number {
    return this.distances.segmentOf(entry)[this.distances.placeOf(entry)] as number;
  }

  /** Begins with a new origin where the time is too far from the last one. */
  private distanceOf(seq: number, tNs: number | null): number {
    if (tNs === null) return ELSEWHERE;
    const distance = tNs - (this.originTimes[this.originOf(seq)] ?? Number.NaN);
    if ((distance | 0) === distance && distance !== ELSEWHERE) return distance;
    if (seq <= (this.originSeqs.at(-1) ?? Number.NEGATIVE_INFINITY)) return ELSEWHERE;
    this.originSeqs.push(seq);
    this.originTimes.push(tNs);
    return 0;
  }

  /** The last origin that is no later than an event; -1 where there is none. */
  private originOf(seq: number): number {
    const { originSeqs } = this;
    let [low, high] = [0, originSeqs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((originSeqs[middle] as number) <= seq) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
