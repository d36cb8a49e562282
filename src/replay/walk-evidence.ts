import type { BootEvent, Kind } from '../events/catalog.ts';
import { descriptorAddress, descriptorKind, entrySize, GRANULE, LAST_LEVEL } from '../soc/lpae.ts';
import type { WalkReport } from './walk-report.ts';

/** The events that a walk stands on: who wrote last what it read. */
export interface WalkEvidence {
  /** Who decided last what happens to streams that no entry takes. */
  readonly reset: BootEvent | null;
  /** By seq: who wrote stream-match entries, the context bank, and who mapped. */
  readonly bySeq: ReadonlyMap<number, BootEvent>;
  /** By physical address of the descriptor: who wrote it, or allocated the zeroed table that it is in. */
  readonly writers: ReadonlyMap<number, BootEvent>;
  /** What the SMMU is, by what it said when it was probed; null where it did not. */
  readonly architecture: 'smmu-v2' | 'smmu-v3' | null;
}

/** Kinds of events that {@link findWalkEvidence} looks at. */
export const WALK_EVIDENCE_KINDS: readonly Kind[] = [
  'page_table.created',
  'page_table.entry_written',
  'mapping.created',
  'smmu.described',
  'smmu.reset',
  'smmu.stream_configured',
  'smmu.context_bank_configured',
];

/** Looks for the events behind a report among those up to its moment. */
export function findWalkEvidence(report: WalkReport, events: Iterable<BootEvent>): WalkEvidence {
  const wanted = new Set([
    ...report.streams.map(({ since }) => since),
    ...(report.bank === null ? [] : [report.bank.since]),
    ...report.mappings.map(({ since }) => since),
  ]);
  const words = report.descriptors.map(({ pa }) => pa);
  const bySeq = new Map<number, BootEvent>();
  const writers = new Map<number, BootEvent>();
  let reset: BootEvent | null = null;
  let architecture: WalkEvidence['architecture'] = null;
  for (const event of events) {
    if (wanted.has(event.seq)) bySeq.set(event.seq, event);
    if (event.kind === 'smmu.reset' && event.payload.device === report.smmu) reset = event;
    if (event.kind === 'smmu.described' && event.payload.device === report.smmu)
      architecture = architectureOf(event.payload.description) ?? architecture;
    for (const pa of words) if (writesWord(event, pa)) writers.set(pa, event);
  }
  return { reset, bySeq, writers, architecture };
}

/** Whether an event put a word at a physical address: as a descriptor, or as a zero of a table just allocated. */
function writesWord(event: BootEvent, pa: number): boolean {
  if (event.kind === 'page_table.created') {
    const { root_pa, address_bits, start_level } = event.payload;
    return pa >= root_pa && pa < root_pa + Math.ceil(2 ** address_bits / entrySize(start_level)) * 8;
  }
  if (event.kind !== 'page_table.entry_written') return false;
  const { table_pa, index, level, old, new: word } = event.payload;
  if (table_pa + index * 8 === pa) return true;
  const child = tableOf(level, word);
  return child !== null && child !== tableOf(level, old) && pa >= child && pa < child + GRANULE;
}

function tableOf(level: number, word: bigint): number | null {
  const canPoint = level >= 0 && level < LAST_LEVEL;
  return canPoint && descriptorKind(level, word) === 'table' ? descriptorAddress(word) : null;
}

/** First lines of arm_smmu_device_cfg_probe and of arm_smmu_device_hw_probe of an SMMUv3. */
function architectureOf(description: string): WalkEvidence['architecture'] {
  if (description.startsWith('SMMUv2 with')) return 'smmu-v2';
  return /^(?:ias|oas) \d+-bit/.test(description) ? 'smmu-v3' : null;
}
