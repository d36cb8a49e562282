import { describe, expect, it } from 'vitest';
import type { BootEvent, NewEvent, PayloadOf } from '../../../src/events/catalog.ts';
import { checkInvariants, INVARIANTS, InvariantChecker } from '../../../src/replay/invariants.ts';
import { buildEvent, mapped, numbered, requested, returned, unmapped } from '../../support/build-event.ts';
import { simulated } from '../../support/simulated-boot.ts';

const FUNCTION = {
  init: 0x4200_0201,
  authenticate: 0x4200_0205,
  table: 0x4200_0221,
  bridge: 0x4200_0c1e,
  nextWaiter: 0xc200_2403,
} as const;
const R = 0x9590_0000;
const PAGE = 0x1000;

const adsp = { subject: 'adsp' } as const;
const at = (level: 1 | 2) => buildEvent('boot.cpus_started', { exception_level: level });
const region = buildEvent(
  'memory.region_reserved',
  { name: 'pil-adsp@95900000', pa: R, size: 0x1e0_0000, no_map: true },
  adsp,
);
const registered = buildEvent('remoteproc.registered', { name: 'adsp', index: 0 }, adsp);
const enter = (state: PayloadOf<'remoteproc.state_changed'>['state']) =>
  buildEvent('remoteproc.state_changed', { name: 'adsp', state }, adsp);
const bridged = (handle: bigint, pa: number, size: number, subject = 'scm') =>
  buildEvent('shm_bridge.created', { handle, pa, size, ns_permissions: 6, s_permissions: 6 }, { subject });
const unbridged = (handle: bigint) => buildEvent('shm_bridge.deleted', { handle }, { subject: 'scm' });
const enabled = buildEvent('shm_bridge.enabled', {}, { subject: 'scm' });
const initialised = buildEvent('pas.image_initialised', { pas_id: 1, metadata_pa: 0x8000_0000 }, adsp);
const setUp = buildEvent('pas.memory_set_up', { pas_id: 1, pa: R, size: 0x10_0000 }, adsp);
const authenticated = buildEvent('pas.authenticated', { pas_id: 1 }, adsp);
const shutDown = buildEvent('pas.shut_down', { pas_id: 1 }, adsp);
const call = (id: number, ...args: bigint[]) => requested(id, args, adsp);
const took = (purpose: string, pa: number, size: number) =>
  buildEvent('memory.allocated', { purpose, pa, size }, adsp);
const gaveBack = (purpose: string, pa: number, size: number) =>
  buildEvent('memory.freed', { purpose, pa, size }, adsp);
const inAdsp = { ...adsp, space: 'adsp' };
const grouped = buildEvent('smmu.group_added', { device: '30000000.remoteproc', group: 0 }, adsp);
const attached = (domain: string) =>
  buildEvent('smmu.device_attached', { device: '30000000.remoteproc', domain }, adsp);
const table = (root_pa: number, space: string) =>
  buildEvent(
    'page_table.created',
    { root_pa, stage: 1, address_bits: 36, start_level: 1, owner: 'linux', space },
    adsp,
  );
const freed = (root_pa: number) => buildEvent('page_table.destroyed', { root_pa }, adsp);
const finished = buildEvent('boot.finished', { outcome: 'done' });
const entry = (table_pa: number, level: number, value: bigint) =>
  buildEvent('page_table.entry_written', { table_pa, index: 0, level, old: 0n, new: value, iova: 0 }, adsp);
const vote = (type: 'clock' | 'load-state', resource: string, level: string) =>
  buildEvent('power.voted', { type, resource, level }, adsp);
const bank = (number: number, ttbr0: bigint, space: string) =>
  buildEvent('smmu.context_bank_configured', {
    device: 'smmu',
    context_bank: number,
    space,
    stage: 1,
    ttbr0,
    ttbr1: null,
    tcr: 0n,
    tcr2: null,
    mair0: 0n,
    sctlr: null,
    cbar: null,
    cba2r: null,
  });
const stream = (type: 'translate' | 'fault', context_bank: number | null) =>
  buildEvent('smmu.stream_configured', {
    device: 'smmu',
    index: 0,
    stream_id: 0x3000,
    mask: 0,
    type,
    context_bank,
  });
const faulted = (stream_id: number) =>
  buildEvent('smmu.faulted', {
    device: 'smmu',
    type: 'context',
    stream_id,
    iova: R,
    access: 'read',
    reason: 'translation',
    level: 0,
    fsr: 0x402,
    fsynr: 0,
    context_bank: 0,
    hardware_bank: 0,
    detail: null,
  });
const assigned = (to_vms: string) =>
  buildEvent('memory.assigned', { pa: R, size: 0x1e0_0000, from_vms: '3', to_vms });
const failed = (errno: number) =>
  buildEvent('remoteproc.failed', { name: 'adsp', step: 'start', errno }, adsp);
const inTask = (event: NewEvent, context: string): NewEvent => ({ ...event, context });

/** For each invariant events that break it at the last one, and events like them that do not break it. */
const CASES: Readonly<Record<string, { breaks: readonly NewEvent[]; holds: readonly NewEvent[] }>> = {
  'I1.el1': {
    breaks: [at(1), call(FUNCTION.table, 1n, 0x8000_0000n, 16n, 0x8000_1000n)],
    holds: [at(2), call(FUNCTION.table, 1n, 0x8000_0000n, 16n, 0x8000_1000n)],
  },
  'I1.el2': {
    breaks: [at(2), registered, enter('starting'), call(FUNCTION.table, 1n), call(FUNCTION.table, 1n)],
    holds: [
      at(2),
      registered,
      enter('starting'),
      call(FUNCTION.table, 1n),
      returned(FUNCTION.table, 2n ** 64n - 1n, { ...adsp, results: [0n, 20n, 0x8000n] }),
      call(FUNCTION.table, 1n),
    ],
  },
  I2: {
    breaks: [at(2), region, setUp, bridged(9n, R, PAGE, 'adsp'), unbridged(9n)],
    holds: [
      at(2),
      region,
      setUp,
      bridged(9n, R, PAGE, 'adsp'),
      call(FUNCTION.authenticate, 1n),
      unbridged(9n),
    ],
  },
  I3: {
    breaks: [at(2), region, setUp, authenticated, mapped(R, PAGE, inAdsp), unmapped(R, PAGE, inAdsp)],
    holds: [
      at(2),
      region,
      setUp,
      authenticated,
      mapped(R, PAGE, inAdsp),
      shutDown,
      unmapped(R, PAGE, inAdsp),
    ],
  },
  I4: {
    breaks: [at(2), initialised, shutDown, call(FUNCTION.authenticate, 1n)],
    holds: [at(2), shutDown, initialised, call(FUNCTION.authenticate, 1n)],
  },
  I5: {
    breaks: [bridged(9n, R, 2 * PAGE), bridged(10n, R + PAGE, PAGE)],
    holds: [bridged(9n, R, PAGE), bridged(10n, R + PAGE, PAGE), took('metadata', R + PAGE, PAGE)],
  },
  I6: {
    breaks: [mapped(R, 2 * PAGE, inAdsp), mapped(R + PAGE, PAGE, inAdsp)],
    holds: [
      registered,
      mapped(R, 2 * PAGE, inAdsp),
      mapped(R + PAGE, PAGE, { ...adsp, space: 'other' }),
      mapped(R + 2 * PAGE, PAGE, inAdsp),
      unmapped(R, 2 * PAGE, inAdsp),
      mapped(R + PAGE, PAGE, inAdsp),
    ],
  },
  'I7.stop': {
    breaks: [region, registered, mapped(R, PAGE, inAdsp), enter('offline')],
    holds: [region, registered, mapped(R, PAGE, inAdsp), unmapped(R, PAGE, inAdsp), enter('offline')],
  },
  'I7.down': {
    breaks: [
      registered,
      grouped,
      attached('adsp-dma'),
      enter('starting'),
      attached('adsp'),
      enter('failed'),
      finished,
    ],
    holds: [
      registered,
      grouped,
      attached('adsp-dma'),
      enter('starting'),
      attached('adsp'),
      enter('failed'),
      attached('adsp-dma'),
      finished,
    ],
  },
  I8: {
    breaks: [at(2), region, registered, enter('recovering'), mapped(0x9090_0000, PAGE, inAdsp)],
    holds: [at(2), region, registered, enter('recovering'), mapped(R, PAGE, inAdsp)],
  },
  I9: {
    breaks: [
      buildEvent('smmu.reset', { device: 'smmu', unmatched: 'fault' }),
      stream('translate', 0),
      faulted(0x3001),
    ],
    holds: [
      buildEvent('smmu.reset', { device: 'smmu', unmatched: 'fault' }),
      stream('translate', 0),
      faulted(0x3000),
    ],
  },
  I10: {
    breaks: [enabled, call(FUNCTION.table, 1n, 0n, 16n, 0x8000_0000n)],
    holds: [
      enabled,
      bridged(9n, 0x8000_0000, PAGE),
      took('extended-arguments', 0x8000_0000, PAGE),
      call(FUNCTION.table, 1n, 0x8000_0000n, 16n, 0x8000_0000n),
    ],
  },
  I11: {
    breaks: [assigned('6:rwx'), mapped(R, PAGE, inAdsp)],
    holds: [assigned('6:rwx'), assigned('3:rw 6:rwx'), mapped(R, PAGE, inAdsp)],
  },
  I12: {
    breaks: [at(2), enabled, bridged(9n, 0x8000_0000, PAGE), call(FUNCTION.init, 1n, 0x8000_1000n)],
    holds: [at(2), enabled, bridged(9n, 0x8000_0000, PAGE), call(FUNCTION.init, 1n, 0x8000_0000n)],
  },
  I13: {
    breaks: [
      at(2),
      enabled,
      bridged(9n, 0x8000_0000, PAGE),
      took('resource-table-output', 0x8000_1000, PAGE),
      call(FUNCTION.table, 1n, 0x8000_0000n, 16n, 0x8000_0000n),
    ],
    holds: [
      at(2),
      enabled,
      bridged(9n, 0x8000_0000, 2 * PAGE),
      took('resource-table-output', 0x8000_1000, PAGE),
      call(FUNCTION.table, 1n, 0x8000_0000n, 16n, 0x8000_0000n),
    ],
  },
  I14: {
    breaks: [at(2), enabled, initialised, setUp, call(FUNCTION.authenticate, 1n)],
    holds: [at(2), enabled, initialised, setUp, bridged(9n, R, 0x10_0000), call(FUNCTION.authenticate, 1n)],
  },
  I15: {
    breaks: [registered, enter('starting'), took('metadata', 0x8000_0000, PAGE), enter('running')],
    holds: [
      registered,
      enter('starting'),
      took('metadata', 0x8000_0000, PAGE),
      gaveBack('metadata', 0x8000_0000, PAGE),
      enter('running'),
    ],
  },
  I16: {
    breaks: [region, registered, bridged(9n, R, PAGE, 'adsp'), enter('running')],
    holds: [region, registered, bridged(9n, R, PAGE, 'adsp'), unbridged(9n), enter('running')],
  },
  I17: {
    breaks: [table(0xa000_0000, 'adsp'), mapped(R, PAGE, inAdsp), freed(0xa000_0000)],
    holds: [
      table(0xa000_0000, 'adsp'),
      mapped(R, PAGE, inAdsp),
      unmapped(R, PAGE, inAdsp),
      freed(0xa000_0000),
    ],
  },
  I18: {
    breaks: [
      registered,
      buildEvent('mapping.removed', { space: 'adsp', iova: R, size: PAGE, removed_size: 0 }, adsp),
    ],
    holds: [registered, mapped(R, PAGE, inAdsp), unmapped(R, PAGE, inAdsp)],
  },
  I19: {
    breaks: [took('page-table', 0xa000_0000, PAGE), entry(0xa000_0000, 1, 0xa000_1003n)],
    holds: [took('page-table', 0xa000_0000, 2 * PAGE), entry(0xa000_0000, 1, 0xa000_1003n)],
  },
  I20: {
    breaks: [inTask(call(FUNCTION.init, 1n, 0n), 'a'), inTask(call(FUNCTION.init, 1n, 0n), 'a')],
    holds: [
      inTask(call(FUNCTION.init, 1n, 0n), 'a'),
      inTask(call(FUNCTION.init, 1n, 0n), 'b'),
      returned(FUNCTION.init, 0n, { cause: 1 }),
      inTask(call(FUNCTION.init, 1n, 0n), 'a'),
    ],
  },
  I21: {
    breaks: [buildEvent('smmu.group_added', { device: 'other', group: 0 }), attached('adsp')],
    holds: [grouped, attached('adsp')],
  },
  I22: {
    breaks: [table(0xa000_0000, 'a'), bank(3, 0xa000_0000n, 'a'), bank(3, 0xa000_1000n, 'b')],
    holds: [
      table(0xa000_0000, 'a'),
      bank(3, 0xa000_0000n, 'a'),
      freed(0xa000_0000),
      bank(3, 0xa000_1000n, 'b'),
    ],
  },
  I23: {
    breaks: [registered, initialised, authenticated, enter('offline')],
    holds: [registered, initialised, authenticated, shutDown, enter('offline')],
  },
  I24: { breaks: [failed(3)], holds: [failed(-22)] },
  I25: {
    breaks: [authenticated, vote('load-state', 'adsp', 'off')],
    holds: [authenticated, shutDown, vote('load-state', 'adsp', 'off')],
  },
  I26: {
    breaks: [vote('clock', 'xo', 'on'), vote('clock', 'xo', 'off'), vote('clock', 'xo', 'off')],
    holds: [
      vote('clock', 'xo', 'on'),
      vote('clock', 'xo', 'off'),
      vote('clock', 'xo', 'on'),
      vote('clock', 'xo', 'off'),
    ],
  },
  I27: {
    breaks: [registered, enter('starting'), vote('load-state', 'adsp', 'on'), enter('failed'), finished],
    holds: [
      registered,
      enter('starting'),
      vote('load-state', 'adsp', 'on'),
      vote('load-state', 'adsp', 'off'),
      enter('failed'),
      finished,
    ],
  },
};

function broken(events: readonly NewEvent[]): string[] {
  return checkInvariants(numbered(events)).map(({ invariant, seq }) => `${invariant} at ${seq}`);
}

describe('invariants', () => {
  it('have unique ids, a title and a source each, and a case here', () => {
    expect(INVARIANTS.map(({ id }) => id).sort()).toEqual(Object.keys(CASES).sort());
    expect(INVARIANTS.filter(({ title, source }) => title === '' || source === '')).toEqual([]);
  });

  describe.each(Object.entries(CASES))('%s', (id, { breaks, holds }) => {
    it('is broken by what it forbids', () => {
      expect(broken(breaks)).toContain(`${id} at ${breaks.length}`);
    });

    it('holds where that is missing', () => {
      expect(broken(holds).filter((violation) => violation.startsWith(`${id} `))).toEqual([]);
    });
  });

  it('a table that streams still walk is not freed', () => {
    const walked = [table(0xa000_0000, 'adsp'), bank(0, 0xa000_0000n, 'adsp'), stream('translate', 0)];
    expect(broken([...walked, freed(0xa000_0000)])).toEqual(['I19 at 4']);
    expect(broken([...walked, stream('fault', null), freed(0xa000_0000)])).toEqual([]);
  });

  it('a pool bridge is not deleted', () => {
    expect(broken([bridged(9n, R, PAGE), unbridged(9n)])).toEqual(['I5 at 2']);
  });

  it('an authentication that is issued again is one', () => {
    const start = [at(2), region, setUp, bridged(9n, R, PAGE, 'adsp'), call(FUNCTION.authenticate, 1n)];
    const again = { ...call(FUNCTION.authenticate, 1n), cause: start.length };
    const told = broken([...start, again, unbridged(9n)]).filter((violation) => violation.startsWith('I2 '));
    expect(told).toEqual([]);
    expect(broken([...start, call(FUNCTION.authenticate, 1n)])).toContain('I2 at 6');
  });

  it('a bridge belongs to the carveout that it covers, not to one that overlaps it', () => {
    const other = buildEvent(
      'memory.region_reserved',
      { name: 'pil-cdsp@95900000', pa: R - PAGE, size: 2 * PAGE, no_map: true },
      { subject: 'cdsp' },
    );
    const own = buildEvent(
      'memory.region_reserved',
      { name: 'pil-adsp@95900000', pa: R, size: PAGE, no_map: true },
      adsp,
    );
    const events = [at(2), other, own, bridged(9n, R, PAGE, 'adsp'), call(FUNCTION.authenticate, 1n)];
    expect(broken([...events, unbridged(9n)]).filter((violation) => violation.startsWith('I2 '))).toEqual([]);
  });

  it('the question which wait queue may go on has no return', () => {
    const question = inTask(call(FUNCTION.nextWaiter), 'irq');
    expect(broken([question, question])).toEqual([]);
  });

  it('a machine that died, and a call that never returned, leave a start that goes on', () => {
    const start = [registered, enter('starting'), vote('load-state', 'adsp', 'on')];
    const died = (outcome: string) => buildEvent('boot.finished', { outcome });
    const buffer = took('metadata', 0x8000_0000, PAGE);
    const asked = call(FUNCTION.init, 1n, 0x8000_0000n);
    expect(broken([...start, buffer, died('panic')])).toEqual([]);
    expect(broken([...start, buffer, died('reset')])).toEqual([]);
    expect(broken([...start, buffer, asked, finished])).toEqual([]);
    expect(broken([...start, buffer, asked, returned(FUNCTION.init, 0n, { cause: 5 }), finished])).toEqual([
      'I15 at 7',
      'I27 at 7',
    ]);
  });

  it('wait until the level of Linux is known', () => {
    expect(broken([call(FUNCTION.table, 1n)])).toEqual([]);
  });

  it('name the event, the evidence and the processor', () => {
    const events = numbered([registered, enter('starting'), took('metadata', R, PAGE), enter('running')]);
    expect(checkInvariants(events)).toEqual([
      {
        invariant: 'I15',
        title: 'no metadata buffer is left once a start has ended',
        seq: 4,
        evidence: [3],
        subject: 'adsp',
        detail: 'metadata at 0x95900000 was never freed',
      },
    ]);
  });
});

/** Faults that are breaches by themselves, and the invariant that has to see each. */
const FAULTS = [
  ['F-36', 'I3'],
  ['F-37', 'I3'],
  ['F-39', 'I7.stop'],
  ['F-39', 'I17'],
  ['F-41', 'I3'],
  ['F-50', 'I12'],
  ['F-55', 'I16'],
  ['F-56', 'I2'],
  ['F-57', 'I14'],
  ['F-86', 'I24'],
  ['F-112', 'I3'],
  ['F-120', 'I26'],
  ['F-121', 'I6'],
  ['F-121', 'I18'],
] as const;

describe('simulated boots', () => {
  const request = { soc: 'virt', mode: 'el2', scenario: 'stop-start' };

  it.each(FAULTS)('%s breaks %s', (fault, invariant) => {
    const { events } = simulated({ ...request, faults: [fault] });
    expect(checkInvariants(events).map((violation) => violation.invariant)).toContain(invariant);
  });

  it.each(['F-13', 'F-63', 'F-101', 'smc-busy', 'smc-sleep'])('%s breaks none', (fault) => {
    const modes = ['el2', 'qhee'].map((mode) => simulated({ ...request, mode, faults: [fault] }));
    expect(modes.flatMap(({ events }) => checkInvariants(events))).toEqual([]);
  });

  it('the shutdown of a dtb image is not refused while the memory of the main one is encrypted', () => {
    const hamoa = { soc: 'hamoa', mode: 'el2', processors: ['cdsp'] };
    const { events } = simulated({ ...hamoa, scenario: 'all-processors-stop', faults: ['F-109'] });
    expect(checkInvariants(events)).toEqual([]);
  });

  it('a start in the wrong order unmaps the dtb image', () => {
    const { events } = simulated({ soc: 'hamoa', mode: 'el2', processors: ['cdsp'], faults: ['F-76'] });
    const told = checkInvariants(events).map(({ invariant }) => invariant);
    expect(told).not.toContain('I17');
    expect(told).not.toContain('I7.down');
  });

  it('a hypervisor unmaps only what it could map', () => {
    const { events } = simulated({ soc: 'virt', mode: 'qhee', faults: ['F-22'] });
    expect(checkInvariants(events)).toEqual([]);
  });

  it('a carveout above 32 bits has no devmem entry inside', () => {
    expect(() => simulated({ soc: 'virt', mode: 'el2', faults: ['F-19', 'F-22'] })).not.toThrow();
  });

  it('a page is refused where a block is in its way, and replaced where a block comes', () => {
    const errors = ['F-19', 'F-121'].map((fault) =>
      simulated({ soc: 'virt', mode: 'el2', faults: [fault] }).events.flatMap((event) =>
        event.kind === 'remoteproc.failed' ? [event.payload.errno] : [],
      ),
    );
    expect(errors).toEqual([[-17], []]);
  });

  it('the el2 device tree under a hypervisor breaks I1', () => {
    const { events } = simulated({ ...request, mode: 'el1-el2-dt' });
    expect(checkInvariants(events).map((violation) => violation.invariant)).toContain('I1.el1');
  });

  it('events one by one give what all at once give', () => {
    const { events } = simulated({ ...request, faults: ['F-55'] });
    const checker = new InvariantChecker();
    for (const event of events) checker.apply(event as BootEvent);
    expect(checker.violations).toEqual(checkInvariants(events));
    expect(checker.violations.length).toBeGreaterThan(0);
  });
});
