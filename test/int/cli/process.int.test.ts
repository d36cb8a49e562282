import { describe, expect, it } from 'vitest';
import { runProcess } from '../../support/run-process.ts';

describe('the program', () => {
  it.each([['--help'], ['--version'], ['log --help']])('prints what %s asks for', async (line) => {
    const args = line.split(' ');
    const { code, out, err } = await runProcess(args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/Usage: trace|^\d+\.\d+\.\d+\n$/);
  });

  it('says on stderr what is wrong with a command line, and exits with 2', async () => {
    const { code, out, err } = await runProcess(['frobnicate']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^trace: unknown command 'frobnicate'/);
  });
});
