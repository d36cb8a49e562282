import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ImportProgress, importInSteps } from '../../../src/app/import-logs.ts';
import { openHistory } from '../../../src/app/open-history.ts';
import { verifyFile } from '../../../src/app/verify-file.ts';
import { Interruption } from '../../../src/base/interruption.ts';
import { runStepsUntil } from '../../../src/base/steps.ts';
import { writeLongTrace } from '../../support/long-trace.ts';
import { startProcess } from '../../support/run-process.ts';
import { sharedFolder } from '../../support/temp-folder.ts';

const folder = sharedFolder();
const trace = join(folder, 'long.ftrace.txt');
const LINES = 400_000;

beforeAll(() => writeLongTrace(trace, LINES));

/** Stops an import when it has come so far; returns what it says. */
async function stopAt(output: string, isFarEnough: (progress: ImportProgress) => boolean): Promise<string> {
  let isStopped = false;
  const onProgress = (progress: ImportProgress) => {
    isStopped ||= isFarEnough(progress);
  };
  const steps = importInSteps({ files: [trace], output, onProgress });
  try {
    await runStepsUntil(
      steps,
      () => isStopped,
      () => Promise.resolve(),
    );
  } catch (error) {
    expect(error).toBeInstanceOf(Interruption);
    return (error as Interruption).message;
  }
  throw new Error('was not stopped');
}

describe('an import that is stopped', () => {
  it('keeps what it has read, and says so', async () => {
    const output = join(folder, 'reading.db');
    const message = await stopAt(output, ({ stage, events }) => stage === 'reading' && events > 50_000);
    const history = openHistory(output);
    const [boot] = history.boots;
    expect(boot).toMatchObject({ bootId: 1, finished: false });
    expect(boot?.eventCount).toBeGreaterThan(50_000);
    expect(message).toBe(
      `stopped; ${output} keeps the first ${boot?.eventCount} events of boot 1 (reading), marked unfinished; importing again begins anew`,
    );
    const bytes = Buffer.concat([...history.log.sourceBytes(1, 1)]);
    expect(bytes.toString().split('\n')).toHaveLength((boot?.eventCount ?? 0) - 1 + 1);
    history.close();
    expect(verifyFile(output).findings).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.startsWith('reading'))).toEqual(['reading.db']);
  });

  it('is complete where only its tables are missing', async () => {
    const output = join(folder, 'tables.db');
    const message = await stopAt(output, ({ stage }) => stage === 'tables');
    expect(message).toBe(
      `stopped; ${output} holds all of boot 1 (tables), ${LINES + 1} events, but no tables for SQL: \`trace index\` makes them`,
    );
    expect(verifyFile(output).findings).toEqual([]);
  });
});

describe('Ctrl-C', () => {
  it('ends an import with one line on stderr and 130', async () => {
    const output = join(folder, 'signal.db');
    const { child, ended } = startProcess(['import', trace, '-o', output]);
    child.stdin?.end();
    while (!existsSync(output) || statSync(output).size === 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    child.kill('SIGINT');
    const { code, out, err } = await ended;
    expect({ code, out }).toEqual({ code: 130, out: '' });
    expect(err).toMatch(/^trace: stopped; .*signal\.db (?:keeps the first|holds all of)[^\n]*\n$/);
    expect(verifyFile(output).findings).toEqual([]);
  });
});
