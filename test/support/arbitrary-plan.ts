import fc from 'fast-check';
import type { PlanRequest } from '../../src/app/plan-boot.ts';
import { KERNELS, MODES } from '../../src/simulator/boot-plan.ts';
import { FAULTS, type FaultSpec, findFault, parseFault } from '../../src/simulator/faults.ts';
import { PARTS } from '../../src/simulator/parts.ts';
import { POLICIES } from '../../src/simulator/policies.ts';
import { SCENARIOS } from '../../src/simulator/scenarios.ts';
import { findSoc, SOC_NAMES } from '../../src/soc/find-soc.ts';

/** Any boot that the simulator can be asked for, as a user would ask: what fails can be given to `trace record`. */
export const arbitraryPlan: fc.Arbitrary<PlanRequest> = fc
  .constantFrom(...SOC_NAMES)
  .chain((name) => planOf(name));

function planOf(socName: string): fc.Arbitrary<PlanRequest> {
  const soc = findSoc(socName);
  const processors = soc?.remoteprocs.map(({ name }) => name) ?? [];
  const modes = MODES.filter(({ hasOverlay }) => !hasOverlay || soc?.el2Overlay !== null);
  // Some faults are modes, of which the SoC may have none that does without an overlay.
  const faults = FAULTS.filter(({ mode }) => mode === undefined || modes.some(({ name }) => name === mode));
  return fc.record({
    soc: fc.constant(socName),
    mode: fc.constantFrom(...modes.map(({ name }) => name)),
    kernel: fc.constantFrom(...KERNELS.map(({ release }) => release)),
    scenario: fc.constantFrom(...SCENARIOS.map(({ name }) => name)),
    seed: fc.integer({ min: 0, max: 0xffff_ffff }),
    without: sometimes(fc.subarray(PARTS.map(({ name }) => name))),
    faults: fc.array(faultOf(faults, processors), { maxLength: 3 }).map(withOneMode),
    policies: sometimes(
      fc.subarray(Object.entries(POLICIES)).chain((chosen) => fc.tuple(...chosen.map(settingOf))),
    ),
    processors: fc.option(fc.subarray(processors), { nil: undefined, freq: 3 }),
  });
}

/** Mostly none: a boot without its parts ends before most of what can go wrong. */
function sometimes<T>(lists: fc.Arbitrary<T[]>): fc.Arbitrary<T[]> {
  return fc.oneof({ weight: 2, arbitrary: fc.constant<T[]>([]) }, { weight: 1, arbitrary: lists });
}

function settingOf([name, { values }]: [
  string,
  { readonly values: readonly string[] },
]): fc.Arbitrary<string> {
  return fc.constantFrom(...values).map((value) => `${name}=${value}`);
}

/** Leaves out faults that are another mode than one before: a boot has one mode. */
function withOneMode(faults: readonly string[]): string[] {
  const modeOf = (text: string): string | undefined => findFault(parseFault(text)?.id ?? '')?.mode;
  const mode = faults.map(modeOf).find((candidate) => candidate !== undefined);
  return faults.filter((text) => [undefined, mode].includes(modeOf(text)));
}

/** `ID[:TARGET][@N]`. */
function faultOf(faults: readonly FaultSpec[], processors: readonly string[]): fc.Arbitrary<string> {
  const attempt = fc.constantFrom('', '', '@1', '@2');
  return fc
    .constantFrom(...faults)
    .chain(({ id, scope }) =>
      fc
        .tuple(
          scope === 'machine' ? fc.constant('') : fc.constantFrom('', ...processors.map(targetOf)),
          attempt,
        )
        .map(([target, start]) => `${id}${target}${start}`),
    );
}

function targetOf(processor: string): string {
  return `:${processor}`;
}
