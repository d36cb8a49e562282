import { assert } from '../base/assert.ts';
import { GRANULE } from './lpae.ts';

/** Pages of one size that one call of map_pages or unmap_pages is asked for. */
export interface PageRun {
  readonly pageSize: number;
  readonly count: number;
}

/**
 * The next run of pages for a range (iommu_pgsize in drivers/iommu/iommu.c): the biggest page that alignment and
 * size allow; of smaller pages only so many that a bigger one fits next. It does not look at tables: a run may be
 * longer than what is left of one, and the call then does only a part.
 */
export function nextPageRun(pageSizes: number, iova: number, pa: number, size: number): PageRun {
  let pageSize = 0;
  let bigger: number | undefined;
  for (let candidate = GRANULE; candidate <= pageSizes; candidate *= 2) {
    if (Math.floor(pageSizes / candidate) % 2 === 0) continue;
    const fits = candidate <= size && iova % candidate === 0 && pa % candidate === 0;
    if (fits) pageSize = candidate;
    else if (bigger === undefined && pageSize !== 0) bigger = candidate;
    if (!fits) break;
  }
  assert(pageSize !== 0, `no page fits ${size} bytes at ${iova}`);
  let run = size;
  if (bigger !== undefined && iova % bigger === pa % bigger) {
    const offset = bigger - (iova % bigger);
    if (offset + bigger <= size) run = offset;
  }
  return { pageSize, count: Math.floor(run / pageSize) };
}
