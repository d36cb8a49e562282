import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CorruptBytesError } from '../../src/base/byte-reader.ts';
import { type BootEvent, DEFINITIONS, type NewEvent } from '../../src/events/catalog.ts';
import { ChunkBuilder } from '../../src/events/chunk-builder.ts';
import { ChunkView } from '../../src/events/chunk-view.ts';
import { describeKind, type StoredKind } from '../../src/events/stored-kind.ts';
import { arbitraryEvent } from '../support/arbitrary-events.ts';

const KINDS: ReadonlyMap<number, StoredKind> = new Map(
  DEFINITIONS.map((definition, index) => [index + 1, describeKind(definition, index + 1)]),
);
const ID_OF = new Map(DEFINITIONS.map((definition, index) => [definition.kind, index + 1]));

interface Encoded {
  readonly firstSeq: number;
  readonly payload: Uint8Array;
}

/** Encodes events, `sizes[i]` of them into chunk i, and the rest into the last one. */
function encode(events: readonly NewEvent[], sizes: readonly number[]): Encoded[] {
  const builder = new ChunkBuilder(({ kind }) => ID_OF.get(kind) ?? 0);
  const chunks: Encoded[] = [];
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

function decode({ payload, firstSeq }: Encoded): BootEvent[] {
  return [...new ChunkView(payload, firstSeq, (kindId) => KINDS.get(kindId)).events()];
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
          const decoded = encode(events, sizes).flatMap(decode);
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
    const decoded = encode(events, []).flatMap(decode);
    expect(decoded).toEqual(events.map((event, index) => ({ ...event, seq: index + 1 })));
  });

  it('that was cut off is refused', () => {
    fc.assert(
      fc.property(someEvents, fc.nat(), (events, where) => {
        const [chunk] = encode(events, []) as [Encoded];
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
        const [chunk] = encode(events, []) as [Encoded];
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
