import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { importLogs } from '../../../src/app/import-logs.ts';
import { LOG_FIXTURES } from '../../support/log-fixtures.ts';
import { runCli } from '../../support/run-cli.ts';
import { runProcess } from '../../support/run-process.ts';
import { type SampleBoot, sampleFile, sampleFiles } from '../../support/sample-boots.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

/** A recording as a history, and as a folder of the files that it was imported from. */
function bothWays(boot: SampleBoot): { db: string; folder: string } {
  const folder = join(temporaryFolder(), boot);
  mkdirSync(folder);
  for (const path of sampleFiles(boot)) {
    writeFileSync(join(folder, path.split('/').at(-1) ?? ''), readFileSync(path));
  }
  const db = join(folder, '..', 'x.db');
  importLogs({ files: sampleFiles(boot), output: db, name: boot });
  return { db, folder };
}

const COMMANDS: readonly (readonly string[])[] = [
  ['log', 'DB', '--format', 'ndjson'],
  ['log', 'DB', '--as', 'dmesg'],
  ['state', 'DB'],
  ['state', 'DB', '--moments'],
  ['why', 'DB', '230'],
  ['blame', 'DB', '--pa', '0x95900000'],
  ['walk', 'DB', '--sid', '0x3000', '--iova', '0x95900000'],
  ['sql', 'DB', 'select * from remoteproc_state'],
];

describe('a command takes a log wherever it takes a history', () => {
  it.each(COMMANDS)('trace %s', async (...args) => {
    const { db, folder } = bothWays('el2-boot-stop-boot');
    const run = async (file: string) => {
      const { code, out, err } = await runCli(args.map((arg) => (arg === 'DB' ? file : arg)));
      return { code, out: out.replaceAll(file, 'FILE'), err: err.replaceAll(file, 'FILE') };
    };
    const ofHistory = await run(db);
    expect(ofHistory.code).not.toBe(2);
    expect(await run(folder)).toEqual(ofHistory);
  });

  it('reads one as what it is said to be, and the next command as what it finds', async () => {
    const path = join(temporaryFolder(), 'log.txt');
    writeFileSync(path, 'Nov 27 16:43:00 board kernel: widget 12\nprose\nprose\nprose\n');
    const texts = async (...args: string[]) => {
      const { out } = await runCli(['log', path, '--kind', 'log.printed', '--format', 'ndjson', ...args]);
      const [first = ''] = out.split('\n');
      return (JSON.parse(first) as { payload: { text: string } }).payload.text;
    };
    expect(await texts('--input-format', 'journal')).toBe('widget 12');
    expect(await texts()).toBe('Nov 27 16:43:00 board kernel: widget 12');
    const { code, err } = await runCli(['info', path, '--input-format', 'morse']);
    expect({ code, out: err.includes('Allowed choices are dmesg, ') }).toEqual({ code: 2, out: true });
  });

  it('refuses one that is empty: nothing is the same as nothing', async () => {
    const folder = temporaryFolder();
    const paths = ['a.txt.gz', 'b.txt.gz'].map((name) => join(folder, name));
    for (const path of paths) writeFileSync(path, gzipSync(''));
    const { code, out, err } = await runCli(['diff', ...paths]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/a\.txt\.gz: is empty; expected a kernel log, a trace or a history/);
  });

  it('diff finds the same in logs as in histories, and cites the same lines', async () => {
    const [a, b] = [bothWays('el1-boot-stop-boot'), bothWays('el2-boot-stop-boot')];
    const run = async (...files: string[]) => {
      const { out, code } = await runCli(['diff', ...files, '--format', 'json']);
      const { comparison } = JSON.parse(out) as { comparison: unknown };
      return { code, comparison };
    };
    expect(await run(a.folder, b.folder)).toEqual(await run(a.db, b.db));
  });

  it('info takes a packed log, and leaves nothing behind', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'dmesg.gz');
    writeFileSync(path, gzipSync(readFileSync(sampleFile('el2-boot-stop-boot', 'dmesg.txt'))));
    const { code, out } = await runCli(['info', path]);
    expect(code).toBe(0);
    expect(out).toContain('7.2.13');
    expect(readdirSync(folder)).toEqual(['dmesg.gz']);
  });

  it('of a log from a pipe, events are cited by their lines alone', async () => {
    const lines = [
      '[    0.000000] Linux version 7.2.13 (x@y) #1',
      '[    3.101586] remoteproc remoteproc0: remote processor adsp is now up',
      '[    3.601640] remoteproc remoteproc0: crash detected in adsp: type fatal error',
    ].join('\n');
    const text = await runProcess(['check', '-'], lines);
    expect(text.out).toMatch(/^stdin: /);
    expect(text.out).toMatch(/crashed: fatal error +stdin:3$/m);
    const junit = await runProcess(['check', '-', '--format', 'junit'], lines);
    expect(junit.out).toContain('<testsuite name="stdin" ');
  });

  it('a log of several boots asks for one of them', async () => {
    const path = LOG_FIXTURES.find(({ name }) => name === 'two-boots.serial.log')?.path ?? '';
    expect((await runCli(['log', path])).err).toMatch(/holds 2 boots .*: say which with --boot/);
    expect((await runCli(['log', path, '--boot', '2', '--kind', 'boot.cpus_started'])).out).toMatch(/EL1/);
  });

  it('what is neither is refused', async () => {
    const path = join(temporaryFolder(), 'program');
    writeFileSync(path, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 10, 1, 2, 3]));
    const { code, err } = await runCli(['info', path]);
    expect(code).toBe(2);
    expect(err).toMatch(/is neither a boot history \(\.db\) nor a log\n$/);
  });

  it('an empty text is said to be no log, too', async () => {
    const path = join(temporaryFolder(), 'dmesg.txt');
    writeFileSync(path, '');
    for (const args of [
      ['check', path],
      ['sql', path, 'select 1'],
    ]) {
      const { code, err } = await runCli(args);
      expect([code, err]).toEqual([
        2,
        `trace: ${path}: is empty; expected a kernel log, a trace or a history\n`,
      ]);
    }
  });

  it('what is not even like a log is not called healthy, or the same as another', async () => {
    const folder = temporaryFolder();
    const text = (name: string, lines: string) => {
      writeFileSync(join(folder, name), lines);
      return join(folder, name);
    };
    const prose = text('README.md', '# A board\n\nIt boots.\n');
    const log = text('dmesg.txt', '[    1.000000] remoteproc remoteproc0: adsp is available\n');
    const untimed = text('untimed.txt', 'remoteproc remoteproc0: adsp is available\n');
    for (const args of [
      ['check', prose],
      ['check', prose, '--input-format', 'ftrace'],
      // On a console all that comes before the kernel is taken for firmware speaking.
      ['check', prose, '--input-format', 'serial'],
      ['diff', prose, prose],
      ['diff', log, prose],
      ['diff', '--group', `a=${log}`, '--group', `b=${prose}`],
    ]) {
      const { code, out, err } = await runCli(args);
      expect([code, out, err]).toEqual([
        2,
        '',
        `trace: ${prose}: holds no line that looks like a kernel log or a trace\n`,
      ]);
    }
    expect((await runCli(['check', untimed])).code).toBe(0);
    expect((await runCli(['diff', untimed, log])).code).not.toBe(2);
  });

  it('a folder is said to hold what is left out, once and by its name there', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'dmesg.txt'), '[    1.000000] remoteproc remoteproc0: adsp is available\n');
    writeFileSync(join(folder, 'board.dts'), '/dts-v1/;\n/ { };\n');
    const left = (names: string, them: string) =>
      `trace: warning: left out of ${folder}, as nothing in ${them} looks like a log: ${names}\n`;
    expect(await runCli(['check', folder])).toMatchObject({ code: 0, err: left('board.dts', 'it') });
    writeFileSync(join(folder, 'notes.txt'), 'It boots.\n');
    const { out, err } = await runCli(['info', folder]);
    expect(err).toBe(left('board.dts, notes.txt', 'them'));
    expect(out.split('\n')[0]).toBe(`${folder}: 1 boot`);
  });
});
