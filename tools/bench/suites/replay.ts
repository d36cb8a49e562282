import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Arena, type Result, renderCount } from '../arena.ts';
import { phaseCpuMs, reported, type Sample } from '../contest.ts';
import { type Aim, compare, median, type Row } from '../row.ts';

const STATES = 200;

/** Aims of the design: the state at a random event, by the traffic of its boot. */
const TRAFFIC = [
  { traffic: 'local', p95Ms: 10 },
  { traffic: 'uniform', p95Ms: 30 },
] as const;

/** A log folded into the state of the SoC, and the state at random events of long boots. */
export async function replay(arena: Arena): Promise<Result> {
  const rows: Row[] = [];
  for (const events of arena.scale.momentEvents)
    for (const { traffic, p95Ms } of TRAFFIC) rows.push(...(await replayBoot(arena, events, traffic, p95Ms)));
  return { rows };
}

async function replayBoot(
  { stadium, own, folder, onProgress }: Arena,
  events: number,
  traffic: string,
  p95Ms: number,
): Promise<Row[]> {
  const file = join(folder, `replay-${traffic}.db`);
  const title = `${renderCount(events)} ${traffic}`;
  onProgress(`replay, ${title}: writing`);
  await stadium.run(own.part('write-boot-traffic', [file, String(events), traffic, '1']));
  onProgress(`replay, ${title}: tables`);
  await stadium.run(own.part('derive', [file]));
  const fileBytes = statSync(file).size;
  onProgress(`replay, ${title}: snapshots`);
  const made = await stadium.run(own.part('make-snapshots', [file]));
  const middle = String(Math.ceil(events / 2));
  const samples = await stadium.contest(`replay, ${title}`, {
    rows: own.part('replay-rows', [file]),
    fold: own.part('replay-log', [file]),
    states: own.part('random-states', [file, String(STATES)]),
    shell: own.trace(['state', file, '--at', middle, '--section', 'machine']),
  });
  rmSync(file);
  const ours = (work: string, unit: Row['ours']['unit'], values: readonly number[], aim?: Aim): Row => ({
    work: `${title}, ${work}`,
    ours: { value: median(values), unit },
    ...(aim === undefined ? {} : { aim }),
  });
  const atMost = (value: number): Aim => ({ of: 'ours', bound: 'at most', value });
  const state = (name: string) => samples.states.map((sample) => reported(sample, name));
  const rate = (sample: Sample) => reported(sample, 'rows') / (phaseCpuMs(sample) / 1000);
  const rates = samples.fold.map(rate);
  const peer = { name: '.raw() rows', values: samples.rows.map(rate) };
  return [
    ours('replay', 'per second', rates, { of: 'ours', bound: 'at least', value: 6e6 }),
    compare(`${title}, replay`, 'per second', rates, peer, {
      aim: { of: 'ratio', bound: 'at least', value: 8 },
    }),
    ours('state p50', 'ms', state('ready_p50_ms')),
    ours('state p95', 'ms', state('ready_p95_ms'), atMost(p95Ms)),
    ours('state p99', 'ms', state('ready_p99_ms')),
    ours('state, all read, p95', 'ms', state('read_p95_ms')),
    { ...ours('walk', 'us', state('walk_us')), note: 'by the clock' },
    {
      ...ours(
        'trace state',
        'ms',
        samples.shell.map(({ wallMs }) => wallMs),
        atMost(200),
      ),
      note: 'by the clock',
    },
    ours('snapshots made', 'ms', [phaseCpuMs(made)]),
    ours('snapshots, of the file', 'share', [reported(made, 'snapshot_bytes') / fileBytes], atMost(0.1)),
  ];
}
