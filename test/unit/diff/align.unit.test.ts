import { describe, expect, it } from 'vitest';
import { align } from '../../../src/diff/align.ts';

const aligned = (a: readonly number[], b: readonly number[]) => align(Int32Array.from(a), Int32Array.from(b));

describe('what both sides have', () => {
  it('is the first of those that are equal, where one side has more of them', () => {
    expect(aligned([1, 2], [1, 2, 3, 2])).toEqual([{ a: 0, b: 0, length: 2 }]);
    expect(aligned([1, 2, 3, 2], [1, 2])).toEqual([{ a: 0, b: 0, length: 2 }]);
  });

  it('is so with more behind it, and where the other side has something of its own', () => {
    expect(aligned([1, 2, 9], [1, 2, 3, 1, 2, 9])).toEqual([
      { a: 0, b: 0, length: 2 },
      { a: 2, b: 5, length: 1 },
    ]);
    expect(aligned([1, 8, 2], [1, 2, 3, 2])).toEqual([
      { a: 0, b: 0, length: 1 },
      { a: 2, b: 1, length: 1 },
    ]);
  });
});
