import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importLogs } from '../../src/app/import-logs.ts';
import { openHistory } from '../../src/app/open-history.ts';
import { verifyFile } from '../../src/app/verify-file.ts';
import { runCli } from '../support/run-cli.ts';
import { sampleFile, sampleFiles } from '../support/sample-boots.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

function importText(text: string, name = 'log.txt') {
  const folder = temporaryFolder();
  const path = join(folder, name);
  writeFileSync(path, text);
  const output = join(folder, 'x.db');
  return { path, ...importLogs({ files: [path], output, withoutTables: true }) };
}

const entry = '[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd034]\n';
const rest = '[    0.000000] Linux version 7.2.13 (me@here) #1\n[    1.500000] Run /init as init process\n';

describe('files of different kernels', () => {
  it('are no files of one boot', () => {
    const folder = temporaryFolder();
    const paths = ['7.2.13', '7.0.0'].map((version) => {
      const path = join(folder, `${version}.txt`);
      writeFileSync(path, rest.replace('7.2.13', version));
      return path;
    });
    const { warnings } = importLogs({ files: paths, output: join(folder, 'x.db'), withoutTables: true });
    expect(warnings).toEqual([
      '7.2.13.txt and 7.0.0.txt tell of different kernels: are they of one boot? Import each boot by itself',
    ]);
    const same = join(folder, 'same.txt');
    writeFileSync(same, `${rest}[    9.000000] later\n`);
    const output = join(folder, 'y.db');
    expect(importLogs({ files: [paths[0] as string, same], output, withoutTables: true }).warnings).toEqual(
      [],
    );
  });
});

describe('files of different boots without a banner', () => {
  const warningsOf = (...texts: readonly string[]) => {
    const folder = temporaryFolder();
    const files = texts.map((text, index) => {
      const path = join(folder, `${'abc'[index]}.txt`);
      writeFileSync(path, text);
      return path;
    });
    return importLogs({ files, output: join(folder, 'x.db'), withoutTables: true }).warnings;
  };
  const strange = (what: string) => [
    `a.txt and b.txt ${what}: are they of one boot? Import each boot by itself`,
  ];
  const model = (name: string) =>
    `[    0.000000] Machine model: ${name}\n[    1.000000] something of ${name}\n`;
  const firmware = (path: string) =>
    `[    3.100000] remoteproc remoteproc0: Booting fw image ${path}, size 434176\n`;
  const hardware = (name: string) =>
    `[    4.000000] WARNING: CPU: 1 PID: 9 at drivers/a.c:1 b+0x1/0x2\n[    4.000001] Hardware name: ${name} (DT)\n`;
  const entry = (midr: string) => `[    0.000000] Booting Linux on physical CPU 0x0000000000 [${midr}]\n`;

  it.each([
    ['boards', model('Example Ride Board'), model('Another Board')],
    ['boards', hardware('Example Ride Board'), hardware('Another Board')],
    ['SoCs', firmware('qcom/sa8775p/adsp.mbn'), firmware('qcom/sm8550/adsp.mbn')],
    ['SoCs', `${model('Qualcomm SA8775P Ride')}`, firmware('qcom/x1e80100/adsp.mbn')],
    ['boot CPUs', entry('0x51df00f1'), `${entry('0x410fd4b2')}[    1.000000] something\n`],
    [
      'exception levels',
      '[    0.100000] CPU: All CPU(s) started at EL1\n',
      '[    0.100000] CPU: All CPU(s) started at EL2\n',
    ],
    [
      'kernel command lines',
      '[    0.000000] Kernel command line: console=ttyMSM0\n',
      '[    0.000000] Kernel command line: console=tty0\n',
    ],
    ['builds of the kernel', rest, `${rest.replace('#1', '#2')}[    3.000000] x\n`],
  ])('%s', (what, one, two) => {
    expect(warningsOf(one, two)).toEqual(strange(`tell of different ${what}`));
  });

  it('are known by lines that are the same at other times', () => {
    const lines = (jitter: number) =>
      Array.from(
        { length: 20 },
        (_, n) =>
          `[    1.${String(n * 1000 + ((n * jitter) % 97)).padStart(6, '0')}] driver says ${'abcdefghijklmnopqrst'[n]} of it\n`,
      ).join('');
    expect(warningsOf(lines(0), lines(13))).toEqual(strange('have the same lines at other times'));
    expect(warningsOf(lines(13), `${lines(13)}[    2.000000] and more\n`)).toEqual([]);
    // All of them later by the same time: it is another clock.
    expect(warningsOf(lines(13), lines(13).replaceAll('[    1.', '[   11.'))).toEqual([]);
  });

  it('are not suspected where one thing has several names', () => {
    const names = [
      [model('Qualcomm SA8775P Ride'), firmware('qcom/qcs9100/adsp.mbn')],
      [model('Robotics RB5'), firmware('qcom/sm8250/adsp.mbn')],
      [model('Example Laptop'), hardware('Example 21BX/21BX, BIOS N3H 1.0')],
      [
        firmware('qcom/sm8250/adsp.mbn') + firmware('qcom/sa8775p/cdsp.mbn'),
        firmware('qcom/sm8250/cdsp.mbn'),
      ],
    ] as const;
    for (const [one, two] of names) expect(warningsOf(one, two)).toEqual([]);
  });

  it('are each suspected once', () => {
    expect(
      warningsOf(
        model('Example Ride Board'),
        model('Another Board'),
        model('Another Board').replaceAll('0.0', '0.1'),
      ),
    ).toHaveLength(2);
  });
});

describe('a file without times', () => {
  it('is said to have none where its lines are understood, not to be no log', () => {
    const { warnings } = importText('remoteproc remoteproc0: remote processor adsp is now attached\n');
    expect(warnings).toEqual(['no line of log.txt has a time; they count in their order']);
  });
});

describe('a file with several boots in it', () => {
  it('becomes several boots, whose lines are cited by their numbers in the file', () => {
    const { boots, warnings, output } = importText(entry + rest + entry + rest + entry);
    expect(warnings).toEqual([]);
    expect(boots.map(({ bootName, sources }) => [bootName, sources[0]?.lineCount])).toEqual([
      ['x', 3],
      ['x-2', 3],
      ['x-3', 1],
    ]);
    expect(verifyFile(output).findings).toEqual([]);
    const history = openHistory(output);
    const second = [...history.log.events(2)].flatMap(({ line }) => line ?? []);
    expect([Math.min(...second), Math.max(...second)]).toEqual([4, 6]);
    history.close();
  });

  it('is noticed also when the first of them has lost its beginning', () => {
    const { boots } = importText(`no time\n${rest}${entry}${rest}`);
    expect(boots.map(({ sources }) => sources[0]?.lineCount)).toEqual([3, 3]);
  });

  it('is not seen in the entry of a kernel itself, whose clock may have run before', () => {
    const { warnings, boots } = importText(
      `[Nov27 16:43] something\n[  +0.000117] ${entry.slice(15)}[  +0.000117] ${rest.slice(15)}`,
    );
    expect(boots).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  it('is not seen where a firmware speaks first, nor in one boot', () => {
    expect(importText(`Hello from the loader\n\n${entry}${rest}`).boots).toHaveLength(1);
    const output = join(temporaryFolder(), 'x.db');
    expect(importLogs({ files: sampleFiles('el2-crash-recovery'), output }).warnings).toEqual([]);
  });

  it('stays one boot beside another file, and import, info and diff say so', async () => {
    const dmesg = readFileSync(sampleFile('el2-boot-stop-boot', 'dmesg.txt'), 'utf8');
    const trace = sampleFile('el2-boot-stop-boot', 'pas.ftrace.txt');
    const folder = temporaryFolder();
    const path = join(folder, 'dmesg.txt');
    // What has the same stamps would be the same boot, printed twice.
    writeFileSync(path, dmesg + dmesg.replaceAll(/^(\[ *\d+\.\d{5})\d/gm, '$17'));
    const output = join(folder, 'x.db');
    const { out, err, code } = await runCli(['import', path, trace, '-o', output]);
    expect(code).toBe(0);
    expect(err).toBe(
      'trace: warning: dmesg.txt holds 2 boots, from lines 1 and 169, told as one: nothing says which of them ' +
        'pas.ftrace.txt is from. By itself dmesg.txt becomes 2 boots; beside other files give the lines of one boot, ' +
        "of the last by: sed -n '169,$p'\n",
    );
    expect(out).not.toContain('warning');
    const note = 'dmesg.txt holds 2 boots, from lines 1 and 169, told as one';
    expect((await runCli(['info', output])).out).toContain(`note: ${note}`);
    expect((await runCli(['diff', output, output])).out).toContain(`note: in A, ${note}`);
    const { boots } = JSON.parse((await runCli(['info', output, '--format', 'json'])).out) as {
      boots: { sources: { boot_lines: number[] }[] }[];
    };
    expect(boots[0]?.sources[0]?.boot_lines).toEqual([1, 169]);
  });
});

describe('a file in which nothing is recognised', () => {
  it.each([
    [
      'one\ntwo\nthree\n',
      'dmesg.txt',
      /^no line of dmesg\.txt looks like `\[ .* all 3 lines are kept as unrec/,
    ],
    ['just one', 'x.txt', /^no line of x\.txt .*; its only line is kept/],
    ['# tracer: nop\n#\n', 't.txt', /^no line of t\.txt looks like `task-123 .* of ftrace; all 2 lines/],
    ['', 'empty.txt', /^empty\.txt is empty$/],
  ])('%j is warned about', (text, name, message) => {
    const { warnings } = importText(text, name);
    expect(warnings).toEqual([expect.stringMatching(message)]);
  });

  it('is warned about also beside one that is recognised', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'notes.txt');
    writeFileSync(path, 'what I did\nthen\n');
    const files = [...sampleFiles('el2-boot-stop-boot'), path];
    expect(importLogs({ files, output: join(folder, 'x.db') }).warnings).toEqual([
      expect.stringMatching(/^no line of notes\.txt /),
    ]);
  });
});
