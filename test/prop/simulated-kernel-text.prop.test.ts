import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BootEvent } from '../../src/events/catalog.ts';
import { findSoc, SOC_NAMES } from '../../src/soc/find-soc.ts';
import { arbitraryPlan } from '../support/arbitrary-plan.ts';
import { printEvents } from '../support/carried-events.ts';
import { parseText } from '../support/parse-text.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { simulated } from '../support/simulated-boot.ts';
import { roundTripDifferences } from '../support/text-round-trip.ts';

type LogPrinted = BootEvent & { readonly kind: 'log.printed' };
type SmmuFaulted = BootEvent & { readonly kind: 'smmu.faulted' };

/**
 * One fault is one event in a simulation, of the hardware, and causes the lines that Linux prints of it: three of
 * them at most, and some faults are never printed. An import has only lines, and makes an event of each that
 * reports a fault. So faults are compared line by line: what a reader makes of a line is true of the fault that
 * caused it.
 */
function untrueFaults(events: readonly BootEvent[]): unknown[] {
  const imported = parseText('dmesg', printEvents('dmesg', events));
  const isLine = (event: BootEvent): event is LogPrinted => event.kind === 'log.printed';
  const isFault = (event: BootEvent): event is SmmuFaulted => event.kind === 'smmu.faulted';
  const bySeq = new Map(events.filter(isFault).map((fault) => [fault.seq, fault]));
  const printed = events.filter((event) => isLine(event) && event.agent === 'linux');
  const read = imported.filter(isLine);
  return imported.filter(isFault).flatMap((fault) => {
    const line = printed[read.findIndex(({ seq }) => seq === fault.cause)];
    const real = bySeq.get(line?.cause ?? 0);
    return real !== undefined && isTrueOf(fault, real) ? [] : [{ fault, real }];
  });
}

/** Whether a line's fault says nothing that the real one does not. The remoteproc core knows the address only. */
function isTrueOf(told: SmmuFaulted, real: SmmuFaulted): boolean {
  if (told.subject === null) return told.payload.iova === real.payload.iova;
  const says = (field: keyof SmmuFaulted['payload']): boolean =>
    told.payload[field] === null || told.payload[field] === real.payload[field];
  return (
    told.subject === real.subject &&
    told.agent === real.agent &&
    (Object.keys(told.payload) as (keyof SmmuFaulted['payload'])[]).every(says)
  );
}

describe('what a simulated boot prints', () => {
  it('comes back when it is imported, together and each file alone', () => {
    fc.assert(
      fc.property(arbitraryPlan, (plan) => {
        expect(roundTripDifferences(simulated(plan).events)).toEqual([]);
      }),
      propertyRuns(12),
    );
  });

  it('says nothing of a fault of the SMMU that is not so', () => {
    const boots = fc.record({
      soc: fc.constantFrom(...SOC_NAMES.filter((name) => findSoc(name)?.el2Overlay !== null)),
      mode: fc.constant('el2'),
      seed: fc.nat(),
      faults: fc.subarray(['F-16', 'F-30', 'F-31', 'F-36', 'F-37', 'F-110@1'], { minLength: 1 }),
    });
    fc.assert(
      fc.property(boots, (plan) => {
        const { events } = simulated(plan);
        expect(untrueFaults(events)).toEqual([]);
      }),
      propertyRuns(8),
    );
  });
});
