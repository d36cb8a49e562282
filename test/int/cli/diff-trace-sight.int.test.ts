import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../support/run-cli.ts';
import { sampleFile } from '../../support/sample-boots.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const diff = async (...args: string[]) => await runCli(['diff', ...args], { columns: 80 });
const read = (name: string) => readFileSync(sampleFile('el2-boot-stop-boot', name), 'utf8');
const dmesg = read('dmesg.txt');
const trace = read('pas.ftrace.txt').split('\n');

const timeOf = (line: string) => Number(/ (\d+\.\d{6}): /.exec(line)?.[1] ?? Number.NaN);

/** The boot with those entries of its trace that came within a time. */
function traced(from: number, to: number): string {
  const folder = join(temporaryFolder(), 'boot');
  mkdirSync(folder);
  const entries = trace.filter((line) => !(timeOf(line) < from) && !(timeOf(line) > to));
  writeFileSync(join(folder, 'dmesg.txt'), dmesg);
  writeFileSync(join(folder, 'pas.ftrace.txt'), entries.join('\n'));
  return folder;
}

describe('a trace that was not on all the time', () => {
  it('is no difference: switched on before the second start of a processor', async () => {
    const [whole, late] = [traced(0, 9), traced(4.04, 9)];
    for (const sides of [
      [whole, late],
      [late, whole],
    ]) {
      const { code, out } = await diff(...sides);
      expect({ code, out }).toMatchObject({ code: 0 });
      expect(out.replace(/\s+/g, ' ')).toMatch(/; \d+ may have been lost by the trace of the other side/);
    }
  });

  it('is no difference, in the states either: switched off before a processor is stopped', async () => {
    const [whole, early] = [traced(0, 9), traced(0, 3.5)];
    for (const sides of [
      [whole, early],
      [early, whole],
    ]) {
      const { code, out } = await diff(...sides);
      expect({ code, out }).toMatchObject({ code: 0 });
      expect(out).toContain('The same state at 5 moments of both');
      expect(out).toMatch(/Unknown in [AB], so not compared: pas, /);
      expect(out).not.toMatch(/-\d+ of the background/);
    }
  });

  it('counts: what is missing where it was on', async () => {
    const folder = traced(4.04, 9);
    const file = join(folder, 'pas.ftrace.txt');
    const text = readFileSync(file, 'utf8');
    // The last map of the carveout, and the probes around it.
    writeFileSync(file, text.replace(/^.*: map: IOMMU: iova=0x0000000095900000.*\n/m, ''));
    const { code, out } = await diff(traced(0, 9), folder);
    expect(code).toBe(1);
    expect(out).toMatch(/First divergence, in adsp: only A does this\n- \[ {4}4\.\d+\] map iova 0x95900000/);
  });
});

describe('a trace alone', () => {
  const header = trace.filter((line) => line.startsWith('#'));
  const entries = trace.filter((line) => !line.startsWith('#'));
  const indexOf = (pattern: RegExp) => entries.findIndex((line) => pattern.test(line));
  /** The entries from one to another, and without those that are not wanted. */
  const part = (from: number, to = entries.length, isWanted = (_line: string) => true) => {
    const file = join(temporaryFolder(), 'pas.ftrace.txt');
    writeFileSync(file, [...header, ...entries.slice(from, to).filter(isWanted), ''].join('\n'));
    return file;
  };
  const TABLE = /scm_smc_request: .*cmd_id:0x21/;
  const AUTH = /scm_smc_request: .*svc_id:0x02 cmd_id:0x05/;

  it('that begins late says nothing of what came before it', async () => {
    const [whole, late] = [part(0), part(indexOf(TABLE))];
    for (const [sides, letter, other] of [
      [[whole, late], 'B', 'A'],
      [[late, whole], 'A', 'B'],
    ] as const) {
      const { code, out } = await diff(...sides);
      expect({ code, out }).toMatchObject({ code: 0 });
      expect(out.replace(/\s+/g, ' ')).toContain(
        `note: in ${letter}, the trace begins late: 12 steps of ${other} before the first that both have, at 2.860644, are no difference`,
      );
    }
  });

  it('counts from the first step that both have', async () => {
    const late = part(indexOf(TABLE), entries.length, (line) => !/svc_id:0x02 cmd_id:0x02/.test(line));
    const { code, out } = await diff(part(0), late);
    expect(code).toBe(1);
    expect(out).toMatch(/First divergence, in adsp: only A does this\n- \[ {4}2\.862039\] PAS_MEM_SETUP/);
  });

  it('counts from its begin where that is the probe of qcom_scm, or a moment that was asked for', async () => {
    const rest = part(0, entries.length, (line) => !/0\.158\d+: scm_smc/.test(line));
    const { out } = await diff(part(0), rest, '--brief');
    expect(out).toMatch(/First divergence, in scm: only A does this\n- \[ {4}0\.158593\] WAITQ_GET_INFO/);
    expect(out).not.toContain('begins late');
    const since = await diff(part(0), part(indexOf(TABLE)), '--since', '3.0');
    expect(since.out).not.toContain('begins late');
  });

  it('that begins between a call and its answer has lost the call, and the answer is no difference', async () => {
    const [whole, late] = [part(0), part(indexOf(TABLE) + 1)];
    for (const [sides, letter] of [
      [[whole, late], 'B'],
      [[late, whole], 'A'],
    ] as const) {
      const { code, out } = await diff(...sides);
      expect({ code, out }).toMatchObject({ code: 0 });
      expect(out.replace(/\s+/g, ' ')).toContain(`note: in ${letter}, 1 call is only told by the answer: `);
    }
    const { not_shown } = JSON.parse((await diff(whole, late, '--format', 'json')).out);
    expect(not_shown.b).toBe(1);
  });

  it('compares answers where neither shows what was asked', async () => {
    const answers = part(0, entries.length, (line) => !line.includes('scm_smc_request'));
    const failing = readFileSync(answers, 'utf8').replace(
      /(scm_smc_done: smc_id:0x42000205, ret:)0 res_to_callee:0x0/,
      '$1-22 res_to_callee:0xfffffffffffffffd',
    );
    const refused = join(temporaryFolder(), 'refused.ftrace.txt');
    writeFileSync(refused, failing);
    const { code, out } = await diff(answers, refused, '--brief');
    expect(code).toBe(1);
    expect(out).toMatch(/-> status -3 EINVAL_ADDR, errno -22 EINVAL/);
  });

  it('that ends between a call and its answer is told so', async () => {
    const at = indexOf(AUTH);
    const { code, out } = await diff(part(0), part(0, at + 1), '--brief');
    expect(code).toBe(1);
    expect(out).toMatch(/First divergence, in adsp: the same step ends differently\n/);
    expect(out).toContain('  B has no answer to it: it is the last that B tells\n');
    const withoutAnswer = (line: string) => !/2\.871610: scm_smc_done/.test(line);
    const goesOn = await diff(
      part(0, at + 4, withoutAnswer),
      part(0, at + 4),
      '--brief',
      '--format',
      'markdown',
    );
    expect(goesOn.out).toMatch(/^- A has no answer to it, and ends 4\.\d+ ms later with: `.*` \(A#\d+ /m);
  });
});

describe('probes that only one side had set', () => {
  const fileOf = (lines: readonly string[]) => {
    const file = join(temporaryFolder(), 'pas.ftrace.txt');
    writeFileSync(file, lines.join('\n'));
    return file;
  };

  it('are no difference: where they are told by an address, and where they are not set', async () => {
    const byAddress = trace.map((line) => line.replace(/\(arm_lpae_\w+\+[^)]*\)/, '(ffff800080348738)'));
    const { code, out } = await diff(fileOf(trace), fileOf(byAddress));
    expect({ code, out }).toMatchObject({ code: 0 });
    expect(out).toMatch(/note: not comparable: \d+ hits of io-pgtable in A: B has no hit of it\n/);
    expect(out).toMatch(
      /note: not comparable: \d+ hits of lpae_map, lpae_unmap in B: A has no hit of\s+them/,
    );
    const without = trace.filter((line) => !line.includes(': rproc_shutdown: '));
    expect((await diff(fileOf(without), fileOf(trace))).code).toBe(0);
  });

  it('count: a hit more of a probe that both have', async () => {
    const index = trace.findIndex((line) => line.includes(': rproc_boot: '));
    const once = trace.filter((_, at) => at !== index);
    const { code, out } = await diff(fileOf(once), fileOf(trace));
    expect(code).toBe(1);
    expect(out).toContain('First divergence, in probes: only B does this');
  });
});
