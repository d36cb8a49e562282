import { LiveMappings } from './live-mappings.ts';
import type { SmcCall } from './smc-call.ts';
import type { SmmuState } from './smmu-state.ts';
import { TableMemory } from './table-memory.ts';

/**
 * Everything that the agents of a boot can see, as far as its events have told. Only reducers change it
 * (src/events), one event at a time, so that a recording and a replay cannot disagree.
 *
 * *Unknown is a value*: a log shows part of what happened, so what nobody has told yet is null or missing
 * here, and never zero, off or unmapped.
 */
export interface SocState {
  /** What has been told of at all: an empty list means *none* only where it has. */
  readonly told: ToldOf;
  /** Level that Linux runs at; null until the log says. */
  exceptionLevel: number | null;
  /** KVM's mode, or `unavailable`; null until the log says. */
  kvm: string | null;
  /** Calls that were requested and have not returned, by the seq of their request. */
  readonly smcInFlight: Map<number, SmcInFlight>;
  readonly remoteprocs: Map<string, RemoteprocState>;
  /** PAS contexts in TrustZone, by PAS id. */
  readonly pas: Map<number, PasState>;
  /** Whether TrustZone checks that buffers lie inside a bridge; null until somebody says. */
  bridgesEnabled: boolean | null;
  /** Live SHM bridges, by handle. */
  readonly bridges: Map<bigint, BridgeState>;
  /** Live I/O mappings. */
  readonly mappings: LiveMappings;
  /** Translation tables, by the physical address of their root. */
  readonly pageTables: Map<number, PageTableState>;
  /** Words of all translation tables. */
  readonly tableMemory: TableMemory;
  /** SMMUs, by device name. */
  readonly smmus: Map<string, SmmuState>;
  /** Devices behind the SMMU, by device name. */
  readonly devices: Map<string, DeviceState>;
  readonly regions: Map<string, RegionState>;
  /** Ranges of memory that were assigned to other owners, or back, by {@link rangeKey}. */
  readonly owners: Map<string, OwnersState>;
  /** Buffers that were allocated and not freed, by purpose and address: a pool and a buffer in it may begin together. */
  readonly allocations: Map<string, AllocationState>;
  /** Votes for clocks, power domains and the like, each as it was cast last, by {@link voteKey}. */
  readonly votes: Map<string, VoteState>;
}

/**
 * Whether any event told of something that may come and go: what of this is false, nobody has told, and what is there
 * is unknown. Lists that only ever grow need no such mark.
 */
export interface ToldOf {
  /** A simulation tells everything that happens, from the beginning. */
  everything: boolean;
  calls: boolean;
  bridges: boolean;
  devices: boolean;
  tables: boolean;
  mappings: boolean;
  allocations: boolean;
}

export interface SmcInFlight {
  readonly call: SmcCall;
  readonly since: number;
}

export const REMOTEPROC_STATES = [
  'offline',
  'starting',
  'running',
  'crashed',
  'recovering',
  'attached',
  'failed',
] as const;
export type RemoteprocStateName = (typeof REMOTEPROC_STATES)[number];

export interface RemoteprocState {
  readonly state: RemoteprocStateName;
  /** Seq of the event that brought this state about; one that only says it again does not count. */
  readonly since: number;
}

export interface PasState {
  /** Where the peripheral is in the sequence of domain page 02: which call TrustZone accepted last. */
  readonly step: 'image-initialised' | 'memory-set-up' | 'running' | 'shut-down';
  readonly since: number;
  /** Where its firmware is, as PAS_MEM_SETUP said; null until it did. */
  readonly memory: { readonly pa: number; readonly size: number } | null;
}

export interface BridgeState {
  readonly pa: number;
  readonly size: number;
  readonly ns_permissions: number;
  readonly s_permissions: number;
  readonly since: number;
}

export interface PageTableState {
  /** 1 or 2. */
  readonly stage: number;
  readonly address_bits: number;
  readonly start_level: number;
  readonly owner: string;
  /** Address space that it defines, as mappings name it; null where nobody has told. */
  readonly space: string | null;
  readonly since: number;
}

export interface DeviceState {
  group: number | null;
  /** Seq of the last attach. */
  attached: number | null;
  /** Domain that it is attached to; null where nobody has told, as in a log. */
  domain: string | null;
}

export interface RegionState {
  readonly pa: number;
  readonly size: number;
}

export interface OwnersState {
  readonly pa: number;
  readonly size: number;
  /** VMIDs, as the event has them. */
  readonly owners: string;
  readonly since: number;
}

export interface AllocationState {
  readonly purpose: string;
  readonly pa: number;
  readonly size: number;
  readonly subject: string | null;
  readonly since: number;
}

export interface VoteState {
  readonly type: string;
  readonly resource: string;
  /** For whom; each votes for itself. */
  readonly subject: string | null;
  readonly level: string;
  readonly since: number;
}

/** Ranges that begin at one address and have one size are one range. */
export function rangeKey(pa: number, size: number): string {
  return `${pa}/${size}`;
}

export function allocationKey(purpose: string, pa: number): string {
  return `${pa}/${purpose}`;
}

export function voteKey(type: string, resource: string, subject: string | null): string {
  return `${type}/${resource}/${subject ?? ''}`;
}

export function initialSocState(): SocState {
  return {
    told: {
      everything: false,
      calls: false,
      bridges: false,
      devices: false,
      tables: false,
      mappings: false,
      allocations: false,
    },
    exceptionLevel: null,
    kvm: null,
    smcInFlight: new Map(),
    remoteprocs: new Map(),
    pas: new Map(),
    bridgesEnabled: null,
    bridges: new Map(),
    mappings: new LiveMappings(),
    pageTables: new Map(),
    tableMemory: new TableMemory(),
    smmus: new Map(),
    devices: new Map(),
    regions: new Map(),
    owners: new Map(),
    allocations: new Map(),
    votes: new Map(),
  };
}
