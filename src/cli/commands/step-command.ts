import { Command, Option } from 'commander';
import { StepSession } from '../../app/step-boot.ts';
import {
  checkedCommand,
  parseStepCommand,
  STEP_COMMANDS,
  type StepArgument,
  type StepCommand,
} from '../../app/step-commands.ts';
import type { CommandContext } from '../command-context.ts';
import { runStepPrompt, runStepScript, type StepFormat, StepPrinter, stepCommandsOf } from '../step-lines.ts';
import { StepScreen } from '../step-screen.ts';

interface StepOptions {
  readonly at?: string;
  readonly boot?: string;
  readonly format: StepFormat;
}

/** Commands that are of no use as a flag. */
const WITHOUT_FLAG: ReadonlySet<string> = new Set(['help', 'quit']);

export function stepCommand(context: () => CommandContext): Command {
  /** What the flags say, in their order. */
  const given: (() => StepCommand)[] = [];
  const watched: (() => StepCommand)[] = [];
  const command = new Command('step')
    .summary('walk through a boot, event by event')
    .description(
      'Shows one event at a time: what is around it, its cause, and what it changed in the state. On a terminal it is steered by ' +
        'keys (h lists them); from a pipe it reads the same commands, a line each, and each flag below is one of them, done ' +
        'in the order given. Exits with 1 at a command that asks for an event which is not there.',
    )
    .argument('<db>', 'history, or a log as for import')
    .option(
      '--at <moment>',
      'where to begin: a seq, -N from the end, a time in seconds (2.86 or 2s), or a name such as adsp:authenticated; the first event when left out',
    )
    .option('--boot <boot>', 'boot, by number or name, of a history that holds several');
  for (const spec of STEP_COMMANDS) {
    if (WITHOUT_FLAG.has(spec.name)) continue;
    const value = spec.argument === null ? '' : flagValue(spec.argument);
    command.option(`--${spec.name}${value}`, `${spec.help} (key ${spec.key})`);
    // What is watched is so from the start, wherever the flag stands.
    const list = spec.name === 'section' ? watched : given;
    command.on(`option:${spec.name}`, (text: unknown) =>
      list.push(() => checkedCommand(spec, typeof text === 'string' ? text : '')),
    );
  }
  command.option('--do <command>', 'any command, as it is typed: --do "next 3" --do "/refused"');
  command.on('option:do', (text: string) => given.push(() => parseStepCommand(text)));
  return command
    .addOption(
      new Option('--format <format>', 'how to print the stops')
        .choices(['text', 'json', 'ndjson'])
        .default('text'),
    )
    .action(async (file: string, { at, boot, format }: StepOptions) => {
      const { terminal, style, exitWith } = context();
      const commands = given.map((make) => make());
      const sections = watched.map((make) => make());
      const session = new StepSession({ file, boot, at, watched: sections.map(({ argument }) => argument) });
      try {
        const printer = new StepPrinter(terminal, style, format);
        if (commands.length > 0) exitWith(await runStepScript(session, commands, printer, terminal));
        else if (!terminal.isInTerminal)
          exitWith(await runStepScript(session, stepCommandsOf(terminal.readLines()), printer, terminal));
        else if (terminal.isOutTerminal && format === 'text')
          exitWith(await new StepScreen(session, terminal, style).run());
        else exitWith(await runStepPrompt(session, printer, terminal));
      } finally {
        session.close();
      }
    });
}

/** To do the same again takes somebody who remembers: a flag says what. */
function flagValue({ name, leftOut }: StepArgument): string {
  return leftOut === 'plain' ? ` [${name}]` : ` <${name}>`;
}
