import type { BootTracker } from './boot-tracker.ts';
import { DmesgParser, type ParserTarget } from './dmesg/dmesg-parser.ts';
import type { EventSink } from './event-sink.ts';
import { FtraceParser } from './ftrace/ftrace-parser.ts';
import type { LineParser } from './line-parser.ts';
import { FORMATS, type LogFormat } from './log-formats.ts';

/** What makes events of the lines of a source. `nextBoot` is asked where a line begins another boot. */
export function parserOfFormat(
  format: LogFormat,
  sink: EventSink,
  tracker: BootTracker,
  source: number,
  nextBoot?: () => ParserTarget | undefined,
): LineParser {
  const { framing, holdsBoots } = FORMATS[format];
  return framing === undefined
    ? new FtraceParser(sink, tracker, source)
    : new DmesgParser(sink, tracker, source, framing(), holdsBoots ? nextBoot : undefined);
}
