import { findPasPeripheral } from '../soc/pas-id.ts';
import { remoteProcessorOfDevice, remoteProcessorOfRegion } from '../soc/remote-processor.ts';
import { SMC_COMMAND_NAME, splitBridgeAddress } from '../soc/smc-command.ts';

/** A call that was requested and has not returned. */
export interface PendingCall {
  /** Seq of the request. */
  readonly seq: number;
  readonly functionId: number;
  readonly service: number;
  readonly command: number;
  /** Name of the command, when it is known. */
  readonly name: string | undefined;
  readonly args: readonly bigint[];
  readonly subject: string;
}

interface Region {
  readonly start: number;
  readonly end: number;
  readonly subject: string | undefined;
}

/** Subject of calls and buffers that belong to the secure channel manager itself. */
const SCM_SUBJECT = 'scm';

/**
 * What one line of a log cannot say and its neighbours do: which request a result belongs to, which processor
 * a task is busy with, which device or region is whose. One tracker serves all sources of a boot.
 */
export class BootTracker {
  private readonly pendingByTask = new Map<string, PendingCall>();
  private readonly processorByIndex = new Map<string, string>();
  private readonly processorByTask = new Map<string, string>();
  private readonly regions: Region[] = [];
  private readonly bridgeSubjects = new Map<bigint, string>();
  /** First IOVA of live identity mappings that were made for a processor. */
  private readonly processorByIova = new Map<number, string>();

  /** `remoteproc0` is called `adsp`. */
  nameProcessor(index: string, name: string): void {
    this.processorByIndex.set(index, name);
  }

  /** The processor behind `remoteproc0`, or that name itself when nobody has said. */
  processorOfIndex(index: string): string {
    return this.processorByIndex.get(index) ?? index;
  }

  /** What a device's events are about: the processor, where the address tells, else the device. */
  subjectOfDevice(device: string): string {
    return remoteProcessorOfDevice(device) ?? device;
  }

  addRegion(name: string, start: number, size: number): void {
    this.regions.push({ start, end: start + size, subject: remoteProcessorOfRegion(name) });
  }

  subjectOfAddress(address: number): string | undefined {
    return this.regions.find((region) => address >= region.start && address < region.end)?.subject;
  }

  /** A task attached a processor's device or made a PAS call: what it maps until further notice is for that processor. */
  busyWith(task: string, subject: string): void {
    this.processorByTask.set(task, subject);
  }

  /**
   * Whom a mapping is for, or null. The trace events name neither device nor domain, but everything that is
   * mapped for a processor is mapped identically, by the task that boots it (qcom_pas_map_carveout,
   * rproc_handle_devmem).
   */
  subjectOfMapping(task: string, iova: number, pa: number): string | null {
    if (iova !== pa) return null;
    const subject = this.processorByTask.get(task);
    if (subject === undefined) return null;
    this.processorByIova.set(iova, subject);
    return subject;
  }

  subjectOfUnmapping(iova: number): string | null {
    return this.processorByIova.get(iova) ?? null;
  }

  forgetMapping(iova: number): void {
    this.processorByIova.delete(iova);
  }

  /** What a call is about. */
  subjectOfCall(name: string | undefined, args: readonly bigint[]): string {
    const [first = 0n] = args;
    switch (name) {
      case SMC_COMMAND_NAME.initImage:
      case SMC_COMMAND_NAME.memSetup:
      case SMC_COMMAND_NAME.authAndReset:
      case SMC_COMMAND_NAME.shutdown:
      case SMC_COMMAND_NAME.getResourceTable:
        return findPasPeripheral(Number(first))?.subject ?? `pas-${first}`;
      case SMC_COMMAND_NAME.shmBridgeCreate:
        return this.subjectOfAddress(splitBridgeAddress(first).address) ?? SCM_SUBJECT;
      case SMC_COMMAND_NAME.shmBridgeDelete:
        return this.bridgeSubjects.get(first) ?? SCM_SUBJECT;
      default:
        return SCM_SUBJECT;
    }
  }

  nameBridge(handle: bigint, subject: string): void {
    this.bridgeSubjects.set(handle, subject);
  }

  /** A re-issue after INTERRUPTED continues the call that the task has pending. */
  beginCall(task: string, call: PendingCall): void {
    this.pendingByTask.set(task, call);
  }

  pendingCall(task: string): PendingCall | undefined {
    return this.pendingByTask.get(task);
  }

  endCall(task: string): void {
    this.pendingByTask.delete(task);
  }
}
