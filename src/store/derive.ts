import type Database from 'better-sqlite3';
import { runSteps, type Steps } from '../base/steps.ts';
import type { SqlValue } from '../replay/projections/projection.ts';
import { type BootInfo, LogReader } from './boot-reader.ts';
import { guarded, isBusy } from './database.ts';
import { DerivedRows, ROWS_PER_BATCH, type RowSink } from './derived-rows.ts';
import {
  DERIVED_LAYOUT,
  DERIVED_TABLES,
  type DerivedTable,
  isDerivedTable,
  quoted,
} from './derived-schema.ts';

export interface DeriveOptions {
  /** Make the tables again even when they are current. */
  readonly force?: boolean | undefined;
  /** Told after each chunk how many events have their rows. */
  readonly onProgress?: ((progress: DeriveProgress) => void) | undefined;
}

export interface DeriveProgress {
  readonly stage: 'rows' | 'indexes';
  readonly events: number;
  readonly totalEvents: number;
}

export interface DeriveResult {
  /** False when the tables were current, and nothing was done. */
  readonly derived: boolean;
  readonly eventCount: number;
  readonly rowCount: number;
}

/** Whether the tables for SQL say what the log says; `missing` when they were never made. */
export type DerivedState = 'current' | 'stale' | 'missing';

export function derivedState(db: Database.Database): DerivedState {
  const tables = new Map(
    db
      .prepare<[], { name: string; sql: string | null }>(
        "SELECT name, sql FROM sqlite_schema WHERE type IN ('table', 'index')",
      )
      .all()
      .map(({ name, sql }) => [name, sql]),
  );
  if (![...tables.values()].some((sql) => sql !== null && isDerivedTable(sql))) return 'missing';
  const isComplete = DERIVED_TABLES.every(
    (table) =>
      tables.get(table.name) === table.createTable &&
      [...table.createIndexes].every(([name, createIndex]) => tables.get(name) === createIndex),
  );
  if (!isComplete) return 'stale';
  const boots = db
    .prepare<[], { end: number; derived: number | null; layout: string | null }>(
      `SELECT ifnull((SELECT max(last_seq) FROM chunk WHERE chunk.boot_id = boot.boot_id), 0) AS "end",
              derived_state.last_seq AS derived, layout
       FROM boot LEFT JOIN derived_state USING (boot_id)`,
    )
    .all();
  return boots.every((boot) => boot.derived === boot.end && boot.layout === DERIVED_LAYOUT)
    ? 'current'
    : 'stale';
}

/**
 * Makes the tables for SQL out of the log, all of them in one transaction: until it commits, readers go on with
 * the tables as they were, and a process that is killed leaves those behind.
 */
export function deriveTables(db: Database.Database, file: string, options: DeriveOptions = {}): DeriveResult {
  return runSteps(deriveInSteps(db, file, options));
}

/** The same, letting go after each chunk and index. Where it is stopped, the tables are as they were. */
export function* deriveInSteps(
  db: Database.Database,
  file: string,
  options: DeriveOptions = {},
): Steps<DeriveResult> {
  guarded(file, () => {
    if (derivedState(db) === 'missing') leaveWriteAheadLog(db);
    db.exec('BEGIN IMMEDIATE');
  });
  try {
    const result = yield* derive(db, file, options);
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    return guarded(file, () => {
      throw error;
    });
  }
}

/**
 * Tables that never were have no readers to be considerate of, and pages that are new need no journal: without a
 * write-ahead log each is written once, instead of into the log and from there into the file.
 */
function leaveWriteAheadLog(db: Database.Database): void {
  try {
    db.pragma('journal_mode = DELETE');
    // What NORMAL leaves to the write-ahead log, a rollback journal has to be sure of before a page is written over.
    db.pragma('synchronous = FULL');
  } catch (error) {
    // Somebody else has the file open: for them it stays as it is.
    if (!isBusy(error)) throw error;
  }
}

function* derive(db: Database.Database, file: string, options: DeriveOptions): Steps<DeriveResult> {
  const reader = new LogReader(db, file);
  const boots = reader.boots();
  const totalEvents = boots.reduce((sum, boot) => sum + boot.eventCount, 0);
  if (options.force !== true && derivedState(db) === 'current') {
    return { derived: false, eventCount: totalEvents, rowCount: 0 };
  }
  dropDerivedTables(db);
  for (const table of DERIVED_TABLES) {
    db.exec(table.createTable);
    // Rows come in the order of these keys, and appending each costs less than sorting all of them afterwards.
    createIndexes(db, table, (name) => table.uniqueIndexes.has(name));
  }
  const inserters: TableInserter[] = [];
  const rows = new DerivedRows((table) => {
    const inserter = new TableInserter(db, table);
    inserters.push(inserter);
    return inserter;
  });
  let events = 0;
  for (const boot of boots) {
    rows.beginBoot(boot.bootId);
    for (const chunk of reader.passingChunks(boot.bootId)) {
      rows.addChunk(chunk);
      events += chunk.count;
      options.onProgress?.({ stage: 'rows', events, totalEvents });
      yield;
    }
    rows.endBoot();
  }
  rows.finish();
  options.onProgress?.({ stage: 'indexes', events, totalEvents });
  for (const table of DERIVED_TABLES) {
    createIndexes(db, table, (name) => !table.uniqueIndexes.has(name));
    yield;
  }
  recordState(db, boots);
  return {
    derived: true,
    eventCount: events,
    rowCount: inserters.reduce((sum, { rowCount }) => sum + rowCount, 0),
  };
}

function createIndexes(
  db: Database.Database,
  table: DerivedTable,
  isWanted: (name: string) => boolean,
): void {
  for (const [name, createIndex] of table.createIndexes) if (isWanted(name)) db.exec(createIndex);
}

function dropDerivedTables(db: Database.Database): void {
  const tables = db
    .prepare<[], { name: string; sql: string }>(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL",
    )
    .all();
  for (const { name, sql } of tables) if (isDerivedTable(sql)) db.exec(`DROP TABLE "${name}"`);
}

function recordState(db: Database.Database, boots: readonly BootInfo[]): void {
  db.exec('DELETE FROM derived_state');
  const insert = db.prepare('INSERT INTO derived_state (boot_id, last_seq, layout) VALUES (?, ?, ?)');
  for (const boot of boots) insert.run(boot.bootId, boot.eventCount, DERIVED_LAYOUT);
}

class TableInserter implements RowSink {
  rowCount = 0;
  private readonly width: number;
  private readonly insertBatch: Database.Statement<SqlValue[]>;
  private readonly insertRow: Database.Statement<SqlValue[]>;

  constructor(db: Database.Database, table: DerivedTable) {
    this.width = table.columns.length;
    const row = `(${table.columns.map(() => '?').join(', ')})`;
    // A refused row ends the transaction anyway. OR FAIL lets SQLite know, which otherwise copies the last page of
    // the table before each statement, to be able to take back the first rows of a statement that fails later.
    const insert = `INSERT OR FAIL INTO ${quoted(table.name)} VALUES ${row}`;
    this.insertRow = db.prepare<SqlValue[]>(insert);
    this.insertBatch = db.prepare<SqlValue[]>(`${insert}${`, ${row}`.repeat(ROWS_PER_BATCH - 1)}`);
  }

  accept(values: SqlValue[], rowCount: number): void {
    this.rowCount += rowCount;
    if (rowCount === ROWS_PER_BATCH) {
      this.insertBatch.run(...values);
      return;
    }
    for (let row = 0; row < rowCount; row++) {
      this.insertRow.run(...values.slice(row * this.width, (row + 1) * this.width));
    }
  }
}
