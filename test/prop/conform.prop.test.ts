import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KERNELS, MODES } from '../../src/simulator/boot-plan.ts';
import { SCENARIOS } from '../../src/simulator/scenarios.ts';
import { findSoc, SOC_NAMES } from '../../src/soc/find-soc.ts';
import { departureOf, held, lanesOf, seen, VIEWS } from '../support/held-boot.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { simulated } from '../support/simulated-boot.ts';

/** A healthy boot of any SoC in any mode; which processors it has, and what user space does with them. */
const healthyPlan = fc.constantFrom(...SOC_NAMES).chain((soc) => {
  const description = findSoc(soc);
  const processors = description?.remoteprocs.map(({ name }) => name) ?? [];
  const modes = MODES.filter(({ hasOverlay }) => !hasOverlay || description?.el2Overlay !== null);
  return fc.record({
    soc: fc.constant(soc),
    mode: fc.constantFrom(...modes.map(({ name }) => name)),
    kernel: fc.constantFrom(...KERNELS.map(({ release }) => release)),
    scenario: fc.constantFrom(...SCENARIOS.map(({ name }) => name)),
    seed: fc.integer({ min: 2, max: 0xffff_ffff }),
    processors: fc.subarray(processors, { minLength: 1 }),
  });
});

describe('a boot without a fault', () => {
  it('conforms to its own model, whatever its seed and by whatever it is looked at', () => {
    fc.assert(
      fc.property(healthyPlan, fc.constantFrom(...Object.keys(VIEWS)), (plan, view) => {
        // What a core that runs already does while Linux takes its stream away is a race, and a fault (F-30).
        fc.pre(
          plan.scenario !== 'attach' ||
            MODES.some(({ name, hasOverlay }) => name === plan.mode && !hasOverlay),
        );
        const formats = VIEWS[view] ?? null;
        const shown = seen(simulated(plan).events, formats);
        const lanes = lanesOf(shown).lanes;
        if (!plan.processors.some((name) => lanes.has(name))) return;
        // Linux attaches to the first processor, of which a trace alone shows nothing.
        const processors = plan.scenario === 'attach' ? plan.processors : undefined;
        const verdict = held(shown, formats, { ...plan, processors });
        expect(departureOf(verdict)).toBeUndefined();
      }),
      propertyRuns(40),
    );
  });
});
