import { describe, expect, expectTypeOf, it } from 'vitest';
import { bootFacts } from '../../../src/queries/boot-facts.ts';
import type { HistoryTables } from '../../../src/queries/database-types.ts';
import { allRows, history } from '../../../src/queries/history-query.ts';
import { DERIVED_TABLES } from '../../../src/store/derived-schema.ts';
import { buildEvent, requested, returned } from '../../support/build-event.ts';
import { reading, storeWithTables } from '../../support/temp-store.ts';

const AUTH = 0x42000205;

const stored = () =>
  reading(
    storeWithTables([
      {
        events: [
          buildEvent('boot.kernel_identified', { release: '7.2.13', banner: '', basis: 'banner' }),
          buildEvent('boot.cpus_started', { exception_level: 1 }),
          requested(AUTH, [0x8000_0000_0000_0001n]),
          returned(AUTH, 0xffff_ffff_ffff_ffffn, { cause: 3 }),
        ],
      },
      { events: [buildEvent('boot.cpus_started', { exception_level: 2 })] },
    ]),
  );

describe('boot facts', () => {
  it('are those of one boot, in the order in which it told them', () => {
    const db = stored();
    expect(bootFacts(db, 1)).toEqual([
      { name: 'kernel', value: '7.2.13', seq: 1, evidence: 'kernel banner' },
      { name: 'exception_level', value: '1', seq: 2, evidence: 'all CPUs started at EL1' },
      {
        name: 'mode',
        value: 'hypervisor',
        seq: 2,
        evidence: 'assumed from EL1: whoever started Linux there keeps EL2',
      },
    ]);
    expect(bootFacts(db, 2).map(({ value }) => value)).toEqual(['2', 'el2']);
    expect(bootFacts(db, 3)).toEqual([]);
  });
});

describe('a query on the tables', () => {
  it('gives small integers as numbers and exact ones where a number is too small', () => {
    const rows = allRows(stored(), history.selectFrom('smc').select(['seq', 'arg0', 'status', 'errno_name']));
    expect(rows).toEqual([{ seq: 3, arg0: -(2n ** 63n) + 1n, status: -1, errno_name: 'EIO' }]);
  });

  it('knows every table', () => {
    const db = stored();
    for (const { name } of DERIVED_TABLES) {
      const query = history.selectFrom(name as keyof HistoryTables).select('boot');
      expect(() => allRows(db, query)).not.toThrow();
    }
  });

  it('has the types that the definitions give', () => {
    expectTypeOf<HistoryTables['smc_requested']['arg0']>().toEqualTypeOf<number | bigint | null>();
    expectTypeOf<HistoryTables['smc_requested']['function_id']>().toEqualTypeOf<number>();
    expectTypeOf<HistoryTables['smc_requested']['conduit']>().toEqualTypeOf<string | null>();
    expectTypeOf<HistoryTables['smc_requested']['t_ns']>().toEqualTypeOf<number | null>();
    expectTypeOf<HistoryTables['remoteproc_interrupted']['raised']>().toEqualTypeOf<number>();
    expectTypeOf<HistoryTables['remoteproc_interrupted']['interrupt']>().toEqualTypeOf<
      'ready' | 'handover' | 'fatal' | 'watchdog' | 'stop-ack' | 'shutdown-ack'
    >();
    expectTypeOf<HistoryTables['event']['text']>().toEqualTypeOf<string>();
    expectTypeOf<HistoryTables['mapping']['to_seq']>().toEqualTypeOf<number | null>();
    expectTypeOf<HistoryTables['shm_bridge']['handle']>().toEqualTypeOf<number | bigint>();
    expectTypeOf<keyof HistoryTables['boot_fact']>().toEqualTypeOf<
      'boot' | 'name' | 'value' | 'seq' | 'evidence'
    >();
    // @ts-expect-error there is no such column
    history.selectFrom('smc').select('argument');
    // @ts-expect-error there is no such table
    history.selectFrom('smc_imagined');
  });
});
