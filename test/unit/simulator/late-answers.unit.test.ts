import { describe, expect, it } from 'vitest';
import { hex } from '../../../src/base/word.ts';
import type { BootEvent } from '../../../src/events/catalog.ts';
import { simulated } from '../../support/simulated-boot.ts';

function boot(fault: string, policies: readonly string[] = []) {
  return simulated({ soc: 'lemans', mode: 'el2', processors: ['gpdsp0'], faults: [fault], policies });
}

/** The requests of the call that a fault is about, and what else happens to it. */
function storyOf(events: readonly BootEvent[], name: number): string[] {
  const first = events.find((event) => event.kind === 'smc.requested' && event.payload.function_id === name);
  return events
    .filter((event) => event.seq === first?.seq || (first !== undefined && event.cause === first.seq))
    .map((event) => (event.kind === 'smc.requested' ? hex(event.payload.function_id) : event.kind));
}

describe('a call that firmware does not answer at once', () => {
  it('is issued again with function id 1 when it was interrupted', () => {
    const { events, state } = boot('smc-interrupted');
    expect(storyOf(events, 0x42000205)).toEqual(['0x42000205', '0x1', 'smc.returned']);
    expect(state.smcInFlight.size).toBe(0);
  });

  it('is issued 22 times, 30 ms apart, while the firmware is busy', () => {
    const { events, state } = boot('smc-busy-forever');
    const requests = events.filter(
      (event) => event.kind === 'smc.requested' && event.payload.function_id === 0x42000205,
    );
    expect(requests).toHaveLength(22);
    const gaps = requests.slice(1).map(({ t_ns }, index) => (t_ns ?? 0) - (requests[index]?.t_ns ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(30_000_000);
    expect(Math.max(...gaps)).toBeLessThan(31_000_000);
    expect(storyOf(events, 0x42000205).filter((step) => step === 'smc.returned')).toHaveLength(1);
    expect(state.smcInFlight.size).toBe(0);
  });

  it.each(['unsupported', '1', '2'])(
    'sleeps on a wait queue until it is resumed (wait queues: %s)',
    (count) => {
      const { events, state } = boot('smc-sleep', [`wait-queues=${count}`]);
      expect(storyOf(events, 0x42000201)).toEqual([
        '0x42000201',
        'smc.slept',
        'smc.resumed',
        '0x42002402',
        'smc.returned',
      ]);
      expect(
        events.find((event) => event.kind === 'trace.hit' && event.payload.event === 'scm_waitq_get_wq_ctx'),
      ).toMatchObject({ payload: { fields: 'wq_ctx:0, flags:1, more_pending:0' } });
      expect(state.remoteprocs.get('gpdsp0')?.state).toBe('running');
    },
  );

  it('is given up, unresumed, when it sleeps on a wait queue that Linux has not', () => {
    const { events, state } = boot('F-71', ['wait-queues=2']);
    expect(events.find((event) => event.kind === 'smc.slept')).toMatchObject({ payload: { wait_queue: 2 } });
    expect(storyOf(events, 0x42000201)).toEqual(['0x42000201', 'smc.slept', 'smc.returned']);
    expect(state.remoteprocs.get('gpdsp0')?.state).toBe('failed');
  });

  it('waits for ever, and all others with it, when nobody wakes it', () => {
    const { state } = simulated({ soc: 'lemans', mode: 'el2', faults: ['F-101:cdsp'] });
    expect(state.smcInFlight.size).toBe(1);
    expect([...state.remoteprocs.values()].some((processor) => processor.state === 'starting')).toBe(true);
  });
});
