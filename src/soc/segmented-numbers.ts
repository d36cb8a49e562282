type Numbers = Uint32Array | Int32Array | Float64Array;

const SEGMENT_BITS = 14;
const SEGMENT_ENTRIES = 1 << SEGMENT_BITS;
const INITIAL_ENTRIES = 256;

/**
 * Some numbers for each of many entries, in arrays of a fixed length: when there is need of more, nothing is copied and
 * no array is half empty. Only the first grows up to that length, because most that is numbered stays small.
 */
export class SegmentedNumbers<T extends Numbers> {
  /** Entries that there is room for. */
  capacity = 0;
  private readonly Type: new (
    length: number,
  ) => T;
  private readonly width: number;
  private readonly segments: T[] = [];

  /** `width` is how many numbers an entry has. */
  constructor(Type: new (length: number) => T, width: number) {
    this.Type = Type;
    this.width = width;
  }

  /** Where the numbers of an entry are. */
  segmentOf(entry: number): T {
    return this.segments[entry >>> SEGMENT_BITS] as T;
  }

  /** Where in its segment the first of them is. */
  placeOf(entry: number): number {
    return (entry & (SEGMENT_ENTRIES - 1)) * this.width;
  }

  /** Makes room for more entries, whose numbers are `initial`. */
  grow(initial = 0): void {
    const [first] = this.segments;
    const before = this.capacity;
    if (before >= SEGMENT_ENTRIES) {
      this.segments.push(new this.Type(SEGMENT_ENTRIES * this.width));
      this.capacity += SEGMENT_ENTRIES;
    } else {
      this.capacity = Math.max(INITIAL_ENTRIES, 2 * before);
      const larger = new this.Type(this.capacity * this.width);
      if (first !== undefined) larger.set(first);
      this.segments[0] = larger;
    }
    if (initial !== 0) this.segmentOf(before).fill(initial, this.placeOf(before));
  }
}
