import type { BootEvent } from '../events/catalog.ts';
import type { SocDescription } from '../soc/description.ts';
import { findSoc, findSocByModel } from '../soc/find-soc.ts';
import { socOfFirmware, socOfModel } from '../soc/soc-name.ts';
import { between } from './between.ts';
import { BridgeLives } from './bridge-lives.ts';
import { CallList } from './call-list.ts';
import { beginsStart, endByCall } from './call-starts.ts';
import { type FaultGroup, FaultGroups } from './fault-groups.ts';
import { MappingLives } from './mapping-lives.ts';
import { type Attempt, type Failure, ProcessorFacts } from './processor-facts.ts';
import { isProcessorName } from './processor-names.ts';
import { RegionList } from './region-list.ts';
import type { BridgeLife, Call, MappingLife, Region, Told } from './told-things.ts';
import { TraceSight } from './trace-sight.ts';

type OfKind<K extends BootEvent['kind']> = Extract<BootEvent, { kind: K }>;

const NOTES_KEPT = 10_000;

/**
 * What the rules share of a boot, gathered in one pass over its events. A rule asks; what no event told is null, empty
 * or undefined, and {@link told} says whether silence means anything.
 */
export class BootFacts {
  soc: SocDescription | undefined;
  /** What the SoC is called, whether or not anybody described it. */
  socName: string | null = null;
  exceptionLevel: Told<number> | null = null;
  kvm: Told<string> | null = null;
  kernel: Told<string> | null = null;
  /** What the device tree calls the machine. */
  model: Told<string> | null = null;
  finished: Told<string> | null = null;
  bridgesEnabled: number | null = null;
  overlay: number | null = null;
  lastSeq = 0;
  /** Whether more happened than is looked at: that nothing follows says nothing. */
  isCut = false;
  /** Time of the latest event that has one. */
  lastTimeNs: number | null = null;
  /** Time of the latest line of the log that has one. */
  private lastLogNs: number | null = null;
  /** Whether the log is told from its beginning, and says what it says of IOMMUs. */
  private tellsIommus = false;
  /** Whom a deferred device's event is about, until something is heard of it again. */
  private readonly waiting = new Map<string, number>();
  /** Deferrals that were over later in the history, by seq. */
  readonly deferralsOver = new Set<number>();
  /** Whether such events are in the history at all. */
  readonly told = { log: false, calls: false, mappings: false, groups: false };
  readonly processors = new Map<string, ProcessorFacts>();
  private readonly allAttempts: Attempt[] = [];
  /** All starts of all processors, in order. */
  readonly attempts: readonly Attempt[] = this.allAttempts;
  private readonly callList = new CallList();
  readonly calls: readonly Call[] = this.callList.all;
  readonly failures: Failure[] = [];
  readonly oopses: OfKind<'kernel.oopsed'>[] = [];
  readonly panics: OfKind<'kernel.panicked'>[] = [];
  readonly warnings: OfKind<'kernel.warned'>[] = [];
  readonly stalls: OfKind<'kernel.stalled'>[] = [];
  readonly deferrals: OfKind<'device.deferred'>[] = [];
  readonly notes: OfKind<'device.noted'>[] = [];
  readonly assigns: OfKind<'memory.assigned'>[] = [];
  readonly writes: OfKind<'memory.written'>[] = [];
  readonly frees: OfKind<'memory.freed'>[] = [];
  readonly streams: OfKind<'smmu.stream_configured'>[] = [];
  readonly memorySetUps: OfKind<'pas.memory_set_up'>[] = [];
  readonly eventsLost: number[] = [];
  readonly smmuSeen: number[] = [];
  readonly mappingLives = new MappingLives();
  private readonly bridgeLives = new BridgeLives();
  /** In the order in which they were made. */
  readonly bridges: readonly BridgeLife[] = this.bridgeLives.all;
  readonly sight = new TraceSight();
  private readonly faultGroups = new FaultGroups();
  private readonly regionList = new RegionList();
  private readonly failuresBySubject = new Map<string, Failure[]>();
  private readonly explained = new Set<number>();
  private ownersKnown = false;

  apply(event: BootEvent): void {
    this.lastSeq = event.seq;
    if (event.t_ns !== null) this.lastTimeNs = event.t_ns;
    if (this.waiting.size > 0) this.endWait(event);
    this.sight.apply(event);
    switch (event.kind) {
      case 'boot.started':
        if (event.payload.soc !== null) this.learnSoc(event.payload.soc);
        break;
      case 'boot.kernel_identified':
        this.kernel ??= { value: event.payload.release, seq: event.seq };
        break;
      case 'boot.machine_identified': {
        this.model ??= { value: event.payload.model, seq: event.seq };
        this.soc ??= findSocByModel(event.payload.model);
        const soc = socOfModel(event.payload.model);
        if (soc !== undefined) this.learnSoc(soc);
        break;
      }
      case 'boot.stage_entered':
        if (event.payload.stage === 'kernel') this.regionList.isWhole = true;
        break;
      case 'boot.cpus_started':
        this.exceptionLevel ??= { value: event.payload.exception_level, seq: event.seq };
        break;
      case 'boot.kvm_initialised':
        this.kvm ??= { value: event.payload.mode, seq: event.seq };
        break;
      case 'boot.finished':
        this.finished = { value: event.payload.outcome, seq: event.seq };
        break;
      case 'devicetree.overlay_applied':
        this.overlay ??= event.seq;
        break;
      case 'boot.property_told':
        if (event.payload.property.startsWith('iommu_')) this.tellsIommus = true;
        break;
      case 'log.printed':
        this.told.log = true;
        if (event.t_ns !== null) this.lastLogNs = event.t_ns;
        break;
      case 'log.suppressed':
        this.faultGroups.suppress(event);
        break;
      case 'memory.region_reserved':
        this.regionList.tell({ ...event.payload, seq: event.seq });
        break;
      case 'memory.assigned':
        this.assigns.push(event);
        break;
      case 'memory.written':
        if (event.payload.purpose !== 'segment') this.writes.push(event);
        break;
      case 'memory.freed':
        this.frees.push(event);
        break;
      case 'smc.requested':
        this.request(event);
        break;
      case 'smc.returned':
        this.return(event);
        break;
      case 'mapping.created':
      case 'mapping.removed':
        this.told.mappings = true;
        this.mappingLives.apply(event);
        break;
      case 'shm_bridge.enabled':
        this.bridgesEnabled ??= event.seq;
        break;
      case 'shm_bridge.created':
      case 'shm_bridge.deleted':
        this.bridgeLives.apply(event);
        break;
      case 'smmu.reset':
      case 'smmu.described':
        if (this.smmuSeen.length < 1) this.smmuSeen.push(event.seq);
        break;
      case 'smmu.group_added': {
        this.told.groups = true;
        if (event.subject === null || !event.payload.device.includes('remoteproc')) break;
        if (event.payload.device.includes(':')) break;
        this.processor(event.subject).group ??= event.seq;
        break;
      }
      case 'smmu.device_attached':
        if (event.subject !== null && event.payload.device.endsWith('.remoteproc'))
          this.processor(event.subject).attached ??= event.seq;
        break;
      case 'smmu.stream_configured':
        if (this.streams.length < NOTES_KEPT) this.streams.push(event);
        break;
      case 'remoteproc.memory_accessed':
        this.mappingLives.access(event);
        break;
      case 'smmu.faulted':
        this.mappingLives.stop(event.cause);
        this.faultGroups.add(event, this.regions);
        break;
      case 'pas.memory_set_up':
        this.memorySetUps.push(event);
        break;
      case 'firmware.loaded': {
        this.learnSocOfFirmware(event.payload.name);
        if (event.subject !== null) this.processor(event.subject).firmware.push(event);
        break;
      }
      case 'firmware.refused': {
        const { name, step, errno } = event.payload;
        if (name !== null) this.learnSocOfFirmware(name);
        this.fail(event, `firmware-${step}`, errno, name);
        break;
      }
      case 'remoteproc.registered':
        this.processor(event.payload.name).registered ??= event.seq;
        break;
      case 'remoteproc.state_changed':
        this.processor(event.payload.name).enter(event);
        break;
      case 'remoteproc.failed':
        this.fail(event, event.payload.step, event.payload.errno, null);
        break;
      case 'remoteproc.crashed':
        this.fail(event, 'crash', null, event.payload.type);
        this.processor(event.payload.name).crashes.push(event);
        break;
      case 'remoteproc.interrupted':
        this.processor(event.payload.name).interrupt(event);
        break;
      case 'device.failed':
        this.fail(event, event.payload.step, event.payload.errno, event.payload.detail, event.payload.driver);
        break;
      case 'device.probed':
        if (event.payload.errno < 0 && event.payload.errno !== -517)
          this.fail(event, 'probe', event.payload.errno, event.payload.device, event.payload.driver);
        break;
      case 'device.deferred':
        this.deferrals.push(event);
        this.waiting.set(event.subject ?? event.payload.device, event.seq);
        break;
      case 'device.noted':
        if (this.notes.length < NOTES_KEPT) this.notes.push(event);
        break;
      case 'kernel.oopsed':
        this.oopses.push(event);
        break;
      case 'kernel.panicked':
        this.panics.push(event);
        break;
      case 'kernel.warned':
        this.warnings.push(event);
        break;
      case 'kernel.stalled':
        this.stalls.push(event);
        break;
      case 'trace.events_lost':
        this.eventsLost.push(event.seq);
        break;
      default:
        break;
    }
  }

  /** Groups of faults that are one each: see {@link FaultGroups}. Ask when all events are in. */
  get faults(): readonly FaultGroup[] {
    if (!this.ownersKnown) {
      this.ownersKnown = true;
      this.faultGroups.settle(this);
    }
    return this.faultGroups.groups;
  }

  processor(name: string): ProcessorFacts {
    let processor = this.processors.get(name);
    if (processor === undefined) {
      processor = new ProcessorFacts(name, this.allAttempts);
      this.processors.set(name, processor);
    }
    return processor;
  }

  /** Calls of a processor within an attempt, of one command or of all. */
  callsIn({ processor, seq, end }: Attempt, name?: string): Call[] {
    return between(this.calls, seq, end).filter(
      (call) => call.subject === processor && (name === undefined || call.name === name),
    );
  }

  failuresIn({ processor, seq, end }: Attempt, ...steps: string[]): Failure[] {
    const failures = between(this.failuresBySubject.get(processor) ?? [], seq, end);
    return steps.length === 0 ? failures : failures.filter(({ step }) => steps.includes(step));
  }

  /** Failures of the secure channel manager and the IOMMU core while a processor is started. */
  failuresDuring({ seq, end }: Attempt, step: string): Failure[] {
    return between(this.failures, seq, end).filter((failure) => failure.step === step);
  }

  interruptsIn({ processor, seq, end }: Attempt, name: string): OfKind<'remoteproc.interrupted'>[] {
    const interrupts = this.processors.get(processor)?.interrupts ?? [];
    return between(interrupts, seq + 1, end).filter(({ payload }) => payload.interrupt === name);
  }

  faultsIn(attempt: Attempt): FaultGroup[] {
    return this.faults.filter(
      ({ owner, first }) => owner === attempt.processor && first > attempt.seq && first < attempt.end,
    );
  }

  /** The reserved regions, as events tell them; those of the SoC's device tree where the first lines are missing. */
  get regions(): readonly Region[] {
    return this.regionList.all(this.soc);
  }

  /** The region that an address is in. */
  regionAt(address: number): Region | undefined {
    return this.regionList.at(address, this.soc);
  }

  /** The processor that a region is the carveout of, its main or its dtb one. */
  ownerOfRegion(region: Region): string | undefined {
    return this.regionList.ownerOf(region, this.soc);
  }

  /** Carveout of a processor's main or dtb image. */
  carveoutOf(processor: string, part: 'main' | 'dtb' = 'main'): Region | undefined {
    const description = this.soc?.remoteprocs.find(({ name }) => name === processor);
    const name = part === 'main' ? description?.carveout : description?.dtbCarveout;
    if (description !== undefined) return this.regions.find((region) => region.name === name);
    return this.regionList.carveoutByName(processor, part);
  }

  /** What is mapped over an address for a processor before an event. */
  mappingAt(subject: string, iova: number, seq: number): MappingLife | undefined {
    return this.mappingLives.at(subject, iova, seq);
  }

  /** What was mapped there once and is no more. */
  formerMappingAt(subject: string, iova: number, seq: number): MappingLife | undefined {
    return this.mappingLives.formerAt(subject, iova, seq);
  }

  /** Bridges over a range that stand before an event. */
  bridgesOver(pa: number, size: number, seq: number): BridgeLife[] {
    return this.bridgeLives.over(pa, size, seq);
  }

  /** Whether the log goes on for so long after a moment, or whatever there is where there is no log. */
  logLastsFor(tNs: number | null, ns: number): boolean {
    if (!this.told.log) return this.lastsFor(tNs, ns);
    return this.lastLogNs !== null && tNs !== null && this.lastLogNs - tNs >= ns;
  }

  /** Whether the history goes on for so long after a moment that what does not follow did not happen. */
  lastsFor(tNs: number | null, ns: number): boolean {
    return this.lastTimeNs !== null && tNs !== null && this.lastTimeNs - tNs >= ns;
  }

  isExplained(seq: number): boolean {
    return this.explained.has(seq);
  }

  explain(seqs: Iterable<number>): void {
    for (const seq of seqs) this.explained.add(seq);
  }

  /** Whether a processor's node has `iommus`; undefined where the history cannot tell. */
  hasIommus(processor: string): boolean | undefined {
    const facts = this.processors.get(processor);
    if (facts !== undefined && (facts.group !== null || facts.attached !== null)) return true;
    // A log from its first lines on that speaks of IOMMUs would show that the device joins a group.
    const isWhole =
      this.exceptionLevel !== null && this.told.log && (this.tellsIommus || this.smmuSeen.length > 0);
    return isWhole ? false : undefined;
  }

  /** A device that was deferred is heard of again: it came in the end. */
  private endWait(event: BootEvent): void {
    if (event.subject === null || event.kind === 'device.deferred') return;
    const seq = this.waiting.get(event.subject);
    if (seq === undefined) return;
    this.waiting.delete(event.subject);
    this.deferralsOver.add(seq);
  }

  private learnSoc(name: string): void {
    this.soc ??= findSoc(name);
    this.socName ??= name;
  }

  private learnSocOfFirmware(path: string): void {
    const soc = socOfFirmware(path);
    if (soc !== undefined) this.learnSoc(soc);
  }

  private fail(
    event: BootEvent,
    step: string,
    errno: number | null,
    detail: string | null,
    driver: string | null = null,
  ): void {
    const { seq, subject, tNs } = { seq: event.seq, subject: event.subject, tNs: event.t_ns };
    const last = this.failures.at(-1);
    // A crash is told by its interrupt and by the core, and a line may be read in a log and in a trace of it.
    if (last !== undefined && last.seq === seq) return;
    this.remember({ seq, subject, step, errno, detail, driver, tNs, kind: event.kind });
    // A history that begins late does not show how the start began that fails here.
    const isOfStart =
      event.kind === 'remoteproc.failed' ||
      (event.kind === 'firmware.refused' && step !== 'firmware-request');
    if (subject !== null && isOfStart && isProcessorName(subject))
      this.processor(subject).failBeforeStart(event);
  }

  private request(event: OfKind<'smc.requested'>): void {
    if (event.agent !== 'linux') return;
    const call = this.callList.request(event);
    if (call === undefined) return;
    this.told.calls = true;
    const processor = this.processorOfCall(call);
    if (processor !== undefined && beginsStart(call)) processor.beginByCall(event);
  }

  private return(event: OfKind<'smc.returned'>): void {
    const call = this.callList.return(event);
    const returned = call?.returned;
    if (call === undefined || returned == null) return;
    const processor = this.processorOfCall(call);
    const start = processor?.openByCalls;
    if (processor === undefined || start === undefined) return;
    const count = () => this.callsIn(start, call.name).length;
    for (const failure of endByCall(processor, call, returned, count)) this.remember(failure);
  }

  private processorOfCall({ subject }: Call): ProcessorFacts | undefined {
    return subject === null || !isProcessorName(subject) ? undefined : this.processor(subject);
  }

  private remember(failure: Failure): void {
    this.failures.push(failure);
    if (failure.subject === null) return;
    const ofSubject = this.failuresBySubject.get(failure.subject);
    if (ofSubject === undefined) this.failuresBySubject.set(failure.subject, [failure]);
    else ofSubject.push(failure);
  }
}
