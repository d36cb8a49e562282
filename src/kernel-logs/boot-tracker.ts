import type { Subjects } from '../events/kernel-messages/kernel-message.ts';
import type { SocDescription } from '../soc/description.ts';
import { findSoc } from '../soc/find-soc.ts';
import { findPasPeripheral } from '../soc/pas-id.ts';
import {
  remoteProcessorOfDevice,
  remoteProcessorOfFirmware,
  remoteProcessorOfRegion,
  subjectOfSpeaker,
} from '../soc/remote-processor.ts';
import { SMC_COMMAND_NAME } from '../soc/smc-command.ts';
import { socOfModel } from '../soc/soc-name.ts';
import { processorOfStream, subjectOfStream } from '../soc/stream-owner.ts';
import type { HeardLines } from './heard-lines.ts';
import { type Claim, ProcessorMappings } from './processor-mappings.ts';

/** A 64-bit register in unsigned halves. */
export interface Register {
  readonly high: number;
  readonly low: number;
}

/** A call that was requested and has not returned. */
export interface PendingCall {
  /** Seq of the request. */
  readonly seq: number;
  readonly functionId: number;
  /** Name of the command, when it is known. */
  readonly name: string | undefined;
  /** One of the calls of the Peripheral Authentication Service. */
  readonly isPas: boolean;
  readonly args: readonly Register[];
  readonly subject: string;
  /** Events were lost since: it may have returned, so that the same call is another one. */
  isDoubtful?: boolean;
}

interface Region {
  readonly start: number;
  readonly end: number;
  readonly subject: string | undefined;
}

/** Open calls of one task that are remembered; results that were lost must not pile up. */
const DEEPEST_NESTING = 8;

/** What a call of the Peripheral Authentication Service says of how far its task has come with a processor. */
const STEP_OF_CALL: ReadonlyMap<string | undefined, Claim['step']> = new Map([
  [SMC_COMMAND_NAME.getResourceTable, 'prepare'],
  [SMC_COMMAND_NAME.initImage, 'start'],
  [SMC_COMMAND_NAME.memSetup, 'start'],
  [SMC_COMMAND_NAME.authAndReset, 'released'],
  [SMC_COMMAND_NAME.shutdown, 'stop'],
]);

/** Subject of calls and buffers that belong to the secure channel manager itself. */
const SCM_SUBJECT = 'scm';

/**
 * What one line of a log cannot say and its neighbours do: which request a result belongs to, which processor
 * a task is busy with, which device or region is whose. One tracker serves all sources of a boot.
 */
export class BootTracker {
  /** Calls that a task has open, innermost last: an interrupt may make an atomic call inside a sleeping one. */
  private readonly pendingByTask = new Map<string, PendingCall[]>();
  private readonly processorByIndex = new Map<string, string>();
  /** The last of each task. */
  private readonly claims = new Map<string, Claim>();
  private readonly processorByDevice = new Map<string, string>();
  private readonly processorByFirmware = new Map<string, string>();
  private readonly processorByStream = new Map<number, string>();
  private soc: SocDescription | undefined;
  private readonly kernels = new Set<string>();
  private machine: string | undefined;
  private readonly regions: Region[] = [];
  private carveoutsStart = Number.POSITIVE_INFINITY;
  private carveoutsEnd = Number.NEGATIVE_INFINITY;
  private readonly bridgeSubjects = new Map<number, string>();
  /** Remote processors that are being powered up, of which no outcome was told. */
  readonly starting = new Set<string>();
  /** Live identity mappings that were made for processors, and the calls of io-pgtable that they are made of. */
  readonly mappings = new ProcessorMappings(this.claims, (address) => this.ownerOfCarveout(address));
  readonly pageCalls = new ProcessorMappings(this.claims, (address) => this.ownerOfCarveout(address));

  /** Lines that several kernel logs of the boot have, and events that several traces have; undefined where one is all. */
  heardLogLines: HeardLines | undefined;
  heardTraceEvents: HeardLines | undefined;

  /** `remoteproc0` is called `adsp`. */
  nameProcessor(index: string, name: string): void {
    this.processorByIndex.set(index, name);
  }

  /** The processor behind `remoteproc0`, or that name itself when nobody has said. */
  processorOfIndex(index: string): string {
    return this.processorByIndex.get(index) ?? index;
  }

  /** Whom the lines of drivers are about. */
  readonly speakers: Subjects = {
    of: (driver, device) => {
      if (driver === 'remoteproc') return this.processorOfIndex(device);
      return this.processorByDevice.get(device) ?? subjectOfSpeaker(device);
    },
  };

  /**
   * A line says which firmware a device or a number loads. Where nothing told yet whose it is, the file does: it was
   * loaded for a processor before, or its name says. Returns the processor that this is news of.
   */
  learnFirmware(driver: string, device: string, path: string): string | undefined {
    const known = this.speakers.of(driver, device);
    if (known !== device) {
      this.processorByFirmware.set(path, known);
      return undefined;
    }
    const processor = this.processorByFirmware.get(path) ?? remoteProcessorOfFirmware(path);
    if (processor === undefined) return undefined;
    if (driver === 'remoteproc') this.nameProcessor(device, processor);
    else this.processorByDevice.set(device, processor);
    return processor;
  }

  /** The log tells of the kernel. Says whether that is news. */
  learnKernel(release: string): boolean {
    const isNews = !this.knowsKernel(release);
    this.kernels.add(release);
    return isNews;
  }

  knowsKernel(release: string): boolean {
    return this.kernels.has(release);
  }

  /** The log tells of the machine. Says whether nothing was known of it before. */
  learnMachine(model: string): boolean {
    const isFirst = this.machine === undefined;
    this.machine ??= model;
    this.learnSoc(socOfModel(model));
    return isFirst;
  }

  /** The SoC that the log speaks of, as soon as it does: a later word does not change it. */
  learnSoc(name: string | undefined): void {
    if (name !== undefined) this.soc ??= findSoc(name);
  }

  /** The log itself ties a stream to a processor. Says whether that is news. */
  learnStream(streamId: number, processor: string): boolean {
    const isNews = this.subjectOfStream(streamId) !== processor;
    this.processorByStream.set(streamId, processor);
    return isNews;
  }

  /** Whom a fault of a stream is about: its processor, as the log tells or as the SoC's device tree has it. */
  subjectOfStream(streamId: number): string {
    const told = this.processorByStream.get(streamId);
    const owner = told ?? (this.soc === undefined ? undefined : processorOfStream(this.soc, streamId));
    return subjectOfStream(owner, streamId);
  }

  /** What a device's events are about: the processor, where the address tells, else the device. */
  subjectOfDevice(device: string): string {
    return this.processorByDevice.get(device) ?? remoteProcessorOfDevice(device) ?? device;
  }

  addRegion(name: string, start: number, size: number): void {
    this.pushRegion({ start, end: start + size, subject: remoteProcessorOfRegion(name) });
  }

  private pushRegion(region: Region): void {
    this.regions.push(region);
    if (region.subject === undefined) return;
    this.carveoutsStart = Math.min(this.carveoutsStart, region.start);
    this.carveoutsEnd = Math.max(this.carveoutsEnd, region.end);
  }

  /** Where a processor's firmware goes, as MEM_SETUP says it: a trace alone knows no reserved regions. */
  addCarveout(subject: string, start: number, size: number): void {
    if (this.subjectOfAddress(start) !== subject) this.pushRegion({ start, end: start + size, subject });
  }

  subjectOfAddress(address: number): string | undefined {
    return this.regions.find((region) => address >= region.start && address < region.end)?.subject;
  }

  /** Whose firmware goes to an address. Most addresses are none of a carveout at all. */
  private ownerOfCarveout(address: number): string | undefined {
    return address >= this.carveoutsStart && address < this.carveoutsEnd
      ? this.subjectOfAddress(address)
      : undefined;
  }

  /** A task attached a processor's device: what it maps until further notice is for that processor. */
  busyWith(task: string, subject: string): void {
    const last = this.claims.get(task);
    // After a stop the device goes back to its default domain.
    const isDetached = last?.step === 'stop' && last.subject === subject;
    this.claims.set(task, { subject, step: isDetached ? 'detach' : 'attach' });
  }

  /** A task made a PAS call, which says the same, unless its id belongs to nobody that is known. */
  busyWithPas(task: string, name: string | undefined, pasId: number, subject: string): void {
    const step = STEP_OF_CALL.get(name);
    if (step === undefined) return;
    if (findPasPeripheral(pasId) !== undefined || !this.claims.has(task))
      this.claims.set(task, { subject, step });
  }

  /** What a call says of whom its task is busy with; undefined where it says nothing, or of nobody that is known. */
  claimOfPas(name: string | undefined, pasId: number): Claim | undefined {
    const step = STEP_OF_CALL.get(name);
    const subject = findPasPeripheral(pasId)?.subject;
    return step === undefined || subject === undefined ? undefined : { subject, step };
  }

  /** What a call is about: its first argument says. */
  subjectOfCall(name: string | undefined, first: Register = { high: 0, low: 0 }): string {
    switch (name) {
      case SMC_COMMAND_NAME.initImage:
      case SMC_COMMAND_NAME.memSetup:
      case SMC_COMMAND_NAME.authAndReset:
      case SMC_COMMAND_NAME.shutdown:
      case SMC_COMMAND_NAME.getResourceTable:
        return findPasPeripheral(first.low)?.subject ?? `pas-${first.low}`;
      case SMC_COMMAND_NAME.shmBridgeCreate:
        return this.subjectOfAddress(numberOf(first)) ?? SCM_SUBJECT;
      case SMC_COMMAND_NAME.shmBridgeDelete:
        return this.bridgeSubjects.get(numberOf(first)) ?? SCM_SUBJECT;
      default:
        return SCM_SUBJECT;
    }
  }

  nameBridge(handle: Register, subject: string): void {
    if (subject !== SCM_SUBJECT) this.bridgeSubjects.set(numberOf(handle), subject);
  }

  forgetBridge(handle: Register): void {
    this.bridgeSubjects.delete(numberOf(handle));
  }

  beginCall(task: string, call: PendingCall): void {
    const open = this.pendingByTask.get(task);
    if (open === undefined) {
      this.pendingByTask.set(task, [call]);
      return;
    }
    if (open.length >= DEEPEST_NESTING) open.shift();
    open.push(call);
  }

  /** A trace lost events: whatever is open may have ended, and tasks may be busy with others. */
  loseEvents(): void {
    for (const calls of this.pendingByTask.values()) for (const call of calls) call.isDoubtful = true;
    this.claims.clear();
  }

  /** The call that a task is in the middle of: what a re-issue after INTERRUPTED goes on with. */
  pendingCall(task: string): PendingCall | undefined {
    return this.pendingByTask.get(task)?.at(-1);
  }

  /** The innermost open call of a task with a function id, which has returned and is open no longer. */
  endCall(task: string, functionId: number): PendingCall | undefined {
    const open = this.pendingByTask.get(task);
    if (open === undefined) return undefined;
    for (let i = open.length - 1; i >= 0; i--) {
      const call = open[i] as PendingCall;
      if (call.functionId === functionId) {
        open.splice(i);
        return call;
      }
    }
    return undefined;
  }
}

/** A register as a number: exact for every address, and near enough to tell handles apart. */
function numberOf({ high, low }: Register): number {
  return high * 2 ** 32 + low;
}
