import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { applyEvent } from '../../../src/events/catalog.ts';
import { initialSocState } from '../../../src/soc/soc-state.ts';
import { stateDifference } from '../../../src/store/verify-snapshots.ts';
import { FAULT_EXAMPLES } from '../../support/fault-examples.ts';
import { firstDifference } from '../../support/first-difference.ts';
import { simulated } from '../../support/simulated-boot.ts';
import { roundTripDifferences } from '../../support/text-round-trip.ts';

describe('a boot that fails is the same each time, replayed and read back from text', () => {
  it.each(FAULT_EXAMPLES)('with $id: $title', async (example) => {
    // Lets the runner hear from one boot before the next.
    await setImmediate();
    const { events, state } = simulated(example);
    expect(events.some(({ kind }) => kind === 'fault.injected')).toBe(true);
    expect(firstDifference(events, simulated(example).events)).toBeUndefined();
    const replayed = initialSocState();
    for (const event of events) applyEvent(replayed, event);
    expect(stateDifference(replayed, state)).toEqual([]);
    expect(roundTripDifferences(events)).toEqual([]);
  });
});
