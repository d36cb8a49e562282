/** What is known of a mapping, in the order in which a snapshot holds it. */
export const WINDOW_FIELDS = ['iova', 'size', 'pa', 'since', 'useId'] as const;

type WindowField = (typeof WINDOW_FIELDS)[number];

/** The mappings that begin in one window, as columns to be filled again and again. */
export class WindowColumns implements Readonly<Record<WindowField, Float64Array>> {
  count = 0;
  iova = new Float64Array(0);
  size = new Float64Array(0);
  pa = new Float64Array(0);
  since = new Float64Array(0);
  /** Index into the uses of the space. */
  useId = new Float64Array(0);

  /** Makes room for so many mappings; what is there may be lost. */
  reserve(count: number): void {
    if (count <= this.iova.length) return;
    for (const field of WINDOW_FIELDS) this[field] = new Float64Array(2 * count);
  }
}
