import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { expect } from 'vitest';
import { openForReading } from '../../src/store/database.ts';
import { type VerifyReport, verifyHistory } from '../../src/store/verify.ts';
import { writeSampleHistory } from './sample-history.ts';
import { sharedFolder, temporaryFolder } from './temp-folder.ts';
import { tamper, tamperWithLog } from './temp-store.ts';

export function verify(path: string): VerifyReport {
  const db = openForReading(path);
  try {
    return verifyHistory(db, path);
  } finally {
    db.close();
  }
}

/** Findings as `place: problem`. */
export function findingsOf(path: string): string[] {
  return verify(path).findings.map(({ place, problem }) => `${place}: ${problem}`);
}

/** A sample history, and copies of it in which something was changed; call at the top level of a file. */
export class VerifySample {
  readonly path = join(sharedFolder(), 'sample.db');

  constructor() {
    writeSampleHistory(this.path);
  }

  copy(): string {
    const path = join(temporaryFolder(), 'copy.db');
    copyFileSync(this.path, path);
    return path;
  }

  /** A copy in which SQL changed rows of a table of the log, in spite of its triggers, which are there again. */
  editLog(table: string, sql: string): string {
    const path = this.copy();
    tamperWithLog(path, table, (db) => {
      withFlip(db);
      expect(db.prepare(sql).run().changes).toBeGreaterThan(0);
    });
    return path;
  }

  /** A copy in which SQL changed anything else. */
  editFile(...statements: string[]): string {
    const path = this.copy();
    tamper(path, (db) => {
      for (const sql of statements) db.exec(sql);
    });
    return path;
  }
}

/** Lets SQL change one bit in the middle of a blob. */
function withFlip(db: Database.Database): void {
  db.function('flip', (blob: unknown) => {
    const copy = Buffer.from(blob as Buffer);
    const middle = copy.length >> 1;
    copy[middle] = (copy[middle] as number) ^ 1;
    return copy;
  });
}
