import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openHistory } from '../../src/app/open-history.ts';
import { SeededRandom } from '../../src/base/seeded-random.ts';
import { writeLongTrace } from '../support/long-trace.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const MOMENTS = 50;
/** Imports that run side by side, each into a history of its own. */
const AT_ONCE = 5;
const LINES = 80_000;

function startImport(trace: string, output: string): ChildProcess {
  const script = fileURLToPath(new URL('../support/import-child.ts', import.meta.url));
  return spawn(process.execPath, ['--import', 'tsx', script, trace, output], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** Kills an import `delayMs` after it said that it begins; resolves when the process is gone. */
async function importKilledAfter(trace: string, output: string, delayMs: number): Promise<boolean> {
  const child = startImport(trace, output);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  const ended = new Promise<boolean>((resolve) => child.once('exit', (code) => resolve(code === 0)));
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  child.kill('SIGKILL');
  return ended;
}

/** How long imports take here and now, as many at once as will be killed later. */
async function timeImports(trace: string, folder: string): Promise<number> {
  const times = await Promise.all(
    Array.from({ length: AT_ONCE }, async (_unused, index) => {
      const child = startImport(trace, join(folder, `whole-${index}.db`));
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await new Promise((resolve) => child.stdout?.once('data', resolve));
      const begin = performance.now();
      await ended;
      return performance.now() - begin;
    }),
  );
  return Math.ceil(Math.max(...times));
}

describe('kill -9 in the middle of an import', () => {
  it(`leaves a consistent prefix at each of ${MOMENTS} random moments`, { timeout: 600_000 }, async () => {
    const folder = temporaryFolder();
    const trace = join(folder, 'long.ftrace.txt');
    writeLongTrace(trace, LINES);
    const random = new SeededRandom(20260722);
    const wholeMs = await timeImports(trace, folder);
    const seen = { unfinished: 0, finished: 0, nothing: 0, withEvents: 0 };
    for (let moment = 0; moment < MOMENTS; moment += AT_ONCE) {
      const outputs = Array.from({ length: AT_ONCE }, (_unused, index) =>
        join(folder, `killed-${moment + index}.db`),
      );
      await Promise.all(
        outputs.map(async (output) => {
          const completed = await importKilledAfter(trace, output, random.below(wholeMs));
          if (existsSync(output)) checkPrefix(output, completed, seen);
          else seen.nothing++;
          for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(output + suffix, { force: true });
        }),
      );
    }
    // Where nothing was ever cut off in the middle, the test would prove nothing.
    expect(seen.unfinished).toBeGreaterThan(5);
    expect(seen.withEvents).toBeGreaterThan(5);
  });
});

function checkPrefix(
  output: string,
  completed: boolean,
  seen: { unfinished: number; finished: number; nothing: number; withEvents: number },
): void {
  let history: ReturnType<typeof openHistory>;
  try {
    history = openHistory(output);
  } catch (error) {
    // Killed before the schema was there: the file is refused with a clear line, not with a crash.
    expect(String(error)).toMatch(/is empty|no boot history of ours|has schema 0/);
    seen.nothing++;
    return;
  }
  try {
    for (const boot of history.boots) {
      if (boot.finished) seen.finished++;
      else seen.unfinished++;
      expect(boot.finished || !completed).toBe(true);
      let expected = 1;
      let lines = 0;
      for (const event of history.log.events(boot.bootId)) {
        expect(event.seq).toBe(expected++);
        if (event.kind !== 'mapping.created') continue;
        lines++;
        expect(event.payload.iova).toBe(0x1000_0000 + ((event.line ?? 0) - 1) * 4096);
      }
      if (lines > 0) seen.withEvents++;
      const bytes = Buffer.concat([...history.log.sourceBytes(boot.bootId, 1)]);
      expect(bytes.length === 0 || bytes.at(-1) === 0x0a).toBe(true);
    }
  } finally {
    history.close();
  }
}
