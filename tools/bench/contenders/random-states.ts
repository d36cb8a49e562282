// FILE COUNT: the state at random events of a boot, each from a snapshot: the CPU time until it can be asked, and until
// all of it has been read.
import { openHistory } from '../../../src/app/open-history.ts';
import { StateCursor } from '../../../src/app/state-cursor.ts';
import { SeededRandom } from '../../../src/base/seeded-random.ts';
import type { SocState } from '../../../src/soc/soc-state.ts';
import { argument, printReport } from './phase.ts';

const history = openHistory(argument(0));
const count = Number(argument(1));
const eventCount = history.boots[0]?.eventCount ?? 0;
const random = new SeededRandom(5);
const ready: number[] = [];
const read: number[] = [];
let sum = 0;
// The first ones are made while the engine still learns the code.
for (let round = -20; round < count; round++) {
  const seq = 1 + random.below(eventCount);
  const before = process.cpuUsage();
  const state = new StateCursor(history, 1).stateAt(seq);
  const readyMs = msSince(before);
  sum += readAll(state);
  if (round < 0) continue;
  ready.push(readyMs);
  read.push(msSince(before));
}
history.close();
printReport({
  sum,
  ready_p50_ms: quantile(ready, 0.5),
  ready_p95_ms: quantile(ready, 0.95),
  ready_p99_ms: quantile(ready, 0.99),
  read_p50_ms: quantile(read, 0.5),
  read_p95_ms: quantile(read, 0.95),
});

function msSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
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
