import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/base/input-error.ts';
import { LogReader } from '../../../src/store/boot-reader.ts';
import { BootWriter } from '../../../src/store/boot-writer.ts';
import { listMigrations, openForReading, openForWriting } from '../../../src/store/database.ts';
import { deriveTables } from '../../../src/store/derive.ts';
import { sampleEvents } from '../../support/sample-history.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { reading, storeBoots, tamper, tamperWithLog } from '../../support/temp-store.ts';

/** The one line that a user sees. Whatever else is thrown is a bug of ours. */
function complaintOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.oneLine()).not.toContain('\n');
    expect(error.file).toBeDefined();
    return error.message;
  }
  return 'no complaint';
}

const plain = () =>
  storeBoots([{ events: sampleEvents(30).map((event) => ({ ...event, source: null, line: null })) }]);

function file(name: string, content: string | Buffer): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

function foreign(): string {
  const path = join(temporaryFolder(), 'foreign.db');
  const db = new Database(path);
  db.exec('CREATE TABLE contact (name TEXT)');
  db.close();
  return path;
}

function newer(): string {
  const path = plain();
  tamper(path, (db) => db.pragma('user_version = 99'));
  return path;
}

function folder(): string {
  const path = join(temporaryFolder(), 'folder.db');
  mkdirSync(path);
  return path;
}

const CASES: readonly (readonly [string, () => string, string])[] = [
  [
    'of a newer trace',
    newer,
    `was written by a newer trace (schema 99, this one knows ${listMigrations().length})`,
  ],
  ['of another program', foreign, 'is an SQLite database, but no boot history of ours'],
  ['that is a text', () => file('log.db', 'Linux version 7.2\n'.repeat(100)), 'is not a boot history (.db)'],
  ['that is a folder', folder, 'is not a file; expected a boot history (.db)'],
  [
    'whose header says a schema that never was',
    () => {
      const path = plain();
      tamper(path, (db) => db.pragma('user_version = 0'));
      return path;
    },
    'is damaged: its header says schema 0, which no trace writes',
  ],
  [
    'that was cut off',
    () => file('cut.db', readFileSync(plain()).subarray(0, 40_000)),
    expect.stringMatching(/^is damaged: cut off, 40000 of its \d+ bytes are left$/),
  ],
];

describe('a file', () => {
  it.each(CASES)('%s is refused in one line, to read and to write', (_what, make, complaint) => {
    const path = make();
    expect(complaintOf(() => openForReading(path))).toEqual(complaint);
    expect(complaintOf(() => openForWriting(path, { create: false }))).toEqual(complaint);
    expect(complaintOf(() => openForWriting(path, { create: true }))).toEqual(complaint);
  });

  it('that is not there, or empty, is refused to read, and made to write', () => {
    const missing = join(temporaryFolder(), 'missing.db');
    expect(complaintOf(() => openForReading(missing))).toBe('no such file');
    expect(complaintOf(() => openForWriting(missing, { create: false }))).toBe('no such file');
    const empty = file('empty.db', '');
    expect(complaintOf(() => openForReading(empty))).toBe('is empty; expected a boot history (.db)');
    for (const path of [missing, empty]) {
      openForWriting(path, { create: true }).close();
      expect(new LogReader(reading(path), path).boots()).toEqual([]);
    }
  });

  it('in a folder that is not there is refused', () => {
    const path = join(temporaryFolder(), 'no', 'such', 'folder.db');
    expect(complaintOf(() => openForWriting(path, { create: true }))).toBe(
      'cannot be written: its folder does not exist',
    );
  });

  it('of another program is left as it was', () => {
    const path = foreign();
    const before = readFileSync(path);
    complaintOf(() => openForWriting(path, { create: true }));
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('that was opened to read is not written to', () => {
    const path = plain();
    const before = readFileSync(path);
    const db = reading(path);
    expect(complaintOf(() => deriveTables(db, path))).toBe('cannot be written: it is read-only');
    expect(complaintOf(() => BootWriter.begin(db, path, { name: 'x', origin: 'import' }))).toBe(
      'cannot be written: it is read-only',
    );
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('that may not be changed is read all the same, and refused to write', ({ skip }) => {
    const path = plain();
    // Permissions do not stop root; a file that the system itself keeps from being changed does.
    if (spawnSync('chattr', ['+i', path]).status !== 0) skip('this file system has no immutable files');
    try {
      const db = openForReading(path);
      expect([...new LogReader(db, path).events(1)].length).toBeGreaterThan(20);
      db.close();
      expect(complaintOf(() => openForWriting(path, { create: false }))).toBe(
        'cannot be written: it is read-only',
      );
    } finally {
      spawnSync('chattr', ['-i', path]);
    }
  });

  it('that its writer has not closed is refused in a folder that may not be changed', ({ skip }) => {
    const path = plain();
    tamper(path, (db) => db.pragma('journal_mode = WAL'));
    const folder = dirname(path);
    if (spawnSync('chattr', ['+i', folder]).status !== 0) skip('this file system has no immutable folders');
    try {
      expect(complaintOf(() => openForReading(path))).toMatch(/^cannot be read here: .* copy it elsewhere/);
    } finally {
      spawnSync('chattr', ['-i', folder]);
    }
    expect(complaintOf(() => openForReading(path).close())).toBe('no complaint');
  });

  it('that others write, or read at length, is refused to write', () => {
    const path = plain();
    for (const hold of ['BEGIN; SELECT * FROM boot', 'BEGIN IMMEDIATE']) {
      const other = new Database(path);
      for (const sql of hold.split('; ')) {
        const statement = other.prepare(sql);
        if (statement.reader) statement.all();
        else statement.run();
      }
      expect(complaintOf(() => openForWriting(path, { create: false }))).toBe(
        'is in use by another process, which writes or reads it; try again when that is done',
      );
      other.close();
    }
    openForWriting(path, { create: false }).close();
  });

  it('that a killed writer left with a hot journal is rolled back, and read as it was before', () => {
    const before = plain();
    const live = join(temporaryFolder(), 'live.db');
    const left = join(temporaryFolder(), 'left.db');
    copyFileSync(before, live);
    const db = new Database(live);
    try {
      // A cache of one page makes the writer write in the middle of its transaction, over the old pages.
      db.pragma('cache_size = 1');
      db.exec('BEGIN; CREATE TABLE half (x)');
      db.exec(
        'WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 50) INSERT INTO half SELECT randomblob(8000) FROM n',
      );
      for (const suffix of ['', '-journal']) copyFileSync(live + suffix, left + suffix);
    } finally {
      db.close();
    }
    const reader = new LogReader(reading(left), left);
    expect([...reader.events(1)].length).toBeGreaterThan(20);
    expect(readFileSync(left).equals(readFileSync(before))).toBe(true);
  });

  it('with a damaged chunk is refused in one line by whoever reads that chunk', () => {
    const path = plain();
    tamperWithLog(path, 'chunk', (db) => db.exec("UPDATE chunk SET payload = x'0102'"));
    const reader = new LogReader(reading(path), path);
    expect(complaintOf(() => [...reader.events(1)])).toMatch(/^the chunk from event 1 of boot 1 is damaged/);
  });

  it.each([
    [
      'an unknown kind',
      "UPDATE event_kind SET kind = 'smc.imagined' WHERE kind = 'smc.requested'",
      /needs a newer trace$/,
    ],
    [
      'a kind of a later version',
      "UPDATE event_kind SET version = 2 WHERE kind = 'smc.requested'",
      /kind smc.requested version 2, which needs a newer trace$/,
    ],
    [
      'a kind with other fields',
      "UPDATE event_kind SET fields = '[]' WHERE kind = 'smc.requested'",
      /in another way than this trace$/,
    ],
    [
      'a kind that is not described',
      "UPDATE event_kind SET fields = '[' WHERE kind = 'smc.requested'",
      /has a damaged description of kind smc.requested/,
    ],
  ])('with %s is refused in one line', (_what, sql, complaint) => {
    const path = plain();
    tamperWithLog(path, 'event_kind', (db) => db.exec(sql));
    expect(complaintOf(() => new LogReader(reading(path), path))).toMatch(complaint);
    const db = openForWriting(path, { create: false });
    expect(complaintOf(() => BootWriter.begin(db, path, { name: 'x', origin: 'import' }))).toMatch(complaint);
    db.close();
  });
});
