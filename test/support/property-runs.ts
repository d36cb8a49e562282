/** Runs of a property whose single run is dear: `count`, or FC_NUM_RUNS for a longer search. */
export function propertyRuns(count: number): number {
  const wanted = Number(process.env['FC_NUM_RUNS']);
  return Number.isSafeInteger(wanted) && wanted > 0 ? wanted : count;
}
