import { expect, it } from 'vitest';
import { decodeBytewise } from '../../../src/kernel-logs/ascii.ts';

it('gives each byte the character of its value, whichever engine decodes', () => {
  const bytes = Uint8Array.from({ length: 0x100 }, (_, index) => index);
  expect([...decodeBytewise(bytes, 0, 0x100)].map((letter) => letter.charCodeAt(0))).toEqual([...bytes]);
  expect(decodeBytewise(bytes, 0x41, 0x44)).toBe('ABC');
});
