import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openHistory } from '../../src/app/open-history.ts';
import { SeededRandom } from '../../src/base/seeded-random.ts';
import { bundleChild } from '../support/bundle-child.ts';
import { writeLongTrace } from '../support/long-trace.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const MOMENTS = 50;
/** Imports that run side by side, each into a history of its own. */
const AT_ONCE = 2;
/** Enough for an import to report its progress, and to commit, several times. */
const LINES = 200_000;
/** Reports of an import until it makes tables: one at the beginning, one for each 32 768 lines. */
const REPORTS = 7;
/** Longest time after a report: about what an import takes from one to the next. */
const DELAY_MS = 60;

/**
 * Kills an import `delayMs` after its `reports`-th sign of progress, which comes when it comes: on a busy machine too
 * the moments are spread over the whole import. Resolves when the process is gone: whether it had ended by itself.
 */
async function importKilledAfter(
  child: ChildProcess,
  { reports, delayMs }: { reports: number; delayMs: number },
): Promise<boolean> {
  const ended = new Promise<boolean>((resolve) => child.once('exit', (code) => resolve(code === 0)));
  await new Promise<void>((resolve) => {
    let seen = 0;
    child.stdout?.on('data', (bytes: Buffer) => {
      seen += bytes.length;
      if (seen >= reports) resolve();
    });
    child.once('exit', () => resolve());
  });
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  child.kill('SIGKILL');
  return ended;
}

describe('kill -9 in the middle of an import', () => {
  it(`leaves a consistent prefix at each of ${MOMENTS} random moments`, { timeout: 600_000 }, async () => {
    const folder = temporaryFolder();
    const trace = join(folder, 'long.ftrace.txt');
    writeLongTrace(trace, LINES);
    const program = bundleChild('import-child');
    const random = new SeededRandom(20260722);
    const seen = { unfinished: 0, finished: 0, nothing: 0, withEvents: 0 };
    try {
      for (let moment = 0; moment < MOMENTS; moment += AT_ONCE) {
        const outputs = Array.from({ length: AT_ONCE }, (_unused, index) =>
          join(folder, `killed-${moment + index}.db`),
        );
        await Promise.all(
          outputs.map(async (output) => {
            const child = spawn(process.execPath, [program.path, trace, output], {
              stdio: ['ignore', 'pipe', 'ignore'],
            });
            const when = { reports: 1 + random.below(REPORTS), delayMs: random.below(DELAY_MS) };
            const completed = await importKilledAfter(child, when);
            if (existsSync(output)) checkPrefix(output, completed, seen);
            else seen.nothing++;
            for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(output + suffix, { force: true });
          }),
        );
      }
    } finally {
      program.remove();
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
    expect(String(error)).toMatch(/is empty|without tables/);
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
      // Hundreds of thousands of events: compared here, and expected once.
      let wrong = 0;
      for (const event of history.log.events(boot.bootId)) {
        if (event.seq !== expected++) wrong++;
        if (event.kind !== 'mapping.created') continue;
        lines++;
        if (event.payload.iova !== 0x1000_0000 + ((event.line ?? 0) - 1) * 4096) wrong++;
      }
      expect(wrong).toBe(0);
      if (lines > 0) seen.withEvents++;
      const bytes = Buffer.concat([...history.log.sourceBytes(boot.bootId, 1)]);
      expect(bytes.length === 0 || bytes.at(-1) === 0x0a).toBe(true);
    }
  } finally {
    history.close();
  }
}
