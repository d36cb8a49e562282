import { describe, expect, it } from 'vitest';
import { encodeTable } from '../../../src/soc/lpae.ts';
import { leavesOfTable } from '../../../src/soc/table-leaves.ts';
import { SimulatedTable } from '../../support/simulated-table.ts';

const READ_WRITE = 3;

describe('leavesOfTable', () => {
  it('finds pages and blocks in order of their addresses', () => {
    const simulated = new SimulatedTable();
    simulated.map({ iova: 0x4020_0000, pa: 0x8020_0000, size: 0x20_0000, protection: READ_WRITE });
    simulated.map({ iova: 0x1000, pa: 0x9000_0000, size: 0x2000, protection: READ_WRITE });
    const { leaves, isComplete } = leavesOfTable(simulated.table, simulated.table.read);
    expect(isComplete).toBe(true);
    expect(leaves.map(({ iova, size, leaf }) => [iova, size, leaf.pa])).toEqual([
      [0x1000, 0x1000, 0x9000_0000],
      [0x2000, 0x1000, 0x9000_1000],
      [0x4020_0000, 0x20_0000, 0x8020_0000],
    ]);
  });

  it('says that a table is not all known', () => {
    const simulated = new SimulatedTable();
    const { isComplete, leaves } = leavesOfTable(simulated.table, () => undefined);
    expect({ isComplete, leaves }).toEqual({ isComplete: false, leaves: [] });
  });

  it('ends where a damaged table leads back to itself', () => {
    const { table, memory } = new SimulatedTable();
    for (let index = 0; index < 64; index++)
      memory.write(table.rootPa + 8 * index, encodeTable(table.rootPa, true));
    expect(leavesOfTable(table, table.read)).toEqual({ isComplete: false, leaves: [] });
  });

  it('takes no shape for a table that none can have', () => {
    const { table } = new SimulatedTable();
    const read = () => 0n;
    expect(leavesOfTable({ ...table, inputBits: 2000 }, read).isComplete).toBe(false);
    expect(leavesOfTable({ ...table, startLevel: 7 }, read).isComplete).toBe(false);
    expect(leavesOfTable({ ...table, rootPa: table.rootPa + 4 }, read).isComplete).toBe(false);
  });
});
