import { describe, expect, it } from 'vitest';
import { detectFormat } from '../../../src/kernel-logs/detect-format.ts';
import { parseText } from '../../support/parse-text.ts';

const MESSAGES: readonly (readonly [number, string])[] = [
  [0, 'Linux version 7.2.13 (builder@host) (gcc 12.2.0, GNU ld 2.40) #1 SMP PREEMPT'],
  [0, 'Machine model: Example SA8775P Ride'],
  [0.412, 'CPU: All CPU(s) started at EL2'],
  [2.859966, 'remoteproc remoteproc0: adsp is available'],
  [2.860115, 'remoteproc remoteproc0: powering up adsp'],
];
const stamped = (t: number, text: string) => `[${t.toFixed(6).padStart(12)}] ${text}`;
const clock = (t: number) => `16:43:0${t.toFixed(6)}`;
const second = (t: number) => `16:43:0${Math.floor(t)}`;
const millis = (t: number) =>
  `16:43:0${Math.floor(t)}.${String(Math.floor((t % 1) * 1000)).padStart(3, '0')}`;

/** logd takes what stands before a colon for a tag; other messages have none. */
const tagged = (text: string) => (/^[^(]*: /.test(text) ? text : `: ${text}`);

/** An entry of a journal, as `-o json` and its kin have it. */
const entry = (t: number, text: string) => ({
  __CURSOR: 's=0a;i=1;b=0123456789abcdef0123456789abcdef;m=2;t=3;x=4',
  _BOOT_ID: '0123456789abcdef0123456789abcdef',
  _TRANSPORT: 'kernel',
  PRIORITY: '6',
  SYSLOG_IDENTIFIER: 'kernel',
  MESSAGE: text,
  _SOURCE_MONOTONIC_TIMESTAMP: `${Math.round(t * 1e6)}`,
});

/** What a line of each looks like, and in what the times are cut. */
const SHAPES: readonly (readonly [string, string, number, (t: number, text: string) => string])[] = [
  ['dmesg -T in German', 'dmesg', 1, (t, text) => `[Fr Nov 27 ${second(t)} 2026] ${text}`],
  ['dmesg -T in French', 'dmesg', 1, (t, text) => `[ven. déc.  4 ${second(t)} 2026] ${text}`],
  ['dmesg -T in Chinese', 'dmesg', 1, (t, text) => `[五 11月 27 ${second(t)} 2026] ${text}`],
  ['a journal in German', 'journal', 1, (t, text) => `Mär 27 ${second(t)} board kernel: ${text}`],
  [
    'journalctl -o short-full in German',
    'journal',
    1,
    (t, text) => `Fr 2026-11-27 ${second(t)} +03 board kernel: ${text}`,
  ],
  ['a syslog daemon that names no host', 'journal', 1, (t, text) => `Nov 27 ${second(t)} kernel: ${text}`],
  [
    'a syslog daemon that sends what it hears',
    'journal',
    1e-6,
    (t, text) => `<6>Nov 27 ${second(t)} board kernel: ${stamped(t, text)}`,
  ],
  [
    'journalctl -o short-unix',
    'journal',
    1e-6,
    (t, text) => `${(1795797780 + t).toFixed(6)} board kernel: ${text}`,
  ],
  [
    'journalctl -o short-delta',
    'journal',
    1e-6,
    (t, text) => `[${t.toFixed(6).padStart(12)} <    0.000117 >] board kernel: ${text}`,
  ],
  ['journalctl -o json-seq', 'journal-json', 1e-6, (t, text) => `\u001e${JSON.stringify(entry(t, text))}`],
  ['journalctl -o json-sse', 'journal-json', 1e-6, (t, text) => `data: ${JSON.stringify(entry(t, text))}`],
  [
    'journalctl -o json, made an array',
    'journal-json',
    1e-6,
    (t, text) => `[${JSON.stringify(entry(t, text))},`,
  ],
  [
    'journalctl -o json-pretty',
    'journal-json',
    1e-6,
    (t, text) => JSON.stringify(entry(t, text), undefined, '\t').replaceAll('": ', '" : '),
  ],
  [
    'journalctl -o verbose',
    'journal-export',
    1e-6,
    (t, text) => {
      const { __CURSOR: cursor, ...fields } = entry(t, text);
      return [
        `Fri 2026-11-27 16:43:00.250000 UTC [${cursor}]`,
        ...Object.entries(fields).map(([name, value]) => `    ${name}=${value}`),
      ].join('\n');
    },
  ],
  [
    'logcat -v monotonic',
    'logcat',
    1e-3,
    (t, text) => `${t.toFixed(6).slice(0, -3).padStart(11)}     0     0 I ${tagged(text)}`,
  ],
  [
    'logcat -v epoch',
    'logcat',
    1e-3,
    (t, text) =>
      `${(1795797780 + Math.floor(t * 1000) / 1000).toFixed(3)}  root     0     0 I ${tagged(text)}`,
  ],
  [
    'logcat -v time',
    'logcat',
    1e-3,
    (t, text) => `11-27 ${millis(t)} I/${tagged(text).replace(': ', '(    0): ')}`,
  ],
  [
    'logcat -v year -v usec -v zone',
    'logcat',
    1e-6,
    (t, text) => `2026-11-27 ${clock(t)} +0000     0     0 I ${tagged(text)}`,
  ],
  ['cat -n', 'dmesg', 1e-6, (t, text) => `    17\t${stamped(t, text)}`],
  ['grep -n over files', 'dmesg', 1e-6, (t, text) => `logs/boot.txt:17:${stamped(t, text)}`],
  ['ts -s', 'serial', 1e-6, (t, text) => `00:00:0${Math.floor(t)} ${stamped(t, text)}`],
  ['a job of GitLab', 'serial', 1e-6, (t, text) => `2026-11-27T${clock(t)}Z 00O ${stamped(t, text)}`],
  [
    'a kernel of LG or Motorola, with the date in its stamp',
    'dmesg',
    1e-6,
    (t, text) => `<6>[${t.toFixed(6).padStart(12)} / 11-27 ${millis(t)}] ${text}`,
  ],
  [
    'a kernel of Huawei, with the unit in its stamp',
    'dmesg',
    1e-6,
    (t, text) => `[${t.toFixed(6).padStart(12)}s][pid:1,cpu0,swapper/0]${text}`,
  ],
  ['a kernel of OPPO', 'dmesg', 1e-6, (t, text) => `${stamped(t, `(CPU:4-pid:452:kworker/4:2) ${text}`)}`],
  ['a parser of memory dumps', 'dmesg', 1e-6, (t, text) => `${t.toFixed(6).padStart(12)}:   <6> ${text}`],
  [
    'a parser of memory dumps of newer kernels',
    'dmesg',
    1e-6,
    (t, text) => `[${t.toFixed(6)}] [<6>][1, swapper/0]${text}`,
  ],
  ['ts, of a kernel without stamps', 'serial', 1, (t, text) => `Nov 27 ${second(t)} ${text}`],
  ['ts -s, of a kernel without stamps', 'serial', 1, (t, text) => `00:00:0${Math.floor(t)} ${text}`],
  ['tio, of a kernel without stamps', 'serial', 1e-3, (t, text) => `[${millis(t)}] ${text}`],
  ['a terminal that adds carriage returns', 'dmesg', 1e-6, (t, text) => `${stamped(t, text)}\r\r`],
  ['lines that a terminal filled up', 'dmesg', 1e-6, (t, text) => stamped(t, text).padEnd(100)],
];

describe('the same boot, written down by', () => {
  it.each(SHAPES)('%s', (_, format, unit, write) => {
    const text = MESSAGES.map(([t, message]) => `${write(t, message)}\n`).join('');
    expect(detectFormat(Buffer.from(text))).toBe(format);
    const events = parseText(format as 'dmesg', text);
    expect(events.filter(({ cause }) => cause !== null).map(({ kind }) => kind)).toEqual([
      'boot.kernel_identified',
      'boot.machine_identified',
      'boot.cpus_started',
      'remoteproc.registered',
      'remoteproc.state_changed',
    ]);
    const printed = events.filter(({ kind }) => kind === 'log.printed');
    expect(printed.map(({ t_ns }) => Math.round((t_ns ?? Number.NaN) / 1000))).toEqual(
      MESSAGES.map(([t]) => Math.round(Math.floor(t / unit + 1e-6) * unit * 1e6)),
    );
  });

  it('a console that lost the end of a line', () => {
    const lines = MESSAGES.map(([t, message]) => stamped(t, message));
    const text = `${lines[0]}\n${lines[1]}${lines[2]}\n${lines[3]}\n${lines[4]}\n`;
    expect(detectFormat(Buffer.from(text))).toBe('serial');
    // What a program says of another time is no second line.
    const said = `${lines[0]}\n${stamped(5, 'systemd[1]: at [    2.859966] it was')}\n`;
    expect(detectFormat(Buffer.from(said))).toBe('dmesg');
    const told = parseText('serial', text).filter(({ kind }) => kind === 'boot.cpus_started');
    expect(told).toMatchObject([{ t_ns: 412_000_000 }]);
  });

  it('an editor that marks the order of bytes', () => {
    const text = `\ufeff${MESSAGES.map(([t, message]) => `${stamped(t, message)}\n`).join('')}`;
    expect(parseText('dmesg', text)[0]).toMatchObject({
      kind: 'log.printed',
      t_ns: 0,
      payload: { text: MESSAGES[0]?.[1] },
    });
  });

  it('the kernel itself, with the device of a message below it', () => {
    const text =
      '6,143,2850021,-;remoteproc remoteproc0: adsp is available\n SUBSYSTEM=remoteproc\n DEVICE=+remoteproc:remoteproc0\n';
    const events = parseText('dmesg', text);
    expect(events.map(({ kind, agent }) => `${agent} ${kind}`)).toEqual([
      'linux log.printed',
      'linux remoteproc.registered',
      'recorder log.annotated',
      'recorder log.annotated',
    ]);
    expect(events[0]).toMatchObject({ t_ns: 2_850_021_000, payload: { level: 6 } });
  });

  it('a vendor who prints its level and its task', () => {
    const [printed] = parseText('dmesg', '[2.850021] [<4>][207, kworker/3:1]remoteproc remoteproc0: x\n');
    expect(printed).toMatchObject({ context: 'kworker/3:1-207', payload: { level: 4 } });
  });

  it('ts, of which a part has stamps of the kernel', () => {
    const text = [
      'Nov 27 16:43:00 [    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd4b2]',
      'Nov 27 16:43:02 remoteproc remoteproc0: adsp is available',
      'Nov 27 16:43:03 [    3.000000] remoteproc remoteproc0: powering up adsp',
      '',
    ].join('\n');
    expect(detectFormat(Buffer.from(text))).toBe('serial');
    const told = parseText('serial', text).filter(({ kind }) => kind.startsWith('remoteproc.'));
    expect(told.map(({ t_ns }) => t_ns)).toEqual([2e9, 3e9]);
  });

  it.each([
    ['names its context to the terminal', '\u001b]3008;start=0123;user=root;hostname=board\u001b\\'],
    ['sets a title', '\u001b]0;root@board\u0007'],
    ['chooses characters', '\u001b(B\u001b[m'],
    ['sends a string of the device', '\u001bP+q544e\u001b\\'],
    ['begins a string and never ends it', '\u001b]'],
  ])('a console on which a program %s before the kernel speaks', (_, sequence) => {
    const text = `[    0.000000] Booting Linux on physical CPU 0x0\n${sequence}[    2.859966] remoteproc remoteproc0: adsp is available\n`;
    expect(parseText('serial', text)).toContainEqual(
      expect.objectContaining({ kind: 'remoteproc.registered', t_ns: 2_859_966_000 }),
    );
  });

  it('a syslog daemon that names no ids, which is no ts', () => {
    const lines = ['systemd: Started A.', 'NetworkManager: <info> up', 'dbus: activating'];
    const text = lines.map((line) => `Nov 27 16:43:00 board ${line}\n`).join('');
    expect(detectFormat(Buffer.from(text))).toBe('dmesg');
  });

  it('a console whose kernel begins to print its time later', () => {
    const text = [
      '[16:43:00.000] Linux version 7.2.13 (builder@host) (gcc 12.2.0, GNU ld 2.40) #1 SMP PREEMPT',
      '[16:43:02.000] [    3.000000] remoteproc remoteproc0: adsp is available',
      '[16:43:04.000] remoteproc remoteproc0: powering up adsp',
      '',
    ].join('\n');
    const told = parseText('serial', text).filter(({ kind }) => kind.startsWith('remoteproc.'));
    expect(told.map(({ t_ns }) => t_ns)).toEqual([3e9, 5e9]);
  });

  it('a syslog daemon that keeps the facility and the level', () => {
    const text =
      'Nov 27 16:43:00 board kern.warning kernel: [    2.850021] remoteproc remoteproc0: adsp is available\n';
    expect(detectFormat(Buffer.from(text))).toBe('journal');
    const printed = parseText('journal', text).find(({ kind }) => kind === 'log.printed');
    expect(printed).toMatchObject({
      agent: 'linux',
      t_ns: 2_850_021_000,
      payload: { level: 4, text: 'remoteproc remoteproc0: adsp is available' },
    });
  });
});
