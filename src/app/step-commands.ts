import { closestNames } from '../base/closest.ts';
import { InputError } from '../base/input-error.ts';

/**
 * Everything that a walk through a boot can be told. The keys of the walk, the words that it reads from a pipe, the flags
 * of the command and its help are made of this table.
 */
export const STEP_COMMANDS = [
  command('next', 'n', 'the next event, or so many on', optional('count')),
  command('back', 'b', 'the event before, or so many back', optional('count')),
  command('goto', 'g', 'to an event: a seq, -N from the end, a time, a name', required('moment')),
  command('next-change', 'c', 'to the next event that changes it', remembered('what')),
  command('previous-change', 'C', 'to the last event before that changes it', remembered('what')),
  command('next-fault', 'f', 'to the next fault or failure'),
  command('previous-fault', 'F', 'to the last fault or failure before'),
  command('find', '/', 'to the next event whose line holds a text', remembered('text')),
  command('find-back', '?', 'the same backwards', remembered('text')),
  command('section', 'w', 'watch a section of the state, or no longer', required('section')),
  command('state', 's', 'the state of the SoC here, or one section', optional('section')),
  command('why', 'y', 'what brought this event about'),
  command('help', 'h', 'what can be done'),
  command('quit', 'q', 'leave'),
] as const;

export type StepCommandName = (typeof STEP_COMMANDS)[number]['name'];

export interface StepCommandSpec<Name extends string = string> {
  /** Also its flag. */
  readonly name: Name;
  /** The key that it is on, which is also its short name. */
  readonly key: string;
  readonly help: string;
  /** What goes with it. */
  readonly argument: StepArgument | null;
}

export interface StepArgument {
  readonly name: string;
  /** What it means to leave it out: once, or all; the same as the last time; or nothing. */
  readonly leftOut: 'plain' | 'again' | 'wrong';
}

/** A command as it is to be done. */
export interface StepCommand {
  readonly name: StepCommandName;
  /** Empty where none was given. */
  readonly argument: string;
}

/** Keys for more than one step; each stands for a line. */
export const STEP_SHORTCUTS: readonly {
  readonly key: string;
  readonly line: string;
  readonly help: string;
}[] = [
  { key: 'N', line: 'next 10', help: '10 events on' },
  { key: 'B', line: 'back 10', help: '10 events back' },
  { key: '>', line: 'next 100', help: '100 events on' },
  { key: '<', line: 'back 100', help: '100 events back' },
];

function command<const Name extends string>(
  name: Name,
  key: string,
  help: string,
  argument: StepCommandSpec['argument'] = null,
): StepCommandSpec<Name> {
  return { name, key, help, argument };
}

function optional(name: string): StepArgument {
  return { name, leftOut: 'plain' };
}

function remembered(name: string): StepArgument {
  return { name, leftOut: 'again' };
}

function required(name: string): StepArgument {
  return { name, leftOut: 'wrong' };
}

/** The command that a line says: its name or key, and after a blank what goes with it; `/text` needs no blank. */
export function parseStepCommand(line: string): StepCommand {
  const text = line.trim();
  // The key of a search backwards alone asks what there is, as in other programs.
  if (text === '?') return { name: 'help', argument: '' };
  if (text === '') return { name: 'next', argument: '' };
  const [, word = '', rest = ''] = /^([/?]|\S+)\s*(.*)$/s.exec(text) ?? [];
  const shortcut = STEP_SHORTCUTS.find(({ key }) => key === word);
  if (shortcut !== undefined && rest === '') return parseStepCommand(shortcut.line);
  const spec: StepCommandSpec<StepCommandName> | undefined = STEP_COMMANDS.find(
    ({ name, key }) => name === word || key === word,
  );
  if (spec === undefined) {
    const near = closestNames(
      word,
      STEP_COMMANDS.map(({ name }) => name),
      2,
    );
    throw new InputError(
      `there is no command ${word}; did you mean ${near.join(' or ')}? help lists them all`,
    );
  }
  return checkedCommand(spec, rest);
}

/** A command with what was given for it. */
export function checkedCommand(spec: StepCommandSpec<StepCommandName>, argument: string): StepCommand {
  if (spec.argument === null && argument !== '')
    throw new InputError(`${spec.name} takes nothing, but was given ${argument}`);
  if (spec.argument?.leftOut === 'wrong' && argument === '')
    throw new InputError(`${spec.name} takes a ${spec.argument.name}`);
  return { name: spec.name, argument };
}

/** How many steps an argument asks for. */
export function parseStepCount(text: string): number {
  if (text === '') return 1;
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count >= 1) return count;
  throw new InputError(`expected a whole number of events from 1, not ${text}`);
}
