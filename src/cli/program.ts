import { Command, CommanderError, Option } from 'commander';
import type { IMPORT_FORMATS } from '../app/import-logs.ts';
import { readLogsAs } from '../app/open-history.ts';
import { toolVersion } from '../app/version.ts';
import { BugError } from '../base/assert.ts';
import { InputError } from '../base/input-error.ts';
import { Interruption } from '../base/interruption.ts';
import { asFileTrouble } from '../base/system-error.ts';
import { wrap } from './cited-line.ts';
import type { CommandContext } from './command-context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { inputFormatOption } from './option.ts';
import { type ColorChoice, makeStyle } from './style.ts';
import { printable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Makes a command, which asks for its surroundings when it runs. */
export type CommandMaker = (context: () => CommandContext) => Command;

/** Runs one command line and returns what the process is to exit with. Never throws, never calls exit. */
export async function runCommandLine(
  args: readonly string[],
  terminal: Terminal,
  commands: readonly CommandMaker[],
): Promise<number> {
  let exitCode: ExitCode = EXIT.ok;
  const program = createProgram(commands, terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    exitCode = reportProblem(error, terminal);
  }
  try {
    terminal.flush();
  } catch (error) {
    exitCode = reportProblem(error, terminal);
  }
  return exitCode;
}

function createProgram(
  commands: readonly CommandMaker[],
  terminal: Terminal,
  exitWith: (code: ExitCode) => void,
): Command {
  const program = new Command('trace');
  const context = (): CommandContext => ({
    terminal,
    style: makeStyle(terminal, program.opts<{ color: ColorChoice }>().color),
    exitWith,
  });
  program
    .description('Boot-trace analyzer for Arm SoCs: where two boots part, and why.')
    .version(toolVersion(), '-V, --version')
    .addOption(
      new Option('--color <when>', 'colour in the output')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    )
    .addHelpText('after', () => `\n${renderNotes(helpWidth(terminal))}`);
  for (const make of commands) program.addCommand(make(context));
  for (const command of program.commands) {
    if (TAKES_NO_LOG.has(command.name())) continue;
    command.addOption(inputFormatOption('a log that is given in place of a history'));
    command.hook('preAction', (_program, command) => readLogsAs(command.opts<LogOptions>().inputFormat));
  }
  for (const command of [program, ...program.commands]) {
    command.exitOverride();
    command.configureOutput({
      writeOut: (text) => {
        terminal.out(text);
      },
      writeErr: (text) => terminal.err(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'trace: ')),
      getOutHelpWidth: () => helpWidth(terminal),
      getErrHelpWidth: () => helpWidth(terminal),
    });
    command.showHelpAfterError(`(trace ${command === program ? '' : `${command.name()} `}--help says how)`);
  }
  return program;
}

interface LogOptions {
  readonly inputFormat?: (typeof IMPORT_FORMATS)[number];
}

/** Commands that take histories only, or say themselves what their files are. */
const TAKES_NO_LOG: ReadonlySet<string> = new Set(['record', 'import', 'verify', 'index']);

/** What holds for all commands; stands below the list of them. */
const NOTES = [
  'With --format json or ndjson, names are in snake_case and spelled as in SQL, times (t_ns) are nanoseconds since ' +
    "the boot's zero, and 64-bit registers are hexadecimal strings.",
  'Exit status: 0 done or the same, 1 differences, findings or no event that matches, 2 trouble, 70 a bug of ours, 130 stopped by Ctrl-C.',
];

function renderNotes(columns: number): string {
  return NOTES.map((note) => wrap(note, columns).join('\n')).join('\n\n');
}

function helpWidth(terminal: Terminal): number {
  return Math.min(terminal.columns, 100);
}

/** The help text of the program and of each command, as they print it on a terminal of 100 columns. */
export function commandHelp(commands: readonly CommandMaker[]): { name: string; help: string }[] {
  const quiet: Terminal = {
    out: () => true,
    outBytes: () => true,
    err: () => {},
    isOutTerminal: false,
    isErrTerminal: false,
    isInTerminal: true,
    columns: 100,
    rows: 24,
    isWidthKnown: true,
    env: {},
    flush: () => {},
    readLines: async function* () {},
    openKeys: () => ({ next: async () => null, isInterrupted: () => false, close: () => {} }),
    onInterrupt: () => () => {},
  };
  const program = createProgram(commands, quiet, () => {});
  return [program, ...program.commands].map((command) => ({
    name: command === program ? 'trace' : `trace ${command.name()}`,
    help:
      command === program
        ? `${command.helpInformation()}\n${renderNotes(helpWidth(quiet))}`
        : command.helpInformation(),
  }));
}

function reportProblem(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.trouble;
  const trouble = error instanceof InputError ? error : asFileTrouble(error);
  if (trouble !== undefined) {
    terminal.err(`trace: ${printable(trouble.oneLine())}\n`);
    return EXIT.trouble;
  }
  if (error instanceof Interruption) {
    terminal.err(`trace: ${printable(error.message)}\n`);
    return EXIT.interrupted;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const kind = error instanceof BugError ? 'a broken assumption' : 'an error nobody expected';
  terminal.err(
    `trace: this is a bug of trace: ${kind}.\nPlease report it with the command line and this text:\n${detail}\n`,
  );
  return EXIT.bug;
}
