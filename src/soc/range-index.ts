/** A range of addresses that may come to its end while it is indexed. */
export interface IndexedRange {
  readonly iova: number;
  readonly size: number;
  readonly isLive: boolean;
}

/** Ranges in a block when it is made; it splits when it has twice as many. */
const BLOCK_RANGES = 64;

/** Fewest ended ranges that are worth a sweep. */
const SWEEP_AT_LEAST = 1024;

interface Block<T> {
  /** By first address. */
  readonly ranges: T[];
  /** First address of the first range. */
  first: number;
  /** No range of this block, and of those before it, ends after this. */
  reach: number;
}

/**
 * Finds the ranges that overlap others, which may overlap among themselves. Sorting waits until somebody asks:
 * most histories never do, and for them adding a range and seeing it end is as cheap as an array.
 */
export class RangeIndex<T extends IndexedRange> {
  private blocks: Block<T>[] = [];
  /** Added since somebody asked last, in no order. */
  private fresh: T[] = [];
  private sortedCount = 0;
  private deadCount = 0;
  private readonly onDropped: (range: T) => void;

  /** `onDropped` gets each range that has ended once the index no longer refers to it. */
  constructor(onDropped: (range: T) => void) {
    this.onDropped = onDropped;
  }

  add(range: T): void {
    this.fresh.push(range);
  }

  /** To be called for each range that ended, so that the dead never outnumber the living by much. */
  noteEnd(): void {
    this.deadCount++;
    if (this.deadCount > SWEEP_AT_LEAST && this.deadCount * 2 > this.sortedCount + this.fresh.length)
      this.sweep();
  }

  /** Live ranges that share an address with `[start, end)`, by first address. */
  overlapping(start: number, end: number): T[] {
    this.sortFresh();
    const { blocks } = this;
    const stop = countBelow(blocks.length, (index) => (blocks[index] as Block<T>).first < end);
    let from = stop;
    while (from > 0 && (blocks[from - 1] as Block<T>).reach > start) from--;
    const found: T[] = [];
    for (const { ranges } of blocks.slice(from, stop)) {
      for (const range of ranges) {
        if (range.iova >= end) break;
        if (range.isLive && range.iova + range.size > start) found.push(range);
      }
    }
    return found;
  }

  private sortFresh(): void {
    if (this.fresh.length === 0) return;
    // One by one while they are few beside what is sorted already; else all anew.
    if (this.fresh.length * 8 > this.sortedCount) {
      const all = this.blocks.flatMap((block) => block.ranges).concat(this.fresh);
      this.fresh = [];
      this.build(this.keepLive(all));
      return;
    }
    for (const range of this.keepLive(this.fresh)) this.insert(range);
    this.fresh = [];
  }

  private build(ranges: T[]): void {
    ranges.sort((a, b) => a.iova - b.iova);
    this.blocks = [];
    for (let i = 0; i < ranges.length; i += BLOCK_RANGES) {
      this.blocks.push(blockOf(ranges.slice(i, i + BLOCK_RANGES), this.blocks.at(-1)));
    }
    this.sortedCount = ranges.length;
  }

  private insert(range: T): void {
    const { blocks } = this;
    const at = Math.max(
      0,
      countBelow(blocks.length, (index) => (blocks[index] as Block<T>).first <= range.iova) - 1,
    );
    const block = blocks[at] as Block<T>;
    const { ranges } = block;
    ranges.splice(
      countBelow(ranges.length, (index) => (ranges[index] as T).iova <= range.iova),
      0,
      range,
    );
    block.first = Math.min(block.first, range.iova);
    this.sortedCount++;
    const end = range.iova + range.size;
    for (let i = at; i < blocks.length && (blocks[i] as Block<T>).reach < end; i++)
      (blocks[i] as Block<T>).reach = end;
    if (ranges.length < 2 * BLOCK_RANGES) return;
    const left = blockOf(ranges.slice(0, BLOCK_RANGES), blocks[at - 1]);
    blocks.splice(at, 1, left, blockOf(ranges.slice(BLOCK_RANGES), left));
  }

  private sweep(): void {
    this.fresh = this.keepLive(this.fresh);
    if (this.sortedCount > 0) this.build(this.keepLive(this.blocks.flatMap((block) => block.ranges)));
  }

  private keepLive(ranges: readonly T[]): T[] {
    const live: T[] = [];
    for (const range of ranges) {
      if (range.isLive) {
        live.push(range);
      } else {
        this.deadCount--;
        this.onDropped(range);
      }
    }
    return live;
  }
}

function blockOf<T extends IndexedRange>(ranges: T[], before: Block<T> | undefined): Block<T> {
  const reach = ranges.reduce(
    (end, range) => Math.max(end, range.iova + range.size),
    before?.reach ?? Number.NEGATIVE_INFINITY,
  );
  return { ranges, first: (ranges[0] as T).iova, reach };
}

/** How many of the first `count` indexes, which come first, have something that the others have not. */
function countBelow(count: number, isBelow: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBelow(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
