import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BootWriter } from '../../../src/store/boot-writer.ts';
import { closeWritten, openForWriting } from '../../../src/store/database.ts';
import { buildEvent } from '../../support/build-event.ts';
import { sampleEvents } from '../../support/sample-history.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { derive, storeBoots, tamperWithLog } from '../../support/temp-store.ts';
import { findingsOf, VerifySample, verify } from '../../support/verify-sample.ts';

const sample = new VerifySample();

describe('verify of a file as it was written', () => {
  it('finds nothing, counts everything, and says which boot is unfinished', () => {
    const { findings, notes, checked } = verify(sample.path);
    expect(findings).toEqual([]);
    expect(notes).toEqual(['boot 2 (second) is unfinished: its writer was stopped after event 20']);
    expect(checked).toMatchObject({ boots: 2, chunks: 4, events: 9020, sources: 2, sourceBlocks: 4 });
    expect(checked.tableRows).toBeGreaterThan(2 * 9020);
  });

  it('says so when tables are behind the log, or were never made', () => {
    const path = sample.copy();
    const db = openForWriting(path, { create: false });
    const writer = BootWriter.resume(db, path, 2, 20);
    writer.append([buildEvent('log.printed', { level: null, text: 'later' })]);
    closeWritten(db);
    expect(verify(path)).toMatchObject({
      findings: [],
      notes: [
        expect.stringContaining('after event 21'),
        expect.stringContaining('do not hold all of boot 2, and were not compared'),
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

describe('the hash of a boot', () => {
  it('is that of its end, stays the same where nothing was written, and is none before the end', () => {
    const { boots } = verify(sample.path);
    expect(boots).toEqual([
      { bootId: 1, name: 'first', lastSeq: 9000, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      { bootId: 2, name: 'second', lastSeq: 20, sha256: null },
    ]);
    const path = sample.copy();
    derive(path, { force: true });
    expect(verify(path).boots).toEqual(boots);
  });

  it('is another one where a history was written anew with other events, in which nothing is wrong', () => {
    const write = (text: string) =>
      verify(storeBoots([{ events: [buildEvent('log.printed', { level: null, text })] }]));
    const [one, other] = [write('adsp is up'), write('adsp is down')];
    expect([one.findings, other.findings]).toEqual([[], []]);
    expect(one.boots[0]?.sha256).not.toBe(other.boots[0]?.sha256);
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
    const path = sample.editLog('chunk', sql);
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
    const findings = findingsOf(sample.editLog(table, sql));
    expect(findings[0]).toMatch(first);
  });

  it('finds one damaged description once, not with every chunk that needs it', () => {
    const path = sample.editLog(
      'event_kind',
      `UPDATE event_kind SET fields = '[]', kind = 'x' WHERE kind_id = 2`,
    );
    expect(findingsOf(path).length).toBe(1);
  });

  it('compares the tables only with a log that is sound', () => {
    const path = sample.editLog('chunk', 'UPDATE chunk SET payload = flip(payload) WHERE first_seq = 4097');
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
    expect(findingsOf(sample.editLog(table, sql))[0]).toMatch(first);
  });

  it('names a boot that was taken out with all its rows', () => {
    const path = threeBoots();
    expect(findingsOf(path)).toEqual([]);
    takeOut(path, 2);
    expect(findingsOf(path)).toEqual([
      'boot 2: missing: boots are numbered one after the other, and boot 3 is there',
    ]);
    takeOut(path, 1);
    expect(findingsOf(path)[0]).toMatch(/^boots 1\.\.2: missing/);
  });

  it('misses the kinds of the last boot, where that was taken out with all its rows', () => {
    const path = threeBoots();
    takeOut(path, 3);
    expect(findingsOf(path)).toEqual([
      'table event_kind row 2: describes boot.cpus_started, of which no event is there: a part of the log was taken out',
    ]);
  });

  it('takes a boot without its end for an unfinished one', () => {
    const path = sample.editLog('boot_end', 'DELETE FROM boot_end');
    expect(verify(path)).toMatchObject({
      findings: [],
      notes: [
        'boot 1 (first) is unfinished: its writer was stopped after event 9000',
        expect.stringContaining('boot 2'),
      ],
    });
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

/** Three boots; of one kind of event only the last has any. */
function threeBoots(): string {
  const line = buildEvent('log.printed', { level: null, text: 'x' });
  const last = buildEvent('boot.cpus_started', { exception_level: 2 });
  return storeBoots([{ events: [line] }, { events: [line] }, { events: [line, last] }]);
}

function takeOut(path: string, boot: number): void {
  for (const table of ['chunk', 'boot_end', 'boot']) {
    tamperWithLog(path, table, (db) => db.prepare(`DELETE FROM ${table} WHERE boot_id = ?`).run(boot));
  }
}
