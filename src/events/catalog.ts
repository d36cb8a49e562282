import { present } from '../base/assert.ts';
import type { SocState } from '../soc/soc-state.ts';
import type { EventDefinition } from './define-event.ts';
import type { Envelope } from './envelope.ts';
import * as boot from './families/boot.ts';
import * as device from './families/device.ts';
import * as devicetree from './families/devicetree.ts';
import * as fault from './families/fault.ts';
import * as firmware from './families/firmware.ts';
import * as kernel from './families/kernel.ts';
import * as log from './families/log.ts';
import * as mapping from './families/mapping.ts';
import * as memory from './families/memory.ts';
import * as pageTable from './families/page-table.ts';
import * as pas from './families/pas.ts';
import * as power from './families/power.ts';
import * as remoteproc from './families/remoteproc.ts';
import * as shmBridge from './families/shm-bridge.ts';
import * as smc from './families/smc.ts';
import * as smmu from './families/smmu.ts';
import * as source from './families/source.ts';
import * as trace from './families/trace.ts';
import type { Fields, Payload } from './field.ts';

/**
 * Every kind of event there is, in the order in which documentation and SQL list them. The list is the one
 * place to register a kind; types, storage, tables and documents follow from it.
 */
export const CATALOG = [
  boot.bootStarted,
  boot.bootKernelIdentified,
  boot.bootMachineIdentified,
  boot.bootCommandLineSet,
  boot.bootCpusStarted,
  boot.bootKvmInitialised,
  boot.bootStageEntered,
  boot.bootPropertyTold,
  boot.bootFinished,
  devicetree.devicetreeOverlayApplied,
  devicetree.devicetreePropertySet,
  memory.memoryRegionReserved,
  memory.memoryAllocated,
  memory.memoryFreed,
  memory.memoryWritten,
  memory.memoryAssigned,
  memory.memoryAssignmentRequested,
  smc.smcRequested,
  smc.smcTrapped,
  smc.smcForwarded,
  smc.smcReturned,
  smc.smcSlept,
  smc.smcResumed,
  pageTable.pageTableCreated,
  pageTable.pageTableEntryWritten,
  pageTable.pageTablePagesMapped,
  pageTable.pageTablePagesUnmapped,
  pageTable.pageTableTlbInvalidated,
  pageTable.pageTableDestroyed,
  mapping.mappingCreated,
  mapping.mappingRemoved,
  smmu.smmuDescribed,
  smmu.smmuReset,
  smmu.smmuStreamConfigured,
  smmu.smmuContextBankConfigured,
  smmu.smmuGroupAdded,
  smmu.smmuGroupRemoved,
  smmu.smmuDeviceAttached,
  smmu.smmuFaulted,
  shmBridge.shmBridgeEnabled,
  shmBridge.shmBridgeCreated,
  shmBridge.shmBridgeDeleted,
  pas.pasContextCreated,
  pas.pasMetadataPrepared,
  pas.pasMetadataReleased,
  pas.pasImageInitialised,
  pas.pasMemorySetUp,
  pas.pasAuthenticated,
  pas.pasShutDown,
  pas.pasResourceTableReturned,
  pas.pasRefused,
  firmware.firmwareRequested,
  firmware.firmwareLoaded,
  firmware.firmwareSegmentLoaded,
  firmware.firmwareRefused,
  remoteproc.remoteprocRegistered,
  remoteproc.remoteprocStateChanged,
  remoteproc.remoteprocInterrupted,
  remoteproc.remoteprocSignalled,
  remoteproc.remoteprocMemoryAccessed,
  remoteproc.remoteprocCrashed,
  remoteproc.remoteprocFailed,
  device.deviceIdentified,
  device.deviceProbed,
  device.deviceDeferred,
  device.deviceFailed,
  device.deviceNoted,
  power.powerVoted,
  kernel.kernelWarned,
  kernel.kernelOopsed,
  kernel.kernelPanicked,
  kernel.kernelStalled,
  kernel.kernelInitcallReturned,
  log.logPrinted,
  log.logAnnotated,
  log.logClockAnchored,
  log.logSuppressed,
  trace.traceHit,
  trace.traceCommented,
  trace.traceBufferCounted,
  trace.traceEventsLost,
  fault.faultInjected,
  source.sourceTaken,
  source.sourceRepeated,
] as const;

type CatalogEntry = (typeof CATALOG)[number];

/** Name of a kind of event, such as `smc.requested`. */
export type Kind = CatalogEntry['kind'];

/** Payload of a kind. */
export type PayloadOf<K extends Kind> =
  Extract<CatalogEntry, { kind: K }> extends EventDefinition<K, infer F> ? Payload<F> : never;

/** An event as it is read from the log: envelope, kind and payload; `kind` tells which payload. */
export type BootEvent = {
  [K in Kind]: Envelope & { readonly kind: K; readonly payload: PayloadOf<K> };
}[Kind];

/** An event that has not been appended: the log gives the seq. */
export type NewEvent = {
  [K in Kind]: Omit<Envelope, 'seq'> & { readonly kind: K; readonly payload: PayloadOf<K> };
}[Kind];

/** A definition with its payload type forgotten, for code that treats all kinds alike. */
export type AnyDefinition = EventDefinition<Kind, Fields>;

/** The catalog for code that treats all kinds alike. A payload goes only to the definition of its own kind. */
export const DEFINITIONS: readonly AnyDefinition[] = CATALOG as unknown as readonly AnyDefinition[];

const BY_KIND = new Map<string, AnyDefinition>(
  DEFINITIONS.map((definition) => [definition.kind, definition]),
);

/** The definition of a kind, or undefined for a name that no kind has. */
export function findDefinition(kind: string): AnyDefinition | undefined {
  return BY_KIND.get(kind);
}

function definitionOf(kind: Kind): AnyDefinition {
  return present(BY_KIND.get(kind), `kind ${kind} is not in the catalog`);
}

/** The event as one line, without time, agent and subject. */
export function renderEvent(event: Pick<BootEvent, 'kind' | 'payload'>): string {
  return definitionOf(event.kind).render(event.payload as Payload<Fields>);
}

/** Whether the event tells of something that went wrong. */
export function isFailure(event: Pick<BootEvent, 'kind' | 'payload'>): boolean {
  return definitionOf(event.kind).isFailure(event.payload as Payload<Fields>);
}

/** Changes the state by one event: the only way that it changes. */
export function applyEvent(state: SocState, event: BootEvent): void {
  definitionOf(event.kind).reduce?.(state, event.payload as Payload<Fields>, event);
}
