import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CorruptBytesError } from '../../src/base/byte-reader.ts';
import { type BootEvent, DEFINITIONS, type NewEvent } from '../../src/events/catalog.ts';
import { ChunkView } from '../../src/events/chunk-view.ts';
import { foldChunk } from '../../src/events/fold-chunk.ts';
import { LazyChunk } from '../../src/events/lazy-chunk.ts';
import { Replay } from '../../src/replay/replay.ts';
import { initialSocState } from '../../src/soc/soc-state.ts';
import { stateDifference } from '../../src/store/verify-snapshots.ts';
import { arbitraryEvent } from '../support/arbitrary-events.ts';
import { ENCODED_KINDS, type EncodedEvents, encodeEvents, foldableChunks } from '../support/encode-events.ts';
import { stateByEvents } from '../support/state-by-events.ts';

const columnKinds = DEFINITIONS.filter(({ reduceColumns }) => reduceColumns !== null).map(({ kind }) => kind);
const otherReducedKinds = DEFINITIONS.filter(({ reduce }) => reduce !== null).map(({ kind }) => kind);

const someEvents = fc.oneof(
  fc.array(arbitraryEvent(otherReducedKinds), { minLength: 1, maxLength: 60 }),
  fc.array(arbitraryEvent(columnKinds), { minLength: 1, maxLength: 120 }),
  fc.array(arbitraryEvent(), { minLength: 1, maxLength: 60 }),
);
const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 4 });

describe('the fold of chunks', () => {
  it('changes the state as applying the events one by one does, from moment to moment', () => {
    const places = fc.array(fc.nat(), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(someEvents, sizes, places, (events, cuts, stops) => {
        const replay = new Replay(foldableChunks(events, cuts));
        for (const seq of stops.map((stop) => 1 + (stop % events.length)).sort((a, b) => a - b)) {
          replay.advanceTo(seq);
          expect(stateDifference(replay.state, stateByEvents(numberedAsTheyAre(events), seq))).toEqual([]);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('goes by columns for the kinds that come by the million', () => {
    expect(columnKinds).toEqual(['page_table.entry_written', 'mapping.created', 'mapping.removed']);
  });

  it('of a damaged chunk refuses what decoding all of it refuses, or folds what is there', () => {
    const edits = fc.array(fc.record({ at: fc.nat(), value: fc.nat(255) }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(someEvents, edits, (events, changes) => {
        const [chunk] = encodeEvents(events) as [EncodedEvents];
        for (const { at, value } of changes) chunk.payload[at % chunk.payload.length] = value;
        const isWhole = outcomeOf(() => new ChunkView(chunk.payload, 1, kindOf));
        const isFolded = outcomeOf(() =>
          foldChunk(initialSocState(), new LazyChunk(chunk.payload, 1, kindOf)),
        );
        if (isWhole) expect(isFolded).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

function kindOf(kindId: number) {
  return ENCODED_KINDS.get(kindId);
}

/** Events with their seqs and otherwise as they were made: a time that is null stays so. */
function numberedAsTheyAre(events: readonly NewEvent[]): BootEvent[] {
  return events.map((event, index) => ({ ...event, seq: index + 1 }));
}

/** Whether it could be read; false where it was refused as damaged. */
function outcomeOf(read: () => void): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (!(error instanceof CorruptBytesError)) throw error;
    return false;
  }
}
