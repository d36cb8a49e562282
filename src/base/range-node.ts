const PAGE = 4096;

/** Page numbers up to which the engine's 32-bit operations are exact. */
const SMALL_PAGES = 2 ** 31;

/**
 * Where a range of addresses is filed: the middle of the smallest block that holds all its pages, of the blocks whose
 * size is a power of two and whose address is a multiple of that size.
 *
 * An address x lies in one block of each size, and their middles are `((x >> n) | 1) << n` for n from 11, a page, on.
 * So an ordinary index over the nodes finds what covers an address, however large it is and wherever it begins (the
 * relational interval tree of Kriegel, Pötke and Seidl, VLDB 2000). Ranges of more than a page with one node all
 * contain it: where ranges do not overlap, there is at most one at a time.
 *
 * Only a damaged source tells a range that begins below 0; one that also reaches 0 is in no block, and filed under 0.
 */
export function rangeNode(start: number, size: number): number {
  const first = Math.floor(start / PAGE);
  const last = Math.max(first, Math.ceil((start + size) / PAGE) - 1);
  if (first >= 0 && last < SMALL_PAGES) {
    const bits = 32 - Math.clz32(first ^ last);
    return middleOf(Math.floor(first / 2 ** bits), 2 ** bits);
  }
  if (first < 0 && last >= 0) return 0;
  for (let pages = 1; ; pages *= 2) {
    const block = Math.floor(first / pages);
    if (block === Math.floor(last / pages)) return middleOf(block, pages);
  }
}

function middleOf(block: number, pages: number): number {
  return (2 * block + 1) * pages * (PAGE / 2);
}
