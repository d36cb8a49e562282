import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineFeed } from '../../src/app/line-feed.ts';

/** Feeds bytes in pieces of the given sizes, over and over. */
function feedOf(bytes: Uint8Array, pieces: readonly number[], looksAhead = false) {
  const kept: { bytes: Buffer; lineCount: number }[] = [];
  let position = 0;
  let turn = 0;
  const feed = new LineFeed(
    (buffer, offset) => {
      const wanted = Math.max(1, pieces[turn++ % pieces.length] ?? 1);
      const count = Math.min(wanted, bytes.length - position, buffer.length - offset);
      buffer.set(bytes.subarray(position, position + count), offset);
      position += count;
      return count;
    },
    (block, lineCount) => kept.push({ bytes: Buffer.from(block), lineCount }),
  );
  const lines: string[] = [];
  while (feed.advance()) {
    lines.push(feed.bytes.toString('latin1', feed.start, feed.end));
    if (looksAhead && lines.length % 3 === 0) {
      const next = lines.reduce((sum, line) => sum + line.length + 1, 0);
      expect(Buffer.from(feed.ahead()).equals(Buffer.from(bytes.subarray(next)))).toBe(true);
    }
  }
  return { lines, kept, feed };
}

function linesOf(bytes: Uint8Array): string[] {
  const lines = Buffer.from(bytes).toString('latin1').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

describe('LineFeed', () => {
  it('hands out every line and keeps every byte, however the bytes arrive', () => {
    const text = fc
      .uint8Array({ maxLength: 400 })
      .map((bytes) => bytes.map((byte) => (byte % 5 === 0 ? 0x0a : byte)));
    fc.assert(
      fc.property(
        text,
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        (bytes, pieces, looksAhead) => {
          const { lines, kept, feed } = feedOf(bytes, pieces, looksAhead);
          expect(lines).toEqual(linesOf(bytes));
          expect(feed.line).toBe(lines.length);
          expect(Buffer.concat(kept.map((block) => block.bytes)).equals(Buffer.from(bytes))).toBe(true);
          expect(kept.reduce((sum, block) => sum + block.lineCount, 0)).toBe(lines.length);
          expect(feed.bytesConsumed).toBe(bytes.length);
        },
      ),
    );
  });

  it('cuts its blocks at the ends of lines', () => {
    const text = Buffer.from('a line of some length\n'.repeat(60_000));
    const { kept, lines } = feedOf(text, [256 * 1024]);
    expect(lines.length).toBe(60_000);
    expect(kept.length).toBeGreaterThan(3);
    for (const block of kept) expect(block.bytes.at(-1)).toBe(0x0a);
  });

  it('numbers what follows a long line as an editor does', () => {
    const { lines, feed } = feedOf(Buffer.from(`first\n${'x'.repeat(3_000_000)}\nthird\n`), [256 * 1024]);
    expect(lines.at(-1)).toBe('third');
    expect(feed.line).toBe(3);
  });

  it('does not let a file without newlines fill the memory', () => {
    const text = Buffer.alloc(5_000_000, 0x41);
    const { kept, lines, feed } = feedOf(text, [256 * 1024]);
    expect(feed.line).toBe(1);
    expect(lines.reduce((sum, line) => sum + line.length, 0)).toBe(text.length);
    expect(kept.reduce((sum, block) => sum + block.bytes.length, 0)).toBe(text.length);
    expect(feed.bytes.length).toBeLessThan(4_000_000);
  });
});
