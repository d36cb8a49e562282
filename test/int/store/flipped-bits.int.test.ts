import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openHistory } from '../../../src/app/open-history.ts';
import { verifyFile } from '../../../src/app/verify-file.ts';
import { InputError } from '../../../src/base/input-error.ts';
import { SeededRandom } from '../../../src/base/seeded-random.ts';
import { renderEvent } from '../../../src/events/catalog.ts';
import { writeSampleHistory } from '../../support/sample-history.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const FLIPS = 400;

/** Digest of all that a file says to whoever opens it with SQLite: its schema, and every row of every table. */
function contentOf(path: string): string {
  const db = new Database(path, { readonly: true });
  try {
    db.defaultSafeIntegers(true);
    const schema = db
      .prepare<[], { type: string; name: string; sql: string | null }>(
        'SELECT type, name, sql FROM sqlite_schema ORDER BY type, name',
      )
      .all();
    const rows = schema
      .filter(({ type }) => type === 'table')
      .map(({ name }) =>
        db
          .prepare(`SELECT rowid, * FROM "${name}" NOT INDEXED`)
          .raw(true)
          .all()
          .map((row) => (row as unknown[]).map(tell).join('|')),
      );
    return createHash('sha256')
      .update(JSON.stringify([schema, rows]))
      .digest('hex');
  } finally {
    db.close();
  }
}

function tell(cell: unknown): string {
  return Buffer.isBuffer(cell) ? cell.toString('hex') : `${typeof cell} ${String(cell)}`;
}

/** What verify makes of a file: that it is sound, as far as it goes, that it is not, or that it is no history of ours. */
function verdictOn(path: string): 'sound' | 'not compared' | 'damaged' | 'refused' {
  try {
    const { findings, notes } = verifyFile(path);
    if (findings.length > 0) return 'damaged';
    return notes.some((note) => note.includes('not compared')) ? 'not compared' : 'sound';
  } catch (error) {
    if (error instanceof InputError) return 'refused';
    throw error;
  }
}

/** Reads all of a history, as every command does some of it; what cannot be read is told in one line. */
function readAll(path: string): void {
  try {
    const history = openHistory(path);
    try {
      for (const { bootId, sources } of history.boots) {
        for (const event of history.log.events(bootId)) renderEvent(event);
        for (const { source } of sources)
          for (const bytes of history.log.sourceBytes(bootId, source)) bytes.at(0);
      }
    } finally {
      history.close();
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
}

describe('one bit of a history that flips', () => {
  it(`is found by verify, or changes nothing, and is told in one line, at ${FLIPS} random places`, () => {
    const path = join(temporaryFolder(), 'flipped.db');
    writeSampleHistory(path, { eventCount: 40 });
    const whole = readFileSync(path);
    const content = contentOf(path);
    // Most of a short history is room for more: bytes that are not zero say something.
    const places = [...whole.keys()].filter((at) => whole[at] !== 0);
    const random = new SeededRandom(28);
    const verdicts = { sound: 0, 'not compared': 0, damaged: 0, refused: 0 };
    for (let flip = 0; flip < FLIPS; flip++) {
      // Every fourth in the header, where a bit may make another file of it.
      const at = flip % 4 === 0 ? random.below(100) : (places[random.below(places.length)] as number);
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
      writeFileSync(path, bytes);
      const verdict = verdictOn(path);
      readAll(path);
      verdicts[verdict]++;
      if (verdict === 'sound') expect(contentOf(path), `byte ${at} was flipped`).toBe(content);
    }
    expect(verdicts.damaged).toBeGreaterThan(FLIPS / 2);
    expect(verdicts.refused).toBeGreaterThan(0);
  });
});
