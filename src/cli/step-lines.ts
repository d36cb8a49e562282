import type { StepOutcome, StepSession } from '../app/step-boot.ts';
import { parseStepCommand, type StepCommand } from '../app/step-commands.ts';
import { InputError } from '../base/input-error.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { runInterruptibly } from './interruptible.ts';
import { toJson } from './json.ts';
import { renderState } from './state-text.ts';
import { outcomeToData } from './step-data.ts';
import { renderStepHelp, stopBlocks } from './step-text.ts';
import type { Style } from './style.ts';
import { printable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { printReasons } from './why-text.ts';

export type StepFormat = 'text' | 'json' | 'ndjson';

/** Prints what the commands of a walk come to, one below the other. */
export class StepPrinter {
  private readonly terminal: Terminal;
  private readonly style: Style;
  private readonly format: StepFormat;
  private printedCount = 0;
  /** False when nobody reads any more, and then there is no use in going on. */
  isRead = true;

  constructor(terminal: Terminal, style: Style, format: StepFormat) {
    this.terminal = terminal;
    this.style = style;
    this.format = format;
  }

  /** What an outcome has to say beside its result goes to stderr. */
  print(command: StepCommand, outcome: StepOutcome): void {
    if (this.format === 'text') this.printText(outcome);
    else this.printData(outcomeToData(command, outcome));
    if (outcome.type === 'nothing') this.terminal.err(`trace: ${printable(outcome.message)}\n`);
    if (outcome.type === 'stop' && outcome.shortfall !== null)
      this.terminal.err(`trace: ${printable(outcome.shortfall)}\n`);
    // Whoever writes a command into a pipe may wait for its answer.
    this.terminal.flush();
  }

  /** Ends what was printed. */
  end(): void {
    if (this.format === 'json') this.terminal.out(this.printedCount === 0 ? '[]\n' : '\n]\n');
  }

  private printText(outcome: StepOutcome): void {
    const { terminal, style } = this;
    const { columns } = terminal;
    if (outcome.type === 'nothing' || outcome.type === 'quit') return;
    if (this.printedCount++ > 0) this.write('\n');
    if (outcome.type === 'stop')
      this.write(`${stopBlocks(outcome.stop, style, columns).flat().join('\n')}\n`);
    else if (outcome.type === 'state') this.write(renderState(outcome.state, style, columns));
    else if (outcome.type === 'why') printReasons(outcome.reasons, terminal, style);
    else this.write(renderStepHelp(columns, false));
  }

  private printData(data: unknown): void {
    if (data === undefined) return;
    this.printedCount++;
    if (this.format === 'ndjson') this.write(`${toJson(data)}\n`);
    else this.write(`${this.printedCount === 1 ? '[\n' : ',\n'}${toJson(data, 2)}`);
  }

  private write(text: string): void {
    this.isRead = this.terminal.out(text) && this.isRead;
  }
}

/** Whether an outcome ends a script: it asked for what is not there. */
function isMissing(outcome: StepOutcome): boolean {
  return outcome.type === 'nothing' || (outcome.type === 'stop' && outcome.shortfall !== null);
}

/**
 * Does one command after the other, and ends with the first that asks for an event which is not there. Where there is
 * none, it shows where the walk begins.
 */
export async function runStepScript(
  session: StepSession,
  commands: AsyncIterable<StepCommand> | Iterable<StepCommand>,
  printer: StepPrinter,
  terminal: Terminal,
): Promise<ExitCode> {
  let isFirst = true;
  try {
    for await (const command of commands) {
      isFirst = false;
      const outcome = await runInterruptibly(session.run(command), terminal);
      if (outcome.type === 'quit') return EXIT.ok;
      printer.print(command, outcome);
      if (isMissing(outcome)) return EXIT.findings;
      if (!printer.isRead) return EXIT.ok;
    }
    if (isFirst) printBeginning(session, printer);
    return EXIT.ok;
  } finally {
    printer.end();
  }
}

/** The commands of a file or pipe, a line each; lines that begin with # are for people. */
export async function* stepCommandsOf(lines: AsyncIterable<string>): AsyncGenerator<StepCommand> {
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() === '' || line.startsWith('#')) continue;
    try {
      yield parseStepCommand(line);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw new InputError(error.message, { file: 'standard input', line: number });
    }
  }
}

const PROMPT = 'step> ';

/** Asks for commands, where keys cannot be read one by one; what is wrong ends nothing. Ctrl-C leaves with 130. */
export async function runStepPrompt(
  session: StepSession,
  printer: StepPrinter,
  terminal: Terminal,
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const onInterrupt = () => {
    exitCode = EXIT.interrupted;
  };
  printBeginning(session, printer);
  for await (const line of terminal.readLines(() => PROMPT, onInterrupt)) {
    try {
      const command = parseStepCommand(line);
      const outcome = await runInterruptibly(session.run(command), terminal);
      if (outcome.type === 'quit') break;
      printer.print(command, outcome);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      terminal.err(`trace: ${printable(error.message)}\n`);
    }
  }
  printer.end();
  return exitCode;
}

function printBeginning(session: StepSession, printer: StepPrinter): void {
  const stop = session.stop();
  printer.print({ name: 'goto', argument: String(stop.seq) }, { type: 'stop', stop, shortfall: null });
}
