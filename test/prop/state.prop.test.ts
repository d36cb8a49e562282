import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Replay } from '../../src/replay/replay.ts';
import { diffStates } from '../../src/replay/state-diff.ts';
import { listState } from '../../src/replay/state-lines.ts';
import { viewState } from '../../src/replay/state-view.ts';
import { stateDifference } from '../../src/store/verify-snapshots.ts';
import { arbitraryPlan } from '../support/arbitrary-plan.ts';
import { foldableChunks } from '../support/encode-events.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { simulated } from '../support/simulated-boot.ts';
import { stateByEvents } from '../support/state-by-events.ts';

describe('the state at a moment of a boot, whatever is asked for', () => {
  it('is at the end the state that the simulation ended in', () => {
    fc.assert(
      fc.property(arbitraryPlan, (plan) => {
        const { events, state } = simulated(plan);
        const replayed = stateByEvents(events, events.length);
        expect(stateDifference(replayed, state)).toEqual([]);
        expect(viewState(replayed)).toEqual(viewState(state));
      }),
      propertyRuns(8),
    );
  });

  it('is the same by way of an earlier moment, and a view of that one stays as it was', () => {
    const place = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(arbitraryPlan, place, place, (plan, first, second) => {
        const { events } = simulated(plan);
        const seqAt = (part: number) => 1 + Math.floor(part * (events.length - 1));
        const [a, b] = [seqAt(Math.min(first, second)), seqAt(Math.max(first, second))];
        const replay = new Replay(foldableChunks(events));
        replay.advanceTo(a);
        const viewAtA = viewState(replay.state);
        replay.advanceTo(b);
        const viewAtB = viewState(replay.state);
        expect(stateDifference(replay.state, stateByEvents(events, b))).toEqual([]);
        expect(viewAtA).toEqual(viewState(stateByEvents(events, a)));

        const [linesAtA, linesAtB] = [listState(viewAtA), listState(viewAtB)];
        expect(diffStates(linesAtB, linesAtB)).toEqual([]);
        const kinds = (from: typeof linesAtA, to: typeof linesAtA) =>
          diffStates(from, to).map(({ name, changes }) => `${name} ${changes.length}`);
        expect(kinds(linesAtA, linesAtB)).toEqual(kinds(linesAtB, linesAtA));
      }),
      propertyRuns(8),
    );
  });
});
