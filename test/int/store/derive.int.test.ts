import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { NewEvent } from '../../../src/events/catalog.ts';
import { BootWriter } from '../../../src/store/boot-writer.ts';
import { closeWritten, openForReading, openForWriting } from '../../../src/store/database.ts';
import { derivedState, deriveTables } from '../../../src/store/derive.ts';
import { verifyHistory } from '../../../src/store/verify.ts';
import { buildEvent, requested } from '../../support/build-event.ts';
import { sampleEvents } from '../../support/sample-history.ts';
import { derive, reading, storeBoots, storeWithTables, tamper } from '../../support/temp-store.ts';

const CHILD = fileURLToPath(new URL('../../support/derive-child.ts', import.meta.url));
const events = (count: number) =>
  sampleEvents(count).map((event) => ({ ...event, source: null, line: null })) as NewEvent[];

function stateOf(path: string): string {
  const db = openForReading(path);
  try {
    return derivedState(db);
  } finally {
    db.close();
  }
}

function count(db: Database.Database, table: string): number {
  return Number(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
}

/** Adds an event to the last boot, which is unfinished. */
function append(path: string, position: number): void {
  const db = openForWriting(path, { create: false });
  BootWriter.resume(db, path, 1, position).append([
    buildEvent('log.printed', { level: null, text: 'later' }),
  ]);
  closeWritten(db);
}

describe('deriving the tables', () => {
  it('tells how many rows it made, and is done once', () => {
    const path = storeBoots([{ events: events(50) }]);
    expect(stateOf(path)).toBe('missing');
    const { derived, eventCount, rowCount } = derive(path);
    expect({ derived, eventCount }).toEqual({ derived: true, eventCount: 50 });
    const db = reading(path);
    const projections = ['smc', 'mapping', 'shm_bridge', 'remoteproc_state', 'boot_fact', 'subject_name'];
    expect(rowCount).toBe(2 * 50 + projections.reduce((sum, table) => sum + count(db, table), 0));
    expect(stateOf(path)).toBe('current');
    expect(derive(path)).toEqual({ derived: false, eventCount: 50, rowCount: 0 });
    expect(derive(path, { force: true })).toMatchObject({ derived: true, rowCount });
  });

  it.each([
    ['the log has grown', (path: string) => append(path, 50)],
    ['another boot has come', (path: string) => void storeBoots([{ events: events(5) }], path)],
    ['a table is gone', (path: string) => tamper(path, (db) => db.exec('DROP TABLE smc'))],
    ['an index is gone', (path: string) => tamper(path, (db) => db.exec('DROP INDEX smc_by_name'))],
    [
      'a table looks different',
      (path: string) => tamper(path, (db) => db.exec('ALTER TABLE smc ADD COLUMN mine TEXT')),
    ],
    [
      'the layout is another one',
      (path: string) => tamper(path, (db) => db.exec("UPDATE derived_state SET layout = 'old'")),
    ],
  ])('is done again when %s', (_when, change) => {
    const path = storeWithTables([{ events: events(50), isUnfinished: true }]);
    expect(stateOf(path)).toBe('current');
    change(path);
    expect(stateOf(path)).toBe('stale');
    expect(derive(path).derived).toBe(true);
    expect(stateOf(path)).toBe('current');
    const db = reading(path);
    expect(verifyHistory(db, path).findings).toEqual([]);
  });

  it('removes tables of ours that no kind has any more, and nothing of anybody else', () => {
    const path = storeWithTables([{ events: events(20) }]);
    tamper(path, (db) => {
      const sql = String(
        db.prepare("SELECT sql FROM sqlite_schema WHERE name = 'smc_trapped'").pluck().get(),
      );
      db.exec(sql.replace('smc_trapped', 'smc_forgotten'));
      db.exec('CREATE TABLE mine (a INTEGER); CREATE VIEW my_view AS SELECT * FROM mine');
    });
    derive(path, { force: true });
    const names = reading(path).prepare<[], string>('SELECT name FROM sqlite_schema').pluck().all();
    expect(names).not.toContain('smc_forgotten');
    expect(names).toEqual(expect.arrayContaining(['mine', 'my_view', 'smc_trapped']));
  });

  it('is nothing that readers wait for: they have the old tables until the new ones are whole', () => {
    const path = storeWithTables([{ events: events(5000), isUnfinished: true }]);
    append(path, 5000);
    const reader = openForReading(path);
    const writer = openForWriting(path, { create: false });
    const seen: number[] = [];
    deriveTables(writer, path, { onProgress: () => seen.push(count(reader, 'event')) });
    expect(seen.length).toBeGreaterThan(2);
    expect(new Set(seen)).toEqual(new Set([5000]));
    expect(count(reader, 'event')).toBe(5001);
    for (const db of [reader, writer]) db.close();
  });

  it('leaves the old tables when its process is killed', () => {
    const path = storeWithTables([{ events: events(5000), isUnfinished: true }]);
    append(path, 5000);
    const { signal } = spawnSync(process.execPath, ['--import', 'tsx', CHILD, path]);
    expect(signal).toBe('SIGKILL');
    expect(stateOf(path)).toBe('stale');
    const db = reading(path);
    expect(count(db, 'event')).toBe(5000);
    expect(count(db, 'log_printed')).toBe(999);
    expect(verifyHistory(db, path).findings).toEqual([]);
    derive(path);
    expect(stateOf(path)).toBe('current');
  });

  it('leaves the log when it is killed while it makes the first tables, with pages of them in the file', () => {
    const path = storeBoots([{ events: events(90_000) }]);
    const sizeBefore = statSync(path).size;
    const { signal } = spawnSync(process.execPath, ['--import', 'tsx', CHILD, path]);
    expect(signal).toBe('SIGKILL');
    expect(statSync(path).size).toBeGreaterThan(sizeBefore);
    expect(stateOf(path)).toBe('missing');
    expect(statSync(path).size).toBe(sizeBefore);
    expect(verifyHistory(reading(path), path).findings).toEqual([]);
  });

  it('makes the first tables beside somebody who reads the log, and who still reads it as it was', () => {
    const path = storeBoots([{ events: events(5000) }]);
    const writer = openForWriting(path, { create: false });
    const db = reading(path);
    const chunks = db.prepare<[], number>('SELECT last_seq FROM chunk ORDER BY first_seq').pluck().iterate();
    expect(chunks.next().value).toBe(4096);
    deriveTables(writer, path);
    expect(chunks.next().value).toBe(5000);
    expect(chunks.next().done).toBe(true);
    closeWritten(writer);
    expect(count(db, 'event')).toBe(5000);
  });

  it('works on a history without any boot, and on a boot without any event', () => {
    const empty = storeBoots([]);
    expect(derive(empty)).toMatchObject({ derived: true, rowCount: 0 });
    expect(stateOf(empty)).toBe('current');
    const bare = storeWithTables([{ events: [] }, { events: [requested(0x42000205, [1n])] }]);
    expect(count(reading(bare), 'smc')).toBe(1);
    expect(stateOf(bare)).toBe('current');
  });
});
