import { statSync } from 'node:fs';
import { type Arena, database, insertRows, type Result } from '../arena.ts';
import { phaseCpuMs, type Sample } from '../contest.ts';
import { type Aim, compare, median } from '../row.ts';

/** Events in memory to a durable, hash-chained log, beside C that inserts rows. */
export async function append(arena: Arena): Promise<Result> {
  const { appendEvents: events } = arena.scale;
  const rows = database(arena, 'append-rows.db');
  const log = database(arena, 'append-log.db');
  const samples = await arena.stadium.contest('append', {
    'C insert': insertRows(arena, rows, events),
    objects: arena.own.part('append-objects', [log.path, String(events)], { before: log.remove }),
    columns: arena.own.part('append-columns', [log.path, String(events)], { before: log.remove }),
    'hash chain': arena.own.part('hash-chain', [log.path]),
  });
  const phaseRate = (sample: Sample) => events / (phaseCpuMs(sample) / 1000);
  const processRate = (sample: Sample) => events / (sample.cpuMs / 1000);
  const shares = samples['hash chain'].map(
    (sample, round) => phaseCpuMs(sample) / phaseCpuMs(samples.objects[round] as Sample),
  );
  const inserted = { name: 'C insert', values: samples['C insert'].map(phaseRate) };
  const bytesEach = (path: string) => [statSync(path).size / events];
  const aim: Aim = { of: 'ratio', bound: 'at least', value: 2 };
  const result: Result = {
    rows: [
      compare('append objects', 'per second', samples.objects.map(phaseRate), inserted, { aim }),
      compare('append columns', 'per second', samples.columns.map(phaseRate), inserted, { aim }),
      compare('append, whole process', 'per second', samples.objects.map(processRate), {
        name: 'C insert',
        values: samples['C insert'].map(processRate),
      }),
      compare(
        'append, size of an event',
        'bytes each',
        bytesEach(log.path),
        { name: 'C insert', values: bytesEach(rows.path) },
        { aim: { of: 'ours', bound: 'at most', value: 18 } },
      ),
      {
        work: 'append objects, hash chain',
        ours: { value: median(shares), unit: 'share' },
        aim: { of: 'ours', bound: 'at most', value: 0.1 },
      },
    ],
  };
  rows.remove();
  log.remove();
  return result;
}
