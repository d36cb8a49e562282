import { LiveMappings } from './live-mappings.ts';

/**
 * Everything that the agents of a boot can see, as far as its events have told. Only reducers change it
 * (src/events), one event at a time, so that a recording and a replay cannot disagree.
 *
 * *Unknown is a value*: a log shows part of what happened, so what nobody has told yet is null or missing
 * here, and never zero, off or unmapped.
 */
export interface SocState {
  /** Level that Linux runs at; null until the log says. */
  exceptionLevel: number | null;
  /** KVM's mode, or `unavailable`; null until the log says. */
  kvm: string | null;
  /** Calls that were requested and have not returned, by the seq of their request. */
  readonly smcInFlight: Map<number, SmcInFlight>;
  readonly remoteprocs: Map<string, RemoteprocState>;
  /** PAS contexts in TrustZone, by PAS id. */
  readonly pas: Map<number, PasState>;
  /** Live SHM bridges, by handle. */
  readonly bridges: Map<bigint, BridgeState>;
  /** Live I/O mappings. */
  readonly mappings: LiveMappings;
  /** Devices behind the SMMU, by device name. */
  readonly devices: Map<string, DeviceState>;
  readonly regions: Map<string, RegionState>;
}

export interface SmcInFlight {
  readonly function_id: number;
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
  step: 'image-initialised' | 'memory-set-up' | 'running' | 'shut-down';
  readonly since: number;
}

export interface BridgeState {
  readonly pa: number;
  readonly size: number;
  readonly since: number;
}

export interface DeviceState {
  group: number | null;
  /** Seq of the last attach; which domain it is, a log does not say. */
  attached: number | null;
}

export interface RegionState {
  readonly pa: number;
  readonly size: number;
}

export function initialSocState(): SocState {
  return {
    exceptionLevel: null,
    kvm: null,
    smcInFlight: new Map(),
    remoteprocs: new Map(),
    pas: new Map(),
    bridges: new Map(),
    mappings: new LiveMappings(),
    devices: new Map(),
    regions: new Map(),
  };
}
