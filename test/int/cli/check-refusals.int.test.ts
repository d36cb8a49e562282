import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../../support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'trace-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Found {
  readonly rule: string;
  readonly certainty: string;
  readonly failure_modes: readonly string[];
  readonly sentence: string;
  readonly try: readonly string[];
  readonly ruled_out: readonly { readonly what: string; readonly by: { readonly seq: number } | null }[];
}

let boots = 0;

/** The lines of a simulated boot of the ADSP, as the kernel prints them. */
async function printed(mode: string, soc = 'lemans') {
  const db = join(folder, `${boots++}.db`);
  const args = ['--soc', soc, '--mode', mode, '--processor', 'adsp', '-o', db, '--no-tables'];
  await runCli(['record', ...args]);
  const linesOf = async (as: string) => (await runCli(['log', db, '--as', as])).out.trimEnd().split('\n');
  return { dmesg: await linesOf('dmesg'), trace: await linesOf('ftrace') };
}

/** The lines up to one that has a text, with that one. */
function upTo(lines: readonly string[], text: string): string[] {
  const at = lines.findIndex((line) => line.includes(text));
  expect(at).toBeGreaterThanOrEqual(0);
  return lines.slice(0, at + 1);
}

const AUTH = 'smc_id:0x42000205';
const INIT = 'smc_id:0x42000201';

/** A boot in which TrustZone answers a call about the ADSP's image with a status. */
async function refusedAt(call: string, status: bigint, mode = 'el2', soc = 'lemans') {
  const { dmesg, trace } = await printed(mode, soc);
  const done = trace.findLast((line) => line.includes(`scm_smc_done: ${call},`)) ?? '';
  const answer = `res_to_callee:0x${BigInt.asUintN(64, status).toString(16)}`;
  const calls = [...trace.slice(0, trace.indexOf(done)), done.replace('res_to_callee:0x0', answer)];
  const driver = /qcom_q6v5_pas \S+:/.exec(dmesg.join('\n'))?.[0] ?? 'qcom_q6v5_pas 30000000.remoteproc:';
  const at = /(\d+\.\d{6}): scm_smc_done/.exec(done)?.[1] ?? '';
  const file = /Booting fw image (\S+),/.exec(dmesg.join('\n'))?.[1] ?? '';
  const errno = status === -1n ? -5 : -22;
  const lines = [
    ...upTo(dmesg, 'Booting fw image'),
    call === AUTH
      ? `[    ${at}] ${driver} failed to authenticate image and release reset`
      : `[    ${at}] ${driver} error ${errno} initializing firmware ${file}`,
    `[    ${at}] remoteproc remoteproc0: can't start rproc adsp: ${errno}`,
  ];
  return { lines, calls };
}

async function check(sources: Readonly<Record<string, readonly string[]>>): Promise<Found[]> {
  const boot = join(folder, `boot-${boots++}`);
  mkdirSync(boot);
  for (const [name, lines] of Object.entries(sources))
    writeFileSync(join(boot, name), `${lines.join('\n')}\n`);
  const { out } = await runCli(['check', boot, '--format', 'json']);
  const { findings } = JSON.parse(out) as { findings: (Found & { severity: string })[] };
  return findings.filter(({ severity }) => severity !== 'noise');
}

function outOf(found: Found | undefined): string {
  return (found?.ruled_out ?? []).map(({ what }) => what).join('\n');
}

describe('an image that is not authenticated', () => {
  it('for an address, under a bridge that stands, has neither no bridge nor wrong calls for a cause', async () => {
    const { lines, calls } = await refusedAt(AUTH, -3n);
    const [found, ...others] = await check({ 'a.dmesg': lines, 'a.ftrace': calls });
    expect(others).toEqual([]);
    expect(found).toMatchObject({ rule: 'image-not-authenticated', failure_modes: ['F-74', 'F-52'] });
    expect(outOf(found)).toMatch(/no bridge over the carveout .* one stands there/);
    expect(outOf(found)).toMatch(/PAS_MEM_SETUP/);
    expect(outOf(found)).toMatch(/order of calls/);
    const bridge = found?.ruled_out.find(({ what }) => what.includes('bridge over the carveout'));
    expect(bridge?.by?.seq).toEqual(expect.any(Number));
    // What the trace shows already need not be recorded.
    expect(found?.try.join('\n')).not.toMatch(/record a trace/);
  });

  it('in a log of EL1 alone has no missing bridge for a cause: the hypervisor makes it', async () => {
    const { lines } = await refusedAt(AUTH, -2n, 'qhee');
    const [found] = await check({ 'a.dmesg': lines });
    expect(found).toMatchObject({
      rule: 'image-not-authenticated',
      failure_modes: ['F-74', 'F-72', 'F-52', 'F-76'],
    });
    expect(outOf(found)).toMatch(/at EL1 the hypervisor/);
    expect(found?.try.join('\n')).toMatch(/record a trace/);
  });

  it('in a log of EL2 alone leaves all of them', async () => {
    const { lines } = await refusedAt(AUTH, -2n);
    const [found] = await check({ 'a.dmesg': lines });
    expect(found?.failure_modes).toEqual(['F-74', 'F-57', 'F-56', 'F-72', 'F-52', 'F-76']);
  });

  it('with -5, on a core without lite firmware, at its first authentication, has no known cause', async () => {
    const { lines, calls } = await refusedAt(AUTH, -1n);
    const [found] = await check({ 'a.dmesg': lines, 'a.ftrace': calls });
    expect(found).toMatchObject({ rule: 'image-not-authenticated', certainty: 'unknown', failure_modes: [] });
    expect(outOf(found)).toMatch(/second authentication/);
    expect(outOf(found)).toMatch(/lite firmware/);
  });
});

describe('metadata that is refused', () => {
  it('for an address, inside a bridge, with the id of the processor, is neither unbridged nor of a wrong id', async () => {
    const { lines, calls } = await refusedAt(INIT, -3n);
    const [found] = await check({ 'a.dmesg': lines, 'a.ftrace': calls });
    expect(found).toMatchObject({ rule: 'image-refused', failure_modes: ['F-70'] });
    expect(found?.sentence).not.toMatch(/may not read/);
    expect(outOf(found)).toMatch(/outside the bridges/);
    expect(outOf(found)).toMatch(/PAS id/);
  });

  it('at EL1, with no bridge of Linux over it, is not bridged twice', async () => {
    const { lines, calls } = await refusedAt(INIT, -3n, 'qhee');
    const [found] = await check({ 'a.dmesg': lines, 'a.ftrace': calls });
    expect(found).toMatchObject({ rule: 'image-refused', failure_modes: ['F-70'] });
    expect(outOf(found)).toMatch(/bridge of Linux over the metadata/);
  });

  it('beside a processor that came up is not refused for the device tree as a whole', async () => {
    const log = [
      '[   10.000000] remoteproc remoteproc0: remote processor adsp is now up',
      '[   10.100000] remoteproc remoteproc1: powering up gpdsp0',
      '[   10.200000] remoteproc remoteproc1: Booting fw image qcom/qcs8300/gpdsp0.mbn, size 5000000',
      '[   10.300000] qcom_q6v5_pas 20c00000.remoteproc: error -22 initializing firmware qcom/qcs8300/gpdsp0.mbn',
      "[   10.310000] remoteproc remoteproc1: can't start rproc gpdsp0: -22",
    ];
    const [found] = await check({ 'a.dmesg': log });
    expect(found?.failure_modes).toEqual(['F-70', 'F-05', 'F-64', 'F-50', 'F-51', 'F-82']);
    const [alone] = await check({ 'a.dmesg': log.slice(1) });
    expect(alone?.failure_modes).toEqual(['F-70', 'F-01', 'F-05', 'F-64', 'F-02', 'F-50', 'F-51', 'F-82']);
  });
});

describe('a trace alone', () => {
  it.each([
    [AUTH, -2n, 'image-corrupted'],
    [INIT, -2n, 'signature-refused'],
  ] as const)('shows what TrustZone refuses (%s)', async (call, status, rule) => {
    for (const mode of ['el2', 'qhee']) {
      const { calls } = await refusedAt(call, status, mode);
      const found = await check({ 'a.ftrace': calls });
      expect({ mode, rules: found.map((one) => one.rule) }).toEqual({ mode, rules: [rule] });
    }
  });

  it('of a healthy boot has no findings', async () => {
    for (const mode of ['el2', 'qhee'])
      expect(await check({ 'a.ftrace': (await printed(mode)).trace })).toEqual([]);
  });

  it('of a start that never asked for the metadata’s bridge shows that', async () => {
    const { calls } = await refusedAt(INIT, -3n);
    const metadata = /args:\{0x1,(0x[0-9a-f]+)\}/.exec(
      calls.findLast((line) => line.includes(INIT) && line.includes('args')) ?? '',
    );
    const moved = calls.map((line) =>
      line.includes(INIT) ? line.replace(metadata?.[1] ?? '', '0xd0000000') : line,
    );
    const found = await check({ 'a.ftrace': moved });
    expect(found.map(({ rule }) => rule)).toEqual(['metadata-not-bridged']);
  });
});

/** What a fault looks like in the kernel's formats, of which the simulator's own events are no part. */
async function faultIn(args: string, formats: readonly ('dmesg' | 'ftrace')[]): Promise<Found[]> {
  const db = join(folder, `${boots++}.db`);
  await runCli(['record', ...args.split(' '), '-o', db, '--no-tables']);
  const sources = formats.map(async (as) => {
    const { out } = await runCli(['log', db, '--as', as]);
    return [`a.${as}`, out.trimEnd().split('\n')] as const;
  });
  return await check(Object.fromEntries(await Promise.all(sources)));
}

describe('a trace beside the log', () => {
  it('does not tell that metadata was not overwritten, where a hash does not match', async () => {
    const [found] = await faultIn('--soc lemans --mode el2 --processor adsp --fault F-52:adsp', [
      'dmesg',
      'ftrace',
    ]);
    expect(found).toMatchObject({ certainty: 'narrowed', failure_modes: ['F-74', 'F-52'] });
  });

  it('does not tell the owners of memory: what was lent and cannot be taken back has lost one', async () => {
    const [found] = await faultIn('--soc lemans --mode qhee --processor adsp --fault F-62:adsp', [
      'dmesg',
      'ftrace',
    ]);
    expect(found).toMatchObject({ rule: 'assign-owner-lost', failure_modes: ['F-62'] });
  });
});

describe('a trace without a log', () => {
  it.each([
    ['--soc lemans --mode el2 --processor adsp --scenario stop-start --fault F-55:adsp', ['F-55']],
    ['--soc lemans --mode el2 --processor cdsp --processor cdsp1 --fault F-54:cdsp', ['F-54']],
    ['--soc lemans --mode el1-el2-dt --processor adsp', ['F-70', 'F-02', 'F-51', 'F-82']],
    [
      '--soc lemans --mode qhee --processor adsp --fault F-51:adsp',
      ['F-70', 'F-01', 'F-03', 'F-05', 'F-64', 'F-51', 'F-82'],
    ],
    ['--soc hamoa --mode el2 --processor adsp --scenario stop-start --fault F-78:adsp', ['F-78']],
  ])('shows of %s: %j', async (args, modes) => {
    const [found] = await faultIn(args, ['ftrace']);
    expect(found?.failure_modes).toEqual(modes);
  });
});

describe('a log that begins among the reserved regions', () => {
  it.each(['F-32', 'F-36', 'F-37', 'F-65'])('knows the others by its SoC: %s', async (id) => {
    const db = join(folder, `${boots++}.db`);
    await runCli([
      ...['record', '--soc', 'lemans', '--mode', 'el2', '--processor', 'adsp', '--fault', `${id}:adsp`],
      ...['-o', db, '--no-tables'],
    ]);
    const lines = (await runCli(['log', db, '--as', 'dmesg'])).out.trimEnd().split('\n');
    const late = lines.slice(lines.findIndex((line) => line.includes('pil-adsp@')) + 1);
    expect(late.join('\n')).toContain('OF: reserved mem');
    expect((await check({ 'a.dmesg': late }))[0]?.failure_modes).toEqual([id]);
  });
});

describe('what the sources show a part of only', () => {
  const ADSP = '--soc lemans --mode el2 --processor adsp';
  const late = (lines: readonly string[]) => lines.slice(Math.floor(lines.length / 3));
  const early = (lines: readonly string[]) => lines.slice(0, Math.floor((lines.length * 2) / 3));

  /** The lines of a boot with a fault; those of a trace with its header. */
  async function linesOf(args: string, as: string, cut: (lines: readonly string[]) => string[]) {
    const db = join(folder, `${boots++}.db`);
    await runCli(['record', ...args.split(' '), '-o', db, '--no-tables']);
    const lines = (await runCli(['log', db, '--as', as])).out.trimEnd().split('\n');
    const isHeader = (line: string) => as === 'ftrace' && line.startsWith('#');
    return [...lines.filter(isHeader), ...cut(lines.filter((line) => !isHeader(line)))];
  }

  it.each([
    ['F-02', '--soc lemans --mode el1-el2-dt --processor adsp'],
    ['F-03', '--soc kodiak --mode el2-plain-dt --processor adsp'],
    ['F-50', `${ADSP} --fault F-50:adsp`],
    ['F-70', `${ADSP} --fault F-70:adsp`],
    ['F-71', `${ADSP} --fault F-71:adsp`],
    ['F-55', `${ADSP} --scenario stop-start --fault F-55:adsp`],
    ['F-19', `${ADSP} --fault F-19:adsp`],
    ['F-107', `${ADSP} --scenario crash-recovery --fault F-107:adsp`],
    ['F-11', `${ADSP} --fault F-11:adsp`],
    ['F-41', `${ADSP} --scenario stop --fault F-41:adsp`],
    ['F-36', `${ADSP} --fault F-36:adsp`],
    ['F-58', `${ADSP} --fault F-58`],
    ['F-76', `${ADSP} --fault F-76:adsp`],
    ['F-103', `${ADSP} --scenario stop --fault F-103:adsp`],
    ['nothing', `${ADSP} --scenario stop`],
  ])('proves nothing by its silence: %s', async (id, args) => {
    const log = await linesOf(args, 'dmesg', (lines) => [...lines]);
    for (const cut of [late, early]) {
      const [found] = await check({ 'a.dmesg': log, 'a.ftrace': await linesOf(args, 'ftrace', cut) });
      if (found === undefined || found.certainty === 'unknown') continue;
      expect({ cut: cut.name, rule: found.rule, modes: found.failure_modes }).toMatchObject({
        cut: cut.name,
        modes: expect.arrayContaining([id]),
      });
    }
  });

  it('does not take a core for silent whose faults come before the log', async () => {
    for (const id of ['F-16', 'F-36']) {
      const lines = await linesOf(`${ADSP} --fault ${id}:adsp`, 'dmesg', (all) => [...all]);
      const end = lines.slice(lines.findIndex((line) => line.includes('start timed out')));
      expect((await check({ 'a.dmesg': end }))[0]?.failure_modes).toContain(id);
    }
  });
});

describe('advice', () => {
  it('goes by the kernel', async () => {
    const { lines, calls } = await refusedAt(AUTH, -3n);
    const bridge = /0x95900006/;
    const at = calls.findIndex((line) => bridge.test(line));
    const unbridged = [...calls.slice(0, at), ...calls.slice(at + 2)];
    const triesOf = async (kernel: string) => {
      const log = lines.map((line) => line.replace(/7\.2\.13/g, kernel));
      const [found] = await check({ 'a.dmesg': log, 'a.ftrace': unbridged });
      expect(found?.rule).toBe('carveout-not-bridged');
      return found?.try.join('\n');
    };
    expect(await triesOf('6.12.9')).toMatch(/^Linux 6\.12\.9 lacks "prepare and authenticate, .*7\.0/);
    expect(await triesOf('7.2.13')).toMatch(
      /^Linux has "prepare and authenticate, .* since 7\.0: .*7\.2\.13/,
    );
  });
});

describe('the report', () => {
  it('says of the line about qseecom once that it is no cause', async () => {
    const { lines } = await refusedAt(AUTH, -2n);
    const log = join(folder, 'qseecom.dmesg');
    writeFileSync(log, `${lines.join('\n')}\n`);
    const { out } = await runCli(['check', log], { columns: 80 });
    expect(out.match(/untested machine/g)).toHaveLength(1);
    expect(out).toMatch(/Ruled out:[\s\S]*untested machine/);
    // Where nothing else is wrong it is harmless.
    writeFileSync(log, `${upTo(lines, 'Booting fw image').join('\n')}\n`);
    expect((await runCli(['check', log])).out).toMatch(/Harmless, or of other devices:\n.*untested machine/);
  });

  it('says what is ruled out of several processors alike once', async () => {
    const db = join(folder, 'several.db');
    const told = ['--soc', 'lemans', '--mode', 'el2', '--kernel', '6.18.0'];
    await runCli(['record', ...told, '-o', db, '--no-tables']);
    const log = join(folder, 'several.dmesg');
    writeFileSync(log, (await runCli(['log', db, '--as', 'dmesg'])).out);
    const { out } = await runCli(['check', log], { columns: 100 });
    expect(out.match(/a missing firmware file/g)).toHaveLength(1);
    expect(out).toMatch(/a missing firmware file: qcom\/sa8775p\/gpdsp0\.mbn was read \(4 more alike\)/);
  });

  it('names a processor in its heading of which only a failing probe is told', async () => {
    const log = join(folder, 'probe.dmesg');
    const line = 'qcom_q6v5_pas 3000000.remoteproc: probe with driver qcom_q6v5_pas failed with error -17';
    writeFileSync(log, `[    0.000000] Machine model: Fairphone 4\n[    9.000000] ${line}\n`);
    const { out } = await runCli(['check', log]);
    expect(out).toMatch(/^probe\.dmesg: .*, adsp$/m);
    expect(out).not.toContain('no remote processor');
  });
});

describe('a kernel without the EL2 series', () => {
  const OLD = '--soc lemans --mode el2 --kernel 6.18.0 --processor adsp';

  it('is named where it makes no bridge at EL2', async () => {
    const [found] = await faultIn(OLD, ['dmesg']);
    expect(found).toMatchObject({ rule: 'image-refused', failure_modes: ['F-50', 'F-70', 'F-82'] });
    expect(found?.sentence).toContain('Linux 6.18.0 is older than PAS at EL2 (7.0)');
    expect(found?.try[0]).toMatch(/^Linux 6\.18\.0 lacks "metadata in bridged memory" .* use 7\.0 or newer/);
  });

  it('is proven by a trace', async () => {
    const [found] = await faultIn(OLD, ['dmesg', 'ftrace']);
    expect(found).toMatchObject({
      rule: 'metadata-not-bridged',
      certainty: 'certain',
      failure_modes: ['F-50'],
    });
  });

  it('makes no difference under a hypervisor', async () => {
    expect(await faultIn(OLD.replace('el2', 'qhee'), ['dmesg', 'ftrace'])).toEqual([]);
  });

  it('is the kernel that a SoC has no EL2 overlay in', async () => {
    const [found] = await faultIn('--soc kodiak --mode el2-plain-dt --kernel 6.18.0', ['dmesg']);
    expect(found?.sentence).toContain('for which Linux 6.18.0 has no EL2 overlay');
    expect(found?.try.join('\n')).toContain('use Linux 7.0 or newer with it');
  });
});
