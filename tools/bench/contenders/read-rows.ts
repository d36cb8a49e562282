// FILE: reads the rows that insert-rows.c wrote, in the fastest way that better-sqlite3 has, and adds up the times.
import Database from 'better-sqlite3';
import { argument, Phase, printReport } from './phase.ts';

const phase = new Phase();
let rows = 0;
let sum = 0;
phase.time(() => {
  const db = new Database(argument(0), { readonly: true });
  for (const row of db.prepare<[], number[]>('SELECT * FROM entry_written').raw().iterate()) {
    rows++;
    sum += row[0] as number;
  }
  db.close();
});
printReport({ rows, sum, phase_cpu_ms: phase.cpuMs });
