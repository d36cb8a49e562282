import type { BootSource } from './boot-source.ts';
import { collectItems } from './collect-items.ts';
import { compareLane, type LaneComparison } from './compare-lane.ts';
import { type Divergence, findFirstDivergence } from './first-divergence.ts';
import { compareLanes, isMechanism } from './lane.ts';
import { compareObligations, type ObligationAccount } from './obligations.ts';

export interface Comparison {
  readonly lanes: readonly LaneComparison[];
  /** Lanes that were to be ignored, of those that there are. */
  readonly leftOut: readonly string[];
  /** Start by start of each remote processor: who met which duty in either boot. */
  readonly obligations: readonly ObligationAccount[];
  /** The earliest difference in what the boots do; null when there is none. */
  readonly firstDivergence: Divergence | null;
  /** Whether anything differs that is worth an exit code: more than numbers in background lines. */
  readonly differs: boolean;
}

/** Compares two boots. */
export function compareBoots(a: BootSource, b: BootSource): Comparison {
  const ofA = collectItems(a);
  const ofB = collectItems(b);
  const names = [...new Set([...ofA.boot.lanes.keys(), ...ofB.boot.lanes.keys()])].sort(compareLanes);
  const lanes = names.map((lane) => compareLane(lane, ofA.boot, ofB.boot));
  return {
    lanes,
    leftOut: [...new Set([...ofA.leftOut, ...ofB.leftOut])].sort(compareLanes),
    obligations: compareObligations(ofA.starts, ofB.starts),
    firstDivergence: findFirstDivergence(lanes),
    differs: lanes.some(({ lane, background, counts, repeats }) => {
      if (isMechanism(lane)) return false;
      // The order of log lines of different drivers varies, and so do the numbers in them, and how often the kernel
      // says again what it limits: what a line means is compared by itself.
      if (lane === 'log') return counts['only-a'] + counts['only-b'] > repeats;
      if (counts['only-a'] + counts['only-b'] > 0) return true;
      return counts.changed > 0 || (!background && counts.moved > 0);
    }),
  };
}
