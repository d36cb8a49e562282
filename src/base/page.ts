/** The smallest page, of Linux and of the tables that it makes here. */
export const PAGE_SIZE = 4096;

/** The first multiple of `align` from `value` on. */
export function alignUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}

/** The last multiple of `align` up to `value`. */
export function alignDown(value: number, align: number): number {
  return Math.floor(value / align) * align;
}
