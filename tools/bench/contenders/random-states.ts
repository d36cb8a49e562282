// FILE COUNT: the state at random events of a boot, each from a snapshot: the CPU time until it can be asked, and until
// all of it has been read; and the time by the clock of a walk of its translation tables.
import { openHistory } from '../../../src/app/open-history.ts';
import { StateCursor } from '../../../src/app/state-cursor.ts';
import { SeededRandom } from '../../../src/base/seeded-random.ts';
import type { SocState } from '../../../src/soc/soc-state.ts';
import { walkTable } from '../../../src/soc/walk.ts';
import { argument, printReport } from './phase.ts';

const history = openHistory(argument(0));
const count = Number(argument(1));
const eventCount = history.boots[0]?.eventCount ?? 0;
const random = new SeededRandom(5);
const ready: number[] = [];
const read: number[] = [];
const walks: number[] = [];
const WALKS = 200;
let sum = 0;
// The first ones are made while the engine still learns the code.
const learning = 20;
for (let round = -learning; round < count; round++) {
  const used = cpuMsOf(stateAtRandom);
  if (round >= 0) ready.push(used);
}
// Apart from the above: reading all of a state leaves garbage that the next one would pay for.
for (let round = 0; round < count / 4; round++) {
  history.withinOneRead(() => {
    const used = cpuMsOf(() => {
      sum += readAll(stateAtRandom());
    });
    read.push(used);
    walks.push(walkUs(stateAtRandom()));
  });
}
history.close();
printReport({
  sum,
  ready_p50_ms: quantile(ready, 0.5),
  ready_p95_ms: quantile(ready, 0.95),
  ready_p99_ms: quantile(ready, 0.99),
  read_p50_ms: quantile(read, 0.5),
  read_p95_ms: quantile(read, 0.95),
  walk_us: quantile(walks, 0.5),
});

function stateAtRandom(): SocState {
  return new StateCursor(history, 1).stateAt(1 + random.below(eventCount));
}

function cpuMsOf(action: () => void): number {
  const before = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Microseconds that a walk takes, of addresses that are mapped. */
function walkUs({ pageTables, tableMemory, mappings }: SocState): number {
  const roots = new Map([...pageTables].map(([rootPa, table]) => [table.space, { rootPa, ...table }]));
  const all = [...mappings];
  const asked = Array.from({ length: WALKS }, () => {
    const mapping = all[random.below(all.length)];
    const table = roots.get(mapping?.space ?? null);
    if (mapping === undefined || table === undefined) throw new Error('a mapping in no table');
    const { rootPa, stage, address_bits: inputBits, start_level: startLevel } = table;
    return {
      iova: mapping.iova,
      table: { rootPa, inputBits, startLevel, stage: stage === 2 ? 2 : 1 },
    } as const;
  });
  const before = process.hrtime.bigint();
  let found = 0;
  for (const { iova, table } of asked) {
    if (walkTable(table, iova, (pa) => tableMemory.read(pa)).outcome === 'mapped') found++;
  }
  const us = Number(process.hrtime.bigint() - before) / 1000;
  // In the middle of a call, a few are told of whose entries are not written yet.
  if (found < WALKS / 2) throw new Error(`only ${found} of ${WALKS} mapped addresses lead anywhere`);
  return us / WALKS;
}

function readAll({ tableMemory, mappings }: SocState): number {
  let total = 0;
  for (const number of tableMemory.pageNumbers()) total += tableMemory.page(number)?.[0] ?? 0;
  for (const { size } of mappings) total += size;
  return total;
}

function quantile(values: number[], share: number): number {
  return values.sort((a, b) => a - b)[Math.floor(share * values.length)] ?? Number.NaN;
}
