/**
 * What tools write before a kernel's message, each with a pattern whose named groups say what its parts mean:
 * `year month day hour minute second fraction zone` are a wall clock, `up` seconds of the boot, `delta` seconds since the
 * line before, `epoch` seconds since 1970, `elapsed` seconds of a logger, `micros` microseconds of the boot, `word` a level
 * by name, `letter` one by its first letter, `priority` level and facility as a number, `who` a program, `pid` its id,
 * `tag` what logcat took off the message.
 */
export interface LineWrapper {
  readonly name: string;
  /** Who writes it. */
  readonly where: string;
  readonly pattern: RegExp;
  /** A line of our own; that the pattern matches it is a test. */
  readonly example: string;
}

const MONTH = '(?<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const CLOCK = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)';
const FRACTION = '[.,](?<fraction>\\d{1,9})';
const SYSLOG_STAMP = `${MONTH} +(?<day>\\d{1,2}) ${CLOCK}(?:${FRACTION})?`;
const ISO_STAMP = `(?<year>\\d{4})-(?<month>\\d\\d)-(?<day>\\d\\d)[T ]${CLOCK}(?:${FRACTION})?(?<zone>Z|[+-]\\d\\d:?\\d\\d)?`;
/** What bytes of other letters than those of ASCII are in UTF-8. */
const LETTERS = 'A-Za-z\\x80-\\xff';
/** `Dez`, `févr.`, `11月`: as strftime writes them in the language of the user. */
const LOCAL_MONTH = `(?<month>[${LETTERS}]{3,10}\\.?|\\d{1,2}[\\x80-\\xff]{2,4})`;
const CTIME_STAMP = `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${MONTH} +(?<day>\\d{1,2}) ${CLOCK} (?<year>\\d{4})`;
const FACILITY = '(?:kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|local[0-7])';
/** Facility and level, as daemons that keep them write them: BusyBox, OpenWrt. */
const FACILITY_AND_LEVEL = `${FACILITY}\\.(?<word>emerg|alert|crit|err|error|warn|warning|notice|info|debug) `;
/** A program names itself as it likes: gdm is `gdm-password]`, and where an id follows the name may have blanks. */
const PROGRAM = '(?<who>[^\\s:[]+(?:(?: [^\\s:[]+){1,3}(?=\\[\\d))?)(?:\\[(?<pid>\\d+)\\])?: ?';

/** What a kernel prints before a message follows. */
const BEFORE_STAMP = '(?=(?:<\\d{1,3}>)?\\[ *\\d{1,7}\\.\\d{6}\\])';

/** Sticky: a wrapper is looked for where the one before it ended. */
const sticky = (pattern: string) => new RegExp(pattern, 'y');

/** `dmesg` of util-linux and BusyBox. Source: util-linux sys-utils/dmesg.c (print_record). */
export const DMESG_WRAPPERS: readonly LineWrapper[] = [
  {
    name: 'facility and level',
    where: 'dmesg -x',
    pattern: sticky(`${FACILITY} *:(?<word>emerg|alert|crit|err|warn|notice|info|debug) *: `),
    example: 'kern  :info  : [    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd4b2]',
  },
  {
    name: 'record of the kernel',
    where: 'cat /dev/kmsg',
    pattern: sticky('(?<priority>\\d{1,3}),\\d+,(?<micros>\\d{1,15}),[^;]{1,60};'),
    example: '6,143,2850021,-,caller=T207;remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'place in memory',
    where: 'programs that find the log in a memory dump',
    pattern: sticky('0x[0-9A-Fa-f]{8,16} \\| +(?<up>\\d{1,7}\\.\\d{6}): {1,3}'),
    example: '0x00000000027AB012 |      2.850021:   remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'date',
    where: 'dmesg -T',
    pattern: sticky(`\\[${CTIME_STAMP}\\] `),
    example: '[Fri Nov 27 16:43:00 2026] remoteproc remoteproc0: adsp is available',
  },
  {
    name: 'date in another language',
    where: 'dmesg -T, under another LC_TIME',
    pattern: sticky(
      `\\[[${LETTERS}]{1,12}\\.? ${LOCAL_MONTH} +(?<day>\\d{1,2}) ${CLOCK} (?<year>\\d{4})\\] `,
    ),
    example: '[Fr Nov 27 16:43:00 2026] remoteproc remoteproc0: adsp is available',
  },
  {
    name: 'ISO date',
    where: 'dmesg --time-format=iso',
    pattern: sticky(`${ISO_STAMP} `),
    example: '2026-11-27T16:43:00,250000+00:00 remoteproc remoteproc0: adsp is available',
  },
  {
    name: 'time and delta',
    where: 'dmesg -d',
    pattern: sticky('\\[ *(?<up>\\d{1,7}\\.\\d{6}) < *\\d+\\.\\d{6}>\\] '),
    example: '[    2.850021 <    0.000117>] remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'time and date',
    where: 'kernels of LG and Motorola',
    pattern: sticky(
      '\\[ *(?<up>\\d{1,7}\\.\\d{6}) / \\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\](?:\\[ *[TC]\\d+\\])? ?',
    ),
    example: '[    2.850021 / 11-27 16:43:00.250] remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'time with its unit',
    where: 'kernels of Huawei',
    pattern: sticky('\\[ *(?<up>\\d{1,7}\\.\\d{6})s\\] ?'),
    example: '[    2.850021s][pid:207,cpu3,kworker/3:1]remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'time of a memory dump',
    where: 'parsers of memory dumps of Qualcomm',
    pattern: sticky(' *(?<up>\\d{1,7}\\.\\d{6}): +<(?<priority>\\d{1,3})> '),
    example: '    2.850021:   <6> remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'minute of a date',
    where: 'dmesg --time-format=reltime',
    pattern: sticky(`\\[${MONTH}(?<day>[ \\d]\\d) (?<hour>\\d\\d):(?<minute>\\d\\d)\\] `),
    example: '[Nov27 16:43] remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'delta',
    where: 'dmesg --time-format=reltime and delta',
    pattern: sticky('\\[ *\\+? *(?<delta>\\d+\\.\\d{6})\\] |\\[< *(?<delta2>\\d+\\.\\d{6})>\\] '),
    example: '[  +0.000117] remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'torn time',
    where: 'consoles and pastes that lost the beginning of a line',
    pattern: sticky(' *(?<up>\\d{1,7}\\.\\d{6})\\](?:\\[ *[TC]\\d+\\])? '),
    example: '   2.850021] remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'number of a line',
    where: 'cat -n, less -N, grep -n',
    pattern: sticky(` *\\d{1,7}(?:\\t|: ?| {1,4})${BEFORE_STAMP}`),
    example: '   143\t[    2.850021] remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'name of a file',
    where: 'grep over several files',
    pattern: sticky(`(?:[\\w.+-]*/)*[\\w+-]+\\.\\w{1,6}:(?:\\d{1,7}:)?${BEFORE_STAMP}`),
    example: 'logs/dmesg.txt:143:[    2.850021] remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'quote',
    where: 'mail, terminals that indent, lists and tables of bug trackers, patches',
    pattern: sticky(
      '(?:[>|+*#`: \\t-]|\\xc2\\xa0)+(?=(?:<\\d{1,3}>)?\\[(?: |\\xc2\\xa0)*\\d{1,7}\\.\\d{6}\\])',
    ),
    example: '> [    2.850021] remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'hard blanks',
    where: 'mail programs that make the blanks of a time hard',
    pattern: sticky('\\[(?: |\\xc2\\xa0)+(?<up>\\d{1,7}\\.\\d{6})\\](?: |\\xc2\\xa0)*'),
    example: '[\u00a0   2.850021] remoteproc remoteproc0: powering up adsp',
  },
];

/** `journalctl -k -o short…`, and what syslog daemons write. Source: systemd src/shared/logs-show.c. */
export const JOURNAL_WRAPPERS: readonly LineWrapper[] = [
  {
    name: 'label',
    where: 'tools that quote a journal',
    pattern: sticky(`[\\w-]+: (?=${MONTH.replace('?<month>', '?:')} +\\d{1,2} \\d\\d:\\d\\d:\\d\\d)`),
    example: 'HINT: Nov 27 16:43:00 board kernel: remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'syslog date',
    where: 'journalctl -o short, short-precise, in whatever language; BusyBox',
    pattern: sticky(
      `${LOCAL_MONTH} +(?<day>\\d{1,2}) ${CLOCK}(?:${FRACTION})? (?<host>[\\w.-]+) (?:${FACILITY_AND_LEVEL})?${PROGRAM}`,
    ),
    example: 'Nov 27 16:43:00.250000 board kernel: remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'syslog date without a host',
    where: 'syslog daemons of Android and of small systems',
    pattern: sticky(`${SYSLOG_STAMP} (?<who>kernel): ?`),
    example: 'Nov 27 16:43:00 kernel: remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'ISO date',
    where: 'journalctl -o short-iso, short-iso-precise',
    pattern: sticky(`${ISO_STAMP} (?<host>[\\w.-]+) ${PROGRAM}`),
    example: '2026-11-27T16:43:00+0000 board kernel: remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'full date',
    where: 'journalctl -o short-full',
    pattern: sticky(
      `[${LETTERS}]{1,12}\\.? ${ISO_STAMP.replace('[T ]', ' ')} (?:[A-Z]{2,5}|[+-]\\d{2,4}) (?<host>[\\w.-]+) ${PROGRAM}`,
    ),
    example: 'Fri 2026-11-27 16:43:00 UTC board kernel: remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'date as of ctime',
    where: 'logread of OpenWrt',
    pattern: sticky(`${CTIME_STAMP} ${FACILITY_AND_LEVEL}${PROGRAM}`),
    example:
      'Fri Nov 27 16:43:00 2026 kern.info kernel: [    2.850021] remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'date in brackets',
    where: 'logread of logbookd (postmarketOS, Alpine)',
    pattern: sticky(`\\[${SYSLOG_STAMP}\\] ${FACILITY} (?<who>[^\\s:[]*)(?:\\[(?<pid>\\d+)\\])?: ?`),
    example: '[Nov 27 16:43:00] kern kernel: remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'RFC 5424',
    where: 'syslog daemons',
    pattern: sticky(
      `(?:<\\d{1,3}>)?1 ${ISO_STAMP} (?<host>\\S+) (?<who>\\S+) (?:-|(?<pid>\\d+)|\\S+) \\S+ (?:-|\\[[^\\]]*\\]) ?`,
    ),
    example:
      '<6>1 2026-11-27T16:43:00.250000+00:00 board kernel - - - remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'monotonic time',
    where: 'journalctl -o short-monotonic, short-delta',
    pattern: sticky(`\\[ *(?<up>\\d{1,7}\\.\\d{6})(?: <[ \\d.]+>| +)?\\] (?<host>[\\w.-]+) ${PROGRAM}`),
    example: '[    2.850021] board kernel: remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'seconds since 1970',
    where: 'journalctl -o short-unix',
    pattern: sticky(`(?<epoch>1\\d{9}\\.\\d{6}) (?<host>[\\w.-]+) ${PROGRAM}`),
    example: '1795797780.250000 board kernel: remoteproc remoteproc0: powering up adsp',
  },
];

/** What programs that record a serial console put before each line. */
export const CONSOLE_WRAPPERS: readonly LineWrapper[] = [
  {
    name: 'date in brackets',
    where: 'minicom, Tera Term, tio',
    pattern: sticky(`\\[${ISO_STAMP}\\] ?`),
    example: '[2026-11-27 16:43:00.250] [    2.850021] remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'date',
    where: 'ts -i, CI services; GitLab numbers the streams behind it',
    pattern: sticky(`${ISO_STAMP}(?: \\d\\d[OE][+ ]?|)(?: \\| |: |\\t| {1,2}|(?<=[OE][+ ]))`),
    example: '2026-11-27T16:43:00.2500000Z [    2.850021] remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'date as of ctime',
    where: 'conserver',
    pattern: sticky(`\\[${CTIME_STAMP}\\] ?`),
    example: '[Fri Nov 27 16:43:00 2026] [    2.850021] remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'date of a terminal',
    where: 'Tera Term',
    pattern: sticky(
      `\\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${MONTH} +(?<day>\\d{1,2}) ${CLOCK}${FRACTION} (?<year>\\d{4})\\] ?`,
    ),
    example: '[Fri Nov 27 16:43:00.250 2026] [    2.850021] remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'clock in brackets',
    where: 'tio, picocom',
    pattern: sticky(`\\[${CLOCK}(?:${FRACTION})?\\] ?`),
    example: '[16:43:00.250] [    2.850021] remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'clock',
    where: 'kernelci, labgrid; terminals that write a colon before the milliseconds',
    pattern: sticky(`${CLOCK}[.,:](?<fraction>\\d{1,9})(?:: | {1,2}|\\t)`),
    example: '16:43:00.250  [    2.850021] remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'clock without a fraction',
    where: 'ts -s',
    pattern: sticky(`${CLOCK} (?=\\[|<)`),
    example: '00:00:02 [    2.850021] remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'syslog date',
    where: 'ts',
    pattern: sticky(`${SYSLOG_STAMP} (?=\\[|<)`),
    example: 'Nov 27 16:43:00 [    2.850021] remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'clock before a message',
    where: 'ts -s, of a kernel that prints no times',
    pattern: sticky(`^${CLOCK} `),
    example: '00:00:02 remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'syslog date before a message',
    where: 'ts, of a kernel that prints no times',
    pattern: sticky(`^${SYSLOG_STAMP} `),
    example: 'Nov 27 16:43:00 remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'elapsed and delta',
    where: 'grabserial -t',
    pattern: sticky('\\[(?<elapsed>\\d+\\.\\d{6}) \\d+\\.\\d{6}\\] '),
    example: '[12.850021 0.000117] [    2.850021] remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'seconds since 1970',
    where: 'ts %.s',
    pattern: sticky('(?<epoch>1\\d{9}\\.\\d{3,9}) '),
    example: '1795797780.250000 [    2.850021] remoteproc remoteproc0: powering up adsp',
  },
];

const LOGCAT_DATE = `(?:(?<year>\\d{4})-)?(?<month>\\d\\d)-(?<day>\\d\\d) ${CLOCK}${FRACTION}`;
/** A user by name or number may stand before the ids. */
const LOGCAT_THREAD = '(?:\\w+ +)?(?<pid>\\d+) +\\d+ (?<letter>[VDIWEFS]) (?<tag>[^:]*?) *: ?';
const LOGCAT_BRIEF = '(?<letter>[VDIWEFS])/(?<tag>[^(]*?) *\\( *(?<pid>\\d+)\\): ?';

/** `logcat -b kernel`. Source: Android system/logging/liblog/logprint.cpp (android_log_formatLogLine). */
export const LOGCAT_WRAPPERS: readonly LineWrapper[] = [
  {
    name: 'threadtime',
    where: 'logcat -v threadtime, with uid, year, usec, zone',
    pattern: sticky(`${LOGCAT_DATE}(?: (?<zone>[+-]\\d{4}))? +${LOGCAT_THREAD}`),
    example: '11-27 16:43:00.250     0     0 I remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'seconds since 1970 and threadtime',
    where: 'logcat -v epoch',
    pattern: sticky(` *(?<epoch>1\\d{9}\\.\\d{3,9}) +${LOGCAT_THREAD}`),
    example: '     1795797780.250     0     0 I remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'seconds of the boot and threadtime',
    where: 'logcat -v monotonic',
    pattern: sticky(` *(?<up>\\d{1,7}\\.\\d{3,9}) +${LOGCAT_THREAD}`),
    example: '      2.850     0     0 I remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'date and brief',
    where: 'logcat -v time',
    pattern: sticky(`${LOGCAT_DATE}(?: (?<zone>[+-]\\d{4}))? ${LOGCAT_BRIEF}`),
    example: '11-27 16:43:00.250 I/remoteproc remoteproc0(    0): powering up adsp',
  },
  {
    name: 'brief',
    where: 'logcat -v brief',
    pattern: sticky(LOGCAT_BRIEF),
    example: 'I/remoteproc remoteproc0(    0): powering up adsp',
  },
];

/**
 * What some kernels, and programs that read their memory, add behind the time of a message: a task, a clock or a level,
 * which belongs to no message.
 */
export const VENDOR_COLUMNS: readonly LineWrapper[] = [
  {
    name: 'CPU and task',
    where: 'Samsung kernels (CONFIG_SEC_LOG)',
    pattern: sticky(' ?\\[\\d+: *(?<who>[^\\]]+): *(?<pid>\\d+)\\] '),
    example: ' [0: kworker/u16:11: 3578] ufshcd-qcom 1d84000.ufshc: abort',
  },
  {
    name: 'CPU and task in MediaTek order',
    where: 'MediaTek kernels (CONFIG_MTK_PRINTK)',
    pattern: sticky(' ?(?:<\\d+>)?[.-]?\\(\\d+\\)\\[(?<pid>\\d+):(?<who>[^\\]]+)\\]'),
    example: '<1>.(1)[1:swapper/0]remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'task and CPU by name',
    where: 'kernels of Huawei',
    pattern: sticky(' ?\\[pid:(?<pid>\\d+),cpu\\d+,(?<who>[^\\]]+)\\] ?'),
    example: '[pid:207,cpu3,kworker/3:1]remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'CPU and task by name',
    where: 'kernels of OPPO',
    pattern: sticky(' ?\\(CPU:\\d+-pid:(?<pid>\\d+):(?<who>[^)]+)\\) ?'),
    example: '(CPU:4-pid:207:kworker/3:1) remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'level and task',
    where: 'parsers of memory dumps of Qualcomm',
    pattern: sticky(' ?\\[<(?<priority>\\d{1,3})>\\]\\[(?<pid>\\d+), *(?<who>[^\\]]+)\\] ?'),
    example: ' [<6>][207, kworker/3:1]remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'second time and CPU',
    where: 'downstream msm kernels',
    pattern: sticky(' ?\\[ *\\d+\\.\\d{6}\\]@\\d+ '),
    example: '[    2.850020]@0 remoteproc remoteproc0: powering up adsp',
  },
  {
    name: 'date and CPU',
    where: 'downstream msm kernels, once the clock is set',
    pattern: sticky(' ?\\[\\d{8}_\\d\\d:\\d\\d:\\d\\d\\.\\d+\\]@\\d+ '),
    example: '[20261127_16:43:00.250020]@0 remoteproc remoteproc0: powering up adsp',
  },
];
