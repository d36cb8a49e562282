import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../src/base/seeded-random.ts';
import { RangeIndex } from '../../../src/soc/range-index.ts';

interface Range {
  iova: number;
  size: number;
  isLive: boolean;
}

/** Adds, ends and looks up ranges at random, and compares each answer with a look at all of them. */
function compareWithList(seed: number, steps: number, longest: number): { asked: number; found: number } {
  const random = new SeededRandom(seed);
  const all = new Set<Range>();
  const dropped = new Set<Range>();
  const index = new RangeIndex<Range>((range) => void dropped.add(range));
  let asked = 0;
  let found = 0;
  for (let step = 0; step < steps; step++) {
    const iova = random.below(100_000);
    const size = 1 + random.below(random.below(20) === 0 ? longest : 20);
    switch (random.below(5)) {
      case 0:
      case 1: {
        const range = { iova, size, isLive: true };
        all.add(range);
        index.add(range);
        break;
      }
      case 2:
      case 3: {
        const [victim] = index.overlapping(iova, iova + size + 1000);
        if (victim === undefined) break;
        victim.isLive = false;
        all.delete(victim);
        index.noteEnd();
        break;
      }
      default: {
        const answer = index.overlapping(iova, iova + size);
        const expected = [...all].filter(
          (range) => range.iova < iova + size && range.iova + range.size > iova,
        );
        expect(new Set(answer)).toEqual(new Set(expected));
        expect(answer.map((range) => range.iova)).toEqual(
          answer.map((range) => range.iova).sort((a, b) => a - b),
        );
        asked++;
        found += answer.length;
      }
    }
  }
  for (const range of dropped) expect(range.isLive).toBe(false);
  expect(dropped.size).toBeGreaterThan(500);
  return { asked, found };
}

describe('a range index', () => {
  it('finds what a look at everything finds, also where ranges overlap', () => {
    const { asked, found } = compareWithList(1, 12_000, 60_000);
    expect(asked).toBeGreaterThan(2000);
    expect(found).toBeGreaterThan(1000);
  });

  it('finds short ranges among thousands', () => {
    const { asked, found } = compareWithList(2, 12_000, 20);
    expect(asked).toBeGreaterThan(2000);
    expect(found).toBeGreaterThan(100);
  });
});
