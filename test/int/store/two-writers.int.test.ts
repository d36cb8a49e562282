import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ConflictError } from '../../../src/base/input-error.ts';
import { LogReader } from '../../../src/store/boot-reader.ts';
import { BootWriter } from '../../../src/store/boot-writer.ts';
import { closeWritten, openForWriting } from '../../../src/store/database.ts';
import { verifyHistory } from '../../../src/store/verify.ts';
import { buildEvent } from '../../support/build-event.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { reading, storeBoots } from '../../support/temp-store.ts';

const CHILD = fileURLToPath(new URL('../../support/append-child.ts', import.meta.url));
const line = (text: string) => buildEvent('log.printed', { level: null, text });

/** A process that has resumed the boot and waits for the word to append. */
async function startWriter(path: string, position: number, name: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, path, String(position), name], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('ready');
  return {
    go: async (): Promise<string> => {
      const ended = once(child, 'exit');
      child.stdin.write('go\n');
      const { value } = await lines.next();
      await ended;
      return String(value);
    },
  };
}

describe('two writers of one boot', () => {
  it('cannot both go on from the same place: one wins, the other is told, and the log has no gap', async () => {
    const path = storeBoots([{ events: [line('first')], isUnfinished: true }]);
    const writers = await Promise.all([startWriter(path, 1, 'one'), startWriter(path, 1, 'two')]);
    const outcomes = await Promise.all(writers.map((writer) => writer.go()));
    expect(outcomes.filter((outcome) => outcome === 'appended').length).toBe(1);
    expect(outcomes.find((outcome) => outcome !== 'appended')).toBe(
      'ConflictError: another process wrote to boot 1: expected its log to end at event 1, it ends at 5001',
    );
    const db = reading(path);
    const events = [...new LogReader(db, path).events(1)];
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 5001 }, (_unused, index) => index + 1));
    expect(new Set(events.slice(1).map(({ agent }) => agent)).size).toBe(1);
    expect(verifyHistory(db, path).findings).toEqual([]);
  });
});

describe('resuming a boot', () => {
  it('is refused where the log is not where the writer believes it to be', () => {
    const path = storeBoots([{ events: [line('a'), line('b')], isUnfinished: true }]);
    const db = openForWriting(path, { create: false });
    expect(() => BootWriter.resume(db, path, 1, 1)).toThrow(ConflictError);
    db.close();
  });

  it('is refused when the boot is finished, also when that happened meanwhile', () => {
    const path = storeBoots([{ events: [line('a')], isUnfinished: true }]);
    const late = openForWriting(path, { create: false });
    const lateWriter = BootWriter.resume(late, path, 1, 1);
    const db = openForWriting(path, { create: false });
    BootWriter.resume(db, path, 1, 1).finish();
    expect(() => BootWriter.resume(db, path, 1, 1)).toThrow(/boot 1 is finished/);
    expect(() => lateWriter.append([line('b')])).toThrow(ConflictError);
    lateWriter.abandon();
    for (const connection of [late, db]) connection.close();
    expect([...new LogReader(reading(path), path).events(1)].length).toBe(1);
  });

  it('goes on where it stopped, with the chain that was there', () => {
    const path = join(temporaryFolder(), 'x.db');
    storeBoots([{ events: [line('a')], isUnfinished: true }], path);
    const db = openForWriting(path, { create: false });
    const writer = BootWriter.resume(db, path, 1, 1);
    expect(writer.append([line('b'), line('c')])).toBe(3);
    writer.finish();
    closeWritten(db);
    const reader = new LogReader(reading(path), path);
    expect([...reader.events(1, 2)].map(({ payload }) => payload)).toEqual([
      { level: null, text: 'b' },
      { level: null, text: 'c' },
    ]);
    expect(verifyHistory(reading(path), path)).toMatchObject({
      findings: [],
      checked: { events: 3, chunks: 2 },
    });
  });

  it('loses nothing that was committed when the rest is abandoned', () => {
    const path = storeBoots([{ events: [line('a')], isUnfinished: true }]);
    const db = openForWriting(path, { create: false });
    const writer = BootWriter.resume(db, path, 1, 1);
    writer.builder.append(line('never'));
    writer.flush();
    writer.abandon();
    closeWritten(db);
    expect([...new LogReader(reading(path), path).events(1)].length).toBe(1);
  });
});
