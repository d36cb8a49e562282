// FILE: folds a log into the state of the SoC, from the first event to the last.
import { openHistory } from '../../../src/app/open-history.ts';
import { Replay } from '../../../src/replay/replay.ts';
import { argument, Phase, printReport } from './phase.ts';

const file = argument(0);
const phase = new Phase();
const rows = phase.time(() => {
  const history = openHistory(file);
  const count = history.boots[0]?.eventCount ?? 0;
  history.withinOneRead(() => new Replay(history.log.lazyChunks(1)).advanceTo(count));
  history.close();
  return count;
});
printReport({ rows, phase_cpu_ms: phase.cpuMs });
