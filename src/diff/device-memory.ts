import { remoteProcessorOfRegion } from '../soc/remote-processor.ts';
import { type Held, overlaps, type Range, type Start } from './obligation-start.ts';
import type { DeviceMemory } from './obligations.ts';

/** A mapping for a processor. */
export interface HeldMapping extends Held {
  readonly iova: number;
}

/** A reserved-memory region of the device tree. */
export interface NamedRegion extends Range {
  readonly name: string;
}

/** What of the mappings of a processor is memory beside its firmware. */
export function besideFirmware(
  { images, processor }: Start,
  mapped: readonly HeldMapping[],
  regions: readonly NamedRegion[],
): HeldMapping[] {
  // Without PAS_MEM_SETUP nobody tells where the image lies but the name of its region.
  const carveouts = regions.filter(({ name }) => isCarveoutOf(name, processor));
  const firmware = [...images.values(), ...carveouts];
  return mapped.filter((held) => !firmware.some((range) => overlaps(held, range)));
}

/** Whether a reserved region is for the firmware of a processor (`pil-adsp@95900000`), as against a heap of its clients. */
function isCarveoutOf(region: string, processor: string): boolean {
  return region.startsWith('pil-') && remoteProcessorOfRegion(region) === processor;
}

/** The same, by the names of the regions in it. */
export function nameDeviceMemory(
  devmem: readonly HeldMapping[],
  regions: readonly NamedRegion[],
): DeviceMemory[] {
  return devmem.map((held) => ({
    iova: held.iova,
    pa: held.pa,
    size: held.size,
    region: regions.find((region) => overlaps(held, region))?.name ?? null,
    seq: held.seq,
  }));
}
