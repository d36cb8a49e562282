/** A range that one `mapping.created` mapped, or what is left of it. */
export interface MappedRange {
  readonly iova: number;
  readonly size: number;
  /** Seq of the event that mapped it. */
  readonly seq: number;
}

/** What is mapped in one address space, in order of addresses. A processor's has few ranges: an array does. */
export class SpaceRanges {
  readonly name: string;
  /** Remote processor that the space is for. */
  readonly subject: string | null;
  private readonly ranges: MappedRange[] = [];

  constructor(name: string, subject: string | null) {
    this.name = name;
    this.subject = subject;
  }

  get isEmpty(): boolean {
    return this.ranges.length === 0;
  }

  /** Seqs of the events that mapped what is mapped. */
  get origins(): number[] {
    return this.ranges.map(({ seq }) => seq);
  }

  add(range: MappedRange): void {
    if (range.size <= 0) return;
    this.ranges.splice(this.countBefore(range.iova), 0, range);
  }

  /** What shares an address with `[start, start + size)`. */
  overlapping(start: number, size: number): MappedRange[] {
    const end = start + size;
    const found: MappedRange[] = [];
    // Ranges that overlap are a violation, so at most one of those before can reach into this one.
    for (let i = Math.max(0, this.countBefore(start) - 1); i < this.ranges.length; i++) {
      const range = this.ranges[i];
      if (range === undefined || range.iova >= end) break;
      if (range.iova + range.size > start) found.push(range);
    }
    return found;
  }

  covers(start: number, size: number): boolean {
    let at = start;
    for (const range of this.overlapping(start, size)) {
      if (range.iova > at) return false;
      at = Math.max(at, range.iova + range.size);
    }
    return at >= start + size;
  }

  remove(start: number, size: number): void {
    const end = start + size;
    for (const range of this.overlapping(start, size)) {
      this.ranges.splice(this.ranges.indexOf(range), 1);
      const rangeEnd = range.iova + range.size;
      if (range.iova < start) this.add({ ...range, size: start - range.iova });
      if (rangeEnd > end) this.add({ ...range, iova: end, size: rangeEnd - end });
    }
  }

  /** Ranges that begin before an address. */
  private countBefore(iova: number): number {
    let low = 0;
    let high = this.ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.ranges[middle]?.iova ?? 0) < iova) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
