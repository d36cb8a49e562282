import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { DEFINITIONS } from '../../../src/events/catalog.ts';
import { PROJECTIONS } from '../../../src/replay/projections/all-projections.ts';
import { DERIVED_TABLES, isDerivedTable } from '../../../src/store/derived-schema.ts';

function withEveryTable<T>(use: (db: Database.Database) => T): T {
  const db = new Database(':memory:');
  try {
    for (const { createTable, createIndexes } of DERIVED_TABLES) {
      db.exec(createTable);
      for (const createIndex of createIndexes.values()) db.exec(createIndex);
    }
    return use(db);
  } finally {
    db.close();
  }
}

interface ColumnInfo {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
}

describe('the derived tables', () => {
  it('are one for all events, one for each kind and one for each projection', () => {
    expect(DERIVED_TABLES.length).toBe(1 + DEFINITIONS.length + PROJECTIONS.length);
    expect(DERIVED_TABLES.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['event', 'smc_requested', 'shm_bridge_created', 'smc', 'boot_fact']),
    );
  });

  it('have in SQLite the columns that their definitions say', () => {
    withEveryTable((db) => {
      for (const { name, columns } of DERIVED_TABLES) {
        const info = db.prepare<[string], ColumnInfo>('SELECT * FROM pragma_table_info(?)').all(name);
        expect(info.map((column) => [column.name, column.type, column.notnull === 0])).toEqual(
          columns.map((column) => [column.name, column.type, column.nullable]),
        );
      }
    });
  });

  it('explain themselves in .schema, and are known by it as ours', () => {
    withEveryTable((db) => {
      for (const { name, doc } of DERIVED_TABLES) {
        const sql =
          db.prepare<[string], string>('SELECT sql FROM sqlite_schema WHERE name = ?').pluck().get(name) ??
          '';
        expect(sql).toContain(`-- ${doc}`);
        expect(isDerivedTable(sql)).toBe(true);
        expect(sql.endsWith(') STRICT')).toBe(true);
      }
    });
    expect(isDerivedTable('CREATE TABLE mine (a INTEGER)')).toBe(false);
  });

  it('find an event by its seq alone, and refuse to have it twice', () => {
    withEveryTable((db) => {
      const plan = db
        .prepare<[], { detail: string }>('EXPLAIN QUERY PLAN SELECT * FROM smc_requested WHERE seq = 12')
        .all();
      expect(plan[0]?.detail).toMatch(/USING INDEX smc_requested_by_seq_boot/);
      const insert = db.prepare('INSERT INTO smc_trapped VALUES (?, ?, 0, ?, NULL, 1)');
      insert.run(1, 7, 'linux');
      insert.run(2, 7, 'linux');
      expect(() => insert.run(1, 7, 'linux')).toThrow(/UNIQUE/);
    });
  });
});
