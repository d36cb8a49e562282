import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../support/run-cli.ts';
import { sampleFile } from '../../support/sample-boots.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const diff = async (...args: string[]) => await runCli(['diff', ...args], { columns: 80 });
const dmesg = readFileSync(sampleFile('el2-boot-stop-boot', 'dmesg.txt'), 'utf8').trimEnd().split('\n');

function fileOf(name: string, lines: readonly string[]): string {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** What a kernel prints for debugging, as it stands in the recording. */
const isForDebugging = (line: string) =>
  /pcpu-alloc|with arguments|with environment|^\[[^\]]*\] {4}/.test(line);
const isOfRemoteproc = (line: string) => /remoteproc|sysmon|smem|PDM/.test(line);

/** As `dmesg --raw` prints it. */
const raw = (lines: readonly string[], levelOf: (line: string) => number) =>
  lines.map((line) => `<${levelOf(line)}>${line}`);

/** The same lines a little later: another boot. */
const later = (lines: readonly string[]) =>
  lines.map((line) =>
    line.replace(/^\[ *(\d+\.\d+)\]/, (_, time: string) => {
      const seconds = Number(time) === 0 ? 0 : Number(time) + 0.0123 + Number(time) / 97;
      return `[${seconds.toFixed(6).padStart(12)}]`;
    }),
  );

describe('what the log of one side could not have shown', () => {
  it('is no difference: lines for debugging, on a console of the same boot', async () => {
    const console = dmesg.filter((line) => !isForDebugging(line));
    // A program speaks into a line of the kernel.
    const at = console.findIndex((line) => line.includes('cpuidle: using governor'));
    console.splice(at, 1, `${console[at]?.slice(0, -4)}init: starting`);
    console.push('[    8.416720] reboot: Power down');
    const { code, out } = await diff(fileOf('dmesg.txt', dmesg), fileOf('console.log', console));
    expect({ code, out }).toMatchObject({ code: 0 });
    const count = dmesg.filter(isForDebugging).length + 1;
    expect(out.replace(/\s+/g, ' ')).toContain(
      ` of both have the same times): ${count} lines only in A and 2 only in B are no difference`,
    );
  });

  it('is no difference: lines of a level that the other shows none of', async () => {
    const full = raw(dmesg, (line) => (isForDebugging(line) ? 7 : 6));
    const shown = later(dmesg.filter((line) => !isForDebugging(line)));
    for (const other of [shown, raw(shown, () => 6)]) {
      const { code, out } = await diff(fileOf('dmesg.txt', full), fileOf('console.log', other));
      expect({ code, out }).toMatchObject({ code: 0 });
      expect(out.replace(/\s+/g, ' ')).toContain(
        `${dmesg.filter(isForDebugging).length} lines only in A are below the level of the log of B, which ends at 6 (info)`,
      );
    }
  });

  it('is no difference: lines for debugging of another boot, where neither log keeps levels', async () => {
    const shown = later(dmesg.filter((line) => !isForDebugging(line)));
    const [a, b] = [fileOf('dmesg.txt', dmesg), fileOf('console.log', shown)];
    for (const [one, other, letters] of [
      [a, b, ['A', 'B']],
      [b, a, ['B', 'A']],
    ] as const) {
      const { code, out } = await diff(one, other);
      expect({ code, out }).toMatchObject({ code: 0 });
      expect(out.replace(/\s+/g, ' ')).toContain(
        `not comparable: ${dmesg.filter(isForDebugging).length} lines only in ${letters[0]} are for debugging, by what the kernel says in them (no log tells levels): the log of ${letters[1]} shows none such`,
      );
    }
  });

  it('counts: lines for debugging, where the other log has such too', async () => {
    const some = later(dmesg.filter((line) => !/with environment|pcpu-alloc/.test(line)));
    const { code, out } = await diff(fileOf('dmesg.txt', dmesg), fileOf('console.log', some));
    expect(code).toBe(1);
    expect(out).not.toContain('for debugging');
  });

  it('is no difference: what a quiet console leaves out of a processor', async () => {
    const levelOf = (line: string) => (isOfRemoteproc(line) ? 6 : 4);
    const full = raw(dmesg, levelOf);
    const quiet = raw(later(dmesg.filter((line) => !isOfRemoteproc(line))), levelOf);
    const [a, b] = [fileOf('dmesg.txt', full), fileOf('console.log', quiet)];
    const { code, out } = await diff(a, b);
    expect({ code, out }).toMatchObject({ code: 0 });
    expect(out.replace(/\s+/g, ' ')).toContain('which ends at 4 (warning)');
    const { code: mirrored } = await diff(b, a);
    expect(mirrored).toBe(0);
    const data = JSON.parse((await diff(a, b, '--format', 'json')).out);
    expect(data.not_shown.a).toBeGreaterThan(5);
    expect(data.not_shown.b).toBe(0);
    const adsp = data.lanes.find(({ lane }: { lane: string }) => lane === 'adsp');
    expect(adsp.counts.not_shown).toBe(adsp.counts.only_a);
  });

  it('counts: a line of a level that the other does show', async () => {
    const full = raw(dmesg, (line) => (isForDebugging(line) ? 7 : 6));
    const shown = later(dmesg.filter((line) => !isForDebugging(line) && !line.includes('adsp is now up')));
    const { code, out } = await diff(
      fileOf('dmesg.txt', full),
      fileOf(
        'console.log',
        raw(shown, () => 6),
      ),
    );
    expect(code).toBe(1);
    expect(out).toContain('First divergence, in adsp: only A does this');
  });

  it('counts: a failure in a log of the same boot, and a step that one of them lacks', async () => {
    const console = dmesg.filter((line) => !isForDebugging(line) && !line.includes('adsp is now up'));
    const { code, out } = await diff(fileOf('dmesg.txt', dmesg), fileOf('console.log', console));
    expect(code).toBe(1);
    expect(out).toContain('First divergence, in adsp: only A does this');
  });
});
