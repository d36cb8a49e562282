import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/base/input-error.ts';
import { readOnlyQuery } from '../../../src/store/read-only-query.ts';
import { buildEvent } from '../../support/build-event.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { reading, storeBoots, storeWithTables } from '../../support/temp-store.ts';

const TRAPPED = buildEvent('smc.trapped', { function_id: 2 ** 51 });
const TABLE_ENTRY = buildEvent('page_table.entry_written', {
  table_pa: 0,
  index: 0,
  level: 3,
  old: 0xffff_ffff_ffff_fffen,
  new: (1n << 53n) + 1n,
  iova: 0,
});

const history = () => storeWithTables([{ events: [TRAPPED, TABLE_ENTRY] }]);

function ask(path: string, sql: string, parameters: readonly unknown[] = []) {
  const { columns, rows } = readOnlyQuery(reading(path), sql, parameters);
  return { columns, rows: [...rows] };
}

describe('a query', () => {
  it('gives every integer as it is', () => {
    expect(ask(history(), 'SELECT "index", old, new AS n FROM page_table_entry_written')).toEqual({
      columns: ['index', 'old', 'n'],
      rows: [[0n, -2n, 9007199254740993n]],
    });
    expect(ask(history(), 'SELECT function_id FROM smc_trapped').rows).toEqual([[2n ** 51n]]);
  });

  it('may have two columns of one name, parameters, and nothing to tell', () => {
    const path = history();
    expect(ask(path, 'SELECT 1 AS a, ? AS a', ['x'])).toEqual({ columns: ['a', 'a'], rows: [[1n, 'x']] });
    expect(ask(path, 'SELECT seq FROM event WHERE seq > 99')).toEqual({ columns: ['seq'], rows: [] });
  });

  it.each([
    'EXPLAIN QUERY PLAN SELECT * FROM event WHERE seq = 1',
    'WITH n (x) AS (VALUES (1), (2)) SELECT * FROM n',
    'PRAGMA table_info(event)',
    'VALUES (1)',
    '-- what is there\nSELECT count(*) FROM event;',
  ])('may be: %s', (sql) => {
    expect(ask(history(), sql).rows.length).toBeGreaterThan(0);
  });

  it.each([
    'DELETE FROM event',
    "UPDATE event SET text = ''",
    "INSERT INTO boot_fact VALUES (1, 'a', 'b', 1, 'c') RETURNING name",
    'DROP TABLE event',
    'CREATE TABLE mine (a INTEGER)',
    'BEGIN IMMEDIATE',
    'VACUUM',
    'PRAGMA user_version = 7',
    'PRAGMA journal_mode = MEMORY',
    'ANALYZE',
  ])('may not be: %s', (sql) => {
    const path = history();
    const before = readFileSync(path);
    expect(() => ask(path, sql)).toThrow(InputError);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('makes no other file either', () => {
    const other = join(temporaryFolder(), 'other.db');
    for (const sql of [`ATTACH '${other}' AS other`, `VACUUM INTO '${other}'`]) {
      expect(() => ask(history(), sql)).toThrow(InputError);
    }
    expect(existsSync(other)).toBe(false);
  });

  it.each([
    ['SELEC 1', 'SQL: near "SELEC": syntax error'],
    ['SELECT silence FROM event', 'SQL: no such column: silence'],
    ['', 'SQL: The supplied SQL string contains no statements'],
    ['SELECT 1; SELECT 2', 'SQL: The supplied SQL string contains more than one statement'],
    ['SELECT ?', 'SQL: Too few parameter values were provided'],
    ["SELECT json('{')", 'SQL: malformed JSON'],
  ])('that SQLite does not understand is refused in its words: %s', (sql, complaint) => {
    expect(() => ask(history(), sql)).toThrow(new InputError(complaint));
  });

  it('tells how to get tables that are not there', () => {
    const path = storeBoots([{ events: [TRAPPED] }]);
    expect(() => ask(path, 'SELECT * FROM event')).toThrow(
      'SQL: no such table: event; `trace index` makes the tables',
    );
  });

  it('tells which tables there are where a name is none', () => {
    for (const path of [history(), storeBoots([{ events: [TRAPPED] }])]) {
      expect(() => ask(path, 'SELECT * FROM mappings')).toThrow(
        /^SQL: no such table: mappings; did you mean mapping, .*\? docs\/schema.sql has them all$/,
      );
    }
  });
});
