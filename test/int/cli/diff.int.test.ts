import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../support/run-cli.ts';
import { sampleFiles } from '../../support/sample-boots.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'trace-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string) => join(folder, `${name}.db`);

async function record(name: string, ...args: string[]): Promise<void> {
  const common = ['--soc', 'lemans', '--mode', 'el2', '--processor', 'adsp', '-o', file(name), '--no-tables'];
  expect((await runCli(['record', ...common, ...args])).code).toBeLessThan(2);
}

const diff = async (...args: string[]) => await runCli(['diff', ...args]);

beforeAll(async () => {
  await record('healthy');
  await record('broken', '--without', 'map-carveout');
});

describe('diff of logs', () => {
  const folderOf = (boot: 'el1-boot-stop-boot' | 'el2-boot-stop-boot') =>
    join(sampleFiles(boot)[0] as string, '..');

  it('compares a folder of logs as if it were a history, and leaves nothing behind', async () => {
    const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('trace-diff-'));
    const before = left();
    const { code, out } = await diff(folderOf('el1-boot-stop-boot'), folderOf('el2-boot-stop-boot'));
    expect(code).toBe(1);
    expect(out).toContain('Explained by the mode');
    expect(out).toMatch(/B#\d+ pas.ftrace.txt:31 dmesg.txt:143/);
    expect((await diff(folderOf('el1-boot-stop-boot'), folderOf('el1-boot-stop-boot'))).code).toBe(0);
    expect(left()).toEqual(before);
  });

  it('takes a log on one side and a history on the other', async () => {
    const log = join(folder, 'dmesg.txt');
    writeFileSync(log, (await runCli(['log', file('healthy'), '--as', 'dmesg'])).out);
    expect((await diff(log, log)).code).toBe(0);
    const { code, err } = await diff(log, file('missing'));
    expect(code).toBe(2);
    expect(err).toMatch(/missing\.db/);
  });

  it('refuses an empty folder with one line', async () => {
    const { code, err } = await diff(temporaryFolder(), file('healthy'));
    expect(code).toBe(2);
    expect(err).toMatch(/^trace: .*: holds .*\n$/);
  });
});

describe('diff --format', () => {
  it('junit fails a case for a duty that nobody met and for a lane that differs', async () => {
    const { code, out } = await diff(file('healthy'), file('broken'), '--format', 'junit');
    expect(code).toBe(1);
    expect(out).toMatch(/<testsuite name="trace diff .*" tests="13" failures="2">/);
    expect(out).toContain(
      '<testcase classname="duties.adsp.1" name="SMMU map of carveout">\n      <failure message="nobody met it in B">A: linux, B: nobody</failure>',
    );
    expect(out).toContain('- map iova 0x95900000 + 0x1e00000 (identity) rw [A#2925]');
    expect(out).toMatch(/-&gt; ok/);
    const same = await diff(file('healthy'), file('healthy'), '--format', 'junit');
    expect(same).toMatchObject({ code: 0 });
    expect(same.out).toContain('failures="0"');
  });

  it('markdown has the divergence, the ledger and the differences', async () => {
    const { code, out } = await diff(file('healthy'), file('broken'), '--format', 'markdown');
    expect(code).toBe(1);
    expect(out).toContain('**First divergence**, in `adsp`:');
    expect(out).toContain('| SMMU map of carveout | linux A#2925 | nobody B#2395 | **B** |');
    expect(out).toContain('+ adsp crashed: mmufault [B#2405]');
  });

  it('ndjson says in rows what json says in one', async () => {
    const { out } = await diff(file('healthy'), file('broken'), '--format', 'ndjson');
    const rows = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { row: string; [name: string]: unknown });
    const json = JSON.parse((await diff(file('healthy'), file('broken'), '--format', 'json')).out) as {
      obligations: unknown[];
      lanes: { differences: unknown[] }[];
    };
    const count = (row: string) => rows.filter((one) => one.row === row).length;
    expect(rows[0]).toMatchObject({ row: 'comparison', differs: true });
    expect(count('duty')).toBe(json.obligations.length);
    expect(count('lane')).toBe(json.lanes.length);
    expect(count('difference')).toBe(
      json.lanes.reduce((sum, { differences }) => sum + differences.length, 0),
    );
  });
});

describe('diff of a part', () => {
  it('--at compares what comes up to a moment, --since what comes after it', async () => {
    const [a, b] = [file('healthy'), file('broken')];
    expect((await diff(a, b, '--at', 'adsp:starting')).code).toBe(0);
    expect((await diff(a, b, '--since', 'adsp:starting')).code).toBe(1);
    expect((await diff(a, a, '--since', 'adsp:starting', '--at', 'adsp:running')).code).toBe(0);
    expect(await diff(a, b, '--at', 'nonsense')).toMatchObject({ code: 2 });
  });

  it('--ignore leaves out a lane or a kind of event, and names what there is when there is none', async () => {
    const [a, b] = [file('healthy'), file('broken')];
    const { out } = await diff(a, b, '--ignore', 'adsp', '--ignore', 'log.printed', '--stat');
    expect(out).not.toMatch(/^(?:adsp|log) /m);
    const { code, err } = await diff(a, b, '--ignore', 'nix');
    expect(code).toBe(2);
    expect(err).toMatch(/no lane and no kind of event is called nix; there are the lanes boot, /);
  });
});
