import type { RegionDescription, RemoteprocDescription, SocDescription } from '../soc/description.ts';
import { type InjectedFault, mayBefall } from './faults.ts';

const OVERLAP_BYTES = 0x10_0000;

/** A SoC as its device tree or its driver's match data describe it wrongly. */
export function misdescribed(soc: SocDescription, faults: readonly InjectedFault[]): SocDescription {
  if (faults.length === 0) return soc;
  const hits = (id: string, name: string): boolean => mayBefall(faults, id, name);
  let regions = soc.reservedMemory;
  const move = (name: string, pa: number): void => {
    regions = regions.map((region) => (region.name === name ? { ...region, pa } : region));
  };
  for (const processor of soc.remoteprocs) {
    if (hits('F-22', processor.name)) move(processor.carveout, 2 ** soc.smmu.outputBits);
    const next = neighbourOf(soc, processor);
    if (next !== undefined && hits('F-54', processor.name)) {
      const region = regions.find(({ name }) => name === next.carveout);
      if (region !== undefined) move(processor.carveout, region.pa + region.size - OVERLAP_BYTES);
    }
  }
  if (faults.some(({ id }) => id === 'F-66')) regions = withRuntimeServices(soc, regions);
  const remoteprocs = soc.remoteprocs.map((processor) =>
    hits('F-109', processor.name) ? { ...processor, decryptShutdown: true } : processor,
  );
  return { ...soc, reservedMemory: regions, remoteprocs };
}

/** The core whose node comes next, or the first after the last; undefined where there is only one. */
function neighbourOf(
  soc: SocDescription,
  processor: RemoteprocDescription,
): RemoteprocDescription | undefined {
  if (soc.remoteprocs.length < 2) return undefined;
  return soc.remoteprocs[(soc.remoteprocs.indexOf(processor) + 1) % soc.remoteprocs.length];
}

/** Memory that the boot firmware keeps for its services, over the end of the last core's carveout. */
function withRuntimeServices(
  soc: SocDescription,
  regions: readonly RegionDescription[],
): readonly RegionDescription[] {
  const region = regions.find(({ name }) => name === soc.remoteprocs.at(-1)?.carveout);
  if (region === undefined) return regions;
  const pa = region.pa + region.size - OVERLAP_BYTES;
  const name = `uefi-runtime@${pa.toString(16)}`;
  return [...regions, { name, pa, size: 2 * OVERLAP_BYTES, noMap: true }];
}
