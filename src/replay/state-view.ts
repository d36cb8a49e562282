import { renderSmcCall } from '../events/families/smc.ts';
import { leafProtection } from '../soc/lpae.ts';
import { findPasPeripheral } from '../soc/pas-id.ts';
import type { ContextBankState, SmmuState, StreamState } from '../soc/smmu-state.ts';
import type {
  AllocationState,
  BridgeState,
  DeviceState,
  OwnersState,
  PageTableState,
  PasState,
  RegionState,
  RemoteprocState,
  SocState,
  VoteState,
} from '../soc/soc-state.ts';
import { leavesOfTable } from '../soc/table-leaves.ts';
import { type AddressRange, mergeRanges } from './address-range.ts';
import type { MappingFocus } from './mapping-focus.ts';

/**
 * The state of a SoC as plain data, in sections. A section of which no event has told is null: what is there is
 * unknown. An empty one was told of, and holds nothing.
 */
export interface StateView {
  readonly machine: MachineView;
  readonly processors: readonly ProcessorStateView[] | null;
  readonly pas: readonly PasView[] | null;
  /** Calls to TrustZone that have not returned. */
  readonly calls: readonly CallView[] | null;
  /** Live SHM bridges. */
  readonly bridges: readonly BridgeView[] | null;
  readonly smmu: readonly SmmuView[] | null;
  /** Devices behind an SMMU. */
  readonly devices: readonly DeviceStateView[] | null;
  readonly votes: readonly VoteState[] | null;
  readonly allocations: readonly AllocationState[] | null;
  /** Ranges that were assigned to owners. */
  readonly owners: readonly OwnersState[] | null;
  /** Reserved regions. */
  readonly regions: readonly RegionView[] | null;
  /** What is mapped, by address space. */
  readonly mappings: readonly SpaceView[] | null;
  /** Live translation tables, and what a walk of their descriptors finds. */
  readonly tables: readonly TableView[] | null;
}

export type SectionName = keyof StateView;

export interface MachineView {
  readonly exception_level: number | null;
  readonly kvm: string | null;
  readonly bridges_enabled: boolean | null;
}

export interface ProcessorStateView extends RemoteprocState {
  readonly name: string;
}

export interface PasView extends PasState {
  readonly pas_id: number;
  readonly peripheral: string | null;
}

export interface CallView {
  readonly function_id: number;
  readonly call: string;
  readonly since: number;
}

export interface BridgeView extends BridgeState {
  readonly handle: bigint;
}

export interface SmmuView {
  readonly device: string;
  readonly unmatched: SmmuState['unmatched'];
  readonly streams: readonly StreamState[];
  readonly context_banks: readonly (ContextBankState & { readonly context_bank: number })[];
}

export interface DeviceStateView extends DeviceState {
  readonly device: string;
}

export interface RegionView extends RegionState {
  readonly name: string;
}

export interface SpaceView {
  /** Null where nobody has told which space it is. */
  readonly space: string | null;
  readonly subject: string | null;
  readonly mapping_count: number;
  readonly size: number;
  readonly ranges: readonly AddressRange[];
}

export interface TableView extends PageTableState {
  readonly root_pa: number;
  readonly leaf_count: number;
  readonly size: number;
  /** False where a descriptor is unknown. */
  readonly is_complete: boolean;
  readonly ranges: readonly AddressRange[];
}

/** How each section is read from the state, in the order of a report: what is short and asked for first comes first. */
const SECTION_VIEWS: { readonly [Name in SectionName]: (state: SocState) => StateView[Name] } = {
  machine: ({ exceptionLevel, kvm, bridgesEnabled }) => ({
    exception_level: exceptionLevel,
    kvm,
    bridges_enabled: bridgesEnabled,
  }),
  processors: ({ remoteprocs, told }) =>
    listOf(remoteprocs, told.everything, (name, processor) => ({ name, ...processor })),
  pas: ({ pas, told }) =>
    listOf(pas, told.everything, (pas_id, context) => ({
      pas_id,
      peripheral: findPasPeripheral(pas_id)?.subject ?? null,
      ...context,
    })),
  calls: ({ smcInFlight, told }) =>
    listOf(smcInFlight, told.everything || told.calls, (_seq, { call, since }) => ({
      function_id: call.function_id,
      call: renderSmcCall(call),
      since,
    })),
  bridges: ({ bridges, told }) =>
    listOf(bridges, told.everything || told.bridges, (handle, bridge) => ({ handle, ...bridge })),
  // Not even a simulation tells how the boot loader left an SMMU, before its reset.
  smmu: ({ smmus }) => listOf(smmus, false, viewSmmu),
  devices: ({ devices, told }) =>
    listOf(devices, told.everything || told.devices, (device, known) => ({ device, ...known })),
  votes: ({ votes, told }) => listOf(votes, told.everything, (_key, vote) => vote),
  allocations: ({ allocations, told }) =>
    listOf(allocations, told.everything || told.allocations, (_key, buffer) => buffer),
  owners: ({ owners, told }) => listOf(owners, told.everything, (_key, range) => range),
  regions: ({ regions, told }) => listOf(regions, told.everything, (name, region) => ({ name, ...region })),
  mappings: (state) => (isToldOfMappings(state) ? viewMappings(state) : null),
  tables: (state) =>
    listOf(state.pageTables, state.told.everything || state.told.tables, (root_pa, table) =>
      viewTable(state, root_pa, table),
    ),
};

/** Names of the sections, in the order of a report. */
export const SECTION_NAMES = Object.keys(SECTION_VIEWS) as readonly SectionName[];

/** One section of the state as plain data: a copy, which later events do not change. */
export function viewSection<Name extends SectionName>(name: Name, state: SocState): StateView[Name] {
  return SECTION_VIEWS[name](state);
}

/** The state as plain data: a copy, which later events do not change. */
export function viewState(state: SocState): StateView {
  return Object.fromEntries(
    SECTION_NAMES.map((name) => [name, viewSection(name, state)]),
  ) as unknown as StateView;
}

/** What a map holds, in the order in which it came; null where it holds nothing and nobody has told that it is so. */
function listOf<Key, Value, View>(
  map: ReadonlyMap<Key, Value>,
  isTold: boolean,
  view: (key: Key, value: Value) => View,
): View[] | null {
  if (map.size === 0 && !isTold) return null;
  return [...map].map(([key, value]) => view(key, value));
}

function viewSmmu(device: string, { unmatched, streams, contextBanks }: SmmuState): SmmuView {
  return {
    device,
    unmatched,
    streams: [...streams.values()].sort((a, b) => a.stream_id - b.stream_id || a.mask - b.mask),
    context_banks: [...contextBanks]
      .map(([context_bank, bank]) => ({ context_bank, ...bank }))
      .sort((a, b) => a.context_bank - b.context_bank),
  };
}

function viewMappings({ mappings }: SocState): SpaceView[] {
  const spaces = new Map<string, { space: string | null; subject: string | null; ranges: AddressRange[] }>();
  let last: { space: string | null; subject: string | null; ranges: AddressRange[] } | undefined;
  for (const { space, subject, iova, pa, size, protection, since } of mappings) {
    // Mappings of one space come in runs: a key for each would cost as much as all the rest.
    if (last === undefined || last.space !== space || last.subject !== subject) {
      const key = JSON.stringify([space, subject]);
      last = spaces.get(key) ?? { space, subject, ranges: [] };
      spaces.set(key, last);
    }
    last.ranges.push({ iova, pa, size, protection, since });
  }
  return [...spaces.values()].map(({ space, subject, ranges }) => ({
    space,
    subject,
    mapping_count: ranges.length,
    size: ranges.reduce((sum, { size }) => sum + size, 0),
    ranges: mergeRanges(ranges.sort((a, b) => a.iova - b.iova)),
  }));
}

/**
 * The same with only the ranges that reach into some addresses. It looks at the rest of the mappings for their sums only,
 * and makes no range of each: whoever goes through a boot event by event looks at little else.
 */
export function viewMappingsIn(state: SocState, { space, start, end }: MappingFocus): StateView['mappings'] {
  if (!isToldOfMappings(state)) return null;
  const inFocus = state.mappings.overlapping(space, start, end);
  return state.mappings.totals().map((total) => ({
    space: total.space,
    subject: total.subject,
    mapping_count: total.count,
    size: total.size,
    ranges: mergeRanges(
      inFocus
        .filter((mapping) => mapping.space === total.space && mapping.subject === total.subject)
        .map(({ iova, pa, size, protection, since }) => ({ iova, pa, size, protection, since })),
    ),
  }));
}

function isToldOfMappings({ told }: SocState): boolean {
  return told.everything || told.mappings;
}

/** Those of the translation tables that have some roots: to walk all of them is dear. */
export function viewTablesAt(state: SocState, roots: readonly number[]): StateView['tables'] {
  if (state.pageTables.size === 0 && !state.told.everything && !state.told.tables) return null;
  return roots.flatMap((root) => {
    const table = state.pageTables.get(root);
    return table === undefined ? [] : [viewTable(state, root, table)];
  });
}

function viewTable({ tableMemory }: SocState, root_pa: number, table: PageTableState): TableView {
  const { stage, address_bits, start_level } = table;
  const { leaves, isComplete } = leavesOfTable(
    { stage: stage === 2 ? 2 : 1, rootPa: root_pa, inputBits: address_bits, startLevel: start_level },
    (pa) => tableMemory.read(pa),
  );
  const ranges = leaves.map(({ iova, size, leaf }) => ({
    iova,
    pa: leaf.pa,
    size,
    protection: leafProtection(leaf),
    since: null,
  }));
  return {
    root_pa,
    ...table,
    leaf_count: leaves.length,
    size: ranges.reduce((sum, { size }) => sum + size, 0),
    is_complete: isComplete,
    ranges: mergeRanges(ranges),
  };
}
