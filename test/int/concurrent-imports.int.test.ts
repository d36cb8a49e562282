import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { importLogs } from '../../src/app/import-logs.ts';
import { openHistory } from '../../src/app/open-history.ts';
import { ImportLock } from '../../src/store/import-lock.ts';
import { writeLongTrace } from '../support/long-trace.ts';
import { sampleFiles } from '../support/sample-boots.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const CHILD = fileURLToPath(new URL('../support/import-child.ts', import.meta.url));

function importInProcess(file: string, output: string): Promise<number | null> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, file, output], { stdio: 'ignore' });
  return once(child, 'exit').then(([code]) => code as number | null);
}

describe('imports of the same file at the same time', () => {
  it('make one boot', async () => {
    const folder = temporaryFolder();
    const trace = join(folder, 'long.ftrace.txt');
    // More than one transaction, so that they would take turns.
    writeLongTrace(trace, 100_000);
    const output = join(folder, 'x.db');
    const codes = await Promise.all([1, 2, 3].map(() => importInProcess(trace, output)));
    expect(codes).toEqual([0, 0, 0]);
    const history = openHistory(output);
    expect(history.boots).toMatchObject([{ bootId: 1, finished: true, eventCount: 100_001 }]);
    history.close();
    expect(readdirSync(folder).sort()).toEqual(['long.ftrace.txt', 'x.db']);
  });
});

describe('the lock of an import', () => {
  it('is held by one at a time, and leaves nothing behind', () => {
    const folder = temporaryFolder();
    const history = join(folder, 'x.db');
    const lock = ImportLock.tryAcquire(history);
    expect(lock).toBeDefined();
    expect(ImportLock.tryAcquire(history)).toBeUndefined();
    lock?.release();
    expect(readdirSync(folder)).toEqual([]);
    const again = ImportLock.tryAcquire(history);
    expect(again).toBeDefined();
    again?.release();
  });

  it('is free again when its file was left behind', () => {
    const folder = temporaryFolder();
    const output = join(folder, 'x.db');
    writeFileSync(`${output}-import`, '');
    expect(importLogs({ files: sampleFiles('el2-boot-stop-boot'), output })).toMatchObject({ bootId: 1 });
    expect(existsSync(`${output}-import`)).toBe(false);
  });
});
