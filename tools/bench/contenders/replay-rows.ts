// FILE: the rows that insert-rows.c wrote, read in the fastest way that better-sqlite3 has and folded into the same
// table memory that a replay has.
import Database from 'better-sqlite3';
import { TableMemory } from '../../../src/soc/table-memory.ts';
import { argument, Phase, printReport } from './phase.ts';

const phase = new Phase();
let rows = 0;
phase.time(() => {
  const db = new Database(argument(0), { readonly: true });
  const memory = new TableMemory();
  const select = db.prepare<[], [number, number, number, number]>(
    'SELECT table_pa, entry, new >> 32, new & 4294967295 FROM entry_written',
  );
  for (const [tablePa, index, high, low] of select.raw().iterate()) {
    memory.writeHalves(tablePa + 8 * index, high, low);
    rows++;
  }
  db.close();
});
printReport({ rows, phase_cpu_ms: phase.cpuMs });
