import { citedEventData } from '../app/cite-event.ts';
import type { ListedEvent } from '../app/list-events.ts';
import type { WalkedAddress } from '../app/walk-address.ts';

/** What `trace walk --format json` prints. */
export function walkToData(walked: WalkedAddress): unknown {
  const { at, report, verdict, registers } = walked;
  const { request, smmu, streams, contextBank, bank, leaf, translation } = report;
  return {
    stream_id: request.streamId,
    iova: request.iova,
    access: request.access,
    at,
    smmu,
    architecture: walked.architecture,
    unmatched: report.unmatched,
    unmatched_by: eventData(walked.reset),
    streams: streams.map(({ since: _since, ...stream }, index) => ({
      ...stream,
      by: eventData(walked.streamWriters[index]),
    })),
    context_bank:
      contextBank === null
        ? null
        : {
            context_bank: contextBank,
            space: bank?.space ?? null,
            stage: bank?.stage ?? null,
            registers: registers.map(({ name, value, text }) => ({ name, value, text })),
            by: eventData(walked.bankWriter),
          },
    descriptors: report.descriptors.map((descriptor, index) => ({
      level: descriptor.level,
      table_pa: descriptor.tablePa,
      index: descriptor.index,
      pa: descriptor.pa,
      descriptor: descriptor.descriptor ?? null,
      text: descriptor.text,
      iova: descriptor.iova,
      size: descriptor.size,
      by: eventData(walked.descriptorWriters[index]),
    })),
    mappings: report.mappings.map(({ space, subject, iova, pa, size, protection }, index) => ({
      space,
      subject,
      iova,
      pa,
      size,
      protection,
      by: eventData(walked.mappers[index]),
    })),
    outcome: translation.outcome,
    pa: 'pa' in translation ? translation.pa : null,
    level: 'level' in translation ? translation.level : null,
    page_size: 'pageSize' in translation ? translation.pageSize : null,
    permissions:
      leaf === null
        ? null
        : {
            read: leaf.isReadable,
            write: leaf.isWritable,
            execute: leaf.isExecutable,
            unprivileged: leaf.isUnprivileged,
          },
    fault:
      translation.outcome !== 'fault'
        ? null
        : {
            type: translation.fault === 'context' ? 'context' : 'global',
            cause: translation.fault === 'context' ? translation.cause : translation.fault,
            registers: verdict.registers,
            kernel_lines: verdict.kernelLines,
            silence: verdict.silence,
          },
    missing: verdict.missing,
  };
}

function eventData(listed: ListedEvent | null | undefined): unknown {
  return listed ? citedEventData(listed) : null;
}
