import { describe, expect, it } from 'vitest';
import type { BootEvent, NewEvent } from '../../../src/events/catalog.ts';
import { ftraceText } from '../../../src/export/ftrace-text.ts';
import { buildEvent, mapped, numbered, requested, returned } from '../../support/build-event.ts';
import { select } from '../../support/carried-events.ts';
import { parseText } from '../../support/parse-text.ts';

const TASK = 'kworker/0:1-9 [000] .....';

function print(
  events: readonly NewEvent[],
  isWanted?: (event: BootEvent) => boolean,
  limit?: number,
): string {
  return [...ftraceText(() => select(numbered(events), isWanted), limit)].join('');
}

/** Entries without header, time and frame. */
function bodies(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/^.*?\d\.\d{6}: /, ''));
}

function interrupted(
  interrupt: 'ready' | 'handover' | 'fatal' | 'watchdog',
  around: { t_ns: number },
  raised = true,
) {
  const payload = { name: 'adsp', interrupt, raised, message: null };
  return buildEvent('remoteproc.interrupted', payload, { agent: 'adsp', subject: 'adsp', ...around });
}

describe('frame and header', () => {
  it('prints task, CPU, flags and whole microseconds', () => {
    const text = print([mapped(0x1000, 4096, { pa: 0x4000_0000, context: TASK, t_ns: 2_860_860_999 })]);
    expect(text).toBe(
      [
        '# tracer: nop',
        '#',
        '# entries-in-buffer/entries-written: 1/1   #P:1',
        '#',
        '#                                _-----=> irqs-off/BH-disabled',
        '#                               / _----=> need-resched',
        '#                              | / _---=> hardirq/softirq',
        '#                              || / _--=> preempt-depth',
        '#                              ||| / _-=> migrate-disable',
        '#                              |||| /     delay',
        '#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION',
        '#              | |         |   |||||     |         |',
        '     kworker/0:1-9       [000] .....     2.860860: map: IOMMU: iova=0x0000000000001000 - 0x0000000000002000 paddr=0x0000000040000000 size=4096',
        '',
      ].join('\n'),
    );
  });

  it.each([
    [null, '          <idle>-0       [000] .....     0.000001: '],
    ['T207', '           <...>-207     [000] .....     0.000001: '],
    ['C3', '          <idle>-0       [003] .....     0.000001: '],
    ['init-1 [002]', '            init-1       [002]      0.000001: '],
    ['init-1 ( 1) [002] d..1.', '            init-1       (      1) [002] d..1.     0.000001: '],
  ])('of context %s', (context, head) => {
    expect(print([mapped(0x1000, 4096, { context })])).toContain(`\n${head}map: `);
  });

  it('has the header that goes with the frames', () => {
    expect(print([mapped(0x1000, 4096, { context: 'init-1 [002]' })])).toContain(
      '#P:3\n#\n#           TASK-PID     CPU#     TIMESTAMP  FUNCTION\n#              | |         |         |         |\n',
    );
    expect(print([mapped(0x1000, 4096, { context: 'init-1 ( 1) [002] .....' })])).toContain(
      '\n#           TASK-PID       TGID    CPU#  |||||  TIMESTAMP  FUNCTION\n#              | |           |       |   |||||     |         |\n',
    );
  });

  it('counts what it prints and what was lost before, and stands for the headers that were imported', () => {
    const events = parseText(
      'ftrace',
      [
        '# tracer: nop',
        '# entries-in-buffer/entries-written: 2/12   #P:4',
        'CPU:1 [LOST 10 EVENTS]',
        '            init-1       [001] .....     0.000001: foo: a',
        '# a remark',
        '            init-1       [001] .....     0.000002: foo: b',
        '',
      ].join('\n'),
    );
    const text = [...ftraceText(() => select(events))].join('');
    expect(text.match(/# tracer/g)).toHaveLength(1);
    expect(text).toContain('# entries-in-buffer/entries-written: 2/12   #P:2\n');
    expect(bodies(text)).toEqual(['CPU:1 [LOST 10 EVENTS]', 'foo: a', 'foo: b']);
    expect(text).toContain('\n# a remark\n');
    expect([...ftraceText(() => select(events), 2)].join('')).toContain('entries-written: 1/11 ');
  });

  it('is nothing when there is nothing', () => {
    expect(print([buildEvent('log.printed', { level: null, text: 'x' })])).toBe('');
  });
});

describe('smp2p words', () => {
  it('shows interrupts of one instant in one line, with all bits that are set', () => {
    const text = print([
      interrupted('ready', { t_ns: 1000 }),
      interrupted('handover', { t_ns: 1000 }),
      interrupted('fatal', { t_ns: 2000 }),
      interrupted('ready', { t_ns: 3000 }, false),
    ]);
    expect(bodies(text)).toEqual([
      'smp2p_notify_in: smp2p-adsp: slave-kernel: status:0x6 val:0x6',
      'smp2p_notify_in: smp2p-adsp: slave-kernel: status:0x1 val:0x7',
      'smp2p_notify_in: smp2p-adsp: slave-kernel: status:0x2 val:0x5',
    ]);
  });

  it('keeps the order of interrupts of one instant that came the other way round', () => {
    const text = print([interrupted('handover', { t_ns: 1000 }), interrupted('ready', { t_ns: 1000 })]);
    expect(bodies(text)).toHaveLength(2);
  });

  it('begins anew with new firmware', () => {
    const text = print([
      interrupted('fatal', { t_ns: 1000 }),
      requested(0x4200_0205, [1n], { subject: 'adsp', t_ns: 2000 }),
      returned(0x4200_0205, 0n, { agent: 'trustzone', subject: 'adsp', cause: 2, t_ns: 3000 }),
      buildEvent('pas.authenticated', { pas_id: 1 }, { subject: 'adsp', cause: 3, t_ns: 3000 }),
      interrupted('ready', { t_ns: 4000 }),
    ]);
    expect(bodies(text).at(-1)).toContain('status:0x2 val:0x2');
  });

  it('does not show the interrupt that is no bit, nor what a log line told', () => {
    const text = print([
      interrupted('watchdog', { t_ns: 1000 }),
      buildEvent('log.printed', { level: null, text: 'fatal error' }),
      { ...interrupted('fatal', { t_ns: 2000 }), cause: 2 },
    ]);
    expect(text).toBe('');
  });

  it('shows a signal as the word before and after', () => {
    const signal = (name: string, raised: boolean) =>
      buildEvent('remoteproc.signalled', { name: 'adsp', signal: name, raised });
    expect(
      bodies(print([signal('stop', true), signal('bits 0x80000000', true), signal('stop', false)])),
    ).toEqual([
      'smp2p_update_bits: smp2p-adsp: master-kernel: orig:0x0 new:0x1',
      'smp2p_update_bits: smp2p-adsp: master-kernel: orig:0x1 new:0x80000001',
      'smp2p_update_bits: smp2p-adsp: master-kernel: orig:0x80000001 new:0x80000000',
    ]);
    expect(print([signal('wake up', true)])).toBe('');
  });
});

describe('calls', () => {
  it('prints a result by the task of its request, whoever answered', () => {
    const text = print([
      requested(0x4200_0205, [1n], { context: TASK }),
      requested(0x4200_0205, [18n], { context: 'init-1 [000] .....' }),
      returned(0x4200_0205, 0n, { agent: 'hypervisor', cause: 1, context: null }),
      returned(0x4200_0205, 0n, { agent: 'trustzone', cause: 2, context: TASK }),
    ]);
    const tasks = text.match(/\S+-\d+(?= +\[.*scm_smc_done)/g);
    expect(tasks).toEqual(['kworker/0:1-9', 'init-1']);
  });

  it("does not show a hypervisor's own calls and mappings, nor what its calls brought about", () => {
    const text = print([
      requested(0x4200_0c1e, [1n], { agent: 'hypervisor' }),
      returned(0x4200_0c1e, 0n, { agent: 'trustzone', cause: 1 }),
      mapped(0x1000, 4096, { agent: 'hypervisor' }),
    ]);
    expect(text).toBe('');
  });
});

describe('selection', () => {
  const boot = [
    interrupted('ready', { t_ns: 1000 }),
    requested(0x4200_0205, [1n], { subject: 'adsp', context: TASK }),
    returned(0x4200_0205, 0n, { agent: 'trustzone', subject: 'adsp', cause: 2, context: TASK }),
    buildEvent('pas.authenticated', { pas_id: 1 }, { agent: 'trustzone', subject: 'adsp', cause: 3 }),
    mapped(0x1000, 4096),
  ];

  it('prints the line that a wanted event follows from', () => {
    const text = print(boot, (event) => event.kind === 'pas.authenticated');
    expect(bodies(text)).toEqual([expect.stringMatching(/^scm_smc_done: smc_id:0x42000205, /)]);
    expect(text).toContain('entries-written: 1/1 ');
  });

  it('stops at a limit, which the header knows', () => {
    const text = print(boot, () => true, 2);
    expect(bodies(text)).toHaveLength(2);
    expect(text).toContain('entries-written: 2/2 ');
  });
});
