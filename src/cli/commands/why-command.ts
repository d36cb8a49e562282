import { Command, InvalidArgumentError, Option } from 'commander';
import { whyEvent } from '../../app/why-event.ts';
import type { CommandContext } from '../command-context.ts';
import { toJson } from '../json.ts';
import { reasonsToData } from '../why-data.ts';
import { printReasons } from '../why-text.ts';

interface WhyOptions {
  readonly down?: boolean;
  readonly depth?: number;
  readonly boot?: string;
  readonly format: 'text' | 'json';
}

export function whyCommand(context: () => CommandContext): Command {
  return new Command('why')
    .summary('what brought an event about')
    .description(
      'Prints the causes of an event from the first on, each indented below what brought it about, then the event ' +
        'itself, marked with a star; with --down also what it brought about, where several that differ in numbers only ' +
        'are shown by their first. Events of a kernel log stand below the line that tells them; a cause that nobody told is not there.',
    )
    .argument('<db>', 'history, or a log as for import')
    .argument('<event>', 'its seq, a time in seconds, or the name of a moment such as first-fault')
    .option('--down', 'also what it brought about')
    .option('--depth <levels>', 'at most so many levels of causes, and of effects', levels)
    .option('--boot <boot>', 'boot, by number or name, of a history that holds several')
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .action((file: string, moment: string, options: WhyOptions) => {
      const { terminal, style } = context();
      const { boot, depth, down = false } = options;
      const reasons = whyEvent({
        file,
        boot,
        moment,
        depth,
        withEffects: down,
        isFolded: options.format === 'text',
      });
      if (options.format === 'json') terminal.out(`${toJson(reasonsToData(reasons), 2)}\n`);
      else printReasons(reasons, terminal, style);
    });
}

function levels(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('expected a whole number from 0.');
  return value;
}
