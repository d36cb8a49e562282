import { describe, expect, it } from 'vitest';
import { LEAF_SIZES } from '../../../src/soc/lpae.ts';
import { nextPageRun } from '../../../src/soc/page-run.ts';
import type { UpdateCall } from '../../../src/soc/page-table-update.ts';
import { SimulatedTable } from '../../support/simulated-table.ts';

const RW = 3;
const MIB = 2 ** 20;
const KIB = 2 ** 10;
const GIB = 2 ** 30;

/** `256 x 4K`, with what was asked for where it was more. */
function summary(calls: readonly UpdateCall[]): string[] {
  const sizes = new Map([
    [4 * KIB, '4K'],
    [2 * MIB, '2M'],
    [GIB, '1G'],
  ]);
  return calls.map(({ pageSize, count, done }) => {
    const asked = done === count ? '' : ` of ${count}`;
    return `${done}${asked} x ${sizes.get(pageSize)}`;
  });
}

const identity = (pa: number, size: number) => ({ iova: pa, pa, size, protection: RW });

describe('the calls of iommu_map', () => {
  it.each([
    ['Lemans ADSP', 0x95900000, 0x1e00000, ['256 x 4K', '14 x 2M', '256 x 4K']],
    ['Lemans CDSP0', 0x9b500000, 0x1e00000, ['256 x 4K', '14 x 2M', '256 x 4K']],
    ['Lemans CDSP1', 0x9d400000, 0x1e00000, ['15 x 2M']],
    ['Monaco CDSP', 0x99980000, 0x1e00000, ['128 x 4K', '14 x 2M', '384 x 4K']],
    ['X1 ADSP', 0x87e00000, 0x3a00000, ['29 x 2M']],
    ['X1 CDSP', 0x8b900000, 0x2000000, ['256 x 4K', '15 x 2M', '256 x 4K']],
    ['X1 ADSP device tree', 0x8b800000, 0x80000, ['128 x 4K']],
    // SMEM is 2 MiB but not aligned to that: one run of 512 pages, which two tables hold.
    ['SMEM', 0x90900000, 0x200000, ['256 of 512 x 4K', '256 x 4K']],
    ['a gigabyte and a bit', 0x40000000, GIB + 2 * MIB + 4096, ['1 x 1G', '1 x 2M', '1 x 4K']],
    ['over the end of a level-2 table', 0x7fe00000, 4 * MIB, ['1 of 2 x 2M', '1 x 2M']],
    ['nothing', 0x90900000, 0, []],
  ])('for %s', (_name, pa, size, calls) => {
    const table = new SimulatedTable();
    const plan = table.map(identity(pa, size));
    expect(summary(plan.calls)).toEqual(calls);
    expect(plan).toMatchObject({ mapped: size, errno: 0, rollBack: null });
    expect(summary(table.unmap(pa, size).calls)).toEqual(calls);
  });

  it('begin where the bytes of the captured ones begin', () => {
    const { calls } = new SimulatedTable().map(identity(0x95900000, 0x1e00000));
    expect(calls.map(({ iova, pa }) => [iova, pa])).toEqual([
      [0x95900000, 0x95900000],
      [0x95a00000, 0x95a00000],
      [0x97600000, 0x97600000],
    ]);
  });

  it('use small pages where address and target lie differently in a big one', () => {
    const plan = new SimulatedTable().map({ iova: 0x200000, pa: 0x301000, size: 4 * MIB, protection: RW });
    expect(summary(plan.calls)).toEqual(['512 of 1024 x 4K', '512 x 4K']);
  });
});

describe('a run of pages', () => {
  it('stops before a bigger page fits, and not when none does', () => {
    expect(nextPageRun(LEAF_SIZES, 0x1ff000, 0x1ff000, 3 * MIB)).toEqual({ pageSize: 4096, count: 1 });
    expect(nextPageRun(LEAF_SIZES, 0x1ff000, 0x1ff000, 2 * MIB)).toEqual({ pageSize: 4096, count: 512 });
    expect(nextPageRun(LEAF_SIZES, 0, 0, 5 * GIB)).toEqual({ pageSize: GIB, count: 5 });
    expect(nextPageRun(0x1000, 0, 0, 4 * MIB)).toEqual({ pageSize: 4096, count: 1024 });
  });
});

describe('the writes of a call', () => {
  it('make tables on the way down, then leaves', () => {
    const { calls } = new SimulatedTable().map(identity(0x95900000, 8 * KIB));
    expect(calls[0]?.writes).toEqual([
      { tablePa: 0x80000000, index: 2, level: 1, old: 0n, new: 0x80100003n, iova: 0x80000000 },
      { tablePa: 0x80100000, index: 0xac, level: 2, old: 0n, new: 0x80101003n, iova: 0x95800000 },
      { tablePa: 0x80101000, index: 0x100, level: 3, old: 0n, new: 0x95900e43n, iova: 0x95900000 },
      { tablePa: 0x80101000, index: 0x101, level: 3, old: 0n, new: 0x95901e43n, iova: 0x95901000 },
    ]);
  });

  it('mark entries to tables for a walker that snoops no caches', () => {
    const { calls } = new SimulatedTable({ isCoherent: false }).map(identity(0x95a00000, 2 * MIB));
    expect(calls[0]?.writes.map((write) => write.new)).toEqual([0x0080_0000_8010_0003n, 0x95a00e41n]);
  });

  it('put a block into the place of a table, which is freed', () => {
    const table = new SimulatedTable();
    table.map(identity(0x200000, 4 * KIB));
    table.unmap(0x200000, 4 * KIB);
    expect(table.live.size).toBe(2);
    const { calls, errno } = table.map(identity(0x200000, 2 * MIB));
    expect(errno).toBe(0);
    expect(calls[0]?.writes.map((write) => [write.old, write.new])).toEqual([
      [0x80101003n, 0n],
      [0n, 0x200e41n],
    ]);
    expect(calls[0]?.freed).toEqual([0x80101000]);
    expect(table.live.size).toBe(1);
  });
});

describe('a map that fails', () => {
  const failing = (table: SimulatedTable, request: Parameters<SimulatedTable['map']>[0]) => {
    const { errno, mapped, rollBack } = table.map(request);
    return { errno, mapped, unmapped: rollBack?.unmapped ?? null };
  };

  it('because of what is mapped takes back what it did', () => {
    const table = new SimulatedTable();
    table.map(identity(0x201000, 4 * KIB));
    expect(failing(table, identity(0x1f0000, 0x20000))).toEqual({
      errno: -17,
      mapped: 0x10000,
      unmapped: 0x10000,
    });
    expect(table.paOf(0x1f0000)).toBeUndefined();
    expect(table.paOf(0x200000)).toBeUndefined();
    expect(table.paOf(0x201000)).toBe(0x201000);
    expect(failing(table, identity(0x201000, 4 * KIB))).toEqual({ errno: -17, mapped: 0, unmapped: 0 });
  });

  it('because of a block above it changes nothing', () => {
    const table = new SimulatedTable();
    table.map(identity(0x200000, 2 * MIB));
    expect(failing(table, identity(0x201000, 4 * KIB))).toEqual({ errno: -17, mapped: 0, unmapped: 0 });
    expect(table.paOf(0x201234)).toBe(0x201234);
  });

  it('because of the range says so, for either address', () => {
    const table = new SimulatedTable();
    expect(failing(table, { ...identity(0, 4096), iova: 2 ** 36 })).toMatchObject({ errno: -34, mapped: 0 });
    expect(failing(table, { ...identity(0, 4096), pa: 2 ** 36 })).toMatchObject({ errno: -34, mapped: 0 });
    expect(failing(table, identity(2 ** 36 - GIB, 2 * GIB))).toEqual({
      errno: -34,
      mapped: GIB,
      unmapped: GIB,
    });
  });

  it('because it asks for neither reading nor writing is invalid', () => {
    expect(failing(new SimulatedTable(), { ...identity(0, 4096), protection: 4 })).toMatchObject({
      errno: -22,
    });
  });

  it('because it is not aligned begins nothing', () => {
    for (const part of [{ iova: 1 }, { pa: 512 }, { size: 100 }]) {
      const plan = new SimulatedTable().map({ ...identity(0, 4096), ...part });
      expect(plan).toEqual({ calls: [], mapped: 0, errno: -22, rollBack: null });
    }
  });

  it('for want of memory leaves the tables that it had made', () => {
    const table = new SimulatedTable();
    table.budget = 1;
    expect(failing(table, identity(0x200000, 4096))).toEqual({ errno: -12, mapped: 0, unmapped: 0 });
    expect(table.live.size).toBe(1);
  });
});

describe('an unmap', () => {
  it('refuses to split a block', () => {
    const table = new SimulatedTable();
    table.map(identity(0x200000, 2 * MIB));
    expect(table.unmap(0x201000, 4 * KIB)).toMatchObject({ unmapped: 0, stopped: 'partial-block' });
    expect(table.paOf(0x201000)).toBe(0x201000);
  });

  it('stops at a hole, which the last call found', () => {
    const table = new SimulatedTable();
    table.map(identity(0x1000, 8 * KIB));
    const plan = table.unmap(0x1000, 16 * KIB);
    expect(summary(plan.calls)).toEqual(['2 of 4 x 4K', '0 of 2 x 4K']);
    expect(plan).toMatchObject({ unmapped: 8 * KIB, stopped: 'hole' });
    expect(table.live.size).toBe(2);
  });

  it('of a whole table entry frees the table with all that it maps', () => {
    const table = new SimulatedTable();
    table.map(identity(0x200000, 4 * KIB));
    const plan = table.unmap(0x200000, 2 * MIB);
    expect(plan).toMatchObject({ unmapped: 2 * MIB, stopped: null });
    expect(plan.calls[0]?.freed).toEqual([0x80101000]);
    expect(table.unmap(0, GIB)).toMatchObject({ unmapped: GIB, stopped: null });
    expect(table.live.size).toBe(0);
  });

  it('of a gigabyte frees all tables below, the last level first', () => {
    const table = new SimulatedTable();
    table.map(identity(0x200000, 4 * KIB));
    expect(table.unmap(0, GIB).calls[0]?.freed).toEqual([0x80101000, 0x80100000]);
  });

  it('is aligned and in range, or does nothing', () => {
    const table = new SimulatedTable();
    expect(table.unmap(1, 4096)).toEqual({ calls: [], unmapped: 0, stopped: 'unaligned' });
    expect(table.unmap(2 ** 36, 4096)).toMatchObject({ unmapped: 0, stopped: 'out-of-range' });
  });
});
