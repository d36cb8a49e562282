import { Cursor, decodeText, HASH, NEWLINE } from './ascii.ts';
import { FtraceFrame } from './ftrace/frame.ts';

export const LOG_FORMATS = ['dmesg', 'ftrace'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** How many lines of a file the decision looks at. */
const LINES_TO_LOOK_AT = 200;

const TRACE_HEADER = /^# tracer: |^# entries-in-buffer|^cpus=\d+$|^ *CPU:\d+ \[LOST/;

/**
 * The format of a file by the bytes that it begins with: ftrace when most of its lines are ftrace entries or
 * its first says so, else the kernel log, which takes any text.
 */
export function detectFormat(head: Uint8Array): LogFormat {
  const frame = new FtraceFrame();
  const cursor = new Cursor();
  let lines = 0;
  let entries = 0;
  for (let start = 0; start < head.length && lines < LINES_TO_LOOK_AT; ) {
    let end = head.indexOf(NEWLINE, start);
    if (end < 0) end = head.length;
    if (TRACE_HEADER.test(decodeText(head, start, Math.min(end, start + 80)))) return 'ftrace';
    if (end > start && head[start] !== HASH) {
      lines++;
      cursor.reset(head, start, end);
      if (frame.read(cursor)) entries++;
    }
    start = end + 1;
  }
  return lines > 0 && entries * 2 > lines ? 'ftrace' : 'dmesg';
}
