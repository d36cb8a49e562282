/** A value of a column of numbers, in which NaN stands for null. */
export function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
