import { join } from 'node:path';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import type { NewEvent } from '../../src/events/catalog.ts';
import { BootWriter } from '../../src/store/boot-writer.ts';
import { closeWritten, openForReading, openForWriting } from '../../src/store/database.ts';
import { deriveTables } from '../../src/store/derive.ts';
import { temporaryFolder } from './temp-folder.ts';

export interface StoredBoot {
  readonly name?: string;
  readonly events: readonly NewEvent[];
  /** Left as its writer would leave it when it is stopped. */
  readonly isUnfinished?: boolean;
}

/** Writes boots into a history; its folder goes when the test is over. Returns its path. */
export function storeBoots(boots: readonly StoredBoot[], path = join(temporaryFolder(), 'boots.db')): string {
  const db = openForWriting(path, { create: true });
  for (const [index, { name = `boot ${index + 1}`, events, isUnfinished }] of boots.entries()) {
    const writer = BootWriter.begin(db, path, { name, origin: 'simulation' });
    writer.append(events);
    if (isUnfinished !== true) writer.finish();
  }
  closeWritten(db);
  return path;
}

/** The same, with its tables for SQL. */
export function storeWithTables(boots: readonly StoredBoot[]): string {
  const path = storeBoots(boots);
  derive(path);
  return path;
}

export function derive(
  path: string,
  options: Parameters<typeof deriveTables>[2] = {},
): ReturnType<typeof deriveTables> {
  const db = openForWriting(path, { create: false });
  const result = deriveTables(db, path, options);
  closeWritten(db);
  return result;
}

/** Opens a history read-only until the test is over. */
export function reading(path: string): Database.Database {
  const db = openForReading(path);
  onTestFinished(() => void db.close());
  return db;
}

/** Does to a history what no command of ours would: the connection knows nothing of us. */
export function tamper(path: string, action: (db: Database.Database) => void): void {
  const db = new Database(path);
  try {
    action(db);
  } finally {
    db.close();
  }
}

/** Changes rows of a table that triggers keep from being changed, and puts the triggers back as they were. */
export function tamperWithLog(path: string, table: string, action: (db: Database.Database) => void): void {
  tamper(path, (db) => {
    db.pragma('foreign_keys = OFF');
    const triggers = db
      .prepare<[string], { name: string; sql: string }>(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?",
      )
      .all(table);
    for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`);
    action(db);
    for (const { sql } of triggers) db.exec(sql);
  });
}
