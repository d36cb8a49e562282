import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { InputError } from '../base/input-error.ts';
import type { LogFormat } from '../kernel-logs/log-formats.ts';
import type { BootInfo } from '../store/boot-reader.ts';
import { chooseBoot, LogReader } from '../store/boot-reader.ts';
import { openForReading } from '../store/database.ts';
import { deriveTables } from '../store/derive.ts';
import type { HistoryDatabase } from '../store/read-only-query.ts';
import { SnapshotReader } from '../store/snapshots.ts';
import { withinOneRead } from '../store/within-one-read.ts';
import { importTemporarily, importTexts, type TextInput } from './import-logs.ts';
import { fileInMessage } from './source-file.ts';

/** A history opened to be read: its log, its boots, and a way to close it. */
export interface OpenHistory {
  readonly file: string;
  readonly log: LogReader;
  readonly boots: readonly BootInfo[];
  /** What is odd about a log that was read in place of a history. */
  readonly warnings: readonly string[];
  readonly snapshots: SnapshotReader;
  /** Reads much in one go; see {@link withinOneRead}. */
  withinOneRead<T>(read: () => T): T;
  /** The boot asked for by number or name, or the only one; `option` is how a user asks. */
  chooseBoot(wanted?: string, option?: string): BootInfo;
  close(): void;
}

/**
 * Opens a history, or a log or a folder of logs as if it had been imported into one; whatever is wrong with it is an
 * InputError with one clear line.
 */
export function openHistory(file: string): OpenHistory {
  if (isRawLog(file)) {
    const { db, warnings } = importOnce(file);
    return checkHasContent(readFrom(db, file, warnings, () => {}));
  }
  const db = openForReading(file);
  return readFrom(db, file, [], () => db.close());
}

/** The same, for somebody who opens many and each once: what a log was read into goes when it is closed. */
export function openAlone(file: string): OpenHistory {
  if (!isRawLog(file)) return openHistory(file);
  const { db, warnings } = importTemporarily([file], { format: logFormat });
  return checkHasContent(readFrom(db, file, warnings, () => db.close()));
}

function checkHasContent(history: OpenHistory): OpenHistory {
  const { boots, file } = history;
  if (!boots.every(({ sources }) => sources.every(({ byteCount }) => byteCount === 0))) return history;
  history.close();
  throw new InputError('is empty; expected a kernel log, a trace or a history', {
    file: fileInMessage(file),
  });
}

/** Opens logs of one boot as if they had been imported into one history. */
export function openLogs(files: readonly string[], format?: LogFormat): OpenHistory {
  const { db, warnings } = importTemporarily(files, { format, mayBeAnything: true });
  return readFrom(db, files.join(', '), warnings, () => db.close());
}

/** Opens texts of one boot as if they had been imported into one history. */
export function openTexts(texts: readonly TextInput[], name: string): OpenHistory {
  const db = importTexts(texts);
  return readFrom(db, name, [], () => db.close());
}

function readFrom(
  db: HistoryDatabase,
  file: string,
  warnings: readonly string[],
  close: () => void,
): OpenHistory {
  try {
    const log = new LogReader(db, file);
    const boots = log.boots();
    return {
      file,
      log,
      boots,
      warnings,
      snapshots: new SnapshotReader(db, file),
      withinOneRead: (read) => withinOneRead(db, read),
      chooseBoot: (wanted, option) => chooseBoot(boots, file, wanted, option),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Opens the tables of a history, or of a log that is read in place of one. */
export function openTables(file: string): { db: HistoryDatabase; close: () => void } {
  if (!isRawLog(file)) {
    const db = openForReading(file);
    return { db, close: () => db.close() };
  }
  const raw = importOnce(file);
  checkHasContent(readFrom(raw.db, file, raw.warnings, () => {}));
  if (!raw.hasTables) deriveTables(raw.db, file);
  raw.hasTables = true;
  return { db: raw.db, close: () => {} };
}

interface RawLog {
  readonly db: HistoryDatabase;
  readonly warnings: readonly string[];
  hasTables: boolean;
}

/** Format of the logs that stand for histories; found out by content where nobody says it. */
let logFormat: LogFormat | undefined;

/** Says, once for the command that the process runs, what logs are that are given in place of histories. */
export function readLogsAs(format: LogFormat | undefined): void {
  logFormat = format;
}

/**
 * Logs that this process has read. A command may open what it is about more than once, and standard input can be read
 * only once; they are in memory or in files without names, and go with the process.
 */
const rawLogs = new Map<string, RawLog>();

function importOnce(file: string): RawLog {
  const key = `${logFormat ?? ''} ${file === '-' ? file : identityOf(file)}`;
  const known = rawLogs.get(key);
  if (known !== undefined) return known;
  const raw = { ...importTemporarily([file], { format: logFormat }), hasTables: false };
  rawLogs.set(key, raw);
  return raw;
}

function identityOf(file: string): string {
  const { dev, ino, size, mtimeMs } = statSync(file);
  return `${dev}:${ino} ${size} ${mtimeMs} ${file}`;
}

const SQLITE_MAGIC = 'SQLite format 3';

/** Bytes that tell text from anything else; a console may begin with garbage, but hardly with so much of it. */
const LOOK_BYTES = 4096;

/** Whether a path names what can be imported, as opposed to a history or to nothing that is known. */
function isRawLog(file: string): boolean {
  if (file === '-') return true;
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined || file.endsWith('.db')) return false;
  if (!stat.isFile()) return true;
  const head = Buffer.alloc(LOOK_BYTES);
  const fd = openSync(file, 'r');
  try {
    readSync(fd, head, 0, LOOK_BYTES, 0);
    return head.toString('latin1', 0, SQLITE_MAGIC.length) !== SQLITE_MAGIC;
  } finally {
    closeSync(fd);
  }
}
