import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportFiles } from '../../src/app/report-import.ts';
import { LOG_FIXTURES } from '../support/log-fixtures.ts';
import { runCli } from '../support/run-cli.ts';
import { sampleFiles } from '../support/sample-boots.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

function reportOf(text: string) {
  const path = join(temporaryFolder(), 'log.txt');
  writeFileSync(path, text);
  return reportFiles([path]).boots[0];
}

describe('trace import --report', () => {
  it.each(LOG_FIXTURES)('$name: every line is counted once', ({ path }) => {
    for (const boot of reportFiles([path]).boots) {
      const lines = boot.sources.reduce((sum, { lineCount }) => sum + (lineCount ?? 0), 0);
      const others = boot.others.reduce((sum, { lineCount }) => sum + lineCount, 0);
      expect(boot.lineCount).toBe(lines);
      expect(boot.recognisedCount + boot.unrecognisedCount + boot.repeatedCount + others).toBe(lines);
      const ofFamilies = boot.families.reduce((sum, { lineCount }) => sum + lineCount, 0);
      expect(ofFamilies).toBe(boot.recognisedCount);
      expect(boot.templates.reduce((sum, { count }) => sum + count, 0)).toBe(boot.unrecognisedCount);
    }
  });

  it('counts a line that another source has as told there, and a probe of a function as known', () => {
    const folder = temporaryFolder();
    const line = '[    1.000000] widget 1: level 2\n';
    const probe = '  kworker/0:1-9 [000] d....     2.000000: my_probe: (rproc_boot+0x0/0x4a4)\n';
    const files = [`${line}[    1.500000] only here\n`, `${line}\n`, `# tracer: nop\n${probe}`].map(
      (text, index) => {
        const path = join(folder, `${index}.txt`);
        writeFileSync(path, text);
        return path;
      },
    );
    const [boot] = reportFiles(files).boots;
    expect(boot).toMatchObject({ recognisedCount: 1, unrecognisedCount: 2, repeatedCount: 1 });
    expect(boot?.families).toMatchObject([{ family: 'probes of functions', lineCount: 1 }]);
  });

  it('counts what two consoles print into one source as told once, be it understood or not', async () => {
    const lines = ['remoteproc remoteproc0: adsp is available', 'widget 1: level 2', 'widget 2: level 2'];
    const text = lines.flatMap((line, index) => Array(2).fill(`[    1.00000${index}] ${line}\n`)).join('');
    expect(reportOf(text)).toMatchObject({
      lineCount: 6,
      recognisedCount: 1,
      unrecognisedCount: 2,
      repeatedCount: 3,
    });
    const path = join(temporaryFolder(), 'console.txt');
    writeFileSync(path, text);
    const { out } = await runCli(['import', path, '--report']);
    expect(out).toMatch(/^ {2}said again +3 lines that another source or console has too$/m);
  });

  it('counts the first line of a log with another clock as what it is', () => {
    const boot = reportOf(
      'Nov 27 16:43:00 board kernel: a widget\nNov 27 16:43:00 board kernel: another widget\n',
    );
    expect(boot).toMatchObject({ unrecognisedCount: 2, others: [] });
  });

  it('knows what programs write into the kernel log for theirs', () => {
    const boot = reportOf(
      '[    1.000000] systemd[1]: Detected architecture arm64.\n[    1.500000] systemd-journald[207]: Received client request\n[    2.000000] FB[0]: a driver\n',
    );
    expect(boot?.templates.map(({ template }) => template)).toEqual(['FB[#]: a driver']);
    expect(boot?.others).toEqual([{ agent: 'userspace', lineCount: 2 }]);
  });

  it('groups what it does not know, and says what is odd', () => {
    const boot = reportOf(
      '[    1.000000] widget 12: level 0x1f\n[    0.500000] widget 7: level 0x2\nno time\n[    2.000000] \u0001\n',
    );
    expect(boot?.templates[0]).toMatchObject({ template: 'widget #: level #', count: 2, place: 'log.txt:1' });
    expect(boot?.anomalies).toEqual([
      { what: 'times that step back', count: 1, place: 'log.txt:2' },
      { what: 'lines without a time', count: 1, place: 'log.txt:3' },
    ]);
  });

  it('prints what is odd with counts that read well for one, too', async () => {
    const path = join(temporaryFolder(), 'log.txt');
    writeFileSync(path, '[    1.000000] \t\ta widget\n[    0.500000] a gadget\n');
    const { out } = await runCli(['import', path, '--report']);
    expect(out).toMatch(/^ {7}1 {2}a widget +log\.txt:1$/m);
    expect(out).toMatch(/^ {2}survived {11}times that step back: 1 +log\.txt:2$/m);
  });

  it('counts the further lines of a report as recognised, with the event that they are part of', async () => {
    const path = join(temporaryFolder(), 'log.txt');
    writeFileSync(
      path,
      [
        '[    1.000000] arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x90000000, fsynr=0x3d0003, cbfrsynra=0x3000, cb=5',
        '[    1.000010] widget 12: in between',
        '[    1.000020] arm-smmu 15000000.iommu: FSR    = 00000402 [Format=2 TF], SID=0x3000',
        '[    1.000030] arm-smmu 15000000.iommu: FSYNR0 = 003d0003 [S1CBNDX=61 PLVL=3]',
        '[    2.000000] Unable to handle kernel NULL pointer dereference at virtual address 0000000000000014',
        '[    2.000010] Mem abort info:',
        '[    2.000020]   ESR = 0x0000000096000006',
        '[    2.000030] Internal error: Oops: 0000000096000006 [#1] SMP',
        '[    2.000040] pc : qcom_scm_call+0x10/0x80',
        '[    2.000050] Call trace:',
        '[    2.000060]  qcom_scm_call+0x10/0x80',
        '[    2.000070] ---[ end trace 0000000000000000 ]---',
        '',
      ].join('\n'),
    );
    const boot = reportFiles([path]).boots[0];
    expect(boot?.families).toEqual([
      { family: 'kernel', lineCount: 8, furtherLineCount: 7 },
      { family: 'smmu', lineCount: 3, furtherLineCount: 2 },
    ]);
    expect(boot).toMatchObject({ recognisedCount: 11, unrecognisedCount: 1 });
    const { out } = await runCli(['import', path, '--report']);
    expect(out).toContain('kernel: 8, 7 of them further lines of a report\n');
  });

  it('names the evidence of each fact, and hints where there is none', async () => {
    const { out } = await runCli(['import', ...sampleFiles('el2-boot-stop-boot'), '--report']);
    expect(out).toMatch(/exception level {4}2 .*dmesg\.txt:\d+ all CPUs started at EL2/);
    expect(reportOf('[    1.000000] pinctrl sm8650-tlmm: ready\n')?.mentionedSocs).toEqual([
      { soc: 'sm8650', lineCount: 1, place: 'log.txt:1' },
    ]);
  });

  it('keeps nothing without -o, and the history with it; JSON holds the same', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'log.txt');
    writeFileSync(path, '[    1.000000] widget 12\n');
    const { out, code } = await runCli(['import', path, '--report', '--format', 'json']);
    expect(code).toBe(0);
    const { boots } = JSON.parse(out) as { boots: { line_count: number; unrecognised_count: number }[] };
    expect(boots).toMatchObject([{ line_count: 1, unrecognised_count: 1 }]);
    expect(readdirSync(folder)).toEqual(['log.txt']);
    const kept = await runCli(['import', path, '--report', '-o', join(folder, 'x.db')]);
    expect(kept.out).toMatch(/unrecognised {7}1 line \(100 %\)/);
    expect(readdirSync(folder)).toEqual(['log.txt', 'x.db']);
  });
});
