import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { importLogs } from '../../src/app/import-logs.ts';
import { openHistory } from '../../src/app/open-history.ts';
import { verifyFile } from '../../src/app/verify-file.ts';
import { LOG_FIXTURES } from '../support/log-fixtures.ts';
import { sampleFile, sampleFiles } from '../support/sample-boots.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { makeTraceData } from '../support/trace-data.ts';

const DMESG = readFileSync(sampleFile('el2-boot-stop-boot', 'dmesg.txt'));

/** The program packs its standard input; undefined where it is not installed. */
function packedBy(program: string, ...options: string[]): Buffer | undefined {
  try {
    return execFileSync(program, ['-c', ...options], { input: DMESG, stdio: ['pipe', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}

const PACKED: Readonly<Record<string, Buffer | undefined>> = {
  'dmesg.txt.gz': gzipSync(DMESG),
  'dmesg.txt.xz': packedBy('xz'),
  'small-dictionary.txt.xz': packedBy('xz', '--lzma2=dict=4KiB,lc=0,lp=4,pb=0'),
  'blocks.txt.xz': packedBy('xz', '--block-size=3000', '--check=sha256'),
  'crc32.txt.xz': packedBy('xz', '--check=crc32'),
  'unchecked.txt.xz': packedBy('xz', '--check=none'),
  'dmesg.txt.zst': packedBy('zstd'),
  'dmesg.txt.bz2': packedBy('bzip2'),
  'dmesg.zip': Buffer.from(zipSync({ 'logs/dmesg.txt': DMESG })),
};

const STREAMS = Object.keys(PACKED).filter((name) => !name.endsWith('.zip'));

function imported(path: string) {
  const output = join(temporaryFolder(), 'x.db');
  const result = importLogs({ files: [path], output, withoutTables: true });
  expect(verifyFile(output).findings).toEqual([]);
  const history = openHistory(output);
  try {
    const text = Buffer.concat([...history.log.sourceBytes(1, 1)]);
    const [boot] = history.boots;
    const containers = (boot?.containers ?? []).map(({ source }) =>
      Buffer.concat([...history.log.sourceBytes(1, source)]),
    );
    return { ...result, text, containers, events: [...history.log.events(1)] };
  } finally {
    history.close();
  }
}

describe('a packed file', () => {
  const plain = () => imported(sampleFile('el2-boot-stop-boot', 'dmesg.txt'));

  it.each(Object.keys(PACKED))('%s gives the same events, and is kept as it was', (name) => {
    const bytes = PACKED[name];
    if (bytes === undefined) return;
    const path = join(temporaryFolder(), name);
    writeFileSync(path, bytes);
    const { text, containers, events, warnings } = imported(path);
    expect(warnings).toEqual([]);
    expect(text.equals(DMESG)).toBe(true);
    expect(containers.map((kept) => kept.equals(bytes))).toEqual([true]);
    expect(events.filter(({ kind }) => kind !== 'source.taken')).toEqual(plain().events);
    expect(events.at(-1)).toMatchObject({ kind: 'source.taken', payload: { file: name } });
  });

  it.each(['dmesg.txt.xz', 'crc32.txt.xz', 'blocks.txt.xz'])(
    '%s with a wrong checksum is kept whole',
    (name) => {
      const bytes = PACKED[name];
      if (bytes === undefined) return;
      const damaged = Buffer.from(bytes);
      // Before the footer stands the index, before that the checksum of the last block.
      const indexBytes = (bytes.readUInt32LE(bytes.length - 8) + 1) * 4;
      const last = bytes.length - 12 - indexBytes - 1;
      damaged[last] = (damaged[last] ?? 0) ^ 1;
      const path = join(temporaryFolder(), name);
      writeFileSync(path, damaged);
      const { text, warnings } = imported(path);
      expect(text.equals(DMESG)).toBe(true);
      expect(warnings.join()).toMatch(
        /\.xz is damaged or cut off \(the (?:CRC32|CRC64|SHA-256) of block \d+ is not that of its content\)/,
      );
    },
  );

  it.each(STREAMS)('%s that is cut off or damaged gives what can be had, and a warning', (name) => {
    const bytes = PACKED[name];
    if (bytes === undefined) return;
    const damaged = Buffer.from(bytes);
    for (let at = bytes.length >> 1; at < bytes.length - 60; at += 7) damaged[at] = (damaged[at] ?? 0) ^ 0x5a;
    for (const broken of [bytes.subarray(0, bytes.length >> 1), damaged]) {
      const path = join(temporaryFolder(), name);
      writeFileSync(path, broken);
      const { containers, warnings } = imported(path);
      expect(containers.map((kept) => kept.equals(broken))).toEqual([true]);
      expect(warnings.join()).toMatch(/is damaged or cut off|is empty/);
    }
  });

  it('is known again, packed as it was', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'dmesg.txt.gz');
    writeFileSync(path, gzipSync(DMESG));
    const output = join(folder, 'x.db');
    importLogs({ files: [path], output });
    expect(importLogs({ files: [path], output }).alreadyThere).toBe(true);
  });
});

describe('a file of several boots', () => {
  it('is known again, and not imported twice', () => {
    const folder = temporaryFolder();
    const fixture = LOG_FIXTURES.find(({ name }) => name === 'two-boots.serial.log');
    const output = join(folder, 'x.db');
    const files = [fixture?.path ?? ''];
    const first = importLogs({ files, output });
    expect(first.boots.map(({ bootName }) => bootName)).toEqual(['x', 'x-2']);
    const again = importLogs({ files, output });
    expect(again.alreadyThere).toBe(true);
    expect(again.boots.map(({ bootId }) => bootId)).toEqual([1, 2]);
    expect(verifyFile(output).findings).toEqual([]);
  });
});

describe('a journal of two boots, whose entries take several lines', () => {
  const BOOTS = ['0123456789abcdef0123456789abcdef', 'fedcba9876543210fedcba9876543210'];
  const entries = BOOTS.flatMap((boot) =>
    ['adsp is available', 'powering up adsp'].map((text, index) => ({
      __CURSOR: `s=0a;i=${index};b=${boot};m=2;t=3;x=4`,
      _BOOT_ID: boot,
      _TRANSPORT: 'kernel',
      MESSAGE: `remoteproc remoteproc0: ${text}`,
      _SOURCE_MONOTONIC_TIMESTAMP: `${2_850_021 + index}`,
    })),
  );
  it.each([
    ['json-pretty', entries.map((entry) => JSON.stringify(entry, undefined, '\t'))],
    [
      'verbose',
      entries.map(({ __CURSOR: cursor, ...fields }) =>
        [
          `Fri 2026-11-27 16:43:00 UTC [${cursor}]`,
          ...Object.entries(fields).map(([name, value]) => `    ${name}=${value}`),
        ].join('\n'),
      ),
    ],
  ])('%s: each has its own', (_, texts) => {
    const folder = temporaryFolder();
    const path = join(folder, 'journal.txt');
    writeFileSync(path, `${texts.join('\n')}\n`);
    const output = join(folder, 'x.db');
    const { boots } = importLogs({ files: [path], output });
    const history = openHistory(output);
    const kinds = boots.map(({ bootId }) =>
      [...history.log.events(bootId)].flatMap(({ kind }) => (kind.startsWith('remoteproc.') ? [kind] : [])),
    );
    history.close();
    const both = ['remoteproc.registered', 'remoteproc.state_changed'];
    expect(kinds).toEqual([both, both]);
    expect(verifyFile(output).findings).toEqual([]);
  });
});

describe('a mail about two boots, whose long lines were broken', () => {
  const boot = (level: number, first: number) => [
    '[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd4b2]',
    '[    0.000000] Linux version 7.2.13 (builder@host) (gcc 12.2.0, GNU ld 2.40) #1 SMP PREEMPT Fri Nov 27 16:43:00 UTC 2026',
    `[    0.${first}] CPU: All CPU(s) started at EL${level}`,
    `[    5.${first}] remoteproc remoteproc0: Booting fw image qcom/sa8775p/adsp.mbn, size 434176`,
    `[    5.9${first}] qcom_q6v5_pas 30000000.remoteproc: fatal error received: example.c:42:what it was`,
  ];
  const broken = (line: string) => {
    const at = line.length > 72 ? line.lastIndexOf(' ', 72) : line.length;
    return [line.slice(0, at), ...(at < line.length ? [line.slice(at + 1)] : [])];
  };
  const cut = (line: string) => line.match(/.{1,80}/g) ?? [''];

  it.each([
    ['by a mail program', broken],
    ['by a terminal', cut],
  ])('%s, becomes two boots', (_, wrap) => {
    const folder = temporaryFolder();
    const path = join(folder, 'thread.txt');
    const text = [
      'Subject: adsp dies at EL2',
      '',
      'With the hypervisor:',
      '',
      ...boot(1, 212345).flatMap(wrap),
      '',
      'and without it:',
      '',
      ...boot(2, 256789).flatMap(wrap),
      '',
    ].join('\n');
    writeFileSync(path, text);
    const output = join(folder, 'x.db');
    const { boots, warnings } = importLogs({ files: [path], output });
    expect(boots.map(({ bootName }) => bootName)).toEqual(['x', 'x-2']);
    expect(warnings).toEqual([]);
    const history = openHistory(output);
    const levels = boots.map(({ bootId }) =>
      [...history.log.events(bootId)].flatMap(({ kind, payload }) =>
        kind === 'boot.cpus_started' ? [payload.exception_level] : [],
      ),
    );
    history.close();
    expect(levels).toEqual([[1], [2]]);
    expect(verifyFile(output).findings).toEqual([]);
    const again = importLogs({ files: [output], output: join(folder, 'again.db') });
    expect(again.boots.map(({ eventCount }) => eventCount)).toEqual(
      boots.map(({ eventCount }) => eventCount),
    );
  });
});

describe('a folder', () => {
  it('is all the logs in it, and what was left out is said', () => {
    const folder = join(temporaryFolder(), 'run');
    mkdirSync(join(folder, 'deeper'), { recursive: true });
    for (const path of sampleFiles('el2-boot-stop-boot')) {
      writeFileSync(join(folder, path.split('/').at(-1) ?? ''), readFileSync(path));
    }
    writeFileSync(join(folder, 'notes.txt'), 'bought milk\n');
    writeFileSync(join(folder, '.hidden'), DMESG);
    const { sources, warnings } = importLogs({ files: [folder], output: join(folder, '..', 'x.db') });
    expect(sources.map(({ name, format }) => [name, format])).toEqual([
      ['dmesg.txt', 'dmesg'],
      ['pas.ftrace.txt', 'ftrace'],
    ]);
    expect(warnings).toEqual([expect.stringMatching(/^left out of .*, as .*: notes\.txt$/)]);
  });

  it('without a log in it is an error', () => {
    const folder = temporaryFolder();
    expect(() => importLogs({ files: [folder], output: join(folder, 'x.db') })).toThrow(/holds no file that/);
  });
});

describe('two logs of one boot', () => {
  const lines = [
    'remoteproc remoteproc0: adsp is available',
    'coresight stm0: STM32 initialized',
    'Freeing initrd memory',
  ];
  const stamp = (second: number) => `2026-11-27T16:43:${String(second).padStart(2, '0')}.250000+0000`;

  it('tell once what both have, where one has times of its recorder that are nearly those of the kernel', () => {
    const folder = temporaryFolder();
    const dmesg = join(folder, 'dmesg.txt');
    const recorded = join(folder, 'console.txt');
    writeFileSync(dmesg, lines.map((line, index) => `[    ${index}.000${index}00] ${line}\n`).join(''));
    writeFileSync(recorded, lines.map((line, index) => `[16:43:0${index}.000] ${line}\n`).join(''));
    const output = join(folder, 'x.db');
    importLogs({ files: [recorded, dmesg], output, withoutTables: true });
    const history = openHistory(output);
    const repeated = [...history.log.events(1)].filter(({ kind }) => kind === 'source.repeated');
    history.close();
    expect(repeated).toHaveLength(lines.length);
  });

  it('are merged by the lines that they have in common, and the offset is told', () => {
    const folder = temporaryFolder();
    const dmesg = join(folder, 'dmesg.txt');
    const journal = join(folder, 'journal.txt');
    writeFileSync(dmesg, lines.map((line, index) => `[   1${index}.000000] ${line}\n`).join(''));
    const early = `${stamp(0)} board systemd[1]: Starting\n`;
    writeFileSync(
      journal,
      early + lines.map((line, index) => `${stamp(20 + index)} board kernel: ${line}\n`).join(''),
    );
    const output = join(folder, 'x.db');
    importLogs({ files: [journal, dmesg], output, withoutTables: true });
    const history = openHistory(output);
    const events = [...history.log.events(1)];
    history.close();
    const timesOf = (source: number) =>
      events
        .filter((event) => event.source === source && /^(?:log.printed|source.repeated)$/.test(event.kind))
        .map(({ t_ns }) => t_ns);
    expect(timesOf(1).slice(1)).toEqual(timesOf(2));
    expect(timesOf(1)[0]).toBe(-10e9);
    expect(events.filter(({ kind }) => kind === 'source.repeated')).toHaveLength(lines.length);
    const anchors = events.filter(({ kind }) => kind === 'log.clock_anchored');
    expect(anchors.map(({ payload }) => payload)).toContainEqual(
      expect.objectContaining({ clock: 'clock of journal.txt', reading: '-10.000000 s' }),
    );
  });

  it('keep their times where they have nothing in common', () => {
    const folder = temporaryFolder();
    const files = ['a.txt', 'b.txt'].map((name) => join(folder, name));
    for (const [index, path] of files.entries()) {
      writeFileSync(path, `[    ${index}.500000] only in ${index}, and nowhere else\n`);
    }
    const output = join(folder, 'x.db');
    importLogs({ files, output, withoutTables: true });
    const history = openHistory(output);
    expect([...history.log.events(1)].flatMap(({ t_ns }) => t_ns ?? [])).toEqual([5e8, 15e8]);
    history.close();
  });
});

describe('a log in UTF-16, as the shell of Windows writes it', () => {
  const little = Buffer.from(`\ufeff${DMESG.toString('utf8').replaceAll('\n', '\r\n')}`, 'utf16le');
  const meanings = (path: string) =>
    imported(path).events.flatMap(({ kind, payload, agent }) =>
      agent === 'trace' ? [] : [{ kind, payload }],
    );

  it.each([
    ['little-endian', little],
    ['big-endian', Buffer.from(little).swap16()],
  ])('%s is read, and kept as it was', (_, bytes) => {
    const folder = temporaryFolder();
    const path = join(folder, 'dmesg.txt');
    writeFileSync(path, bytes);
    const plain = join(folder, 'plain.txt');
    writeFileSync(plain, DMESG);
    expect(meanings(path)).toEqual(meanings(plain));
    expect(imported(path).containers).toEqual([bytes]);
  });
});

describe('what is no text', () => {
  it.each([
    ['perf.data', Buffer.from('PERFILE2 and so on'), /is a perf\.data: give what `perf script` prints/],
  ])('%s is refused with what to do', (name, bytes, message) => {
    const path = join(temporaryFolder(), name);
    writeFileSync(path, bytes);
    expect(() => importLogs({ files: [path], output: join(temporaryFolder(), 'x.db') })).toThrow(message);
  });
});

describe('a trace.dat', () => {
  const bytes = Buffer.from('\u0017\u0008Dtracing6\0', 'latin1');

  it('is read by trace-cmd, and kept as it was', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'trace.dat');
    writeFileSync(path, bytes);
    const report = 'cpus=1\\n task-1 [000] 1.000001: attach_device_to_domain: IOMMU: device=1.remoteproc\\n';
    writeFileSync(join(folder, 'trace-cmd'), `#!/bin/sh\nprintf '${report}'\n`, { mode: 0o755 });
    const search = process.env['PATH'];
    process.env['PATH'] = `${folder}:${search}`;
    try {
      const { events, containers, sources } = imported(path);
      expect(events.map(({ kind }) => kind)).toContain('smmu.device_attached');
      expect(containers).toEqual([bytes]);
      expect(sources[0]).toMatchObject({ format: 'ftrace', lineCount: 2 });
    } finally {
      process.env['PATH'] = search;
    }
  });

  it.skipIf(spawnSync('trace-cmd', ['--help']).error !== undefined)(
    'is read by the real trace-cmd (skipped: it is not installed)',
    () => {
      const path = join(temporaryFolder(), 'trace.dat');
      writeFileSync(path, makeTraceData());
      const { events, containers, warnings } = imported(path);
      expect(warnings).toEqual([]);
      expect(containers).toEqual([makeTraceData()]);
      expect(events.find(({ kind }) => kind === 'mapping.created')).toMatchObject({
        t_ns: 2_850_021_000,
        context: 'kworker/u32:5-143 [000]',
        payload: { iova: 0x9590_0000, pa: 0x9590_0000, size: 0x1000 },
      });
    },
  );

  it('says why trace-cmd cannot read one', () => {
    for (const length of [200, 3000]) {
      const path = join(temporaryFolder(), 'trace.dat');
      writeFileSync(path, makeTraceData().subarray(0, length));
      expect(() => importLogs({ files: [path], output: join(temporaryFolder(), 'x.db') })).toThrow(
        /trace-cmd(?: cannot read it: \S|.*not installed)/,
      );
    }
  });

  it('says what is missing where trace-cmd is', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'trace.dat');
    writeFileSync(path, bytes);
    const search = process.env['PATH'];
    process.env['PATH'] = folder;
    try {
      expect(() => importLogs({ files: [path], output: join(folder, 'x.db') })).toThrow(
        /trace-cmd.*not installed/,
      );
    } finally {
      process.env['PATH'] = search;
    }
    writeFileSync(join(folder, 'trace.dat.gz'), gzipSync(bytes));
    expect(() => importLogs({ files: [join(folder, 'trace.dat.gz')], output: join(folder, 'x.db') })).toThrow(
      /packed trace\.dat: unpack it first/,
    );
  });

  it('is named with what reads it where it lies packed in a folder', () => {
    const folder = join(temporaryFolder(), 'run');
    mkdirSync(folder);
    writeFileSync(join(folder, 'dmesg.txt'), DMESG);
    writeFileSync(join(folder, 'trace.dat.gz'), gzipSync(bytes));
    writeFileSync(join(folder, 'notes.txt'), 'bought milk\n');
    const { warnings } = importLogs({ files: [folder], output: join(folder, '..', 'x.db') });
    expect(warnings).toEqual([
      `left out of ${folder}: trace.dat.gz is a packed trace.dat: unpack it first, because \`trace-cmd report\` wants a file`,
      expect.stringMatching(/looks like a log: notes\.txt$/),
    ]);
  });
});
