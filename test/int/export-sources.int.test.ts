import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportSources } from '../../src/app/export-sources.ts';
import { importLogs } from '../../src/app/import-logs.ts';
import { verifyFile } from '../../src/app/verify-file.ts';
import { LOG_FIXTURES } from '../support/log-fixtures.ts';
import { runCli } from '../support/run-cli.ts';
import { sampleFiles } from '../support/sample-boots.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/** Imports a file of these bytes and gives it back. */
function thereAndBack(bytes: Uint8Array, name = 'any.log'): Buffer {
  const folder = temporaryFolder();
  const path = join(folder, name);
  writeFileSync(path, bytes);
  const file = join(folder, 'x.db');
  importLogs({ files: [path], output: file, withoutTables: true });
  const pieces: Uint8Array[] = [];
  exportSources({ file, write: (piece) => pieces.push(Uint8Array.from(piece)) > 0 });
  return Buffer.concat(pieces);
}

describe('trace export --to source', () => {
  it.each(LOG_FIXTURES)('$name comes back as it was', ({ bytes, name }) => {
    expect(thereAndBack(bytes, name).equals(bytes)).toBe(true);
  });

  it('a packed file of several boots comes back packed, and once', () => {
    const bytes = gzipSync(LOG_FIXTURES.find(({ name }) => name === 'two-boots.serial.log')?.bytes ?? '');
    expect(thereAndBack(bytes, 'two-boots.log.gz').equals(bytes)).toBe(true);
  });

  it('whatever the bytes, they come back', () => {
    const line = fc.constantFrom(
      '[    0.000000] Booting Linux on physical CPU 0x0',
      '[    1.000000] hello\r',
      'Format: Log Type - Time(microsec) - Message - Optional Info',
      '\u0000\u001b[0m',
      '',
    );
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.array(line, { minLength: 1, maxLength: 30 }).map((lines) => Buffer.from(lines.join('\n'))),
    );
    const isText = (candidate: Uint8Array) =>
      !['fffe', 'feff', '1f8b'].includes(Buffer.from(candidate.subarray(0, 2)).toString('hex'));
    fc.assert(
      fc.property(bytes.filter(isText), (any) => thereAndBack(any).equals(Buffer.from(any))),
      { numRuns: 25 },
    );
  });

  it('a boot that two consoles print is one, and comes back with every copy', () => {
    const lines = Array.from(
      { length: 6000 },
      (_, index) =>
        `[${(index / 1000).toFixed(6).padStart(12)}] ${index === 0 ? 'Booting Linux on physical CPU 0x0' : `something about ${index}`}`,
    );
    const again = [...lines.slice(0, 4000), ...lines.slice(0, 4000), ...lines.slice(4000)];
    for (const printed of [again, lines.flatMap((line) => [line, line])]) {
      const folder = temporaryFolder();
      const path = join(folder, 'console.txt');
      const bytes = Buffer.from(`${printed.join('\n')}\n`);
      writeFileSync(path, bytes);
      const file = join(folder, 'x.db');
      const { boots } = importLogs({ files: [path], output: file, withoutTables: true });
      expect(boots).toHaveLength(1);
      expect(verifyFile(file).findings).toEqual([]);
      expect(thereAndBack(bytes).equals(bytes)).toBe(true);
    }
  });

  it('boots that are larger than what is read at a time come back in one piece', () => {
    // Boots differ in their stamps, or they would be one that is printed again.
    const boot = (length: number) =>
      `[    0.000000] Booting Linux on physical CPU 0x0\n${Array.from(
        { length },
        (_, index) =>
          `[${(index / 1000 + length / 1e6).toFixed(6).padStart(12)}] line ${index} ${'x'.repeat(index % 150)}\n`,
      ).join('')}`;
    const bytes = Buffer.from(`${boot(4000)}${boot(10)}${'y'.repeat(600_000)}\n${boot(5000)}`);
    const folder = temporaryFolder();
    const path = join(folder, 'boots.log');
    writeFileSync(path, bytes);
    const file = join(folder, 'x.db');
    const { boots } = importLogs({ files: [path], output: file });
    expect(boots.map(({ sources }) => sources[0]?.lineCount)).toEqual([4001, 12, 5001]);
    expect(verifyFile(file).findings).toEqual([]);
    expect(thereAndBack(bytes).equals(bytes)).toBe(true);
  });

  it('a boot that begins within a line, or is told after its line, takes no line apart', () => {
    const banner = 'Linux version 7.2.13 (builder@host) #1 SMP';
    const entry = (message: string) =>
      `__CURSOR=s=1;b=${'0'.repeat(32)}\nMESSAGE=${message}\n_TRANSPORT=kernel\n\n`;
    const logs = [
      `U-Boot 2026.04\n[    0.000000] ${banner}\n[    2.000000] remoteproc remo[    0.000000] ${banner}\n[    0.100000] x\n`,
      entry(banner) + entry(banner) + entry('x'),
    ];
    for (const log of logs) {
      const folder = temporaryFolder();
      const path = join(folder, 'log.txt');
      const file = join(folder, 'x.db');
      writeFileSync(path, log);
      expect(importLogs({ files: [path], output: file }).boots).toHaveLength(2);
      expect(verifyFile(file).findings).toEqual([]);
    }
  });

  it('several files go to a folder, and nothing is written over', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'x.db');
    const files = sampleFiles('el2-boot-stop-boot');
    importLogs({ files, output: file });
    expect((await runCli(['export', file, '--to', 'source'])).err).toMatch(
      /imported from 2 files .*: give a folder/,
    );
    const out = join(folder, 'out');
    const run = await runCli(['export', file, '--to', 'source', '-o', out]);
    expect(run).toMatchObject({ code: 0, err: '' });
    for (const path of files) {
      const name = path.split('/').at(-1) ?? '';
      expect(readFileSync(join(out, name)).equals(readFileSync(path))).toBe(true);
      expect(run.out).toContain(`${join(out, name)}: `);
    }
    const again = await runCli(['export', file, '--to', 'source', '-o', out]);
    expect(again.code).toBe(2);
    expect(again.err).toMatch(/exists already, and is not written over/);
  });

  it('a simulated boot has no file', async () => {
    const file = join(temporaryFolder(), 'x.db');
    await runCli(['record', '--soc', 'lemans', '--mode', 'el2', '-o', file]);
    const { code, err } = await runCli(['export', file, '--to', 'source']);
    expect(code).toBe(2);
    expect(err).toMatch(/imported from no file/);
  });
});
