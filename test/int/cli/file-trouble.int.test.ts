import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { importLogs } from '../../../src/app/import-logs.ts';
import { runCli } from '../../support/run-cli.ts';
import { runProcess } from '../../support/run-process.ts';
import { sampleFile } from '../../support/sample-boots.ts';
import { sharedFolder, temporaryFolder } from '../../support/temp-folder.ts';

/** Of a history that comes through a pipe, nobody reads more. */
const HEAD_BYTES = 8192;

const dmesg = sampleFile('el2-boot-stop-boot', 'dmesg.txt');
const history = join(sharedFolder(), 'el2.db');

beforeAll(() => {
  importLogs({ files: [dmesg], output: history });
});

/** What a command complains about: one line, exit code 2, nothing on standard output. */
async function complaintOf(args: readonly string[]): Promise<string> {
  const { code, out, err } = await runCli(args);
  expect({ args, code, out, lines: err.split('\n').length }).toEqual({ args, code: 2, out: '', lines: 2 });
  return err.trimEnd();
}

describe('a path that the system refuses', () => {
  const loop = join(sharedFolder(), 'loop.db');
  const longName = join(sharedFolder(), `${'x'.repeat(300)}.db`);
  symlinkSync(loop, loop);

  it.each([
    ['info', [], loop, 'its symbolic links lead in a circle'],
    ['verify', [], loop, 'its symbolic links lead in a circle'],
    ['index', [], longName, 'its name is too long'],
    ['log', [], longName, 'its name is too long'],
    ['sql', ['select 1'], loop, 'its symbolic links lead in a circle'],
    ['check', [], loop, 'its symbolic links lead in a circle'],
    ['export', ['--to', 'source'], loop, 'its symbolic links lead in a circle'],
    ['diff', [history], loop, 'its symbolic links lead in a circle'],
    ['import', ['-o', 'x.db'], longName, 'its name is too long'],
  ])('is told of by trace %s in one line', async (command, rest, path, reason) => {
    const complaint = await complaintOf([command, path, ...rest]);
    expect(complaint.startsWith(`trace: ${path}: `)).toBe(true);
    expect(complaint.endsWith(reason)).toBe(true);
  });

  it('as the place of what is written is told of in one line', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const below = join(file, 'below');
    for (const args of [
      ['export', history, '--to', 'source', '-o', `${below}/`],
      ['export', history, '--to', 'source', '-o', below],
      ['import', dmesg, '-o', below],
      ['record', '--soc', 'virt', '--mode', 'el2', '-o', below],
    ]) {
      expect(await complaintOf(args)).toMatch(/^trace: \S+\/file\/below\/?: .*(?:folder|path)/);
    }
  });

  it('as a file of rules or findings is told of in one line', async () => {
    for (const option of ['--rules', '--baseline']) {
      expect(await complaintOf(['check', history, option, 'none.json'])).toBe(
        'trace: none.json: cannot be read: no such file',
      );
    }
  });
});

describe('a folder of logs', () => {
  it('may have links in it that lead nowhere', async () => {
    const folder = temporaryFolder();
    copyFileSync(dmesg, join(folder, 'dmesg.txt'));
    symlinkSync(join(folder, 'gone'), join(folder, 'dangling.txt'));
    const { code, err } = await runCli(['info', folder]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  it('may have folders in it', async () => {
    const folder = temporaryFolder();
    copyFileSync(dmesg, join(folder, 'dmesg.txt'));
    mkdirSync(join(folder, 'more'));
    expect((await runCli(['info', folder])).code).toBe(0);
  });
});

describe('a history on standard input', () => {
  it.each([[['info', '-']], [['diff', '-', history]], [['import', '-', '-o', 'x.db']]])(
    'is refused by trace %j, which says what to do',
    async (args) => {
      const { code, out, err } = await runProcess(args, readFileSync(history).subarray(0, HEAD_BYTES));
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toBe('trace: standard input: is a boot history, which is read from a file only: name it\n');
    },
  );
});
