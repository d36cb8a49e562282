import type { BootEvent } from '../events/catalog.ts';

/**
 * Lanes that are about the machine as a whole, in the order in which a report shows them. Every other lane
 * is named after what its events are about: a remote processor, the secure channel manager, a device.
 */
const FIXED_LANES = ['boot', 'memory', 'scm', 'smmu'] as const;

/** Lanes whose differences rarely mean anything by themselves: counted, and shown only when asked for. */
const BACKGROUND_LANES = ['dma', 'page tables', 'probes', 'log'] as const;

/** The lane of an event; undefined for what says nothing about the boot itself. */
export function laneOf(event: BootEvent): string | undefined {
  const dot = event.kind.indexOf('.');
  const family = event.kind.slice(0, dot);
  switch (family) {
    case 'boot':
      return event.kind === 'boot.started' || event.kind === 'boot.finished' ? undefined : 'boot';
    case 'log':
      return 'log';
    case 'trace':
      return event.kind === 'trace.hit' ? 'probes' : undefined;
    case 'page_table':
      return 'page tables';
    case 'memory':
      return event.kind === 'memory.region_reserved' ? 'memory' : (event.subject ?? 'memory');
    case 'mapping':
      return event.subject ?? 'dma';
    case 'smmu':
      return event.kind === 'smmu.described' ? 'smmu' : (event.subject ?? 'smmu');
    case 'devicetree':
      return 'boot';
    default:
      return event.subject ?? 'scm';
  }
}

export function isBackground(lane: string): boolean {
  return (BACKGROUND_LANES as readonly string[]).includes(lane);
}

/** Fixed lanes first, then the others by name, background last. */
export function compareLanes(a: string, b: string): number {
  return rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0);
}

function rank(lane: string): number {
  const fixed = (FIXED_LANES as readonly string[]).indexOf(lane);
  if (fixed >= 0) return fixed;
  const background = (BACKGROUND_LANES as readonly string[]).indexOf(lane);
  return background >= 0 ? 1000 + background : 100;
}
