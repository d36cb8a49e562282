/** A range of addresses that may come to its end while it is indexed. */
export interface IndexedRange {
  readonly iova: number;
  readonly size: number;
  readonly isLive: boolean;
}

/** Ranges in a block when it is made; it splits when it has twice as many. */
const BLOCK_RANGES = 256;

interface Block<T> {
  readonly ranges: T[];
  /** No range of the block ends after this. */
  end: number;
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
    if (this.deadCount > 4 * BLOCK_RANGES && this.deadCount * 2 > this.sortedCount + this.fresh.length)
      this.sweep();
  }

  /** Live ranges that share an address with `[start, end)`, by first address. */
  overlapping(start: number, end: number): T[] {
    this.sortFresh();
    const found: T[] = [];
    for (const block of this.blocks) {
      if ((block.ranges[0] as T).iova >= end) break;
      if (block.end <= start) continue;
      for (const range of block.ranges) {
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
    for (let i = 0; i < ranges.length; i += BLOCK_RANGES)
      this.blocks.push(blockOf(ranges.slice(i, i + BLOCK_RANGES)));
    this.sortedCount = ranges.length;
  }

  private insert(range: T): void {
    const at = Math.max(0, countUpTo(this.blocks, range.iova, (block) => (block.ranges[0] as T).iova) - 1);
    const block = this.blocks[at] as Block<T>;
    block.ranges.splice(
      countUpTo(block.ranges, range.iova, (other) => other.iova),
      0,
      range,
    );
    block.end = Math.max(block.end, range.iova + range.size);
    this.sortedCount++;
    if (block.ranges.length < 2 * BLOCK_RANGES) return;
    const half = block.ranges.length >> 1;
    this.blocks.splice(at, 1, blockOf(block.ranges.slice(0, half)), blockOf(block.ranges.slice(half)));
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

function blockOf<T extends IndexedRange>(ranges: T[]): Block<T> {
  return { ranges, end: ranges.reduce((end, range) => Math.max(end, range.iova + range.size), 0) };
}

/** How many items of a sorted list have a key of at most `limit`. */
function countUpTo<Item>(items: readonly Item[], limit: number, keyOf: (item: Item) => number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keyOf(items[middle] as Item) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
