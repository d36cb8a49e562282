import { InputError } from '../base/input-error.ts';
import { type BootPlan, KERNELS, MODES } from '../simulator/boot-plan.ts';
import { FAULTS, findFault, type InjectedFault, parseFault } from '../simulator/faults.ts';
import { findPart, PARTS, type PartName } from '../simulator/parts.ts';
import { defaultPolicies, isPolicyName, POLICIES } from '../simulator/policies.ts';
import { SCENARIOS } from '../simulator/scenarios.ts';
import { findSoc, SOC_NAMES } from '../soc/find-soc.ts';

/** What a user asks of a simulation, as text. */
export interface PlanRequest {
  readonly soc: string;
  readonly mode: string;
  readonly kernel?: string | undefined;
  readonly scenario?: string | undefined;
  readonly seed?: number | undefined;
  /** Parts of the series to leave out. */
  readonly without?: readonly string[] | undefined;
  /** `ID[:TARGET][@N]`. */
  readonly faults?: readonly string[] | undefined;
  /** `name=value`. */
  readonly policies?: readonly string[] | undefined;
  /** Remote processors to boot; all when left out. */
  readonly processors?: readonly string[] | undefined;
}

/** The plan of a boot. @throws {InputError} that names what was not understood, and what there is. */
export function planBoot(request: PlanRequest): BootPlan {
  const soc = findSoc(request.soc);
  if (soc === undefined) throw unknown('SoC', request.soc, SOC_NAMES);
  const processorNames = soc.remoteprocs.map(({ name }) => name);
  const faults = (request.faults ?? []).map((text) => faultOf(text, processorNames));
  const asked = MODES.find(({ name }) => name === request.mode);
  const mode = asked === undefined ? undefined : (modeOfFaults(faults) ?? asked);
  if (mode === undefined)
    throw unknown(
      'mode',
      request.mode,
      MODES.map(({ name }) => name),
    );
  const release = request.kernel ?? KERNELS[0]?.release ?? '';
  const kernel = KERNELS.find(
    (candidate) => candidate.release === release || candidate.release.startsWith(`${release}.`),
  );
  if (kernel === undefined)
    throw unknown(
      'kernel',
      release,
      KERNELS.map((candidate) => candidate.release),
    );
  const scenario = request.scenario ?? 'boot';
  if (!SCENARIOS.some(({ name }) => name === scenario))
    throw unknown(
      'scenario',
      scenario,
      SCENARIOS.map(({ name }) => name),
    );
  if (mode.hasOverlay && soc.el2Overlay === null) {
    throw new InputError(
      `Linux ${kernel.release} has no EL2 device tree for ${soc.name}: mode ${mode.name} needs one; el2-plain-dt is EL2 with the tree that there is`,
    );
  }
  for (const name of request.processors ?? []) {
    if (!processorNames.includes(name))
      throw unknown(`remote processor of ${soc.name}`, name, processorNames);
  }
  return {
    soc,
    mode,
    kernel,
    scenario,
    parts: partsOf(kernel.hasSeries, request.without ?? []),
    policies: policiesOf(request.policies ?? []),
    faults,
    seed: request.seed ?? 1,
    processors: request.processors === undefined ? null : [...request.processors],
  };
}

/** The mode that faults are; undefined where none is one. */
function modeOfFaults(faults: readonly InjectedFault[]): BootPlan['mode'] | undefined {
  const modes = faults.map(({ id }) => findFault(id)?.mode).filter((mode) => mode !== undefined);
  const [first] = modes;
  if (modes.some((mode) => mode !== first))
    throw new InputError(`these faults are modes, of which a boot has one: ${modes.join(', ')}`);
  return MODES.find(({ name }) => name === first);
}

function partsOf(hasSeries: boolean, without: readonly string[]): ReadonlySet<PartName> {
  const parts = new Set<PartName>(
    hasSeries ? PARTS.map(({ name }) => name) : ['iommus-binding', 'el2-overlay'],
  );
  for (const name of without) {
    const part = findPart(name);
    if (part === undefined)
      throw unknown(
        'part of the series',
        name,
        PARTS.map((candidate) => candidate.name),
      );
    parts.delete(part);
  }
  return parts;
}

function policiesOf(settings: readonly string[]): BootPlan['policies'] {
  const policies = defaultPolicies();
  for (const setting of settings) {
    const [name = '', value = ''] = setting.split('=', 2);
    if (!isPolicyName(name)) throw unknown('policy', name, Object.keys(POLICIES));
    const values: readonly string[] = POLICIES[name].values;
    if (!values.includes(value)) throw unknown(`value of policy ${name}`, value, values);
    policies[name] = value;
  }
  return policies;
}

function faultOf(text: string, processors: readonly string[]): InjectedFault {
  const fault = parseFault(text);
  if (fault === undefined) {
    throw unknown(
      'fault (ID, ID:PROCESSOR or ID:PROCESSOR@START)',
      text,
      FAULTS.map(({ id }) => id),
    );
  }
  if (fault.target !== null && !processors.includes(fault.target)) {
    throw unknown(`target of ${fault.id}`, fault.target, processors);
  }
  if (fault.target !== null && findFault(fault.id)?.scope === 'machine') {
    throw new InputError(
      `fault ${fault.id} befalls the machine, not one processor: give it without :${fault.target}`,
    );
  }
  return fault;
}

function unknown(what: string, given: string, known: readonly string[]): InputError {
  return new InputError(`no ${what} is called ${given === '' ? '""' : given}; there is ${known.join(', ')}`);
}
