import { InputError } from '../base/input-error.ts';
import { printable } from './table.ts';
import type { Terminal } from './terminal.ts';

const PROMPT = 'trace> ';
const PROMPT_FOR_MORE = '  ...> ';
const HELP = 'A query ends with a semicolon. .tables lists the tables, .quit or Ctrl-D ends.\n';
const TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";

/** Asks for queries until there are no more. A query may take several lines; one that is wrong ends nothing. */
export async function runSqlShell(terminal: Terminal, run: (query: string) => void): Promise<void> {
  let pending = '';
  const answer = (query: string) => {
    try {
      run(query);
      terminal.flush();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      terminal.err(`trace: ${printable(error.message)}\n`);
    }
  };
  terminal.err(HELP);
  for await (const line of terminal.readLines(() => (pending === '' ? PROMPT : PROMPT_FOR_MORE))) {
    const text = line.trim();
    if (pending === '' && (text === '.quit' || text === '.exit')) return;
    if (pending === '' && text.startsWith('.')) {
      if (text === '.tables') answer(TABLES);
      else terminal.err(HELP);
      continue;
    }
    if (pending === '' && text === '') continue;
    pending += `${line}\n`;
    if (!text.endsWith(';')) continue;
    answer(pending);
    pending = '';
  }
  if (pending !== '') answer(pending);
}
