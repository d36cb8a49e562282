import { describe, expect, it } from 'vitest';
import type { NewEvent } from '../../../src/events/catalog.ts';
import { blame, lastOfEach, touches } from '../../../src/replay/blame.ts';
import { type BlameTarget, contextBankEventsOf } from '../../../src/replay/blame-target.ts';
import { buildEvent, mapped, numbered, unmapped } from '../../support/build-event.ts';

/** `mapped 2`: how a target was touched, and by which event. */
function touched(
  target: BlameTarget,
  events: readonly NewEvent[],
  options: { last?: boolean } = {},
): string[] {
  const given = numbered(events);
  const banks = target.type === 'stream' ? contextBankEventsOf(target.streamId, given) : undefined;
  const all = blame(given, target, options.last === true ? banks?.current : banks?.ever);
  return (options.last === true ? lastOfEach(all) : [...all]).map(
    ({ touch, event }) => `${touch} ${event.seq}`,
  );
}

const pa = (start: number): BlameTarget => ({ type: 'pa', range: { start, size: 1 } });
const iova = (start: number, of: { subject?: string; space?: string } = {}): BlameTarget => ({
  type: 'iova',
  range: { start, size: 1 },
  subject: of.subject ?? null,
  space: of.space ?? null,
});

function entry(level: number, table: number, index: number, word: bigint, at: number, old = 0n): NewEvent {
  return buildEvent('page_table.entry_written', { table_pa: table, index, level, old, new: word, iova: at });
}

function table(root: number, space: string): NewEvent {
  const shape = { stage: 1, address_bits: 32, start_level: 1, owner: 'linux' };
  return buildEvent('page_table.created', { root_pa: root, ...shape, space });
}

function bank(context_bank: number, space: string): NewEvent {
  return buildEvent('smmu.context_bank_configured', {
    ...{ device: 'smmu', context_bank, space, stage: 1, ttbr0: 0n, ttbr1: null, tcr: 0n, tcr2: null },
    ...{ mair0: 0n, sctlr: null, cbar: null, cba2r: null },
  });
}

function stream(stream_id: number, context_bank: number, mask = 0): NewEvent {
  const type = 'translate' as const;
  return buildEvent('smmu.stream_configured', {
    device: 'smmu',
    index: 0,
    stream_id,
    mask,
    type,
    context_bank,
  });
}

describe('a physical address', () => {
  it('is mapped and unmapped: a removal is looked up, for it says no physical address', () => {
    const events = [
      mapped(0x1000, 0x2000, { pa: 0x8000 }),
      unmapped(0x1000, 0x2000),
      unmapped(0x8000, 0x2000),
    ];
    expect(touched(pa(0x9fff), events)).toEqual(['mapped 1', 'unmapped 2']);
    expect(touched(pa(0xa000), events)).toEqual([]);
  });

  it('is bridged, and not any more once the handle is deleted', () => {
    const around = { pa: 0x4000, size: 0x1000, ns_permissions: 6, s_permissions: 6 };
    const events = [
      buildEvent('shm_bridge.created', { handle: 1n, ...around }),
      buildEvent('shm_bridge.deleted', { handle: 2n }),
      buildEvent('shm_bridge.deleted', { handle: 1n }),
    ];
    expect(touched(pa(0x4800), events)).toEqual(['bridged 1', 'unbridged 3']);
    expect(touched({ type: 'bridge', handle: 2n }, events)).toEqual(['unbridged 2']);
  });

  it('is touched by entries that lead to it or led to it, and by a write of the entry itself', () => {
    const page = 0x9590_0743n;
    const events = [
      entry(3, 0x4000, 256, page, 0x100000),
      entry(3, 0x4000, 256, 0n, 0x100000, page),
      entry(2, 0x5000, 0, 0x4003n, 0),
    ];
    expect(touched(pa(0x9590_0fff), events)).toEqual(['entries 1', 'entries 2']);
    expect(touched(pa(0x4000 + 256 * 8), events)).toEqual(['entries 1', 'entries 2']);
    expect(touched(pa(0x4000), events)).toEqual([]);
  });

  it('is not touched by an assignment of which nobody said where', () => {
    const assigned = (address: number | null) =>
      buildEvent('memory.assigned', { pa: address, size: 0x1000, from_vms: null, to_vms: null });
    expect(touched(pa(0x1000), [assigned(null), assigned(0x1000)])).toEqual(['assigned 2']);
  });
});

describe('an I/O address', () => {
  it('is touched by the entries of all levels that cover it', () => {
    const events = [entry(1, 0x1000, 2, 0x2003n, 0x8000_0000), entry(2, 0x2000, 1, 0x3003n, 0x8020_0000)];
    expect(touched(iova(0x8020_0000), events)).toEqual(['entries 1', 'entries 2']);
    expect(touched(iova(0x8000_0000), events)).toEqual(['entries 1']);
  });

  it('is looked for in one space: tables belong to the space of their root', () => {
    const events = [
      table(0x1000, 'adsp'),
      table(0x7000, 'cdsp'),
      entry(1, 0x1000, 0, 0x2003n, 0),
      entry(2, 0x2000, 0, 0x3003n, 0),
      entry(1, 0x7000, 0, 0x8003n, 0),
      mapped(0x1000, 0x1000, { space: 'cdsp', subject: 'cdsp' }),
      mapped(0x1000, 0x1000, { subject: 'adsp' }),
    ];
    expect(touched(iova(0x1000, { space: 'adsp' }), events)).toEqual(['entries 3', 'entries 4']);
    expect(touched(iova(0x1000, { space: 'cdsp' }), events)).toEqual(['entries 5', 'mapped 6']);
    expect(touched(iova(0x1000, { subject: 'adsp' }), events)).toEqual(['mapped 7']);
  });

  it('is not touched by a mapping that failed with nothing mapped, nor beyond what was unmapped', () => {
    const short = { space: null, iova: 0x1000, size: 0x3000, removed_size: 0x1000 };
    const events = [mapped(0x1000, 0), buildEvent('mapping.removed', short)];
    expect(touched(iova(0x1000), events)).toEqual(['unmapped 2']);
    expect(touched(iova(0x2000), events)).toEqual([]);
  });
});

describe('a stream', () => {
  const events = [bank(0, 'dma'), stream(0x3000, 0), bank(1, 'adsp'), stream(0x3000, 1), bank(0, 'cdsp')];

  it('has the context banks that it was given to, not what they did for others', () => {
    expect(touched({ type: 'stream', streamId: 0x3000 }, events)).toEqual([
      'bank 1',
      'stream 2',
      'bank 3',
      'stream 4',
    ]);
  });

  it('is last translated by the bank that has it, though another was configured later', () => {
    const back = [bank(0, 'dma'), bank(1, 'adsp'), stream(0x3000, 1), stream(0x3000, 0)];
    expect(touched({ type: 'stream', streamId: 0x3000 }, back, { last: true })).toEqual([
      'bank 1',
      'stream 4',
    ]);
  });

  it('is matched by entries with a mask', () => {
    expect(touched({ type: 'stream', streamId: 0x3001 }, [stream(0x3000, 0, 1), stream(0x3000, 0)])).toEqual([
      'stream 1',
    ]);
  });
});

describe('a subject', () => {
  it('is what events are about, by subject or by name', () => {
    const events = [
      buildEvent(
        'smmu.device_attached',
        { device: '30000000.remoteproc', domain: null },
        { subject: 'adsp' },
      ),
      buildEvent('remoteproc.state_changed', { name: 'adsp', state: 'running' }),
      buildEvent('remoteproc.state_changed', { name: 'adsp', state: 'offline' }),
    ];
    expect(touched({ type: 'subject', name: 'adsp' }, events, { last: true })).toEqual([
      'attached 1',
      'state 3',
    ]);
    expect(touched({ type: 'subject', name: '30000000.remoteproc' }, events)).toEqual(['attached 1']);
  });
});

describe('an event', () => {
  it('is told what it does to a target by its own words, where those are enough', () => {
    const [event] = numbered([mapped(0x1000, 0x1000, { subject: 'adsp' })]);
    const nothing = { unmapped: [], bridged: null, tableSpace: null, isBankOfStream: false };
    const ask = (target: BlameTarget) => event && touches(event, target, nothing);
    expect(ask(iova(0x1fff))).toBe('mapped');
    expect(ask({ type: 'subject', name: 'adsp' })).toBe('mapped');
    expect(ask({ type: 'bridge', handle: 0x1000n })).toBeNull();
    expect(ask({ type: 'stream', streamId: 0x1000 })).toBeNull();
  });
});
