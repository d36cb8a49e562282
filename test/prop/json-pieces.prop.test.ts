import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonInPieces, toJson } from '../../src/cli/json.ts';

const scalar = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom('two\nlines', undefined, { toJSON: () => ['it', 'says so'] }),
);
/** Lists that are long enough to be written entry by entry, and ones that are not. */
const list = fc.tuple(scalar, fc.constantFrom(0, 1, 3, 300)).map(([item, count]) => Array(count).fill(item));
const value = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 4 }, scalar, list, tie('object'), fc.array(tie('any'), { maxLength: 3 })),
  object: fc.dictionary(fc.string(), tie('any'), { maxKeys: 4 }),
})).object;

describe('JSON in pieces', () => {
  it('is the JSON that it would be at once', () => {
    fc.assert(
      fc.property(value, (data) => {
        expect([...jsonInPieces(data, 2)].join('')).toBe(`${toJson(data, 2)}\n`);
      }),
    );
  });

  it('comes one by one where a list is long', () => {
    const pieces = [...jsonInPieces({ name: 'x', entries: Array(1000).fill({ a: 1 }) }, 2)];
    expect(pieces.length).toBeGreaterThan(1000);
  });
});
