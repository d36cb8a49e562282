import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PlanRequest, planBoot } from '../../src/app/plan-boot.ts';
import { present } from '../../src/base/assert.ts';
import { applyEvent, type BootEvent, type PayloadOf } from '../../src/events/catalog.ts';
import { type WalkReport, walkReport } from '../../src/replay/walk-report.ts';
import type { BootPlan } from '../../src/simulator/boot-plan.ts';
import { initialSocState } from '../../src/soc/soc-state.ts';
import { arbitraryPlan } from '../support/arbitrary-plan.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { simulated } from '../support/simulated-boot.ts';

type Fault = PayloadOf<'smmu.faulted'>;

/** Where the model reaches with a stream of a compute bank (fault F-43); all else goes by the processor's own. */
const COMPUTE_ADDRESS = 0xffef_f000;

/** Stream of an access, which its event does not say. */
function streamOf(plan: BootPlan, processor: string, iova: number): number {
  const compute = plan.soc.remoteprocs.find(({ name }) => name === processor)?.computeStreams[0];
  const own = plan.soc.el2Overlay?.iommus[processor]?.streamId;
  return present(iova === COMPUTE_ADDRESS ? compute?.streamId : own, `${processor} has no stream`);
}

function faultsByCause(events: readonly BootEvent[]): Map<number, Fault> {
  const faults = new Map<number, Fault>();
  for (const { kind, payload, cause } of events)
    if (kind === 'smmu.faulted' && cause !== null) faults.set(cause, payload);
  return faults;
}

function expectFault({ translation }: WalkReport, fault: Fault): void {
  expect(translation.outcome).toBe('fault');
  if (translation.outcome !== 'fault') return;
  const isContext = translation.fault === 'context';
  expect(fault.context_bank).toBe(isContext ? translation.contextBank : null);
  // An SMMUv3 has an event record instead of these registers.
  if (fault.type !== 'context' || !isContext) return;
  expect([translation.fsr, translation.fsynr0]).toEqual([fault.fsr, fault.fsynr]);
}

describe('a walk at the moment of an access', () => {
  it('faults where the SMMU did, as it did, and nowhere else', () => {
    let accesses = 0;
    let faulted = 0;
    const agrees = (request: PlanRequest) => {
      const plan = planBoot(request);
      const { events } = simulated(request);
      const faults = faultsByCause(events);
      const state = initialSocState();
      for (const event of events) {
        applyEvent(state, event);
        if (event.kind !== 'remoteproc.memory_accessed') continue;
        accesses++;
        const { name, iova, access } = event.payload;
        const fault = faults.get(event.seq);
        const report = walkReport(state, { streamId: streamOf(plan, name, iova), iova, access });
        if (fault === undefined) {
          expect(report.translation.outcome).not.toBe('fault');
        } else {
          faulted++;
          expect(fault).toMatchObject({ stream_id: report.request.streamId, iova });
          expectFault(report, fault);
        }
      }
    };
    const el2 = { soc: 'lemans', mode: 'el2' };
    for (const faults of [[], ['F-16:adsp'], ['F-43:cdsp'], ['F-110:adsp']]) agrees({ ...el2, faults });
    expect(faulted).toBeGreaterThan(2);
    expect(accesses).toBeGreaterThan(faulted);
    fc.assert(fc.property(arbitraryPlan, agrees), propertyRuns(10));
  });
});
