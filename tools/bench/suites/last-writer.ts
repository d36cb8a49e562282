import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Grounds, type Result, renderCount } from '../arena.ts';
import { phaseCpuMs, reported } from '../contest.ts';
import { median, type Row } from '../row.ts';

const QUESTIONS = 50_000;
const TRAFFIC = ['local', 'uniform'] as const;

/** Who wrote a descriptor last, and what an I/O address was mapped to, at moments of boots of several lengths. */
export async function lastWriter(grounds: Grounds): Promise<Result> {
  const rows: Row[] = [];
  for (const events of grounds.scale.momentEvents)
    for (const traffic of TRAFFIC) rows.push(...(await askBoot(grounds, events, traffic)));
  return { rows };
}

async function askBoot(
  { stadium, own, folder, onProgress }: Grounds,
  events: number,
  traffic: (typeof TRAFFIC)[number],
): Promise<Row[]> {
  const file = join(folder, `last-writer-${traffic}.db`);
  const title = `${renderCount(events)} ${traffic}`;
  onProgress(`last-writer, ${title}: writing`);
  await stadium.run(own.part('write-boot-traffic', [file, String(events), traffic, '1']));
  const logBytes = statSync(file).size;
  onProgress(`last-writer, ${title}: tables`);
  const derived = await stadium.run(own.part('derive', [file]));
  const bytes = statSync(file).size - logBytes;
  const { asked } = await stadium.contest(`last-writer, ${title}`, {
    asked: own.part('ask-moments', [file, String(QUESTIONS)]),
  });
  rmSync(file);
  const time = (name: string, aim: number): Row => ({
    work: `${title}, ${name}`,
    ours: { value: median(asked.map((sample) => reported(sample, nameOf(name)))), unit: 'us' },
    aim: { of: 'ours', bound: 'at most', value: aim },
    note: 'by the clock',
  });
  return [
    time('last writer median', 10),
    time('last writer p99', 25),
    time('mapping median', 10),
    time('mapping p99', 25),
    { work: `${title}, tables built`, ours: { value: phaseCpuMs(derived), unit: 'ms' } },
    { work: `${title}, tables`, ours: { value: bytes, unit: 'bytes' } },
  ];
}

/** What the contender calls it. */
function nameOf(name: string): string {
  return `${name.replace('last writer', 'writer').replaceAll(' ', '_')}_us`;
}
