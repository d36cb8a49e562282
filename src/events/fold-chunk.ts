import type { SocState } from '../soc/soc-state.ts';
import type { ReducedEnvelope } from './define-event.ts';
import type { LazyChunk, LazyKind } from './lazy-chunk.ts';

type ApplyRow = (row: number, index: number) => void;

/**
 * Changes a state by the events of a chunk from one index to before another: what applying them one by one does
 * (`applyEvent`), without an object for each event where the kind knows how. Columns that no reducer reads are not
 * even decoded.
 */
export function foldChunk(state: SocState, chunk: LazyChunk, from = 0, to = chunk.count): void {
  const { slots, rows } = chunk;
  const appliers = chunk.kinds.map((kind) => applierOf(state, chunk, kind));
  if (appliers.every((apply) => apply === null)) return;
  for (let index = from; index < to; index++) {
    const apply = appliers[slots[index] as number] as ApplyRow | null;
    if (apply !== null) apply(rows[index] as number, index);
  }
}

/** Null where no event of the kind changes the state. */
function applierOf(state: SocState, chunk: LazyChunk, kind: LazyKind): ApplyRow | null {
  const { definition, stored } = kind;
  const { reduce, reduceColumns } = definition;
  if (reduce === null) return null;
  if (reduceColumns !== null && stored.version === definition.version)
    return begunByFirst(() => reduceColumns(state, kind));
  return begunByFirst(() => {
    const envelope = envelopes(chunk);
    const payload = kind.payloads();
    return (row, index) => reduce(state, payload(row) as never, envelope(index));
  });
}

/** Lets the columns be decoded when the first event of the kind comes: none may, where only a part of a chunk counts. */
function begunByFirst(begin: () => ApplyRow): ApplyRow {
  let apply: ApplyRow | undefined;
  return (row, index) => {
    apply ??= begin();
    apply(row, index);
  };
}

function envelopes(chunk: LazyChunk): (index: number) => ReducedEnvelope {
  const { firstSeq, subjects, causeDistances, strings } = chunk;
  return (index) => {
    const distance = causeDistances[index] as number;
    return {
      seq: firstSeq + index,
      subject: strings[subjects[index] as number] ?? null,
      cause: Number.isNaN(distance) ? null : firstSeq + index - distance,
    };
  };
}
