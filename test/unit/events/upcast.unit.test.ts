import { describe, expect, it } from 'vitest';
import type { AnyDefinition, BootEvent } from '../../../src/events/catalog.ts';
import { ChunkView } from '../../../src/events/chunk-view.ts';
import { defineEvent, upcastPayload } from '../../../src/events/define-event.ts';
import { smmuFaulted } from '../../../src/events/families/smmu.ts';
import { address, flag, integer, symbol } from '../../../src/events/field.ts';
import type { StoredKind } from '../../../src/events/stored-kind.ts';
import type { SqlValue } from '../../../src/replay/projections/projection.ts';
import { DerivedRows } from '../../../src/store/derived-rows.ts';
import { HandWrittenChunk } from '../../support/hand-written-chunk.ts';

/** `smc.trapped` as a file of long ago describes it: another name for the function, and a number for the level. */
const AS_STORED: StoredKind = {
  kindId: 7,
  kind: 'smc.trapped',
  version: 1,
  fields: [
    { name: 'id', storage: 'integer' },
    { name: 'level', storage: 'symbol' },
  ],
};

/** The same kind two versions later, as code of some day may have it. */
const THIRD_VERSION = defineEvent({
  kind: 'smc.trapped',
  version: 3,
  doc: 'The hypervisor caught a call.',
  fields: {
    function_id: address('identity', 'Function'),
    level: integer('value', 'Exception level'),
    forwarded: flag('value', 'Passed on'),
  },
  render: (e) => `trap ${e.function_id} at EL${e.level}`,
  upcasts: {
    1: ({ id, ...rest }) => ({ ...rest, function_id: id }),
    2: ({ level, ...rest }) => ({ ...rest, level: Number(String(level).slice(2)), forwarded: false }),
  },
}) as unknown as AnyDefinition;

/** Writes a chunk of the stored kind by hand, the way the builder of its time did. */
function writeOldChunk(rows: readonly { id: number; level: string }[]): Uint8Array {
  const strings = ['linux', ...new Set(rows.map((row) => row.level))];
  return new HandWrittenChunk(AS_STORED.kindId, rows.length, strings)
    .envelope(rows.length)
    .numbers(rows.map((row) => row.id))
    .symbols(rows.map((row) => row.level))
    .end();
}

const ROWS = [
  { id: 0x42000201, level: 'EL1' },
  { id: 0x42000202, level: 'EL2' },
];

function readWith(definition: AnyDefinition): ChunkView {
  const chunk = writeOldChunk(ROWS);
  return new ChunkView(
    chunk,
    1,
    (kindId) => (kindId === AS_STORED.kindId ? AS_STORED : undefined),
    (kind) => (kind === definition.kind ? definition : undefined),
  );
}

describe('a fault of the first version', () => {
  const known = { device: 'smmu', stream_id: 0x3000, iova: 0x1000, context_bank: 1 };

  it('says what its registers mean', () => {
    const old = { ...known, type: 'context', fsr: 0x402, fsynr: 0x3d0013, detail: 'translation' };
    expect(upcastPayload(smmuFaulted, 1, old)).toEqual({
      ...old,
      access: 'write',
      reason: 'translation',
      level: 3,
      hardware_bank: 61,
      detail: null,
    });
  });

  it('leaves unknown what it has no registers for', () => {
    const old = { ...known, type: 'event', fsr: null, fsynr: null, detail: 'F_TRANSLATION' };
    const unknown = { access: null, reason: null, level: null, hardware_bank: null };
    expect(upcastPayload(smmuFaulted, 1, old)).toEqual({ ...old, ...unknown });
  });
});

describe('events of an older version', () => {
  it('are read as the present one, through every version between', () => {
    const events: BootEvent[] = [...readWith(THIRD_VERSION).events()];
    expect(events.map((event) => event.payload)).toEqual([
      { function_id: 0x42000201, level: 1, forwarded: false },
      { function_id: 0x42000202, level: 2, forwarded: false },
    ]);
    expect(events[1]).toMatchObject({ seq: 2, t_ns: 1000, kind: 'smc.trapped', agent: 'linux' });
  });

  it('have rows of the present version', () => {
    const second = {
      ...defineEvent({
        kind: 'smc.trapped',
        version: 2,
        doc: 'The hypervisor caught a call.',
        fields: { function_id: address('identity', 'Function') },
        render: (e) => `trap ${e.function_id}`,
        upcasts: { 1: ({ id }) => ({ function_id: id }) },
      }),
    } as unknown as AnyDefinition;
    const rows: SqlValue[][] = [];
    const derived = new DerivedRows(({ name, columns }) => ({
      accept: (values, rowCount) => {
        if (name === 'smc_trapped') rows.push(values.slice(0, rowCount * columns.length));
      },
    }));
    derived.beginBoot(1);
    derived.addChunk(readWith(second));
    derived.endBoot();
    derived.finish();
    expect(rows).toEqual([[1, 1, 0, 'linux', null, 0x42000201, 1, 2, 1000, 'linux', null, 0x42000202]]);
  });

  it('are not read as something that the present version would not take', () => {
    const broken = defineEvent({
      kind: 'smc.trapped',
      version: 2,
      doc: 'The hypervisor caught a call.',
      fields: { function_id: address('identity', 'Function'), level: symbol('value', 'Level') },
      render: () => '',
      upcasts: { 1: (payload) => payload },
    }) as unknown as AnyDefinition;
    expect(() => [...readWith(broken).events()]).toThrow(/function_id/);
  });

  it('cannot be defined without a way to the next version', () => {
    expect(() =>
      defineEvent({
        kind: 'smc.trapped',
        version: 3,
        doc: '',
        fields: {},
        render: () => '',
        upcasts: { 1: (payload) => payload },
      }),
    ).toThrow('no upcast from version 2');
  });
});
