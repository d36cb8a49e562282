import { InputError } from '../base/input-error.ts';
import { bootOfEvents } from '../diff/boot-source.ts';
import { collectItems } from '../diff/collect-items.ts';
import { compareLane } from '../diff/compare-lane.ts';
import { type Conformance, type HeldRange, judgeConformance } from '../diff/conformance.ts';
import { type HeldLane, isLateTrace, type Telling, type Witness } from '../diff/conformance-sight.ts';
import type { ComparedBoot } from '../diff/items.ts';
import { compareLanes, isBackground } from '../diff/lane.ts';
import { outsideSources } from '../diff/outside-sources.ts';
import type { BootEvent } from '../events/catalog.ts';
import type { KernelTextFormat } from '../export/carriage.ts';
import { carriedPart } from '../export/carried-part.ts';
import type { SocDescription } from '../soc/description.ts';
import { findSmcCommand, SMC_COMMAND_NAME } from '../soc/smc-command.ts';
import { computeProcessorOfStream, processorOfStream, streamOfSubject } from '../soc/stream-owner.ts';
import { chooseScenarios } from './choose-scenarios.ts';
import { type ProcessorUse, scenariosOfUse } from './model-of-boot.ts';
import { simulated } from './model-pair.ts';
import { type PlanRequest, planBoot } from './plan-boot.ts';

/** A boot that is held to a model. */
export interface BootToHold {
  /** For whoever is told that nothing can be held. */
  readonly name: string;
  readonly lanes: ComparedBoot;
  /** What its sources are; null for a simulated boot, which tells everything. */
  readonly formats: ReadonlySet<KernelTextFormat> | null;
  readonly witnesses: ReadonlyMap<string, Witness>;
  readonly uses: ReadonlyMap<string, ProcessorUse>;
  /** Events that count; all when left out. */
  readonly range?: HeldRange | undefined;
}

export interface HoldRequest {
  readonly soc: SocDescription;
  readonly mode: string;
  readonly kernel: string;
  /** What user space does; by what the boot shows of each processor when left out. */
  readonly scenario?: string | undefined;
  readonly policies?: readonly string[] | undefined;
  readonly without?: readonly string[] | undefined;
  readonly processors?: readonly string[] | undefined;
}

/** One simulated boot that lanes are held to. */
export interface ModelRun {
  readonly scenario: string;
  /** Processors that are held to it; lanes of the machine are held to the first run. */
  readonly processors: readonly string[];
  /** The command that records it. */
  readonly command: string;
}

export interface HeldToModel {
  readonly soc: string;
  readonly mode: string;
  readonly kernel: string;
  readonly runs: readonly ModelRun[];
  readonly conformance: Conformance;
  /** Seq in the recording of the model, of an item of the model. */
  readonly modelSeqOf: (lane: string, seq: number) => number;
  /** Remote processors that are held to the model, and those of the SoC that are not: the boot shows nothing of them. */
  readonly held: readonly string[];
  readonly notHeld: readonly string[];
  /** Whether the boot shows any step of a processor that is held: else it neither conforms nor departs. */
  readonly isAnythingShown: boolean;
  /** Of the processors that are held, those that do not come up in the model either: the mode is wrong, or the kernel too old. */
  readonly downInModel: readonly string[];
}

/** A model as the sources of a boot would tell it. */
export interface ModelEvents {
  readonly lanes: ComparedBoot;
  /** Seqs in the recording, and how each is told, by the place among what the sources can carry. */
  readonly seqs: readonly number[];
  readonly tellings: readonly Telling[];
  /** Processors whose start fails. */
  readonly down: ReadonlySet<string>;
}

/** Holds a boot to the model of a SoC, mode and kernel. `simulate` is {@link modelEvents}, or one that remembers. */
export function holdToModel(
  boot: BootToHold,
  request: HoldRequest,
  simulate: typeof modelEvents = modelEvents,
): HeldToModel {
  const { soc } = request;
  const isWhole = boot.formats === null;
  const held = heldProcessors(boot, request);
  const planOf = (scenario: string): PlanRequest => ({
    soc: soc.name,
    mode: request.mode,
    kernel: request.kernel,
    scenario,
    without: request.without,
    policies: request.policies,
    processors: held,
  });
  const { mode, kernel } = planBoot(planOf(request.scenario ?? 'boot'));
  const candidates = new Map(
    soc.remoteprocs
      .filter(({ name }) => held.includes(name))
      .map((description) => [
        description.name,
        request.scenario === undefined
          ? scenariosOfUse(boot.uses.get(description.name), description)
          : [request.scenario],
      ]),
  );
  const models = new Map<string, ModelEvents>();
  const modelOf = (scenario: string): ModelEvents => {
    const model = models.get(scenario) ?? simulate(planOf(scenario), boot.formats);
    models.set(scenario, model);
    return model;
  };
  const isOfMachine = (lane: string) => !held.includes(lane);
  const laneHeldTo = (lane: string, scenario: string): HeldLane => {
    const model = modelOf(scenario);
    const outside = isOfMachine(lane)
      ? undefined
      : outsideSources(lane, model.lanes, model.tellings, boot.lanes, boot.witnesses);
    return {
      comparison: compareLane(lane, model.lanes, boot.lanes, undefined, outside),
      isMachine: isOfMachine(lane),
      tellingOf: (seq) => model.tellings[seq - 1],
      heldBefore:
        (request.scenario === undefined ? boot.uses.get(lane)?.thirdStart : undefined) ??
        Number.POSITIVE_INFINITY,
    };
  };
  const { scenarioOf, scenarios, conformance } = chooseScenarios(candidates, {
    lanesOf: (scenario) => lanesToHold(boot, modelOf(scenario), held, soc),
    laneHeldTo,
    judge: (lanes) => judgeConformance(lanes, { isWhole, witnesses: boot.witnesses }, boot.range),
    // A kernel log tells of a start from its first line on, and of a stop by one line.
    mayShowPart: boot.formats?.has('ftrace') === true,
    isLate: isLateTrace(boot.witnesses) && boot.witnesses.get('dmesg')?.isFromStart !== true,
  });
  return {
    soc: soc.name,
    mode: mode.name,
    kernel: kernel.release,
    runs: scenarios.map((scenario) => ({
      scenario,
      processors: held.filter((name) => scenarioOf(name) === scenario),
      command: commandOf({ ...planOf(scenario), kernel: kernel.release }, soc),
    })),
    conformance,
    modelSeqOf: (lane, seq) => modelOf(scenarioOf(lane)).seqs[seq - 1] ?? seq,
    held,
    notHeld: soc.remoteprocs.map(({ name }) => name).filter((name) => !held.includes(name)),
    downInModel: held.filter((name) => modelOf(scenarioOf(name)).down.has(name)),
    isAnythingShown: conformance.lanes.some(
      ({ lane, conforming, departures }) => held.includes(lane) && conforming + departures.length > 0,
    ),
  };
}

/** Simulates a boot, and leaves of it what some formats can carry; all of it where they are null. */
export function modelEvents(plan: PlanRequest, formats: ReadonlySet<KernelTextFormat> | null): ModelEvents {
  const events = simulated(plan);
  if (formats === null) {
    return {
      lanes: collectItems(bootOfEvents(events)).boot,
      seqs: events.map(({ seq }) => seq),
      tellings: [],
      down: downIn(events),
    };
  }
  const parts = [...carriedPart(events, formats)];
  const beginnings = new Beginnings();
  return {
    lanes: collectItems(bootOfEvents(parts.map(({ event }) => event))).boot,
    seqs: parts.map(({ event }) => event.seq),
    tellings: parts.map(({ event, format, level }, index) => ({
      witness: format,
      channel: `${format} ${event.kind} ${level}`,
      after: beginnings.before(event, index + 1),
      isTraced: format === 'ftrace',
    })),
    down: downIn(events),
  };
}

/** Processors that fail to start and never come up. */
function downIn(events: readonly BootEvent[]): Set<string> {
  const failed = new Set<string>();
  const up = new Set<string>();
  for (const { kind, payload } of events) {
    if (kind !== 'remoteproc.state_changed') continue;
    if (payload.state === 'failed') failed.add(payload.name);
    if (payload.state === 'running' || payload.state === 'attached') up.add(payload.name);
  }
  return new Set([...failed].filter((name) => !up.has(name)));
}

/**
 * What an event ends was begun by another one, which must be shown for it to be told whose it is: an unmap names only an
 * address, and the call that deletes a bridge only a handle.
 */
class Beginnings {
  private readonly maps = new Map<string, number>();
  private readonly bridges = new Map<bigint, number>();
  private lastCreate: number | null = null;

  /** Seq of the event that began what this one ends; null for what ends nothing. */
  before(event: BootEvent, seq: number): number | null {
    switch (event.kind) {
      case 'mapping.created':
        this.maps.set(mapKey(event), seq);
        return null;
      case 'mapping.removed':
        return this.maps.get(mapKey(event)) ?? null;
      case 'smc.requested': {
        const { function_id: functionId, service, command, arg0: handle } = event.payload;
        const name = findSmcCommand(functionId, service, command)?.name;
        if (name === SMC_COMMAND_NAME.shmBridgeCreate) this.lastCreate = seq;
        return name === SMC_COMMAND_NAME.shmBridgeDelete && handle !== null
          ? (this.bridges.get(handle) ?? null)
          : null;
      }
      case 'shm_bridge.created':
        if (this.lastCreate !== null) this.bridges.set(event.payload.handle, this.lastCreate);
        return null;
      case 'shm_bridge.deleted':
        return this.bridges.get(event.payload.handle) ?? null;
      default:
        return null;
    }
  }
}

/** Maps are kept by whose they are and where. */
function mapKey({
  subject,
  payload,
}: Extract<BootEvent, { kind: 'mapping.created' | 'mapping.removed' }>): string {
  return `${subject} ${payload.iova}`;
}

/** Those that the boot shows, and those that were asked for. */
function heldProcessors({ name: file, lanes }: BootToHold, { soc, processors = [] }: HoldRequest): string[] {
  const names = soc.remoteprocs.map(({ name }) => name);
  const all = names.join(', ');
  for (const name of processors) {
    if (!names.includes(name))
      throw new InputError(`no remote processor of ${soc.name} is called ${name}; there is ${all}`);
  }
  const held = names.filter((name) => lanes.lanes.has(name) || processors.includes(name));
  if (held.length > 0) return held;
  throw new InputError(
    `shows none of the remote processors of ${soc.name}, so nothing can be held to its model; --processor NAME holds one all the same (${all})`,
    { file },
  );
}

/** Lanes of the machine of which an imported boot shows enough to be held to a model of it. */
const MACHINE_LANES: readonly string[] = ['scm', 'smmu', 'kernel'];

function lanesToHold(
  { lanes, formats }: BootToHold,
  model: ModelEvents,
  held: readonly string[],
  soc: SocDescription,
): string[] {
  const ofMachine = (lane: string) =>
    formats === null ? !isBackground(lane) : MACHINE_LANES.includes(lane) || isStreamOf(lane, held, soc);
  const all = new Set([...lanes.lanes.keys(), ...model.lanes.lanes.keys(), ...held]);
  return [...all].filter((lane) => held.includes(lane) || ofMachine(lane)).sort(compareLanes);
}

/** Whether a lane is that of a stream of a processor that is held: its own, or one of its FastRPC context banks. */
function isStreamOf(lane: string, held: readonly string[], soc: SocDescription): boolean {
  const streamId = streamOfSubject(lane);
  if (streamId === undefined) return false;
  const owner = processorOfStream(soc, streamId) ?? computeProcessorOfStream(soc, streamId);
  return owner !== undefined && held.includes(owner);
}

/** The command that records what the boot is held to. */
function commandOf(plan: PlanRequest, soc: SocDescription): string {
  const processors = plan.processors ?? [];
  const hasAll = processors.length === soc.remoteprocs.length;
  const options = [
    `--soc ${plan.soc} --mode ${plan.mode} --kernel ${plan.kernel}`,
    ...(plan.scenario === 'boot' ? [] : [`--scenario ${plan.scenario}`]),
    ...(hasAll ? [] : processors.map((name) => `--processor ${name}`)),
    ...(plan.without ?? []).map((part) => `--without ${part}`),
    ...(plan.policies ?? []).map((policy) => `--policy ${policy}`),
  ];
  return `trace record ${options.join(' ')} -o model.db`;
}
