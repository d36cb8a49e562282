import { type Arena, database, insertRows, type Result } from '../arena.ts';
import { phaseCpuMs, reported, type Sample } from '../contest.ts';
import { compare } from '../row.ts';

/** A log read from start to end, beside better-sqlite3 that reads as many rows. */
export async function readBack(arena: Arena): Promise<Result> {
  const { events } = arena.scale;
  const log = database(arena, 'read-log.db');
  const rows = database(arena, 'read-rows.db');
  await arena.stadium.run(arena.own.part('append-columns', [log.path, String(events)]));
  await arena.stadium.run(insertRows(arena, rows));
  const samples = await arena.stadium.contest('read', {
    '.raw() rows': arena.own.part('read-rows', [rows.path]),
    columns: arena.own.part('read-columns', [log.path]),
    objects: arena.own.part('read-objects', [log.path]),
  });
  for (const sample of Object.values(samples).flat()) {
    if (reported(sample, 'rows') !== events) throw new Error('a contender has not read everything');
  }
  for (const file of [log, rows]) file.remove();
  const rate = (sample: Sample) => events / (phaseCpuMs(sample) / 1000);
  const peer = { name: '.raw() rows', values: samples['.raw() rows'].map(rate) };
  return {
    rows: [
      compare('read back, columns', 'per second', samples.columns.map(rate), peer),
      compare('read back, objects', 'per second', samples.objects.map(rate), peer),
    ],
  };
}
