// FILE: folds a log into the state of the SoC, from the first event to the last.
import { Replay } from '../../../src/replay/replay.ts';
import { LogReader } from '../../../src/store/boot-reader.ts';
import { openForReading } from '../../../src/store/database.ts';
import { argument, Phase, printReport } from './phase.ts';

const file = argument(0);
const phase = new Phase();
const rows = phase.time(() => {
  const db = openForReading(file);
  const log = new LogReader(db, file);
  const count = log.boots()[0]?.eventCount ?? 0;
  new Replay(log.lazyChunks(1)).advanceTo(count);
  db.close();
  return count;
});
printReport({ rows, phase_cpu_ms: phase.cpuMs });
