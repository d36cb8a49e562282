import { Command, Option } from 'commander';
import { type DiffReport, diffBoots } from '../../app/diff-boots.ts';
import { InputError } from '../../base/input-error.ts';
import type { CommandContext } from '../command-context.ts';
import { diffToData } from '../diff-data.ts';
import { renderDiff } from '../diff-text.ts';
import { EXIT } from '../exit-code.ts';
import { toJson } from '../json.ts';
import { oneMore } from '../option.ts';

interface DiffOptions {
  readonly bootA?: string;
  readonly bootB?: string;
  readonly lane?: string[];
  readonly all: boolean;
  readonly brief: boolean;
  readonly stat: boolean;
  readonly format: 'text' | 'json';
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
    .argument('<a>', 'history of one boot, or its log')
    .argument('<b>', 'history of the other, or its log')
    .option('--boot-a <boot>', 'boot of A, by number or name, when it holds several')
    .option('--boot-b <boot>', 'boot of B')
    .option('-l, --lane <lane>', 'show only this lane, background lanes such as log too; repeatable', oneMore)
    .option('--all', 'open background lanes and show what is the same', false)
    .option('--brief', 'only the first divergence', false)
    .option('--stat', 'only the counts of each lane', false)
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .action((a: string, b: string, options: DiffOptions) => {
      const { terminal, style, exitWith } = context();
      const report = diffBoots({ a, b, bootA: options.bootA, bootB: options.bootB });
      checkLanes(report, options.lane ?? []);
      const choices = { ...options, lanes: options.lane ?? [] };
      terminal.out(
        options.format === 'json'
          ? `${toJson(diffToData(report, choices), 2)}\n`
          : renderDiff(report, { ...choices, columns: terminal.columns, style }),
      );
      if (report.comparison.differs) exitWith(EXIT.findings);
    });
}

function checkLanes(report: DiffReport, wanted: readonly string[]): void {
  const names = report.comparison.lanes.map((lane) => lane.lane);
  for (const lane of wanted) {
    if (!names.includes(lane))
      throw new InputError(`no lane is called ${lane}; there are ${names.join(', ')}`);
  }
}
