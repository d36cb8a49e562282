import type { Kind, PayloadOf } from '../events/catalog.ts';
import type { ChunkBuilder } from '../events/chunk-builder.ts';
import type { Fields, Payload } from '../events/field.ts';

/** Who acted in the events that importers make. */
export const AGENT = {
  linux: 'linux',
  trustzone: 'trustzone',
  smmu: 'smmu',
  trace: 'trace',
  firmware: 'firmware',
  userspace: 'userspace',
  recorder: 'recorder',
} as const;

/** Where and when a line stands: what its events share. */
export interface LinePlace {
  readonly source: number;
  readonly line: number;
  readonly tNs: number;
  readonly context: number;
}

/**
 * Where parsers put events. It carries what all events of a line share (source, line, time, context), so that
 * a recogniser only says what happened, and it makes room in the chunk whenever one is full.
 */
export class EventSink {
  readonly builder: ChunkBuilder;
  private readonly makeRoom: () => void;
  private source = Number.NaN;
  private line = Number.NaN;
  private tNs = Number.NaN;
  private context = -1;

  constructor(builder: ChunkBuilder, makeRoom: () => void) {
    this.builder = builder;
    this.makeRoom = makeRoom;
  }

  /** Says which line the events from now on come from. NaN and -1 stand for an unknown time and context. */
  startLine(source: number, line: number, tNs: number, context: number): void {
    this.source = source;
    this.line = line;
    this.tNs = tNs;
    this.context = context;
  }

  /** Of the line that events come from at present: for {@link startLine}, when more is to be said of it later. */
  get place(): LinePlace {
    const { source, line, tNs, context } = this;
    return { source, line, tNs, context };
  }

  /** Seq of the event that is added next. */
  get nextSeq(): number {
    return this.builder.nextSeq + this.builder.count;
  }

  /** Begins an event whose values the caller pushes into the kind's columns. Returns its seq. */
  begin(kindIndex: number, agent: number, subject: number, cause: number): number {
    if (this.builder.isFull) this.makeRoom();
    return this.builder.begin(
      kindIndex,
      this.tNs,
      agent,
      subject,
      cause,
      this.context,
      this.source,
      this.line,
    );
  }

  /** Adds a whole event. Returns its seq. */
  emit<K extends Kind>(
    kind: K,
    about: { agent: string; subject?: string | null; cause?: number | null },
    payload: PayloadOf<K>,
  ): number {
    if (this.builder.isFull) this.makeRoom();
    const { builder } = this;
    const kindIndex = builder.kindIndex(kind);
    const seq = builder.begin(
      kindIndex,
      this.tNs,
      builder.symbol(about.agent),
      builder.symbolOrNull(about.subject ?? null),
      about.cause ?? Number.NaN,
      this.context,
      this.source,
      this.line,
    );
    builder.pushPayload(kindIndex, payload as Payload<Fields>);
    return seq;
  }
}
