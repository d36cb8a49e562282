/** Seed of the runs that everybody makes: a change is judged by what it changed, not by luck. */
const SEED = 20_261_123;

/**
 * Settings of a property whose single run is dear: `count` runs, the same each time. FC_NUM_RUNS asks for a longer
 * search, over other values each time.
 */
export function propertyRuns(count: number): { numRuns: number; seed?: number } {
  const wanted = Number(process.env['FC_NUM_RUNS']);
  return Number.isSafeInteger(wanted) && wanted > 0 ? { numRuns: wanted } : { numRuns: count, seed: SEED };
}
