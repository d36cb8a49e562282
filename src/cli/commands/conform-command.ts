import { Command, Option } from 'commander';
import type { ConformReport } from '../../app/conform-boot.ts';
import type { CommandContext } from '../command-context.ts';
import { conformToData } from '../conform-data.ts';
import { renderConformJunit, renderConformMarkdown, renderConformNdjson } from '../conform-formats.ts';
import { type ConformTextOptions, renderConformance } from '../conform-text.ts';
import { EXIT } from '../exit-code.ts';
import { toJson } from '../json.ts';
import { oneMore } from '../option.ts';

const FORMATS = ['text', 'json', 'ndjson', 'junit', 'markdown'] as const;

interface ConformOptions {
  readonly boot?: string;
  readonly soc?: string;
  readonly mode?: string;
  readonly kernel?: string;
  readonly scenario?: string;
  readonly processor?: string[];
  readonly policy?: string[];
  readonly without?: string[];
  readonly since?: string;
  readonly at?: string;
  readonly all: boolean;
  readonly format: (typeof FORMATS)[number];
}

export function conformCommand(context: () => CommandContext): Command {
  return new Command('conform')
    .summary('where a boot parts from the model of its own SoC')
    .description(
      'Simulates a healthy boot of the same SoC, kernel and mode, and names the first step at which the boot parts ' +
        'from it: it leaves out a step of the model, takes one that the model does not expect, or ends it in another ' +
        'way. Only what the sources of the boot could show is held against it: a kernel log tells of no calls. Remote ' +
        'processors that it shows nothing of are not held. Exits with 0 when it conforms, 1 when it departs, 2 when it shows nothing to hold.',
    )
    .argument('<db>', 'history, log, or folder with the logs of one boot')
    .option('--boot <boot>', 'boot, by number or name, of a history that holds several')
    .option('--soc <soc>', 'SoC, where the boot does not tell it')
    .option('--mode <mode>', 'mode, where the boot does not tell it, or the one that it should have had')
    .option(
      '--kernel <release>',
      'kernel to hold it to, where the boot does not tell it or it is not modelled',
    )
    .option(
      '--scenario <scenario>',
      'what user space does with the processors (default: as often as the boot starts and stops each)',
    )
    .option(
      '--processor <name>',
      'hold this remote processor even if nothing of it is shown; repeatable',
      oneMore,
    )
    .option('--policy <name=value>', 'set an assumption of the model; repeatable', oneMore)
    .option('--without <part>', 'the kernel lacks this part of the series; repeatable', oneMore)
    .option('--since <moment>', 'only what comes after this moment of the boot: a name, a seq or a time')
    .option('--at <moment>', 'only what comes up to this moment of the boot')
    .option('--all', 'every departure, not only the first of each lane', false)
    .addOption(new Option('--format <format>', 'how to print it').choices(FORMATS).default('text'))
    .action(async (file: string, options: ConformOptions) => {
      const { terminal, style, exitWith } = context();
      // Only here: no other command wants the simulator read.
      const { conformBoot } = await import('../../app/conform-boot.ts');
      const { processor, policy, ...rest } = options;
      conformBoot({ ...rest, file, processors: processor, policies: policy }, (report) => {
        terminal.out(render(report, { all: options.all, columns: terminal.columns, style }, options.format));
        if (report.conformance.first !== null) exitWith(EXIT.findings);
        else if (!report.isAnythingShown) exitWith(EXIT.trouble);
      });
    });
}

function render(
  report: ConformReport,
  options: ConformTextOptions,
  format: ConformOptions['format'],
): string {
  switch (format) {
    case 'text':
      return renderConformance(report, options);
    case 'json':
      return `${toJson(conformToData(report, options.all), 2)}\n`;
    case 'ndjson':
      return renderConformNdjson(report, options.all);
    case 'junit':
      return renderConformJunit(report);
    case 'markdown':
      return renderConformMarkdown(report, options.all);
  }
}
