import type { BootEvent } from '../../events/catalog.ts';
import { ChunkBuilder } from '../../events/chunk-builder.ts';
import { Cursor } from '../ascii.ts';
import { BootTracker } from '../boot-tracker.ts';
import { EventSink } from '../event-sink.ts';
import { LineMeanings } from './line-meanings.ts';

/**
 * Finds out again which lines of a kernel log became one event together: the event cites the first of them only. Reads
 * what one source printed, in order.
 */
export class ReportLines {
  private readonly cursor = new Cursor();
  private readonly encoder = new TextEncoder();
  private readonly sink: EventSink;
  private readonly meanings: LineMeanings;

  /** `onJoined` is told the seqs of a line that goes on with a report, and of the line that began it. */
  constructor(onJoined: (line: number, first: number) => void) {
    const kinds = new Map<string, number>();
    // What the lines mean is known already: those events are dropped.
    const builder = new ChunkBuilder(({ kind }) => {
      const id = kinds.get(kind) ?? kinds.size + 1;
      kinds.set(kind, id);
      return id;
    });
    this.sink = new EventSink(builder, () => builder.encode());
    this.meanings = new LineMeanings(this.sink, new BootTracker(), this.cursor, onJoined);
  }

  add({ seq, line, t_ns, context, payload }: Extract<BootEvent, { kind: 'log.printed' }>): void {
    const bytes = this.encoder.encode(payload.text);
    const symbol = context === null ? -1 : this.sink.builder.symbol(context);
    this.sink.startLine(1, line ?? Number.NaN, t_ns ?? Number.NaN, symbol);
    this.cursor.reset(bytes, 0, bytes.length);
    this.meanings.read(0, bytes.length, seq);
  }
}
