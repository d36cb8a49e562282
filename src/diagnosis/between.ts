/** The entries from one seq on and before another; they are in the order of their seqs. */
export function between<Entry extends { readonly seq: number }>(
  entries: readonly Entry[],
  from: number,
  to: number,
): Entry[] {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.seq ?? to) < from) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < entries.length && (entries[end]?.seq ?? to) < to) end++;
  return entries.slice(low, end);
}
