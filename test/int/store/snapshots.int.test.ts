import { copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeAll, describe, expect, it } from 'vitest';
import { openHistory } from '../../../src/app/open-history.ts';
import { StateCursor } from '../../../src/app/state-cursor.ts';
import { verifyFile } from '../../../src/app/verify-file.ts';
import { SeededRandom } from '../../../src/base/seeded-random.ts';
import { runSteps } from '../../../src/base/steps.ts';
import { closeWritten, openForWriting } from '../../../src/store/database.ts';
import { makeDerivedInSteps } from '../../../src/store/make-derived.ts';
import { stateDifference } from '../../../src/store/verify-snapshots.ts';
import { writeBootTraffic } from '../../../tools/bench/contenders/boot-traffic.ts';
import { runCli } from '../../support/run-cli.ts';
import { sharedFolder, temporaryFolder } from '../../support/temp-folder.ts';

const folder = sharedFolder();
const traffic = join(folder, 'traffic.db');
const plain = join(folder, 'plain.db');

beforeAll(() => {
  writeBootTraffic(plain, { events: 100_000, traffic: 'local', seed: 3 });
  copyFileSync(plain, traffic);
  derive(traffic);
});

function derive(path: string, force = false) {
  const db = openForWriting(path, { create: false });
  try {
    return runSteps(makeDerivedInSteps(db, path, { force }));
  } finally {
    closeWritten(db);
  }
}

function copyOf(path: string): string {
  const copy = join(temporaryFolder(), 'copy.db');
  copyFileSync(path, copy);
  return copy;
}

function edit(path: string, ...statements: string[]): string {
  const copy = copyOf(path);
  const db = new Database(copy);
  db.function('flip', (blob: unknown) => {
    const bytes = Buffer.from(blob as Buffer);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] as number) ^ 1;
    return bytes;
  });
  for (const sql of statements) db.exec(sql);
  db.close();
  return copy;
}

function snapshotCount(path: string): number {
  const history = openHistory(path);
  try {
    return history.snapshots.seqs(1).length;
  } finally {
    history.close();
  }
}

describe('snapshots of a long boot', () => {
  it('are there when its tables are, within a tenth of the file', () => {
    const db = new Database(traffic, { readonly: true });
    const bytes = db.prepare('SELECT sum(byte_count) FROM snapshot').pluck().get() as number;
    db.close();
    expect(snapshotCount(traffic)).toBeGreaterThanOrEqual(3);
    expect(bytes).toBeLessThan(statSync(traffic).size / 10);
    expect(derive(copyOf(traffic))).toMatchObject({ derived: false, snapshotCount: 0 });
  });

  it('lead to the states that a replay from the first event leads to, forwards and backwards', () => {
    const random = new SeededRandom(11);
    const [fast, slow] = [openHistory(traffic), openHistory(plain)];
    try {
      const cursor = new StateCursor(fast, 1);
      const seqs = Array.from({ length: 12 }, () => 1 + random.below(100_000));
      for (const seq of seqs) {
        const expected = new StateCursor(slow, 1).stateAt(seq);
        expect(stateDifference(cursor.stateAt(seq), expected)).toEqual([]);
        expect(cursor.replayLength(seq)).toBe(0);
      }
      const last = fast.snapshots.seqs(1).at(-1) as number;
      expect(new StateCursor(fast, 1).replayLength(last + 5)).toBe(5);
      expect(new StateCursor(slow, 1).replayLength(last + 5)).toBe(last + 5);
    } finally {
      fast.close();
      slow.close();
    }
  });

  it('are a cache: without them, or with those of another program, the same is printed', async () => {
    const args = ['state', '--at', '90000', '--section', 'pas', '--section', 'mappings', '--format', 'json'];
    const [first, ...rest] = args as [string, ...string[]];
    const printed = async (path: string) => {
      const { out, code } = await runCli([first, path, ...rest]);
      expect(code).toBe(0);
      return out.replaceAll(path, 'DB');
    };
    const expected = await printed(traffic);
    expect(await printed(edit(traffic, 'DROP TABLE snapshot', 'DROP TABLE snapshot_part'))).toBe(expected);
    expect(await printed(edit(traffic, "UPDATE snapshot SET fold = 'of another program'"))).toBe(expected);
    const other = edit(traffic, "UPDATE snapshot SET fold = 'of another program'");
    expect(snapshotCount(other)).toBe(0);
    expect(verifyFile(other).notes).toEqual([
      expect.stringMatching(
        /^\d+ snapshots of another version of trace were not looked at; `trace index` makes/,
      ),
    ]);
    expect(verifyFile(traffic).notes).toEqual([]);
    expect(derive(other).snapshotCount).toBeGreaterThan(0);
    expect(await printed(other)).toBe(expected);
  });

  it('are not used when they are damaged, and the damage is found', async () => {
    const root = edit(
      traffic,
      'UPDATE snapshot SET root = flip(root) WHERE seq = (SELECT max(seq) FROM snapshot)',
    );
    const { err, code } = await runCli(['state', root]);
    expect(code).toBe(2);
    expect(err).toMatch(/the snapshot after event \d+ of boot 1 is damaged .*trace index --force/);
    expect(verifyFile(root).findings.map(({ problem }) => problem)).toEqual([
      expect.stringMatching(/damaged/),
    ]);
    const part = edit(
      traffic,
      'DELETE FROM snapshot_part WHERE part = (SELECT max(part) FROM snapshot_part)',
    );
    expect(verifyFile(part).findings.map(({ problem }) => problem)).toEqual([
      expect.stringMatching(/not there/),
    ]);
    expect(derive(part, true).snapshotCount).toBeGreaterThan(0);
    expect(verifyFile(part).findings).toEqual([]);
  });

  it('are held against the events by verify --replay, which finds one that is wrong in itself', async () => {
    const { out, code } = await runCli(['verify', traffic, '--replay']);
    expect(code).toBe(0);
    expect(out).toMatch(/, \d+ snapshots, \d+ states\n$/);
    // Each snapshot says that it is of one event earlier than it is: sound, and wrong.
    const wrong = edit(traffic, 'UPDATE snapshot SET seq = seq - 1');
    expect(verifyFile(wrong).findings).toEqual([]);
    const { findings } = verifyFile(wrong, { replay: true });
    expect(findings.length).toBe(snapshotCount(wrong));
    expect(findings[0]?.place).toMatch(/^the snapshot after event \d+ of boot 1$/);
    expect(findings[0]?.problem).toMatch(/applied one by one/);
  });
});

describe('snapshots of a short boot', () => {
  it('are not made: a replay takes no time', () => {
    const path = join(temporaryFolder(), 'short.db');
    writeBootTraffic(path, { events: 10_000, traffic: 'local', seed: 3 });
    expect(derive(path)).toMatchObject({ derived: true, snapshotCount: 0 });
    expect(derive(path)).toMatchObject({ derived: false, snapshotCount: 0 });
  });
});
