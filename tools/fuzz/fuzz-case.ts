import { createHash } from 'node:crypto';
import { planBoot } from '../../src/app/plan-boot.ts';
import { InputError } from '../../src/base/input-error.ts';
import type { Violation } from '../../src/replay/invariants/invariant.ts';
import { InvariantChecker } from '../../src/replay/invariants.ts';
import type { BootPlan } from '../../src/simulator/boot-plan.ts';
import { simulate } from '../../src/simulator/simulate.ts';

/** One boot to try, as `trace record` takes it. */
export interface FuzzCase {
  readonly soc: string;
  readonly mode: string;
  readonly scenario: string;
  readonly seed: number;
  /** Empty for all of the SoC. */
  readonly processors: readonly string[];
  readonly faults: readonly string[];
}

/** What stands for an invariant where the simulation itself breaks off. */
export const SIMULATOR = 'simulator';

/** What each invariant that a boot breaks says first. */
export function tryCase(fuzzCase: FuzzCase): Map<string, string> {
  const checker = new InvariantChecker();
  const broken = new Map<string, string>();
  const plan = planOf(fuzzCase);
  if (plan === undefined) return broken;
  try {
    simulate(plan, sha384, (event) => checker.apply(event));
  } catch (error) {
    broken.set(SIMULATOR, error instanceof Error ? error.message : String(error));
  }
  for (const violation of checker.violations) {
    if (!broken.has(violation.invariant)) broken.set(violation.invariant, renderViolation(violation));
  }
  return broken;
}

/** Undefined for what cannot be asked for, such as two faults that each are a mode: nothing boots. */
function planOf({ processors, ...request }: FuzzCase): BootPlan | undefined {
  try {
    return planBoot({ ...request, processors: processors.length === 0 ? undefined : processors });
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** `trace record …` that shows it. */
export function commandOf({ soc, mode, scenario, seed, processors, faults }: FuzzCase): string {
  return [
    `trace record --soc ${soc} --mode ${mode} --scenario ${scenario} --seed ${seed}`,
    ...processors.map((name) => `--processor ${name}`),
    ...faults.map((fault) => `--fault ${fault}`),
  ].join(' ');
}

/** `F-77` of `F-77:adsp@2`. */
export function faultId(fault: string): string {
  return fault.split(/[:@]/)[0] ?? fault;
}

function renderViolation({ seq, subject, detail }: Violation): string {
  return `#${seq}${subject === null ? '' : ` ${subject}`}: ${detail}`;
}

function sha384(bytes: Uint8Array): Uint8Array {
  return createHash('sha384').update(bytes).digest();
}
