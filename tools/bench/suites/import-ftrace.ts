import { statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type Arena, database, type Result } from '../arena.ts';
import { type Contender, reported, type Sample } from '../contest.ts';
import { FTRACE_HEADER, generateFtrace, renderFtraceCsv, renderFtraceLine } from '../generate-ftrace.ts';
import { isInstalled } from '../peers.ts';
import { compare, median, type Row, spreadOf } from '../row.ts';
import { writeLines } from '../write-lines.ts';

const CSV_TABLE =
  'CREATE TABLE line (comm TEXT, pid INTEGER, cpu INTEGER, flags TEXT, t_us INTEGER, event TEXT, body TEXT)';

/** CPU seconds that Perfetto's tokenizer of ftrace text takes for a million lines. */
const PERFETTO_SECONDS_PER_MILLION = 2.7;
const PERFETTO_NOTE =
  "Perfetto's tokenizer is not run here: its number is a constant, 2.7 CPU-s a million lines, from another machine and trace.";

/** ftrace text to a log, beside C that parses it and keeps nothing, and others that keep something. */
export async function importFtrace(arena: Arena): Promise<Result> {
  const { lines } = arena.scale;
  const text = join(arena.folder, 'import.ftrace.txt');
  const csv = join(arena.folder, 'import.csv');
  const withSqlite = isInstalled('sqlite3');
  arena.onProgress('import: making the trace');
  writeLines(text, FTRACE_HEADER, generateFtrace(lines, 1), renderFtraceLine);
  if (withSqlite) writeLines(csv, '', generateFtrace(lines, 1), renderFtraceCsv);

  const log = database(arena, 'import.db');
  const logWithTables = database(arena, 'import-tables.db');
  const table = database(arena, 'import-csv.db');
  const kept = database(arena, 'import-kept.db');
  const samples = await arena.stadium.contest('import', {
    'C parse': { command: arena.peers.program('parse-ftrace'), args: [text] },
    import: importContender(arena, text, log),
    'import with tables': importContender(arena, text, logWithTables, true),
    'keeping only': arena.own.part('keep-text', [text, kept.path], { before: kept.remove }),
    '.import': withSqlite
      ? {
          command: 'sqlite3',
          args: [table.path, CSV_TABLE, `.import --csv "${csv}" line`],
          before: table.remove,
        }
      : undefined,
  });
  checkLines(samples['C parse'].map(parsedLines), lines);
  const linesOfText = lines + FTRACE_HEADER.split('\n').length - 1;
  checkLines(samples.import.map(importedLines), linesOfText);
  checkLines(samples['keeping only'].map(parsedLines), linesOfText);

  checkLines(samples['import with tables'].map(importedLines), linesOfText);

  const rate = (sample: Sample) => lines / (sample.cpuMs / 1000);
  const ours = samples.import.map(rate);
  const keeping = samples['keeping only'].map(rate);
  const parsing = { name: 'C parse', values: samples['C parse'].map(rate) };
  const rows: Row[] = [
    compare('import ftrace', 'per second', ours, parsing, {
      aim: { of: 'ratio', bound: 'at least', value: 0.35 },
    }),
    compare('import ftrace', 'per second', ours, { name: 'keeping only', values: keeping }),
    compare('keeping only', 'per second', keeping, parsing),
  ];
  if (withSqlite) {
    checkRows(table.path, lines);
    const values = samples['.import'].map(rate);
    rows.push(compare('import ftrace', 'per second', ours, { name: 'sqlite3 .import', values }));
  }
  const perfetto = 1e6 / PERFETTO_SECONDS_PER_MILLION;
  rows.push(
    {
      work: 'import ftrace',
      ours: { value: median(ours), unit: 'per second' },
      peer: { name: 'Perfetto', quantity: { value: perfetto, unit: 'per second' } },
      ratio: spreadOf(ours.map((value) => value / perfetto)),
      aim: { of: 'ratio', bound: 'at least', value: 5 },
      note: PERFETTO_NOTE,
    },
    peakMemory('import ftrace', samples.import),
    peakMemory('import ftrace, with its tables', samples['import with tables']),
    ...waitedFor('import ftrace', lines, samples.import, samples['import with tables']),
    compare('import ftrace, size', 'bytes', [statSync(log.path).size], {
      name: 'the text',
      values: [statSync(text).size],
    }),
  );
  for (const file of [log, logWithTables, table, kept]) file.remove();
  return { rows };
}

/** `trace import` of a file into a fresh history, without the tables for SQL unless told otherwise. */
export function importContender(
  arena: Arena,
  text: string,
  log: { path: string; remove: () => void },
  withTables = false,
): Contender {
  const args = ['import', text, '--output', log.path, '--format', 'json'];
  return arena.own.trace(withTables ? args : [...args, '--no-tables'], { before: log.remove });
}

/** What somebody waits for who imports, with the tables for SQL and without, beside what the processors do meanwhile. */
export function waitedFor(
  work: string,
  lines: number,
  withoutTables: readonly Sample[],
  withTables: readonly Sample[],
): Row[] {
  const row = (title: string, samples: readonly Sample[]) => ({
    ...compare(
      title,
      'per second',
      samples.map(({ wallMs }) => lines / (wallMs / 1000)),
      {
        name: 'by CPU time',
        values: samples.map(({ cpuMs }) => lines / (cpuMs / 1000)),
      },
    ),
    note: 'by the clock',
  });
  return [row(work, withoutTables), row(`${work}, with its tables`, withTables)];
}

/** The largest resident size, as it should be however long the input is. */
export function peakMemory(work: string, samples: readonly Sample[]): Row {
  return {
    work: `${work}, peak memory`,
    ours: { value: median(samples.map(({ maxRssBytes }) => maxRssBytes)), unit: 'bytes' },
    aim: { of: 'ours', bound: 'at most', value: 128e6 },
  };
}

export function importedLines({ report }: Sample): number {
  const sources = report['sources'] as readonly { readonly line_count: number }[];
  return sources.reduce((sum, { line_count }) => sum + line_count, 0);
}

export function parsedLines(sample: Sample): number {
  return reported(sample, 'parsed');
}

/** Nobody wins by leaving lines out. */
export function checkLines(counts: readonly number[], expected: number): void {
  for (const lines of counts) {
    if (lines !== expected) throw new Error(`a contender saw ${lines} lines of ${expected}`);
  }
}

function checkRows(path: string, expected: number): void {
  const db = new Database(path, { readonly: true });
  const rows = db.prepare<[], number>('SELECT count(*) FROM line').pluck().get();
  db.close();
  if (rows !== expected) throw new Error(`sqlite3 imported ${rows} lines of ${expected}`);
}
