import { Command, Option } from 'commander';
import { describeBootsInSource } from '../../app/boots-in-source.ts';
import { describeHistory, type HistoryDescription } from '../../app/describe-history.ts';
import { counted } from '../../base/count.ts';
import { renderFileSize } from '../../base/size.ts';
import { renderTime } from '../../base/time.ts';
import { renderCitedLine } from '../cited-line.ts';
import type { CommandContext } from '../command-context.ts';
import { historyToData } from '../history-data.ts';
import { toJson } from '../json.ts';
import type { Style } from '../style.ts';
import { printable } from '../table.ts';

type DescribedBoot = HistoryDescription['boots'][number];

export function infoCommand(context: () => CommandContext): Command {
  return new Command('info')
    .summary('what a history holds')
    .description(
      'Says what a history holds: boots, what is known about each and from which event, sources, kinds of events.',
    )
    .argument('<db>', 'history, or a log as for import')
    .option('--boot <boot>', 'only this boot, by number or name')
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .action((file: string, options: { boot?: string; format: 'text' | 'json' }) => {
      const { terminal, style } = context();
      const description = describeHistory(file, options.boot);
      for (const warning of description.warnings) terminal.err(`trace: warning: ${printable(warning)}\n`);
      terminal.out(
        options.format === 'json'
          ? `${toJson(historyToData(description), 2)}\n`
          : renderDescription(description, style, terminal.columns),
      );
    });
}

function renderDescription(description: HistoryDescription, style: Style, columns: number): string {
  const { file, byteCount, boots } = description;
  return [
    `${file}: ${counted(boots.length, 'boot')}${byteCount === null ? '' : `, ${renderFileSize(byteCount)}`}\n`,
    ...boots.map((boot) => renderBoot(boot, style, columns)),
  ].join('\n');
}

const LABEL_WIDTH = 19;

/** Facts that are named even when unknown. */
const FACTS = ['kernel', 'machine', 'soc', 'exception_level', 'mode', 'kvm'] as const;

function label(fact: string): string {
  return fact.replaceAll('_', ' ');
}

function renderBoot(boot: DescribedBoot, style: Style, columns: number): string {
  const plain = (text: string) => text;
  const line = (label: string, text: string, cite = '', markUp: (text: string) => string = plain) =>
    renderCitedLine(
      { head: `  ${label.padEnd(LABEL_WIDTH)}`, text: printable(text), cite: printable(cite) },
      columns,
      {
        text: markUp,
        cite: style.dim,
      },
    );
  const state = boot.finished ? '' : style.yellow(', UNFINISHED: whoever wrote it was stopped');
  const lines = [`${style.bold(`boot ${boot.bootId} ${printable(boot.name)}`)} (${boot.origin}${state})\n`];
  lines.push(line('events', `${boot.eventCount}, ${renderTime(boot.tMin)} to ${renderTime(boot.tMax)}`));
  for (const name of FACTS) {
    const told = boot.facts.filter((candidate) => candidate.name === name);
    if (told.length === 0) lines.push(line(label(name), 'unknown'));
    for (const [index, { value, seq, place, evidence }] of told.entries()) {
      const cite = `#${seq}${place === null ? '' : ` ${place}`}, ${evidence}`;
      lines.push(line(index === 0 ? label(name) : '', value, cite));
    }
  }
  for (const [index, { name, state: now, seq }] of boot.remoteprocs.entries()) {
    lines.push(line(index === 0 ? 'remote processors' : '', `${name} is ${now}`, `#${seq}`));
  }
  for (const [index, source] of boot.sources.entries()) {
    const size =
      source.byteCount === null
        ? 'incomplete'
        : `${counted(source.lineCount ?? 0, 'line')}, ${renderFileSize(source.byteCount)}`;
    const id = source.contentId === null ? '' : `sha256 ${source.contentId.slice(0, 16)}`;
    lines.push(
      line(index === 0 ? 'sources' : '', `${source.source} ${source.name} (${source.format}): ${size}`, id),
    );
    if (source.bootLines.length > 0) {
      lines.push(line('', `note: ${describeBootsInSource(source, source.bootLines)}`, '', style.yellow));
    }
  }
  for (const [index, { kind, count }] of boot.kinds.entries()) {
    lines.push(line(index === 0 ? 'kinds' : '', `${String(count).padStart(8)} ${kind}`));
  }
  return lines.join('');
}
