import type { BootEvent } from '../events/catalog.ts';

/** A range of physical memory that means the same on every boot: a carveout or other reserved region. */
interface Region {
  readonly start: number;
  readonly end: number;
}

/**
 * What addresses denote. An address inside a reserved region, or where a processor's firmware goes, is part of
 * what a boot does; any other is where an allocator happened to find room.
 */
export class Regions {
  private readonly regions: Region[] = [];
  /** Merged, in order; made when it is first asked for. */
  private sorted: Region[] | undefined;

  /** Takes in what an event tells about regions. */
  learn(event: BootEvent): void {
    if (event.kind === 'memory.region_reserved' || event.kind === 'pas.memory_set_up') {
      const { pa, size } = event.payload;
      this.regions.push({ start: pa, end: pa + size });
      this.sorted = undefined;
    }
  }

  isKnown(address: number): boolean {
    this.sorted ??= merged(this.regions);
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.sorted[middle] as Region).end <= address) low = middle + 1;
      else high = middle;
    }
    const region = this.sorted[low];
    return region !== undefined && region.start <= address;
  }
}

/** The kinds that tell about regions. */
export const REGION_KINDS: ReadonlySet<string> = new Set(['memory.region_reserved', 'pas.memory_set_up']);

function merged(regions: readonly Region[]): Region[] {
  const result: Region[] = [];
  for (const region of [...regions].sort((x, y) => x.start - y.start)) {
    const last = result.at(-1);
    if (last !== undefined && region.start <= last.end)
      result[result.length - 1] = { start: last.start, end: Math.max(last.end, region.end) };
    else result.push(region);
  }
  return result;
}
