import { describe, expect, it } from 'vitest';
import type { NewEvent } from '../../../src/events/catalog.ts';
import { CarriageOfBoot } from '../../../src/export/carriage.ts';
import { SeqSet } from '../../../src/export/seq-set.ts';
import { buildEvent, mapped, numbered, requested, returned } from '../../support/build-event.ts';

function carriage(events: readonly NewEvent[]): string[] {
  const boot = new CarriageOfBoot();
  return numbered(events).map((event) => {
    const carried = boot.next(event);
    return carried === undefined ? '-' : `${carried.format} ${carried.as}`;
  });
}

const halfTold = buildEvent('smc.requested', {
  function_id: 0x4200_0205,
  service: 2,
  command: 5,
  arg_count: 2,
  arg0: 1n,
  arg1: null,
  arg2: null,
  arg3: null,
  arg4: null,
  arg5: null,
  conduit: null,
});

describe('CarriageOfBoot', () => {
  it('finds what an importer would read from the line of a cause', () => {
    expect(
      carriage([
        buildEvent('log.printed', {
          level: null,
          text: 'platform 30000000.remoteproc: Adding to iommu group 9',
        }),
        buildEvent('smmu.group_added', { device: '30000000.remoteproc', group: 9 }, { cause: 1 }),
        buildEvent('smmu.group_added', { device: '30000000.remoteproc', group: 9 }),
        requested(0x4200_0205, [1n]),
        returned(0x4200_0205, 0n, { agent: 'trustzone', cause: 4 }),
        buildEvent('pas.authenticated', { pas_id: 1 }, { cause: 5 }),
        buildEvent('pas.authenticated', { pas_id: 1 }),
      ]),
    ).toEqual([
      'dmesg line',
      'dmesg consequence',
      'ftrace line',
      'ftrace line',
      'ftrace line',
      'ftrace consequence',
      '-',
    ]);
  });

  it.each([
    ['a call of the hypervisor', requested(0x4200_0205, [1n], { agent: 'hypervisor' })],
    ['a call that tells only some of its arguments', halfTold],
    ['a range that ends beyond what is read', mapped(2 ** 51 - 4096, 8192)],
    ['an event before time zero', mapped(0x1000, 4096, { t_ns: -1 })],
    [
      'a device that would break the line',
      buildEvent('smmu.device_attached', { device: 'a\nb', domain: null }),
    ],
    ['a descriptor', buildEvent('page_table.destroyed', { root_pa: 0 })],
  ])('does not carry %s', (_what, event) => {
    expect(carriage([event])).toEqual(['-']);
  });
});

describe('SeqSet', () => {
  it('holds exactly what was added, far apart or near', () => {
    const set = new SeqSet();
    const seqs = [1, 7, 8, 9_000, 9_001, 3_000_000];
    for (const seq of seqs) set.add(seq);
    for (const seq of seqs) expect(set.has(seq)).toBe(true);
    for (const seq of [0, 2, 8_999, 9_002, 2_999_999, 2 ** 40]) expect(set.has(seq)).toBe(false);
  });
});
