import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../../support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'trace-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Printed {
  /** Options of the model that it is held to. */
  readonly model: readonly string[];
  readonly dmesg: readonly string[];
  readonly header: readonly string[];
  readonly trace: readonly string[];
}

const boots = new Map<string, Printed>();

/** The lines of a simulated boot; each is simulated once. */
async function printed(soc: string, mode: string, ...args: string[]): Promise<Printed> {
  const model = ['--soc', soc, '--mode', mode];
  const key = [...model, ...args].join(' ');
  const known = boots.get(key);
  if (known !== undefined) return known;
  const db = join(folder, `${boots.size}.db`);
  await runCli(['record', ...model, ...args, '--seed', '5', '-o', db, '--no-tables']);
  const linesOf = async (as: string) => (await runCli(['log', db, '--as', as])).out.trimEnd().split('\n');
  const trace = await linesOf('ftrace');
  const boot = {
    model: [...model, '--kernel', '7.2'],
    dmesg: await linesOf('dmesg'),
    header: trace.filter((line) => line.startsWith('#')),
    trace: trace.filter((line) => !line.startsWith('#')),
  };
  boots.set(key, boot);
  return boot;
}

let folders = 0;

/** What `trace conform` says of lines of a kernel log, of a trace, or of both. */
async function heldOf({ model, header }: Printed, lines: Partial<Pick<Printed, 'dmesg' | 'trace'>>) {
  const path = join(folder, `boot-${folders++}`);
  mkdirSync(path);
  const write = (name: string, all: readonly string[]) =>
    writeFileSync(join(path, name), `${all.join('\n')}\n`);
  if (lines.dmesg !== undefined) write('boot.dmesg', lines.dmesg);
  if (lines.trace !== undefined) write('boot.ftrace', [...header, ...lines.trace]);
  const { code, out } = await runCli(['conform', path, ...model], { columns: 120 });
  return { code, said: out.split('\n').filter((line) => /^First|^No dep|^[-+] /.test(line)), out };
}

/** The lines between two shares of all. */
function cut(lines: readonly string[], from: number, to: number): string[] {
  return lines.slice(Math.floor(lines.length * from), Math.ceil(lines.length * to));
}

function indexOf(lines: readonly string[], text: string, from = 0): number {
  const at = lines.findIndex((line, index) => index >= from && line.includes(text));
  expect(at).toBeGreaterThanOrEqual(0);
  return at;
}

const CONFORMS = { code: 0, said: [expect.stringMatching(/^No departure: /)] };

const ADSP = ['--processor', 'adsp'];
const SHUTDOWN = 'scm_smc_request: smc_id:0x42000206 ';
const AUTH_AND_RESET = 'scm_smc_request: smc_id:0x42000205 ';
const BRIDGE_DELETE = 'svc_id:0x0c cmd_id:0x1d ';
const INIT_IMAGE = 'scm_smc_request: smc_id:0x42000201 ';

describe('a part of a trace of a healthy boot conforms', () => {
  it('beside a whole kernel log that tells of a stop which the trace does not come to', async () => {
    const boot = await printed('lemans', 'el2', '--scenario', 'stop');
    const held = await heldOf(boot, { dmesg: boot.dmesg, trace: cut(boot.trace, 0.25, 0.75) });
    expect(held).toMatchObject(CONFORMS);
  });

  it.each([
    ['lemans', 'el2', 0.2, 0.8],
    ['lemans', 'el2', 0.3, 0.9],
    ['lemans', 'el2', 0.1, 0.9],
  ])(
    'where it shows the end of one start and the begin of the next: %s %s %d to %d',
    async (soc, mode, from, to) => {
      const boot = await printed(soc, mode, ...ADSP, '--scenario', 'stop-start');
      expect(await heldOf(boot, { trace: cut(boot.trace, from, to) })).toMatchObject(CONFORMS);
    },
  );

  it.each([
    ['el2', 0],
    ['qhee', 0.1],
    ['qhee', 0.5],
  ])('where it ends in a second start that nothing counts yet: %s from %d on', async (mode, from) => {
    const boot = await printed('lemans', mode, ...ADSP, '--scenario', 'stop-start');
    const { trace } = boot;
    const second = indexOf(trace, INIT_IMAGE, indexOf(trace, SHUTDOWN));
    const held = await heldOf(boot, { trace: trace.slice(Math.floor(trace.length * from), second + 2) });
    expect(held).toMatchObject(CONFORMS);
  });

  it('where a kernel log beside it ends before the stop that it shows', async () => {
    const boot = await printed('lemans', 'qhee', ...ADSP, '--scenario', 'stop-start');
    const running = indexOf(boot.dmesg, 'remote processor adsp is now up');
    const held = await heldOf(boot, {
      dmesg: boot.dmesg.slice(0, running),
      trace: boot.trace.slice(0, indexOf(boot.trace, SHUTDOWN) + 2),
    });
    expect(held).toMatchObject(CONFORMS);
  });

  it('where a call is its last line', async () => {
    const boot = await printed('monaco', 'el2');
    expect(await heldOf(boot, { trace: cut(boot.trace, 0.25, 0.75) })).toMatchObject(CONFORMS);
  });
});

describe('a part of a trace departs', () => {
  it('where a call has no answer for as long as a processor is waited for', async () => {
    const boot = await printed('lemans', 'el2', ...ADSP);
    const auth = indexOf(boot.trace, AUTH_AND_RESET);
    const lines = boot.trace.slice(0, indexOf(boot.trace, BRIDGE_DELETE, auth) + 1);
    expect(await heldOf(boot, { trace: lines })).toMatchObject(CONFORMS);
    const later = `${lines.at(-1)?.replace(/\d+\.\d+: .*/, '')}99.000000: attach_device_to_domain: IOMMU: device=a600000.usb`;
    const { code, said } = await heldOf(boot, { trace: [...lines, later] });
    expect(code).toBe(1);
    expect(said.join('\n')).toMatch(/^First departure, in adsp: .*\n- .* -> ok .*\n\+ .* -> no answer/);
  });

  it.each([
    [0.2, 1],
    [0.1, 1],
    [0.6, 1],
  ])('at a map that its second start leaves out: %d to %d', async (from, to) => {
    const boot = await printed('lemans', 'el2', ...ADSP, '--scenario', 'stop-start');
    const { trace } = boot;
    const second = indexOf(trace, ' map: IOMMU: iova=0x0000000095900000', indexOf(trace, SHUTDOWN));
    const left = trace.filter((_, index) => index !== second);
    const { code, said } = await heldOf(boot, { trace: cut(left, from, to) });
    expect(code).toBe(1);
    expect(said.join('\n')).toMatch(/^First departure, in adsp: .* leaves out .*\n- .*map iova 0x95900000 /);
  });
});

describe('a probe that is deferred', () => {
  it('is no departure where what it waited for comes', async () => {
    const boot = await printed('lemans', 'el2', ...ADSP, '--scenario', 'probe-deferral');
    expect(boot.dmesg.join('\n')).toContain('deferred probe pending');
    expect(await heldOf(boot, { dmesg: boot.dmesg })).toMatchObject(CONFORMS);
    expect(await heldOf(boot, { dmesg: boot.dmesg, trace: boot.trace })).toMatchObject(CONFORMS);
  });

  it('is one where the log tells nothing of the device after it', async () => {
    const boot = await printed('lemans', 'el2', ...ADSP, '--scenario', 'probe-deferral');
    const end = indexOf(boot.dmesg, '30000000.remoteproc: deferred probe pending') + 1;
    const { code, said } = await heldOf(boot, { dmesg: boot.dmesg.slice(0, end) });
    expect(code).toBe(1);
    expect(said.at(-1)).toMatch(/^\+ .*30000000\.remoteproc: probe is still deferred/);
  });
});
