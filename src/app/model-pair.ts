import { createHash } from 'node:crypto';
import type { BootEvent } from '../events/catalog.ts';
import { KERNELS, MODES } from '../simulator/boot-plan.ts';
import { SCENARIOS } from '../simulator/scenarios.ts';
import { simulate } from '../simulator/simulate.ts';
import type { SocDescription } from '../soc/description.ts';
import { findSoc, findSocByModel } from '../soc/find-soc.ts';
import type { BootDescription } from './describe-history.ts';
import { type PlanRequest, planBoot } from './plan-boot.ts';

/** Two simulated boots that differ in nothing but the mode. */
export interface ModelPair {
  readonly a: readonly BootEvent[];
  readonly b: readonly BootEvent[];
  /** Names of the modes, as `trace record` takes them. */
  readonly modes: { readonly a: string; readonly b: string };
  readonly soc: string;
  readonly kernel: string;
  readonly scenario: string;
}

/** What has to be known of a boot to model it. */
export type KnownOfBoot = Pick<BootDescription, 'facts' | 'origin'>;

/** Why there is no model of a pair of boots. */
export interface NoModel {
  readonly reason: string;
}

/**
 * The model's own pair for two boots: the same SoC and kernel in the modes of both, healthy. Only where the facts of both
 * boots tell all of that; a wrong mode is modelled by the right one of its exception level, so that what is wrong with
 * it is not explained away.
 */
export function modelPair(
  a: KnownOfBoot,
  b: KnownOfBoot,
  lanes: readonly string[],
  startCount: number,
): ModelPair | NoModel {
  const [socA, socB] = [socOf(a), socOf(b)];
  if (socA === undefined || socB === undefined)
    return { reason: `the SoC of ${socA === undefined ? 'A' : 'B'} is not known, or not modelled` };
  if (socA !== socB) return { reason: `A is of ${socA.name}, B of ${socB.name}` };
  const [kernelA, kernelB] = [kernelOf(a), kernelOf(b)];
  if (kernelA === undefined || kernelB === undefined)
    return { reason: `the kernel of ${kernelA === undefined ? 'A' : 'B'} is not known, or not modelled` };
  if (kernelA !== kernelB) return { reason: `A has Linux ${kernelA}, B has Linux ${kernelB}` };
  const modes = { a: modeOf(a), b: modeOf(b) };
  if (modes.a === undefined || modes.b === undefined)
    return { reason: `the mode of ${modes.a === undefined ? 'A' : 'B'} is not known` };
  if (modes.a === modes.b) return { reason: `both boots are of mode ${modes.a}` };
  if (socA.el2Overlay === null) return { reason: `no EL2 device tree of ${socA.name} is known` };
  const scenario = scenarioOf(a, b, startCount);
  const processors = socA.remoteprocs.map(({ name }) => name).filter((name) => lanes.includes(name));
  // Beside an import a simulation too counts only as far as Linux shows it.
  const isAllTold = a.origin === 'simulation' && b.origin === 'simulation';
  const boot = (mode: string): BootEvent[] => {
    const events = simulated({ soc: socA.name, mode, kernel: kernelA, scenario, processors });
    return isAllTold ? events : seenByLinux(events);
  };
  return {
    a: boot(modes.a),
    b: boot(modes.b),
    modes: { a: modes.a, b: modes.b },
    soc: socA.name,
    kernel: kernelA,
    scenario,
  };
}

/** The events of a simulated boot. */
export function simulated(request: PlanRequest): BootEvent[] {
  const events: BootEvent[] = [];
  const sha384 = (bytes: Uint8Array) => createHash('sha384').update(bytes).digest();
  simulate(planBoot(request), sha384, (event) => events.push(event));
  return events;
}

/** What a log or a trace of Linux can show: neither what a hypervisor does nor what it is answered. */
function seenByLinux(events: readonly BootEvent[]): BootEvent[] {
  const hidden = new Set<number>();
  return events.filter((event) => {
    const isAnswer =
      /^(?:smc|shm_bridge)\./.test(event.kind) && event.cause !== null && hidden.has(event.cause);
    if (event.agent !== 'hypervisor' && !isAnswer) return true;
    hidden.add(event.seq);
    return false;
  });
}

/** A fact of a boot; the first where it is told in several ways. */
export function factOf(boot: KnownOfBoot, name: string): string | undefined {
  return boot.facts.find((fact) => fact.name === name)?.value;
}

/** The SoC of a boot. By the board first: QEMU's machine says that it is like an SA8775P, and is not. */
export function socOf(boot: KnownOfBoot): SocDescription | undefined {
  const machine = factOf(boot, 'machine');
  const byBoard = machine === undefined ? undefined : findSocByModel(machine);
  const named = factOf(boot, 'soc');
  return byBoard ?? (named === undefined ? undefined : findSoc(named));
}

/** The kernel of the model that has the same version; a release may have more behind it (`7.2.13-rt`). */
export function kernelOf(boot: KnownOfBoot): string | undefined {
  const [, version] = /^(\d+\.\d+)/.exec(factOf(boot, 'kernel') ?? '') ?? [];
  return KERNELS.find(({ release }) => version !== undefined && release.startsWith(`${version}.`))?.release;
}

function modeOf(boot: KnownOfBoot): string | undefined {
  const told = factOf(boot, 'mode');
  // Which hypervisor it is a log of Linux does not tell; that of these SoCs is QHEE.
  if (told === 'hypervisor') return 'qhee';
  const mode = MODES.find(({ name }) => name === told);
  if (mode === undefined) return undefined;
  return mode.hypervisor ?? 'el2';
}

function scenarioOf(a: KnownOfBoot, b: KnownOfBoot, startCount: number): string {
  const told = factOf(a, 'scenario');
  if (told !== undefined && told === factOf(b, 'scenario') && SCENARIOS.some(({ name }) => name === told))
    return told;
  return startCount > 1 ? 'stop-start' : 'boot';
}
