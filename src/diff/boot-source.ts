import { type BootEvent, DEFINITIONS } from '../events/catalog.ts';
import { ChunkBuilder } from '../events/chunk-builder.ts';
import { LazyChunk } from '../events/lazy-chunk.ts';
import { describeKind, type StoredKind } from '../events/stored-kind.ts';
import { kindNumber } from './kind-number.ts';

/** One boot to be compared: its events in columns, and single ones to be shown. */
export interface BootSource {
  chunks(): Iterable<LazyChunk>;
  eventsOfKinds(kinds: ReadonlySet<string>): Iterable<BootEvent>;
  eventAt(seq: number): BootEvent | undefined;
  readonly eventCount: number;
  /** Sources that do not count, because the other boot has nothing like them. */
  readonly ignoredSources: ReadonlySet<number>;
  /**
   * Which source told an event, where one file tells for two: the kernel log and the trace events that are printed into
   * it. {@link TOLD_ELSEWHERE} for what only repeats another event.
   */
  readonly sourceOf?: ((seq: number, source: number) => number) | undefined;
  /** Whether a source is a trace, which may have lost events; without it all of them are. */
  readonly isTrace?: ((source: number) => boolean) | undefined;
  /**
   * The whole boot, where what is compared is only what the other side could have shown of it: it knows who met which
   * duty.
   */
  readonly whole?: BootSource | undefined;
  /** Seq in the whole boot; {@link firstSeq} and {@link lastSeq} are such seqs too. */
  readonly seqInWhole?: ((seq: number) => number) | undefined;
  /** Lanes and kinds of events that are left out. */
  readonly ignored: ReadonlySet<string>;
  /** Only events from one seq to another count. */
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** Source of an event that another one tells already; it never counts. */
export const TOLD_ELSEWHERE = -1;

const KINDS: ReadonlyMap<number, StoredKind> = new Map(
  DEFINITIONS.map((definition) => {
    const number = kindNumber(definition.kind);
    return [number, describeKind(definition, number)];
  }),
);

/** A boot out of events in memory; where some are left out, those that are there are numbered anew. */
export function bootOfEvents(events: readonly BootEvent[]): BootSource {
  const numberOf = new Map(events.map(({ seq }, index) => [seq, index + 1]));
  const numbered = events.map((event, index) => ({
    ...event,
    seq: index + 1,
    cause: event.cause === null ? null : (numberOf.get(event.cause) ?? null),
  }));
  return {
    chunks: () => chunksOf(numbered, 1),
    eventsOfKinds: (kinds) => numbered.filter(({ kind }) => kinds.has(kind)),
    eventAt: (seq) => numbered[seq - 1],
    eventCount: numbered.length,
    ignoredSources: new Set(),
    ignored: new Set(),
    firstSeq: 1,
    lastSeq: numbered.length,
  };
}

/** Packs events, of which the first has the given seq, with every kind in its present version. */
export function* chunksOf(events: Iterable<BootEvent>, firstSeq: number): Generator<LazyChunk> {
  const builder = new ChunkBuilder(({ kind }) => kindNumber(kind), firstSeq);
  const cut = (): LazyChunk => {
    const { payload, firstSeq: first } = builder.encode();
    return new LazyChunk(payload.slice(), first, (kindId) => KINDS.get(kindId));
  };
  for (const event of events) {
    if (builder.isFull) yield cut();
    builder.append(event);
  }
  if (builder.count > 0) yield cut();
}
