import type Database from 'better-sqlite3';
import { counted } from '../base/count.ts';
import type { SqlValue } from '../replay/projections/projection.ts';
import { LogReader } from './boot-reader.ts';
import { DerivedRows, type RowSink } from './derived-rows.ts';
import { DERIVED_TABLES, type DerivedTable, quoted } from './derived-schema.ts';
import type { Inspection } from './inspection.ts';

/** Findings of one table that are told one by one; a table that somebody else rebuilt has millions. */
const FINDINGS_PER_TABLE = 5;

/**
 * Compares every row of the given tables with what the log derives now: a row that says something else, one that
 * is missing and one that is too many are findings. The log must be sound.
 */
export function verifyTables(
  db: Database.Database,
  file: string,
  tables: ReadonlySet<DerivedTable>,
  inspection: Inspection,
): void {
  const reader = new LogReader(db, file);
  const checkers = new Map<DerivedTable, RowSink & { finish(): void }>();
  const checkerOf = (table: DerivedTable) => {
    const checker = tables.has(table) ? new TableChecker(db, table, inspection) : UNCHECKED;
    checkers.set(table, checker);
    return checker;
  };
  const rows = new DerivedRows(checkerOf);
  let events = 0;
  for (const boot of reader.boots()) {
    rows.beginBoot(boot.bootId);
    for (const chunk of reader.passingChunks(boot.bootId)) {
      rows.addChunk(chunk);
      events += chunk.count;
      inspection.onProgress('tables', events);
    }
    rows.endBoot();
  }
  rows.finish();
  for (const table of DERIVED_TABLES) (checkers.get(table) ?? checkerOf(table)).finish();
}

const UNCHECKED = { accept: () => {}, finish: () => {} };

/**
 * Compares the rows of a table as they are derived. Row n of what is derived was inserted as row n, so a row that
 * somebody took out, put in or changed is found as just that, and those behind it still match.
 */
class TableChecker implements RowSink {
  private readonly table: DerivedTable;
  private readonly inspection: Inspection;
  private readonly stored: Iterator<unknown[]>;
  private next: unknown[] | undefined;
  private derivedCount = 0;
  private findingCount = 0;

  constructor(db: Database.Database, table: DerivedTable, inspection: Inspection) {
    this.table = table;
    this.inspection = inspection;
    const columns = table.columns.map((column) => quoted(column.name)).join(', ');
    // Exact integers cost a bigint each, and only registers can be so large that a number would hide a change.
    this.stored = db
      .prepare<[], unknown[]>(`SELECT rowid, ${columns} FROM ${quoted(table.name)} ORDER BY rowid`)
      .raw(true)
      .safeIntegers(table.columns.some((column) => column.isWord))
      .iterate();
    this.next = this.readNext();
  }

  accept(values: SqlValue[], rowCount: number): void {
    const width = this.table.columns.length;
    for (let at = 0; at < rowCount * width; at += width) this.compare(values, at);
  }

  /** Whatever is left in the table is not derived from the log. */
  finish(): void {
    while (this.next !== undefined) this.rejectStored(this.next);
    const untold = this.findingCount - FINDINGS_PER_TABLE;
    if (untold > 0) {
      const { name } = this.table;
      this.inspection.find(
        { place: `table ${name}`, table: name, key: null },
        `has ${counted(untold, 'more row that disagrees', 'more rows that disagree')} with the log`,
      );
    }
  }

  private compare(values: readonly SqlValue[], at: number): void {
    this.derivedCount++;
    while (this.next !== undefined && Number(this.next[0]) < this.derivedCount) this.rejectStored(this.next);
    if (this.next === undefined || Number(this.next[0]) !== this.derivedCount) {
      this.find(this.derivedCount, this.nameOf(values, at), 'is missing');
      return;
    }
    const stored = this.next;
    const wrong = firstOther(values, at, stored);
    if (wrong < 0) {
      this.inspection.checked.tableRows++;
    } else {
      const column = this.table.columns[wrong]?.name ?? '';
      const is = renderCell(stored[wrong + 1]);
      const shouldBe = renderCell(values[at + wrong]);
      this.find(this.derivedCount, this.nameOf(values, at), `${column} is ${is}, the log says ${shouldBe}`);
    }
    this.next = this.readNext();
  }

  private rejectStored(stored: readonly unknown[]): void {
    this.find(Number(stored[0]), this.nameOf(stored, 1), 'is not in the log');
    this.next = this.readNext();
  }

  private readNext(): unknown[] | undefined {
    const { name } = this.table;
    const where = { place: `table ${name} from row ${this.derivedCount + 1}`, table: name, key: null };
    const result = this.inspection.reading(where, () => this.stored.next());
    return result === undefined || result.done === true ? undefined : result.value;
  }

  /** `seq 12 of boot 1`: the columns by which a person finds the row. */
  private nameOf(cells: readonly unknown[], at: number): string {
    const cell = (name: string) => cells[at + this.table.columns.findIndex((column) => column.name === name)];
    const position = this.table.columns.find(
      ({ name }) => (name === 'seq' || name === 'returned_seq' || name === 'from_seq') && cell(name) !== null,
    );
    const boot = `of boot ${renderCell(cell('boot'))}`;
    return position === undefined ? boot : `${position.name} ${renderCell(cell(position.name))} ${boot}`;
  }

  private find(rowid: number, name: string, problem: string): void {
    this.findingCount++;
    if (this.findingCount > FINDINGS_PER_TABLE) return;
    const place = `table ${this.table.name} row ${rowid} (${name})`;
    this.inspection.find({ place, table: this.table.name, key: { rowid } }, problem);
  }
}

/** The first column in which a stored row, whose rowid comes first, is not what it should be; -1 where none is. */
function firstOther(expected: readonly SqlValue[], at: number, stored: readonly unknown[]): number {
  for (let index = 1; index < stored.length; index++)
    if (!isSame(expected[at + index - 1] as SqlValue, stored[index])) return index - 1;
  return -1;
}

function isSame(expected: SqlValue, stored: unknown): boolean {
  return typeof expected === 'number' && typeof stored === 'bigint'
    ? BigInt(expected) === stored
    : expected === stored;
}

function renderCell(value: unknown): string {
  const text = value === null || value === undefined ? 'null' : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
