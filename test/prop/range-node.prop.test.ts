import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangeNode } from '../../src/base/range-node.ts';
import { propertyRuns } from '../support/property-runs.ts';

const addresses = fc.oneof(
  fc.integer({ min: 0, max: 200 }).map((page) => page * 4096),
  fc.integer({ min: 0, max: 2 ** 31 - 1 }).map((page) => page * 4096),
  fc.integer({ min: 0, max: 2 ** 51 }),
  fc.constantFrom(0, 2 ** 30 - 4096, 2 ** 43 - 4096, 2 ** 43, 2 ** 47 - 4096),
);
const sizes = fc.oneof(
  fc.integer({ min: 0, max: 20 }).map((page) => page * 4096),
  fc.integer({ min: 0, max: 2 ** 40 }),
);
const place = fc.double({ min: 0, max: 1, noNaN: true });

/** What docs/sql.md looks for. */
function nodesOf(address: number): bigint[] {
  const x = BigInt(address);
  return Array.from({ length: 42 }, (_, index) => BigInt(index + 11)).map((n) => ((x >> n) | 1n) << n);
}

describe('the node of a range', () => {
  it('is one of those in which each of its addresses is looked for', () => {
    fc.assert(
      fc.property(addresses, sizes, place, (start, size, part) => {
        const address = start + Math.floor(part * Math.max(0, size - 1));
        expect(nodesOf(address)).toContain(BigInt(rangeNode(start, size)));
      }),
      propertyRuns(2000),
    );
  });

  it('lies in every range of more than a page, so that two of one node overlap', () => {
    fc.assert(
      fc.property(addresses, fc.integer({ min: 4097, max: 2 ** 40 }), (start, size) => {
        const node = rangeNode(start, size);
        const first = Math.floor(start / 4096) * 4096;
        expect(node).toBeGreaterThanOrEqual(first);
        expect(node).toBeLessThan(Math.ceil((start + size) / 4096) * 4096);
      }),
      propertyRuns(2000),
    );
  });

  it('belongs to a block no larger than the range needs: an aligned range is its own block', () => {
    fc.assert(
      fc.property(fc.integer({ min: 12, max: 40 }), fc.integer({ min: 0, max: 1000 }), (bits, number) => {
        const size = 2 ** bits;
        expect(rangeNode(number * size, size)).toBe(number * size + size / 2);
      }),
      propertyRuns(500),
    );
  });

  it('is found for a range that only a damaged source tells', () => {
    expect(rangeNode(-4096, 8192)).toBe(0);
    expect(rangeNode(-8192, 4096)).toBe(-8192 + 2048);
    expect(rangeNode(2 ** 53 - 1, 2 ** 53 - 1)).toBeGreaterThan(0);
  });
});
