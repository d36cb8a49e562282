import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEvent, type BootEvent, type NewEvent } from '../../src/events/catalog.ts';
import { prepareLastWriter } from '../../src/queries/last-writer.ts';
import { type MappingRow, prepareMappingsAt, prepareMappingsOfPa } from '../../src/queries/mapping-at.ts';
import type { LiveMapping } from '../../src/soc/live-mappings.ts';
import { initialSocState } from '../../src/soc/soc-state.ts';
import { arbitraryMappingEvent, arbitraryTableEvent } from '../support/arbitrary-meetings.ts';
import { arbitraryPlan } from '../support/arbitrary-plan.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { simulated } from '../support/simulated-boot.ts';
import { stateByEvents } from '../support/state-by-events.ts';
import { reading, storeWithTables } from '../support/temp-store.ts';

const place = fc.double({ min: 0, max: 1, noNaN: true });
const pick = <T>(values: readonly T[], part: number): T =>
  values[Math.min(values.length - 1, Math.floor(part * values.length))] as T;

function withSeq(boot: readonly NewEvent[]): BootEvent[] {
  return boot.map((event, index) => ({ ...event, seq: index + 1 }) as BootEvent);
}

/** Who changed a word last, by looking at it after each event; also who wrote the same again. */
function lastChange(events: readonly BootEvent[], pa: number, seq: number) {
  const state = initialSocState();
  let writer: { seq: number; value: bigint } | undefined;
  for (const event of events.slice(0, seq)) {
    const before = state.tableMemory.read(pa) ?? 0n;
    applyEvent(state, event);
    const value = state.tableMemory.read(pa) ?? 0n;
    const isWrite =
      event.kind === 'page_table.entry_written' &&
      event.payload.table_pa + 8 * event.payload.index === pa &&
      value !== 0n;
    if (value !== before || isWrite) writer = { seq: event.seq, value };
  }
  return writer;
}

function expectWriters(events: readonly BootEvent[], parts: readonly (readonly [number, number])[]): void {
  const find = prepareLastWriter(reading(storeWithTables([{ events: [] }, { events }])), 2);
  const written = events.flatMap((event) =>
    event.kind === 'page_table.entry_written' ? [event.payload.table_pa + 8 * event.payload.index] : [],
  );
  for (const [which, when] of parts) {
    const pa = pick([...written, 0x1000], which);
    const seq = 1 + Math.floor(when * (events.length - 1));
    const found = find(pa, seq);
    const expected = pa >= 0 && pa % 8 === 0 ? lastChange(events, pa, seq) : undefined;
    expect(found && { seq: found.seq, value: found.value }).toEqual(expected);
  }
}

/** Mappings by what they do to one address: the table may have cut them. */
function told(mappings: Iterable<MappingRow | LiveMapping>): string[] {
  return Array.from(mappings, (mapping) => {
    const { space, subject, iova, pa, protection } = mapping;
    const since = 'since' in mapping ? mapping.since : mapping.from_seq;
    return JSON.stringify([space, subject, pa - iova, protection, since]);
  }).sort();
}

function expectMappings(
  events: readonly BootEvent[],
  parts: readonly (readonly [number, number, number])[],
): void {
  const db = reading(storeWithTables([{ events: [] }, { events }]));
  const findAt = prepareMappingsAt(db, 2);
  const findOfPa = prepareMappingsOfPa(db, 2);
  const created = events.flatMap((event) => (event.kind === 'mapping.created' ? [event.payload] : []));
  for (const [which, where, when] of parts) {
    const seq = 1 + Math.floor(when * (events.length - 1));
    const { space, iova, pa, size } = pick([...created, { space: null, iova: 0, pa: 0, size: 4096 }], which);
    const offset = Math.floor(where * (size + 4096)) - 2048;
    const { mappings } = stateByEvents(events, seq);
    const covering = (first: (mapping: LiveMapping) => number, address: number) =>
      [...mappings].filter((one) => first(one) <= address && address < first(one) + one.size);
    expect(told(findAt(space, iova + offset, seq))).toEqual(
      told(covering((one) => one.iova, iova + offset).filter((one) => one.space === space)),
    );
    expect(told(findOfPa(pa + offset, seq))).toEqual(told(covering((one) => one.pa, pa + offset)));
  }
}

describe('the last writer of a descriptor', () => {
  const parts = fc.array(fc.tuple(place, place), { minLength: 1, maxLength: 8 });

  it('is who wrote it last in a simulated boot', () => {
    fc.assert(
      fc.property(arbitraryPlan, parts, (plan, at) => expectWriters(simulated(plan).events, at)),
      propertyRuns(4),
    );
  });

  it('is who wrote it last, whatever events there are', () => {
    fc.assert(
      fc.property(fc.array(arbitraryTableEvent, { minLength: 1, maxLength: 60 }), parts, (boot, at) =>
        expectWriters(withSeq(boot), at),
      ),
      propertyRuns(20),
    );
  });
});

describe('the mappings of an address at a moment', () => {
  const parts = fc.array(fc.tuple(place, place, place), { minLength: 1, maxLength: 12 });

  it('are those of the state in a simulated boot', () => {
    fc.assert(
      fc.property(arbitraryPlan, parts, (plan, at) => expectMappings(simulated(plan).events, at)),
      propertyRuns(4),
    );
  });

  it('are those of the state, whatever events there are', () => {
    fc.assert(
      fc.property(fc.array(arbitraryMappingEvent, { minLength: 1, maxLength: 60 }), parts, (boot, at) =>
        expectMappings(withSeq(boot), at),
      ),
      propertyRuns(20),
    );
  });
});
