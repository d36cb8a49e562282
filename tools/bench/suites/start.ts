import type { Grounds, Result } from '../arena.ts';
import type { Sample } from '../contest.ts';
import { compare } from '../row.ts';

/** A recorded boot that comes with the project: a log of a few hundred lines. */
const BOOT = new URL('../../../traces/el2-boot-stop-boot/', import.meta.url).pathname;

/** The command line's first words, beside a Node that does nothing. By the clock: somebody waits for them. */
export async function start(grounds: Grounds): Promise<Result> {
  const samples = await grounds.stadium.contest('start', {
    'node -e 0': { command: process.execPath, args: ['-e', '0'] },
    log: grounds.own.trace(['log', `${BOOT}dmesg.txt`, '--limit', '1']),
    state: grounds.own.trace(['state', BOOT]),
  });
  const wall = (sample: Sample) => sample.wallMs;
  const peer = { name: 'node -e 0', values: samples['node -e 0'].map(wall) };
  return {
    rows: [
      compare('trace log, first event of a log', 'ms', samples.log.map(wall), peer, {
        aim: { of: 'ours', bound: 'at most', value: 150 },
      }),
      compare('trace state, end of a boot', 'ms', samples.state.map(wall), peer),
    ],
  };
}
