// FILE: builds the tables for SQL of a history that has none, and counts their rows.
import { closeWritten, openForReading, openForWriting } from '../../../src/store/database.ts';
import { deriveTables } from '../../../src/store/derive.ts';
import { argument, Phase, printReport } from './phase.ts';

const TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'";

const file = argument(0);
const phase = new Phase();
const before = new Set<string>();
phase.time(() => {
  const db = openForWriting(file, { create: false });
  for (const name of db.prepare<[], string>(TABLES).pluck().all()) before.add(name);
  deriveTables(db, file);
  closeWritten(db);
});

const db = openForReading(file);
const derived = db
  .prepare<[], string>(TABLES)
  .pluck()
  .all()
  .filter((name) => !before.has(name));
const rows = derived.reduce(
  (sum, name) => sum + Number(db.prepare(`SELECT count(*) FROM "${name}"`).pluck().get()),
  0,
);
db.close();
printReport({ rows, tables: derived.length, phase_cpu_ms: phase.cpuMs });
