import type { BootTracker } from './boot-tracker.ts';
import { isQuotedTrace } from './detect-format.ts';
import { DmesgParser, type ParserTarget } from './dmesg/dmesg-parser.ts';
import type { EventSink } from './event-sink.ts';
import type { Framing } from './framing/framed-line.ts';
import { framingOfLog } from './framing-of-log.ts';
import { FtraceParser } from './ftrace/ftrace-parser.ts';
import { FunctionGraphParser } from './ftrace/function-graph-parser.ts';
import { QuotedTraceParser } from './ftrace/quoted-trace.ts';
import { ReshapedTraceParser } from './ftrace/reshaped-parser.ts';
import type { LineParser } from './line-parser.ts';
import { FORMATS, type LogFormat } from './log-formats.ts';

export interface ParserOptions {
  /** What the source begins with, which says how it was pasted. */
  readonly head?: Uint8Array;
  /** Is asked where a line begins another boot. */
  readonly nextBoot?: () => ParserTarget | undefined;
  /** Puts the times of the source on the clock of another. */
  readonly shift?: ((framing: Framing) => Framing) | undefined;
  /** What follows the line that is being read. */
  readonly ahead?: () => Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** What makes events of the lines of a source. */
export function parserOfFormat(
  format: LogFormat,
  sink: EventSink,
  tracker: BootTracker,
  source: number,
  { head = NOTHING, nextBoot, shift, ahead }: ParserOptions = {},
): LineParser {
  const { holdsBoots } = FORMATS[format];
  const framing = framingOfLog(format, head);
  if (framing === undefined) {
    // What looks ahead in a trace knows no quotation.
    return isQuotedTrace(head)
      ? new QuotedTraceParser(traceParser(format, sink, tracker, source, undefined))
      : traceParser(format, sink, tracker, source, ahead);
  }
  const shifted = (made: Framing) => shift?.(made) ?? made;
  return new DmesgParser(
    sink,
    tracker,
    source,
    shifted(framing(ahead)),
    holdsBoots ? nextBoot : undefined,
    // Whoever looks ahead reads from elsewhere than the line that follows.
    ahead === undefined ? undefined : { bytes: ahead, framing: () => shifted(framing()) },
  );
}

function traceParser(
  format: LogFormat,
  sink: EventSink,
  tracker: BootTracker,
  source: number,
  ahead: (() => Uint8Array) | undefined,
): LineParser {
  const ftrace = new FtraceParser(sink, tracker, source, format === 'ftrace' ? ahead : undefined);
  if (format === 'function-graph') return new FunctionGraphParser(sink, source, ftrace);
  return format === 'ftrace' ? ftrace : new ReshapedTraceParser(ftrace);
}
