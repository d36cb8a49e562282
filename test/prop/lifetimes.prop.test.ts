import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BootEvent, NewEvent } from '../../src/events/catalog.ts';
import { mappingProjection } from '../../src/replay/projections/mapping.ts';
import { memoryOwnerProjection } from '../../src/replay/projections/memory-owner.ts';
import { pageTableEntryProjection } from '../../src/replay/projections/page-table-entry.ts';
import { type Projection, projectEvents } from '../../src/replay/projections/projection.ts';
import { remoteprocStateProjection } from '../../src/replay/projections/remoteproc-state.ts';
import { shmBridgeProjection } from '../../src/replay/projections/shm-bridge.ts';
import type { SocState } from '../../src/soc/soc-state.ts';
import {
  arbitraryAssignment,
  arbitraryBridgeEvent,
  arbitraryMappingEvent,
  arbitraryProcessorEvent,
  arbitraryTableEvent,
} from '../support/arbitrary-meetings.ts';
import { arbitraryPlan } from '../support/arbitrary-plan.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { simulated } from '../support/simulated-boot.ts';
import { stateByEvents } from '../support/state-by-events.ts';

type Row = Readonly<Record<string, unknown>>;

/** A table with lifetimes, what its rows say of one moment, and what the state says of it. */
interface Table {
  readonly projection: Projection;
  readonly told: (rows: readonly Row[]) => unknown;
  readonly held: (state: SocState) => unknown;
}

const PAGE_TABLE_ENTRY: Table = {
  projection: pageTableEntryProjection,
  told: (rows) => sorted(rows.map(({ pa, value }) => [pa, BigInt.asUintN(64, BigInt(value as bigint))])),
  held: (state) => sorted([...state.tableMemory.nonZero()].map(({ pa, value }) => [pa, value])),
};

const MAPPING: Table = {
  projection: mappingProjection,
  told: (rows) =>
    joined(
      rows.map(({ space, subject, iova, pa, size, protection, from_seq }) => ({
        key: JSON.stringify([space, subject, protection, from_seq, (pa as number) - (iova as number)]),
        start: iova as number,
        end: (iova as number) + (size as number),
      })),
    ),
  held: ({ mappings }) =>
    joined(
      [...mappings].map(({ space, subject, iova, pa, size, protection, since }) => ({
        key: JSON.stringify([space, subject, protection, since, pa - iova]),
        start: iova,
        end: iova + size,
      })),
    ),
};

const SHM_BRIDGE: Table = {
  projection: shmBridgeProjection,
  told: (rows) =>
    sorted(
      rows.map(({ handle, pa, size, from_seq }) => [
        BigInt.asUintN(64, handle as bigint),
        pa,
        size,
        from_seq,
      ]),
    ),
  held: ({ bridges }) =>
    sorted([...bridges].map(([handle, { pa, size, since }]) => [handle, pa, size, since])),
};

const MEMORY_OWNER: Table = {
  projection: memoryOwnerProjection,
  told: (rows) => sorted(rows.map(({ pa, size, owners, from_seq }) => [pa, size, owners, from_seq])),
  held: (state) =>
    sorted([...state.owners.values()].map(({ pa, size, owners, since }) => [pa, size, owners, since])),
};

const REMOTEPROC_STATE: Table = {
  projection: remoteprocStateProjection,
  told: (rows) => sorted(rows.map(({ name, state, from_seq }) => [name, state, from_seq])),
  held: ({ remoteprocs }) => sorted([...remoteprocs].map(([name, { state, since }]) => [name, state, since])),
};

const TABLES = { PAGE_TABLE_ENTRY, MAPPING, SHM_BRIDGE, MEMORY_OWNER, REMOTEPROC_STATE };

function sorted(rows: readonly (readonly unknown[])[]): string[] {
  return rows.map((row) => row.map(String).join(' ')).sort();
}

/** Parts of one thing that lie side by side are one: a table may tell them apart, because they end at different times. */
function joined(parts: readonly { key: string; start: number; end: number }[]): string[] {
  const byKey = new Map<string, { start: number; end: number }[]>();
  for (const part of [...parts].sort((a, b) => a.start - b.start)) {
    const ranges = byKey.get(part.key) ?? [];
    const last = ranges.at(-1);
    if (last?.end === part.start) last.end = part.end;
    else ranges.push({ start: part.start, end: part.end });
    byKey.set(part.key, ranges);
  }
  return [...byKey]
    .flatMap(([key, ranges]) => ranges.map(({ start, end }) => `${key} ${start}..${end}`))
    .sort();
}

function rowsOf({ projection }: Table, events: readonly BootEvent[]): Row[] {
  return projectEvents(projection, events).map((row) =>
    Object.fromEntries(projection.columns.map(({ name }, index) => [name, row[index]])),
  );
}

function liveAt(rows: readonly Row[], seq: number): Row[] {
  return rows.filter(
    ({ from_seq, to_seq }) => (from_seq as number) <= seq && (to_seq === null || seq < (to_seq as number)),
  );
}

function expectToAgree(table: Table, events: readonly BootEvent[], places: readonly number[]): void {
  const rows = rowsOf(table, events);
  for (const place of [...places, 1]) {
    const seq = Math.max(1, Math.ceil(place * events.length));
    expect(table.told(liveAt(rows, seq))).toEqual(table.held(stateByEvents(events, seq)));
  }
}

const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 });

const ARBITRARY: Readonly<Record<keyof typeof TABLES, fc.Arbitrary<NewEvent>>> = {
  PAGE_TABLE_ENTRY: arbitraryTableEvent,
  MAPPING: arbitraryMappingEvent,
  SHM_BRIDGE: arbitraryBridgeEvent,
  MEMORY_OWNER: arbitraryAssignment,
  REMOTEPROC_STATE: arbitraryProcessorEvent,
};

describe.each(Object.keys(TABLES) as (keyof typeof TABLES)[])('lifetimes in %s', (name) => {
  it('are those of the state at any moment of a simulated boot', () => {
    fc.assert(
      fc.property(arbitraryPlan, places, (plan, at) => {
        expectToAgree(TABLES[name], simulated(plan).events, at);
      }),
      propertyRuns(6),
    );
  });

  it('are those of the state at any moment, whatever events there are', () => {
    fc.assert(
      fc.property(fc.array(ARBITRARY[name], { minLength: 1, maxLength: 60 }), places, (boot, at) => {
        const events = boot.map((event, index) => ({ ...event, seq: index + 1 }) as BootEvent);
        expectToAgree(TABLES[name], events, at);
      }),
      propertyRuns(300),
    );
  });
});
