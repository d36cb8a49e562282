import { ChunkBuilder } from '../events/chunk-builder.ts';
import { decodeText } from './ascii.ts';
import { BootTracker } from './boot-tracker.ts';
import { EventSink } from './event-sink.ts';
import type { FramedLine, Framing } from './framing/framed-line.ts';
import type { LineParser } from './line-parser.ts';
import type { LogFormat } from './log-formats.ts';
import { parserOfFormat } from './parser-of-format.ts';

/** Messages of a boot that are remembered: the same are found among the first as among all. */
const MOST_MESSAGES = 50_000;

/** The stamp and the text of a record, where the stamp is the kernel's own and above the zero of all boots. */
export function stampedMessage({
  bytes,
  textStart,
  textEnd,
  tNs,
  voice,
  hasKernelTime,
}: FramedLine): string | undefined {
  if (voice !== 'linux' || !hasKernelTime || !(tNs > 0) || textStart === textEnd) return undefined;
  return `${tNs} ${decodeText(bytes, textStart, textEnd)}`;
}

/** Tells the boots of a log apart as an import does, but makes nothing of them: what is kept is by what they are known. */
export class BootsOfLog {
  /** What was printed in each boot, in the order of the boots. */
  readonly boots: Set<string>[] = [new Set()];
  readonly parser: LineParser;

  constructor(format: LogFormat, head: Uint8Array, ahead: () => Uint8Array) {
    let kinds = 0;
    const builder = new ChunkBuilder(() => ++kinds);
    const sink = new EventSink(builder, () => {
      builder.encode();
    });
    const tracker = new BootTracker();
    let isHeard = false;
    this.parser = parserOfFormat(format, sink, tracker, 1, {
      head,
      ahead,
      nextBoot: () => {
        this.boots.push(new Set());
        return { sink, tracker, source: 1 };
      },
      shift: (framing) => {
        // Only the first is the log's own; the others look ahead in it.
        if (isHeard) return framing;
        isHeard = true;
        return heard(framing, (framed) => this.note(framed));
      },
    });
  }

  private note(framed: FramedLine): void {
    const message = stampedMessage(framed);
    const boot = this.boots.at(-1);
    if (message !== undefined && boot !== undefined && boot.size < MOST_MESSAGES) boot.add(message);
  }
}

/** A framing that tells of each message right after it was read. */
function heard(framing: Framing, hear: (framed: FramedLine) => void): Framing {
  const both = (visit: (framed: FramedLine) => void) => (framed: FramedLine) => {
    visit(framed);
    hear(framed);
  };
  return {
    read: (bytes, start, end, line, visit) => framing.read(bytes, start, end, line, both(visit)),
    timeOf: (bytes, start, end) => framing.timeOf(bytes, start, end),
    startBoot: () => framing.startBoot?.(),
    takeAnchor: () => framing.takeAnchor?.(),
    finish: (visit) => framing.finish?.(both(visit)),
  };
}
