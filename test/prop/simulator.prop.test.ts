import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openHistory } from '../../src/app/open-history.ts';
import { planBoot } from '../../src/app/plan-boot.ts';
import { recordBoot } from '../../src/app/record-boot.ts';
import { applyEvent, type BootEvent } from '../../src/events/catalog.ts';
import { findSoc } from '../../src/soc/find-soc.ts';
import { initialSocState } from '../../src/soc/soc-state.ts';
import { openForReading } from '../../src/store/database.ts';
import { stateDifference } from '../../src/store/verify-snapshots.ts';
import { arbitraryPlan } from '../support/arbitrary-plan.ts';
import { firstDifference } from '../support/first-difference.ts';
import { flawsOfBoot } from '../support/flaws-of-boot.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { simulated } from '../support/simulated-boot.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/** Rows of the log, with payloads and chain. */
function logRows(file: string): unknown[] {
  const db = openForReading(file);
  try {
    return ['boot', 'chunk', 'boot_end'].flatMap((table) => db.prepare(`SELECT * FROM ${table}`).all());
  } finally {
    db.close();
  }
}

function eventsIn(file: string): BootEvent[] {
  const history = openHistory(file);
  try {
    return [...history.log.events(1)];
  } finally {
    history.close();
  }
}

/** Virtual time after which nothing happens any more. */
const LIMIT_NS = 120_000_000_000;

describe('a simulated boot, whatever is asked for', () => {
  it('ends, with every event in its place', () => {
    fc.assert(
      fc.property(arbitraryPlan, (plan) => {
        const { events } = simulated(plan);
        const processors = findSoc(plan.soc)?.remoteprocs.map(({ name }) => name) ?? [];
        expect(flawsOfBoot(events, processors)).toEqual([]);
        expect(events.at(-1)?.t_ns).toBeLessThanOrEqual(LIMIT_NS);
      }),
      propertyRuns(15),
    );
  });

  it('ends too when a core fails after each of its first starts and is recovered each time', () => {
    const { events } = simulated({ soc: 'virt', mode: 'el2', faults: ['F-104'], processors: ['adsp'] });
    expect(flawsOfBoot(events, ['adsp'])).toEqual([]);
    expect(events.filter(({ kind }) => kind === 'remoteproc.crashed').length).toBe(3);
  });

  it('is recorded as the same bytes each time, and replays to the state that it ended in', () => {
    const folder = temporaryFolder();
    const files = [join(folder, 'first.db'), join(folder, 'second.db')] as const;
    fc.assert(
      fc.property(arbitraryPlan, (request) => {
        const plan = planBoot(request);
        for (const output of files) {
          rmSync(output, { force: true });
          recordBoot({ plan, output, withoutTables: true });
        }
        const [first, second] = files;
        expect(firstDifference(logRows(first), logRows(second))).toBeUndefined();

        const { events, state } = simulated(request);
        const recorded = eventsIn(first);
        expect(firstDifference(recorded, events)).toBeUndefined();
        const replayed = initialSocState();
        for (const event of recorded) applyEvent(replayed, event);
        expect(stateDifference(replayed, state)).toEqual([]);
      }),
      propertyRuns(6),
    );
  });
});
