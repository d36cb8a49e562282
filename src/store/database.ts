import { closeSync, openSync, readdirSync, readFileSync, readSync, type Stats, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { ConflictError, DamageError, InputError } from '../base/input-error.ts';
import { systemReason } from '../base/system-error.ts';

/** Marks our files (`file x.db` shows it): "BTRC". */
const APPLICATION_ID = 0x42545243;

const MIGRATIONS = new URL('../../migrations/', import.meta.url);
const MIGRATION_NAME = /^(\d{4})_[a-z_]+\.sql$/;

/**
 * Larger pages than the default 4 KiB save CPU time with rows that are mostly blobs; each of the tables and
 * indexes takes at least one, which for a short boot is most of the file.
 */
const PAGE_SIZE = 8192;

/**
 * Pages that a writer keeps at hand, and what CREATE INDEX sorts in memory before it goes to a temporary file. Rows are
 * appended: the 16 MB that better-sqlite3 would take for each are no faster, and a quarter of what an import may take.
 */
const WRITER_CACHE_KIB = 2000;

interface Migration {
  readonly version: number;
  readonly name: string;
}

/** The migrations in order; `PRAGMA user_version` of a file is the number of the last one it has. */
export function listMigrations(): Migration[] {
  const migrations = readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, version: Number(MIGRATION_NAME.exec(name)?.[1] ?? Number.NaN) }));
  migrations.forEach(({ name, version }, index) => {
    if (version !== index + 1) throw new Error(`migration ${name} is out of sequence`);
  });
  return migrations;
}

const SCHEMA_VERSION = listMigrations().length;

/**
 * Opens a history that nothing will be written to. Every way in which it may not be one is a clear
 * {@link InputError}. What a killed writer left half-done is rolled back first, as SQLite does it at any
 * opening that may write: it is the last thing that writer owed, and a reader cannot see past it.
 */
export function openForReading(path: string): Database.Database {
  checkIsFile(path);
  try {
    return openRecovered(path);
  } catch (error) {
    if (!leftByKilledWriter(error)) throw whyNotRead(error, path);
  }
  try {
    const writable = new Database(path, { fileMustExist: true });
    try {
      userVersion(writable);
    } finally {
      writable.close();
    }
    return openRecovered(path);
  } catch (error) {
    if (error instanceof Database.SqliteError && /^SQLITE_(?:READONLY|CANTOPEN)/.test(error.code)) {
      throw new InputError(
        'was left half-written by a process that was killed, and cannot be mended because it is read-only',
        { file: path },
      );
    }
    throw asInputError(error, path);
  }
}

/** A history in the middle of being written needs files beside it, also to be read. */
function whyNotRead(error: unknown, path: string): unknown {
  const isRefused = error instanceof Database.SqliteError && /^SQLITE_(?:READONLY|CANTOPEN)/.test(error.code);
  if (!isRefused || headerOf(path)?.at(HEADER.readVersionAt) !== WRITE_AHEAD_LOG)
    return asInputError(error, path);
  return new InputError(
    'cannot be read here: its writer has not closed it, and its folder is read-only; copy it elsewhere, with its -wal if there is one',
    { file: path },
  );
}

function leftByKilledWriter(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_READONLY_(?:ROLLBACK|RECOVERY)$/.test(error.code);
}

/** @throws {Database.SqliteError} where a journal has to be rolled back first. */
function openRecovered(path: string): Database.Database {
  const db = new Database(path, { readonly: true, fileMustExist: true });
  try {
    checkIdentity(db, path);
    const version = userVersion(db);
    if (version < SCHEMA_VERSION) {
      throw new InputError(
        `has schema ${version}, this trace reads ${SCHEMA_VERSION}: run \`trace index\` on it once`,
        {
          file: path,
        },
      );
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Opens a history to write to, and makes it when there is none. */
export function openForWriting(path: string, options: { create: boolean }): Database.Database {
  const before = statOf(path);
  if (before !== undefined || !options.create) checkIsFile(path, options.create);
  const db = open(path, {});
  try {
    if (!isFresh(db)) checkIdentity(db, path);
    // Tables first: another process may be making this very history, and then it is fresh no longer.
    else if (before !== undefined && before.size > 0 && tableCount(db) > 0 && isFresh(db))
      refuseForeign(path);
    db.pragma('busy_timeout = 5000');
    db.pragma(`cache_size = -${WRITER_CACHE_KIB}`);
    if (isFresh(db)) db.pragma(`page_size = ${PAGE_SIZE}`);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    db.pragma('wal_autocheckpoint = 1000');
    db.pragma('foreign_keys = ON');
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw asInputError(error, path);
  }
}

/** Makes a history that nobody else sees and that goes when it is closed. Large ones are on disk, in a file without name. */
export function openTemporary(): Database.Database {
  const db = new Database('');
  db.pragma(`page_size = ${PAGE_SIZE}`);
  migrate(db);
  return db;
}

/**
 * Closes a history that was written to. It is left without a write-ahead log, as one file that can be
 * copied, mailed and read from read-only media; where somebody else still reads it, it stays as it is.
 */
export function closeWritten(db: Database.Database): void {
  try {
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.pragma('journal_mode = DELETE');
  } catch (error) {
    // Another connection is reading: the write-ahead log stays beside the file until the last one closes.
    if (!isBusy(error)) {
      db.close();
      throw asInputError(error, db.name);
    }
  }
  db.close();
}

/** Whether SQLite refused because another connection holds the file. */
export function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(?:BUSY|LOCKED)/.test(error.code);
}

function open(path: string, options: Database.Options): Database.Database {
  try {
    return new Database(path, options);
  } catch (error) {
    throw asInputError(error, path);
  }
}

/** What stands at a path, if anything; a path that the system refuses is an {@link InputError}. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new InputError(`cannot be opened: ${systemReason(error)}`, { file: path });
  }
}

function checkIsFile(path: string, emptyIsFine = false): void {
  const stat = statOf(path);
  if (stat === undefined) throw new InputError('no such file', { file: path });
  if (!stat.isFile()) throw new InputError('is not a file; expected a boot history (.db)', { file: path });
  if (stat.size === 0 && !emptyIsFine) {
    throw new InputError('is empty; expected a boot history (.db)', { file: path });
  }
}

function checkIdentity(db: Database.Database, path: string): void {
  if (db.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    if (tableCount(db) > 0) refuseForeign(path);
    throw new InputError(
      'is an SQLite database without tables: its writer had only begun, or it was copied without its -wal',
      { file: path },
    );
  }
  const version = userVersion(db);
  if (version < 1) {
    throw new DamageError(`is damaged: its header says schema ${version}, which no trace writes`, {
      file: path,
    });
  }
  if (version > SCHEMA_VERSION) {
    throw new InputError(
      `was written by a newer trace (schema ${version}, this one knows ${SCHEMA_VERSION})`,
      {
        file: path,
      },
    );
  }
}

function refuseForeign(path: string): never {
  throw new InputError('is an SQLite database, but no boot history of ours', { file: path });
}

function userVersion(db: Database.Database): number {
  return Number(db.pragma('user_version', { simple: true }));
}

export interface SchemaEntry {
  readonly type: string;
  readonly name: string;
  /** Table that it is, or belongs to. */
  readonly tbl_name: string;
  readonly sql: string | null;
}

/** Tables, indexes and triggers of the log, as the migrations make them; those that SQLite adds for keys too. */
export function logSchema(): SchemaEntry[] {
  const db = new Database(':memory:');
  try {
    migrate(db);
    return db.prepare<[], SchemaEntry>('SELECT type, name, tbl_name, sql FROM sqlite_schema').all();
  } finally {
    db.close();
  }
}

function tableCount(db: Database.Database): number {
  return Number(db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get());
}

function isFresh(db: Database.Database): boolean {
  return userVersion(db) === 0 && db.pragma('application_id', { simple: true }) === 0;
}

/** Brings the schema up to date, one migration a transaction, safe against another process that does the same. */
function migrate(db: Database.Database): void {
  for (const { version, name } of listMigrations()) {
    if (userVersion(db) >= version) continue;
    db.transaction(() => {
      if (userVersion(db) >= version) return;
      db.exec(readFileSync(new URL(name, MIGRATIONS), 'utf8'));
      db.pragma(`user_version = ${version}`);
      db.pragma(`application_id = ${APPLICATION_ID}`);
    }).immediate();
  }
}

/** Runs what touches a file, and turns SQLite's own errors into ones that a user can do something about. */
export function guarded<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof Database.SqliteError ? asInputError(error, path) : error;
  }
}

/** SQLite's own words for what is wrong with a file, as a line that says what the user can do. */
function asInputError(error: unknown, path: string): unknown {
  if (!(error instanceof Database.SqliteError)) {
    if (error instanceof TypeError && /directory does not exist/.test(error.message)) {
      return new InputError('cannot be written: its folder does not exist', { file: path });
    }
    return error;
  }
  const place = { file: path };
  // What we ask for is in every history; where it is not, the schema is another one than its header says.
  if (
    error.code === 'SQLITE_ERROR' &&
    /^(?:no such (?:table|column)|unsupported|malformed)/.test(error.message)
  ) {
    return new DamageError(
      `is damaged: its schema is not as it was made (${error.message}); \`trace verify\` tells more`,
      place,
    );
  }
  // The triggers of the log refuse what does not go at its end, and only somebody else can have moved that.
  if (error.code === 'SQLITE_CONSTRAINT_TRIGGER') {
    return new ConflictError(`was changed by another process meanwhile: ${error.message}`, place);
  }
  switch (error.code.split('_').slice(0, 2).join('_')) {
    case 'SQLITE_NOTADB':
      return new InputError('is not a boot history (.db)', place);
    case 'SQLITE_CORRUPT':
      return new DamageError(`is damaged: ${whatIsCutOff(path) ?? error.message}`, place);
    case 'SQLITE_READONLY':
      return new InputError('cannot be written: it is read-only', place);
    case 'SQLITE_CANTOPEN':
      return new InputError('cannot be opened: no permission, or its folder does not exist', place);
    case 'SQLITE_BUSY':
      return new InputError(
        'is in use by another process, which writes or reads it; try again when that is done',
        place,
      );
    case 'SQLITE_FULL':
      return new InputError('cannot be written: the disk is full', place);
    case 'SQLITE_IOERR':
      return new InputError(`cannot be read or written: ${error.message}`, place);
    default:
      return error;
  }
}

/** SQLite's header says how large a page is, how many there are, and what must be understood to read them. */
const HEADER = { bytes: 100, pageSizeAt: 16, readVersionAt: 19, pageCountAt: 28 };

/** Version for reading where there is, or was until somebody stopped, a write-ahead log. */
const WRITE_AHEAD_LOG = 2;

/** Of a file that is shorter than its header says: how much is left of it. */
function whatIsCutOff(path: string): string | undefined {
  const header = headerOf(path);
  if (header === undefined) return undefined;
  // 1 stands for 65536, which has no place in two bytes.
  const pageSize = header.readUInt16BE(HEADER.pageSizeAt);
  const wanted = header.readUInt32BE(HEADER.pageCountAt) * (pageSize === 1 ? 65_536 : pageSize);
  const { size } = statSync(path);
  return size < wanted ? `cut off, ${size} of its ${wanted} bytes are left` : undefined;
}

/** The header, where it can be read and is whole. */
function headerOf(path: string): Buffer | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      const header = Buffer.alloc(HEADER.bytes);
      return readSync(file, header) < HEADER.bytes ? undefined : header;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
