import { describe, expect, it } from 'vitest';
import { applyEvent, type NewEvent, type PayloadOf } from '../../../src/events/catalog.ts';
import { planMap } from '../../../src/soc/page-table-update.ts';
import { stage1Registers, stage2Registers } from '../../../src/soc/smmu-v2.ts';
import { initialSocState, type SocState } from '../../../src/soc/soc-state.ts';
import { translate } from '../../../src/soc/translation.ts';
import { buildEvent, numbered } from '../../support/build-event.ts';

const SMMU = '15000000.iommu';
const ROOT = 0x8000_0000;
const ADSP = 0x3000;

function stateAfter(events: readonly NewEvent[]): SocState {
  const state = initialSocState();
  for (const event of numbered(events)) applyEvent(state, event);
  return state;
}

const reset = (unmatched: 'fault' | 'bypass' = 'fault') =>
  buildEvent('smmu.reset', { device: SMMU, unmatched });

function stream(fields: Partial<PayloadOf<'smmu.stream_configured'>> = {}) {
  return buildEvent('smmu.stream_configured', {
    ...{ device: SMMU, index: 0, stream_id: ADSP, mask: 0, type: 'translate', context_bank: 1 },
    ...fields,
  });
}

const domain = { rootPa: ROOT, asid: 1, inputBits: 36, outputBits: 36, isCoherent: true };

function contextBank(fields: Partial<PayloadOf<'smmu.context_bank_configured'>> = {}) {
  const registers = stage1Registers(domain);
  return buildEvent('smmu.context_bank_configured', {
    ...{ device: SMMU, context_bank: 1, space: 'adsp', stage: 1, ...registers },
    ...fields,
  });
}

const table = (fields: Partial<PayloadOf<'page_table.created'>> = {}) =>
  buildEvent('page_table.created', {
    ...{ root_pa: ROOT, stage: 1, address_bits: 36, start_level: 1, owner: 'linux', space: 'adsp' },
    ...fields,
  });

/** The events of a map into the table at ROOT, whose first call this is. */
function mapping(iova: number, size: number, protection = 3, pa = iova, stage: 1 | 2 = 1): NewEvent[] {
  let next = 0x8010_0000;
  const plan = planMap(
    {
      ...{ stage, rootPa: ROOT, inputBits: 36, outputBits: 36, startLevel: 1, isCoherent: true },
      read: () => 0n,
    },
    { iova, pa, size, protection },
    () => {
      next += 4096;
      return next - 4096;
    },
  );
  return plan.calls.flatMap(({ writes }) =>
    writes.map(({ tablePa, ...write }) =>
      buildEvent('page_table.entry_written', { table_pa: tablePa, ...write }),
    ),
  );
}

const attached = [reset(), stream(), table(), contextBank()];
const read = { streamId: ADSP, iova: 0x95900100, access: 'read' } as const;

describe('a transaction', () => {
  it('is translated by the descriptors in memory', () => {
    const state = stateAfter([...attached, ...mapping(0x95900000, 4096, 3, 0xa0000000)]);
    const result = translate(state, read);
    expect(result).toMatchObject({
      outcome: 'translated',
      pa: 0xa0000100,
      level: 3,
      pageSize: 4096,
      contextBank: 1,
      space: 'adsp',
    });
    expect(result.outcome === 'translated' && result.steps).toEqual([
      { level: 1, tablePa: 0x80000000, index: 2, pa: 0x80000010, descriptor: 0x80100003n },
      { level: 2, tablePa: 0x80100000, index: 0xac, pa: 0x80100560, descriptor: 0x80101003n },
      { level: 3, tablePa: 0x80101000, index: 0x100, pa: 0x80101800, descriptor: 0xa0000e43n },
    ]);
  });

  it.each([
    ['an empty table', [], 1, 0x10001],
    ['beside a page', mapping(0x95901000, 4096), 3, 0x10003],
    ['beside a block', mapping(0x95a00000, 0x200000), 2, 0x10002],
  ])('faults in %s', (_name, mappings, level, fsynr0) => {
    expect(translate(stateAfter([...attached, ...mappings]), read)).toMatchObject({
      outcome: 'fault',
      ...{ fault: 'context', cause: 'translation', contextBank: 1, level, fsr: 0x402, fsynr0 },
    });
  });

  it('faults for what the leaf does not allow', () => {
    const may = (protection: number, access: 'read' | 'write' | 'fetch', isPrivileged = false) => {
      const state = stateAfter([...attached, ...mapping(0x95900000, 4096, protection)]);
      const result = translate(state, { ...read, access, isPrivileged });
      return result.outcome === 'fault' && result.fault === 'context' ? result.fsr : result.outcome;
    };
    expect(may(1, 'read')).toBe('translated');
    expect(may(1, 'write')).toBe(0x408);
    // Stage 1 cannot express write-only.
    expect(may(2, 'read')).toBe('translated');
    expect(may(3 | 8, 'fetch')).toBe(0x408);
    expect(may(3, 'fetch')).toBe('translated');
    expect(may(3 | 32, 'read')).toBe(0x408);
    expect(may(3 | 32, 'read', true)).toBe('translated');
  });

  it('faults beyond the input range', () => {
    expect(translate(stateAfter(attached), { ...read, iova: 2 ** 36 })).toMatchObject({
      ...{ outcome: 'fault', cause: 'translation', level: 0, fsr: 0x402, fsynr0: 0x10000 },
    });
  });

  it('is translated by stage 2, which can say write-only', () => {
    const registers = stage2Registers({ ...domain, vmid: 3 });
    const state = stateAfter([
      ...[reset(), stream(), table({ stage: 2 }), contextBank({ ...registers, stage: 2 })],
      ...mapping(0x95900000, 4096, 2, 0x95900000, 2),
    ]);
    expect(translate(state, { ...read, access: 'write' })).toMatchObject({ pa: 0x95900100 });
    expect(translate(state, read)).toMatchObject({ outcome: 'fault', fsr: 0x408 });
  });
});

describe('a stream', () => {
  it('that nothing matches faults or passes, once the reset was told', () => {
    expect(translate(stateAfter([reset()]), read)).toEqual({
      outcome: 'fault',
      fault: 'unmatched-stream',
      gfsr: 2,
    });
    expect(translate(stateAfter([reset('bypass')]), read)).toEqual({
      ...{ outcome: 'bypassed', pa: read.iova, contextBank: null },
    });
  });

  it('passes or faults as it is configured', () => {
    const bypass = stateAfter([stream({ type: 'bypass', context_bank: null })]);
    expect(translate(bypass, read)).toMatchObject({ outcome: 'bypassed', pa: read.iova });
    const fault = stateAfter([stream({ type: 'fault', context_bank: null })]);
    expect(translate(fault, read)).toMatchObject({ outcome: 'fault', fault: 'stream-fault' });
  });

  it('passes a context bank that is off', () => {
    const state = stateAfter([stream(), contextBank({ sctlr: 0n })]);
    expect(translate(state, read)).toMatchObject({ outcome: 'bypassed', contextBank: 1 });
  });

  it('is taken no more by an entry that was written anew or switched off', () => {
    const rewritten = stateAfter([reset(), stream(), stream({ stream_id: 0x4000 })]);
    expect(translate(rewritten, read)).toMatchObject({ fault: 'unmatched-stream' });
    const off = stateAfter([reset(), stream(), stream({ type: 'off', context_bank: null })]);
    expect(translate(off, read)).toMatchObject({ fault: 'unmatched-stream' });
    const unnumbered = stateAfter([reset(), stream({ index: null }), stream({ index: null, type: 'off' })]);
    expect(translate(unnumbered, read)).toMatchObject({ fault: 'unmatched-stream' });
  });

  it('is kept by the entry that it moved to', () => {
    const moved = [reset(), stream(), stream({ index: 1 }), stream({ index: 0, stream_id: 0x4000 })];
    expect(stateAfter(moved).smmus.get(SMMU)?.streams.size).toBe(2);
    expect(stateAfter([...moved, stream({ index: 0, type: 'off' })]).smmus.get(SMMU)?.streams.size).toBe(1);
  });

  it('that two entries take is a conflict', () => {
    const state = stateAfter([stream(), stream({ index: 1, mask: 0x20 })]);
    expect(translate(state, read)).toMatchObject({ fault: 'stream-match-conflict', gfsr: 4 });
  });
});

describe('what nobody has told', () => {
  it.each([
    ['smmu', []],
    ['stream', [stream({ stream_id: 0x4000 })]],
    ['context-bank', [stream()]],
    ['context-bank', [stream({ context_bank: null })]],
    ['table', [stream(), contextBank()]],
  ])('of the %s makes the answer unknown', (missing, events) => {
    expect(translate(stateAfter(events), read)).toMatchObject({ outcome: 'unknown', missing });
  });

  it('is a table that an imported entry points to without the root', () => {
    const state = stateAfter([stream(), contextBank(), ...mapping(0x95900000, 4096).slice(1)]);
    expect(translate(state, read)).toMatchObject({ outcome: 'unknown', missing: 'table' });
  });

  it('is which of two SMMUs is meant', () => {
    const state = stateAfter([...attached, buildEvent('smmu.reset', { device: 'b', unmatched: 'fault' })]);
    expect(translate(state, read)).toMatchObject({ outcome: 'unknown', missing: 'smmu' });
    expect(translate(state, { ...read, smmu: SMMU })).toMatchObject({ outcome: 'fault', fault: 'context' });
  });
});

describe('a table', () => {
  it('is zero where it is created, and nothing is known beyond its end', () => {
    const { tableMemory } = stateAfter([table()]);
    expect(tableMemory.read(ROOT + 63 * 8)).toBe(0n);
    expect(tableMemory.read(ROOT + 64 * 8)).toBeUndefined();
    const concatenated = stateAfter([table({ stage: 2, address_bits: 40 })]);
    expect(concatenated.tableMemory.read(ROOT + 1023 * 8)).toBe(0n);
    expect(concatenated.tableMemory.read(ROOT + 1024 * 8)).toBeUndefined();
  });

  it('that takes the place of an old one is zero again, and one that is pointed to again is not', () => {
    const old = mapping(0x95900000, 4096);
    const [root = table(), child = table()] = old;
    expect(stateAfter([table(), ...old, root, child]).tableMemory.read(0x80101800)).toBe(0n);
    const again = { ...root.payload, old: 0x80100003n, new: 0x0080_0000_8010_0003n };
    const marked = buildEvent('page_table.entry_written', again as PayloadOf<'page_table.entry_written'>);
    expect(stateAfter([table(), ...old, marked]).tableMemory.read(0x80101800)).toBe(0x95900e43n);
  });

  it('is listed until it is destroyed', () => {
    const destroyed = buildEvent('page_table.destroyed', { root_pa: ROOT });
    expect(stateAfter([table()]).pageTables.get(ROOT)).toEqual({
      ...{ stage: 1, address_bits: 36, start_level: 1, owner: 'linux', space: 'adsp', since: 1 },
    });
    expect(stateAfter([table(), destroyed]).pageTables.size).toBe(0);
  });
});

describe('the state', () => {
  it('knows the domain of a device where it was told, and whether bridges are enabled', () => {
    const device = '30000000.remoteproc';
    const attach = (name: string | null) => buildEvent('smmu.device_attached', { device, domain: name });
    expect(stateAfter([attach('adsp')]).devices.get(device)?.domain).toBe('adsp');
    expect(stateAfter([attach('adsp'), attach(null)]).devices.get(device)?.domain).toBeNull();
    expect(stateAfter([]).bridgesEnabled).toBeNull();
    expect(stateAfter([buildEvent('shm_bridge.enabled', {})]).bridgesEnabled).toBe(true);
  });
});
