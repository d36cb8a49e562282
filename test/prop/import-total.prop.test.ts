import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectFormat } from '../../src/kernel-logs/detect-format.ts';
import { LOG_FORMATS, type LogFormat } from '../../src/kernel-logs/log-formats.ts';
import { LOG_FIXTURES } from '../support/log-fixtures.ts';
import { parseText } from '../support/parse-text.ts';

const SAMPLES: readonly { readonly format: LogFormat; readonly bytes: Buffer }[] = [
  ...LOG_FIXTURES,
  {
    format: 'dmesg',
    bytes: readFileSync(new URL('../../traces/el2-crash-recovery/dmesg.txt', import.meta.url)),
  },
  {
    format: 'ftrace',
    bytes: readFileSync(new URL('../../traces/el2-boot-stop-boot/pas.ftrace.txt', import.meta.url)),
  },
];

/** A real log with some bytes overwritten, some cut out and some put in twice. */
const mutated = (sample: Buffer) =>
  fc
    .array(
      fc.record({
        at: fc.nat(sample.length - 1),
        length: fc.integer({ min: 1, max: 40 }),
        bytes: fc.uint8Array({ maxLength: 20 }),
      }),
      { minLength: 1, maxLength: 12 },
    )
    .map((edits) =>
      edits.reduce<Buffer>((bytes, { at, length, bytes: inserted }) => {
        const place = Math.min(at, bytes.length);
        return Buffer.concat([bytes.subarray(0, place), inserted, bytes.subarray(place + length)]);
      }, sample),
    );

function lineCount(bytes: Uint8Array): number {
  let newlines = 0;
  for (const byte of bytes) if (byte === 0x0a) newlines++;
  return newlines + (bytes.length > 0 && bytes.at(-1) !== 0x0a ? 1 : 0);
}

function expectEveryLineCited(format: LogFormat, bytes: Uint8Array): void {
  const events = parseText(format, bytes);
  const cited = new Set(events.map((event) => event.line));
  expect(cited.size).toBe(lineCount(bytes));
  events.forEach((event, index) => {
    expect(event.seq).toBe(index + 1);
    if (event.cause !== null) expect(event.cause).toBeLessThan(event.seq);
  });
}

describe('every byte sequence gives events', () => {
  it.each(LOG_FORMATS)('%s: random bytes', (format) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => expectEveryLineCited(format, bytes)),
      { numRuns: 150 },
    );
  });

  it.each(SAMPLES)('$format: mutated logs', ({ format, bytes }) => {
    fc.assert(
      fc.property(mutated(bytes), (changed) => expectEveryLineCited(format, changed)),
      { numRuns: 30 },
    );
  });

  it('whatever it is taken for: lines of one log between those of another', () => {
    const sample = fc.constantFrom(...SAMPLES);
    fc.assert(
      fc.property(sample, sample, fc.constantFrom(...LOG_FORMATS), fc.nat(), (a, b, format, at) => {
        const place = at % a.bytes.length;
        const glued = Buffer.concat([a.bytes.subarray(0, place), b.bytes, a.bytes.subarray(place)]);
        expectEveryLineCited(format, glued);
      }),
      { numRuns: 60 },
    );
  });

  it('detects a format in anything', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => LOG_FORMATS.includes(detectFormat(bytes))),
    );
  });
});
