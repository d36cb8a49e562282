import type { BootEvent } from '../events/catalog.ts';

/** A range of physical memory that means the same on every boot: a carveout or other reserved region. */
interface Region {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/**
 * What addresses denote. An address inside a reserved region, or where a processor's firmware goes, is part of
 * what a boot does; any other is where an allocator happened to find room.
 */
export class Regions {
  private readonly regions: Region[] = [];

  /** Takes in what an event tells about regions. */
  learn(event: BootEvent): void {
    if (event.kind === 'memory.region_reserved')
      this.add(event.payload.pa, event.payload.size, event.payload.name);
    if (event.kind === 'pas.memory_set_up') {
      this.add(event.payload.pa, event.payload.size, `${event.subject ?? 'firmware'} carveout`);
    }
  }

  isKnown(address: number): boolean {
    return this.regions.some((region) => address >= region.start && address < region.end);
  }

  private add(start: number, size: number, name: string): void {
    const known = this.regions.some((region) => start >= region.start && start + size <= region.end);
    if (!known) this.regions.push({ start, end: start + size, name });
  }
}
