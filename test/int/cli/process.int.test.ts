import { describe, expect, it } from 'vitest';
import { buildEvent } from '../../support/build-event.ts';
import { runProcess } from '../../support/run-process.ts';
import { storeWithTables } from '../../support/temp-store.ts';

describe('the program', () => {
  it.each([['--help'], ['--version'], ['log --help']])('prints what %s asks for', async (line) => {
    const args = line.split(' ');
    const { code, out, err } = await runProcess(args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/Usage: trace|^\d+\.\d+\.\d+\n$/);
  });

  it('reads a query from a pipe', async () => {
    const path = storeWithTables([{ events: [buildEvent('log.printed', { level: 6, text: 'hello' })] }]);
    for (const args of [[], ['-']]) {
      const run = await runProcess(['sql', path, ...args, '--format', 'csv'], 'select text from event');
      expect(run).toMatchObject({ code: 0, out: 'text\r\nhello\r\n', err: '' });
    }
  });

  it('says on stderr what is wrong with a command line, and exits with 2', async () => {
    const { code, out, err } = await runProcess(['frobnicate']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^trace: unknown command 'frobnicate'/);
  });
});
