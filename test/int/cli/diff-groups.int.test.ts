import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planBoot } from '../../../src/app/plan-boot.ts';
import { recordBoot } from '../../../src/app/record-boot.ts';
import { expectGolden } from '../../support/golden.ts';
import { runCli } from '../../support/run-cli.ts';

const BOOTS = 6;

const folder = mkdtempSync(join(tmpdir(), 'trace-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = (...names: string[]) => join(folder, ...names);

/** Boots of the ADSP of Lemans: bad ones lack a region in the resource table, and every third of all is flaky. */
beforeAll(() => {
  for (const [group, first] of [
    ['ok', 0],
    ['bad', BOOTS],
  ] as const) {
    mkdirSync(path(group));
    for (let index = 0; index < BOOTS; index++) {
      const faults = [
        ...(group === 'bad' ? ['F-16:adsp'] : []),
        ...((first + index) % 3 === 1 ? ['smc-sleep:cdsp', 'F-102:cdsp'] : []),
      ];
      const plan = planBoot({
        soc: 'lemans',
        mode: 'el2',
        processors: ['adsp', 'cdsp'],
        faults,
        seed: 100 + first + index,
      });
      recordBoot({ plan, output: path(group, `${index + 1}.db`), withoutTables: true });
    }
  }
});

const diff = async (args: readonly string[], columns = 80) => {
  const { code, out, err } = await runCli(['diff', ...args], { columns });
  return { code, err, out: out.replace(folder, '/boots') };
};

const golden = (name: string) => fileURLToPath(new URL(`../../golden/expected/${name}`, import.meta.url));

describe('trace diff --group', () => {
  it.each([80, 120])('says what separates the groups, in %i columns', async (columns) => {
    const { code, out } = await diff(
      ['--group', `ok=${path('ok')}`, '--group', `bad=${path('bad')}`],
      columns,
    );
    expect(code).toBe(1);
    for (const line of out.split('\n').slice(3)) expect(line.length).toBeLessThanOrEqual(columns);
    expectGolden(golden(`groups-${columns}.txt`), out);
  });

  it('takes a folder, a pattern, single files and what a shell made of a pattern for the same', async () => {
    const bad = readdirSync(path('bad')).map((name) => path('bad', name));
    const ok = `ok=${path('ok')}`;
    const byFolder = await diff(['--group', ok, '--group', `bad=${path('bad')}`]);
    const others = [
      [`bad=${path('bad', '*.db')}`],
      [`bad=${path('b?d', '[1-9].db')}`],
      [`bad=${bad[0]}`, ...bad.slice(1)],
      bad.flatMap((file) => ['--group', `bad=${file}`]).slice(1),
    ];
    for (const given of others) expect(await diff(['--group', ok, '--group', ...given])).toEqual(byFolder);
  });

  it('says the same as data and as Markdown', async () => {
    const groups = ['--group', `ok=${path('ok')}`, '--group', `bad=${path('bad')}`];
    const data = JSON.parse((await diff([...groups, '--format', 'json'])).out);
    expect(data).toMatchObject({ a: { name: 'ok' }, b: { name: 'bad' }, separates: true, too_few: [] });
    expect(data.separating[0]).toMatchObject({
      a: { k: 0, n: BOOTS, unknown: 0, often: 'never' },
      b: { k: BOOTS, n: BOOTS, unknown: 0, often: 'always' },
    });
    expect(data.separating[0].facts[0]).toMatchObject({ sort: 'finding', lane: 'adsp' });
    expect(data.separating[0].facts[0].text).toMatch(/^devmem-missing: /);
    expect(data.flaky[0]).toMatchObject({ a: { k: 2, n: BOOTS }, b: { k: 2, n: BOOTS } });
    expect((await diff([...groups, '--format', 'markdown'])).out).toMatch(
      /^\| 6 of 6 \| 0 of 6 \| 0\.002 \| finding/m,
    );
  });

  it('says in rows what json says in one', async () => {
    const groups = ['--group', `ok=${path('ok')}`, '--group', `bad=${path('bad')}`];
    const data = JSON.parse((await diff([...groups, '--format', 'json'])).out);
    const { code, out } = await diff([...groups, '--format', 'ndjson']);
    const [head, ...rows] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(1);
    expect(head).toMatchObject({ row: 'groups', a: { name: 'ok' }, b: { name: 'bad' }, separates: true });
    for (const list of ['separating', 'too_few', 'flaky', 'occasional'])
      expect(rows.filter((row) => row.list === list)).toEqual(
        data[list].map((split: object) => ({ row: 'split', list, ...split })),
      );
  });

  it('fails a test of what separates the groups, and skips what is flaky', async () => {
    const groups = ['--group', `ok=${path('ok')}`, '--group', `bad=${path('bad')}`];
    const { out } = await diff([...groups, '--format', 'junit']);
    expect(out).toMatch(
      /<testsuite name="trace diff --group ok --group bad" tests="\d+" failures="2" skipped="1">/,
    );
    expect(out).toMatch(
      /<testcase classname="groups.separating" name="finding adsp: devmem-missing: [^"]*">\n +<failure message="bad 6 of 6 \(61-100 %\), ok 0 of 6/,
    );
    expect(out).toMatch(/classname="groups.flaky" name="[^"]*">\n +<skipped message="bad 2 of 6/);
    const same = ['--group', `ok=${path('ok', '1.db')}`, '--group', `too=${path('ok', '3.db')}`];
    const nothing = await diff([...same, '--format', 'junit']);
    expect(nothing.code).toBe(0);
    expect(nothing.out).toContain('name="nothing separates ok and too"/>');
  });

  it('says on a terminal which boot it reads', async () => {
    const args = ['--group', `ok=${path('ok', '1.db')}`, '--group', `bad=${path('bad', '1.db')}`];
    const { err } = await runCli(['diff', ...args], { isErrTerminal: true, columns: 80 });
    expect(err).toBe('\r\x1b[Kreading 1 of 2: ok/1.db\r\x1b[Kreading 2 of 2: bad/1.db\r\x1b[K');
    expect((await runCli(['diff', ...args])).err).toBe('');
  });

  it('calls nothing a cause in too few boots, and says how many it takes', async () => {
    const few = (group: string) => [1, 2, 3].map((n) => path(group, `${n}.db`));
    const { code, out } = await diff([
      '--group',
      `ok=${few('ok')[0]}`,
      ...few('ok').slice(1),
      '--group',
      `bad=${few('bad')[0]}`,
      ...few('bad').slice(1),
    ]);
    expect(code).toBe(0);
    expect(out).toMatch(/^Nothing separates the groups beyond chance\. \d+ candidates do in these boots;/m);
    expect(out).toMatch(/at least\s+[4-6]\s+boots are needed in each\s+group/);
    expect(out).toContain('In all of one group and none of the other, but in too few boots:');
    // Boots of one plan differ in nothing that counts but what is flaky.
    const alike = await diff([
      '--group',
      `one=${path('ok', '[1-3].db')}`,
      '--group',
      `two=${path('ok', '[4-6].db')}`,
    ]);
    expect(alike.code).toBe(0);
    expect(alike.out).toContain('Nothing separates the groups beyond chance.\n');
    expect(alike.out).not.toContain('too few');
  });

  it('counts for unknown what the sources of a boot could not show', async () => {
    mkdirSync(path('logs'));
    for (let index = 1; index <= BOOTS; index++) {
      const { out } = await runCli(['log', path('ok', `${index}.db`), '--as', 'dmesg']);
      writeFileSync(path('logs', `${index}.txt`), out);
    }
    const { out } = await diff([
      '--group',
      `ok=${path('logs')}`,
      '--group',
      `bad=${path('bad')}`,
      '--format',
      'json',
      '--all',
    ]);
    const data = JSON.parse(out);
    const splits = [...data.separating, ...data.too_few, ...data.flaky, ...data.occasional];
    const of = (pattern: RegExp) =>
      splits.find(({ facts }: { facts: { text: string }[] }) => facts.some(({ text }) => pattern.test(text)));
    // No kernel log tells of calls and maps: a fact of all that could show it separates nothing.
    expect(of(/^PAS_INIT_IMAGE/)).toBeUndefined();
    expect(of(/^map iova/)).toBeUndefined();
    expect(of(/context fault sid/)).toMatchObject({ a: { k: 0, n: BOOTS }, b: { k: BOOTS, n: BOOTS } });
    expect(data.separates).toBe(true);
  });

  it('refuses what is no two groups with one line', async () => {
    const line = async (...args: string[]) => {
      const { code, err, out } = await diff(args);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(/^trace: [^\n]*\n$/);
      return err;
    };
    const ok = `ok=${path('ok')}`;
    expect(await line('--group', ok)).toContain('expected two groups');
    expect(await line('--group', path('ok'))).toContain('expected --group NAME=FILE');
    expect(await line('--group', ok, '--group', `bad=${path('bad', 'x*.db')}`)).toContain('no file matches');
    expect(await line('--group', ok, '--group', `bad=${path('ok', '1.db')}`)).toContain('is given twice');
    expect(await line('--group', ok, '--group', `bad=${path('none.db')}`)).toContain('no such file');
    expect(await line(path('ok', '1.db'))).toContain('expected two boots');
    expect(await line('--group', ok, '--boot-a', '1')).toContain(
      '--boot-a is about two boots, not about groups',
    );
    expect(await line('--group', ok, '--stat')).toContain('--stat is about two boots');
    expect(await line(path('ok', '1.db'), '--group', ok)).toContain('either two boots or groups');
    mkdirSync(path('empty'));
    expect(await line('--group', ok, '--group', `bad=${path('empty')}`)).toContain('holds no boots');
  });
});
