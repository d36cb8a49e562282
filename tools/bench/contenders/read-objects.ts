// FILE: reads every event of a history as an object and adds up the times.
import { LogReader } from '../../../src/store/boot-reader.ts';
import { openForReading } from '../../../src/store/database.ts';
import { argument, Phase, printReport } from './phase.ts';

const file = argument(0);
const phase = new Phase();
let rows = 0;
let sum = 0;
phase.time(() => {
  const db = openForReading(file);
  for (const event of new LogReader(db, file).events(1)) {
    rows++;
    sum += event.t_ns ?? 0;
  }
  db.close();
});
printReport({ rows, sum, phase_cpu_ms: phase.cpuMs });
