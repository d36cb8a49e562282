import { describe, expect, it } from 'vitest';
import { detectFormat } from '../../../src/kernel-logs/detect-format.ts';
import { parseText } from '../../support/parse-text.ts';

const MESSAGES: readonly (readonly [number, string])[] = [
  [0, 'Linux version 7.2.13 (builder@host) (gcc 12.2.0, GNU ld 2.40) #1 SMP PREEMPT'],
  [0, 'Machine model: Example SA8775P Ride'],
  [0.412, 'CPU: All CPU(s) started at EL2'],
  [2.859966, 'remoteproc remoteproc0: adsp is available'],
  [2.860115, 'remoteproc remoteproc0: powering up adsp'],
  [2.860116, 'qcom_q6v5_pas 30000000.remoteproc: "a" & <b>: what nobody knows'],
  [2.901, "remoteproc remoteproc0: can't start rproc adsp: -22"],
];
const STAMPED = MESSAGES.map(([t, text]) => `[${t.toFixed(6).padStart(12)}][   T57] ${text}`);
const BARE = MESSAGES.map(([, text]) => text);
const JOURNAL = MESSAGES.map(([t, text]) => `Nov 27 16:43:0${Math.floor(t)} board kernel: ${text}`);

type Paste = (lines: readonly string[]) => readonly string[];
const each =
  (paste: (line: string, index: number) => string): Paste =>
  (lines) =>
    lines.map(paste);
const entities = (line: string) =>
  line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
const coloured = (intro: string) =>
  each(
    (line) => line.replace(/^(\[.*?\])(?=\[| )/, `${intro}[32m$1${intro}[0m`) + intro.replace(/.+/, '$&[K'),
  );

/** What is done to a log on its way, and with which logs somebody does it. */
const PASTES: readonly (readonly [string, Paste, readonly (readonly string[])[]])[] = [
  ['quoted', each((line) => `> ${line}`), [STAMPED, BARE, JOURNAL]],
  ['quoted twice', each((line) => `> > ${line}`), [STAMPED, BARE, JOURNAL]],
  ['quoted twice without blanks between', each((line) => `>> ${line}`), [STAMPED, BARE, JOURNAL]],
  [
    'answered in a mail',
    (lines) => [
      'From: Some One <one@example.org>',
      'Subject: Re: adsp is not started',
      '',
      'On Fri, Nov 27, 2026, Some Body wrote:',
      '> Hello,',
      '>',
      '> my board says',
      '>',
      ...lines.map((line) => `> ${line}`),
      '>',
      '> Any idea?',
      '',
      'The firmware is missing, I think.',
    ],
    [STAMPED, JOURNAL],
  ],
  [
    'in a fence',
    (lines) => ['# Log', '', 'It fails:', '', '```', ...lines, '```', '', 'Help!'],
    [STAMPED, BARE, JOURNAL],
  ],
  [
    'in a fence with its language, after the command',
    (lines) => ['It fails:', '~~~console', '$ sudo dmesg', ...lines, '~~~'],
    [STAMPED, BARE, JOURNAL],
  ],
  [
    'in a fence of a quotation',
    (lines) => ['> ```', ...lines.map((line) => `> ${line}`), '> ```'],
    [STAMPED, BARE],
  ],
  [
    'folded away',
    (lines) => [
      '<details><summary>dmesg</summary>',
      '',
      '<pre>',
      ...lines.map(entities),
      '</pre>',
      '</details>',
    ],
    [STAMPED, BARE, JOURNAL],
  ],
  ['between the marks of a tracker', (lines) => ['{noformat}', ...lines, '{noformat}'], [STAMPED, BARE]],
  ['between the marks of a board', (lines) => ['[code]', ...lines, '[/code]'], [STAMPED, BARE]],
  ['indented', each((line) => `    ${line}`), [STAMPED, BARE, JOURNAL]],
  ['in a list', each((line) => `* ${line}`), [STAMPED, BARE, JOURNAL]],
  ['added by a patch', each((line) => `+${line}`), [STAMPED, BARE, JOURNAL]],
  ['in ticks', each((line) => `\`${line}\``), [STAMPED, BARE, JOURNAL]],
  ['numbered', each((line, n) => `${String(n + 1).padStart(6)}\t${line}`), [STAMPED, BARE, JOURNAL]],
  ['found by grep -n', each((line, n) => `${n + 1}:${line}`), [STAMPED, BARE, JOURNAL]],
  ['as the source of a page', each(entities), [STAMPED, BARE, JOURNAL]],
  [
    'quoted, as the source of a page',
    each((line) => entities(`> ${line}`).replace('>', '&gt;')),
    [STAMPED, BARE],
  ],
  ['with blanks made hard', each((line) => line.replaceAll('  ', '\u00a0 ')), [STAMPED]],
  ['with the colours that less shows', coloured('ESC'), [STAMPED]],
  ['with the colours that cat -v shows', coloured('^['), [STAMPED]],
  ['with the carriage returns that cat -v shows', each((line) => `${line}^M`), [STAMPED, BARE]],
  [
    'by a program that keeps what a terminal shows',
    (lines) => [
      'Script started on 2026-11-27 16:43:00+00:00 [TERM="xterm"]',
      ...lines,
      'Script done on 2026-11-27',
    ],
    [STAMPED, BARE],
  ],
  ['by a recorder that counts seconds', each((line, n) => `[ ${(n * 1.5).toFixed(3)} ] ${line}`), [STAMPED]],
  ['by a test that says who speaks', each((line, n) => `rb3gen2 (${n}) | ${line}`), [STAMPED]],
  ['as a program in Python prints bytes', each((line) => `b'${line}\\r\\n'`), [STAMPED]],
  ['as two columns of a table', each((line) => line.replace('] ', ']\t')), [STAMPED]],
  [
    'in ticks that begin within a sentence',
    (lines) => [
      `It boots here, but says: \`${lines[0]}`,
      ...lines.slice(1, -1),
      `${lines.at(-1)}\``,
      '',
      'Any idea?',
    ],
    [STAMPED],
  ],
  [
    'with lines left out',
    (lines) => [...lines.slice(0, 5), '[...]', '--', '<snip>', ...lines.slice(5)],
    [STAMPED],
  ],
];

describe('a log that was pasted is read as it was', () => {
  const cases = PASTES.flatMap(([name, paste, logs]) =>
    logs.map(
      (log) => [name, log === STAMPED ? 'stamped' : log === BARE ? 'bare' : 'journal', paste, log] as const,
    ),
  );
  it.each(cases)('%s (%s)', (_name, _sort, paste, log) => {
    const text = `${paste(log).join('\n')}\n`;
    const events = parseText(detectFormat(Buffer.from(text)), text);
    const meanings = events
      .filter(({ cause }) => cause !== null)
      .map(({ kind, subject }) => `${kind} ${subject}`);
    expect(meanings).toEqual([
      'boot.kernel_identified null',
      'boot.machine_identified null',
      'boot.cpus_started null',
      'remoteproc.registered adsp',
      'remoteproc.state_changed adsp',
      'remoteproc.failed adsp',
      'remoteproc.state_changed adsp',
    ]);
    // What people and their tools wrote is none of the kernel's lines.
    const said = events.flatMap((event) =>
      event.kind === 'log.printed' && event.agent === 'linux' && event.payload.text !== ''
        ? [event.payload.text]
        : [],
    );
    expect(said).toEqual(BARE);
    expect(new Set(events.map(({ line }) => line)).size).toBe(paste(log).length);
  });

  it.each([
    ['stamped', STAMPED, '[', 'mail'],
    ['journal', JOURNAL, 'N', 'mail'],
    ['dated', MESSAGES.map(([t, text]) => `[Fri Nov 27 16:43:0${Math.floor(t)} 2026] ${text}`), '[', 'mail'],
    [
      'found in memory',
      MESSAGES.map(([t, text]) => `0x00000000027AB012 | ${t.toFixed(6).padStart(13)}:   ${text}`),
      '0',
      'mail',
    ],
  ])('broken by a mail program (%s)', (_sort, log, first, format) => {
    const broken = log.flatMap((line) => {
      if (line.length <= 72) return [line];
      const at = line.lastIndexOf(' ', 72);
      return [line.slice(0, at), line.slice(at + 1)];
    });
    expect(broken.filter((line) => !line.startsWith(first)).length).toBeGreaterThan(0);
    const text = `${broken.join('\n')}\n`;
    expect(detectFormat(Buffer.from(text))).toBe(format);
    const said = parseText('mail', text).flatMap((event) =>
      event.kind === 'log.printed' ? [event.payload.text] : [],
    );
    expect(said).toEqual(BARE);
  });

  it('keeps a line that says something, where what follows does not go on with it', () => {
    const text = [
      '[    3.197727] remoteproc remoteproc0: Direct firmware load for',
      'qcom/sa8775p/adsp.mbn failed with error -2',
      '[    3.199251][   T57] remoteproc remoteproc0: request_firmware failed: -2',
      'watch-adsp: it is offline',
      '',
    ].join('\n');
    const failed = parseText('mail', text).filter(({ kind }) => kind === 'remoteproc.failed');
    expect(failed).toMatchObject([{ line: 3 }]);
  });

  it('hears drivers on a console whose kernel prints no times and was entered before', () => {
    const text = BARE.slice(3)
      .map((line, n) => `[2026-11-27 16:43:0${n}.250] ${line}\n`)
      .join('');
    expect(detectFormat(Buffer.from(text))).toBe('serial');
    expect(parseText('serial', text).filter(({ kind }) => kind === 'remoteproc.failed')).toHaveLength(1);
    const level = '[2026-11-27 16:43:00.250] CPU: All CPU(s) started at EL2\n';
    expect(parseText('serial', level).map(({ kind }) => kind)).toEqual(['log.printed', 'boot.cpus_started']);
  });

  it('keeps the time and the caller', () => {
    const text = `${STAMPED.map((line) => `> ${entities(line)}`).join('\n')}\n`;
    expect(parseText('dmesg', text)[0]).toMatchObject({ t_ns: 0, context: 'T57' });
  });
});

describe('what is no paste', () => {
  it('keeps its text as it is', () => {
    const texts = [
      'systemd[1]: > started & <done>',
      'audit: proctitle=666F6F ESC',
      '| a table | of a driver |',
    ];
    const text = texts.map((line, n) => `[    1.00000${n}] ${line}\n`).join('');
    const said = parseText('dmesg', text).flatMap((event) =>
      event.kind === 'log.printed' ? [event.payload.text] : [],
    );
    expect(said).toEqual(texts);
  });

  it('is a line without a stamp that means something, wherever it stands', () => {
    const text = [
      'My board starts at the wrong level:',
      '',
      'CPU: All CPU(s) started at EL1',
      '',
      ...STAMPED.slice(3),
      '',
    ].join('\n');
    const told = parseText('dmesg', text);
    expect(told.filter(({ kind }) => kind === 'boot.cpus_started')).toMatchObject([{ line: 3 }]);
    expect(told[0]).toMatchObject({ kind: 'log.annotated', agent: 'recorder', line: 1 });
  });

  it('is what a report goes on with', () => {
    const oops = [
      'This is what I get:',
      'Internal error: synchronous external abort: 0000000096000210 [#1] SMP',
      'CPU: 3 UID: 0 PID: 57 Comm: kworker/u32:5 Not tainted 7.2.13 #1 PREEMPT',
      'pc : qcom_pas_start+0x24/0x100',
    ];
    const text = `${[...oops, ...STAMPED.slice(3)].join('\n')}\n`;
    const [, report] = parseText('dmesg', text);
    expect(report).toMatchObject({ kind: 'log.printed', line: 2 });
    expect(parseText('dmesg', text).filter(({ kind }) => kind === 'log.annotated')).toHaveLength(1);
  });
});

describe('a banner that a program prints', () => {
  const VERSION = BARE[0] ?? '';
  const entries = (lines: readonly string[], format: 'dmesg' | 'serial' = 'serial') =>
    parseText(format, `${lines.join('\n')}\n`).filter(({ kind }) => kind === 'boot.kernel_identified').length;

  it('is none of a boot, where the lines of the kernel have stamps', () => {
    expect(entries([...STAMPED, 'board:~# cat /proc/version', VERSION])).toBe(1);
    expect(entries([...STAMPED, VERSION], 'dmesg')).toBe(1);
  });

  it('is none where somebody asked for it', () => {
    expect(entries([...BARE, 'me@board:~# cat /proc/version', VERSION], 'serial')).toBe(1);
    expect(entries(['me@board:~# cat /proc/version', VERSION, ...STAMPED.slice(1)], 'serial')).toBe(0);
  });
});
