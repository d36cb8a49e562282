import { describe, expect, it } from 'vitest';
import { parseRegionList } from '../../../src/soc/region-list.ts';

describe('a list of reserved regions', () => {
  it('takes the base from the unit address, unless it is given', () => {
    expect(
      parseRegionList(`
        smem@90900000 0x200000
        xbl-uefi-res@80880000 0x80884000+0x10000
      `),
    ).toEqual([
      { name: 'smem@90900000', pa: 0x9090_0000, size: 0x20_0000, noMap: true },
      { name: 'xbl-uefi-res@80880000', pa: 0x8088_4000, size: 0x1_0000, noMap: true },
    ]);
  });

  it.each(['smem 0x200000', 'smem@90900000', 'smem@90900000 2M'])('refuses %s', (line) => {
    expect(() => parseRegionList(line)).toThrow(line);
  });
});
