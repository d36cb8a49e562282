import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/base/input-error.ts';
import { BootWriter } from '../../../src/store/boot-writer.ts';
import { closeWritten, openForReading, openForWriting } from '../../../src/store/database.ts';
import { type VerifyReport, verifyHistory } from '../../../src/store/verify.ts';
import { buildEvent } from '../../support/build-event.ts';
import { sampleEvents, writeSampleHistory } from '../../support/sample-history.ts';
import { sharedFolder, temporaryFolder } from '../../support/temp-folder.ts';
import { derive, storeBoots, tamper, tamperWithLog } from '../../support/temp-store.ts';

const sample = join(sharedFolder(), 'sample.db');
writeSampleHistory(sample);

function copyOfSample(): string {
  const path = join(temporaryFolder(), 'copy.db');
  copyFileSync(sample, path);
  return path;
}

function verify(path: string): VerifyReport {
  const db = openForReading(path);
  try {
    return verifyHistory(db, path);
  } finally {
    db.close();
  }
}

/** Findings as `place: problem`. */
function findingsOf(path: string): string[] {
  return verify(path).findings.map(({ place, problem }) => `${place}: ${problem}`);
}

/** Lets SQL change one bit in the middle of a blob. */
function withFlip(db: Database.Database): void {
  db.function('flip', (blob: unknown) => {
    const copy = Buffer.from(blob as Buffer);
    const middle = copy.length >> 1;
    copy[middle] = (copy[middle] as number) ^ 1;
    return copy;
  });
}

function editLog(table: string, sql: string): string {
  const path = copyOfSample();
  tamperWithLog(path, table, (db) => {
    withFlip(db);
    expect(db.prepare(sql).run().changes).toBeGreaterThan(0);
  });
  return path;
}

function editFile(...statements: string[]): string {
  const path = copyOfSample();
  tamper(path, (db) => {
    for (const sql of statements) db.exec(sql);
  });
  return path;
}

describe('verify of a file as it was written', () => {
  it('finds nothing, counts everything, and says which boot is unfinished', () => {
    const { findings, notes, checked } = verify(sample);
    expect(findings).toEqual([]);
    expect(notes).toEqual(['boot 2 (second) is unfinished: whoever wrote it was stopped after event 20']);
    expect(checked).toMatchObject({ boots: 2, chunks: 4, events: 9020, sources: 2, sourceBlocks: 4 });
    expect(checked.tableRows).toBeGreaterThan(2 * 9020);
  });

  it('says so when tables are behind the log, or were never made', () => {
    const path = copyOfSample();
    const db = openForWriting(path, { create: false });
    const writer = BootWriter.resume(db, path, 2, 20);
    writer.append([buildEvent('log.printed', { level: null, text: 'later' })]);
    closeWritten(db);
    expect(verify(path)).toMatchObject({
      findings: [],
      notes: [
        expect.stringContaining('after event 21'),
        expect.stringContaining('do not hold all of the log'),
      ],
    });
    const bare = storeBoots([
      { events: sampleEvents(10).map((event) => ({ ...event, source: null, line: null })) },
    ]);
    expect(verify(bare)).toMatchObject({
      findings: [],
      notes: [expect.stringContaining('there are no tables')],
    });
  });
});

describe('verify of a log that was edited', () => {
  it.each([
    [
      'a byte of the first chunk',
      'UPDATE chunk SET payload = flip(payload) WHERE boot_id = 1 AND first_seq = 1',
      'chunk 1..4096 of boot 1',
    ],
    [
      'a byte of a later chunk',
      'UPDATE chunk SET payload = flip(payload) WHERE first_seq = 4097',
      'chunk 4097..8192 of boot 1',
    ],
    ['a hash', 'UPDATE chunk SET sha256 = flip(sha256) WHERE first_seq = 4097', 'chunk 4097..8192 of boot 1'],
    [
      'the kinds beside a chunk',
      "UPDATE chunk SET kinds = 'log.printed' WHERE first_seq = 4097",
      'chunk 4097..8192 of boot 1',
    ],
    [
      'the times beside a chunk',
      'UPDATE chunk SET t_max_ns = t_max_ns + 1 WHERE boot_id = 2',
      'chunk 1..20 of boot 2',
    ],
    [
      'the end of a chunk',
      'UPDATE chunk SET last_seq = last_seq + 1 WHERE boot_id = 2',
      'chunk 1..21 of boot 2',
    ],
  ])('names the place of %s', (_name, sql, place) => {
    const path = editLog('chunk', sql);
    const [first] = verify(path).findings;
    expect(first).toMatchObject({ place, table: 'chunk', key: { boot_id: expect.any(Number) } });
    expect(findingsOf(path).filter((finding) => !finding.startsWith('chunk'))).toEqual([]);
  });

  it.each([
    [
      'the name of a boot',
      'boot',
      "UPDATE boot SET name = 'frist' WHERE boot_id = 1",
      /^chunk 1\.\.4096 of boot 1: .*row of boot 1$/,
    ],
    [
      'its origin',
      'boot',
      "UPDATE boot SET origin = 'import' WHERE boot_id = 2",
      /^chunk 1\.\.20 of boot 2: .*row of boot 2$/,
    ],
    [
      'the end of a boot',
      'boot_end',
      'UPDATE boot_end SET last_seq = 8999',
      /^the end of boot 1: is at event 8999/,
    ],
    [
      'the hash of an end',
      'boot_end',
      'UPDATE boot_end SET sha256 = flip(sha256)',
      /^the end of boot 1: does not have its hash/,
    ],
    [
      'a description',
      'event_kind',
      `UPDATE event_kind SET fields = replace(fields, 'integer', 'word') WHERE kind_id = 2`,
      /^table event_kind row 2: /,
    ],
    [
      'what is no description',
      'event_kind',
      `UPDATE event_kind SET fields = 'x' WHERE kind_id = 3`,
      /^table event_kind row 3: /,
    ],
    [
      'the name of a kind',
      'event_kind',
      `UPDATE event_kind SET kind = 'smc.requestex' WHERE kind = 'smc.requested'`,
      /^table event_kind row \d+: /,
    ],
    [
      'the digest of a kind',
      'event_kind',
      'UPDATE event_kind SET sha256 = flip(sha256) WHERE kind_id = 1',
      /^table event_kind row 1: /,
    ],
    [
      'a block of a source',
      'source_block',
      'UPDATE source_block SET payload = flip(payload) WHERE source = 1 AND block = 2',
      /^block 2 of source 1 of boot 1 \(pas\.ftrace\.txt, lines 31\.\.60\): /,
    ],
    [
      'the lines of a block',
      'source_block',
      'UPDATE source_block SET line_count = 29 WHERE source = 1 AND block = 3',
      /^block 3 of source 1 of boot 1 \(pas\.ftrace\.txt, lines 61\.\.89\): /,
    ],
    [
      'the name of a source',
      'source',
      "UPDATE source SET name = 'x' WHERE source = 2",
      /^block 1 of source 2 of boot 1 \(x, .*row of its source$/,
    ],
    [
      'a content id',
      'source_end',
      "UPDATE source_end SET content_id = replace(content_id, 'a', 'b') WHERE source = 1",
      /^the end of source 1 of boot 1 \(pas\.ftrace\.txt\): .*SHA-256/,
    ],
    [
      'the count of lines',
      'source_end',
      'UPDATE source_end SET line_count = 9 WHERE source = 1',
      /^the end of source 1 of boot 1 .*: says 9 lines and/,
    ],
  ])('names the place of %s', (_name, table, sql, first) => {
    const findings = findingsOf(editLog(table, sql));
    expect(findings[0]).toMatch(first);
  });

  it('finds one damaged description once, not with every chunk that needs it', () => {
    const path = editLog('event_kind', `UPDATE event_kind SET fields = '[]', kind = 'x' WHERE kind_id = 2`);
    expect(findingsOf(path).length).toBe(1);
  });

  it('compares the tables only with a log that is sound', () => {
    const path = editLog('chunk', 'UPDATE chunk SET payload = flip(payload) WHERE first_seq = 4097');
    expect(verify(path).notes).toContain('the tables for SQL were not compared with a log that is damaged');
  });
});

describe('verify of a log that lost something', () => {
  it.each([
    [
      'the last chunk',
      'chunk',
      'DELETE FROM chunk WHERE boot_id = 1 AND first_seq > 8000',
      /^the end of boot 1: is at event 9000, but the log ends at 8192$/,
    ],
    [
      'a chunk in the middle',
      'chunk',
      'DELETE FROM chunk WHERE first_seq = 4097',
      /^chunk 8193\.\.9000 of boot 1: events 4097\.\.8192 before it are missing$/,
    ],
    [
      'the first chunk',
      'chunk',
      'DELETE FROM chunk WHERE boot_id = 1 AND first_seq = 1',
      /^chunk 4097\.\.8192 of boot 1: events 1\.\.4096 before it are missing$/,
    ],
    [
      'the end of an unfinished boot',
      'chunk',
      'DELETE FROM chunk WHERE boot_id = 2',
      /^the log of boot 2: ends at event 0, but its tables were made of 20 events/,
    ],
    [
      'a block in the middle',
      'source_block',
      'DELETE FROM source_block WHERE source = 1 AND block = 2',
      /^block 3 of source 1 of boot 1 .*: the block before it is missing$/,
    ],
    [
      'the last block',
      'source_block',
      'DELETE FROM source_block WHERE source = 1 AND block = 3',
      /^the end of source 1 of boot 1 .*: says 90 lines/,
    ],
    [
      'the end of a source',
      'source_end',
      'DELETE FROM source_end WHERE source = 2',
      /^the end of source 2 of boot 1 .*: is missing, although its boot is finished$/,
    ],
    [
      'a source',
      'source',
      'DELETE FROM source WHERE source = 1',
      /^table source_block row 1: belongs to a row of source that is not there$/,
    ],
    [
      'a boot',
      'boot',
      'DELETE FROM boot WHERE boot_id = 2',
      /^table chunk row 4: belongs to a row of boot that is not there$/,
    ],
  ])('names %s', (_name, table, sql, first) => {
    expect(findingsOf(editLog(table, sql))[0]).toMatch(first);
  });

  it('finds events that cite what is not there', () => {
    const path = join(temporaryFolder(), 'cites.db');
    const db = openForWriting(path, { create: true });
    const writer = BootWriter.begin(db, path, { name: 'x', origin: 'import' });
    writer.beginSource(1, 'dmesg.txt', 'dmesg');
    writer.addSourceBlock(1, Buffer.from('one\ntwo\n'), 2);
    const citing = (source: number, line: number) =>
      buildEvent('log.printed', { level: null, text: '' }, { source, line });
    writer.append([citing(1, 2), citing(1, 3)]);
    writer.append([citing(2, 1)]);
    writer.endSource(1);
    writer.finish();
    closeWritten(db);
    expect(findingsOf(path)).toEqual([
      'chunk 1..2 of boot 1: event 2 cites line 3 of source 1, which has 2',
      'chunk 3..3 of boot 1: event 3 cites source 2, which is not there',
    ]);
  });
});

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
    expect(findingsOf(editFile(...statements))).toContain(finding);
  });

  it('finds a trigger that was rewritten in the schema itself', () => {
    const path = copyOfSample();
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
    const { findings } = verify(editFile(sql));
    expect(findings.length).toBe(1);
    expect(findings[0]?.place).toContain(place);
    expect(findings[0]?.problem).toMatch(problem);
    expect(findings[0]?.key).toEqual({ rowid: expect.any(Number) });
  });

  it('names rows that were taken out and put in, and only those', () => {
    expect(findingsOf(editFile('DELETE FROM event WHERE seq = 5 AND boot = 1'))).toEqual([
      'table event row 5 (seq 5 of boot 1): is missing',
    ]);
    expect(
      findingsOf(editFile('DELETE FROM mapping WHERE rowid > (SELECT max(rowid) - 1 FROM mapping)')),
    ).toEqual([expect.stringMatching(/^table mapping row \d+ \(from_seq \d+ of boot 2\): is missing$/)]);
    expect(
      findingsOf(editFile("INSERT INTO boot_fact VALUES (1, 'mode', 'hypervisor', 2, 'somebody said so')")),
    ).toEqual(['table boot_fact row 7 (seq 2 of boot 1): is not in the log']);
    expect(
      findingsOf(editFile("INSERT INTO fault_injected VALUES (1, 3, 0, 'x', NULL, 'F-1', 'adsp')")),
    ).toEqual(['table fault_injected row 1 (seq 3 of boot 1): is not in the log']);
  });

  it('is not confused by a row that was put in before the first one', () => {
    const sql =
      "INSERT INTO boot_fact (rowid, boot, name, value, seq, evidence) VALUES (-3, 1, 'soc', 'x', 1, 'y')";
    expect(findingsOf(editFile(sql))).toEqual([
      'table boot_fact row -3 (seq 1 of boot 1): is not in the log',
    ]);
  });

  it('tells a table that is all wrong in a few lines', () => {
    const findings = findingsOf(editFile("UPDATE event SET agent = 'nobody'"));
    expect(findings.length).toBe(6);
    expect(findings.at(-1)).toBe('table event: has 9015 more rows that disagree with the log');
  });

  it('finds that tables are gone which the file says are there', () => {
    const path = copyOfSample();
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
    const path = copyOfSample();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length / 3)));
    expect(() => verify(path)).toThrow(InputError);
    expect(() => verify(path)).toThrow('is damaged: database disk image is malformed');
  });

  it('has one finding where SQLite does not understand its schema', () => {
    const path = copyOfSample();
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
