/** Where a value is in ascending ones; -1 where it is not. */
export function indexOfSorted(values: Float64Array, wanted: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return values[low] === wanted ? low : -1;
}
