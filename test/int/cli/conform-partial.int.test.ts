import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../../support/run-cli.ts';

const conform = async (...args: string[]) => await runCli(['conform', ...args], { columns: 80 });

const folder = mkdtempSync(join(tmpdir(), 'trace-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LEMANS = ['--soc', 'lemans', '--mode', 'el2', '--kernel', '7.2'];

interface Printed {
  readonly dmesg: readonly string[];
  readonly header: readonly string[];
  readonly trace: readonly string[];
}

let recordings = 0;

/** The lines of a simulated boot of the ADSP. */
async function printed(...args: string[]): Promise<Printed> {
  const db = join(folder, `${recordings++}.db`);
  const common = ['--soc', 'lemans', '--mode', 'el2', '--processor', 'adsp', '-o', db, '--no-tables'];
  await runCli(['record', ...common, ...args]);
  const linesOf = async (as: string) => (await runCli(['log', db, '--as', as])).out.trimEnd().split('\n');
  const trace = await linesOf('ftrace');
  return {
    dmesg: await linesOf('dmesg'),
    header: trace.filter((line) => line.startsWith('#')),
    trace: trace.filter((line) => !line.startsWith('#')),
  };
}

function write(name: string, lines: readonly string[]): string {
  const file = join(folder, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

function writeBoth(name: string, dmesg: readonly string[], trace: readonly string[]): string {
  mkdirSync(join(folder, name));
  write(join(name, 'boot.dmesg'), dmesg);
  write(join(name, 'boot.ftrace'), trace);
  return join(folder, name);
}

/** From the first line that has a text on. */
function from(lines: readonly string[], text: string, skipped = 0): string[] {
  const at = lines.findIndex((line) => line.includes(text));
  expect(at).toBeGreaterThanOrEqual(0);
  return lines.slice(at + skipped);
}

/** Where a processor is stopped, by the call. */
function isShutdown(line: string): boolean {
  return line.includes('scm_smc_request: smc_id:0x42000206 ');
}

describe('an excerpt of a log that begins in the middle of a boot', () => {
  const CRASH = [
    '[   90.500000] arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0xffdff000, fsynr=0x110003, cbfrsynra=0x1005, cb=20',
    '[   90.510000] qcom_q6v5_pas 6800000.remoteproc: Handover signaled, but it already happened',
    '[   90.520000] qcom_q6v5_pas 6800000.remoteproc: fatal error received: err_main.c:12:made up',
    '[   90.530000] remoteproc remoteproc0: crash detected in adsp: type fatal error',
    '[   90.540000] remoteproc remoteproc0: recovering adsp',
  ];
  const HAMOA = ['--soc', 'hamoa', '--mode', 'qhee', '--kernel', '7.0.0'];

  it('departs at the first failure that it shows, and names no step of before it', async () => {
    const log = write('crash.txt', CRASH.slice(1));
    const { code, out } = await conform(log, ...HAMOA);
    expect(code).toBe(1);
    expect(out).toContain('note     the kernel log begins at [   90.510000], with line 1 of crash.txt');
    expect(out).not.toContain('registered as');
    expect(out).not.toMatch(/^- \[/m);
    expect(out).toMatch(/^- not known: the kernel log begins at \[ {3}90\.510000\]$/m);
    expect(out).toMatch(/^\+ \[ {3}90\.510000\] adsp: handover/m);
    const json = JSON.parse((await conform(log, ...HAMOA, '--format', 'json')).out);
    expect(json.first_departure).toMatchObject({ expected: null, found: { seq: 3 } });
    const markdown = (await conform(log, ...HAMOA, '--format', 'markdown')).out;
    expect(markdown).toContain('- not known: the kernel log begins at [   90.510000]');
  });

  it('departs at a fault of a FastRPC context of a processor that is held', async () => {
    const { code, out } = await conform(write('fault.txt', CRASH), ...HAMOA);
    expect(code).toBe(1);
    expect(out).toContain('First departure, in sid-0x1005: the boot takes a step');
    expect(out).toMatch(/^\+ \[ {3}90\.500000\] 15000000\.iommu: context fault sid 0x1005/m);
    const simulated = await printed('--fault', 'F-43');
    const whole = await conform(write('compute.txt', simulated.dmesg));
    expect(whole.code).toBe(1);
    expect(whole.out).toContain('First departure, in sid-0x3003: ');
    expect(whole.out).toContain('- the model expects nothing here');
  });

  it('is not a log from the start because it shows how user space begins', async () => {
    const { dmesg } = await printed();
    const late = write('late.txt', from(dmesg, 'Run /'));
    const { code, out } = await conform(late, ...LEMANS, '--processor', 'cdsp');
    expect(out).toContain('note     the kernel log begins at ');
    expect({ code, line: /^No departure/m.test(out) }).toEqual({ code: 0, line: true });
    const long = write('late-long.txt', [...from(dmesg, 'Run /'), '[   99.000000] random: crng init done']);
    expect((await conform(long, ...LEMANS, '--processor', 'cdsp')).code).toBe(0);
  });

  it('gets no such note where it begins with the entry of the kernel', async () => {
    const { dmesg } = await printed();
    expect((await conform(write('whole.txt', dmesg))).out).not.toContain(' begins at ');
  });
});

describe('a trace of a part of a boot', () => {
  it.each(['both', 'trace'])(
    'begun in the middle of a start misses no unmap of a map before it (%s)',
    async (what) => {
      const { dmesg, header, trace } = await printed('--scenario', 'stop');
      const late = [...header, ...from(trace, 'map: IOMMU: iova=0x0000000000443000')];
      expect(late.join('\n')).not.toContain(' map: IOMMU: iova=0x0000000000110000');
      const file = what === 'both' ? writeBoth('mid-start', dmesg, late) : write('mid-start.ftrace', late);
      const { code, out } = await conform(file, ...LEMANS);
      expect(out).toMatch(/^No departure: /m);
      expect(code).toBe(0);
      expect(out.replace(/\n +/g, ' ')).toMatch(
        /^note +the trace begins at \[ +1\.96\d+\], with line \d+ of /m,
      );
    },
  );

  it('misses an unmap of a map that it shows', async () => {
    const { header, trace } = await printed('--scenario', 'stop');
    const kept = trace.filter((line) => !/unmap.*0*443000 /.test(line));
    expect(kept.length).toBeLessThan(trace.length);
    const { out } = await conform(write('kept.ftrace', [...header, ...kept]), ...LEMANS);
    expect(out).toMatch(/^- \[.*\] unmap iova 0x443000/m);
  });

  it('switched off before a stop, and on again behind it, misses nothing of the stop', async () => {
    const { dmesg, header, trace } = await printed('--scenario', 'stop-start');
    const stop = trace.findIndex((line) => isShutdown(line));
    const again = trace.findIndex((line, index) => index > stop && line.includes('attach_device_to_domain'));
    expect(stop).toBeGreaterThan(0);
    expect(again).toBeGreaterThan(stop);
    const hole = [...header, ...trace.slice(0, stop), ...trace.slice(again)];
    const { code, out } = await conform(writeBoth('hole', dmesg, hole));
    expect(out).toMatch(/^No departure: /m);
    expect(out.replace(/\n +/g, ' ')).toContain('note     the trace was not on all the time');
    expect(code).toBe(0);
  });

  it('switched off before a stop for good misses nothing of it either, however long the log goes on', async () => {
    const { dmesg, header, trace } = await printed('--scenario', 'stop');
    const stop = trace.findIndex((line) => isShutdown(line));
    const file = writeBoth(
      'off',
      [...dmesg, '[   99.000000] random: crng init done'],
      [...header, ...trace.slice(0, stop)],
    );
    const { code, out } = await conform(file);
    expect(out).toMatch(/^No departure: /m);
    expect(code).toBe(0);
  });
});

describe('a part of a boot that is asked for', () => {
  it('is held up to a moment, and what the boot does after it is no departure', async () => {
    const { dmesg } = await printed('--fault', 'F-16:adsp');
    const log = write('asked.txt', [...dmesg, '[   99.000000] random: crng init done']);
    expect((await conform(log)).code).toBe(1);
    const { code, out } = await conform(log, '--at', 'adsp:starting');
    expect(out.replace(/\n +/g, ' ')).toContain('note     only what comes up to adsp:starting is held');
    expect(out).toMatch(/^No departure: /m);
    expect(code).toBe(0);
    const json = JSON.parse((await conform(log, '--at', 'adsp:starting', '--format', 'json')).out);
    expect(json).toMatchObject({ conforms: true, since: null, at: 'adsp:starting' });
  });

  it('is held from a moment on, and what the model does before it is not missed', async () => {
    const { dmesg } = await printed('--scenario', 'stop', '--fault', 'F-108:adsp');
    const log = write('since.txt', dmesg);
    const { code, out } = await conform(log, '--since', 'adsp:running');
    expect(code).toBe(1);
    expect(out.replace(/\n +/g, ' ')).toContain('note     only what comes after adsp:running is held');
    expect(out).toMatch(/^\+ .* sysmon-timeout failed/m);
    expect(out).not.toMatch(/registered as|starting/);
  });

  it('of a simulated boot too: what it does before and after is not missed', async () => {
    const db = join(folder, 'asked.db');
    await runCli([
      'record',
      '--soc',
      'lemans',
      '--mode',
      'el2',
      '--processor',
      'adsp',
      '-o',
      db,
      '--no-tables',
    ]);
    for (const range of [
      ['--since', 'adsp:starting'],
      ['--at', 'adsp:authenticated'],
    ]) {
      const { code, out } = await conform(db, ...range);
      expect(out).toMatch(/^No departure: /m);
      expect(code).toBe(0);
    }
    const broken = join(folder, 'asked-broken.db');
    await runCli([
      ...['record', '--soc', 'lemans', '--mode', 'el2', '--processor', 'adsp', '--without', 'map-carveout'],
      ...['-o', broken, '--no-tables'],
    ]);
    expect((await conform(broken, '--since', 'adsp:starting')).out).toMatch(/^- .* map iova 0x95900000/m);
  });

  it('has to exist', async () => {
    const { dmesg } = await printed();
    const { code, err } = await conform(write('no-moment.txt', dmesg), '--at', 'adsp:runing');
    expect(code).toBe(2);
    expect(err).toMatch(/no moment is called adsp:runing; did you mean adsp:running/);
  });
});

describe('a kernel without the EL2 series', () => {
  it('is what the model is of: it says that nothing comes up in it either', async () => {
    const db = join(folder, 'old.db');
    const told = ['--soc', 'lemans', '--mode', 'el2', '--kernel', '6.18.0', '--processor', 'adsp'];
    await runCli(['record', ...told, '-o', db, '--no-tables']);
    const log = write('old.dmesg', (await runCli(['log', db, '--as', 'dmesg'])).out.trimEnd().split('\n'));
    const { code, out } = await conform(log);
    expect(code).toBe(0);
    expect(out.replace(/\n +/g, ' ')).toContain(
      'in the model too, adsp does not come up: Linux 6.18.0 lacks the EL2 series, which came with 7.0',
    );
    expect(out).not.toContain('as healthy');
    // The next kernel has it, and there the boot departs.
    const newer = await conform(log, '--kernel', '7.0');
    expect(newer.code).toBe(1);
    expect(newer.out).not.toContain('does not come up');
    expect(newer.out).toContain('simulated as healthy');
  });

  it('has no EL2 device tree for a SoC that no later one has', async () => {
    const { dmesg } = await printed();
    const log = write('kodiak.txt', dmesg);
    for (const kernel of ['6.18.0', '7.2.13']) {
      const { code, err } = await conform(log, '--soc', 'kodiak', '--mode', 'el2', '--kernel', kernel);
      expect(code).toBe(2);
      expect(err).toContain(`Linux ${kernel} has no EL2 device tree for kodiak`);
    }
  });
});

describe('a trace of several processors that is switched on late', () => {
  it.each([
    ['stop-start', 'el2', 0.4],
    ['stop-start', 'el2', 0.7],
    ['stop-start', 'qhee', 0.4],
    ['stop-start', 'qhee', 0.7],
    // Bridges are deleted by handles that nobody saw come back.
    ['boot', 'el2', 0.75],
  ])('misses of none of them what lies before: %s at %s from %d on', async (scenario, mode, share) => {
    const db = join(folder, `several-${scenario}-${mode}-${share}.db`);
    const common = ['--soc', 'lemans', '--mode', mode];
    await runCli(['record', ...common, '--scenario', scenario, '--seed', '5', '-o', db, '--no-tables']);
    const lines = (await runCli(['log', db, '--as', 'ftrace'])).out.trimEnd().split('\n');
    const trace = lines.filter((line) => !line.startsWith('#'));
    const header = lines.filter((line) => line.startsWith('#'));
    const late = [...header, ...trace.slice(Math.floor(trace.length * share))];
    const file = write(`several-${scenario}-${mode}-${share}.ftrace`, late);
    const { out } = await conform(file, ...common, '--kernel', '7.2');
    expect(out.split('\n').filter((line) => /^First|^[-+] /.test(line))).toEqual([]);
  });
});
