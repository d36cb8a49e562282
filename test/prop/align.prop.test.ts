import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { align } from '../../src/diff/align.ts';

const sequence = fc
  .array(fc.integer({ min: 0, max: 6 }), { maxLength: 120 })
  .map((values) => Int32Array.from(values));

/** Length of the longest common subsequence, by the textbook. */
function lcs(a: Int32Array, b: Int32Array): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const value of a) {
    const next = [0];
    b.forEach((other, j) => {
      next.push(value === other ? (row[j] ?? 0) + 1 : Math.max(row[j + 1] ?? 0, next[j] ?? 0));
    });
    row = next;
  }
  return row[b.length] ?? 0;
}

function matched(a: Int32Array, b: Int32Array): number {
  let aAt = 0;
  let bAt = 0;
  let total = 0;
  for (const match of align(a, b)) {
    expect(match.length).toBeGreaterThan(0);
    expect(match.a).toBeGreaterThanOrEqual(aAt);
    expect(match.b).toBeGreaterThanOrEqual(bAt);
    for (let i = 0; i < match.length; i++) expect(a[match.a + i]).toBe(b[match.b + i]);
    aAt = match.a + match.length;
    bAt = match.b + match.length;
    total += match.length;
  }
  expect(aAt).toBeLessThanOrEqual(a.length);
  expect(bAt).toBeLessThanOrEqual(b.length);
  return total;
}

describe('align', () => {
  it('matches equal elements, in order, each once', () => {
    fc.assert(
      fc.property(sequence, sequence, (a, b) => void matched(a, b)),
      { numRuns: 500 },
    );
  });

  it('matches everything of a sequence with itself', () => {
    fc.assert(
      fc.property(sequence, (a) => {
        expect(matched(a, a)).toBe(a.length);
      }),
    );
  });

  it('finds the longest common subsequence when one side only lacks or adds elements', () => {
    const edited = fc.tuple(sequence, fc.array(fc.boolean(), { maxLength: 120 })).map(([a, keep]) => ({
      a,
      b: a.filter((_value, index) => keep[index] ?? true),
    }));
    fc.assert(
      fc.property(edited, ({ a, b }) => {
        // Anchors may cost a little against the optimum; losing more than a few elements would be a bug.
        expect(matched(a, b)).toBeGreaterThanOrEqual(lcs(a, b) * 0.8 - 2);
      }),
      { numRuns: 300 },
    );
  });

  it('stays near-linear when nothing is unique', () => {
    const a = Int32Array.from({ length: 200_000 }, (_unused, index) => index % 3);
    const b = Int32Array.from({ length: 200_000 }, (_unused, index) => (index * 7) % 3);
    expect(matched(a, b)).toBeGreaterThan(0);
  });
});
