import { Command, Option } from 'commander';
import { type DiffReport, diffBoots } from '../../app/diff-boots.ts';
import { InputError } from '../../base/input-error.ts';
import type { CommandContext } from '../command-context.ts';
import { diffToData } from '../diff-data.ts';
import { renderDiffJunit, renderDiffMarkdown, renderDiffNdjson } from '../diff-formats.ts';
import { type DiffTextOptions, renderDiff } from '../diff-text.ts';
import { EXIT } from '../exit-code.ts';
import { toJson } from '../json.ts';
import { oneMore } from '../option.ts';

interface DiffOptions {
  readonly group?: string[];
  readonly bootA?: string;
  readonly bootB?: string;
  readonly lane?: string[];
  readonly all: boolean;
  readonly brief: boolean;
  readonly stat: boolean;
  readonly ignore?: string[];
  readonly since?: string;
  readonly at?: string;
  readonly format: (typeof FORMATS)[number];
}

export function diffCommand(context: () => CommandContext): Command {
  return new Command('diff')
    .summary('where two boots part')
    .description(
      'Compares two boots by what they mean: times, process ids, pool addresses and handles do not count. ' +
        'The first divergence is the step that one boot takes and the other does not, or that ends differently, ' +
        'before which fewest things happened that both have in common; no clock takes part in that, and diff B A names ' +
        'the same. What only describes the machine (exception level, memory map, SMMU hardware) does not count as a step. ' +
        'Exits with 0 when nothing differs, 1 when something does.',
    )
    .argument('[a]', 'one boot: a history, a log, or a folder with the logs of one boot')
    .argument('[b]', 'the other')
    .option(
      '--group <name=file...>',
      'instead of two boots, many: what is always, sometimes and never so in either group; a file may be a pattern, or ' +
        'a folder of boots; repeatable',
    )
    .option('--boot-a <boot>', 'boot of A, by number or name, when it holds several')
    .option('--boot-b <boot>', 'boot of B')
    .option('-l, --lane <lane>', 'show only this lane, background lanes such as log too; repeatable', oneMore)
    .option('--all', 'open background lanes and show what is the same', false)
    .option('--brief', 'only the first divergence', false)
    .option('--stat', 'only the counts of each lane', false)
    .option('--ignore <name>', 'leave out this lane or kind of event; repeatable', oneMore)
    .option('--since <moment>', 'only what comes after this moment of either boot: a name, a seq or a time')
    .option('--at <moment>', 'only what comes up to this moment of either boot')
    .addOption(new Option('--format <format>', 'how to print it').choices(FORMATS).default('text'))
    .action(async (a: string | undefined, b: string | undefined, options: DiffOptions) => {
      const { terminal, style, exitWith } = context();
      if (options.group !== undefined) {
        if (a !== undefined) throw new InputError(`expected either two boots or groups, not ${a} and groups`);
        for (const name of ['bootA', 'bootB', 'lane', 'stat', 'since', 'at'] as const)
          if (options[name] !== undefined && options[name] !== false)
            throw new InputError(
              `--${name.replace(/[A-Z]/, '-$&').toLowerCase()} is about two boots, not about groups`,
            );
        const { diffGroups } = await import('./diff-groups.ts');
        if (diffGroups({ ...options, groups: options.group }, terminal, style)) exitWith(EXIT.findings);
        return;
      }
      if (a === undefined || b === undefined)
        throw new InputError('expected two boots: trace diff A B, or groups of them: --group NAME=FILE');
      const { bootA, bootB, ignore, since, at } = options;
      diffBoots({ a, b, bootA, bootB, ignore, since, at }, (report) => {
        checkLanes(report, options.lane ?? []);
        const choices = { ...options, lanes: options.lane ?? [] };
        terminal.out(render(report, { ...choices, columns: terminal.columns, style }, options.format));
        if (report.comparison.differs) exitWith(EXIT.findings);
      });
    });
}

const FORMATS = ['text', 'json', 'ndjson', 'junit', 'markdown'] as const;

function render(report: DiffReport, options: DiffTextOptions, format: DiffOptions['format']): string {
  switch (format) {
    case 'text':
      return renderDiff(report, options);
    case 'json':
      return `${toJson(diffToData(report, options), 2)}\n`;
    case 'ndjson':
      return renderDiffNdjson(report, options);
    case 'junit':
      return renderDiffJunit(report, options);
    case 'markdown':
      return renderDiffMarkdown(report, options);
  }
}

function checkLanes(report: DiffReport, wanted: readonly string[]): void {
  const names = report.comparison.lanes.map((lane) => lane.lane);
  for (const lane of wanted) {
    if (!names.includes(lane))
      throw new InputError(`no lane is called ${lane}; there are ${names.join(', ')}`);
  }
}
