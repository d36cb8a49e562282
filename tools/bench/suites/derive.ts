import { copyFileSync } from 'node:fs';
import { type Arena, database, insertRows, type Result } from '../arena.ts';
import { phaseCpuMs, reported, type Sample } from '../contest.ts';
import { compare } from '../row.ts';

/** The tables for SQL, indexed, made from a log; beside C that inserts rows and makes no index. */
export async function derive(arena: Arena): Promise<Result> {
  const { events } = arena.scale;
  const log = database(arena, 'derive-log.db');
  const rows = database(arena, 'derive-rows.db');
  const derived = database(arena, 'derive.db');
  const copy = database(arena, 'derive-copy.db');
  await arena.stadium.run(arena.own.part('append-columns', [log.path, String(events)]));
  const contender = arena.own.part('derive', [derived.path], {
    before: () => {
      derived.remove();
      copyFileSync(log.path, derived.path);
    },
  });
  const trial = await arena.stadium.run(contender);
  if (reported(trial, 'rows') === 0) return { skipped: 'deriveTables makes no tables' };

  const samples = await arena.stadium.contest('derive', {
    'C insert': insertRows(arena, rows),
    derive: contender,
    // Of what the contender before it has made.
    'SQL copy': arena.own.part('copy-tables', [derived.path, copy.path], { before: copy.remove }),
  });
  samples['SQL copy'].forEach((sample, round) => {
    if (reported(sample, 'rows') !== reported(samples.derive[round] as Sample, 'rows'))
      throw new Error('the copy has other rows than what was copied');
  });
  const rate = (sample: Sample) => reported(sample, 'rows') / (phaseCpuMs(sample) / 1000);
  for (const file of [log, rows, derived, copy]) file.remove();
  return {
    rows: [
      compare(
        'derive tables',
        'per second',
        samples.derive.map(rate),
        { name: 'C insert', values: samples['C insert'].map(rate) },
        { aim: { of: 'ratio', bound: 'at least', value: 0.5 } },
      ),
      compare('derive tables', 'per second', samples.derive.map(rate), {
        name: 'SQL copy',
        values: samples['SQL copy'].map(rate),
      }),
    ],
  };
}
