import { DEFINITIONS, type NewEvent } from '../../src/events/catalog.ts';
import { ChunkBuilder } from '../../src/events/chunk-builder.ts';
import { ReusedArrays } from '../../src/events/column-arrays.ts';
import { LazyChunk } from '../../src/events/lazy-chunk.ts';
import { describeKind, type StoredKind } from '../../src/events/stored-kind.ts';

/** Every kind in its present version, by the number that {@link encodeEvents} gives it. */
export const ENCODED_KINDS: ReadonlyMap<number, StoredKind> = new Map(
  DEFINITIONS.map((definition, index) => [index + 1, describeKind(definition, index + 1)]),
);
const ID_OF = new Map(DEFINITIONS.map((definition, index) => [definition.kind, index + 1]));

/** A chunk as bytes. */
export interface EncodedEvents {
  readonly firstSeq: number;
  readonly payload: Uint8Array;
}

/** Encodes events, `sizes[i]` of them into chunk i, and the rest into the last one. */
export function encodeEvents(events: readonly NewEvent[], sizes: readonly number[] = []): EncodedEvents[] {
  const builder = new ChunkBuilder(({ kind }) => ID_OF.get(kind) ?? 0);
  const chunks: EncodedEvents[] = [];
  const cut = () => {
    const { firstSeq, payload } = builder.encode();
    chunks.push({ firstSeq, payload: payload.slice() });
  };
  let left = sizes[0] ?? Number.POSITIVE_INFINITY;
  for (const event of events) {
    builder.append(event);
    if (--left > 0 && !builder.isFull) continue;
    cut();
    left = sizes[chunks.length] ?? Number.POSITIVE_INFINITY;
  }
  if (builder.count > 0) cut();
  return chunks;
}

/** The same chunks for a fold, each good until the next, as a log hands them out. */
export function* foldableChunks(
  events: readonly NewEvent[],
  sizes: readonly number[] = [],
): Generator<LazyChunk> {
  const arrays = new ReusedArrays();
  for (const { payload, firstSeq } of encodeEvents(events, sizes)) {
    arrays.reset();
    yield new LazyChunk(payload, firstSeq, kindOf, undefined, arrays);
  }
}

/** The same chunks, which stay good. */
export function lastingChunks(events: readonly NewEvent[], sizes: readonly number[] = []): LazyChunk[] {
  return encodeEvents(events, sizes).map(({ payload, firstSeq }) => new LazyChunk(payload, firstSeq, kindOf));
}

function kindOf(kindId: number): StoredKind | undefined {
  return ENCODED_KINDS.get(kindId);
}
