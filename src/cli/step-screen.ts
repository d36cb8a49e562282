import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StepOutcome, StepSession } from '../app/step-boot.ts';
import {
  parseStepCommand,
  STEP_COMMANDS,
  STEP_SHORTCUTS,
  type StepCommandName,
  type StepCommandSpec,
} from '../app/step-commands.ts';
import { counted } from '../base/count.ts';
import { InputError } from '../base/input-error.ts';
import { Interruption } from '../base/interruption.ts';
import { runStepsUntil } from '../base/steps.ts';
import { renderTime } from '../base/time.ts';
import { wrap } from './cited-line.ts';
import { completeName } from './complete-name.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { cutMarkedLine, cutText, fitBlocks } from './fit-screen.ts';
import { isInterruption, type Key, type KeyInput } from './key-input.ts';
import { renderSection } from './state-text.ts';
import { linesOf, renderStepHelp, stopBlocks } from './step-text.ts';
import type { Style } from './style.ts';
import { printable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { printReasons } from './why-text.ts';

/** What stands below a stop; a terminal of 80 columns shows all of it. */
const LEGEND = 'n/b step  c/C change  f/F fault  g go  / find  w watch  s state  h help  q quit';
const LEGENDS_ASIDE = {
  state: 'Esc back to the event  :state SECTION shows one section',
  why: 'Esc back to the event',
  help: 'Esc back to the event',
} as const;

/** What keys that type nothing stand for. */
const NAMED_KEYS: Readonly<Record<string, string>> = {
  return: 'next',
  enter: 'next',
  down: 'next',
  right: 'next',
  up: 'back',
  left: 'back',
  pagedown: 'next 10',
  pageup: 'back 10',
  home: 'goto 1',
  end: 'goto end',
};

/** A search that goes on for so many steps says that it does. */
const PAUSES_BEFORE_A_WORD = 20;

/** Lines that a message may take. */
const MESSAGE_ROWS = 3;

const CLEAR_SCREEN = '\x1b[H\x1b[2J';
const CLEAR_LINE = '\r\x1b[K';

type Shown = Exclude<StepOutcome, { readonly type: 'nothing' | 'quit' }>;

/** A walk on a terminal: what a command comes to fills the screen, and each key is a command or asks for the rest of one. */
export class StepScreen {
  private readonly session: StepSession;
  private readonly terminal: Terminal;
  private readonly style: Style;
  /** A terminal that cannot clear its screen gets one stop below the other. */
  private readonly canClear: boolean;
  private shown: Shown;
  private message = '';

  constructor(session: StepSession, terminal: Terminal, style: Style) {
    this.session = session;
    this.terminal = terminal;
    this.style = style;
    this.canClear = !['', 'dumb'].includes(terminal.env['TERM'] ?? '');
    this.shown = { type: 'stop', stop: session.stop(), shortfall: null };
  }

  async run(): Promise<ExitCode> {
    const keys = this.terminal.openKeys();
    try {
      return await this.answer(keys);
    } catch (error) {
      if (error instanceof Interruption) return EXIT.interrupted;
      throw error;
    } finally {
      this.terminal.out(this.canClear ? CLEAR_LINE : '\n');
      this.terminal.flush();
      keys.close();
    }
  }

  private async answer(keys: KeyInput): Promise<ExitCode> {
    for (;;) {
      this.draw();
      const key = await keys.next();
      if (key === null || isEnd(key)) return EXIT.ok;
      if (isInterruption(key)) return EXIT.interrupted;
      if (key.name !== 'resize') this.message = '';
      try {
        const line = await this.lineOf(key, keys);
        if (line === undefined) continue;
        const isOver = await this.perform(line, keys);
        if (isOver) return EXIT.ok;
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        this.message = error.message;
      }
    }
  }

  /** Does a command. True when it was to leave. */
  private async perform(line: string, keys: KeyInput): Promise<boolean> {
    const steps = this.session.run(parseStepCommand(line));
    let pauses = 0;
    const pause = async () => {
      if (++pauses === PAUSES_BEFORE_A_WORD) {
        this.terminal.out(`${this.canClear ? CLEAR_LINE : '\n'}looking; Ctrl-C leaves`);
        this.terminal.flush();
      }
      await nextTurn();
    };
    const outcome = await runStepsUntil(steps, () => keys.isInterrupted(), pause);
    if (outcome.type === 'quit') return true;
    if (outcome.type === 'nothing') this.message = outcome.message;
    else this.shown = outcome;
    if (outcome.type === 'stop') this.message = outcome.shortfall ?? '';
    return false;
  }

  /** The command that a key stands for, with what the user types after it; undefined for none. */
  private async lineOf({ name, text }: Key, keys: KeyInput): Promise<string | undefined> {
    if (name === 'escape') this.shown = { type: 'stop', stop: this.session.stop(), shortfall: null };
    if (text === '') return NAMED_KEYS[name];
    if (text === ' ') return 'next';
    if (text === ':') return (await this.ask(':', keys)) || undefined;
    const shortcut = STEP_SHORTCUTS.find(({ key }) => key === text);
    if (shortcut !== undefined) return shortcut.line;
    const spec: StepCommandSpec<StepCommandName> | undefined = STEP_COMMANDS.find(({ key }) => key === text);
    if (spec === undefined) throw new InputError(`nothing is on key ${text}; h lists what there is`);
    if (spec.argument === null || spec.argument.leftOut === 'plain') return spec.name;
    const isSearch = ['/', '?'].includes(spec.key);
    const question = isSearch ? spec.key : `${spec.name} ${spec.argument.name}: `;
    const typed = await this.ask(question, keys, () => this.session.namesFor(spec.name));
    if (typed === undefined || (typed === '' && spec.argument.leftOut === 'wrong')) return undefined;
    // The key of a search backwards alone asks what there is.
    return typed === '' && spec.key === '?' ? 'help' : `${spec.name} ${typed}`;
  }

  /** Lets the user type a line in place of the legend; undefined when Esc leaves it. Tab completes names. */
  private async ask(
    question: string,
    keys: KeyInput,
    names: () => readonly string[] = () => [],
  ): Promise<string | undefined> {
    const { terminal } = this;
    const begin = `${this.canClear ? CLEAR_LINE : '\n'}${question}`;
    terminal.out(begin);
    let typed = '';
    for (;;) {
      terminal.flush();
      const key = await keys.next();
      if (key === null || key.name === 'escape') return undefined;
      if (isEnd(key)) return 'quit';
      if (isInterruption(key)) throw new Interruption('stopped');
      if (key.name === 'resize') {
        this.draw();
        terminal.out(begin + typed);
      } else if (key.name === 'return' || key.name === 'enter') return typed.trim();
      else if (key.name === 'backspace' || (key.ctrl && key.name === 'u')) {
        const count = key.ctrl ? typed.length : Math.min(1, typed.length);
        typed = typed.slice(0, typed.length - count);
        terminal.out('\b \b'.repeat(count));
      } else if (key.name === 'tab') {
        const { added, choices } = completeName(typed, names());
        if (added === '' && choices.length > 1)
          terminal.out(`\n${wrap(choices.join('  '), terminal.columns).join('\n')}\n${question}${typed}`);
        typed += added;
        terminal.out(added);
      } else if (key.text !== '') {
        typed += key.text;
        terminal.out(key.text);
      }
    }
  }

  private draw(): void {
    const { terminal, style, message, canClear } = this;
    const { columns, rows } = terminal;
    // The last line of the screen is the legend; a character in its last column would scroll some terminals.
    const said = message === '' ? [] : wrap(printable(message), columns).slice(0, MESSAGE_ROWS);
    const room = rows - 1 - said.length;
    const more = (hidden: number) => style.dim(`    ... ${counted(hidden, 'more line', 'more lines')}`);
    const lines = fitBlocks(this.blocks(columns), room, more);
    lines.push(...said.map(style.yellow));
    const legend = this.shown.type === 'stop' ? LEGEND : LEGENDS_ASIDE[this.shown.type];
    const body = lines.map((line) => `${cutMarkedLine(line, columns)}\n`).join('');
    terminal.out(`${canClear ? CLEAR_SCREEN : '\n'}${body}${style.dim(cutText(legend, columns - 1))}`);
    terminal.flush();
  }

  private blocks(columns: number): string[][] {
    const { shown, style } = this;
    switch (shown.type) {
      case 'stop':
        return stopBlocks(shown.stop, style, columns);
      case 'state': {
        const { at, sections } = shown.state;
        const title = style.bold(`the state right after #${at.seq} ${renderTime(at.t_ns)}`);
        return [[title], ...sections.map((section) => linesOf(renderSection(section, style, columns)))];
      }
      case 'why': {
        const lines: string[] = [];
        const out = (text: string) => lines.push(...linesOf(text)) > 0;
        printReasons(shown.reasons, { out, columns, isWidthKnown: true }, style);
        return [[style.bold(`why #${shown.seq}`)], lines];
      }
      case 'help':
        return [linesOf(renderStepHelp(columns, true))];
    }
  }
}

/** Ctrl-D. */
function isEnd({ name, ctrl }: Key): boolean {
  return ctrl && name === 'd';
}
