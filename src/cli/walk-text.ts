import type { WalkedAddress } from '../app/walk-address.ts';
import { renderSize } from '../base/size.ts';
import { renderTime } from '../base/time.ts';
import { hex } from '../base/word.ts';
import { renderCitedLine } from './cited-line.ts';
import { citeEvent } from './event-citation.ts';
import type { Style } from './style.ts';
import { printable } from './table.ts';

const LABEL_WIDTH = 10;

type Line = (label: string, text: string, cite?: string) => string;

/** A walk as a report for people: stream, context bank, descriptors, result; what each stands on at the right. */
export function renderWalk(walked: WalkedAddress, style: Style, columns: number): string {
  const line: Line = (label, text, cite = '') =>
    renderCitedLine(
      { head: label.padEnd(LABEL_WIDTH), text: printable(text), cite: printable(cite) },
      columns,
      { text: (shown) => shown, cite: style.dim },
    );
  return [
    renderQuestion(walked, style),
    renderStreams(walked, line),
    renderBank(walked, line),
    renderDescriptors(walked, line),
    renderMappings(walked, line),
    renderVerdict(walked, line, style),
  ].join('');
}

function renderQuestion({ report, at }: WalkedAddress, style: Style): string {
  const { streamId, iova, access } = report.request;
  const when = at === null ? 'before any event' : `after #${at.seq} ${renderTime(at.t_ns)}`;
  return `${style.bold(`${access} of ${hex(iova)} by stream ${hex(streamId)}`)}, ${when}\n`;
}

function renderStreams({ report, reset, streamWriters }: WalkedAddress, line: Line): string {
  const { smmu, streams, unmatched } = report;
  if (smmu === null) return line('smmu', 'unknown');
  if (streams.length === 0) {
    const told = unmatched === null ? 'unknown' : `no entry takes it: ${unmatched}`;
    return line('smmu', smmu) + line('stream', told, unmatched === null ? '' : citeEvent(reset));
  }
  const entries = streams.map(({ index, stream_id, mask, type, context_bank }, position) => {
    const entry = index === null ? 'SMR ?' : `SMR ${index}`;
    const bank = type === 'translate' ? ` by context bank ${context_bank ?? '?'}` : '';
    const text = `${entry}, id ${hex(stream_id)} mask ${hex(mask)}: ${type}${bank}`;
    return line(position === 0 ? 'stream' : '', text, citeEvent(streamWriters[position] ?? null));
  });
  return line('smmu', smmu) + entries.join('');
}

function renderBank({ report, registers, bankWriter }: WalkedAddress, line: Line): string {
  const { bank, contextBank } = report;
  if (contextBank === null) return '';
  if (bank === null) return line('context', `bank ${contextBank}: unknown`);
  const told = `bank ${contextBank}, stage ${bank.stage}, space ${bank.space ?? 'unknown'}`;
  const width = Math.max(...registers.map(({ value }) => valueText(value).length));
  return (
    line('context', told, citeEvent(bankWriter)) +
    registers
      .map(({ name, value, text }) =>
        line(`  ${name}`, `${valueText(value).padEnd(width)}  ${text}`.trimEnd()),
      )
      .join('')
  );
}

function valueText(value: bigint | null): string {
  return value === null ? 'unknown' : hex(value);
}

function renderDescriptors({ report, descriptorWriters }: WalkedAddress, line: Line): string {
  return report.descriptors
    .map(({ level, tablePa, index, descriptor, text, iova, size }, position) => {
      const word = descriptor === undefined ? 'unknown' : `${hex(descriptor)} ${text}`;
      const writer = descriptorWriters[position] ?? null;
      const entry = line(`level ${level}`, `${hex(tablePa)}[${index}] = ${word}`);
      // Zero may be what the table was allocated with: then nobody wrote the entry itself.
      const how =
        writer === null || writer.event.kind !== 'page_table.entry_written' || isEntry(writer, tablePa, index)
          ? ''
          : ', zero since an entry first pointed to its table';
      return (
        entry +
        line(
          '',
          `iova ${hex(iova)} + ${renderSize(size)}${how}`,
          descriptor === undefined ? '' : citeEvent(writer),
        )
      );
    })
    .join('');
}

function isEntry(
  { event }: NonNullable<WalkedAddress['bankWriter']>,
  tablePa: number,
  index: number,
): boolean {
  if (event.kind !== 'page_table.entry_written') return false;
  return event.payload.table_pa === tablePa && event.payload.index === index;
}

function renderMappings({ report, mappers }: WalkedAddress, line: Line): string {
  if (report.bank === null && report.translation.outcome !== 'unknown') return '';
  if (report.mappings.length === 0)
    return line('mapped', 'nothing: no event tells of a live mapping over it');
  return report.mappings
    .map(({ space, subject, iova, pa, size }, position) => {
      const where = iova === pa ? '(identity)' : `-> ${hex(pa)}`;
      const whose = space === null ? `in an unknown space of ${subject ?? 'unknown'}` : `in ${space}`;
      const text = `iova ${hex(iova)} + ${renderSize(size)} ${where} ${whose}`;
      return line(position === 0 ? 'mapped' : '', text, citeEvent(mappers[position] ?? null));
    })
    .join('');
}

function renderVerdict({ report, verdict }: WalkedAddress, line: Line, style: Style): string {
  const { translation, leaf } = report;
  switch (translation.outcome) {
    case 'unknown':
      return [
        line('result', style.yellow('unknown')),
        line('  missing', verdict.missing?.what ?? ''),
        line('  told by', verdict.missing?.recording ?? ''),
      ].join('');
    case 'bypassed':
      return line('result', style.green(`PA ${hex(translation.pa)}, passed through untranslated`));
    case 'translated': {
      const allowed = leaf === null ? '' : `, ${permissions(leaf)}`;
      const page = `page of ${renderSize(translation.pageSize)} at level ${translation.level}`;
      return line('result', style.green(`PA ${hex(translation.pa)}, ${page}${allowed}`));
    }
    case 'fault': {
      const what =
        translation.fault === 'context'
          ? `${translation.cause} fault at level ${translation.level}`
          : `global fault: ${translation.fault}`;
      const registers = verdict.registers.map(({ name, value, text }) =>
        line(`  ${name}`, value === null ? text : `${hex(value)}  ${text}`),
      );
      const printed =
        verdict.silence === null
          ? `kernel prints\n${verdict.kernelLines.map((text) => `  ${printable(text)}\n`).join('')}`
          : line('kernel', `prints ${verdict.silence}`);
      return [line('result', style.red(what)), ...registers, printed].join('');
    }
  }
}

function permissions(leaf: NonNullable<WalkedAddress['report']['leaf']>): string {
  const bits = `${leaf.isReadable ? 'r' : '-'}${leaf.isWritable ? 'w' : '-'}${leaf.isExecutable ? 'x' : '-'}`;
  return leaf.isUnprivileged ? bits : `${bits} privileged only`;
}
