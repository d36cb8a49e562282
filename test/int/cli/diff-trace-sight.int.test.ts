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
