import type { Grounds, Result } from '../arena.ts';
import type { Sample } from '../contest.ts';
import { compare } from '../row.ts';

/** The command line's first word, beside a Node that does nothing. By the clock: somebody waits for it. */
export async function start(grounds: Grounds): Promise<Result> {
  const samples = await grounds.stadium.contest('start', {
    'node -e 0': { command: process.execPath, args: ['-e', '0'] },
    trace: grounds.own.trace(['--version']),
  });
  const wall = (sample: Sample) => sample.wallMs;
  return {
    rows: [
      compare(
        'trace --version, wall time',
        'ms',
        samples.trace.map(wall),
        { name: 'node -e 0', values: samples['node -e 0'].map(wall) },
        { aim: { of: 'ours', bound: 'at most', value: 150 } },
      ),
    ],
  };
}
