import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { type BootEvent, isFailure } from '../../src/events/catalog.ts';
import { arbitraryEvent } from '../support/arbitrary-events.ts';
import { arbitraryPlan } from '../support/arbitrary-plan.ts';
import { printEvents } from '../support/carried-events.ts';
import { parseText } from '../support/parse-text.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { simulated } from '../support/simulated-boot.ts';

function expectSound(events: readonly BootEvent[]): void {
  const last = events.at(-1)?.seq ?? 0;
  for (const finding of diagnose(events)) {
    const cited = [...finding.evidence, ...finding.ruledOut.flatMap(({ seq }) => seq ?? [])];
    expect(finding.evidence.length).toBeGreaterThan(0);
    for (const seq of cited) expect(seq >= 1 && seq <= last).toBe(true);
    // Last words of a processor are its own.
    expect(finding.sentence.replace(/"[^"]*"/g, '')).not.toMatch(/undefined|NaN|\bnull\b/);
    expect(finding.count).toBeGreaterThanOrEqual(1);
  }
}

describe('findings', () => {
  it('stand on events of the boot, whatever the events say', () => {
    fc.assert(
      fc.property(fc.array(arbitraryEvent(), { maxLength: 60 }), (made) => {
        const events = made.map((event, index) => ({ ...event, seq: index + 1 }) as BootEvent);
        expect(() => diagnose(events)).not.toThrow();
      }),
      propertyRuns(200),
    );
  });

  it('say what they stand on, of whatever boot, by its events and by its log', () => {
    fc.assert(
      fc.property(arbitraryPlan, (plan) => {
        const { events } = simulated(plan);
        expectSound(events);
        expectSound(parseText('dmesg', printEvents('dmesg', events)));
      }),
      propertyRuns(12),
    );
  });

  it('speak of every start that failed', () => {
    fc.assert(
      fc.property(arbitraryPlan, (plan) => {
        const { events } = simulated(plan);
        const failed = events.some(
          (event) =>
            event.kind === 'remoteproc.state_changed' && isFailure(event) && event.payload.state === 'failed',
        );
        const real = diagnose(events).filter(({ severity }) => severity !== 'noise');
        if (failed) expect(real.length).toBeGreaterThan(0);
      }),
      propertyRuns(12),
    );
  });
});
