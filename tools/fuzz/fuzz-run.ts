import { SeededRandom } from '../../src/base/seeded-random.ts';
import { type Explanation, explain } from './explanations.ts';
import { type FuzzCase, faultId, tryCase } from './fuzz-case.ts';
import { minimise } from './minimise.ts';
import { randomCase } from './random-case.ts';

/** Faults that together break an invariant, and the smallest boot in which they do. */
export interface Combination {
  readonly invariant: string;
  /** Ids of the faults, without whom and when they befall. */
  readonly faults: readonly string[];
  readonly smallest: FuzzCase;
  readonly detail: string;
  /** Null where it is new. */
  readonly explanation: Explanation | null;
}

interface FuzzOptions {
  readonly seed: number;
  readonly runs: number;
  /** Whether to go on: asked before each run. */
  readonly mayGoOn?: () => boolean;
  readonly onRun?: (run: number) => void;
}

/** Tries random boots. The same seed gives the same boots in the same order. */
export function fuzz({ seed, runs, mayGoOn = () => true, onRun = () => {} }: FuzzOptions): Combination[] {
  const random = new SeededRandom(seed);
  const combinations: Combination[] = [];
  for (let run = 1; run <= runs && mayGoOn(); run++) {
    const fuzzCase = randomCase(random);
    for (const invariant of tryCase(fuzzCase).keys()) {
      if (combinations.some((known) => isShownBy(known, invariant, fuzzCase))) continue;
      const smallest = minimise(fuzzCase, (candidate) => tryCase(candidate).has(invariant));
      const faults = [...new Set(smallest.faults.map(faultId))].sort();
      if (combinations.some((known) => isSame(known, invariant, faults))) continue;
      const detail = tryCase(smallest).get(invariant) ?? '';
      combinations.push({ invariant, faults, smallest, detail, explanation: explain(invariant, smallest) });
    }
    onRun(run);
  }
  return combinations.sort(byInvariantAndFault);
}

/** A boot that has all the faults of a combination, and breaks its invariant, shows nothing new. */
function isShownBy({ invariant, faults }: Combination, broken: string, { faults: given }: FuzzCase): boolean {
  const ids = new Set(given.map(faultId));
  return invariant === broken && faults.every((fault) => ids.has(fault));
}

function isSame(known: Combination, invariant: string, faults: readonly string[]): boolean {
  return known.invariant === invariant && known.faults.join() === faults.join();
}

function byInvariantAndFault(a: Combination, b: Combination): number {
  const number = ({ invariant }: Combination) => Number(/\d+/.exec(invariant)?.[0] ?? 0);
  const key = ({ invariant, faults }: Combination) => `${invariant} ${faults.join()}`;
  return number(a) - number(b) || (key(a) < key(b) ? -1 : 1);
}
