import type { BootInfo } from '../store/boot-reader.ts';
import { chooseBoot, LogReader } from '../store/boot-reader.ts';
import { openForReading } from '../store/database.ts';
import { SnapshotReader } from '../store/snapshots.ts';

/** A history opened to be read: its log, its boots, and a way to close it. */
export interface OpenHistory {
  readonly file: string;
  readonly log: LogReader;
  readonly boots: readonly BootInfo[];
  readonly snapshots: SnapshotReader;
  /** The boot asked for by number or name, or the only one; `option` is how a user asks. */
  chooseBoot(wanted?: string, option?: string): BootInfo;
  close(): void;
}

/** Opens a history; whatever is wrong with the file is an InputError with one clear line. */
export function openHistory(file: string): OpenHistory {
  const db = openForReading(file);
  try {
    const log = new LogReader(db, file);
    const boots = log.boots();
    return {
      file,
      log,
      boots,
      snapshots: new SnapshotReader(db, file),
      chooseBoot: (wanted, option) => chooseBoot(boots, file, wanted, option),
      close: () => db.close(),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}
