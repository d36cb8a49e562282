import { describe, expect, it } from 'vitest';
import { type PlanRequest, planBoot } from '../../../src/app/plan-boot.ts';
import { InputError } from '../../../src/base/input-error.ts';

const HEALTHY: PlanRequest = { soc: 'lemans', mode: 'el2' };

function complaintOf(request: Partial<PlanRequest>): string {
  try {
    planBoot({ ...HEALTHY, ...request });
  } catch (error) {
    if (error instanceof InputError) return error.oneLine();
    throw error;
  }
  return 'no complaint';
}

describe('the plan of a boot', () => {
  it('takes a SoC by its part number, in whatever case, and the newest kernel when none is named', () => {
    const plan = planBoot({ soc: 'SA8775P', mode: 'qhee' });
    expect(plan.soc.name).toBe('lemans');
    expect(plan.kernel.hasSeries).toBe(true);
    expect(plan.seed).toBe(1);
  });

  it('takes a kernel by the beginning of its release', () => {
    expect(planBoot({ ...HEALTHY, kernel: '6.18' }).kernel).toMatchObject({
      release: '6.18.0',
      hasSeries: false,
    });
  });

  it('leaves out what it is told to, and knows nothing of the series before it', () => {
    const whole = planBoot(HEALTHY).parts;
    const less = planBoot({ ...HEALTHY, without: ['map-carveout', 'parse-fw'] }).parts;
    expect([...whole].filter((part) => !less.has(part))).toEqual(['parse-fw', 'map-carveout']);
    expect(planBoot({ ...HEALTHY, kernel: '6.18' }).parts.has('prepare-auth')).toBe(false);
  });

  it('reads faults with target and start', () => {
    const { faults } = planBoot({ ...HEALTHY, faults: ['F-53', 'F-74:adsp', 'F-105:cdsp1@2'] });
    expect(faults).toEqual([
      { id: 'F-53', target: null, attempt: null },
      { id: 'F-74', target: 'adsp', attempt: null },
      { id: 'F-105', target: 'cdsp1', attempt: 2 },
    ]);
  });

  it.each<[Partial<PlanRequest>, RegExp]>([
    [{ soc: 'lemming' }, /^no SoC is called lemming; there is lemans, monaco,/],
    [{ soc: '' }, /^no SoC is called ""/],
    [{ mode: 'el3' }, /^no mode is called el3; there is qhee, gunyah, el2,/],
    [{ kernel: '5.15' }, /^no kernel is called 5\.15; there is 7\.2\.13/],
    [{ scenario: 'party' }, /^no scenario is called party; there is boot,/],
    [{ without: ['everything'] }, /^no part of the series is called everything; there is iommus-binding,/],
    [{ faults: ['F-999'] }, /^no fault .* is called F-999; there is F-/],
    [{ faults: ['F-53:'] }, /^no fault .* is called F-53:/],
    [{ faults: ['F-53:modem'] }, /^no target of F-53 is called modem; there is gpdsp0,/],
    [{ policies: ['weather=fine'] }, /^no policy is called weather; there is metadata-needs-bridge,/],
    [
      { policies: ['mem-setup=maybe'] },
      /^no value of policy mem-setup is called maybe; there is required, optional/,
    ],
    [{ processors: ['modem'] }, /^no remote processor of lemans is called modem/],
    [
      { soc: 'kodiak' },
      /^Linux 7\.2\.13 has no EL2 device tree for kodiak: mode el2 needs one; el2-plain-dt is EL2 with the tree that there is$/,
    ],
  ])('%o is refused, with what there is', (request, complaint) => {
    expect(complaintOf(request)).toMatch(complaint);
  });
});
