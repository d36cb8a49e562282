import { describe, expect, it } from 'vitest';
import { applyEvent, type NewEvent } from '../../../src/events/catalog.ts';
import { listState } from '../../../src/replay/state-lines.ts';
import { SECTION_NAMES, type StateView, viewState } from '../../../src/replay/state-view.ts';
import { initialSocState } from '../../../src/soc/soc-state.ts';
import { buildEvent, mapped, numbered, requested, returned, unmapped } from '../../support/build-event.ts';

const AUTH_AND_RESET = 0x4200_0205;
const HANDLE = 0x1000n;

function viewAfter(...events: NewEvent[]): StateView {
  const state = initialSocState();
  for (const event of numbered(events)) applyEvent(state, event);
  return viewState(state);
}

function started(origin: 'import' | 'simulation'): NewEvent {
  const unknown = { soc: null, board: null, mode: null, kernel: null, scenario: null, seed: null };
  return buildEvent('boot.started', { origin, ...unknown });
}

const bridgeCreated = buildEvent('shm_bridge.created', {
  handle: HANDLE,
  pa: 0xc000_0000,
  size: 0x1000,
  ns_permissions: 6,
  s_permissions: 4,
});

/** Lines of one section, as `label: text`. */
function linesOf(view: StateView, name: keyof StateView): string[] | null {
  const lines = listState(view).find((section) => section.name === name)?.lines ?? null;
  return (
    lines?.flatMap(({ label, text, below }) => [
      `${label}: ${text}`,
      ...below.map((child) => `  ${child.label}: ${child.text}`),
    ]) ?? null
  );
}

describe('what nobody has told', () => {
  it('is unknown in every section', () => {
    const { machine, ...sections } = viewAfter(started('import'));
    expect(machine).toEqual({ exception_level: null, kvm: null, bridges_enabled: null });
    expect(new Set(Object.values(sections))).toEqual(new Set([null]));
  });

  it('is none where a simulation tells everything, but for an SMMU before its reset', () => {
    const { machine, smmu, ...sections } = viewAfter(started('simulation'));
    expect(machine.exception_level).toBeNull();
    expect(smmu).toBeNull();
    expect(Object.values(sections)).toEqual(Object.keys(sections).map(() => []));
  });

  it('is told from another section by what is told of it', () => {
    const view = viewAfter(started('import'), bridgeCreated);
    const known = SECTION_NAMES.filter((name) => view[name] !== null);
    expect(known).toEqual(['machine', 'bridges']);
  });
});

describe('bridges of a boot below a hypervisor', () => {
  it.each([[[]], [[buildEvent('boot.cpus_started', { exception_level: 1 })]]])(
    'are unknown where Linux only enabled them: the hypervisor makes them, and Linux does not see it (%#)',
    (before) => {
      expect(
        viewAfter(started('import'), ...before, buildEvent('shm_bridge.enabled', {})).bridges,
      ).toBeNull();
    },
  );
});

describe('what came and went', () => {
  it.each<[keyof StateView, NewEvent[]]>([
    ['calls', [requested(AUTH_AND_RESET, [1n]), returned(AUTH_AND_RESET, 0n, { cause: 1 })]],
    ['bridges', [bridgeCreated, buildEvent('shm_bridge.deleted', { handle: HANDLE })]],
    [
      'bridges',
      [buildEvent('boot.cpus_started', { exception_level: 2 }), buildEvent('shm_bridge.enabled', {})],
    ],
    ['mappings', [mapped(0x1000, 0x1000), unmapped(0x1000, 0x1000)]],
    [
      'devices',
      [
        buildEvent('smmu.group_added', { device: 'x', group: 0 }),
        buildEvent('smmu.group_removed', { device: 'x', group: 0 }),
      ],
    ],
    [
      'allocations',
      [
        buildEvent('memory.allocated', { purpose: 'metadata', pa: 0x1000, size: 0x1000 }),
        buildEvent('memory.freed', { purpose: 'metadata', pa: 0x1000, size: 0x1000 }),
      ],
    ],
    [
      'tables',
      [
        buildEvent('page_table.created', {
          root_pa: 0x1000,
          stage: 1,
          address_bits: 36,
          start_level: 1,
          owner: 'linux',
          space: null,
        }),
        buildEvent('page_table.destroyed', { root_pa: 0x1000 }),
      ],
    ],
  ])('leaves %s known to be none', (name, events) => {
    expect(viewAfter(...events)[name]).toEqual([]);
  });
});

describe('a view', () => {
  it('shows a call that has not returned with its arguments', () => {
    expect(linesOf(viewAfter(requested(AUTH_AND_RESET, [1n])), 'calls')).toEqual([
      'no return yet: PAS_AUTH_AND_RESET(pas_id=1 adsp)',
    ]);
  });

  it('keeps the votes of each processor apart, each since its level was first voted for', () => {
    const vote = (subject: string, level: string) =>
      buildEvent('power.voted', { type: 'power-domain', resource: 'cx', level }, { subject });
    const { votes } = viewAfter(
      vote('cdsp', 'max'),
      vote('adsp', 'max'),
      vote('cdsp', 'max'),
      vote('adsp', '0'),
    );
    expect(votes).toEqual([
      { type: 'power-domain', resource: 'cx', subject: 'cdsp', level: 'max', since: 1 },
      { type: 'power-domain', resource: 'cx', subject: 'adsp', level: '0', since: 4 },
    ]);
  });

  it('keeps a pool and a buffer at its beginning apart', () => {
    const about = { pa: 0x1000, size: 0x1000 };
    const view = viewAfter(
      buildEvent('memory.allocated', { purpose: 'tzmem-area', ...about }),
      buildEvent('memory.allocated', { purpose: 'metadata', ...about }),
      buildEvent('memory.freed', { purpose: 'metadata', ...about }),
    );
    expect(view.allocations?.map(({ purpose }) => purpose)).toEqual(['tzmem-area']);
  });

  it('merges mappings of one space, and says which space is unknown', () => {
    const view = viewAfter(
      mapped(0x2000, 0x1000, { subject: 'adsp' }),
      mapped(0x1000, 0x1000, { subject: 'adsp' }),
      mapped(0x3000, 0x1000, { subject: 'cdsp', space: 'cdsp' }),
    );
    expect(linesOf(view, 'mappings')).toEqual([
      'space unknown: 2 mappings, 8 KiB, of adsp',
      '  0x1000-0x3000: -> same    8 KiB prot ?',
      'cdsp: 1 mapping, 4 KiB',
      '  0x3000-0x4000: -> same    4 KiB prot ?',
    ]);
  });

  it('walks a table in memory, and says so where descriptors are unknown', () => {
    const table = { stage: 1, address_bits: 21, start_level: 3, owner: 'linux', space: 'adsp' };
    const page = { table_pa: 0x8000_0000, index: 2, level: 3, old: 0n, iova: 0x2000 };
    const view = viewAfter(
      buildEvent('page_table.created', { root_pa: 0x8000_0000, ...table }),
      buildEvent('page_table.entry_written', { ...page, new: 0x9590_0e43n }),
      buildEvent('page_table.created', { root_pa: 0x8000_0004, ...table }),
    );
    expect(linesOf(view, 'tables')).toEqual([
      'adsp: 0x80000000 of linux, stage 1 from level 3: 1 leaf, 4 KiB',
      '  0x2000-0x3000: -> 0x95900000    4 KiB rw',
      'adsp: 0x80000004 of linux, stage 1 from level 3: 0 leaves, 0 bytes, and descriptors that are unknown',
    ]);
  });

  it('names owners of memory that was assigned', () => {
    const view = viewAfter(
      buildEvent('memory.assigned', { pa: 0x1000, size: 0x1000, from_vms: '0x3', to_vms: '0x3 0xf' }),
      buildEvent('memory.assigned', { pa: null, size: null, from_vms: null, to_vms: null }),
    );
    expect(linesOf(view, 'owners')).toEqual(['0x1000 + 0x1000: VMID 0x3 0xf']);
  });
});
