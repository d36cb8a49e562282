// FROM FILE: copies the derived tables of a history into a fresh file by SQL alone, and indexes them. No row passes
// through JavaScript: what it costs is about the least that these rows can cost in SQLite.
import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { DERIVED_TABLES, quoted } from '../../../src/store/derived-schema.ts';
import { argument, Phase, printReport } from './phase.ts';

const from = argument(0);
const file = argument(1);
rmSync(file, { force: true });
const phase = new Phase();
let rows = 0;
phase.time(() => {
  const db = new Database(file);
  db.pragma('page_size = 8192');
  db.exec(`ATTACH '${from.replaceAll("'", "''")}' AS source; BEGIN IMMEDIATE`);
  for (const { name, createTable, createIndexes, uniqueIndexes } of DERIVED_TABLES) {
    db.exec(createTable);
    for (const index of uniqueIndexes) db.exec(createIndexes.get(index) ?? '');
    // With a condition that always holds: without, SQLite copies the bytes of rows as they are.
    rows += db
      .prepare(`INSERT INTO main.${quoted(name)} SELECT * FROM source.${quoted(name)} WHERE boot > 0`)
      .run().changes;
  }
  for (const { createIndexes, uniqueIndexes } of DERIVED_TABLES) {
    for (const [index, createIndex] of createIndexes) if (!uniqueIndexes.has(index)) db.exec(createIndex);
  }
  db.exec('COMMIT');
  db.close();
});
printReport({ rows, phase_cpu_ms: phase.cpuMs });
