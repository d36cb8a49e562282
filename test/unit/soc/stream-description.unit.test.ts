import { describe, expect, it } from 'vitest';
import { bankStreams, streamsIntersect } from '../../../src/soc/stream-description.ts';

describe('stream-match entries', () => {
  it.each([
    [0x3000, 0, 0x3000, 0, true],
    [0x3000, 0, 0x3003, 0, false],
    [0x880, 0x400, 0xc80, 0, true],
    [0x21c0, 0x400, 0x2141, 0x4a0, false],
    [0x1000, 0x80, 0x1003, 0x80, false],
  ])('%#x/%#x and %#x/%#x intersect: %o', (idA, maskA, idB, maskB, expected) => {
    const a = { streamId: idA, mask: maskA };
    const b = { streamId: idB, mask: maskB };
    expect(streamsIntersect(a, b)).toBe(expected);
    expect(streamsIntersect(b, a)).toBe(expected);
  });

  it('of context banks come bank by bank', () => {
    expect(bankStreams([3, 11], [0x1000, 0x80], [0x1060, 0])).toEqual([
      { streamId: 0x1003, mask: 0x80 },
      { streamId: 0x1063, mask: 0 },
      { streamId: 0x100b, mask: 0x80 },
      { streamId: 0x106b, mask: 0 },
    ]);
  });
});
