import { Command, InvalidArgumentError, Option } from 'commander';
import { hintsFor, type ListedEvent, listEvents } from '../../app/list-events.ts';
import { PRINT_FORMATS, printAsKernelText } from '../../app/print-as-kernel-text.ts';
import { InputError } from '../../base/input-error.ts';
import type { CommandContext } from '../command-context.ts';
import { EventLines } from '../event-lines.ts';
import { EXIT } from '../exit-code.ts';
import { toJson } from '../json.ts';
import { oneMore } from '../option.ts';
import { printable } from '../table.ts';

interface LogOptions {
  readonly boot?: string;
  readonly subject?: string[];
  readonly agent?: string[];
  readonly kind?: string[];
  readonly from?: string;
  readonly to?: string;
  readonly grep?: RegExp;
  readonly limit?: number;
  readonly format: 'text' | 'ndjson' | 'json';
  readonly as?: (typeof PRINT_FORMATS)[number];
  readonly raw?: boolean;
}

export function logCommand(context: () => CommandContext): Command {
  return new Command('log')
    .summary('the events of a boot')
    .description(
      'Prints the events of a boot, one a line: seq, time, agent, subject, what happened, and where it was read. ' +
        'Exits with 1 when no event matches. On a terminal, or where COLUMNS is set, long texts are broken.',
    )
    .argument('<db>', 'history, or a log as for import')
    .option('--boot <boot>', 'boot, by number or name, of a history that holds several')
    .option('-s, --subject <subject>', 'only events about this, such as adsp or scm; repeatable', oneMore)
    .option('-a, --agent <agent>', 'only events of this one, such as linux or trustzone; repeatable', oneMore)
    .option(
      '-k, --kind <kind>',
      'only this kind or family, such as smc or mapping.created; repeatable',
      oneMore,
    )
    .option(
      '--from <moment>',
      'first event: a seq, -N from the end, a time, or a name, as for `trace state --at`',
    )
    .option('--to <moment>', 'last event, named in the same way')
    .option(
      '-g, --grep <pattern>',
      'only events whose line matches this regular expression',
      regularExpression,
    )
    .option('-n, --limit <count>', 'at most so many events', wholeNumber)
    .addOption(
      new Option('--format <format>', 'how to print them')
        .choices(['text', 'ndjson', 'json'])
        .default('text'),
    )
    .addOption(
      new Option('--as <format>', 'print the lines that the kernel itself would; they can be imported again')
        .choices(PRINT_FORMATS)
        .conflicts('format'),
    )
    .option('--raw', 'with --as dmesg: begin each line with its level, as dmesg -r does')
    .action((file: string, options: LogOptions) => {
      const { terminal, style, exitWith } = context();
      const limit = options.limit ?? Number.POSITIVE_INFINITY;
      const filter = {
        boot: options.boot,
        subjects: options.subject,
        agents: options.agent,
        kinds: options.kind,
        from: options.from,
        to: options.to,
        pattern: options.grep,
      };
      if (options.raw === true && options.as !== 'dmesg') throw new InputError('--raw goes with --as dmesg');
      if (options.as !== undefined) {
        const { as, limit, raw } = options;
        const isShown = printAsKernelText({ file, format: as, filter, limit, withLevel: raw }, (line) =>
          // Exact on its way to a file or program; a terminal must not be steered by it.
          terminal.out(terminal.isOutTerminal ? printableLines(line) : line),
        );
        if (isShown) return;
        exitWith(EXIT.findings);
        terminal.err(`trace: no event that matches has a line in ${as}\n`);
        return;
      }
      const lines = new EventLines(terminal, style);
      let printed = 0;
      listEvents(file, filter, (listed) => {
        if (printed >= limit) return false;
        printed++;
        if (options.format === 'text') return lines.add(listed);
        if (options.format === 'ndjson') return terminal.out(`${toJson(asData(listed))}\n`);
        return terminal.out(`${printed === 1 ? '[\n' : ',\n'}${toJson(asData(listed))}`);
      });
      lines.flush();
      if (options.format === 'json') terminal.out(printed === 0 ? '[]\n' : '\n]\n');
      if (printed > 0) return;
      exitWith(EXIT.findings);
      terminal.err('trace: no event matches\n');
      for (const hint of hintsFor(file, filter)) terminal.err(`trace: ${printable(hint)}\n`);
    });
}

function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

function asData({ event, text, place }: ListedEvent): unknown {
  const { seq, t_ns, agent, subject, cause, context, source, line, kind, payload } = event;
  return { seq, t_ns, agent, subject, cause, context, source, line, kind, payload, text, place };
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('expected a whole number from 1.');
  return value;
}

function regularExpression(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
