// FILE: decodes every chunk of a history into columns and adds up one of them.
import { LogReader } from '../../../src/store/boot-reader.ts';
import { openForReading } from '../../../src/store/database.ts';
import { argument, Phase, printReport } from './phase.ts';

const file = argument(0);
const phase = new Phase();
let rows = 0;
let sum = 0;
phase.time(() => {
  const db = openForReading(file);
  for (const chunk of new LogReader(db, file).chunks(1)) {
    rows += chunk.count;
    for (const time of chunk.times) sum += time;
  }
  db.close();
});
printReport({ rows, sum, phase_cpu_ms: phase.cpuMs });
