import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { present } from '../../src/base/assert.ts';
import { Regions } from '../../src/diff/regions.ts';
import { RowFingerprints } from '../../src/diff/row-fingerprints.ts';
import { buildEvent, numbered } from '../support/build-event.ts';

const part = fc.oneof(
  fc.constantFrom(
    '-',
    ' -',
    '(-',
    '=-',
    '--',
    '.',
    '..',
    '_',
    ' ',
    ':',
    '0x',
    '0X',
    'x',
    'é',
    '\u{1f600}',
    '#',
  ),
  fc.stringMatching(/^[0-9]{1,4}$/),
  fc.stringMatching(/^[0-9a-fA-F]{6,10}$/),
  fc.stringMatching(/^[a-zA-Z]{1,4}$/),
  fc.string({ maxLength: 4 }),
);
const line = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''));

function fingerprintsOf(take: (fingerprints: RowFingerprints) => void) {
  const fingerprints = new RowFingerprints(new Regions());
  take(fingerprints);
  const { identity, value, gaps } = fingerprints;
  return [identity.low, identity.high, value.low, value.high, gaps];
}

describe('the fingerprint of a line of a log', () => {
  it('is that of its canonical text', () => {
    fc.assert(
      fc.property(line, (text) => {
        const event = present(numbered([buildEvent('log.printed', { level: null, text })])[0], 'one event');
        expect(fingerprintsOf((fingerprints) => fingerprints.takeLine(text))).toEqual(
          fingerprintsOf((fingerprints) => fingerprints.takeText(event)),
        );
      }),
      { numRuns: 2000 },
    );
  });
});
