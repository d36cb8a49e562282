import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { importLogs } from '../../src/app/import-logs.ts';
import { openHistory } from '../../src/app/open-history.ts';
import { verifyFile } from '../../src/app/verify-file.ts';
import { SAMPLE_BOOTS, sampleFile } from '../support/sample-boots.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const SHARED = fileURLToPath(new URL('../../../shared', import.meta.url));

/** Text files below a folder of ../shared; none when it is absent. */
function sharedFiles(folder: string, pattern: RegExp): string[] {
  const root = join(SHARED, folder);
  if (!existsSync(root)) return [];
  return (readdirSync(root, { recursive: true }) as string[])
    .filter((name) => pattern.test(name) && statSync(join(root, name)).isFile())
    .sort();
}

function importAndRead(path: string) {
  const output = join(temporaryFolder(), 'x.db');
  importLogs({ files: [path], output });
  expect(verifyFile(output).findings).toEqual([]);
  const history = openHistory(output);
  try {
    const ids = history.boots.map(({ bootId }) => bootId);
    const bytes = Buffer.concat(ids.flatMap((id) => [...history.log.sourceBytes(id, 1)]));
    return { events: ids.flatMap((id) => [...history.log.events(id)]), bytes };
  } finally {
    history.close();
  }
}

function expectNothingLost(path: string): void {
  const raw = readFileSync(path);
  const { events, bytes } = importAndRead(path);
  expect(bytes.equals(raw)).toBe(true);
  const text = raw.toString('latin1');
  const lineCount = text.split('\n').length - (text.endsWith('\n') || text === '' ? 1 : 0);
  expect(new Set(events.map((event) => event.line).filter((line) => line !== null)).size).toBe(lineCount);
}

const captures = sharedFiles('captures', /(?:\.txt|console\.log)$/);
const logs = sharedFiles('logs', /\.log$/);

describe.skipIf(captures.length === 0)(
  'every capture in ../shared (skipped: the folder is not there)',
  () => {
    it.each(captures)('%s: nothing is lost, and the history verifies', (name) => {
      expectNothingLost(join(SHARED, 'captures', name));
    });

    it.each(captures.filter((name) => name.endsWith('.ftrace.txt')))(
      '%s: as many events of each kind as lines',
      (name) => {
        const path = join(SHARED, 'captures', name);
        const text = readFileSync(path, 'utf8');
        const { events } = importAndRead(path);
        const lines = (pattern: RegExp) => text.split('\n').filter((line) => pattern.test(line)).length;
        const count = (kind: string) => events.filter((event) => event.kind === kind).length;
        expect(count('smc.requested')).toBe(lines(/: scm_smc_request: /));
        expect(count('smc.returned')).toBe(lines(/: scm_smc_done: /));
        expect(count('mapping.created')).toBe(lines(/: map: IOMMU: /));
        expect(count('mapping.removed')).toBe(lines(/: unmap: IOMMU: /));
        expect(count('page_table.pages_mapped')).toBe(lines(/: lpae_map: \(arm_lpae_map_pages/));
        expect(count('page_table.pages_unmapped')).toBe(lines(/: lpae_unmap: \(arm_lpae_unmap_pages/));
        expect(count('smmu.device_attached')).toBe(lines(/: attach_device_to_domain: /));
        expect(count('trace.hit')).toBe(
          lines(/: (?:rproc_|mdt_|scm_(?!smc_)|shm_|iommu_attach|lpae_map_ret|smp2p_negotiate)\w*: /),
        );
        for (const event of events) {
          if (event.kind === 'smc.returned') expect(event.cause, `event ${event.seq}`).not.toBeNull();
        }
      },
    );

    it.each(SAMPLE_BOOTS)('%s: the copy in traces/ is the recording', (boot) => {
      for (const file of ['dmesg.txt', 'pas.ftrace.txt']) {
        const recorded = readFileSync(join(SHARED, 'captures', boot, file));
        expect(readFileSync(sampleFile(boot, file)).equals(recorded)).toBe(true);
      }
    });
  },
);

describe.skipIf(logs.length === 0)('every log in ../shared (skipped: the folder is not there)', () => {
  it.each(logs)('%s: nothing is lost, and the history verifies', (name) => {
    expectNothingLost(join(SHARED, 'logs', name));
  });
});
