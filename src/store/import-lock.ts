import { closeSync, existsSync, openSync, realpathSync, rmSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { InputError } from '../base/input-error.ts';
import { systemReason } from '../base/system-error.ts';

/**
 * Keeps imports into one history apart, so that two of the same file cannot both find it missing. It is a lock of
 * SQLite on an empty file beside the history (`x.db-import`): the system takes it back however its process ends,
 * and a file that a killed process left behind is in nobody's way.
 */
export class ImportLock {
  private readonly db: Database.Database;
  private readonly path: string;

  private constructor(db: Database.Database, path: string) {
    this.db = db;
    this.path = path;
  }

  /** The lock, or undefined while somebody else has it. Throws an {@link InputError} where no file can be made. */
  static tryAcquire(history: string): ImportLock | undefined {
    const path = `${existsSync(history) ? realpathSync(history) : history}-import`;
    for (;;) {
      touch(path, history);
      const before = identityOf(path);
      const db = new Database(path, { timeout: 0 });
      try {
        // Nothing is ever written to it; a journal on disk would only be one more file.
        db.pragma('journal_mode = MEMORY');
        db.exec('BEGIN EXCLUSIVE');
      } catch (error) {
        db.close();
        if (error instanceof Database.SqliteError && /^SQLITE_(?:BUSY|CANTOPEN)/.test(error.code))
          return undefined;
        throw error;
      }
      // Whoever had the lock removes the file as it lets go: a lock on a file that is gone keeps nobody out.
      if (before !== undefined && identityOf(path) === before) return new ImportLock(db, path);
      db.close();
    }
  }

  release(): void {
    rmSync(this.path, { force: true });
    this.db.close();
  }
}

function touch(path: string, history: string): void {
  try {
    closeSync(openSync(path, 'a'));
  } catch (error) {
    throw new InputError(`cannot be written: ${reasonNotToTouch(error as NodeJS.ErrnoException)}`, {
      file: history,
    });
  }
}

/** The file that is touched is beside the history: its name would tell the user nothing. */
function reasonNotToTouch(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
      return 'its folder does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'no permission to make files in its folder';
    case 'EROFS':
      return 'its folder is read-only';
    default:
      return systemReason(error);
  }
}

function identityOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.dev}:${stat.ino}`;
}
