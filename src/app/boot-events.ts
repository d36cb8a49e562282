import { present } from '../base/assert.ts';
import type { Steps } from '../base/steps.ts';
import type { BootEvent, Kind } from '../events/catalog.ts';
import type { ChunkView } from '../events/chunk-view.ts';
import type { LogReader } from '../store/boot-reader.ts';

/** Chunks that are kept decoded: a walk looks around itself again and again. */
const KEPT_CHUNKS = 3;

/** What an event has to be that is looked for. */
export interface EventQuery {
  /** Others are not even made into events. */
  readonly kinds?: ReadonlySet<Kind> | undefined;
  readonly accept: (event: BootEvent) => boolean;
}

/** The events of a boot, for somebody who walks through it either way. */
export class BootEvents {
  readonly count: number;
  private readonly log: LogReader;
  private readonly bootId: number;
  /** The latest first. */
  private kept: ChunkView[] = [];

  constructor(log: LogReader, bootId: number, count: number) {
    this.log = log;
    this.bootId = bootId;
    this.count = count;
  }

  /** The event of a seq; undefined where the boot has none. */
  at(seq: number): BootEvent | undefined {
    if (seq < 1 || seq > this.count) return undefined;
    const chunk = this.chunkOf(seq);
    return chunk.eventAt(seq - chunk.firstSeq);
  }

  /** The events from one seq to another, as far as there are any. */
  between(from: number, to: number): BootEvent[] {
    const events: BootEvent[] = [];
    for (let seq = from; seq <= to; seq++) {
      const event = this.at(seq);
      if (event !== undefined) events.push(event);
    }
    return events;
  }

  /** The first event after a seq that is looked for. */
  *next(after: number, query: EventQuery): Steps<BootEvent | undefined> {
    for (let seq = after + 1; seq <= this.count; ) {
      const chunk = this.chunkOf(seq);
      for (let index = seq - chunk.firstSeq; index < chunk.count; index++) {
        const event = wanted(chunk, index, query);
        if (event !== undefined) return event;
      }
      seq = chunk.lastSeq + 1;
      yield;
    }
    return undefined;
  }

  /** The last event before a seq that is looked for. */
  *previous(before: number, query: EventQuery): Steps<BootEvent | undefined> {
    for (let seq = before - 1; seq >= 1; ) {
      const chunk = this.chunkOf(seq);
      for (let index = seq - chunk.firstSeq; index >= 0; index--) {
        const event = wanted(chunk, index, query);
        if (event !== undefined) return event;
      }
      seq = chunk.firstSeq - 1;
      yield;
    }
    return undefined;
  }

  private chunkOf(seq: number): ChunkView {
    const found = this.kept.find(({ firstSeq, lastSeq }) => firstSeq <= seq && seq <= lastSeq);
    const chunk = found ?? present(firstOf(this.log.chunks(this.bootId, seq)), `event ${seq} is in a chunk`);
    this.kept = [chunk, ...this.kept.filter((other) => other !== chunk)].slice(0, KEPT_CHUNKS);
    return chunk;
  }
}

function wanted(chunk: ChunkView, index: number, { kinds, accept }: EventQuery): BootEvent | undefined {
  if (kinds !== undefined && !kinds.has(chunk.kindAt(index))) return undefined;
  const event = chunk.eventAt(index);
  return accept(event) ? event : undefined;
}

function firstOf<Item>(items: Iterable<Item>): Item | undefined {
  for (const item of items) return item;
  return undefined;
}
