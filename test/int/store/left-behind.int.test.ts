import { copyFileSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verifyFile } from '../../../src/app/verify-file.ts';
import { InputError } from '../../../src/base/input-error.ts';
import type { NewEvent } from '../../../src/events/catalog.ts';
import { LogReader } from '../../../src/store/boot-reader.ts';
import { BootWriter } from '../../../src/store/boot-writer.ts';
import { closeWritten, openForReading, openForWriting } from '../../../src/store/database.ts';
import { deriveTables } from '../../../src/store/derive.ts';
import { buildEvent } from '../../support/build-event.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { storeBoots } from '../../support/temp-store.ts';

/** Text that does not pack, so that a few chunks are megabytes. */
function bulkyEvents(count: number): NewEvent[] {
  return Array.from({ length: count }, (_unused, index) =>
    buildEvent('log.printed', {
      level: null,
      text: `${index} ${(index * 0x9e3779b1) % 0xffffffff}`.repeat(30),
    }),
  );
}

/** The seqs of a boot, after it was found that verify says nothing of it. */
function soundSeqs(path: string): number[] {
  expect(verifyFile(path).findings).toEqual([]);
  const db = openForReading(path);
  try {
    return [...new LogReader(db, path).events(1)].map(({ seq }) => seq);
  } finally {
    db.close();
  }
}

const firstSeqs = (count: number) => Array.from({ length: count }, (_unused, index) => index + 1);

describe('a copy of the file alone, while its writer has a write-ahead log beside it', () => {
  it('is a consistent prefix, or says what is wrong with it', () => {
    const path = join(temporaryFolder(), 'live.db');
    const copy = join(temporaryFolder(), 'copy.db');
    const db = openForWriting(path, { create: true });
    const writer = BootWriter.begin(db, path, { name: 'x', origin: 'import' });
    const outcomes = new Set<string>();
    for (const event of bulkyEvents(30_000)) {
      writer.builder.append(event);
      if (!writer.builder.isFull) continue;
      writer.commit();
      expect(existsSync(`${path}-wal`)).toBe(true);
      copyFileSync(path, copy);
      outcomes.add(outcomeOf(copy, writer.builder.nextSeq - 1));
    }
    closeWritten(db);
    expect(existsSync(`${path}-wal`)).toBe(false);
    // The file gets what is in the log beside it at a checkpoint only: the first time, and every so often.
    const nothing =
      'is an SQLite database without tables: its writer had only begun, or it was copied without its -wal';
    expect([...outcomes].sort()).toEqual(['a prefix', 'all', nothing]);
  });
});

function outcomeOf(path: string, written: number): string {
  try {
    if (verifyFile(path).findings.length > 0) return 'findings';
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  const seqs = soundSeqs(path);
  expect(seqs).toEqual(firstSeqs(seqs.length));
  return seqs.length < written ? 'a prefix' : 'all';
}

describe('a disk that is full', () => {
  it('is told in one line, and leaves what was committed', () => {
    const path = storeBoots([{ events: bulkyEvents(100), isUnfinished: true }]);
    const db = openForWriting(path, { create: false });
    db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true })) + 200}`);
    const writer = BootWriter.resume(db, path, 1, 100);
    expect(() => writer.append(bulkyEvents(30_000))).toThrow(
      new InputError('cannot be written: the disk is full', { file: path }),
    );
    writer.abandon();
    closeWritten(db);
    const seqs = soundSeqs(path);
    expect(seqs).toEqual(firstSeqs(seqs.length));
    expect(seqs.length).toBeGreaterThanOrEqual(100);
  });

  it('while tables are made leaves those that were there', () => {
    const path = storeBoots([{ events: bulkyEvents(5000) }]);
    const before = statSync(path).size;
    const db = openForWriting(path, { create: false });
    db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true })) + 20}`);
    expect(() => deriveTables(db, path)).toThrow(
      new InputError('cannot be written: the disk is full', { file: path }),
    );
    closeWritten(db);
    expect(statSync(path).size).toBeLessThan(before * 1.2);
    expect(soundSeqs(path)).toEqual(firstSeqs(5000));
    const roomy = openForWriting(path, { create: false });
    expect(deriveTables(roomy, path)).toMatchObject({ derived: true, eventCount: 5000 });
    closeWritten(roomy);
    expect(verifyFile(path)).toMatchObject({ findings: [], notes: [] });
  });
});
