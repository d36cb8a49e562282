import type { Kind } from '../events/catalog.ts';
import { initialSocState } from '../soc/soc-state.ts';
import { SECTION_NAMES, type SectionName, viewSection } from './state-view.ts';

/** Kinds whose events may change a section, beside `boot.started`. An event of such a kind need not. */
const KINDS_OF_SECTION: { readonly [Name in SectionName]: readonly Kind[] } = {
  machine: ['boot.cpus_started', 'boot.kvm_initialised', 'shm_bridge.enabled'],
  processors: ['remoteproc.registered', 'remoteproc.state_changed', 'remoteproc.crashed'],
  pas: ['pas.image_initialised', 'pas.memory_set_up', 'pas.authenticated', 'pas.shut_down'],
  calls: ['smc.requested', 'smc.returned'],
  bridges: ['shm_bridge.enabled', 'shm_bridge.created', 'shm_bridge.deleted'],
  smmu: ['smmu.reset', 'smmu.stream_configured', 'smmu.context_bank_configured'],
  devices: ['smmu.group_added', 'smmu.group_removed', 'smmu.device_attached'],
  votes: ['power.voted'],
  allocations: ['memory.allocated', 'memory.freed'],
  owners: ['memory.assigned'],
  regions: ['memory.region_reserved'],
  mappings: ['mapping.created', 'mapping.removed'],
  tables: ['page_table.created', 'page_table.entry_written', 'page_table.destroyed'],
};

/** Kinds whose events may change a section, in a state in which it may be unknown so far. */
export function kindsOfSection(name: SectionName): ReadonlySet<Kind> {
  const kinds = new Set(KINDS_OF_SECTION[name]);
  if (isKnownFromStart(name)) kinds.add('boot.started');
  return kinds;
}

/** Sections that an event of a kind may change; none where it has no say in the state. */
export function sectionsOfKind(kind: Kind): readonly SectionName[] {
  return SECTIONS_OF_KIND.get(kind) ?? [];
}

/** A simulation says as it starts that it tells everything: what was unknown is then none. */
function isKnownFromStart(name: SectionName): boolean {
  const state = initialSocState();
  const before = viewSection(name, state);
  state.told.everything = true;
  return before === null && viewSection(name, state) !== null;
}

const SECTIONS_OF_KIND = new Map<Kind, SectionName[]>();
for (const name of SECTION_NAMES) {
  for (const kind of kindsOfSection(name)) {
    const sections = SECTIONS_OF_KIND.get(kind);
    if (sections === undefined) SECTIONS_OF_KIND.set(kind, [name]);
    else sections.push(name);
  }
}
