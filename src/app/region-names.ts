import { renderBinarySize } from '../base/size.ts';
import { hex } from '../base/word.ts';
import type { BootEvent } from '../events/catalog.ts';
import type { BootDescription } from './describe-history.ts';
import { socOf } from './model-pair.ts';

/** A reserved region that an address of a report lies in. */
export interface NamedRegion {
  readonly address: number;
  /** Node of the device tree. */
  readonly region: string;
  readonly pa: number;
  readonly size: number;
  /** The event that reserved it; null where only the SoC tells: regions of its usual layout. */
  readonly seq: number | null;
}

/** Addresses that mean a place of the machine: what is mapped to itself, bridged, faulted at, or loaded to. */
const ADDRESSES = /\b(?:iova|pa|base|assign)[ =](0x[0-9a-f]+)/g;

/** Kinds that tell whose memory a range is. */
const REGIONS: ReadonlySet<string> = new Set(['memory.region_reserved']);

/**
 * The regions that texts about one boot are about. A kernel log (since Linux 6.3, drivers/of/of_reserved_mem.c) and a
 * simulation tell what was reserved; where a boot
 * tells nothing of that and its SoC is known, the upstream device tree of that has the usual layout.
 */
export function regionsNamedIn(
  texts: readonly string[],
  boot: BootDescription,
  eventsOfKinds: (kinds: ReadonlySet<string>) => Iterable<BootEvent>,
): NamedRegion[] {
  const addresses = new Set(
    texts.flatMap((text) => [...text.matchAll(ADDRESSES)].map(([, address]) => Number(address))),
  );
  if (addresses.size === 0) return [];
  const known: Omit<NamedRegion, 'address'>[] = [];
  for (const event of eventsOfKinds(REGIONS))
    if (event.kind === 'memory.region_reserved') {
      const { name, pa, size } = event.payload;
      known.push({ region: name, pa, size, seq: event.seq });
    }
  if (known.length === 0)
    for (const { name, pa, size } of socOf(boot)?.reservedMemory ?? [])
      known.push({ region: name, pa, size, seq: null });
  const named: NamedRegion[] = [];
  for (const address of addresses) {
    const found = known.find(({ pa, size }) => pa <= address && address < pa + size);
    if (found !== undefined && named.every(({ region }) => region !== found.region))
      named.push({ address, ...found });
  }
  return named;
}

/** `0x94a00000 is in adsp-heap@94a00000 (0x94a00000 + 8 MiB)`. */
export function describeRegion({ address, region, pa, size, seq }: NamedRegion, letter: string): string {
  const range = `${hex(pa)} + ${renderBinarySize(size)}`;
  const source = seq === null ? "by the SoC's usual layout" : `${letter}#${seq}`;
  return `${hex(address)} is in ${region} (${range}, ${source})`;
}
