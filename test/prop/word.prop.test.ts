import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hex,
  highHalf,
  lowHalf,
  signedWord,
  signedWordFromHalves,
  WORD_MAX,
  wordFromHalves,
} from '../../src/base/word.ts';

const words = fc.oneof(
  fc.bigInt({ min: 0n, max: WORD_MAX }),
  fc.nat({ max: 64 }).map((bits) => (1n << BigInt(bits)) - 1n),
);

/** Whole numbers with as many digits as any, and those beside a power of two. */
const numbers = fc.oneof(
  fc.maxSafeNat(),
  fc
    .nat({ max: 53 })
    .chain((bits) => fc.constantFrom(2 ** bits - 1, 2 ** Math.min(bits, 52), 2 ** Math.min(bits, 52) + 1)),
);

describe('a word', () => {
  it('is its halves, as an unsigned and as a signed number', () => {
    fc.assert(
      fc.property(words, (word) => {
        const high = highHalf(word);
        const low = lowHalf(word);
        expect(BigInt(high) * 2n ** 32n + BigInt(low)).toBe(word);
        expect(wordFromHalves(high, low)).toBe(word);
        expect(signedWordFromHalves(high, low)).toBe(signedWord(word));
        expect(signedWord(word) & WORD_MAX).toBe(word);
      }),
    );
  });
});

describe('hex', () => {
  it('writes what the engine writes', () => {
    fc.assert(
      fc.property(words, numbers, (word, number) => {
        expect(hex(word)).toBe(`0x${word.toString(16)}`);
        expect(hex(number)).toBe(`0x${number.toString(16)}`);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([0, 0n, -1, -5n, WORD_MAX + 1n, 1.5, 2 ** 60, Number.NaN])(
    'writes %s as the engine does',
    (value) => {
      expect(hex(value)).toBe(`0x${value.toString(16)}`);
    },
  );
});
