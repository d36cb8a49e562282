import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { logSchema } from '../../../src/store/database.ts';
import { writeSampleHistory } from '../../support/sample-history.ts';
import { sharedFolder, temporaryFolder } from '../../support/temp-folder.ts';

const PYTHON = 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()';

/** Other tools that open SQLite files, and how each runs a statement. */
const TOOLS = [
  {
    name: 'sqlite3',
    command: 'sqlite3',
    probe: ['-version'],
    args: (path: string, sql: string) => ['-bail', path, sql],
  },
  {
    name: 'python',
    command: 'python3',
    probe: ['-c', 'import sqlite3'],
    args: (path: string, sql: string) => ['-c', PYTHON, path, sql],
  },
];
const TOOL = TOOLS.find(({ command, probe }) => spawnSync(command, probe).status === 0);

const TABLES = logSchema().flatMap(({ type, name }) =>
  type === 'table' && name !== 'derived_state' ? [name] : [],
);
const sample = join(sharedFolder(), 'sample.db');
writeSampleHistory(sample, { eventCount: 100 });

/** Runs a statement with a program that knows nothing of us; its complaint, or '' when it had none. */
function runElsewhere(path: string, sql: string): string {
  if (TOOL === undefined) throw new Error('no tool');
  const { status, stderr } = spawnSync(TOOL.command, TOOL.args(path, sql), { encoding: 'utf8' });
  return status === 0 && stderr === '' ? '' : stderr;
}

function contentOf(path: string): unknown[][] {
  const db = new Database(path, { readonly: true });
  try {
    return TABLES.map((table) => db.prepare(`SELECT rowid, * FROM ${table} ORDER BY rowid`).all());
  } finally {
    db.close();
  }
}

function columnsOf(table: string): string[] {
  const db = new Database(sample, { readonly: true });
  try {
    return db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table);
  } finally {
    db.close();
  }
}

describe.skipIf(TOOL === undefined)(
  `the log, in the hands of ${TOOL?.name ?? 'sqlite3 or python, neither of which is here'}`,
  () => {
    it('has rows in each of its tables to try this on', () => {
      expect(TABLES).toEqual(
        expect.arrayContaining([
          'event_kind',
          'boot',
          'boot_end',
          'chunk',
          'source',
          'source_block',
          'source_end',
        ]),
      );
      for (const rows of contentOf(sample)) expect(rows.length).toBeGreaterThan(0);
    });

    describe.each(TABLES)('table %s', (table) => {
      const columns = columnsOf(table);
      const names = columns.join(', ');
      it.each([
        ['UPDATE', `UPDATE ${table} SET ${columns.at(-1)} = ${columns.at(-1)}`],
        ['UPDATE OR REPLACE', `UPDATE OR REPLACE ${table} SET rowid = rowid + 1`],
        ['DELETE', `DELETE FROM ${table} WHERE rowid = (SELECT min(rowid) FROM ${table})`],
        [
          'INSERT OR REPLACE of a row',
          `INSERT OR REPLACE INTO ${table} (${names}) SELECT ${names} FROM ${table}`,
        ],
        ['REPLACE by rowid', `REPLACE INTO ${table} (rowid, ${names}) SELECT rowid, ${names} FROM ${table}`],
        [
          'an upsert',
          `INSERT INTO ${table} (${names}) SELECT ${names} FROM ${table} WHERE true ON CONFLICT DO UPDATE SET ${columns.at(-1)} = ${columns.at(-1)}`,
        ],
      ])('refuses %s', (_name, sql) => {
        const path = join(temporaryFolder(), 'x.db');
        copyFileSync(sample, path);
        expect(runElsewhere(path, sql)).toMatch(/append-only|does not go at the end/);
        expect(contentOf(path)).toEqual(contentOf(sample));
      });
    });

    it.each([
      [
        'chunk',
        `INSERT INTO boot VALUES (3, 'third', 'import');
       REPLACE INTO chunk (rowid, boot_id, first_seq, last_seq, kinds, payload, sha256) VALUES (1, 3, 1, 1, '', x'', x'')`,
      ],
      [
        'source_block',
        `REPLACE INTO source_block (rowid, boot_id, source, block, first_line, line_count, byte_count, codec, payload, sha256)
       VALUES (1, 2, 1, 1, 1, 1, 1, '', x'', x'')`,
      ],
      ['source', `REPLACE INTO source (rowid, boot_id, source, name, format) VALUES (1, 2, 1, 'x', 'x')`],
      [
        'source_end',
        `REPLACE INTO source_end (rowid, boot_id, source, line_count, byte_count, content_id) VALUES (1, 2, 1, 1, 1, '')`,
      ],
    ])('refuses a new row of %s in the place of an old one', (table, sql) => {
      const path = join(temporaryFolder(), 'x.db');
      copyFileSync(sample, path);
      const complaints = sql.split(';').map((statement) => runElsewhere(path, statement));
      expect(complaints.at(-1)).toMatch(/append-only|does not go at the end/);
      const at = TABLES.indexOf(table);
      expect(contentOf(path)[at]).toEqual(contentOf(sample)[at]);
    });

    it.each([
      ['in the middle of a log', 'boot_id, 4, 4', 'boot_id = 2'],
      ['beyond the end of a log', 'boot_id, last_seq + 2, last_seq + 3', 'boot_id = 2'],
      ['behind the end of a finished log', 'boot_id, last_seq + 1, last_seq + 2', 'boot_id = 1'],
      ['with less than one event', 'boot_id, last_seq + 1, last_seq', 'boot_id = 2'],
    ])('refuses a chunk %s', (_place, values, of) => {
      const path = join(temporaryFolder(), 'x.db');
      copyFileSync(sample, path);
      const sql = `INSERT INTO chunk (boot_id, first_seq, last_seq, kinds, payload, sha256)
                 SELECT ${values}, '', x'', x'' FROM chunk WHERE ${of} ORDER BY first_seq DESC LIMIT 1`;
      expect(runElsewhere(path, sql)).toMatch(/does not go at the end/);
    });
  },
);
