import type { BootEvent } from '../events/catalog.ts';
import { ChunkBuilder } from '../events/chunk-builder.ts';
import { ChunkView } from '../events/chunk-view.ts';
import { describeKind, type StoredKind } from '../events/stored-kind.ts';
import { BootTracker } from './boot-tracker.ts';
import { EventSink } from './event-sink.ts';
import type { LogFormat } from './log-formats.ts';
import { parserOfFormat } from './parser-of-format.ts';

const NEWLINE = 0x0a;
const HEAD_BYTES = 1 << 16;

/** The events of a text, line by line as an import makes them, but without files and all in memory. */
export function parseLog(
  format: LogFormat,
  text: string | Uint8Array,
  tracker = new BootTracker(),
): BootEvent[] {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const kinds = new Map<number, StoredKind>();
  const ids = new Map<string, number>();
  const events: BootEvent[] = [];
  const builder = new ChunkBuilder((definition) => {
    const known = ids.get(definition.kind);
    if (known !== undefined) return known;
    const id = ids.size + 1;
    ids.set(definition.kind, id);
    kinds.set(id, describeKind(definition, id));
    return id;
  });
  const flush = () => {
    if (builder.count === 0) return;
    const chunk = builder.encode();
    events.push(...new ChunkView(chunk.payload.slice(), chunk.firstSeq, (id) => kinds.get(id)).events());
  };
  const sink = new EventSink(builder, flush);
  let next = 0;
  const parser = parserOfFormat(format, sink, tracker, 1, {
    head: bytes.subarray(0, HEAD_BYTES),
    ahead: () => bytes.subarray(next),
  });
  let line = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    next = end + 1;
    parser.parse(bytes, start, end, ++line);
    start = next;
  }
  parser.finish();
  flush();
  return events;
}
