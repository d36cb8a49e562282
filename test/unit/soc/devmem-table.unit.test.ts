import { describe, expect, it } from 'vitest';
import { parseDevmemTable } from '../../../src/soc/devmem-table.ts';

describe('a resource table in text', () => {
  it('is read in the order of its lines, blank ones left out', () => {
    const table = parseDevmemTable(`
      smem 0x90900000+0x200000 RW

      stm_trace 0x16000000+0x1000000 W
      rng 0x10d4000+0x1000 R
    `);
    expect(table).toEqual([
      { name: 'smem', pa: 0x9090_0000, size: 0x20_0000, flags: 3 },
      { name: 'stm_trace', pa: 0x1600_0000, size: 0x100_0000, flags: 2 },
      { name: 'rng', pa: 0x10d_4000, size: 0x1000, flags: 1 },
    ]);
  });

  it.each([
    ['a size without 0x', 'smem 0x90900000+200000 RW'],
    ['no permissions', 'smem 0x90900000+0x200000'],
    ['permissions that TrustZone does not use', 'smem 0x90900000+0x200000 X'],
    ['a name that does not fit into an entry', `${'n'.repeat(32)} 0x1000+0x1000 R`],
  ])('is refused with %s', (_, line) => {
    expect(() => parseDevmemTable(line)).toThrow();
  });
});
