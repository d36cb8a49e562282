import type { BootReport } from '../app/import-report.ts';
import type { ImportReport } from '../app/report-import.ts';
import { counted } from '../base/count.ts';
import { renderTime } from '../base/time.ts';
import { renderCitedLine } from './cited-line.ts';
import type { Style } from './style.ts';
import { printable } from './table.ts';

/** Facts that are named even when unknown. */
const FACTS = ['kernel', 'machine', 'soc', 'exception_level', 'mode', 'kvm'] as const;
const LABEL_WIDTH = 19;

/** Templates that are listed; JSON has all. */
const TEMPLATES_SHOWN = 20;

/** The report of an import for people. */
export function renderReport({ boots }: ImportReport, style: Style, columns: number): string {
  return boots.map((boot) => renderBoot(boot, style, columns)).join('\n');
}

function renderBoot(boot: BootReport, style: Style, columns: number): string {
  const line = (head: string, text: string, cite = '') =>
    renderCitedLine({ head, text: printable(text), cite: printable(cite) }, columns, {
      text: (shown) => shown,
      cite: style.dim,
    });
  const entry = (label: string, text: string, cite = '') =>
    line(`  ${label.padEnd(LABEL_WIDTH)}`, text, cite);
  const share = (count: number) => shareOf(count, boot.lineCount - boot.repeatedCount);
  const blocks = [
    `${style.bold(printable(boot.name))}: ${counted(boot.lineCount, 'line')}, ${renderTime(boot.tMin)} to ${renderTime(boot.tMax)}\n`,
    ...boot.sources.map(({ name, format, lineCount }) =>
      entry('source', `${name}: ${format}, ${counted(lineCount ?? 0, 'line')}`),
    ),
    ...FACTS.flatMap((name) => {
      const told = boot.facts.filter((fact) => fact.name === name);
      const label = name.replaceAll('_', ' ');
      if (told.length === 0) return [entry(label, `unknown${name === 'soc' ? mentioned(boot) : ''}`)];
      return told.map(({ value, evidence, place }, index) =>
        entry(index === 0 ? label : '', value, `${place ?? ''} ${evidence}`.trim()),
      );
    }),
    entry('recognised', `${counted(boot.recognisedCount, 'line')}${share(boot.recognisedCount)}`),
    ...boot.families.map(({ family, lineCount, furtherLineCount }) =>
      entry('', `${family}: ${lineCount}${furtherLines(furtherLineCount)}`),
    ),
    entry('unrecognised', `${counted(boot.unrecognisedCount, 'line')}${share(boot.unrecognisedCount)}`),
    ...(boot.repeatedCount === 0
      ? []
      : [
          entry(
            'said again',
            `${counted(boot.repeatedCount, 'line')} that another source or console has too`,
          ),
        ]),
    ...boot.others.map(({ agent, lineCount }, index) =>
      entry(index === 0 ? 'lines of others' : '', `${agent}: ${lineCount}`),
    ),
    ...boot.anomalies.map(({ what, count, place }, index) =>
      entry(index === 0 ? 'survived' : '', `${what}: ${count}`, place ?? ''),
    ),
  ];
  if (boot.templates.length === 0) return blocks.join('');
  const shown = boot.templates.slice(0, TEMPLATES_SHOWN);
  const rest = boot.templates.length - shown.length;
  return [
    ...blocks,
    '  what no recogniser knows, commonest first (# is a number):\n',
    ...shown.map(({ template, count, place }) =>
      line(`  ${String(count).padStart(6)}  `, template.trim(), place ?? ''),
    ),
    ...(rest > 0 ? [`          and ${rest} more; --format json lists them\n`] : []),
  ].join('');
}

/** All and nothing are said only where it is so. */
function shareOf(count: number, all: number): string {
  if (all === 0) return '';
  const percent = Math.round((count / all) * 100);
  if (percent === 0 && count > 0) return ' (less than 1 %)';
  return ` (${count < all ? Math.min(percent, 99) : percent} %)`;
}

function furtherLines(count: number): string {
  return count === 0 ? '' : `, ${count} of them further lines of a report`;
}

function mentioned({ mentionedSocs }: BootReport): string {
  if (mentionedSocs.length === 0) return '';
  const names = mentionedSocs
    .slice(0, 3)
    .map(({ soc, lineCount }) => `${soc} in ${counted(lineCount, 'line')}`);
  return `; lines mention ${names.join(', ')}`;
}

/** The report for `--format json`. */
export function reportToData({ boots, warnings }: ImportReport): unknown {
  return {
    boots: boots.map((boot) => ({
      boot: boot.bootId,
      name: boot.name,
      sources: boot.sources.map(({ name, format, lineCount, byteCount }) => ({
        name,
        format,
        line_count: lineCount,
        byte_count: byteCount,
      })),
      t_min_ns: boot.tMin,
      t_max_ns: boot.tMax,
      line_count: boot.lineCount,
      recognised_count: boot.recognisedCount,
      families: boot.families.map(({ family, lineCount, furtherLineCount }) => ({
        family,
        line_count: lineCount,
        further_line_count: furtherLineCount,
      })),
      unrecognised_count: boot.unrecognisedCount,
      repeated_count: boot.repeatedCount,
      others: boot.others.map(({ agent, lineCount }) => ({ agent, line_count: lineCount })),
      facts: boot.facts,
      mentioned_socs: boot.mentionedSocs.map(({ soc, lineCount, place }) => ({
        soc,
        line_count: lineCount,
        place,
      })),
      anomalies: boot.anomalies,
      templates: boot.templates,
    })),
    warnings,
  };
}
