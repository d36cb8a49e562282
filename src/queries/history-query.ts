import {
  type Compilable,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { type HistoryDatabase, readOnlyQuery } from '../store/read-only-query.ts';
import type { HistoryTables } from './database-types.ts';

/**
 * Where queries on the tables of a history begin. It only writes SQL: {@link allRows} runs it, at once and on
 * whichever file, so that a read model is an ordinary function.
 */
export const history: Kysely<HistoryTables> = new Kysely({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (database) => new SqliteIntrospector(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

/** Every row that a query selects. Integers that a number cannot hold exactly are bigints. */
export function allRows<Row>(db: HistoryDatabase, query: Compilable<Row>): Row[] {
  const { sql, parameters } = query.compile();
  const { columns, rows } = readOnlyQuery(db, sql, parameters);
  return Array.from(
    rows,
    (row) => Object.fromEntries(columns.map((column, index) => [column, asNumber(row[index])])) as Row,
  );
}

function asNumber(value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
