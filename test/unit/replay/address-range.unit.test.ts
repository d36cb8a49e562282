import { describe, expect, it } from 'vitest';
import {
  type AddressRange,
  mergeRanges,
  renderExtent,
  renderIovas,
  renderTarget,
  subtractRanges,
} from '../../../src/replay/address-range.ts';

function range(iova: number, size: number, rest: Partial<AddressRange> = {}): AddressRange {
  return { iova, pa: iova, size, protection: 3, since: null, ...rest };
}

describe('mergeRanges', () => {
  it('joins neighbours, and says when the last of them came', () => {
    expect(mergeRanges([range(0x1000, 0x1000, { since: 5 }), range(0x2000, 0x3000, { since: 3 })])).toEqual([
      range(0x1000, 0x4000, { since: 5 }),
    ]);
  });

  it.each([
    ['a gap', range(0x3000, 0x1000)],
    ['other memory', range(0x2000, 0x1000, { pa: 0x9000 })],
    ['another protection', range(0x2000, 0x1000, { protection: 1 })],
    ['an unknown protection', range(0x2000, 0x1000, { protection: null })],
  ])('keeps %s apart', (_what, next) => {
    expect(mergeRanges([range(0x1000, 0x1000), next])).toHaveLength(2);
  });
});

describe('subtractRanges', () => {
  it('leaves what is not covered, with the memory that belongs to it', () => {
    const whole = range(0x1000, 0x6000, { pa: 0x9_1000 });
    const middle = range(0x3000, 0x1000, { pa: 0x9_3000 });
    expect(subtractRanges([whole], [middle])).toEqual([
      range(0x1000, 0x2000, { pa: 0x9_1000 }),
      range(0x4000, 0x3000, { pa: 0x9_4000 }),
    ]);
    expect(subtractRanges([middle], [whole])).toEqual([]);
  });

  it('takes a cover in pieces, in any order, that overlap', () => {
    const pieces = [range(0x3000, 0x2000), range(0x1000, 0x1000), range(0x2000, 0x2000)];
    expect(subtractRanges([range(0x1000, 0x5000)], pieces)).toEqual([range(0x5000, 0x1000)]);
  });

  it('does not take what leads elsewhere, or another protection, for a cover', () => {
    const wanted = range(0x1000, 0x1000);
    expect(subtractRanges([wanted], [range(0x1000, 0x1000, { pa: 0 })])).toEqual([wanted]);
    expect(subtractRanges([wanted], [range(0x1000, 0x1000, { protection: null })])).toEqual([wanted]);
  });
});

describe('a range for people', () => {
  it('has both ends, its target, size and protection', () => {
    const carveout = range(0x9590_0000, 0x1e0_0000);
    expect(`${renderIovas(carveout)} ${renderTarget(carveout)} ${renderExtent(carveout)}`).toBe(
      '0x95900000-0x97700000 -> same   30 MiB rw',
    );
    const moved = range(0x1000, 0x1000, { pa: 0x8000_0000, protection: null });
    expect(`${renderTarget(moved)} ${renderExtent(moved)}`).toBe('-> 0x80000000    4 KiB prot ?');
  });
});
