import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootOfEvents } from '../../src/diff/boot-source.ts';
import { agreeAsFarAsTold, canonicalCall, canonicalEvent } from '../../src/diff/canonical.ts';
import { compareBoots } from '../../src/diff/compare.ts';
import { laneOf } from '../../src/diff/lane.ts';
import { Regions } from '../../src/diff/regions.ts';
import type { BootEvent, NewEvent } from '../../src/events/catalog.ts';
import { arbitraryEvent } from '../support/arbitrary-events.ts';
import { numbered } from '../support/build-event.ts';

const alone = (event: NewEvent): BootEvent =>
  numbered([{ ...event, cause: null, source: null, line: null }])[0] as BootEvent;

/** Two events of one kind, of which one field at most differs half of the time. */
const twoAlike = fc.tuple(arbitraryEvent(), fc.nat(), fc.boolean()).chain(([event, pick, keepsMost]) =>
  arbitraryEvent([event.kind]).map((other): [BootEvent, BootEvent] => {
    const names = Object.keys(event.payload);
    const name = names[pick % Math.max(1, names.length)];
    const payload =
      keepsMost && name !== undefined
        ? { ...event.payload, [name]: (other.payload as Record<string, unknown>)[name] }
        : other.payload;
    const second = { ...event, payload, agent: keepsMost ? event.agent : other.agent } as NewEvent;
    return [alone(event), alone(second)];
  }),
);

function canonicalOf(event: BootEvent, regions: Regions) {
  return event.kind === 'smc.requested'
    ? canonicalCall(event, undefined, regions)
    : canonicalEvent(event, regions);
}

describe('the fingerprint of an event', () => {
  it('is that of another exactly where their canonical forms are the same', () => {
    let compared = 0;
    fc.assert(
      fc.property(twoAlike, ([a, b]) => {
        if (laneOf(a) === undefined || laneOf(a) !== laneOf(b)) return;
        const [ofA, ofB] = [new Regions(), new Regions()];
        ofA.learn(a);
        ofB.learn(b);
        const [x, y] = [canonicalOf(a, ofA), canonicalOf(b, ofB)];
        const expected = x.identity !== y.identity ? 'other' : agreeAsFarAsTold(x, y) ? 'same' : 'changed';
        const { lanes } = compareBoots(bootOfEvents([a]), bootOfEvents([b]));
        const [lane] = lanes;
        const found = lane?.counts.same === 1 ? 'same' : lane?.counts.changed === 1 ? 'changed' : 'other';
        expect(found, `${a.kind} ${x.identity} | ${y.identity} | ${x.value} | ${y.value}`).toBe(expected);
        compared++;
      }),
      { numRuns: 3000 },
    );
    expect(compared).toBeGreaterThan(1000);
  });
});
