import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { importLogs } from '../../../src/app/import-logs.ts';
import { findDefinition } from '../../../src/events/catalog.ts';
import { runCli } from '../../support/run-cli.ts';
import { sampleFile } from '../../support/sample-boots.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { findingsOf } from '../../support/verify-sample.ts';

const FIXTURES = new URL('../../fixtures/histories/', import.meta.url);

/**
 * A history as the first trace wrote it, which had all kinds of events in their first version; it was imported from the
 * log beside it, without tables. It is never to be made again.
 */
function firstVersions(): string {
  const path = join(temporaryFolder(), 'first-versions.db');
  writeFileSync(path, gunzipSync(readFileSync(new URL('first-versions.db.gz', FIXTURES))));
  return path;
}

describe('a history of the first trace', () => {
  it('holds kinds in versions that are no longer written', () => {
    const db = new Database(firstVersions(), { readonly: true });
    const stored = db
      .prepare<[], { kind: string; version: number }>('SELECT kind, version FROM event_kind')
      .all();
    db.close();
    const older = stored.filter(({ kind, version }) => version < (findDefinition(kind)?.version ?? 0));
    expect(older.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['boot.kernel_identified', 'boot.machine_identified', 'smmu.faulted']),
    );
  });

  it('is as it was written, and every event of it is read as today', async () => {
    const path = firstVersions();
    expect(findingsOf(path)).toEqual([]);
    const { out, code } = await runCli(['log', path]);
    expect(code).toBe(0);
    expect(out).toBe(readFileSync(new URL('first-versions.events.txt', FIXTURES), 'utf8'));
    const fault = await runCli(['log', path, '--kind', 'smmu.faulted', '--format', 'ndjson']);
    expect(JSON.parse(fault.out).payload).toMatchObject({ access: 'fetch', level: 2, hardware_bank: 9 });
  });

  it('gives its source back, is imported anew from that, and leads to a state', async () => {
    const path = firstVersions();
    const log = new URL('first-versions.dmesg.txt', FIXTURES).pathname;
    expect((await runCli(['export', path, '--to', 'source'])).out).toBe(readFileSync(log, 'latin1'));
    const again = join(temporaryFolder(), 'again.db');
    importLogs({ files: [path], output: again });
    expect(await runCli(['diff', again, log])).toMatchObject({ code: 0, err: '' });
    expect((await runCli(['state', path, '--section', 'processors'])).out).toMatch(/adsp +failed/);
  });

  it('gets its tables, and takes another boot', async () => {
    const path = firstVersions();
    expect((await runCli(['index', path])).code).toBe(0);
    const query = "select access, printf('0x%x', iova) as iova from smmu_faulted";
    expect((await runCli(['sql', path, query, '--format', 'csv'])).out).toBe(
      'access,iova\r\nfetch,0x95900100\r\n',
    );
    importLogs({ files: [sampleFile('el2-boot-stop-boot', 'dmesg.txt')], output: path });
    expect(findingsOf(path)).toEqual([]);
    const { out } = await runCli(['info', path, '--format', 'json']);
    expect(JSON.parse(out).boots).toHaveLength(2);
  });
});
