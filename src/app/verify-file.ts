import { DamageError } from '../base/input-error.ts';
import { openForReading } from '../store/database.ts';
import type { HistoryDatabase } from '../store/read-only-query.ts';
import { unreadableHistory, type VerifyOptions, type VerifyReport, verifyHistory } from '../store/verify.ts';

export type { VerifyReport } from '../store/verify.ts';

/** Checks a history: whether anything in it was changed, lost or cut off, and where. */
export function verifyFile(file: string, options: VerifyOptions = {}): VerifyReport {
  let db: HistoryDatabase;
  try {
    db = openForReading(file);
  } catch (error) {
    // Not even the first page can be read: an answer to what was asked, no trouble with asking.
    if (error instanceof DamageError) return unreadableHistory(error.message);
    throw error;
  }
  try {
    return verifyHistory(db, file, options);
  } finally {
    db.close();
  }
}
