import { renderSize } from '../../base/size.ts';
import { hex, highHalf, lowHalf } from '../../base/word.ts';
import { addressOfHalves, entrySize, GRANULE, isTableEntry, TABLE_ENTRIES } from '../../soc/lpae.ts';
import type { TableMemory } from '../../soc/table-memory.ts';
import { defineEvent } from '../define-event.ts';
import { address, integer, optional, symbol, word } from '../field.ts';

export const pageTableCreated = defineEvent({
  kind: 'page_table.created',
  doc: 'A translation table was allocated for an address space; all its entries are zero.',
  fields: {
    root_pa: address('volatile', 'Physical address of the root table'),
    stage: integer('identity', 'Stage: 1 or 2'),
    address_bits: integer('value', 'Bits of input address'),
    start_level: integer('value', 'Level that a walk starts at'),
    owner: symbol('identity', 'Who owns it: `linux`, `hypervisor`'),
    space: optional(symbol('identity', 'Address space that it defines, as `mapping.created` names it')),
  },
  render: (e) =>
    `stage-${e.stage} table at ${hex(e.root_pa)}${e.space === null ? '' : ` for ${e.space}`}, ${e.address_bits} bits from level ${e.start_level}, of ${e.owner}`,
  reduce: (state, e, envelope) => {
    const { stage, address_bits, start_level, owner, space } = e;
    const since = envelope.seq;
    state.told.tables = true;
    state.pageTables.set(e.root_pa, { stage, address_bits, start_level, owner, space, since });
    clearRoot(state.tableMemory, e);
  },
});

export const pageTableEntryWritten = defineEvent({
  kind: 'page_table.entry_written',
  doc: 'One descriptor of a translation table changed. One that points to another table than before means that the other was just allocated, and is zero.',
  fields: {
    table_pa: address('volatile', 'Physical address of the table'),
    index: integer('identity', 'Index in the table'),
    level: integer('identity', 'Level of the table'),
    old: word('value', 'Descriptor before'),
    new: word('value', 'Descriptor after'),
    iova: address('identity', 'First input address that the entry translates'),
  },
  render: (e) =>
    `entry ${hex(e.table_pa)}[${e.index}] level ${e.level} iova ${hex(e.iova)}: ${hex(e.old)} -> ${hex(e.new)}`,
  reduce: (state, e) => {
    writeEntryTo(state.tableMemory, e);
  },
  reduceColumns: (state, columns) => {
    const tablePa = columns.numbers('table_pa');
    const index = columns.numbers('index');
    const level = columns.numbers('level');
    const { high, low } = columns.words('new');
    let current = 0;
    // Few entries point to a table: a chunk without such needs not even be asked what was there before.
    const before = () => {
      const old = columns.words('old');
      return pointedTable(level[current] as number, old.high[current] as number, old.low[current] as number);
    };
    return (row) => {
      current = row;
      writeEntry(
        state.tableMemory,
        tablePa[row] as number,
        index[row] as number,
        level[row] as number,
        high[row] as number,
        low[row] as number,
        before,
      );
    };
  },
});

/** What is told when the words of tables change: {@link TableMemory}, and whoever else keeps them. */
export type TableWords = Pick<TableMemory, 'clear' | 'writeHalves'>;

interface RootPayload {
  readonly root_pa: number;
  readonly address_bits: number;
  readonly start_level: number;
}

interface EntryPayload {
  readonly table_pa: number;
  readonly index: number;
  readonly level: number;
  readonly old: bigint;
  readonly new: bigint;
}

/** Zeroes the entries of a root table that was just allocated. */
export function clearRoot(words: TableWords, e: RootPayload): void {
  const entries = Math.ceil(2 ** e.address_bits / entrySize(e.start_level));
  if (isTablePlace(e.root_pa) && entries <= ROOT_ENTRIES_MAX) words.clear(e.root_pa, entries * 8);
}

/** Writes a descriptor, and zeroes the table that it points to where that is new. */
export function writeEntryTo(words: TableWords, e: EntryPayload): void {
  const before = () => pointedTable(e.level, highHalf(e.old), lowHalf(e.old));
  writeEntry(words, e.table_pa, e.index, e.level, highHalf(e.new), lowHalf(e.new), before);
}

/** `before` tells which table the entry pointed to until now. */
function writeEntry(
  words: TableWords,
  tablePa: number,
  index: number,
  level: number,
  high: number,
  low: number,
  before: () => number,
): void {
  if (!isTablePlace(tablePa) || index < 0 || index >= ROOT_ENTRIES_MAX) return;
  const child = pointedTable(level, high, low);
  if (child !== NO_TABLE && child !== before()) words.clear(child, GRANULE);
  words.writeHalves(tablePa + index * 8, high, low);
}

export const pageTablePagesMapped = defineEvent({
  kind: 'page_table.pages_mapped',
  doc: 'One call that writes leaf entries of one size (kprobe on arm_lpae_map_pages).',
  fields: {
    iova: address('identity', 'First input address'),
    pa: address('value', 'First output address'),
    page_size: size4k('Bytes of one leaf'),
    count: integer('value', 'Number of leaves'),
    protection: optional(
      integer('value', 'IOMMU_* bits: 1 read, 2 write, 4 cache, 8 noexec, 16 mmio, 32 priv', 'hex'),
    ),
  },
  render: (e) =>
    `map ${e.count} x ${renderSize(e.page_size)} iova ${hex(e.iova)} -> ${hex(e.pa)} ${renderIommuProtection(e.protection)}`,
});

export const pageTablePagesUnmapped = defineEvent({
  kind: 'page_table.pages_unmapped',
  doc: 'One call that clears leaf entries of one size (kprobe on arm_lpae_unmap_pages).',
  fields: {
    iova: address('identity', 'First input address'),
    page_size: size4k('Bytes of one leaf'),
    count: integer('value', 'Number of leaves'),
  },
  render: (e) => `unmap ${e.count} x ${renderSize(e.page_size)} iova ${hex(e.iova)}`,
});

export const pageTableTlbInvalidated = defineEvent({
  kind: 'page_table.tlb_invalidated',
  doc: 'Cached translations were thrown away.',
  fields: {
    scope: symbol('identity', '`address`, `asid`, `vmid` or `all`'),
    asid: optional(integer('volatile', 'ASID')),
    iova: optional(address('identity', 'First input address')),
    size: optional(integer('value', 'Bytes', 'size')),
  },
  render: (e) =>
    `TLB invalidate ${e.scope}${e.iova === null ? '' : ` iova ${hex(e.iova)}`}${e.size === null ? '' : ` + ${renderSize(e.size)}`}`,
});

export const pageTableDestroyed = defineEvent({
  kind: 'page_table.destroyed',
  doc: 'A translation table was freed.',
  fields: { root_pa: address('volatile', 'Physical address of the root table') },
  render: (e) => `table at ${hex(e.root_pa)} freed`,
  reduce: (state, e) => {
    state.told.tables = true;
    // Its words stay: memory that was freed keeps its content until somebody writes it.
    state.pageTables.delete(e.root_pa);
  },
});

/** Sixteen tables side by side are the largest root that there is. */
const ROOT_ENTRIES_MAX = 16 * TABLE_ENTRIES;

/** Whether a table can lie at an address: what a damaged source says may be any number. */
function isTablePlace(pa: number): boolean {
  return pa >= 0 && pa % 8 === 0;
}

export const NO_TABLE = -1;

/** Table that an entry points to; {@link NO_TABLE} for any other entry. */
export function pointedTable(level: number, high: number, low: number): number {
  return level >= 0 && isTableEntry(level, low) ? addressOfHalves(high, low) : NO_TABLE;
}

function size4k(doc: string) {
  return integer('identity', doc, 'size');
}

/** `rw`, `r- cache`: the IOMMU_* bits of include/linux/iommu.h; `prot ?` when the probe did not fetch them. */
export function renderIommuProtection(bits: number | null): string {
  if (bits === null) return 'prot ?';
  const words = [`${bits & 1 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}`];
  if (bits & 4) words.push('cache');
  if (bits & 8) words.push('noexec');
  if (bits & 16) words.push('mmio');
  if (bits & 32) words.push('priv');
  return words.join(' ');
}
