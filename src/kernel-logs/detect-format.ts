import { Cursor, decodeText, HASH, NEWLINE } from './ascii.ts';
import { KERNEL_ENTRY, voiceSign } from './framing/console-voices.ts';
import { cutWidthOf } from './framing/hard-wrap.ts';
import { VERBOSE_ENTRY } from './framing/journal-export-framing.ts';
import { JSON_BEGINS } from './framing/journal-json-framing.ts';
import {
  CONSOLE_WRAPPERS,
  DMESG_WRAPPERS,
  JOURNAL_WRAPPERS,
  type LineWrapper,
  LOGCAT_WRAPPERS,
} from './framing/line-wrappers.ts';
import { isBrokenByMail } from './framing/mail-wrap.ts';
import { LogOfPaste, pasteOf, quoteLength } from './framing/paste.ts';
import { FtraceFrame } from './ftrace/frame.ts';
import { traceStart } from './ftrace/quoted-trace.ts';
import { ENTRY_SHAPES } from './ftrace/reshaped-parser.ts';
import type { LogFormat } from './log-formats.ts';

/** So many lines of a trace have to bear marks of a quotation. */
const FEWEST_QUOTED = 2;
/** How many lines of a file the decision looks at. */
const LINES_TO_LOOK_AT = 200;
/** As much of a line as is looked at. */
const LONGEST_LOOK = 400;

/** Every format is known by a sign in one line, or by the shape of most lines; the first row that holds decides. */
interface FormatSign {
  readonly format: LogFormat;
  /** In any line that is looked at. */
  readonly line?: (line: string) => boolean;
  /** In the first line that is not empty. */
  readonly first?: RegExp;
  /** In so large a part of the lines. */
  readonly shape?: (line: string) => boolean;
  readonly share?: number;
  /** In how lines follow on each other. */
  readonly lines?: (lines: readonly string[]) => boolean;
  /** Other files than logs bear it too. */
  readonly isWeak?: true;
}

/** Lines of which one is enough; a special shape of a trace has the header of any trace too. */
const TRACE_HEADERS: readonly { readonly format: LogFormat; readonly line: RegExp }[] = [
  { format: 'function-graph', line: /^# tracer: function_graph$/ },
  { format: 'ftrace-latency', line: /^# (?:\w+ )?latency trace v\d|^# +_-{6}=> CPU#/ },
  { format: 'ftrace', line: /^# tracer: |^# entries-in-buffer|^cpus=\d+$|^ *CPU:\d+ \[LOST/ },
];
const KERNEL_STAMP = /^(?:<\d{1,3}>)?\[ *\d{1,7}\.\d{6}\]/;
/** A line of the kernel that goes on with the stamp of another: only on a console is the end of a line lost. */
const GLUED = /^(?:<\d{1,3}>)?\[ *\d{1,7}\.\d{6}\].*[^\s[]\[ +\d{1,7}\.\d{6}\] \S/;
const ESCAPE_OR_NUL = new RegExp(`[${String.fromCharCode(0)}${String.fromCharCode(0x1b)}]`);

const fits = (wrappers: readonly LineWrapper[]) => (line: string) =>
  wrappers.some(({ pattern }) => {
    pattern.lastIndex = 0;
    return pattern.test(line);
  });
const named = (wrappers: readonly LineWrapper[], name: string) =>
  wrappers.filter((wrapper) => wrapper.name === name);
const isMonotonic = fits(named(JOURNAL_WRAPPERS, 'monotonic time'));
/** What a syslog daemon sends before a date (RFC 3164). */
const SYSLOG_PRIORITY = /^<\d{1,3}>(?=[A-Z\d])/;
/** A date, a host, and the kernel or a program with its process id. */
const isDated = (line: string) =>
  JOURNAL_WRAPPERS.some(({ pattern }) => {
    pattern.lastIndex = 0;
    const { who, pid, up } = pattern.exec(line.replace(SYSLOG_PRIORITY, ''))?.groups ?? {};
    return up === undefined && (who === 'kernel' || pid !== undefined);
  });
const isLabelled = fits(named(JOURNAL_WRAPPERS, 'label'));
const isConsoleStamped = fits(CONSOLE_WRAPPERS);
const BARE_DATE = named(CONSOLE_WRAPPERS, 'syslog date before a message').map(({ pattern }) => pattern);
const isDmesg = fits(DMESG_WRAPPERS);

const has = (pattern: RegExp) => (line: string) => pattern.test(line);

const isShaped = (name: string) => (line: string) =>
  ENTRY_SHAPES.some((shape) => shape.name === name && shape.pattern.test(line));
const isGraph = (line: string) => /^ *\d+\) .*\|/.test(line);

/** Stack traces stand between the entries. */
const PERF: FormatSign = { format: 'perf', shape: isShaped('perf'), share: 0.2 };

const SIGNS: readonly FormatSign[] = [
  { format: 'ftrace-latency', shape: isShaped('latency'), share: 0.5 },
  { format: 'function-graph', shape: isGraph, share: 0.5 },
  {
    format: 'lava',
    line: has(/^- \{"dt": "|<LAVA_SIGNAL_|^lava-dispatcher, |^start: \d+(?:\.\d+)* [\w-]+ \(timeout /),
  },
  { format: 'dmesg-json', first: /^\s*\{\s*(?:$|"dmesg")/, line: has(/"dmesg" *:/) },
  {
    format: 'journal-json',
    first: JSON_BEGINS,
    line: has(/"(?:__CURSOR|__REALTIME_TIMESTAMP|MESSAGE)" *:/),
  },
  { format: 'journal-export', first: /^__(?:CURSOR|REALTIME_TIMESTAMP)=/ },
  { format: 'journal-export', line: has(VERBOSE_ENTRY) },
  { format: 'logcat', line: has(/^-{9} beginning of \w+$/) },
  { format: 'logcat', shape: fits(LOGCAT_WRAPPERS), share: 0.5 },
  {
    format: 'pstore',
    first:
      /^(?:(?:Panic|Oops|Emergency|Restart|Halt|Shutdown|Poweroff|Unknown)#\d+ Part\d+\r?$|====\d+\.\d+-[CD])/,
  },
  { format: 'mail', lines: (lines) => isBrokenByMail(lines) || cutWidthOf(lines) !== undefined },
  {
    format: 'journal',
    shape: (line) => isDated(line) || isLabelled(line) || line.startsWith('-- '),
    share: 0.5,
  },
  { format: 'journal', shape: (line) => isMonotonic(line) && / kernel: /.test(line), share: 0.5 },
  {
    format: 'serial',
    shape: (line) => isConsoleStamped(line) && !isDmesgDate(line),
    share: 0.5,
    lines: (lines) => !namesHost(lines),
  },
  { format: 'serial', line: has(ESCAPE_OR_NUL), isWeak: true },
  { format: 'serial', line: has(GLUED) },
  {
    format: 'serial',
    line: (line) => voiceSign(line) !== undefined && !KERNEL_STAMP.test(line) && !isDmesg(line),
  },
];

/** Whether the same word follows on every date: a syslog daemon names the host there. */
function namesHost(lines: readonly string[]): boolean {
  const messages = lines.flatMap((line) =>
    BARE_DATE.flatMap((pattern) => {
      pattern.lastIndex = 0;
      if (!pattern.test(line)) return [];
      const message = line.slice(pattern.lastIndex);
      return /^[[<]/.test(message) ? [] : [message];
    }),
  );
  const words = new Set(messages.map((message) => message.split(' ', 1)[0]));
  return words.size === 1 && !messages.some((message) => KERNEL_ENTRY.test(message));
}

/** `dmesg -T` and `--time-format=iso` look like what some loggers write, but the kernel's own time does not follow. */
function isDmesgDate(line: string): boolean {
  return isDmesg(line) && !/\[ *\d{1,7}\.\d{6}\]/.test(line);
}

/** The banner and the first lines of drivers of remote processors, as `dmesg --notime` prints them. */
const BARE_LINE =
  /^(?:Booting Linux on physical CPU 0x|Linux version \d+\.\d+\S* \(|remoteproc remoteproc\d+: )/;

/** Whether anything says that this is a log: a sign of a format, or a line of the kernel, with its prefix or without. */
export function bearsSignOfLog(head: Uint8Array): boolean {
  const { format, isSure } = decide(head);
  if (format !== undefined && isSure) return true;
  return readHead(head).lines.some(
    (line) => KERNEL_STAMP.test(line) || isDmesg(line) || BARE_LINE.test(line),
  );
}

/**
 * The format of a file by the bytes that it begins with. What bears no sign of any is taken for the kernel log, which
 * takes any text.
 */
export function detectFormat(head: Uint8Array): LogFormat {
  return decide(head).format ?? 'dmesg';
}

/** The width at which a terminal cut the lines of a file, by the bytes that it begins with. */
export function cutWidthOfHead(head: Uint8Array): number | undefined {
  return cutWidthOf(readHead(head).quoted);
}

/** Whether the lines of a trace stand in a quotation, or its comments are indented. */
export function isQuotedTrace(head: Uint8Array): boolean {
  let quoted = 0;
  for (let start = 0; start < head.length; ) {
    const newline = head.indexOf(NEWLINE, start);
    const end = newline < 0 ? head.length : newline;
    if (traceStart(head, start, end) !== start && ++quoted === FEWEST_QUOTED) return true;
    start = end + 1;
  }
  return false;
}

function decide(head: Uint8Array): { format: LogFormat | undefined; isSure: boolean } {
  const { lines, quoted, headers, entryShare } = readHead(head);
  const [header] = TRACE_HEADERS.filter(({ format }) => headers.has(format));
  if (header !== undefined) return { format: header.format, isSure: true };
  if (bears(lines, PERF)) return { format: PERF.format, isSure: true };
  if (entryShare > 0.5) return { format: 'ftrace', isSure: true };
  const sign = SIGNS.find((candidate) => bears(lines, candidate, quoted));
  return { format: sign?.format, isSure: sign?.isWeak !== true };
}

/** What the first lines are: those that are not empty, headers of traces among them, and how many are trace entries. */
function readHead(head: Uint8Array): {
  lines: readonly string[];
  /** The lines with the marks of a quotation. */
  quoted: readonly string[];
  headers: ReadonlySet<LogFormat>;
  entryShare: number;
} {
  const paste = pasteOf(head);
  const log = new LogOfPaste(paste);
  const lines: string[] = [];
  const headers = new Set<LogFormat>();
  const frame = new FtraceFrame();
  const cursor = new Cursor();
  let entries = 0;
  let candidates = 0;
  for (let start = 0; start < head.length && lines.length < LINES_TO_LOOK_AT; ) {
    let end = head.indexOf(NEWLINE, start);
    if (end < 0) end = head.length;
    const text = decodeText(head, start, Math.min(end, start + LONGEST_LOOK)).replace(/\r+$/, '');
    const from = traceStart(head, start, end);
    const bare = from === start ? text : text.slice(from - start);
    for (const { format, line } of TRACE_HEADERS) if (line.test(bare)) headers.add(format);
    const told = log.lineOf(text);
    if (told !== undefined && told.trim() !== '') lines.push(told);
    if (end > from && head[from] !== HASH) {
      candidates++;
      cursor.reset(head, from, end);
      if (frame.read(cursor)) entries++;
    }
    start = end + 1;
  }
  return {
    lines: paste?.isQuoted === true ? lines.map((line) => line.slice(quoteLength(line))) : lines,
    quoted: lines,
    headers,
    entryShare: candidates === 0 ? 0 : entries / candidates,
  };
}

function bears(
  lines: readonly string[],
  { line, first, shape, share = 1, lines: together }: FormatSign,
  quoted = lines,
): boolean {
  if (lines.length === 0) return false;
  if (together !== undefined && !together(quoted)) return false;
  if (first !== undefined && !first.test(lines[0] ?? '')) return false;
  if (line !== undefined && !lines.some(line)) return false;
  return shape === undefined || lines.filter(shape).length >= lines.length * share;
}
