import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const file = (name = 'x.db') => join(temporaryFolder(), name);

describe('record', () => {
  it('simulates a boot into a history that verifies, lists and answers SQL', async () => {
    const db = file();
    const recorded = await runCli(['record', '--soc', 'virt', '--mode', 'el2', '-o', db]);
    expect(recorded).toMatchObject({ code: 0, err: '' });
    expect(recorded.out).toMatch(/boot 1 \(virt-el2\), \d+ events, to \[.*\]\n {2}up: adsp\n$/);
    expect((await runCli(['verify', db])).code).toBe(0);
    const calls = await runCli(['sql', db, "select count(*) from smc where name = 'PAS_AUTH_AND_RESET'"]);
    expect(calls.code).toBe(0);
    expect((await runCli(['log', db, '--subject', 'adsp', '--kind', 'pas'])).out).toContain('reset released');
    expect((await runCli(['diff', db, db])).code).toBe(0);
  });

  it('keeps several boots in one history, under their names', async () => {
    const db = file();
    for (const mode of ['qhee', 'el2']) {
      const { code } = await runCli([
        'record',
        '--soc',
        'virt',
        '--mode',
        mode,
        '--name',
        mode,
        '-o',
        db,
        '--no-tables',
      ]);
      expect(code).toBe(0);
    }
    const { out } = await runCli(['info', db]);
    expect(out).toContain('qhee');
    expect(out).toContain('el2');
  });

  it('says which processors failed, and still exits with 0: the boot was recorded', async () => {
    const args = [
      '--soc',
      'virt',
      '--mode',
      'el2',
      '--fault',
      'F-53:adsp',
      '--no-tables',
      '--format',
      'json',
    ];
    const { code, out } = await runCli(['record', ...args, '-o', file()]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ name: 'virt-el2', up: [], failed: ['adsp'] });
  });

  it('is named after SoC and mode by default, and refuses what it does not know without making a file', async () => {
    const db = file();
    const { code, out, err } = await runCli(['record', '--soc', 'virt', '--mode', 'el3', '-o', db]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^trace: no mode is called el3; there is qhee/);
    expect(existsSync(db)).toBe(false);
    expect((await runCli(['record', '--soc', 'virt', '-o', '-'])).code).toBe(2);
  });

  it('lists what its options take', async () => {
    const { code, out } = await runCli(['record', '--list']);
    expect(code).toBe(0);
    for (const word of [
      'lemans',
      'el2-plain-dt',
      '7.2.13',
      'crash-recovery',
      'map-carveout',
      'F-53',
      'mem-setup',
    ]) {
      expect(out).toContain(word);
    }
    expect(JSON.parse((await runCli(['record', '--list', '--format', 'json'])).out)).toHaveLength(7);
  });

  it('gives the same log for the same plan', async () => {
    const files = [file('a.db'), file('b.db')];
    for (const db of files) {
      await runCli(['record', '--soc', 'virt', '--mode', 'el2', '--seed', '7', '--no-tables', '-o', db]);
    }
    const [a, b] = files.map((path) => readFileSync(path));
    expect(a?.equals(b ?? Buffer.alloc(0))).toBe(true);
  });
});

describe('diff of a history that holds several boots', () => {
  it('says with which option to choose on which side', async () => {
    const db = file();
    for (const seed of ['1', '2'])
      await runCli(['record', '--soc', 'virt', '--seed', seed, '-o', db, '--no-tables']);
    const left = await runCli(['diff', db, db]);
    expect(left.code).toBe(2);
    expect(left.err).toContain('say which with --boot-a');
    const right = await runCli(['diff', db, db, '--boot-a', '1']);
    expect(right.err).toContain('say which with --boot-b');
    expect((await runCli(['diff', db, db, '--boot-a', '1', '--boot-b', '2'])).code).toBe(0);
  });
});
