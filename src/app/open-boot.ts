import { closeSync, mkdtempSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../base/input-error.ts';
import { importLogs } from './import-logs.ts';
import { type OpenHistory, openHistory } from './open-history.ts';

const SQLITE_MAGIC = 'SQLite format 3\0';

export interface OpenedBoot extends OpenHistory {
  /** What the import of a log warned of. */
  readonly warnings: readonly string[];
}

/**
 * Opens a history; a log, or a folder with the logs of one boot, is imported into one that is gone again when it is
 * closed.
 */
export function openBoot(path: string): OpenedBoot {
  const files = logsAt(path);
  if (files === undefined) return { ...openHistory(path), warnings: [] };
  const folder = mkdtempSync(join(tmpdir(), 'trace-diff-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const output = join(folder, 'boot.db');
    const { warnings } = importLogs({ files, output, withoutTables: true });
    const history = openHistory(output);
    return {
      ...history,
      warnings,
      close: () => {
        history.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** The logs that a path stands for; undefined for a history, and for what is not there, which its opener says. */
function logsAt(path: string): string[] | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (stat.isDirectory()) {
    const files = readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map(({ name }) => join(path, name))
      .sort();
    if (files.length === 0) throw new InputError('is a folder without a log', { file: path });
    return files;
  }
  if (!stat.isFile()) return undefined;
  const head = Buffer.alloc(SQLITE_MAGIC.length);
  const fd = openSync(path, 'r');
  try {
    const length = readSync(fd, head, 0, head.length, 0);
    return length === head.length && head.toString('latin1') === SQLITE_MAGIC ? undefined : [path];
  } finally {
    closeSync(fd);
  }
}
