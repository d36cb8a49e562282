import { InputError } from '../base/input-error.ts';
import { type DerivedState, derivedState } from '../store/derive.ts';
import { readOnlyQuery } from '../store/read-only-query.ts';
import { openTables } from './open-history.ts';

/** What a cell can be. Integers that a number cannot hold exactly are bigints. */
export type SqlCell = number | bigint | string | null;

export interface SqlRequest {
  readonly file: string;
  readonly query: string;
}

export interface SqlAnswer {
  readonly columns: readonly string[];
  /** The rows, read as they are asked for. */
  readonly rows: Iterable<readonly SqlCell[]>;
  /** Whether the tables follow the log: `stale` and `missing` ones want `trace index`. */
  readonly tables: DerivedState;
}

/** Runs a query on the tables of a history, which it cannot change. `use` sees the rows one by one. */
export function querySql(request: SqlRequest, use: (answer: SqlAnswer) => void): void {
  const { db, close } = openTables(request.file);
  try {
    const tables = derivedState(db);
    const { columns, rows } = readOnlyQuery(db, request.query);
    use({ columns, rows: toCells(rows), tables });
  } catch (error) {
    if (!(error instanceof InputError) || error.file !== undefined) throw error;
    throw new InputError(error.message, { file: request.file });
  } finally {
    close();
  }
}

function* toCells(rows: Iterable<readonly unknown[]>): Generator<SqlCell[]> {
  for (const row of rows) yield row.map(toCell);
}

function toCell(value: unknown): SqlCell {
  if (typeof value === 'bigint') {
    const isSafe = value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER);
    return isSafe ? Number(value) : value;
  }
  if (Buffer.isBuffer(value)) return `x'${value.toString('hex')}'`;
  return value as SqlCell;
}
