import { renderSize } from '../../base/size.ts';
import { hex } from '../../base/word.ts';
import { defineEvent } from '../define-event.ts';
import { address, integer, optional, symbol, word } from '../field.ts';

export const pageTableCreated = defineEvent({
  kind: 'page_table.created',
  doc: 'A translation table was allocated for an address space.',
  fields: {
    root_pa: address('volatile', 'Physical address of the root table'),
    stage: integer('identity', 'Stage: 1 or 2'),
    address_bits: integer('value', 'Bits of input address'),
    start_level: integer('value', 'Level that a walk starts at'),
    owner: symbol('identity', 'Who owns it: `linux`, `hypervisor`'),
  },
  render: (e) =>
    `stage-${e.stage} table at ${hex(e.root_pa)}, ${e.address_bits} bits from level ${e.start_level}, of ${e.owner}`,
});

export const pageTableEntryWritten = defineEvent({
  kind: 'page_table.entry_written',
  doc: 'One descriptor of a translation table changed.',
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
});

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
});

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
