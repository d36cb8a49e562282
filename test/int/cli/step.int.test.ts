import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { importLogs } from '../../../src/app/import-logs.ts';
import type { Key } from '../../../src/cli/key-input.ts';
import { type CliRun, runCli } from '../../support/run-cli.ts';
import { runProcess } from '../../support/run-process.ts';
import { sampleFiles } from '../../support/sample-boots.ts';
import { sharedFolder } from '../../support/temp-folder.ts';

const folder = sharedFolder();
const broken = join(folder, 'broken.db');
const imported = join(folder, 'imported.db');

beforeAll(async () => {
  const args = [
    '--soc',
    'lemans',
    '--mode',
    'el2',
    '--processor',
    'adsp',
    '--fault',
    'F-16:adsp',
    '--no-tables',
  ];
  expect((await runCli(['record', ...args, '-o', broken])).code).toBe(0);
  importLogs({ files: sampleFiles('el2-boot-stop-boot'), output: imported, withoutTables: true });
});

interface StopData {
  readonly command: string;
  readonly seq: number;
  readonly total: number;
  readonly moments: readonly string[];
  readonly failure: boolean;
  readonly event: { readonly kind: string; readonly text: string; readonly place: string | null };
  readonly cause: { readonly seq: number } | null;
  readonly changes: readonly { readonly section: string }[];
  readonly watched: readonly { readonly section: string; readonly lines: readonly unknown[] | null }[];
}

/** The stops of a walk that is told what to do by flags. */
async function stops(db: string, ...args: string[]): Promise<StopData[]> {
  const { out } = await runCli(['step', db, '--format', 'json', ...args]);
  return JSON.parse(out) as StopData[];
}

async function seqs(db: string, ...args: string[]): Promise<number[]> {
  return (await stops(db, ...args)).map(({ seq }) => seq);
}

function key(name: string, ctrl = false): Key {
  return { name, text: '', ctrl };
}

function typed(text: string): Key[] {
  return [...text].map((character) => ({ name: character, text: character, ctrl: false }));
}

/** The screens of a walk, each without what clears it. */
async function screens(
  db: string,
  keys: readonly Key[],
  env: Record<string, string> = { TERM: 'xterm', NO_COLOR: '1' },
) {
  const run = await runCli(['step', db], { keys, columns: 80, rows: 24, env });
  return { ...run, screens: run.out.split('\x1b[H\x1b[2J').slice(1) };
}

describe('step, told by flags', () => {
  it('goes on, back and to moments, and says where it is', async () => {
    expect(await seqs(broken, '--next', '--next', '3', '--back', '2', '--goto', 'end', '--back')).toEqual([
      2,
      5,
      3,
      ...(await seqs(broken, '--goto', '-0')),
      ...(await seqs(broken, '--goto', '-1')),
    ]);
    const [fault] = await stops(broken, '--goto', 'first-fault');
    expect(fault).toMatchObject({ failure: true, event: { kind: 'smmu.faulted' } });
    expect(fault?.moments).toContain('first-fault');
  });

  it('begins where --at says, and there without anything to do', async () => {
    const { out } = await runCli(['step', broken, '--at', '7', '--format', 'ndjson'], { piped: [] });
    expect(JSON.parse(out)).toMatchObject({ command: 'goto 7', seq: 7 });
    expect(await seqs(broken, '--at', '7', '--next')).toEqual([8]);
  });

  it('goes to what changes a section, and that is what the stop shows', async () => {
    for (const section of ['bridges', 'mappings', 'processors', 'tables', 'pas', 'calls', 'smmu']) {
      const found = await stops(broken, '--goto', 'end', '--previous-change', section);
      const [, stop] = found;
      expect(
        stop?.changes.map((change) => change.section),
        section,
      ).toContain(section);
      const seq = stop?.seq ?? 0;
      // From right before it, the next change is the same one.
      expect(await seqs(broken, '--at', String(seq - 1), '--next-change', section)).toEqual([seq]);
    }
  });

  it('goes to what touches a subject, address, region, bridge or stream, as blame lists it', async () => {
    for (const [what, ...flags] of [
      ['adsp', '--subject', 'adsp'],
      ['region:pil-adsp', '--region', 'pil-adsp'],
      ['iova:0x95900000', '--iova', '0x95900000'],
      ['pa:0x95900000', '--pa', '0x95900000'],
      ['bridge:0x1000', '--bridge', '0x1000'],
      ['stream:0x3000', '--stream', '0x3000'],
    ] as const) {
      const { out } = await runCli(['blame', broken, ...flags, '--all', '--format', 'json']);
      const { touches } = JSON.parse(out) as { touches: { seq: number; kind: string; payload: unknown }[] };
      // A table that holds nothing yet covers the address, but changes nothing about it.
      const touched = touches
        .filter(({ kind, payload }) => kind !== 'page_table.entry_written' || !isEmptyTable(payload, what))
        .map(({ seq }) => seq);
      expect(touched.length, what).toBeGreaterThan(0);
      const next = ['--next-change', what];
      expect(await seqs(broken, ...next, ...next), what).toEqual(touched.slice(0, 2));
      expect(await seqs(broken, '--at', 'end', '--do', `C ${what}`, '--do', 'C'), what).toEqual(
        touched.slice(-2).reverse(),
      );
    }
  });

  it('finds failures and texts either way', async () => {
    const [first, again] = await stops(broken, '--next-fault', '--next-fault', '--previous-fault');
    expect(first?.failure).toBe(true);
    expect(again?.failure).toBe(true);
    const failures = await seqs(broken, '--next-fault', '--next-fault', '--previous-fault');
    expect(failures[2]).toBe(failures[0]);
    const [found, back] = await stops(imported, '--find', 'IS NOW up', '--find-back', 'adsp is starting');
    expect(found?.event.text).toMatch(/is now up/);
    expect(back?.event.place).toMatch(/^(?:dmesg|pas\.ftrace)\.txt:\d+$/);
    expect(back?.seq).toBeLessThan(found?.seq ?? 0);
  });

  it('watches sections from the start, wherever the flag stands, and prints state and causes', async () => {
    const out = await stops(
      broken,
      '--goto',
      'end',
      '--section',
      'bridges',
      '--why',
      '--state',
      'processors',
    );
    expect(out[0]?.watched.map(({ section }) => section)).toEqual(['bridges']);
    expect(out[1]).toMatchObject({ command: 'why', events: [{ relation: 'event' }] });
    const state = JSON.parse((await runCli(['state', broken, '--format', 'json', '-s', 'processors'])).out);
    expect(out[2]).toMatchObject({ command: 'state processors', state: state.state });
  });

  it('ends with 1 and a word on stderr where there is no such event, and does nothing more', async () => {
    const run = (...args: string[]) => runCli(['step', imported, ...args]);
    expect(await run('--find', 'no such text', '--next')).toMatchObject({
      code: 1,
      out: '',
      err: 'trace: no event that says no such text after #1\n',
    });
    expect(await run('--back')).toMatchObject({ code: 1, err: 'trace: #1 is the first event of the boot\n' });
    const short = await run('--goto', '-2', '--next', '5', '--back');
    expect(short).toMatchObject({ code: 1, err: 'trace: only 2 events further, where the boot ends\n' });
    expect(short.out.split('\n\n')).toHaveLength(2);
    expect(await run('--format', 'json', '--previous-fault')).toMatchObject({ code: 1, out: '[]\n' });
  });

  it('ends with 2 at what it does not understand, and says what may have been meant', async () => {
    const errors: readonly (readonly [readonly string[], RegExp])[] = [
      [['--next-change', 'adps'], /no event of the boot changes adps; did you mean adsp/],
      [['--next-change', 'region:pil-adps'], /no reserved region is called pil-adps; there are pil-adsp@/],
      [['--section', 'brigdes', '--next'], /no section is called brigdes; did you mean bridges\?/],
      [['--goto', 'adsp:autenticated'], /did you mean adsp:authenticated/],
      [['--do', 'nxet 3'], /no command nxet; did you mean next/],
      [['--next', 'three'], /expected a whole number of events from 1, not three/],
      [['--do', 'c'], /say what is to change: a section of the state/],
    ];
    for (const [args, message] of errors) {
      const { code, out, err } = await runCli(['step', broken, ...args]);
      expect({ code, out }, args.join(' ')).toEqual({ code: 2, out: '' });
      expect(err).toMatch(message);
      expect(err.split('\n')).toHaveLength(2);
    }
  });
});

describe('step, told by a pipe', () => {
  const piped = (...lines: string[]): Promise<CliRun> => runCli(['step', broken], { piped: lines });

  it('prints the same as flags do', async () => {
    const flags = await runCli(['step', broken, '--next-fault', '--why', '--next-change', 'bridges']);
    expect(await piped('f', '# a comment', '', 'y', 'c bridges')).toEqual(flags);
    expect(flags.out).not.toContain('\x1b');
  });

  it('stops at a line that is wrong, which it names, and at q', async () => {
    const { code, err } = await piped('n', 'nxt', 'n');
    expect({ code, err }).toEqual({
      code: 2,
      err: 'trace: standard input:2: there is no command nxt; did you mean next or goto? help lists them all\n',
    });
    expect((await piped('n', 'q', 'nonsense')).code).toBe(0);
  });

  it('reads a real pipe', async () => {
    const { code, out, err } = await runProcess(['step', imported], 'f\ny\n');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^#\d+ of \d+ .* failure\n/);
    expect(out).toContain('* -> status');
  });

  it('asks for commands where only input is a terminal, and goes on after what is wrong', async () => {
    const { code, out, err } = await runCli(['step', broken], { typed: ['nxt', '', 'b 5', 'q'] });
    expect(code).toBe(0);
    expect(out.match(/^#\d+ of/gm)).toEqual(['#1 of', '#2 of', '#1 of']);
    expect(err).toContain('no command nxt');
  });
});

describe('step, told by keys', () => {
  it('goes where each key says, on screens that fit', async () => {
    const keys = [...typed('nN'), key('down'), key('up'), key('pageup'), key('end'), ...typed('q')];
    const run = await screens(broken, keys);
    expect(run.code).toBe(0);
    expect(run.screens.map((screen) => /^#(\d+) of/.exec(screen)?.[1]).slice(0, 6)).toEqual([
      '1',
      '2',
      '12',
      '13',
      '12',
      '2',
    ]);
    expect(run.screens[6]).toMatch(/ end\n/);
    for (const screen of run.screens) {
      const lines = screen.replace('\r\x1b[K', '').split('\n');
      expect(lines.length).toBeLessThanOrEqual(24);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  it('asks for the rest of a command, which can be mended, and repeats it', async () => {
    const keys = [
      ...typed('cbridgex'),
      key('backspace'),
      ...typed('s'),
      key('return'),
      ...typed('c'),
      key('return'),
      ...typed('g9'),
      key('escape'),
    ];
    const { screens: shown, code } = await screens(broken, keys);
    const expected = await seqs(broken, '--next-change', 'bridges', '--do', 'c');
    expect(shown.map((screen) => Number(/^#(\d+) of/.exec(screen)?.[1]))).toEqual([
      1,
      ...expected,
      expected[1],
    ]);
    expect(code).toBe(0);
  });

  it('completes names, and lists them where there are several', async () => {
    const run = await screens(broken, [
      ...typed('gadsp:auth'),
      key('tab'),
      key('return'),
      ...typed('wma'),
      key('tab'),
      key('tab'),
    ]);
    expect(run.out).toContain('enticated');
    expect(run.screens[1]).toMatch(/^#\d+ of \d+ .*adsp:authenticated/);
    expect(run.out).toMatch(/\nmachine {2}mappings\nsection section: ma$/m);
  });

  it('says on the screen what is wrong, and stays', async () => {
    const { screens: shown } = await screens(broken, [...typed('gnowhere'), key('return'), ...typed('xb')]);
    expect(shown[1]).toContain('no moment is called nowhere');
    expect(shown[2]).toContain('nothing is on key x');
    expect(shown[3]).toContain('#1 is the first event of the boot');
    const nothing = [
      ...typed(':'),
      key('return'),
      ...typed('g'),
      key('return'),
      ...typed('gx'),
      key('escape'),
    ];
    for (const screen of (await screens(broken, nothing)).screens) expect(screen).toMatch(/^#1 of/);
    for (const screen of shown) expect(screen).toMatch(/^#1 of/);
  });

  it('shows state, causes and help in place of the event, and Esc leads back', async () => {
    const { screens: shown } = await screens(broken, [...typed('syh'), key('escape')]);
    expect(shown.map((screen) => screen.slice(0, 12))).toEqual([
      expect.stringContaining('#1 of'),
      'the state ri',
      expect.stringContaining('why #1'),
      expect.stringContaining('n  next'),
      expect.stringContaining('#1 of'),
    ]);
  });

  it('ends with 0 by Ctrl-D and 130 by Ctrl-C, also where something is being typed', async () => {
    expect((await screens(broken, [key('d', true)])).code).toBe(0);
    expect((await screens(broken, [key('c', true)])).code).toBe(130);
    expect((await screens(broken, [...typed('/x'), key('d', true)])).code).toBe(0);
    expect((await screens(broken, [...typed('/x'), key('c', true)])).code).toBe(130);
  });

  it('is stopped by Ctrl-C in the middle of a search', async () => {
    const run = await screens(broken, [...typed('/no such text'), key('return'), key('c', true)]);
    expect(run.code).toBe(130);
    // Had the search come to its end, a screen would say so.
    expect(run.screens).toHaveLength(1);
  });

  it('draws anew when the size changes, and writes one below the other on a dumb terminal', async () => {
    expect((await screens(broken, [key('resize')])).screens).toHaveLength(2);
    const { out } = await screens(broken, typed('n'), { TERM: 'dumb' });
    expect(out).not.toContain('\x1b');
    expect(out.match(/^#\d of/gm)).toEqual(['#1 of', '#2 of']);
  });
});

function isEmptyTable(payload: unknown, what: string): boolean {
  const { level, old } = payload as { level: number; old: string };
  return what.startsWith('iova') && level < 3 && old === '0x0';
}
