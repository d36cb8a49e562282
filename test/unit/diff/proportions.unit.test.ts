import { describe, expect, it } from 'vitest';
import {
  bootsNeeded,
  comparisonsThatCount,
  differenceInterval,
  fisherP,
  leastFisherP,
  wilsonInterval,
} from '../../../src/diff/proportions.ts';

describe('intervals of shares', () => {
  it('are those that Newcombe gives as an example', () => {
    // Newcombe 1998 (two proportions), example (a): 56 of 70 and 48 of 80, method 10: 0.0524 to 0.3339.
    const { low, high } = differenceInterval({ k: 48, n: 80 }, { k: 56, n: 70 });
    expect(low).toBeCloseTo(0.0524, 4);
    expect(high).toBeCloseTo(0.3339, 4);
    // Newcombe 1998 (single proportion), Wilson: 81 of 263: 0.2553 to 0.3662; 0 of 20: 0 to 0.1611.
    expect(wilsonInterval({ k: 81, n: 263 }).low).toBeCloseTo(0.2553, 4);
    expect(wilsonInterval({ k: 81, n: 263 }).high).toBeCloseTo(0.3662, 4);
    expect(wilsonInterval({ k: 0, n: 20 })).toEqual({ low: 0, high: expect.closeTo(0.1611, 4) });
    expect(wilsonInterval({ k: 0, n: 0 })).toEqual({ low: 0, high: 1 });
  });
});

describe("Fisher's exact test", () => {
  it('gives the values of textbooks', () => {
    // The lady tasting tea: 3 of 4 and 1 of 4.
    expect(fisherP({ k: 3, n: 4 }, { k: 1, n: 4 })).toBeCloseTo(34 / 70, 10);
    expect(fisherP({ k: 0, n: 8 }, { k: 8, n: 8 })).toBeCloseTo(2 / 12870, 10);
    expect(fisherP({ k: 5, n: 5 }, { k: 7, n: 7 })).toBe(1);
    expect(leastFisherP({ k: 1, n: 5 }, { k: 0, n: 5 })).toBeCloseTo(1, 10);
  });

  it('counts only comparisons that could have come out', () => {
    expect(comparisonsThatCount([])).toBe(1);
    expect(comparisonsThatCount([0.001, 0.001, 0.4, 1])).toBe(2);
    expect(comparisonsThatCount([0.02, 0.02, 0.02])).toBe(3);
    // 2 of 70 chances for 4 and 4, 2 of 252 for 5 and 5.
    expect(bootsNeeded(1)).toBe(4);
    expect(bootsNeeded(4)).toBe(5);
    expect(bootsNeeded(0)).toBe(4);
  });
});
