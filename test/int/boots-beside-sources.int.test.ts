import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { importLogs } from '../../src/app/import-logs.ts';
import { openHistory } from '../../src/app/open-history.ts';
import { verifyFile } from '../../src/app/verify-file.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/** What the kernel of the n-th boot printed; a console has it with what firmware says before. */
function kernelLines(boot: number): string[] {
  const timed = (us: number, text: string) =>
    `[${((us * 1000 + boot * 7) / 1e6).toFixed(6).padStart(12)}] ${text}`;
  return [
    '[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x51df00f1]',
    '[    0.000000] Linux version 7.2.13 (me@here) #1 SMP PREEMPT',
    ...Array.from({ length: 12 }, (_, n) => timed(200 + 13 * n, `driver ${'abcdefghijkl'[n]} is there`)),
    timed(2000, 'remoteproc remoteproc0: adsp is available'),
    timed(2010, `remoteproc remoteproc0: powering up adsp`),
    timed(2400, `remoteproc remoteproc0: remote processor adsp is now up`),
  ];
}

const FIRMWARE = [
  'Format: Log Type - Time(microsec) - Message - Optional Info',
  'B -      1545 - PBL, Start',
];
const consoleOf = (boots: readonly number[]) =>
  boots.flatMap((boot) => [...FIRMWARE, ...kernelLines(boot)].map((line) => `${line}\r\n`)).join('');
const dmesgOf = (boot: number, more = '') => `${kernelLines(boot).slice(4).join('\n')}\n${more}`;

function imported(files: Readonly<Record<string, string | Buffer>>) {
  const folder = temporaryFolder();
  const paths = Object.entries(files).map(([name, content]) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  });
  const output = join(folder, 'x.db');
  return { paths, folder, output, result: importLogs({ files: paths, output }) };
}

const lastWord = '[    9.000000] only in the dmesg\n';

describe('a console of several boots beside logs of single boots', () => {
  it.each([
    ['last', { 'console.txt': consoleOf([1, 2, 3]), 'dmesg.txt': dmesgOf(3, lastWord) }, 3],
    [
      'first, which is given first',
      { 'dmesg.txt': dmesgOf(1, lastWord), 'console.txt': consoleOf([1, 2, 3]) },
      1,
    ],
    [
      'second, packed',
      { 'console.txt': consoleOf([1, 2, 3]), 'dmesg.txt.gz': gzipSync(dmesgOf(2, lastWord)) },
      2,
    ],
    [
      'second, both packed',
      { 'console.txt.gz': gzipSync(consoleOf([1, 2, 3])), 'dmesg.txt.gz': gzipSync(dmesgOf(2, lastWord)) },
      2,
    ],
  ] as const)('has a log beside the boot that it is from: the %s', async (_, files, boot) => {
    const { paths, folder, output, result } = imported(files);
    expect(result.warnings).toEqual([]);
    expect(
      result.boots.map(({ bootName, sources }) => [bootName, sources.map(({ name }) => name).sort()]),
    ).toEqual(
      [1, 2, 3].map((part) => [
        part === 1 ? 'x' : `x-${part}`,
        part === boot ? ['console.txt', 'dmesg.txt'] : ['console.txt'],
      ]),
    );
    const history = openHistory(output);
    const words = [1, 2, 3].map((id) =>
      [...history.log.events(id)].flatMap(({ kind, payload }) =>
        kind === 'log.printed' && 'text' in payload && payload.text === 'only in the dmesg' ? [kind] : [],
      ),
    );
    const starts = [1, 2, 3].map(
      (id) =>
        [...history.log.events(id)].filter(
          ({ kind, payload }) =>
            kind === 'remoteproc.state_changed' && 'state' in payload && payload.state === 'starting',
        ).length,
    );
    history.close();
    expect(words.map(({ length }) => length)).toEqual([1, 2, 3].map((id) => (id === boot ? 1 : 0)));
    expect(starts).toEqual([1, 1, 1]);
    expect(verifyFile(output).findings).toEqual([]);
    expect(importLogs({ files: paths, output })).toMatchObject({ alreadyThere: true, boots: [{}, {}, {}] });
    const given = join(folder, 'given');
    expect((await runCli(['export', output, '--to', 'source', '-o', given])).code).toBe(0);
    for (const path of paths)
      expect(readFileSync(join(given, path.split('/').at(-1) ?? '')).equals(readFileSync(path))).toBe(true);
  });

  it('has each log beside its own', () => {
    const { result } = imported({
      'a.txt': dmesgOf(3),
      'console.txt': consoleOf([1, 2, 3]),
      'b.txt': dmesgOf(1, lastWord),
      'c.txt': dmesgOf(3, lastWord),
    });
    expect(result.warnings).toEqual([]);
    expect(result.boots.map(({ sources }) => sources.map(({ name }) => name))).toEqual([
      ['console.txt', 'b.txt'],
      ['console.txt'],
      ['console.txt', 'a.txt', 'c.txt'],
    ]);
  });

  it.each([
    ['of a boot that the console has not', dmesgOf(4)],
    ['that shares no record with it', '[    5.000000] nothing of that\n[    6.000000] nor of that\n'],
    [
      'that is a trace',
      '# tracer: nop\n  kworker/0:1-9 [000] d....     2.000000: my_probe: (rproc_boot+0x0/0x4a4)\n',
    ],
  ])('stays one boot beside a file %s, and says so', (_, text) => {
    const { result } = imported({ 'console.txt': consoleOf([1, 2]), 'other.txt': text });
    expect(result.boots).toHaveLength(1);
    expect(result.warnings.join('\n')).toMatch(
      /console\.txt holds 2 boots.*nothing says which of them other\.txt is from/,
    );
  });
});
