import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../../support/run-cli.ts';
import { sampleFile, sampleFiles } from '../../support/sample-boots.ts';

const conform = async (...args: string[]) => await runCli(['conform', ...args], { columns: 80 });

const folder = mkdtempSync(join(tmpdir(), 'trace-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function record(name: string, ...args: string[]): Promise<string> {
  const file = join(folder, `${name}.db`);
  const common = ['--soc', 'lemans', '--mode', 'el2', '--processor', 'adsp', '-o', file, '--no-tables'];
  expect((await runCli(['record', ...common, ...args])).code).toBeLessThan(2);
  return file;
}

async function printed(name: string, db: string, as: 'dmesg' | 'ftrace'): Promise<string> {
  const file = join(folder, name);
  writeFileSync(file, (await runCli(['log', db, '--as', as])).out);
  return file;
}

describe('recordings of the real drivers', () => {
  const folderOf = (boot: Parameters<typeof sampleFiles>[0]) => join(sampleFiles(boot)[0] as string, '..');

  it.each(['el1-boot-stop-boot', 'el2-boot-stop-boot'] as const)('%s conforms', async (boot) => {
    for (const file of [folderOf(boot), sampleFile(boot, 'dmesg.txt')]) {
      const { code, out } = await conform(file);
      expect(out).toMatch(/^No departure: \d\d steps as the model has them\.$/m);
      expect(code).toBe(0);
    }
    const told = ['--soc', 'virt', '--mode', boot.startsWith('el1') ? 'qhee' : 'el2', '--kernel', '7.2'];
    expect((await conform(sampleFile(boot, 'pas.ftrace.txt'), ...told)).code).toBe(0);
  });

  it.each([
    ['the first start', /^.*\brproc_boot: /m],
    ['the stop', /^.*\brproc_shutdown: /m],
    ['the second start', /^.*init-1 .*\brproc_boot: /m],
  ])('conform where the trace was switched on before %s only', async (_, first) => {
    const late = join(folder, `late-${first.source.length}`);
    mkdirSync(late);
    const [dmesg, trace] = sampleFiles('el2-boot-stop-boot').map((file) => readFileSync(file, 'utf8'));
    const whole = trace as string;
    writeFileSync(join(late, 'dmesg.txt'), dmesg as string);
    writeFileSync(
      join(late, 'trace.txt'),
      `${whole.split('\n').slice(0, 11).join('\n')}\n${whole.slice(whole.search(first))}`,
    );
    const { code, out } = await conform(late);
    expect(out).toContain('\nNo departure: ');
    expect(code).toBe(0);
  });

  it.each([
    ['ERROR', '0xffffffffffffffff', -5],
    ['EOPNOTSUPP', '0xfffffffffffffffc', -95],
  ])('depart at the call for the resource table, which is answered %s', async (name, status, errno) => {
    const broken = join(folder, `table${errno}`);
    mkdirSync(broken);
    const [dmesg, trace] = sampleFiles('el2-boot-stop-boot').map((file) => readFileSync(file, 'utf8'));
    const called = /^(.*scm_smc_done: smc_id:0x42000221, ret:0 res_to_callee:)0x0 .*$/m;
    const until = (trace as string).slice(0, (trace as string).search(/^.*scm_get_rsc_ret: /m));
    writeFileSync(join(broken, 'trace.txt'), until.replace(called, `$1${status} res0:0x0 res1:0x0 res2:0x0`));
    writeFileSync(
      join(broken, 'dmesg.txt'),
      (dmesg as string).replace(
        /^.*PDM: no support[\s\S]*$/m,
        `[    2.860730] qcom_q6v5_pas 30000000.remoteproc: Error in getting resource table: ${errno}\n`,
      ),
    );
    const { code, out } = await conform(broken);
    expect(out).toContain('First departure, in adsp: the step ends in another way than in the model');
    expect(out).toMatch(
      new RegExp(`^\\+ \\[ +2\\.860644\\] PAS_GET_RSCTABLE[\\s\\S]*?-> status -\\d ${name}`, 'm'),
    );
    expect(code).toBe(1);
  });

  it('depart where the processor crashes, which only a scenario with a crash expects', async () => {
    const file = folderOf('el2-crash-recovery');
    const { code, out } = await conform(file);
    expect(code).toBe(1);
    expect(out).toContain('First departure, in adsp: the boot takes a step that the model does not expect');
    expect(out).toMatch(/^\+ \[ {4}3\.601546\] adsp: fatal +boot#\d+ pas\.ftrace\.txt:80$/m);
    expect((await conform(file, '--scenario', 'crash-while-stopping')).code).toBe(0);
  });

  it('depart when they are held to another mode', async () => {
    const { code, out } = await conform(folderOf('el1-boot-stop-boot'), '--mode', 'el2');
    expect(code).toBe(1);
    expect(out).toContain('First departure, in ');
  });
});

const CAPTURES = fileURLToPath(new URL('../../../../shared/captures/', import.meta.url));

describe.skipIf(!existsSync(CAPTURES))('captures in ../shared (skipped: the folder is not there)', () => {
  it.each(['iommu-el1', 'iommu-el2'])('%s shows nothing of a remote processor: no verdict', async (name) => {
    const told = ['--soc', 'virt', '--kernel', '7.2'];
    const { code, err } = await conform(join(CAPTURES, name), ...told);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/^trace: .*: shows none of the remote processors of virt, .*\n$/),
    });
    const asked = await conform(join(CAPTURES, name), ...told, '--processor', 'adsp');
    expect(asked.code).toBe(2);
    expect(asked.out).toMatch(/neither conforms nor\s+departs/);
  });
});

describe('trace conform', () => {
  it('names the step, cites the events of both and their lines, and fits 80 columns', async () => {
    const broken = await record('broken', '--fault', 'F-16:adsp');
    const log = await printed('broken.txt', broken, 'dmesg');
    const { code, out } = await conform(log, '--all');
    expect(code).toBe(1);
    expect(out).toContain('held     adsp; not gpdsp0, gpdsp1, cdsp, cdsp1');
    expect(out).toContain('no trace: calls, maps and bridges are not shown, and not held');
    expect(out).toMatch(/^- \[ 2\.\d{9}\] adsp is running +model#\d+$/m);
    expect(out).toMatch(
      /^\+ \[ {4}2\.\d{6}\] 15000000\.iommu: context fault sid 0x3000 iova 0x90aff330 read$/m,
    );
    expect(out).toMatch(/boot#\d+ broken\.txt:\d+$/m);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    const model = join(folder, 'model.db');
    const command = /trace (record .*?) -o/s.exec(out.replace(/\n +/g, ' '))?.[1] ?? '';
    expect((await runCli([...command.split(' '), '-o', model, '--no-tables'])).code).toBe(0);
    const seq = /adsp is running +model#(\d+)/.exec(out)?.[1] ?? '';
    expect((await runCli(['log', model, '--from', seq, '--to', seq])).out).toContain('adsp is running');
  });

  it('says the same in every format', async () => {
    const file = await record('without', '--without', 'map-carveout');
    const json = JSON.parse((await conform(file, '--format', 'json')).out);
    expect(json).toMatchObject({
      conforms: false,
      held: ['adsp'],
      model: { soc: 'lemans', mode: 'el2', kernel: '7.2.13' },
      first_departure: {
        lane: 'adsp',
        type: 'missing',
        expected: { kind: 'mapping.created', text: 'map iova 0x95900000 + 0x1e00000 (identity) rw' },
      },
    });
    const ndjson = (await conform(file, '--format', 'ndjson', '--all')).out.trimEnd().split('\n');
    const rows = ndjson.map((line) => JSON.parse(line));
    expect(rows[0]).toMatchObject({ row: 'conformance', conforms: false });
    expect(rows.filter(({ row }) => row === 'lane')).toHaveLength(json.lanes.length);
    const adsp = rows.find(({ row, lane }) => row === 'lane' && lane === 'adsp');
    const counts = Object.values(adsp.counts as Record<string, number>).reduce(
      (sum, count) => sum + count,
      0,
    );
    expect(rows.filter(({ row, lane }) => row === 'departure' && lane === 'adsp')).toHaveLength(counts);
    const junit = (await conform(file, '--format', 'junit')).out;
    expect(junit).toContain(`tests="${json.lanes.length}" failures="1"`);
    expect(junit).toContain('<failure type="missing"');
    const markdown = (await conform(file, '--format', 'markdown')).out;
    expect(markdown).toContain('- map iova 0x95900000 + 0x1e00000 (identity) rw [model#');
  });

  it('says what it does not know of a boot, and how to give it', async () => {
    const trace = await printed('trace.txt', await record('healthy'), 'ftrace');
    const { code, err } = await conform(trace);
    expect(code).toBe(2);
    expect(err).toMatch(
      /SoC is not told \(--soc .*kernel is not told \(--kernel .*mode is not told \(--mode .*\n$/,
    );
    expect(err.trimEnd()).not.toContain('\n');
    expect((await conform(trace, '--soc', 'lemans', '--mode', 'el2', '--kernel', '7.2')).code).toBe(0);
    expect((await conform(trace, '--soc', 'nomad')).err).toContain('no SoC is called nomad; there is lemans');
  });

  it('does not take the end of a log for a step that was left out', async () => {
    const log = await printed('whole.txt', await record('whole'), 'dmesg');
    const lines = (await runCli(['log', join(folder, 'whole.db'), '--as', 'dmesg'])).out.split('\n');
    const cut = join(folder, 'cut.txt');
    const at = lines.findIndex((line) => line.includes('Booting fw image'));
    const head = lines.slice(0, at + 1);
    writeFileSync(cut, head.join('\n'));
    const short = await conform(cut);
    expect(short.code).toBe(0);
    expect(short.out).toMatch(/The boot does not show how adsp goes on; in the model:\n.*adsp is running/);
    expect((await conform(log)).code).toBe(0);
    // Where the log goes on for long enough, the core did not come up.
    writeFileSync(cut, [...head, '[   60.000000] random: crng init done', ''].join('\n'));
    const long = await conform(cut);
    expect(long.code).toBe(1);
    expect(long.out).toContain('First departure, in adsp: the boot leaves out a step of the model');
  });

  it('does not miss what an excerpt of a log leaves out before the first line of a processor', async () => {
    const lines = (await runCli(['log', await record('excerpt'), '--as', 'dmesg'])).out.split('\n');
    const log = join(folder, 'excerpt.txt');
    const chosen = lines.filter((line) => /remoteproc0: (?:Booting|remote)|30000000\.remoteproc/.test(line));
    writeFileSync(log, [...chosen, ''].join('\n'));
    const told = ['--soc', 'lemans', '--mode', 'el2', '--kernel', '7.2'];
    expect(chosen.length).toBeGreaterThan(1);
    expect((await conform(log, ...told)).code).toBe(1);
    writeFileSync(log, [...chosen.slice(-1), ''].join('\n'));
    expect((await conform(log, ...told)).code).toBe(0);
  });

  it('takes a trace that the kernel printed into its log for a trace', async () => {
    const db = await record('printk');
    const [dmesg, ftrace] = [
      await printed('printk.dmesg', db, 'dmesg'),
      await printed('printk.ftrace', db, 'ftrace'),
    ];
    const stamped = (text: string, pattern: RegExp) =>
      text.split('\n').flatMap((line) => {
        const [, time = '', rest = ''] = pattern.exec(line) ?? [];
        return time === '' ? [] : [{ time: Number(time), line: `[${time.padStart(12)}] ${rest}` }];
      });
    const lines = [
      ...stamped(readFileSync(dmesg, 'utf8'), /^\[ *(\d+\.\d+)\] (.*)$/),
      ...stamped(
        readFileSync(ftrace, 'utf8'),
        /^ *\S+ +\[\d+\] \S+ +(\d+\.\d+): ((?:scm_smc|map|unmap|attach)\w*: .*)$/,
      ),
    ].sort((a, b) => a.time - b.time);
    const log = join(folder, 'printk.txt');
    writeFileSync(log, lines.map(({ line }) => `${line}\n`).join(''));
    const { code, out } = await conform(log);
    expect(out).not.toContain('no trace');
    expect(out).toMatch(/^No departure: 1\d\d steps/m);
    expect(code).toBe(0);
  });

  it('does not miss what a tracepoint that was off would have told', async () => {
    const trace = await printed('all.txt', await record('traced'), 'ftrace');
    const { out } = await runCli(['log', join(folder, 'traced.db'), '--as', 'ftrace']);
    writeFileSync(
      trace,
      out
        .split('\n')
        .filter((line) => !/: (?:map|unmap|attach_device_to_domain):/.test(line))
        .join('\n'),
    );
    const told = ['--soc', 'lemans', '--mode', 'el2', '--kernel', '7.2'];
    expect((await conform(trace, ...told)).code).toBe(0);
    // One map that is missing among others is.
    writeFileSync(
      trace,
      out
        .split('\n')
        .filter((line) => !/: map: .*0x0*95900000/.test(line))
        .join('\n'),
    );
    const { code, out: said } = await conform(trace, ...told);
    expect(code).toBe(1);
    expect(said).toMatch(/^- \[.*\] map iova 0x95900000 \+ 0x1e00000 \(identity\)/m);
  });
});
