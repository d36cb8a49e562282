import type { BootEvent } from '../../src/events/catalog.ts';
import { ChunkBuilder } from '../../src/events/chunk-builder.ts';
import { ChunkView } from '../../src/events/chunk-view.ts';
import { describeKind, type StoredKind } from '../../src/events/stored-kind.ts';
import { BootTracker } from '../../src/kernel-logs/boot-tracker.ts';
import { EventSink } from '../../src/kernel-logs/event-sink.ts';
import type { LogFormat } from '../../src/kernel-logs/log-formats.ts';
import { parserOfFormat } from '../../src/kernel-logs/parser-of-format.ts';

/** Parses a text line by line, as an import does, but without files, and returns the events. */
export function parseText(format: LogFormat, text: string | Uint8Array): BootEvent[] {
  const bytes = typeof text === 'string' ? Buffer.from(text) : Buffer.from(text);
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
  const tracker = new BootTracker();
  const parser = parserOfFormat(format, sink, tracker, 1);
  let line = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    parser.parse(bytes, start, end, ++line);
    start = end + 1;
  }
  parser.finish();
  flush();
  return events;
}
