import { Command, Option } from 'commander';
import { explainLine } from '../../app/explain-line.ts';
import type { CommandContext } from '../command-context.ts';
import { explanationToData, renderExplanation } from '../explain-text.ts';
import { toJson } from '../json.ts';

interface ExplainOptions {
  readonly soc?: string;
  readonly boot?: string;
  readonly format: 'text' | 'json';
}

/** A line may begin as an option does: quoted from a diff, a list, or `------------[ cut here ]------------`. */
class ExplainCommand extends Command {
  override parseOptions(args: string[]): ReturnType<Command['parseOptions']> {
    const at = args.findIndex((arg, index) => isLine(arg) && !this.takesValue(args[index - 1]));
    const line = args[at];
    if (line === undefined) return super.parseOptions(args);
    const parsed = super.parseOptions(args.toSpliced(at, 1));
    return { ...parsed, operands: [line, ...parsed.operands] };
  }

  /** Whether an argument is an option whose value is an argument of its own. */
  private takesValue(arg: string | undefined): boolean {
    return this.options.some(({ long, required }) => required && long === arg);
  }
}

/** No name of an option has a blank in it. */
function isLine(arg: string): boolean {
  return /^-[^=]*\s/.test(arg);
}

export function explainCommand(context: () => CommandContext): Command {
  return new ExplainCommand('explain')
    .summary('what one line of a log says')
    .description(
      'Takes a line of a kernel log or trace, such as a fault of the SMMU, an error of qcom_scm or of remoteproc, and ' +
        'says what it means: every field, whose the stream and the address are on the SoC, the likely causes in order, ' +
        'and how to tell them apart. With a history also what was mapped around the address then, and what trace check ' +
        'makes of it. The lines of one fault can be given together.',
    )
    .argument('[line]', 'the line; standard input when it is - or left out')
    .argument('[db]', 'history that the line is of')
    .option('--soc <name>', 'SoC, where neither the line nor the history tells it')
    .option('--boot <boot>', 'boot, by number or name, of a history that holds several')
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .action(async (line: string | undefined, file: string | undefined, options: ExplainOptions) => {
      const { terminal, style } = context();
      const lines: string[] = [];
      if (line === undefined || line === '-') for await (const read of terminal.readLines()) lines.push(read);
      else lines.push(line);
      const explained = explainLine({ text: lines.join('\n'), file, boot: options.boot, soc: options.soc });
      terminal.out(
        options.format === 'json'
          ? `${toJson(explanationToData(explained), 2)}\n`
          : renderExplanation(explained, terminal.columns, style),
      );
    });
}
