import type { BootInfo } from '../store/boot-reader.ts';
import { chooseBoot, LogReader } from '../store/boot-reader.ts';
import { openForReading } from '../store/database.ts';

/** A history opened to be read: its log, its boots, and a way to close it. */
export interface OpenHistory {
  readonly file: string;
  readonly log: LogReader;
  readonly boots: readonly BootInfo[];
  chooseBoot(wanted?: string): BootInfo;
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
      chooseBoot: (wanted) => chooseBoot(boots, file, wanted),
      close: () => db.close(),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}
