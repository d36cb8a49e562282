import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECOGNISERS } from '../../src/kernel-logs/dmesg/all-recognisers.ts';
import { interleaved, linesOf, type ToldFault, toldFaults } from '../support/arbitrary-reports.ts';
import { parseText } from '../support/parse-text.ts';

const EXAMPLES = RECOGNISERS.map(({ example }) => example);

/** An example with a piece cut out, put in or overwritten. */
const mutated = fc
  .tuple(fc.constantFrom(...EXAMPLES), fc.nat(120), fc.nat(12), fc.string({ maxLength: 12 }))
  .map(([line, at, length, inserted]) =>
    `${line.slice(0, at)}${inserted}${line.slice(at + length)}`.replaceAll('\n', ' '),
  );

const stamped = (lines: readonly string[]) =>
  lines.map((text, index) => `[    1.${String(index).padStart(6, '0')}] ${text}\n`).join('');

const told = ({ fsr, iova, fsynr0, streamId, contextBank }: ToldFault) => ({
  fsr,
  iova,
  fsynr: fsynr0,
  stream_id: streamId,
  context_bank: contextBank,
  hardware_bank: (fsynr0 >>> 16) & 0xff,
  level: fsynr0 & 3,
});

describe('recognisers', () => {
  it('take any line, keep each, and tell of each only once, in the order of the lines', () => {
    const logs = fc.array(fc.oneof(mutated, fc.constantFrom(...EXAMPLES)), { maxLength: 40 });
    fc.assert(
      fc.property(logs, (lines) => {
        const events = parseText('dmesg', stamped(lines));
        const printed = events.filter(({ kind }) => kind === 'log.printed');
        expect(printed).toHaveLength(lines.length);
        const meanings = events.filter(({ kind }) => kind !== 'log.printed');
        const places = meanings.map(({ line }) => line ?? 0);
        expect(places).toEqual([...places].sort((a, b) => a - b));
        for (const { cause, line } of meanings)
          expect(printed.find(({ seq }) => seq === cause)?.line).toBe(line);
      }),
      { numRuns: 300 },
    );
  });

  it('put faults together whose lines several CPUs print at once', () => {
    fc.assert(
      fc.property(toldFaults, fc.array(fc.nat(3), { maxLength: 20 }), (faults, picks) => {
        const foreign = ['usb 1-1: new high-speed USB device', 'remoteproc remoteproc0: recovering adsp'];
        const log = interleaved([...faults.map(linesOf), foreign], picks);
        const events = parseText('dmesg', stamped(log));
        const found = events.flatMap((event) => (event.kind === 'smmu.faulted' ? [event.payload] : []));
        const byStream = <T extends { stream_id: number | null }>(list: readonly T[]) =>
          [...list].sort((a, b) => (a.stream_id ?? 0) - (b.stream_id ?? 0));
        expect(byStream(found)).toMatchObject(byStream(faults.map(told)));
        expect(found).toHaveLength(faults.length);
        expect(events.filter(({ kind }) => kind === 'remoteproc.state_changed')).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });
});
