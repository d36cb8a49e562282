import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CorruptBytesError } from '../../src/base/byte-reader.ts';
import { type BootEvent, DEFINITIONS } from '../../src/events/catalog.ts';
import { ChunkView } from '../../src/events/chunk-view.ts';
import { arbitraryEvent } from '../support/arbitrary-events.ts';
import { ENCODED_KINDS, type EncodedEvents, encodeEvents } from '../support/encode-events.ts';

function decode({ payload, firstSeq }: EncodedEvents): BootEvent[] {
  return [...new ChunkView(payload, firstSeq, (kindId) => ENCODED_KINDS.get(kindId)).events()];
}

/** Of all kinds; or many of a few, whose columns are long enough for every way of writing one. */
const someEvents = fc.oneof(
  fc.array(arbitraryEvent(), { minLength: 1, maxLength: 80 }),
  fc
    .uniqueArray(fc.constantFrom(...DEFINITIONS.map(({ kind }) => kind)), { minLength: 1, maxLength: 3 })
    .chain((kinds) => fc.array(arbitraryEvent(kinds), { minLength: 30, maxLength: 150 })),
);

describe('a chunk', () => {
  it('gives back the events that were put into it, whatever they are', () => {
    fc.assert(
      fc.property(
        someEvents,
        fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 4 }),
        (events, sizes) => {
          const decoded = encodeEvents(events, sizes).flatMap(decode);
          expect(decoded).toEqual(events.map((event, index) => ({ ...event, seq: index + 1 })));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('holds thousands of events of one kind, each column at its limits', () => {
    const events = fc.sample(arbitraryEvent(['smc.requested', 'mapping.created']), {
      numRuns: 5000,
      seed: 4,
    });
    const decoded = encodeEvents(events, []).flatMap(decode);
    expect(decoded).toEqual(events.map((event, index) => ({ ...event, seq: index + 1 })));
  });

  it('that was cut off is refused', () => {
    fc.assert(
      fc.property(someEvents, fc.nat(), (events, where) => {
        const [chunk] = encodeEvents(events, []) as [EncodedEvents];
        const payload = chunk.payload.subarray(0, where % chunk.payload.length);
        expect(() => decode({ ...chunk, payload })).toThrow(CorruptBytesError);
      }),
      { numRuns: 300 },
    );
  });

  it('that was damaged is refused or read as something else, and nothing worse happens', () => {
    const edits = fc.array(fc.record({ at: fc.nat(), value: fc.nat(255) }), { minLength: 1, maxLength: 6 });
    let refused = 0;
    fc.assert(
      fc.property(someEvents, edits, (events, changes) => {
        const [chunk] = encodeEvents(events, []) as [EncodedEvents];
        for (const { at, value } of changes) chunk.payload[at % chunk.payload.length] = value;
        try {
          expect(decode(chunk).length).toBeGreaterThan(0);
        } catch (error) {
          if (!(error instanceof CorruptBytesError)) throw error;
          refused++;
        }
      }),
      { numRuns: 2000 },
    );
    expect(refused).toBeGreaterThan(200);
  });

  it('of nothing but noise is refused or read as something else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        const payload = Uint8Array.from([1, ...noise]);
        try {
          decode({ payload, firstSeq: 1 });
        } catch (error) {
          if (!(error instanceof CorruptBytesError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});
