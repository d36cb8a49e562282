import { describe, expect, it } from 'vitest';
import type { NewEvent } from '../../../src/events/catalog.ts';
import { memoryOwnerProjection } from '../../../src/replay/projections/memory-owner.ts';
import { pageTableEntryProjection } from '../../../src/replay/projections/page-table-entry.ts';
import { type Projection, projectEvents } from '../../../src/replay/projections/projection.ts';
import { buildEvent, numbered } from '../../support/build-event.ts';

function rowsOf(projection: Projection, events: readonly NewEvent[]): Record<string, unknown>[] {
  return projectEvents(projection, numbered(events)).map((row) =>
    Object.fromEntries(projection.columns.map(({ name }, index) => [name, row[index]])),
  );
}

const ROOT = 0x8000_0000;
const CHILD = 0x8000_1000;
const LEAF = 0x0060_0000_9590_0f47n;

const rootCreated = buildEvent('page_table.created', {
  root_pa: ROOT,
  stage: 1,
  address_bits: 36,
  start_level: 1,
  owner: 'linux',
  space: 'adsp',
});

function written(table_pa: number, index: number, level: number, word: bigint, old = 0n): NewEvent {
  const payload = { table_pa, index, level, old, new: word, iova: index * 4096 };
  return buildEvent('page_table.entry_written', payload);
}

describe('page_table_entry', () => {
  const lives = (events: readonly NewEvent[]) =>
    rowsOf(pageTableEntryProjection, events).map(({ pa, kind, from_seq, to_seq }) => [
      pa,
      kind,
      from_seq,
      to_seq,
    ]);

  it('has a row for each descriptor while it is there', () => {
    const rows = rowsOf(pageTableEntryProjection, [
      rootCreated,
      written(ROOT, 0, 1, BigInt(CHILD) | 3n),
      written(CHILD, 5, 3, LEAF),
      written(CHILD, 5, 3, 0n, LEAF),
    ]);
    expect(rows).toEqual([
      {
        space: 'adsp',
        table_pa: CHILD,
        index: 5,
        pa: CHILD + 40,
        level: 3,
        iova: 5 * 4096,
        value: LEAF,
        kind: 'page',
        output_pa: 0x9590_0000,
        from_seq: 3,
        to_seq: 4,
        from_t_ns: 3000,
        to_t_ns: 4000,
      },
      expect.objectContaining({ pa: ROOT, kind: 'table', output_pa: CHILD, from_seq: 2, to_seq: null }),
    ]);
  });

  it('ends what was in a table that is allocated anew, and keeps what is in one that was freed', () => {
    const pointer = BigInt(CHILD) | 3n;
    expect(
      lives([
        written(ROOT, 0, 1, pointer),
        written(CHILD, 5, 3, LEAF),
        // Freed: the memory keeps the word …
        written(ROOT, 0, 1, 0n, pointer),
        // … until it is the table of another entry.
        written(ROOT, 1, 1, pointer),
      ]),
    ).toEqual([
      [ROOT, 'table', 1, 3],
      [CHILD + 40, 'page', 2, 4],
      [ROOT + 8, 'table', 4, null],
    ]);
  });

  it('ends what was in the root of a table that is created where one has been', () => {
    expect(lives([written(ROOT, 63, 1, LEAF), written(ROOT, 64, 1, LEAF), rootCreated])).toEqual([
      [ROOT + 63 * 8, 'table', 1, 3],
      [ROOT + 64 * 8, 'table', 2, null],
    ]);
  });

  it('begins anew when the same value is written again', () => {
    expect(lives([written(CHILD, 0, 3, LEAF), written(CHILD, 0, 3, LEAF, LEAF)])).toEqual([
      [CHILD, 'page', 1, 2],
      [CHILD, 'page', 2, null],
    ]);
  });

  it('knows blocks, words that translate nothing, and words of 64 bits', () => {
    const rows = rowsOf(pageTableEntryProjection, [
      written(CHILD, 0, 2, 0x4023_4f45n),
      written(CHILD, 1, 3, 0x4023_4f44n),
      written(CHILD, 2, 3, 0x8000_0000_4023_4f47n),
      written(CHILD, 3, 9, 0x4023_4f45n),
    ]);
    expect(rows.map(({ kind, output_pa, value }) => [kind, output_pa, value])).toEqual([
      ['block', 0x4020_0000, 0x4023_4f45],
      ['invalid', null, 0x4023_4f44],
      ['page', 0x4023_4000, -0x7fff_ffff_bfdc_b0b9n],
      ['invalid', null, 0x4023_4f45],
    ]);
  });
});

describe('memory_owner', () => {
  const assigned = (pa: number | null, from_vms: string | null, to_vms: string | null, subject = 'adsp') =>
    buildEvent('memory.assigned', { pa, size: 0x3000, from_vms, to_vms }, { subject });

  it('has a row for each assignment until the same range is assigned again', () => {
    const rows = rowsOf(memoryOwnerProjection, [
      assigned(0x1000, 'hlos', 'mss rw'),
      assigned(0x2000, 'hlos', 'mss rw'),
      assigned(0x1000, 'mss', 'hlos rwx'),
      assigned(null, 'hlos', 'mss'),
      assigned(0x1000, 'hlos', null),
    ]);
    expect(rows).toEqual([
      {
        subject: 'adsp',
        pa: 0x1000,
        pa_end: 0x4000,
        size: 0x3000,
        pa_node: 0x2000,
        owners: 'mss rw',
        owners_before: 'hlos',
        from_seq: 1,
        to_seq: 3,
        from_t_ns: 1000,
        to_t_ns: 3000,
      },
      expect.objectContaining({ pa: 0x1000, owners: 'hlos rwx', from_seq: 3, to_seq: null }),
      expect.objectContaining({ pa: 0x2000, owners: 'mss rw', from_seq: 2, to_seq: null }),
    ]);
  });
});
