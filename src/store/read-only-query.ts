import Database from 'better-sqlite3';
import { closestNames } from '../base/closest.ts';
import { InputError } from '../base/input-error.ts';
import { DERIVED_TABLES } from './derived-schema.ts';

/** A history that is open, for those who hand it on without looking into it. */
export type HistoryDatabase = Database.Database;

/** Rows of a query, read as they are asked for; integers are bigints, so that none is rounded. */
export interface RawAnswer {
  readonly columns: readonly string[];
  readonly rows: Iterable<readonly unknown[]>;
}

/**
 * Runs one statement that only reads. One that would write, more than one, and one that SQLite does not
 * understand are InputErrors in SQLite's own words.
 */
export function readOnlyQuery(
  db: HistoryDatabase,
  query: string,
  parameters: readonly unknown[] = [],
): RawAnswer {
  const statement = prepare(db, query);
  if (!statement.readonly || !statement.reader) {
    throw new InputError('only queries that read are allowed here: SELECT, WITH, EXPLAIN, VALUES, PRAGMA');
  }
  const columns = statement.columns().map((column) => column.name);
  return { columns, rows: readRows(statement.raw(true).safeIntegers(true), parameters) };
}

function prepare(db: HistoryDatabase, query: string): Database.Statement<unknown[], unknown[]> {
  try {
    return db.prepare<unknown[], unknown[]>(query);
  } catch (error) {
    throw asQueryError(error);
  }
}

function* readRows(
  statement: Database.Statement<unknown[], unknown[]>,
  parameters: readonly unknown[],
): Generator<unknown[]> {
  try {
    yield* statement.iterate(...parameters);
  } catch (error) {
    throw asQueryError(error);
  }
}

function asQueryError(error: unknown): unknown {
  if (error instanceof Database.SqliteError || error instanceof RangeError || error instanceof TypeError) {
    const missing = /^no such table: (.+)$/.exec(error.message)?.[1];
    return new InputError(`SQL: ${error.message}${missing === undefined ? '' : hintOnTable(missing)}`);
  }
  return error;
}

/** Tables that a history may have, and this one has not, can be made; any other is another name for one of them. */
function hintOnTable(missing: string): string {
  const names = DERIVED_TABLES.map(({ name }) => name);
  if (names.includes(missing)) return '; `trace index` makes the tables';
  return `; did you mean ${closestNames(missing, names, 3).join(', ')}? docs/schema.sql has them all`;
}
