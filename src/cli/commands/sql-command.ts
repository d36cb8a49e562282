import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { querySql, type SqlAnswer, type SqlCell } from '../../app/query-sql.ts';
import type { CommandContext } from '../command-context.ts';
import { runSqlShell } from '../sql-shell.ts';
import { csvField, printable, renderTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

type SqlFormat = 'text' | 'csv' | 'json' | 'ndjson';

export function sqlCommand(context: () => CommandContext): Command {
  return new Command('sql')
    .summary('read-only SQL over the tables')
    .description(
      'Runs one query on the tables of a history, which it cannot change, or asks for them one after another. Tables: event, one for each kind of event ' +
        '(smc_requested …), smc, mapping, page_table_entry, shm_bridge, memory_owner, remoteproc_state, boot_fact, subject_name; docs/sql.md asks them, docs/schema.sql describes them. ' +
        'In JSON an integer beyond 2^53 - 1, which few readers of JSON keep exactly, is a string of its decimal digits; ' +
        "every other integer is a number. SQLite has no unsigned integers: a 64-bit register is its two's complement.",
    )
    .argument('<db>', 'history, or a log as for import')
    .argument(
      '[query]',
      'SQL; when left out it is asked for on a terminal, and else read from standard input, as with -',
    )
    .addOption(
      new Option('--format <format>', 'how to print the rows')
        .choices(['text', 'csv', 'json', 'ndjson'])
        .default('text'),
    )
    .action(async (file: string, query: string | undefined, options: { format: SqlFormat }) => {
      const { terminal } = context();
      let hasWarned = false;
      const run = (text: string) =>
        querySql({ file, query: text }, (answer) => {
          if (answer.tables === 'stale' && !hasWarned) {
            hasWarned = true;
            terminal.err(
              `trace: the tables of ${file} do not hold all of its log; \`trace index\` makes them again\n`,
            );
          }
          PRINTERS[options.format](answer, terminal);
        });
      if (query === undefined && terminal.isInTerminal) {
        // What is wrong with the file is said before anybody types.
        querySql({ file, query: 'SELECT 1' }, () => {});
        await runSqlShell(terminal, run);
      } else {
        run(query === undefined || query === '-' ? readFileSync(0, 'utf8') : query);
      }
    });
}

const PRINTERS: Readonly<Record<SqlFormat, (answer: SqlAnswer, terminal: Terminal) => void>> = {
  text: printText,
  csv: (answer, terminal) => {
    terminal.out(`${answer.columns.map(csvField).join(',')}\r\n`);
    for (const row of answer.rows) {
      if (!terminal.out(`${row.map((cell) => csvField(cell === null ? '' : String(cell))).join(',')}\r\n`))
        return;
    }
  },
  ndjson: (answer, terminal) => {
    const names = eachOnce(answer.columns);
    for (const row of answer.rows) if (!terminal.out(`${rowToJson(names, row)}\n`)) return;
  },
  json: (answer, terminal) => {
    const names = eachOnce(answer.columns);
    let separator = '[\n';
    for (const row of answer.rows) {
      if (!terminal.out(separator + rowToJson(names, row))) return;
      separator = ',\n';
    }
    terminal.out(separator === '[\n' ? '[]\n' : '\n]\n');
  },
};

/** Rows that are held to find the widths of the columns; a longer answer is aligned block by block. */
const ROWS_TO_ALIGN = 1000;

function printText({ columns, rows }: SqlAnswer, terminal: Terminal): void {
  let block: (readonly SqlCell[])[] = [];
  let isFirst = true;
  const printBlock = () => {
    const right = columns.map((_column, index) => block.every((row) => typeof row[index] !== 'string'));
    const cells = block.map((row) => row.map((cell) => (cell === null ? '' : printable(String(cell)))));
    const table = renderTable(columns, cells, right);
    const goesOn = terminal.out(isFirst ? table : table.split('\n').slice(2).join('\n'));
    isFirst = false;
    block = [];
    return goesOn;
  };
  for (const row of rows) {
    block.push(row);
    if (block.length === ROWS_TO_ALIGN && !printBlock()) return;
  }
  if (block.length > 0 || isFirst) printBlock();
}

/** Names as keys: `select a.*, b.*` has some of them twice, and the second `seq` is `seq_2`. */
function eachOnce(columns: readonly string[]): string[] {
  const names = new Set<string>();
  for (const column of columns) {
    let name = column;
    for (let number = 2; names.has(name); number++) name = `${column}_${number}`;
    names.add(name);
  }
  return [...names];
}

/** An integer that a JSON number could not hold exactly is written as a string. */
function rowToJson(columns: readonly string[], row: readonly SqlCell[]): string {
  return JSON.stringify(
    Object.fromEntries(
      columns.map((column, index) => {
        const cell = row[index] ?? null;
        return [column, typeof cell === 'bigint' ? String(cell) : cell];
      }),
    ),
  );
}
