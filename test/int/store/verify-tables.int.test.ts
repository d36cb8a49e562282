import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verifyFile } from '../../../src/app/verify-file.ts';
import { InputError } from '../../../src/base/input-error.ts';
import { writeSampleHistory } from '../../support/sample-history.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { derive, tamper } from '../../support/temp-store.ts';
import { findingsOf, VerifySample, verify } from '../../support/verify-sample.ts';

const sample = new VerifySample();

describe('verify of a schema that was changed', () => {
  it.each([
    [
      'a trigger that was dropped',
      ['DROP TRIGGER chunk_refuses_update'],
      'trigger chunk_refuses_update: is missing',
    ],
    [
      'a trigger that lets things through',
      [
        'DROP TRIGGER boot_refuses_delete',
        "CREATE TRIGGER boot_refuses_delete BEFORE DELETE ON boot WHEN OLD.boot_id > 5 BEGIN SELECT raise(ABORT, 'boot is append-only'); END",
      ],
      'trigger boot_refuses_delete: is not as it was made',
    ],
    [
      'a trigger of somebody else',
      ['CREATE TRIGGER mine AFTER INSERT ON chunk BEGIN DELETE FROM derived_state; END'],
      'trigger mine: on chunk is not ours',
    ],
    [
      'an index that was dropped',
      ['DROP INDEX source_end_content_id'],
      'index source_end_content_id: is missing',
    ],
    ['a table of SQL that was dropped', ['DROP TABLE smc'], 'table smc: is missing'],
    [
      'an index of SQL that was dropped',
      ['DROP INDEX event_by_seq_boot'],
      'index event_by_seq_boot: is missing',
    ],
  ])('finds %s', (_name, statements, finding) => {
    expect(findingsOf(sample.editFile(...statements))).toContain(finding);
  });

  it('finds a trigger that was rewritten in the schema itself', () => {
    const path = sample.copy();
    tamper(path, (db) => {
      db.unsafeMode(true);
      db.pragma('writable_schema = ON');
      const changed = db
        .prepare(
          "UPDATE sqlite_schema SET sql = replace(sql, 'SELECT raise', 'SELECT 1 OR raise') WHERE name = 'chunk_refuses_delete'",
        )
        .run().changes;
      expect(changed).toBe(1);
    });
    expect(findingsOf(path)).toEqual(['trigger chunk_refuses_delete: is not as it was made']);
  });
});

describe('verify of tables that were edited', () => {
  it.each([
    [
      'a line of text',
      "UPDATE event SET text = 'harmless' WHERE seq = 4321 AND boot = 1",
      'table event row 4321 (seq 4321 of boot 1)',
      /^text is harmless, the log says /,
    ],
    [
      'a field of a kind',
      'UPDATE smc_requested SET service = 3 WHERE rowid = 7',
      'table smc_requested row 7',
      /^service is 3, the log says 2$/,
    ],
    [
      'the lowest bit of a handle',
      'UPDATE shm_bridge_created SET handle = handle + 1 WHERE boot = 1',
      'table shm_bridge_created row 1',
      /^handle is /,
    ],
    [
      'the outcome of a call',
      "UPDATE smc SET errno = -22, errno_name = 'EINVAL' WHERE seq = 8 AND boot = 1",
      'table smc row 1 (seq 8 of boot 1)',
      /^errno is -22, the log says 0$/,
    ],
    [
      'the end of a mapping',
      'UPDATE mapping SET to_seq = NULL WHERE from_seq = 6 AND boot = 1',
      'table mapping row 1 (from_seq 6 of boot 1)',
      /^to_seq is null, the log says 7$/,
    ],
    [
      'a state',
      "UPDATE remoteproc_state SET state = 'crashed' WHERE to_seq IS NULL AND boot = 2",
      'table remoteproc_state row 4 (from_seq 4 of boot 2)',
      /^state is crashed, the log says running$/,
    ],
    [
      'a fact',
      "UPDATE boot_fact SET value = '6.1' WHERE name = 'kernel' AND boot = 1",
      'table boot_fact row 1 (seq 1 of boot 1)',
      /^value is 6.1, the log says 7.2.13$/,
    ],
  ])('names the row of %s', (_name, sql, place, problem) => {
    const { findings } = verify(sample.editFile(sql));
    expect(findings.length).toBe(1);
    expect(findings[0]?.place).toContain(place);
    expect(findings[0]?.problem).toMatch(problem);
    expect(findings[0]?.key).toEqual({ rowid: expect.any(Number) });
  });

  it('names rows that were taken out and put in, and only those', () => {
    expect(findingsOf(sample.editFile('DELETE FROM event WHERE seq = 5 AND boot = 1'))).toEqual([
      'table event row 5 (seq 5 of boot 1): is missing',
    ]);
    expect(
      findingsOf(sample.editFile('DELETE FROM mapping WHERE rowid > (SELECT max(rowid) - 1 FROM mapping)')),
    ).toEqual([expect.stringMatching(/^table mapping row \d+ \(from_seq \d+ of boot 2\): is missing$/)]);
    expect(
      findingsOf(
        sample.editFile("INSERT INTO boot_fact VALUES (1, 'mode', 'hypervisor', 2, 'somebody said so')"),
      ),
    ).toEqual(['table boot_fact row 7 (seq 2 of boot 1): is not in the log']);
    expect(
      findingsOf(sample.editFile("INSERT INTO fault_injected VALUES (1, 3, 0, 'x', NULL, 'F-1', 'adsp')")),
    ).toEqual(['table fault_injected row 1 (seq 3 of boot 1): is not in the log']);
  });

  it('is not confused by a row that was put in before the first one', () => {
    const sql =
      "INSERT INTO boot_fact (rowid, boot, name, value, seq, evidence) VALUES (-3, 1, 'soc', 'x', 1, 'y')";
    expect(findingsOf(sample.editFile(sql))).toEqual([
      'table boot_fact row -3 (seq 1 of boot 1): is not in the log',
    ]);
  });

  it('tells a table that is all wrong in a few lines', () => {
    const findings = findingsOf(sample.editFile("UPDATE event SET agent = 'nobody'"));
    expect(findings.length).toBe(6);
    expect(findings.at(-1)).toBe('table event: has 9015 more rows that disagree with the log');
  });

  it('finds that tables are gone which the file says are there', () => {
    const path = sample.copy();
    tamper(path, (db) => {
      const tables = db
        .prepare<[], string>(
          "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%made again at will%'",
        )
        .pluck()
        .all();
      expect(tables.length).toBeGreaterThan(60);
      for (const table of tables) db.exec(`DROP TABLE ${table}`);
    });
    expect(findingsOf(path)).toEqual([
      'table derived_state: says that there are tables for SQL, but they are gone',
    ]);
    derive(path);
    expect(findingsOf(path)).toEqual([]);
  });
});

describe('verify of a file with a page that is broken', () => {
  it('has findings for every page, and never fails itself', { timeout: 240_000 }, () => {
    const small = join(temporaryFolder(), 'small.db');
    writeSampleHistory(small, { eventCount: 300 });
    const bytes = readFileSync(small);
    const pageSize = bytes.readUInt16BE(16);
    const pageCount = bytes.length / pageSize;
    const seen = { refused: 0, found: 0, unread: [] as number[] };
    // Page 1 holds the file's own header: without it, it is no database. The others are broken one by one.
    for (let page = 1; page < pageCount; page++) {
      const broken = Buffer.from(bytes);
      broken.fill(0xa5, page * pageSize, page * pageSize + 200);
      const path = join(temporaryFolder(), `page-${page}.db`);
      writeFileSync(path, broken);
      try {
        const { findings } = verify(path);
        if (findings.length > 0) seen.found++;
        else seen.unread.push(page);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        seen.refused++;
      }
    }
    expect(seen.unread).toEqual([]);
    expect(seen.found).toBeGreaterThan(pageCount - 5);
    expect(seen.refused).toBeLessThan(3);
  });

  it('is damaged where a part of it was cut off, and says so in one line', () => {
    const path = sample.copy();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length / 3)));
    expect(() => verify(path)).toThrow(InputError);
    expect(() => verify(path)).toThrow(
      `is damaged: cut off, ${Math.floor(bytes.length / 3)} of its ${bytes.length} bytes are left`,
    );
    expect(verifyFile(path).findings).toEqual([
      { place: 'the file', table: null, key: null, problem: expect.stringMatching(/^is damaged: cut off/) },
    ]);
  });

  it('has one finding where SQLite does not understand its schema', () => {
    const path = sample.copy();
    tamper(path, (db) => {
      db.unsafeMode(true);
      db.pragma('writable_schema = ON');
      db.exec("UPDATE sqlite_schema SET sql = 'CREATE TRIGGER nonsense' WHERE name = 'chunk_refuses_delete'");
    });
    expect(findingsOf(path)).toEqual([
      expect.stringMatching(/^table sqlite_schema: cannot be read: malformed database schema/),
    ]);
  });
});
