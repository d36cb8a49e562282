import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeResourceTable,
  type ResourceEntry,
  resourceTableSize,
  walkResourceTable,
} from '../../src/soc/resource-table.ts';

const word = fc.nat({ max: 0xffff_ffff });
const byte = fc.nat({ max: 255 });
const name = fc.string({ unit: 'grapheme-ascii', maxLength: 31 });
const bytes = fc.uint8Array({ maxLength: 40 });
const vring = fc.record({ deviceAddress: word, align: word, bufferCount: word, notifyId: word, pa: word });

const entries: fc.Arbitrary<ResourceEntry> = fc.oneof(
  fc.record({
    type: fc.constantFrom('carveout' as const, 'devmem' as const),
    deviceAddress: word,
    pa: word,
    size: word,
    flags: word,
    name,
  }),
  fc.record({ type: fc.constant('trace' as const), deviceAddress: word, size: word, name }),
  fc.record({
    type: fc.constant('vdev' as const),
    id: word,
    notifyId: word,
    deviceFeatures: word,
    guestFeatures: word,
    status: byte,
    vrings: fc.array(vring, { maxLength: 2 }),
    config: bytes,
  }),
  fc.record({
    type: fc.constant('other' as const),
    typeNumber: fc.integer({ min: 4, max: 600 }),
    payload: bytes,
  }),
);

describe('a resource table', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.array(entries, { maxLength: 12 }), (list) => {
        const table = encodeResourceTable(list);
        expect(table.length).toBe(resourceTableSize(list));
        const steps = [...walkResourceTable(table, { hasDomain: true })];
        expect(steps.length).toBe(list.length);
        list.forEach((entry, index) => {
          const step = steps[index];
          if (entry.type === 'other') expect(step?.kind).toBe('skipped');
          else expect(step).toEqual({ kind: 'handled', entry });
        });
      }),
    );
  });

  it('that is cut anywhere gives the first entries, and then nothing or a refusal', () => {
    fc.assert(
      fc.property(fc.array(entries, { maxLength: 6 }), fc.nat(), (list, seed) => {
        const table = encodeResourceTable(list);
        const whole = [...walkResourceTable(table, { hasDomain: true })];
        const length = seed % (table.length + 1);
        const steps = [...walkResourceTable(table.subarray(0, length), { hasDomain: true })];
        const last = steps.at(-1);
        const kept = last?.kind === 'refused' ? steps.slice(0, -1) : steps;
        expect(kept).toEqual(whole.slice(0, kept.length));
        if (last?.kind !== 'refused') expect(kept.length).toBe(whole.length);
      }),
    );
  });

  it('of any bytes gives steps, of which only the last may be a refusal', () => {
    const table = fc
      .tuple(fc.nat({ max: 8 }), fc.array(fc.nat({ max: 120 }), { maxLength: 40 }), bytes)
      .map(([count, words, tail]) => {
        const head = new Uint8Array(Uint32Array.of(1, count, 0, 0, ...words).buffer);
        return Uint8Array.of(...head, ...tail);
      });
    fc.assert(
      fc.property(fc.oneof(table, fc.uint8Array({ maxLength: 200 })), fc.boolean(), (random, hasDomain) => {
        let count = 0;
        for (const step of walkResourceTable(random, { hasDomain })) {
          expect(count++).toBeLessThanOrEqual(random.length);
          if (step.kind === 'refused') expect(step.errno).toBe(-22);
        }
      }),
      { numRuns: 500 },
    );
  });
});
