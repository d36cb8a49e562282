import { describe, expect, it } from 'vitest';
import type { BootEvent, NewEvent } from '../../../src/events/catalog.ts';
import { type DmesgOptions, dmesgText } from '../../../src/export/dmesg-text.ts';
import { buildEvent, numbered } from '../../support/build-event.ts';
import { select } from '../../support/carried-events.ts';

function print(
  events: readonly NewEvent[],
  options?: DmesgOptions,
  isWanted?: (event: BootEvent) => boolean,
): string {
  return [...dmesgText(select(numbered(events), isWanted), options)].join('');
}

const line = (text: string, around: { t_ns?: number; context?: string; agent?: string } = {}, level = 6) =>
  buildEvent('log.printed', { level, text }, around);

describe('dmesgText', () => {
  it('prints the time in whole microseconds, and the caller that printk recorded', () => {
    const events = [
      line('one', { t_ns: 2_860_860_999 }),
      line('two', { t_ns: 12_345_000_000_000, context: 'T207' }),
      line('three', { t_ns: 0, context: 'C0' }),
      line('four', { t_ns: 0, context: 'init-1 [000] .....' }),
    ];
    expect(print(events)).toBe(
      '[    2.860860] one\n[12345.000000][  T207] two\n[    0.000000][    C0] three\n[    0.000000] four\n',
    );
  });

  it('prints levels only when asked', () => {
    expect(print([line('x', { t_ns: 0 }, 3)], { withLevel: true })).toBe('<3>[    0.000000] x\n');
  });

  it('begins every line of a message as the kernel does', () => {
    expect(print([line('a\nb', { t_ns: 0 })])).toBe('[    0.000000] a\n[    0.000000] b\n');
  });

  it('prints what Linux said, and nobody else', () => {
    expect(print([line('x', { agent: 'hypervisor' })])).toBe('');
  });

  it('prints the line that a wanted event was read from', () => {
    const events = [
      line('remoteproc remoteproc0: powering up adsp'),
      buildEvent(
        'remoteproc.state_changed',
        { name: 'adsp', state: 'starting' },
        { subject: 'adsp', cause: 1 },
      ),
      line('another'),
    ];
    expect(print(events, {}, (event) => event.subject === 'adsp')).toBe(
      '[    0.000001] remoteproc remoteproc0: powering up adsp\n',
    );
  });

  it('stops at a limit', () => {
    expect(print([line('a'), line('b'), line('c')], { limit: 2 })).toBe(
      '[    0.000001] a\n[    0.000002] b\n',
    );
  });
});
