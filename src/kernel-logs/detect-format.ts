import { Cursor, decodeText, HASH, NEWLINE } from './ascii.ts';
import { voiceSign } from './framing/console-voices.ts';
import {
  CONSOLE_WRAPPERS,
  DMESG_WRAPPERS,
  JOURNAL_WRAPPERS,
  type LineWrapper,
  LOGCAT_WRAPPERS,
} from './framing/line-wrappers.ts';
import { FtraceFrame } from './ftrace/frame.ts';
import { ENTRY_SHAPES } from './ftrace/reshaped-parser.ts';
import type { LogFormat } from './log-formats.ts';

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
}

const TRACE_HEADER = /^# tracer: |^# entries-in-buffer|^cpus=\d+$|^ *CPU:\d+ \[LOST/;
const LATENCY_HEADER = /^# (?:\w+ )?latency trace v\d|^# +_-{6}=> CPU#/;
const KERNEL_STAMP = /^(?:<\d{1,3}>)?\[ *\d{1,7}\.\d{6}\]/;
const ESCAPE_OR_NUL = new RegExp(`[${String.fromCharCode(0)}${String.fromCharCode(0x1b)}]`);

const fits = (wrappers: readonly LineWrapper[]) => (line: string) =>
  wrappers.some(({ pattern }) => {
    pattern.lastIndex = 0;
    return pattern.test(line);
  });
const named = (wrappers: readonly LineWrapper[], name: string) =>
  wrappers.filter((wrapper) => wrapper.name === name);
const isMonotonic = fits(named(JOURNAL_WRAPPERS, 'monotonic time'));
/** A date, a host, and the kernel or a program with its process id. */
const isDated = (line: string) =>
  JOURNAL_WRAPPERS.some(({ pattern }) => {
    pattern.lastIndex = 0;
    const { who, pid, up } = pattern.exec(line)?.groups ?? {};
    return up === undefined && (who === 'kernel' || pid !== undefined);
  });
const isLabelled = fits(named(JOURNAL_WRAPPERS, 'label'));
const isConsoleStamped = fits(CONSOLE_WRAPPERS);
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
  { format: 'journal-json', first: /^\{.*"(?:__CURSOR|__REALTIME_TIMESTAMP|MESSAGE)" *:/ },
  { format: 'journal-export', first: /^__(?:CURSOR|REALTIME_TIMESTAMP)=/ },
  { format: 'logcat', line: has(/^-{9} beginning of \w+$/) },
  { format: 'logcat', shape: fits(LOGCAT_WRAPPERS), share: 0.5 },
  {
    format: 'pstore',
    first:
      /^(?:(?:Panic|Oops|Emergency|Restart|Halt|Shutdown|Poweroff|Unknown)#\d+ Part\d+\r?$|====\d+\.\d+-[CD])/,
  },
  {
    format: 'journal',
    shape: (line) => isDated(line) || isLabelled(line) || line.startsWith('-- '),
    share: 0.5,
  },
  { format: 'journal', shape: (line) => isMonotonic(line) && / kernel: /.test(line), share: 0.5 },
  { format: 'serial', shape: (line) => isConsoleStamped(line) && !isDmesgDate(line), share: 0.5 },
  { format: 'serial', line: has(ESCAPE_OR_NUL) },
  {
    format: 'serial',
    line: (line) => voiceSign(line) !== undefined && !KERNEL_STAMP.test(line) && !isDmesg(line),
  },
];

/** `dmesg -T` and `--time-format=iso` look like what some loggers write, but the kernel's own time does not follow. */
function isDmesgDate(line: string): boolean {
  return isDmesg(line) && !/\[ *\d{1,7}\.\d{6}\]/.test(line);
}

/** Whether anything says that this is a log: a sign of a format, or a line with a prefix of the kernel. */
export function bearsSignOfLog(head: Uint8Array): boolean {
  if (detectFormat(head) !== 'dmesg') return true;
  const text = decodeText(head, 0, Math.min(head.length, LINES_TO_LOOK_AT * LONGEST_LOOK));
  return text.split('\n').some((line) => KERNEL_STAMP.test(line) || isDmesg(line));
}

/**
 * The format of a file by the bytes that it begins with. What bears no sign of any is taken for the kernel log, which
 * takes any text.
 */
export function detectFormat(head: Uint8Array): LogFormat {
  const lines: string[] = [];
  const frame = new FtraceFrame();
  const cursor = new Cursor();
  let entries = 0;
  let candidates = 0;
  let isLatency = false;
  let hasHeader = false;
  for (let start = 0; start < head.length && lines.length < LINES_TO_LOOK_AT; ) {
    let end = head.indexOf(NEWLINE, start);
    if (end < 0) end = head.length;
    const text = decodeText(head, start, Math.min(end, start + LONGEST_LOOK)).replace(/\r+$/, '');
    if (/^# tracer: function_graph$/.test(text)) return 'function-graph';
    if (LATENCY_HEADER.test(text)) isLatency = true;
    else if (TRACE_HEADER.test(text)) hasHeader = true;
    if (text.trim() !== '') lines.push(text);
    if (end > start && head[start] !== HASH) {
      candidates++;
      cursor.reset(head, start, end);
      if (frame.read(cursor)) entries++;
    }
    start = end + 1;
  }
  if (isLatency) return 'ftrace-latency';
  if (!hasHeader && bears(lines, PERF)) return PERF.format;
  if (hasHeader || (candidates > 0 && entries * 2 > candidates)) return 'ftrace';
  return SIGNS.find((sign) => bears(lines, sign))?.format ?? 'dmesg';
}

function bears(lines: readonly string[], { line, first, shape, share = 1 }: FormatSign): boolean {
  if (lines.length === 0) return false;
  if (first !== undefined && !first.test(lines[0] ?? '')) return false;
  if (line !== undefined && !lines.some(line)) return false;
  return shape === undefined || lines.filter(shape).length >= lines.length * share;
}
