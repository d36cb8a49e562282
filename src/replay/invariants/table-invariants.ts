import { hex } from '../../base/word.ts';
import { descriptorAddress, descriptorKind, LAST_LEVEL } from '../../soc/lpae.ts';
import { EVERY_LEVEL, type Invariant } from './invariant.ts';

const PAGE = 4096;

/** Address of the root table in TTBR0 or VTTBR: without ASID or VMID. */
function rootOf(ttbr0: bigint): number {
  return Number(ttbr0 & 0xffff_ffff_fffen);
}

/** Invariants of translation tables, and of the SMMU that walks them. */
export const TABLE_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I9',
    title: 'a stream that faults belongs to exactly one stream-match entry',
    levels: EVERY_LEVEL,
    source: 'domain/07 §9 I9',
    begin: () => ({
      'smmu.faulted': ({ payload, cause }, boot, report) => {
        const { device, stream_id, iova } = payload;
        const smmu = boot.state.smmus.get(device);
        if (stream_id === null || smmu === undefined || smmu.unmatched === null) return;
        const entries = [...smmu.streams.values()].filter(
          (entry) => ((stream_id ^ entry.stream_id) & ~entry.mask) === 0,
        );
        if (entries.length === 1) return;
        report({
          subject: null,
          detail: `stream ${hex(stream_id)} faults at ${iova === null ? '?' : hex(iova)}: ${entries.length} entries match`,
          evidence: [...entries.map(({ since }) => since), cause],
        });
      },
    }),
  },
  {
    id: 'I19',
    title: 'a table entry, and a context bank that streams use, points only to live tables',
    levels: EVERY_LEVEL,
    source: 'io-pgtable-arm.c; arm_smmu_destroy_domain_context',
    begin: () => {
      const live = new Set<number>();
      let isTold = false;
      return {
        'memory.allocated': ({ payload: { purpose, pa, size } }) => {
          if (purpose !== 'page-table') return;
          isTold = true;
          for (let page = pa; page < pa + size; page += PAGE) live.add(page);
        },
        'memory.freed': ({ payload: { purpose, pa, size } }) => {
          if (purpose !== 'page-table') return;
          for (let page = pa; page < pa + size; page += PAGE) live.delete(page);
        },
        'page_table.entry_written': ({ payload, subject }, _boot, report) => {
          if (!isTold) return;
          const { table_pa, level, index } = payload;
          if (!live.has(table_pa - (table_pa % PAGE)))
            report({ subject, detail: `${hex(table_pa)}[${index}] is written, which is no table` });
          if (level >= LAST_LEVEL || descriptorKind(level, payload.new) !== 'table') return;
          const child = descriptorAddress(payload.new);
          if (!live.has(child))
            report({
              subject,
              detail: `${hex(table_pa)}[${index}] points to ${hex(child)}, which is no table`,
            });
        },
        'page_table.destroyed': ({ payload: { root_pa }, subject }, boot, report) => {
          const created = boot.state.pageTables.get(root_pa)?.since ?? 0;
          for (const { streams, contextBanks } of boot.state.smmus.values())
            for (const stream of streams.values()) {
              const bank = stream.context_bank === null ? undefined : contextBanks.get(stream.context_bank);
              if (stream.type !== 'translate' || bank === undefined || bank.since < created) continue;
              if (rootOf(bank.ttbr0) !== root_pa) continue;
              report({
                subject,
                detail: `stream ${hex(stream.stream_id)} still walks ${hex(root_pa)}, which is freed`,
                evidence: [bank.since, stream.since],
              });
            }
        },
      };
    },
  },
  {
    id: 'I21',
    title: 'a device that is attached has a group',
    levels: EVERY_LEVEL,
    source: 'domain/02 §2 step 0; iommu_attach_device',
    begin: () => {
      let isTold = false;
      return {
        'smmu.group_added': () => {
          isTold = true;
        },
        'smmu.device_attached': ({ payload: { device }, subject }, boot, report) => {
          if (isTold && (boot.state.devices.get(device)?.group ?? null) === null)
            report({ subject, detail: `${device} is attached and has no group` });
        },
      };
    },
  },
  {
    id: 'I22',
    title: 'a context bank is used by one space at a time',
    levels: EVERY_LEVEL,
    source: 'domain/04 §5; arm_smmu_init_domain_context',
    begin: () => ({
      'smmu.context_bank_configured': ({ payload, subject }, boot, report) => {
        const { device, context_bank, ttbr0 } = payload;
        const before = boot.state.smmus.get(device)?.contextBanks.get(context_bank);
        if (before === undefined || rootOf(before.ttbr0) === rootOf(ttbr0)) return;
        // A table that came later may lie where the bank's own was.
        const table = boot.state.pageTables.get(rootOf(before.ttbr0));
        if (table !== undefined && table.since < before.since)
          report({
            subject,
            detail: `context bank ${context_bank} is taken from ${before.space ?? 'a space'}, which is live`,
            evidence: [before.since],
          });
      },
    }),
  },
];
