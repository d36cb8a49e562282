import type { BootEvent } from '../events/catalog.ts';
import { compareLane, type LaneComparison } from './compare-lane.ts';
import { type Divergence, findFirstDivergence } from './first-divergence.ts';
import { collectItems } from './items.ts';
import { compareLanes, isMechanism } from './lane.ts';
import { compareObligations, type ObligationAccount } from './obligations.ts';

export interface Comparison {
  readonly lanes: readonly LaneComparison[];
  /** Start by start of each remote processor: who met which duty in either boot. */
  readonly obligations: readonly ObligationAccount[];
  /** The earliest difference in what the boots do; null when there is none. */
  readonly firstDivergence: Divergence | null;
  /** Whether anything differs that is worth an exit code: more than numbers in background lines. */
  readonly differs: boolean;
}

/** Compares two boots. Each side is a function, because its events are gone through twice. */
export function compareBoots(a: () => Iterable<BootEvent>, b: () => Iterable<BootEvent>): Comparison {
  const itemsA = collectItems(a);
  const itemsB = collectItems(b);
  const names = [...new Set([...itemsA.lanes.keys(), ...itemsB.lanes.keys()])].sort(compareLanes);
  const lanes = names.map((lane) =>
    compareLane(lane, itemsA.lanes.get(lane) ?? [], itemsB.lanes.get(lane) ?? []),
  );
  return {
    lanes,
    obligations: compareObligations(itemsA.starts, itemsB.starts),
    firstDivergence: findFirstDivergence(lanes),
    differs: lanes.some(({ lane, background, counts }) => {
      if (isMechanism(lane)) return false;
      if (counts['only-a'] + counts['only-b'] > 0) return true;
      // The order of log lines of different drivers varies, and so do the numbers in them.
      if (lane === 'log') return false;
      return counts.changed > 0 || (!background && counts.moved > 0);
    }),
  };
}
