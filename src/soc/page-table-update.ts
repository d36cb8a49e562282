import { present } from '../base/assert.ts';
import { hex } from '../base/word.ts';
import {
  descriptorAddress,
  descriptorKind,
  encodeLeaf,
  encodeTable,
  entryIndex,
  entrySize,
  GRANULE,
  IOMMU_READ,
  IOMMU_WRITE,
  LAST_LEVEL,
  LEAF_SIZES,
  TABLE_ENTRIES,
} from './lpae.ts';
import { nextPageRun } from './page-run.ts';
import type { ReadWord, WalkedTable } from './walk.ts';

const ENOMEM = -12;
const EEXIST = -17;
const EINVAL = -22;
const ERANGE = -34;

/** A table that Linux maps into, and the memory that it lies in. */
export interface UpdatedTable extends WalkedTable {
  readonly outputBits: number;
  /** Whether the walker snoops the caches; else entries that point to tables are marked. */
  readonly isCoherent: boolean;
  readonly read: ReadWord;
}

/** Gives the physical address of a page for a next-level table; undefined when there is no memory. */
export type AllocateTable = () => number | undefined;

/** One descriptor that changes. */
export interface DescriptorWrite {
  readonly tablePa: number;
  readonly index: number;
  readonly level: number;
  readonly old: bigint;
  readonly new: bigint;
  /** First input address that the entry translates. */
  readonly iova: number;
}

/** One call of arm_lpae_map_pages or arm_lpae_unmap_pages. */
export interface UpdateCall {
  readonly iova: number;
  readonly pageSize: number;
  /** Pages that the call was asked for: what a probe on its entry sees. */
  readonly count: number;
  /** Pages that it did: it stops at the end of the last table that it reached. */
  readonly done: number;
  readonly writes: readonly DescriptorWrite[];
  /** Tables that it freed, children first: of a block that replaces a table, or an unmapped table entry. */
  readonly freed: readonly number[];
}

export interface MapCall extends UpdateCall {
  readonly pa: number;
  /** 0, or the negative error number that the call returned. */
  readonly errno: number;
}

export interface MapPlan {
  readonly calls: readonly MapCall[];
  /** Bytes mapped before the error, if there was one: what the tracepoint iommu:map says. */
  readonly mapped: number;
  /** 0, or the negative error number that iommu_map returns. */
  readonly errno: number;
  /** What iommu_map undoes after an error; null where it had begun nothing. Applies after `calls`. */
  readonly rollBack: UnmapPlan | null;
}

/** Why an unmap stopped before its end; each but `unaligned` is a WARN. */
export type UnmapStop = 'unaligned' | 'out-of-range' | 'hole' | 'partial-block';

export interface UnmapPlan {
  readonly calls: readonly UpdateCall[];
  /** Bytes unmapped, which iommu_unmap returns. */
  readonly unmapped: number;
  readonly stopped: UnmapStop | null;
}

export interface MapRequest {
  readonly iova: number;
  readonly pa: number;
  readonly size: number;
  /** IOMMU_* bits. */
  readonly protection: number;
}

/** What iommu_map (drivers/iommu/iommu.c) does to a table. Nothing is written: the plan says what to write. */
export function planMap(table: UpdatedTable, request: MapRequest, allocate: AllocateTable): MapPlan {
  const { iova, pa, size, protection } = request;
  if (iova % GRANULE !== 0 || pa % GRANULE !== 0 || size % GRANULE !== 0) {
    return { calls: [], mapped: 0, errno: EINVAL, rollBack: null };
  }
  const draft = new Draft(table);
  const calls: MapCall[] = [];
  let mapped = 0;
  while (mapped < size) {
    const run = nextPageRun(LEAF_SIZES, iova + mapped, pa + mapped, size - mapped);
    const call = mapPages(draft, { iova: iova + mapped, pa: pa + mapped, ...run, protection }, allocate);
    calls.push(call);
    mapped += call.done * call.pageSize;
    if (call.errno !== 0)
      return { calls, mapped, errno: call.errno, rollBack: unmapWith(draft, iova, mapped) };
  }
  return { calls, mapped, errno: 0, rollBack: null };
}

/** What iommu_unmap (drivers/iommu/iommu.c) does to a table. Nothing is written: the plan says what to write. */
export function planUnmap(table: UpdatedTable, request: { iova: number; size: number }): UnmapPlan {
  return unmapWith(new Draft(table), request.iova, request.size);
}

function unmapWith(draft: Draft, iova: number, size: number): UnmapPlan {
  if (iova % GRANULE !== 0 || size % GRANULE !== 0) return { calls: [], unmapped: 0, stopped: 'unaligned' };
  const calls: UpdateCall[] = [];
  let unmapped = 0;
  while (unmapped < size) {
    const at = iova + unmapped;
    const run = nextPageRun(LEAF_SIZES, at, at, size - unmapped);
    const { stopped, ...call } = unmapPages(draft, at, run.pageSize, run.count);
    calls.push(call);
    if (call.done === 0) return { calls, unmapped, stopped };
    unmapped += call.done * call.pageSize;
  }
  return { calls, unmapped, stopped: null };
}

interface PagesToMap {
  readonly iova: number;
  readonly pa: number;
  readonly pageSize: number;
  readonly count: number;
  readonly protection: number;
}

/** arm_lpae_map_pages and __arm_lpae_map. */
function mapPages(draft: Draft, pages: PagesToMap, allocate: AllocateTable): MapCall {
  const { iova, pa, pageSize, count, protection } = pages;
  const { table } = draft;
  const result = (done: number, errno: number) => ({
    ...{ iova, pa, pageSize, count, done, errno },
    ...draft.take(),
  });
  if (iova >= 2 ** table.inputBits || pa >= 2 ** table.outputBits) return result(0, ERANGE);
  if ((protection & (IOMMU_READ | IOMMU_WRITE)) === 0) return result(0, EINVAL);
  let tablePa = table.rootPa;
  for (let level = table.startLevel; level <= LAST_LEVEL; level++) {
    const index = entryIndex(iova, level, table.startLevel);
    if (entrySize(level) === pageSize) {
      const done = Math.min(count, entriesLeft(table, level, index));
      const errno = installLeaves(draft, { tablePa, index, level, done }, pages);
      return result(errno === 0 ? done : 0, errno);
    }
    // No table hangs below the last level: the size is none of this table's.
    if (level === LAST_LEVEL) break;
    const entry = draft.read(tablePa, index);
    switch (descriptorKind(level, entry)) {
      case 'table':
        tablePa = descriptorAddress(entry);
        break;
      case 'invalid': {
        const child = allocate();
        if (child === undefined) return result(0, ENOMEM);
        draft.zero(child);
        draft.write(tablePa, index, level, encodeTable(child, table.isCoherent), iova);
        tablePa = child;
        break;
      }
      default:
        return result(0, EEXIST);
    }
  }
  return result(0, EINVAL);
}

interface Leaves {
  readonly tablePa: number;
  readonly index: number;
  readonly level: number;
  readonly done: number;
}

/** arm_lpae_init_pte: looks at all entries before it writes the first, and frees tables that blocks replace. */
function installLeaves(draft: Draft, leaves: Leaves, pages: PagesToMap): number {
  const { tablePa, index, level, done } = leaves;
  for (let i = 0; i < done; i++) {
    const old = draft.read(tablePa, index + i);
    const kind = descriptorKind(level, old);
    if (kind === 'block' || kind === 'page') return EEXIST;
    if (kind === 'table') {
      draft.write(tablePa, index + i, level, 0n, pages.iova + i * pages.pageSize);
      draft.free(level + 1, descriptorAddress(old));
    }
  }
  for (let i = 0; i < done; i++) {
    const offset = i * pages.pageSize;
    const leaf = encodeLeaf(draft.table.stage, level, pages.pa + offset, pages.protection);
    draft.write(tablePa, index + i, level, leaf, pages.iova + offset);
  }
  return 0;
}

/** arm_lpae_unmap_pages and __arm_lpae_unmap. */
function unmapPages(
  draft: Draft,
  iova: number,
  pageSize: number,
  count: number,
): UpdateCall & { stopped: UnmapStop | null } {
  const { table } = draft;
  const result = (done: number, stopped: UnmapStop | null) => ({
    ...{ iova, pageSize, count, done, stopped },
    ...draft.take(),
  });
  if (iova >= 2 ** table.inputBits) return result(0, 'out-of-range');
  let tablePa = table.rootPa;
  for (let level = table.startLevel; level <= LAST_LEVEL; level++) {
    const index = entryIndex(iova, level, table.startLevel);
    const entry = draft.read(tablePa, index);
    const kind = descriptorKind(level, entry);
    if (kind === 'invalid') return result(0, 'hole');
    if (entrySize(level) === pageSize) {
      const done = clearEntries(
        draft,
        { tablePa, index, level, done: Math.min(count, entriesLeft(table, level, index)) },
        iova,
      );
      return result(done, null);
    }
    if (kind !== 'table') return result(0, 'partial-block');
    tablePa = descriptorAddress(entry);
  }
  return result(0, 'hole');
}

/** Clears entries up to the first hole; what hangs under one that points to a table goes with it. */
function clearEntries(draft: Draft, entries: Leaves, iova: number): number {
  const { tablePa, index, level, done } = entries;
  for (let i = 0; i < done; i++) {
    const old = draft.read(tablePa, index + i);
    const kind = descriptorKind(level, old);
    if (kind === 'invalid') return i;
    draft.write(tablePa, index + i, level, 0n, iova + i * entrySize(level));
    if (kind === 'table') draft.free(level + 1, descriptorAddress(old));
  }
  return done;
}

/**
 * Entries from an index to the end of its table (arm_lpae_max_entries); of tables that are concatenated, to the end
 * of the one. A root with fewer entries ends there (model assumption: Linux would write beyond it).
 */
function entriesLeft(table: UpdatedTable, level: number, index: number): number {
  const left = TABLE_ENTRIES - (index % TABLE_ENTRIES);
  if (level !== table.startLevel) return left;
  return Math.min(left, Math.ceil(2 ** table.inputBits / entrySize(level)) - index);
}

/** The table's memory with the changes of a plan on top. */
class Draft {
  readonly table: UpdatedTable;
  private readonly changed = new Map<number, bigint>();
  private writes: DescriptorWrite[] = [];
  private freed: number[] = [];

  constructor(table: UpdatedTable) {
    this.table = table;
  }

  read(tablePa: number, index: number): bigint {
    const pa = tablePa + index * 8;
    const value = this.changed.get(pa) ?? this.table.read(pa);
    return present(value, `a table is to change, and nobody has told what is at ${hex(pa)}`);
  }

  write(tablePa: number, index: number, level: number, word: bigint, iova: number): void {
    const old = this.read(tablePa, index);
    const first = iova - (iova % entrySize(level));
    this.writes.push({ tablePa, index, level, old, new: word, iova: first });
    this.changed.set(tablePa + index * 8, word);
  }

  /** A page that was just allocated, maybe one that this plan freed. */
  zero(tablePa: number): void {
    for (let index = 0; index < TABLE_ENTRIES; index++) this.changed.set(tablePa + index * 8, 0n);
  }

  /** __arm_lpae_free_pgtable: the tables below go first. */
  free(level: number, tablePa: number): void {
    for (let index = 0; level < LAST_LEVEL && index < TABLE_ENTRIES; index++) {
      const entry = this.read(tablePa, index);
      if (descriptorKind(level, entry) === 'table') this.free(level + 1, descriptorAddress(entry));
    }
    this.freed.push(tablePa);
  }

  /** What the call that ends here changed. */
  take(): { writes: DescriptorWrite[]; freed: number[] } {
    const { writes, freed } = this;
    this.writes = [];
    this.freed = [];
    return { writes, freed };
  }
}
