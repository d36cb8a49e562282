import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyEvent,
  type BootEvent,
  DEFINITIONS,
  type NewEvent,
  renderEvent,
} from '../../src/events/catalog.ts';
import { PROJECTIONS } from '../../src/replay/projections/all-projections.ts';
import { projectEvents, type SqlValue } from '../../src/replay/projections/projection.ts';
import { initialSocState } from '../../src/soc/soc-state.ts';
import { quoted } from '../../src/store/derived-schema.ts';
import { arbitraryEvent } from '../support/arbitrary-events.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { derive, storeBoots } from '../support/temp-store.ts';

const events = fc.array(arbitraryEvent(), { maxLength: 70 });
/** Calls, mappings and states, close together enough to meet. */
const related = fc.array(
  arbitraryEvent([
    'smc.requested',
    'smc.returned',
    'mapping.created',
    'mapping.removed',
    'shm_bridge.created',
    'shm_bridge.deleted',
    'remoteproc.state_changed',
    'firmware.loaded',
  ]),
  { maxLength: 120 },
);

function withSeq(boot: readonly NewEvent[]): BootEvent[] {
  return boot.map((event, index) => ({ ...event, seq: index + 1 }) as BootEvent);
}

/** How SQL shows a value: flags as 0 and 1, all integers exact, registers as two's complement. */
function cell(value: unknown): unknown {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number') return BigInt(value);
  return typeof value === 'bigint' ? BigInt.asIntN(64, value) : value;
}

function select(db: Database.Database, table: string): unknown[] {
  return db
    .prepare(`SELECT * FROM ${quoted(table)} ORDER BY rowid`)
    .safeIntegers(true)
    .all();
}

function expectTablesToSay(db: Database.Database, boots: readonly (readonly BootEvent[])[]): void {
  const all = boots.flatMap((boot, index) => boot.map((event) => ({ boot: BigInt(index + 1), event })));
  expect(select(db, 'event')).toEqual(
    all.map(({ boot, event }) => ({
      boot,
      seq: cell(event.seq),
      t_ns: cell(event.t_ns),
      kind: event.kind,
      agent: event.agent,
      subject: event.subject,
      cause: cell(event.cause),
      context: event.context,
      source: cell(event.source),
      line: cell(event.line),
      text: renderEvent(event),
    })),
  );
  for (const { kind, fields } of DEFINITIONS) {
    expect(select(db, kind.replace('.', '_'))).toEqual(
      all
        .filter(({ event }) => event.kind === kind)
        .map(({ boot, event }) => ({
          boot,
          seq: cell(event.seq),
          t_ns: cell(event.t_ns),
          agent: event.agent,
          subject: event.subject,
          ...Object.fromEntries(
            Object.keys(fields).map((name) => [name, cell((event.payload as Record<string, unknown>)[name])]),
          ),
        })),
    );
  }
  for (const projection of PROJECTIONS) {
    const expected = boots.flatMap((boot, index) =>
      projectEvents(projection, boot).map((row: readonly SqlValue[]) => ({
        boot: BigInt(index + 1),
        ...Object.fromEntries(projection.columns.map(({ name }, at) => [name, cell(row[at])])),
      })),
    );
    expect(select(db, projection.table)).toEqual(expected);
  }
}

describe('the derived tables', () => {
  it('say what the log says, of whatever events and boots', () => {
    const folder = temporaryFolder();
    fc.assert(
      fc.property(fc.oneof(events, related), events, (first, second) => {
        const path = storeBoots([{ events: first }, { events: second }], join(folder, 'x.db'));
        try {
          derive(path);
          const db = new Database(path, { readonly: true });
          expectTablesToSay(db, [withSeq(first), withSeq(second)]);
          db.close();
        } finally {
          rmSync(path);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('hold several chunks, and more rows than one statement writes', () => {
    const boot = fc.sample(arbitraryEvent(), { numRuns: 9001, seed: 11 });
    const path = storeBoots([{ events: boot }]);
    derive(path);
    const db = new Database(path, { readonly: true });
    expectTablesToSay(db, [withSeq(boot)]);
    db.close();
  });
});

describe('what lives in the state', () => {
  it('is what has no end in the tables', () => {
    fc.assert(
      fc.property(related, (boot) => {
        const state = initialSocState();
        for (const event of withSeq(boot)) applyEvent(state, event);
        const open = (table: string) => {
          const projection = PROJECTIONS.find((one) => one.table === table) ?? expect.unreachable();
          const column = (name: string) => projection.columns.findIndex((one) => one.name === name);
          const rows: (readonly SqlValue[])[] = projectEvents(projection, withSeq(boot));
          return rows.filter((row) => row[column('to_seq')] === null).map((row) => row[column('from_seq')]);
        };
        expect(open('mapping')).toEqual([...state.mappings].map(({ since }) => since));
        expect(new Set(open('shm_bridge'))).toEqual(
          new Set([...state.bridges.values()].map(({ since }) => since)),
        );
        expect(new Set(open('remoteproc_state'))).toEqual(
          new Set([...state.remoteprocs.values()].map(({ since }) => since)),
        );
      }),
      { numRuns: 200 },
    );
  });
});
