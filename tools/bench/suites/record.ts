import { type Arena, database, insertRows, type Result } from '../arena.ts';
import { phaseCpuMs, reported, type Sample } from '../contest.ts';
import { compare } from '../row.ts';

/** Events of a boot of Lemans, that stops and starts its processors, are some 39 000. */
const BOOTS = 10;

/** Events a second while boots are simulated and recorded, beside C that only inserts rows. */
export async function record(arena: Arena): Promise<Result> {
  const rows = database(arena, 'record-rows.db');
  const log = database(arena, 'record-log.db');
  const samples = await arena.stadium.contest('record', {
    'C insert': insertRows(arena, rows),
    trace: arena.own.part('record', [log.path, String(BOOTS)], { before: log.remove }),
  });
  const rate = (sample: Sample) => reported(sample, 'rows') / (phaseCpuMs(sample) / 1000);
  const inserted = (sample: Sample) => arena.scale.events / (phaseCpuMs(sample) / 1000);
  const result: Result = {
    rows: [
      compare('record simulated boots', 'per second', samples.trace.map(rate), {
        name: 'C insert',
        values: samples['C insert'].map(inserted),
      }),
    ],
  };
  rows.remove();
  log.remove();
  return result;
}
