import { openForReading } from '../store/database.ts';
import { type VerifyOptions, type VerifyReport, verifyHistory } from '../store/verify.ts';

export type { VerifyReport } from '../store/verify.ts';

/** Checks a history: whether anything in it was changed, lost or cut off, and where. */
export function verifyFile(file: string, options: VerifyOptions = {}): VerifyReport {
  const db = openForReading(file);
  try {
    return verifyHistory(db, file, options);
  } finally {
    db.close();
  }
}
