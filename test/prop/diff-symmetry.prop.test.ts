import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootOfEvents } from '../../src/diff/boot-source.ts';
import { type Comparison, compareBoots } from '../../src/diff/compare.ts';
import type { Difference } from '../../src/diff/compare-lane.ts';
import type { BootEvent, NewEvent } from '../../src/events/catalog.ts';
import { buildEvent, numbered } from '../support/build-event.ts';

const processor = fc.constantFrom('adsp', 'cdsp', 'gpdsp0');

/** Few kinds and few values, so that boots have much in common, in another order and at other times. */
const step: fc.Arbitrary<NewEvent> = fc.oneof(
  fc
    .tuple(processor, fc.constantFrom('offline', 'starting', 'running', 'crashed'))
    .map(([name, state]) => buildEvent('remoteproc.state_changed', { name, state }, { subject: name })),
  fc
    .tuple(processor, fc.constantFrom('start', 'stop'), fc.constantFrom(-22, -110))
    .map(([name, at, errno]) =>
      buildEvent('remoteproc.failed', { name, step: at, errno }, { subject: name }),
    ),
  fc
    .tuple(fc.constantFrom('scm0', 'scm1'), fc.integer({ min: 1, max: 2 }))
    .map(([purpose, size]) => buildEvent('memory.allocated', { purpose, pa: 0x1000, size })),
  fc
    .integer({ min: 1, max: 2 })
    .map((exception_level) => buildEvent('boot.cpus_started', { exception_level })),
  fc
    .tuple(fc.constantFrom('link is up', 'hello'), fc.integer({ min: 0, max: 2 }))
    .map(([text, count]) => buildEvent('log.printed', { level: null, text: `${text} ${count}` })),
);

const boot = fc.array(step, { maxLength: 40 }).map(numbered);

/** A boot, and the same with steps left out, put in and said another way. */
const twoBoots = fc.oneof(
  fc.tuple(boot, boot),
  fc
    .tuple(
      fc.array(step, { maxLength: 40 }),
      fc.array(fc.tuple(fc.nat(40), fc.option(step)), { maxLength: 6 }),
    )
    .map(([steps, edits]) => {
      const edited = [...steps];
      for (const [at, other] of edits) edited.splice(at, other === null ? 1 : 0, ...(other ? [other] : []));
      return [numbered(steps), numbered(edited)] as [BootEvent[], BootEvent[]];
    }),
);

function compare(a: readonly BootEvent[], b: readonly BootEvent[]): Comparison {
  return compareBoots(bootOfEvents(a), bootOfEvents(b));
}

const MIRRORED = {
  same: 'same',
  changed: 'changed',
  moved: 'moved',
  'only-a': 'only-b',
  'only-b': 'only-a',
} as const;

function mirrored({ type, a, b }: Difference) {
  return { type: MIRRORED[type], a: b, b: a };
}

/** In an order that does not depend on which side is printed first. */
function sorted(differences: readonly { type: string; a: unknown; b: unknown }[]): string[] {
  return differences.map((difference) => JSON.stringify(difference)).sort();
}

function withTimes(events: readonly BootEvent[], timeOf: (index: number) => number): BootEvent[] {
  return events.map((event, index) => ({ ...event, t_ns: timeOf(index) }));
}

describe('a comparison', () => {
  it('is the mirror image the other way round, and names the same first divergence', () => {
    fc.assert(
      fc.property(twoBoots, ([a, b]) => {
        const forwards = compare(a, b);
        const backwards = compare(b, a);
        expect(backwards.differs).toBe(forwards.differs);
        const { firstDivergence } = forwards;
        expect(backwards.firstDivergence).toEqual(
          firstDivergence === null
            ? null
            : { ...firstDivergence, difference: mirrored(firstDivergence.difference) },
        );
        forwards.lanes.forEach((lane, index) => {
          const other = backwards.lanes[index];
          expect(sorted(other?.differences ?? []), lane.lane).toEqual(sorted(lane.differences.map(mirrored)));
        });
      }),
      { numRuns: 1000 },
    );
  });

  it('does not depend on the clock of either side', () => {
    fc.assert(
      fc.property(twoBoots, fc.nat(1000), fc.integer({ min: 1, max: 1000 }), ([a, b], shift, rate) => {
        const place = ({ firstDivergence }: Comparison) => [
          firstDivergence?.lane,
          firstDivergence?.difference.a?.seq,
          firstDivergence?.difference.b?.seq,
        ];
        const later = withTimes(b, (index) => shift * 1e9 + index * rate * 1e6);
        expect(place(compare(a, later))).toEqual(place(compare(a, b)));
        const timeless = b.map((event) => ({ ...event, t_ns: null }));
        expect(place(compare(a, timeless))).toEqual(place(compare(a, b)));
      }),
      { numRuns: 300 },
    );
  });
});
