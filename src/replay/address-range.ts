import { renderBinarySize } from '../base/size.ts';
import { hex } from '../base/word.ts';
import { renderIommuProtection } from '../events/families/page-table.ts';

/** I/O addresses that lead to memory, in one piece on both sides. */
export interface AddressRange {
  readonly iova: number;
  readonly pa: number;
  readonly size: number;
  /** IOMMU_* bits; null where nobody has told. */
  readonly protection: number | null;
  /** Seq of the event that made its latest part; null where no event says so. */
  readonly since: number | null;
}

/** Joins what follows on each other on both sides with the same protection. The ranges are in order of their addresses. */
export function mergeRanges(ranges: Iterable<AddressRange>): AddressRange[] {
  const merged: AddressRange[] = [];
  let last: AddressRange | undefined;
  for (const range of ranges) {
    if (last !== undefined && follows(last, range)) {
      const since = later(last.since, range.since);
      last = { ...last, size: last.size + range.size, since };
      merged[merged.length - 1] = last;
    } else {
      last = range;
      merged.push(range);
    }
  }
  return merged;
}

/** Parts of ranges that others do not lead to the same memory, with the same protection. */
export function subtractRanges(
  ranges: readonly AddressRange[],
  others: readonly AddressRange[],
): AddressRange[] {
  const covers = new Map<string, AddressRange[]>();
  for (const other of [...others].sort((a, b) => a.iova - b.iova)) {
    const key = translationKey(other);
    const sameWay = covers.get(key);
    if (sameWay === undefined) covers.set(key, [other]);
    else sameWay.push(other);
  }
  return ranges.flatMap((range) => partsOutside(range, covers.get(translationKey(range)) ?? []));
}

/** Parts of a range that no cover holds; the covers are in order of their addresses. */
function partsOutside(range: AddressRange, covers: readonly AddressRange[]): AddressRange[] {
  const parts: AddressRange[] = [];
  const end = range.iova + range.size;
  let position = range.iova;
  for (const cover of covers) {
    if (cover.iova >= end) break;
    if (cover.iova > position) parts.push(partOf(range, position, cover.iova));
    position = Math.max(position, cover.iova + cover.size);
    if (position >= end) return parts;
  }
  parts.push(partOf(range, position, end));
  return parts;
}

function partOf(range: AddressRange, start: number, end: number): AddressRange {
  return { ...range, iova: start, pa: range.pa + (start - range.iova), size: end - start };
}

/** What ranges share that translate alike. */
function translationKey({ iova, pa, protection }: AddressRange): string {
  return `${pa - iova}/${protection}`;
}

function follows(a: AddressRange, b: AddressRange): boolean {
  return a.iova + a.size === b.iova && a.pa + a.size === b.pa && a.protection === b.protection;
}

function later(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

/** `0x95900000-0x97700000`: the end is the first address behind it, as in the kernel's ptdump. */
export function renderIovas({ iova, size }: AddressRange): string {
  return `${hex(iova)}-${hex(iova + size)}`;
}

/** `-> same`, `-> 0x95900000`. */
export function renderTarget({ iova, pa }: AddressRange): string {
  return `-> ${iova === pa ? 'same' : hex(pa)}`;
}

/** ` 30 MiB rw`. */
export function renderExtent({ size, protection }: AddressRange): string {
  return `${renderBinarySize(size).padStart(8)} ${renderIommuProtection(protection)}`;
}
