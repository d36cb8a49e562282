import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeDescriptor,
  encodeLeaf,
  encodeTable,
  entrySize,
  type LeafDescriptor,
  leafProtection,
} from '../../src/soc/lpae.ts';
import { TableMemory } from '../../src/soc/table-memory.ts';
import { checkAccess, walkAccess } from '../../src/soc/walk.ts';
import { SimulatedTable } from '../support/simulated-table.ts';

const PAGE = 4096;
const BLOCK_PAGES = 512;

const shapes = fc.record({
  stage: fc.constantFrom<1 | 2>(1, 2),
  inputBits: fc.constantFrom(32, 36, 39, 40, 48),
  isCoherent: fc.boolean(),
});

/** Pages close to the ends of tables, where runs end, and sizes up to a few blocks. */
const firstPages = fc
  .tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: BLOCK_PAGES - 1 }))
  .map(([block, page]) => block * BLOCK_PAGES + page);
const pageCounts = fc.oneof(
  fc.integer({ min: 1, max: 8 }),
  fc.integer({ min: 1, max: 3 * BLOCK_PAGES }),
  fc.constantFrom(BLOCK_PAGES, 2 * BLOCK_PAGES),
);
/** Half of the targets lie in their blocks as the input addresses do. */
const targetShifts = fc.oneof(
  fc.integer({ min: 0, max: 8 }).map((blocks) => blocks * BLOCK_PAGES),
  fc.integer({ min: 0, max: 4 * BLOCK_PAGES }),
);
const protections = fc
  .integer({ min: 0, max: 15 })
  .chain((rest) => fc.constantFrom(1, 2, 3).map((access) => (rest << 2) | access));

describe('a leaf', () => {
  const words = fc.record({
    stage: fc.constantFrom<1 | 2>(1, 2),
    level: fc.constantFrom(1, 2, 3),
    number: fc.integer({ min: 0, max: 2 ** 18 - 1 }),
    protection: protections,
  });

  it('is what it was made of', () => {
    fc.assert(
      fc.property(words, ({ stage, level, number, protection }) => {
        const pa = number * entrySize(level);
        const word = encodeLeaf(stage, level, pa, protection);
        const leaf = decodeDescriptor(stage, level, word) as LeafDescriptor;
        expect(leaf).toMatchObject({ kind: level === 3 ? 'page' : 'block', pa, isAccessed: true });
        expect(encodeLeaf(stage, level, pa, leafProtection(leaf))).toBe(word);
        expect(leaf.isWritable).toBe((protection & 2) !== 0);
        // Stage 1 cannot express write-only.
        expect(leaf.isReadable).toBe(stage === 1 || (protection & 1) !== 0);
      }),
    );
  });

  it('points to a table where it is one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 36 - 1 }), fc.boolean(), (number, isCoherent) => {
        const tablePa = number * PAGE;
        const descriptor = decodeDescriptor(1, 2, encodeTable(tablePa, isCoherent));
        expect(descriptor).toMatchObject({ kind: 'table', tablePa, isSoftwareSynced: !isCoherent });
      }),
    );
  });
});

describe('a map', () => {
  it('translates every address in it to what was asked for, none outside, and unmap undoes it', () => {
    fc.assert(
      fc.property(
        shapes,
        firstPages,
        pageCounts,
        targetShifts,
        protections,
        fc.nat({ max: PAGE - 1 }),
        (shape, first, count, shift, protection, offset) => {
          const table = new SimulatedTable({ ...shape, outputBits: shape.inputBits });
          const [iova, size] = [first * PAGE, count * PAGE];
          const pa = (first + shift) * PAGE;
          expect(table.map({ iova, pa, size, protection })).toMatchObject({ errno: 0, mapped: size });
          for (let page = 0; page < count; page += page < 4 || page > count - 4 ? 1 : 7) {
            expect(table.paOf(iova + page * PAGE + offset)).toBe(pa + page * PAGE + offset);
          }
          for (const outside of [iova - 1, iova + size, iova - 600 * PAGE, iova + size + 600 * PAGE]) {
            expect(table.walk(outside)).toMatchObject({ outcome: 'fault', fault: 'translation' });
          }
          const written = walkAccess(table.table, iova, 'write', table.table.read, true);
          expect(written.outcome).toBe((protection & 2) === 0 ? 'fault' : 'mapped');
          expect(table.unmap(iova, size)).toMatchObject({ unmapped: size, stopped: null });
          expect([...leavesOf(table, first, count)]).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });
});

function* leavesOf(table: SimulatedTable, first: number, count: number): Generator<number> {
  for (let page = first; page < first + count; page++) {
    if (table.paOf(page * PAGE) !== undefined) yield page;
  }
}

/** What a table maps, page by page. */
class NaiveTable {
  private readonly pages = new Map<number, { pa: number; leafPages: number }>();

  paOf(page: number): number | undefined {
    return this.pages.get(page)?.pa;
  }

  /** Maps leaf by leaf, blocks where both addresses allow them; what it put is gone again once one is in the way. */
  map(first: number, count: number, shift: number): boolean {
    const end = first + count;
    let page = first;
    while (page < end) {
      const isBlock = page % BLOCK_PAGES === 0 && shift % BLOCK_PAGES === 0 && page + BLOCK_PAGES <= end;
      const leafPages = isBlock ? BLOCK_PAGES : 1;
      // A block takes the place of a table and of all pages in it, but not that of another block.
      const isTaken = isBlock ? this.pages.get(page)?.leafPages === BLOCK_PAGES : this.pages.has(page);
      if (isTaken) {
        this.unmapped(first, page - first);
        return false;
      }
      for (let i = 0; i < leafPages; i++) {
        this.pages.set(page + i, { pa: (page + i + shift) * PAGE, leafPages });
      }
      page += leafPages;
    }
    return true;
  }

  unmapped(first: number, count: number): void {
    for (let page = first; page < first + count; page++) this.pages.delete(page);
  }

  /** Whether a range neither has a hole nor begins or ends inside a block. */
  isWhole(first: number, count: number): boolean {
    for (let page = first; page < first + count; page++) {
      const leafPages = this.pages.get(page)?.leafPages;
      if (leafPages === undefined) return false;
      const start = page - (page % leafPages);
      if (start < first || start + leafPages > first + count) return false;
    }
    return true;
  }
}

const steps = fc.array(
  fc.record({
    isMap: fc.boolean(),
    first: fc.integer({ min: 0, max: 3 * BLOCK_PAGES }),
    count: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(BLOCK_PAGES, 700, 2 * BLOCK_PAGES)),
    isAligned: fc.boolean(),
    shift: targetShifts,
  }),
  { maxLength: 25 },
);

describe('maps and unmaps in any order', () => {
  it('leave what a list of pages says', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (all, isCoherent) => {
        const table = new SimulatedTable({ isCoherent });
        const naive = new NaiveTable();
        for (const { isMap, isAligned, count, shift, ...step } of all) {
          const first = isAligned ? step.first - (step.first % BLOCK_PAGES) : step.first;
          const [iova, size, pa] = [first * PAGE, count * PAGE, (first + shift) * PAGE];
          if (isMap) {
            const plan = table.map({ iova, pa, size, protection: 3 });
            expect(plan.errno).toBe(naive.map(first, count, shift) ? 0 : -17);
            expect(plan.rollBack?.unmapped ?? 0).toBe(plan.errno === 0 ? 0 : plan.mapped);
          } else if (naive.isWhole(first, count)) {
            expect(table.unmap(iova, size)).toMatchObject({ unmapped: size, stopped: null });
            naive.unmapped(first, count);
          } else {
            // What a walk finds decides how much goes: at least never more than was asked for.
            const { unmapped } = table.unmap(iova, size);
            expect(unmapped).toBeLessThanOrEqual(size);
            naive.unmapped(first, unmapped / PAGE);
          }
        }
        for (let page = 0; page < 6 * BLOCK_PAGES; page++) {
          if (table.paOf(page * PAGE) !== naive.paOf(page)) {
            expect([page, table.paOf(page * PAGE)]).toEqual([page, naive.paOf(page)]);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('an access', () => {
  it('that is privileged is allowed what any other is', () => {
    fc.assert(
      fc.property(fc.constantFrom<1 | 2>(1, 2), protections, (stage, protection) => {
        const leaf = decodeDescriptor(stage, 3, encodeLeaf(stage, 3, 0, protection)) as LeafDescriptor;
        for (const access of ['read', 'write', 'fetch'] as const) {
          if (checkAccess(leaf, access) === null) expect(checkAccess(leaf, access, true)).toBeNull();
        }
      }),
    );
  });
});

describe('table memory', () => {
  const addresses = fc.integer({ min: 0, max: 4 * BLOCK_PAGES }).map((index) => 2 ** 40 + index * 8);
  const changes = fc.array(
    fc.oneof(
      fc.record({ pa: addresses, value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }),
      fc.record({ pa: addresses, words: fc.integer({ min: 1, max: 1100 }) }),
    ),
    { maxLength: 30 },
  );

  function apply(list: readonly ({ pa: number; value: bigint } | { pa: number; words: number })[]) {
    const memory = new TableMemory();
    const naive = new Map<number, bigint>();
    for (const change of list) {
      if ('value' in change) {
        memory.write(change.pa, change.value);
        naive.set(change.pa, change.value);
      } else {
        memory.clear(change.pa, change.words * 8);
        for (let i = 0; i < change.words; i++) naive.set(change.pa + i * 8, 0n);
      }
    }
    return { memory, naive };
  }

  it('reads what was written, and nothing else', () => {
    fc.assert(
      fc.property(changes, (list) => {
        const { memory, naive } = apply(list);
        for (let pa = 2 ** 40 - 8; pa < 2 ** 40 + 8 * 8 * BLOCK_PAGES; pa += 8) {
          if (memory.read(pa) !== naive.get(pa)) expect([pa, memory.read(pa)]).toEqual([pa, naive.get(pa)]);
        }
        const words = [...naive].filter(([, value]) => value !== 0n).sort(([a], [b]) => a - b);
        expect([...memory.nonZero()].map(({ pa, value }) => [pa, value])).toEqual(words);
      }),
    );
  });

  it('is equal to what knows the same words', () => {
    fc.assert(
      fc.property(changes, addresses, (list, pa) => {
        const { memory, naive } = apply(list);
        const other = new TableMemory();
        for (const [address, value] of [...naive].reverse()) other.write(address, value);
        expect(memory.equals(other)).toBe(true);
        expect(other.equals(memory)).toBe(true);
        const value = naive.get(pa);
        other.write(pa, value === undefined ? 0n : value ^ 1n);
        expect(memory.equals(other)).toBe(false);
      }),
    );
  });
});
