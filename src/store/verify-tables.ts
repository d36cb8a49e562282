import Database from 'better-sqlite3';
import type { SqlValue } from '../replay/projections/projection.ts';
import { LogReader } from './boot-reader.ts';
import { DerivedRows, type RowSink } from './derived-rows.ts';
import { type DerivedTable, quoted } from './derived-schema.ts';

/** Told of each thing that is not as it was written: where, and what is wrong with it. */
export type ReportFinding = (place: string, problem: string) => void;

/** Findings of one table that are told one by one; a table that was rebuilt by somebody else has millions. */
const FINDINGS_PER_TABLE = 5;

/**
 * Compares every row of every derived table with what the log derives now: a row that says something else, one
 * that is missing and one that is too many are findings, named by table and row. Returns how many rows agreed.
 */
export function verifyTables(
  db: Database.Database,
  file: string,
  report: ReportFinding,
  onProgress: (events: number) => void,
): number {
  const reader = new LogReader(db, file);
  const checkers: TableChecker[] = [];
  const rows = new DerivedRows((table) => {
    const checker = new TableChecker(db, table, report);
    checkers.push(checker);
    return checker;
  });
  let events = 0;
  for (const boot of reader.boots()) {
    rows.beginBoot(boot.bootId);
    for (const chunk of reader.chunks(boot.bootId)) {
      rows.addChunk(chunk);
      events += chunk.count;
      onProgress(events);
    }
    rows.endBoot();
  }
  rows.finish();
  for (const checker of checkers) checker.finish();
  const checked = new Set(checkers.map((checker) => checker.table.name));
  for (const table of rows.tables) if (!checked.has(table.name)) new TableChecker(db, table, report).finish();
  return checkers.reduce((sum, checker) => sum + checker.equalRows, 0);
}

class TableChecker implements RowSink {
  readonly table: DerivedTable;
  equalRows = 0;
  private readonly report: ReportFinding;
  private readonly stored: Iterator<unknown[]>;
  private readonly place: string;
  private findings = 0;
  /** SQLite refused to read on: said once, and the rest of the table is unknown. */
  private isUnreadable = false;

  constructor(db: Database.Database, table: DerivedTable, report: ReportFinding) {
    this.table = table;
    this.report = report;
    this.place = `table ${table.name}`;
    const columns = table.columns.map((column) => quoted(column.name)).join(', ');
    this.stored = db
      .prepare<[], unknown[]>(`SELECT rowid, ${columns} FROM ${quoted(table.name)} ORDER BY rowid`)
      .raw(true)
      .safeIntegers(true)
      .iterate();
  }

  accept(values: SqlValue[], rowCount: number): void {
    const width = this.table.columns.length;
    for (let row = 0; row < rowCount && !this.isUnreadable; row++) {
      const stored = this.nextStored();
      if (stored === undefined) {
        this.find(this.place, `lacks the row for ${this.describe(values, row * width)}`);
        continue;
      }
      const wrong = this.table.columns.findIndex(
        (_column, index) => !isSame(values[row * width + index] as SqlValue, stored[index + 1]),
      );
      if (wrong < 0) {
        this.equalRows++;
        continue;
      }
      const name = this.table.columns[wrong]?.name ?? '';
      const expected = renderCell(values[row * width + wrong] as SqlValue);
      this.find(
        `${this.place} row ${String(stored[0])} (${this.describe(values, row * width)})`,
        `${name} is ${renderCell(stored[wrong + 1])}, the log says ${expected}`,
      );
    }
  }

  finish(): void {
    for (let stored = this.nextStored(); stored !== undefined; stored = this.nextStored()) {
      this.find(`${this.place} row ${String(stored[0])}`, 'is not in the log');
    }
    if (this.findings > FINDINGS_PER_TABLE) {
      this.report(
        this.place,
        `has ${this.findings - FINDINGS_PER_TABLE} more rows that disagree with the log`,
      );
    }
  }

  private nextStored(): unknown[] | undefined {
    if (this.isUnreadable) return undefined;
    try {
      const next = this.stored.next();
      return next.done === true ? undefined : next.value;
    } catch (error) {
      if (!(error instanceof Database.SqliteError)) throw error;
      this.isUnreadable = true;
      this.report(this.place, `cannot be read: ${error.message}`);
      return undefined;
    }
  }

  /** `boot 1, seq 12`: the first columns, by which a person finds the row. */
  private describe(values: readonly SqlValue[], at: number): string {
    return this.table.columns
      .slice(0, 2)
      .map((column, index) => `${column.name} ${renderCell(values[at + index])}`)
      .join(', ');
  }

  private find(place: string, problem: string): void {
    this.findings++;
    if (this.findings <= FINDINGS_PER_TABLE) this.report(place, problem);
  }
}

/** Stored integers come as bigints, so that no bit is lost on the way. */
function isSame(expected: SqlValue, stored: unknown): boolean {
  if (typeof expected === 'number') return typeof stored === 'bigint' && stored === BigInt(expected);
  return expected === stored;
}

function renderCell(value: unknown): string {
  const text = value === null || value === undefined ? 'null' : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
