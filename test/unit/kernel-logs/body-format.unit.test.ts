import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cursor } from '../../../src/kernel-logs/ascii.ts';
import { type BodyFormat, compileFormat } from '../../../src/kernel-logs/body-format.ts';

/** Bytes behind the line that would go on with any number or text if a reader looked beyond the end. */
const BEYOND = 'f0 size=1';

function match(format: BodyFormat, line: string): { matches: boolean; at: number } {
  const bytes = Buffer.from(line + BEYOND);
  const cursor = new Cursor();
  cursor.reset(bytes, 0, bytes.length - BEYOND.length);
  const matches = format.match(cursor);
  return { matches, at: cursor.at };
}

describe('compileFormat', () => {
  it('reads every kind of number', () => {
    const format = compileFormat(
      'a={hex16} b=0x{hex} c={decimal} d={signed} e={number} f={number} g=0x{word}',
    );
    const line = 'a=0007ffffffffffff b=0xAbcdef123 c=123456789012345 d=-5 e=0x10 f=10 g=0xfedcba9876543210';
    expect(match(format, line)).toEqual({ matches: true, at: line.length });
    expect([...format.values.slice(0, 6)]).toEqual([2 ** 51 - 1, 0xabcdef123, 123456789012345, -5, 16, 10]);
    expect([format.high[6], format.low[6]]).toEqual([0xfedcba98, 0x76543210]);
  });

  it.each([
    ['size={decimal}', 'size='],
    ['size={decimal}', 'size=-1'],
    ['size={decimal}', 'size=1234567890123456'],
    ['size={signed}', 'size=-'],
    ['pa=0x{hex}', 'pa=0x'],
    ['pa=0x{hex}', 'pa=0x8000000000000'],
    ['pa=0x{hex}', 'pa=0x00000000000000001'],
    ['x0:0x{word}', 'x0:0x00000000000000001'],
    ['pa={number} ', 'pa=0x '],
    ['pa={hex16}', 'pa=000000000000000'],
    ['pa={hex16}', 'pa=00000000000000g0'],
    ['pa={hex16}', 'pa=0008000000000000'],
    ['pa={hex16}!', 'pa=0000000000000000'],
    ['{decimal} size={decimal}', '1 size'],
  ])('%s is not %s, and the cursor stays', (format, line) => {
    expect(match(compileFormat(format), line)).toEqual({ matches: false, at: 0 });
  });

  it('finds any text that is there, and no other', () => {
    const text = fc.stringMatching(/^[a-z=: ]{1,12}$/);
    fc.assert(
      fc.property(text, text, (wanted, there) => {
        const { matches } = match(compileFormat(wanted), there);
        expect(matches).toBe(there.startsWith(wanted));
      }),
    );
  });
});
