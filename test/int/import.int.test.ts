import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importLogs } from '../../src/app/import-logs.ts';
import { openHistory } from '../../src/app/open-history.ts';
import { InputError } from '../../src/base/input-error.ts';
import type { BootEvent } from '../../src/events/catalog.ts';
import { sampleFile, sampleFiles } from '../support/sample-boots.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const EL2 = sampleFiles('el2-boot-stop-boot');

function sourceBytes(file: string, source: number, boot = 1): Buffer {
  const history = openHistory(file);
  try {
    return Buffer.concat([...history.log.sourceBytes(boot, source)]);
  } finally {
    history.close();
  }
}

function readEvents(file: string, boot = 1) {
  const history = openHistory(file);
  try {
    return [...history.log.events(boot)];
  } finally {
    history.close();
  }
}

/** What a serial console shows of a kernel log: not all of it, and each line ends as on a terminal. */
function asConsole(text: string): string {
  const lines = text.split('\n').filter((line, index) => line !== '' && index % 7 !== 3);
  return lines.map((line) => `${line}\r\n`).join('');
}

describe('import', () => {
  it('keeps every byte of every file, and its SHA-256 as sha256sum prints it', () => {
    const output = join(temporaryFolder(), 'el2.db');
    const { sources } = importLogs({ files: EL2, output });
    EL2.forEach((path, index) => {
      const bytes = readFileSync(path);
      expect(sourceBytes(output, index + 1).equals(bytes)).toBe(true);
      expect(sources[index]).toMatchObject({
        byteCount: bytes.length,
        contentId: createHash('sha256').update(bytes).digest('hex'),
      });
    });
  });

  it('keeps bytes that are no text at all', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'garbage.txt');
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_unused, index) => (index * 7919) % 256));
    writeFileSync(path, bytes);
    const output = join(folder, 'garbage.db');
    importLogs({ files: [path], output });
    expect(sourceBytes(output, 1).equals(bytes)).toBe(true);
  });

  it.each([
    ['a console beside its dmesg', 'dmesg.txt', asConsole],
    ['a trace beside a part of it', 'pas.ftrace.txt', (text: string) => text.slice(0, text.length / 2)],
    [
      'a trace beside one with events that cannot be read',
      'pas.ftrace.txt',
      (text: string) => text.replace(/scm_smc_request: .*/g, 'scm_smc_request: [FAILED]'),
    ],
  ])('tells once what two files of a boot have, %s', (_what, name, copyOf) => {
    const folder = temporaryFolder();
    const path = sampleFile('el2-boot-stop-boot', name);
    const copy = join(folder, 'a-copy.txt');
    writeFileSync(copy, copyOf(readFileSync(path, 'utf8')));
    const told = (files: string[]) => {
      const output = join(folder, `${files.length}.db`);
      importLogs({ files, output, withoutTables: true });
      return readEvents(output).filter(
        ({ kind }) => kind !== 'trace.commented' && kind !== 'trace.buffer_counted',
      );
    };
    // At equal times it is the first file that comes first, which need not have all lines.
    const inAnyOrder = (events: readonly BootEvent[]) =>
      events.map(({ kind, t_ns, payload }) => `${t_ns} ${kind} ${Object.values(payload).join(' ')}`).sort();
    const both = told([copy, path]);
    const repeated = both.filter(({ kind }) => kind === 'source.repeated');
    expect(repeated.length).toBeGreaterThan(20);
    for (const { cause, t_ns, source } of repeated) {
      const first = both.find(({ seq }) => seq === cause);
      expect(first).toMatchObject({ t_ns });
      expect(first?.source).not.toBe(source);
    }
    const isCutOff = ({ kind, payload }: BootEvent) =>
      kind === 'trace.hit' && payload.function === null && payload.event.startsWith('scm_');
    const others = both.filter((event) => !repeated.includes(event) && !isCutOff(event));
    expect(inAnyOrder(others)).toEqual(inAnyOrder(told([path])));
  });

  it('merges files by time, and leaves the order within a file as it is', () => {
    const output = join(temporaryFolder(), 'el2.db');
    importLogs({ files: EL2, output, withoutTables: true });
    const events = readEvents(output);
    const lastLine = new Map<number, number>();
    for (const { source, line } of events) {
      if (source === null || line === null) continue;
      expect(line).toBeGreaterThanOrEqual(lastLine.get(source) ?? 0);
      lastLine.set(source, line);
    }
    const timed = events.filter(
      (event) =>
        event.t_ns !== null && event.kind !== 'trace.commented' && event.kind !== 'trace.buffer_counted',
    );
    for (let i = 1; i < timed.length; i++) {
      expect(timed[i]?.t_ns ?? 0, `event ${timed[i]?.seq}`).toBeGreaterThanOrEqual(timed[i - 1]?.t_ns ?? 0);
    }
    const order = events
      .filter((event) =>
        ['firmware.loaded', 'smmu.device_attached', 'pas.authenticated'].includes(event.kind),
      )
      .map((event) => event.kind);
    expect(order.slice(1, 4)).toEqual(['firmware.loaded', 'smmu.device_attached', 'pas.authenticated']);
  });

  it('lets the kernel log come first at the same microsecond, whichever file is given first', () => {
    const folder = temporaryFolder();
    const log = join(folder, 'z.dmesg.txt');
    const trace = join(folder, 'a.ftrace.txt');
    writeFileSync(log, '[    1.000000] first\n[    2.000000] second\nno time\n[    2.000000] third\n');
    const hit = (time: string, name: string) => `     task-1       [000] ..... ${time}: ${name}: x=1\n`;
    writeFileSync(
      trace,
      `# tracer: nop\n${hit('1.000000', 'a')}${hit('2.000000', 'b')}${hit('2.000000', 'c')}`,
    );
    const order = [
      [log, trace],
      [trace, log],
    ].map((files, index) => {
      const output = join(folder, `${index}.db`);
      importLogs({ files, output, withoutTables: true });
      return readEvents(output).flatMap((event) => {
        if (event.kind === 'log.printed') return [event.payload.text];
        return event.kind === 'trace.hit' ? [event.payload.event] : [];
      });
    });
    expect(order).toEqual(Array(2).fill(['first', 'a', 'second', 'no time', 'third', 'b', 'c']));
  });

  it('gives the same history whatever way the same bytes come', () => {
    const folder = temporaryFolder();
    const outputs = ['one.db', 'two.db'].map((name) => join(folder, name));
    for (const output of outputs) importLogs({ files: EL2, output, name: 'boot', withoutTables: true });
    const [one, two] = outputs.map((output) => readFileSync(output));
    expect(one?.equals(two ?? Buffer.alloc(0))).toBe(true);
  });

  it('adds nothing when the same files are imported again, also under other names and in another order', () => {
    const folder = temporaryFolder();
    const output = join(folder, 'el2.db');
    importLogs({ files: EL2, output });
    const before = readFileSync(output);
    const copies = EL2.map((path, index) => {
      const copy = join(folder, `copy-${index}.txt`);
      copyFileSync(path, copy);
      return copy;
    });
    for (const files of [EL2, copies, copies.toReversed()]) {
      expect(importLogs({ files, output })).toMatchObject({ alreadyThere: true, bootId: 1 });
      expect(readFileSync(output).equals(before)).toBe(true);
    }
  });

  it('refuses files of which only some are there, and says which are where and what to do', () => {
    const folder = temporaryFolder();
    const [dmesg = '', ftrace = ''] = EL2;
    const elsewhere = 'import these files into another history with -o';
    const complaintOf = (files: string[], output: string) => {
      const before = readFileSync(output);
      try {
        importLogs({ files, output });
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        expect(readFileSync(output).equals(before)).toBe(true);
        return (error as InputError).oneLine();
      }
      throw new Error('was not refused');
    };
    const one = join(folder, 'one.db');
    importLogs({ files: [dmesg], output: one });
    expect(complaintOf(EL2, one)).toBe(
      `${dmesg}: is in ${one} already, in boot 1 (one), but ${ftrace} is not: a finished boot takes no more files; ${elsewhere}`,
    );
    const both = join(folder, 'both.db');
    importLogs({ files: EL2, output: both });
    expect(complaintOf([dmesg], both)).toBe(
      `${dmesg}: is in ${both} already, in boot 1 (both), together with pas.ftrace.txt: nothing to add; to have a boot without that, ${elsewhere}`,
    );
    const apart = join(folder, 'apart.db');
    importLogs({ files: [dmesg], output: apart });
    importLogs({ files: [ftrace], output: apart, name: 'trace' });
    expect(complaintOf(EL2, apart)).toBe(
      `${dmesg}: is in ${apart} already, in boot 1 (apart), ${ftrace} in boot 2 (trace): nothing to add; to have them as one boot, ${elsewhere}`,
    );
    const other = sampleFile('el1-boot-stop-boot', 'dmesg.txt');
    expect(complaintOf([dmesg, ftrace, other], both)).toBe(
      `${dmesg}: is in ${both} already, in boot 1 (both), ${ftrace} in the same, but ${other} is not: a finished boot takes no more files; ${elsewhere}`,
    );
  });

  it('adds another boot to a history', () => {
    const output = join(temporaryFolder(), 'both.db');
    importLogs({ files: sampleFiles('el1-boot-stop-boot'), output, name: 'qhee' });
    expect(importLogs({ files: EL2, output, name: 'el2' })).toMatchObject({ bootId: 2, bootName: 'el2' });
    expect(readEvents(output, 2).length).toBeGreaterThan(300);
  });

  it('leaves nothing behind when an input is missing', () => {
    const folder = temporaryFolder();
    const output = join(folder, 'x.db');
    expect(() =>
      importLogs({
        files: [sampleFile('el2-boot-stop-boot', 'dmesg.txt'), join(folder, 'missing.txt')],
        output,
      }),
    ).toThrow(/missing|no such file/);
    expect(existsSync(output)).toBe(false);
  });

  it('never writes into one of its inputs, and takes each file once', () => {
    const folder = temporaryFolder();
    const [dmesg = ''] = EL2;
    const copy = join(folder, 'copy.txt');
    copyFileSync(dmesg, copy);
    const history = join(folder, 'x.db');
    importLogs({ files: EL2, output: history });
    const before = readFileSync(history);
    expect(() => importLogs({ files: [history], output: history })).toThrow(/both an input and the output/);
    expect(() => importLogs({ files: [copy], output: copy })).toThrow(/both an input and the output/);
    expect(() => importLogs({ files: [dmesg, copy], output: join(folder, 'z.db') })).toThrow(
      /is the same as/,
    );
    expect(readFileSync(history).equals(before)).toBe(true);
    expect(readFileSync(copy).equals(readFileSync(dmesg))).toBe(true);
    expect(existsSync(join(folder, 'y.db')) || existsSync(join(folder, 'z.db'))).toBe(false);
  });

  it('imports a history again from the bytes that it keeps', () => {
    const folder = temporaryFolder();
    const [old, again] = [join(folder, 'old.db'), join(folder, 'again.db')];
    importLogs({ files: EL2, output: old, name: 'boot' });
    importLogs({ files: [old], output: again, name: 'boot' });
    const events = (file: string) => {
      const history = openHistory(file);
      try {
        return { sources: history.boots[0]?.sources, events: [...history.log.events(1)] };
      } finally {
        history.close();
      }
    };
    expect(events(again)).toEqual(events(old));
    expect(() => importLogs({ files: [old], output: old })).toThrow(/both an input and the output/);
    importLogs({ files: [EL2[0] ?? ''], output: join(folder, 'two.db') });
    importLogs({ files: [EL2[1] ?? ''], output: join(folder, 'two.db') });
    expect(() => importLogs({ files: [join(folder, 'two.db')], output: join(folder, 'z.db') })).toThrow(
      /holds boots of several imports/,
    );
  });

  it('makes a history of an empty file', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'empty.txt');
    writeFileSync(path, '');
    const output = join(folder, 'empty.db');
    expect(importLogs({ files: [path], output })).toMatchObject({
      eventCount: 1,
      sources: [{ lineCount: 0, byteCount: 0 }],
    });
  });
});
