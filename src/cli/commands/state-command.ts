import { Command, Option } from 'commander';
import { describeMoments, describeState, describeStateDiff } from '../../app/describe-state.ts';
import type { CommandContext } from '../command-context.ts';
import { jsonInPieces } from '../json.ts';
import { oneMore } from '../option.ts';
import { momentsToData, stateDiffToData, stateToData } from '../state-data.ts';
import { momentsInPieces, renderStateDiff, stateInPieces } from '../state-text.ts';

interface StateOptions {
  readonly boot?: string;
  readonly at?: string;
  readonly section?: string[];
  readonly diff?: string;
  readonly moments?: true;
  readonly format: 'text' | 'json';
}

export function stateCommand(context: () => CommandContext): Command {
  return new Command('state')
    .summary('the SoC at a moment of a boot')
    .description(
      'Shows the state of the SoC right after an event, as far as the events up to there tell: remote processors, PAS, ' +
        'SHM bridges, SMMU, mappings, translation tables and more. A section that no event tells of is unknown, ' +
        'which is not the same as none. #N is the event since which something is so.',
    )
    .argument('<db>', 'history, or a log as for import')
    .option('--boot <boot>', 'boot, by number or name, of a history that holds several')
    .option(
      '--at <moment>',
      'event: a seq, -N for the Nth before the end, a time such as 2.86 or 2s, or a name; without it, the end',
    )
    .option(
      '-s, --section <name>',
      'only this section, such as bridges, smmu, mappings or tables; repeatable',
      oneMore,
    )
    .addOption(
      new Option('--diff <A..B>', 'what changed between two moments, each as for --at').conflicts('at'),
    )
    .addOption(
      new Option('--moments', 'list the moments of the boot that have names').conflicts([
        'at',
        'diff',
        'section',
      ]),
    )
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .action((file: string, { boot, at, section: sections, diff, moments, format }: StateOptions) => {
      const { terminal, style } = context();
      const isText = format === 'text';
      const show = (pieces: Iterable<string>) => {
        for (const piece of pieces) if (!terminal.out(piece)) return;
      };
      if (moments === true) {
        const described = describeMoments({ file, boot });
        show(isText ? momentsInPieces(described) : jsonInPieces(momentsToData(described), 2));
      } else if (diff !== undefined) {
        const described = describeStateDiff({ file, boot, sections, moments: diff });
        show(
          isText
            ? [renderStateDiff(described, style, terminal.columns)]
            : jsonInPieces(stateDiffToData(described), 2),
        );
      } else {
        const described = describeState({ file, boot, sections, at });
        show(
          isText
            ? stateInPieces(described, style, terminal.columns)
            : jsonInPieces(stateToData(described), 2),
        );
      }
    });
}
