import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importLogs } from '../../src/app/import-logs.ts';
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

describe('a file with several boots in it', () => {
  it('is warned about, with the lines they begin at', () => {
    const { warnings } = importText(entry + rest + entry + rest + entry);
    expect(warnings).toEqual([
      'log.txt holds 3 boots, from lines 1, 4 and 7, told as one: import each from a file of its own',
    ]);
  });

  it('is noticed also when the first of them has lost its beginning', () => {
    expect(importText(`no time\n${rest}${entry}${rest}`).warnings[0]).toMatch(/2 boots, from lines 3 and 4,/);
  });

  it('is not seen where a firmware speaks first, nor in one boot', () => {
    expect(importText(`Hello from the loader\n\n${entry}${rest}`).warnings).toEqual([]);
    const output = join(temporaryFolder(), 'x.db');
    expect(importLogs({ files: sampleFiles('el2-crash-recovery'), output }).warnings).toEqual([]);
  });

  it('is said by import, info and diff', async () => {
    const dmesg = readFileSync(sampleFile('el2-boot-stop-boot', 'dmesg.txt'), 'utf8');
    const { path, output } = importText(dmesg + dmesg, 'dmesg.txt');
    const other = join(temporaryFolder(), 'y.db');
    const { out, err, code } = await runCli(['import', path, '-o', other]);
    expect(code).toBe(0);
    expect(err).toMatch(/^trace: warning: dmesg\.txt holds 2 boots, from lines 1 and 169, told as one.*\n$/);
    expect(out).not.toContain('warning');
    const note = 'dmesg.txt holds 2 boots, from lines 1 and 169, told as one';
    expect((await runCli(['info', output])).out).toContain(`note: ${note}`);
    expect((await runCli(['diff', output, other])).out).toContain(`note: in A, ${note}`);
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
