import type { Terminal } from './terminal.ts';

export type ColorChoice = 'auto' | 'always' | 'never';

/** Marks up text for a terminal, or leaves it alone. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

/** Colour goes to terminals only, and not where NO_COLOR or TERM=dumb asks for none, unless it is asked for. */
export function makeStyle(terminal: Terminal, choice: ColorChoice): Style {
  const wanted = (terminal.env['NO_COLOR'] ?? '') === '' && terminal.env['TERM'] !== 'dumb';
  const on = choice === 'always' || (choice === 'auto' && terminal.isOutTerminal && wanted);
  const wrap = (open: number, close: number) => (text: string) =>
    on ? `\x1b[${open}m${text}\x1b[${close}m` : text;
  return {
    bold: wrap(1, 22),
    dim: wrap(2, 22),
    red: wrap(31, 39),
    green: wrap(32, 39),
    yellow: wrap(33, 39),
  };
}
