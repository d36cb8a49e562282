import type { BootTracker } from './boot-tracker.ts';
import { DmesgParser, type ParserTarget } from './dmesg/dmesg-parser.ts';
import type { EventSink } from './event-sink.ts';
import type { Framing } from './framing/framed-line.ts';
import { FtraceParser } from './ftrace/ftrace-parser.ts';
import { FunctionGraphParser } from './ftrace/function-graph-parser.ts';
import { ReshapedTraceParser } from './ftrace/reshaped-parser.ts';
import type { LineParser } from './line-parser.ts';
import { FORMATS, type LogFormat } from './log-formats.ts';

/** What makes events of the lines of a source. `nextBoot` is asked where a line begins another boot. */
export function parserOfFormat(
  format: LogFormat,
  sink: EventSink,
  tracker: BootTracker,
  source: number,
  nextBoot?: () => ParserTarget | undefined,
  shift?: (framing: Framing) => Framing,
): LineParser {
  const { framing, holdsBoots } = FORMATS[format];
  return framing === undefined
    ? traceParser(format, sink, tracker, source)
    : new DmesgParser(
        sink,
        tracker,
        source,
        shift?.(framing()) ?? framing(),
        holdsBoots ? nextBoot : undefined,
      );
}

function traceParser(format: LogFormat, sink: EventSink, tracker: BootTracker, source: number): LineParser {
  const ftrace = new FtraceParser(sink, tracker, source);
  if (format === 'function-graph') return new FunctionGraphParser(sink, source, ftrace);
  return format === 'ftrace' ? ftrace : new ReshapedTraceParser(ftrace);
}
