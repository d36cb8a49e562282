// FILE: the tables of a history that replay-log.ts folds: rows of page-table writes and of mappings, read in the fastest
// way that better-sqlite3 has. The former are folded into the same table memory; the latter, and all other kinds, are
// left as they are, and so is the order between kinds: less than a replay does.
import Database from 'better-sqlite3';
import { TableMemory } from '../../../src/soc/table-memory.ts';
import { argument, Phase, printReport } from './phase.ts';

const phase = new Phase();
let rows = 0;
let sum = 0;
phase.time(() => {
  const db = new Database(argument(0), { readonly: true });
  const memory = new TableMemory();
  const entries = db.prepare<[], [number, number, number, number]>(
    'SELECT table_pa, "index", new >> 32, new & 4294967295 FROM page_table_entry_written',
  );
  for (const [tablePa, index, high, low] of entries.raw().iterate()) {
    memory.writeHalves(tablePa + 8 * index, high, low);
    rows++;
  }
  for (const table of ['mapping_created', 'mapping_removed']) {
    const mappings = db.prepare<[], [string, string, number, number]>(
      `SELECT space, subject, iova, size FROM ${table}`,
    );
    for (const row of mappings.raw().iterate()) {
      sum += row[2];
      rows++;
    }
  }
  db.close();
});
printReport({ rows, sum, phase_cpu_ms: phase.cpuMs });
