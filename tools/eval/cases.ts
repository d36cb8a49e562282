import type { PlanRequest } from '../../src/app/plan-boot.ts';
import type { BootEvent } from '../../src/events/catalog.ts';
import { FAULTS } from '../../src/simulator/faults.ts';
import type { RemoteprocDescription, SocDescription } from '../../src/soc/description.ts';
import { findSoc, SOC_NAMES } from '../../src/soc/find-soc.ts';
import { FAULT_EXAMPLES, type FaultExample } from '../../test/support/fault-examples.ts';
import { simulated } from '../../test/support/simulated-boot.ts';

/** A simulated boot, and the failure mode that it shows; null for a healthy one. */
export interface LabelledBoot {
  readonly name: string;
  readonly fault: string | null;
  /** What was asked of the simulation. */
  readonly request: PlanRequest;
  readonly events: readonly BootEvent[];
}

/** What firmware may do with any call, and Linux copes with: nothing is wrong with such a boot. */
const HARMLESS = new Set(['smc-interrupted', 'smc-busy', 'smc-sleep']);

/** Every fault on every SoC where it befalls something. */
export function* faultyBoots(wanted: {
  socs: readonly string[];
  faults: readonly string[];
  /** Each fault on one SoC only, in turns. */
  isOneSocEach?: boolean;
}): Generator<LabelledBoot> {
  for (const [index, example] of FAULT_EXAMPLES.entries()) {
    if (wanted.faults.length > 0 && !wanted.faults.includes(example.id)) continue;
    let isShown = false;
    for (const soc of inTurn(SOC_NAMES, index)) {
      if (isShown && wanted.isOneSocEach === true) break;
      if (wanted.socs.length > 0 && !wanted.socs.includes(soc)) continue;
      for (const request of onSoc(example, soc)) {
        const events = boot(request);
        if (events === null) continue;
        const isHit = events.some(
          ({ kind, payload }) => kind === 'fault.injected' && payload.fault === example.id,
        );
        if (!isHit) continue;
        isShown = true;
        yield {
          name: `${example.id} ${soc} ${request.mode} ${request.processors?.join(',') ?? ''}`,
          fault: HARMLESS.has(example.id) ? null : example.id,
          request,
          events: unlabelled(events),
        };
      }
    }
  }
}

function inTurn(names: readonly string[], turn: number): readonly string[] {
  const from = turn % names.length;
  return [...names.slice(from), ...names.slice(0, from)];
}

/** What a SoC or a processor must have for a fault to be that one and no other. */
const APPLIES: Readonly<Record<string, (core: RemoteprocDescription, soc: SocDescription) => boolean>> = {
  'F-01': (_core, soc) => soc.el2Overlay !== null,
  'F-03': (_core, soc) => soc.el2Overlay === null,
  // Without a compute bank there is no stream of one, and without another core none to fall over, or to take along.
  'F-43': ({ computeStreams }) => computeStreams.length > 0,
  'F-54': (_core, { remoteprocs }) => remoteprocs.length > 1,
  'F-105': (_core, { remoteprocs }) => remoteprocs.length > 1,
  'F-78': ({ dtbFirmware }) => dtbFirmware !== null,
  'F-79': ({ litePasId }) => litePasId !== null,
  'F-112': ({ dtbFirmware }) => dtbFirmware !== null,
};

/** The boot of a fault on another SoC: with its processors of the same names, else with its first ones. */
function onSoc(example: FaultExample, soc: string): PlanRequest[] {
  const { id, title: _title, ...request } = example;
  const description = findSoc(soc);
  const there = (description?.remoteprocs ?? []).map(({ name }) => name);
  const wanted = request.processors ?? [];
  const processors = wanted.every((name) => there.includes(name)) ? wanted : there.slice(0, wanted.length);
  const [first] = processors;
  if (first === undefined) return [];
  const core = description?.remoteprocs.find(({ name }) => name === first);
  if (core === undefined || description === undefined) return [];
  if (APPLIES[id]?.(core, description) === false) return [];
  const isOfMachine = FAULTS.find((fault) => fault.id === id)?.scope === 'machine';
  return [{ ...request, soc, processors, faults: [isOfMachine ? id : `${id}:${first}`] }];
}

const HEALTHY_MODES = ['qhee', 'gunyah', 'el2'] as const;
const HEALTHY_SCENARIOS = ['boot', 'all-processors-stop', 'stop-start', 'probe-deferral', 'attach'] as const;

/** Boots in which nothing is wrong. */
export function* healthyBoots(wanted: { socs: readonly string[]; seeds: number }): Generator<LabelledBoot> {
  for (const soc of SOC_NAMES) {
    if (wanted.socs.length > 0 && !wanted.socs.includes(soc)) continue;
    for (const mode of HEALTHY_MODES) {
      // Without an overlay a SoC cannot boot at EL2: that is F-03.
      if (mode === 'el2' && findSoc(soc)?.el2Overlay === null) continue;
      for (const scenario of HEALTHY_SCENARIOS) {
        // A core that runs before Linux faults as soon as its stream is attached: that is F-30.
        if (scenario === 'attach' && mode === 'el2') continue;
        for (let seed = 1; seed <= wanted.seeds; seed++) {
          const request = { soc, mode, scenario, seed };
          const events = boot(request);
          if (events === null) continue;
          const name = `healthy ${soc} ${mode} ${scenario} seed ${seed}`;
          yield { name, fault: null, request, events: unlabelled(events) };
        }
      }
    }
  }
}

/** Null for a boot that the model does not offer, such as a mode that a SoC lacks. */
export function boot(request: PlanRequest): readonly BootEvent[] | null {
  try {
    return simulated(request).events;
  } catch (error) {
    if (error instanceof Error && error.name === 'InputError') return null;
    throw error;
  }
}

/** Without the events that say what was done to it; those that are left are numbered anew. */
function unlabelled(events: readonly BootEvent[]): readonly BootEvent[] {
  const left = events.filter(({ kind }) => kind !== 'fault.injected');
  const numberOf = new Map(left.map(({ seq }, index) => [seq, index + 1]));
  return left.map((event) => ({
    ...event,
    seq: numberOf.get(event.seq) ?? 0,
    cause: event.cause === null ? null : (numberOf.get(event.cause) ?? null),
  }));
}
