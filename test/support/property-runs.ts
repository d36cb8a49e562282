/** Seed of the runs that everybody makes: a change is judged by what it changed, not by luck. */
const SEED = 20_261_123;

/**
 * The seed of all properties: FC_SEED=random asks for other values each time, FC_SEED=N for those of a failure;
 * FC_NUM_RUNS alone for other values too.
 */
export function propertySeed(): number | undefined {
  const wanted = process.env['FC_SEED'];
  if (wanted === undefined || wanted === '') return wantedRuns() === undefined ? SEED : undefined;
  const seed = Number(wanted);
  return Number.isSafeInteger(seed) ? seed : undefined;
}

/**
 * Settings of a property whose single run is dear: `count` runs, the same each time. FC_NUM_RUNS asks for a longer
 * search, over other values each time.
 */
export function propertyRuns(count: number): { numRuns: number; seed?: number } {
  const numRuns = wantedRuns() ?? count;
  const seed = propertySeed();
  return seed === undefined ? { numRuns } : { numRuns, seed };
}

function wantedRuns(): number | undefined {
  const wanted = Number(process.env['FC_NUM_RUNS']);
  return Number.isSafeInteger(wanted) && wanted > 0 ? wanted : undefined;
}
