import { DmesgJsonFraming } from './framing/dmesg-json-framing.ts';
import type { Framing } from './framing/framed-line.ts';
import { JournalExportFraming } from './framing/journal-export-framing.ts';
import { JournalJsonFraming } from './framing/journal-json-framing.ts';
import { LavaFraming } from './framing/lava-framing.ts';
import {
  CONSOLE_WRAPPERS,
  DMESG_WRAPPERS,
  JOURNAL_WRAPPERS,
  LOGCAT_WRAPPERS,
} from './framing/line-wrappers.ts';
import { MailFraming } from './framing/mail-framing.ts';
import { PlainFraming } from './framing/plain-framing.ts';
import { WrappedFraming } from './framing/wrapped-framing.ts';

interface FormatDescription {
  /** What a line of it looks like, for whoever gave something else. */
  readonly expected: string;
  /** Makes what reads its lines; a trace has none. */
  readonly framing: (() => Framing) | undefined;
  /** The boots that one file holds are told apart. Parts of a crash dump come last first. */
  readonly holdsBoots: boolean;
}

const STAMPED = '`[    2.850021] text` of a kernel log';
const MARKS_OF_JOURNAL = /^(?:-- |Reading log file: )/;
const MARKS_OF_LOGCAT = /^-{9} /;
const MARKS_OF_PSTORE =
  /^(?:(?:Panic|Oops|Emergency|Restart|Halt|Shutdown|Poweroff|Unknown)#\d+ Part\d+|====\d+\.\d+-[CD])$/;

/** The formats that can be read, each with what reads it; the first is what anything unknown is taken for. */
export const FORMATS = {
  dmesg: { expected: STAMPED, framing: () => new PlainFraming(), holdsBoots: true },
  'dmesg-json': {
    expected: '`"msg": "text"` of dmesg --json',
    framing: () => new DmesgJsonFraming(),
    holdsBoots: false,
  },
  mail: { expected: STAMPED, framing: () => new MailFraming(), holdsBoots: true },
  journal: {
    expected: '`Nov 27 16:43:00 host kernel: text` of journalctl',
    framing: () =>
      new WrappedFraming({
        wrappers: [...JOURNAL_WRAPPERS, ...DMESG_WRAPPERS],
        recorded: MARKS_OF_JOURNAL,
        hasMessagesOfLines: true,
      }),
    holdsBoots: true,
  },
  'journal-json': {
    expected: '`{"MESSAGE": "text", …}` of journalctl -o json',
    framing: () => new JournalJsonFraming(),
    holdsBoots: true,
  },
  'journal-export': {
    expected: '`MESSAGE=text` of journalctl -o export',
    framing: () => new JournalExportFraming(),
    holdsBoots: true,
  },
  serial: {
    expected: STAMPED,
    framing: () =>
      new WrappedFraming({ wrappers: [...CONSOLE_WRAPPERS, ...DMESG_WRAPPERS], isConsole: true }),
    holdsBoots: true,
  },
  lava: { expected: STAMPED, framing: () => new LavaFraming(), holdsBoots: true },
  logcat: {
    expected: '`11-27 16:43:00.250     0     0 I tag: text` of logcat',
    framing: () => new WrappedFraming({ wrappers: LOGCAT_WRAPPERS, recorded: MARKS_OF_LOGCAT }),
    holdsBoots: true,
  },
  pstore: {
    expected: STAMPED,
    framing: () => new WrappedFraming({ wrappers: DMESG_WRAPPERS, recorded: MARKS_OF_PSTORE }),
    holdsBoots: false,
  },
  ftrace: {
    expected: '`task-123 [000] ..... 2.850021: event: …` of ftrace',
    framing: undefined,
    holdsBoots: false,
  },
  'ftrace-latency': {
    expected: '`task-123 0..... 2850021us : event: …` of ftrace with latency-format',
    framing: undefined,
    holdsBoots: false,
  },
  'function-graph': {
    expected: '` 0)   5.542 us    |  function();` of the function_graph tracer',
    framing: undefined,
    holdsBoots: false,
  },
  perf: {
    expected: '`task 123 [000] 2.850021: system:event: …` of perf script',
    framing: undefined,
    holdsBoots: false,
  },
} as const satisfies Readonly<Record<string, FormatDescription>>;

export type LogFormat = keyof typeof FORMATS;

export const LOG_FORMATS = Object.keys(FORMATS) as readonly LogFormat[];

export function describeFormat(format: string): FormatDescription | undefined {
  return (FORMATS as Readonly<Record<string, FormatDescription>>)[format];
}

/** Whether a format tells what happened by a trace or by the kernel log: only like can be compared with like. */
export function tellsByTrace(format: string): boolean {
  return describeFormat(format) !== undefined && describeFormat(format)?.framing === undefined;
}
