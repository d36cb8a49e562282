import { describe, expect, it } from 'vitest';
import type { PlanRequest } from '../../../src/app/plan-boot.ts';
import type { ComparedBoot } from '../../../src/diff/items.ts';
import type { BootEvent } from '../../../src/events/catalog.ts';
import { FAULT_EXAMPLES, type FaultExample } from '../../support/fault-examples.ts';
import { departureOf, held, lanesOf, seen, VIEWS } from '../../support/held-boot.ts';
import { simulated } from '../../support/simulated-boot.ts';

/** The model knows no such boot: the SoC has no EL2 device tree. */
const WITHOUT_MODEL = new Set(['F-03']);

const EXAMPLES = FAULT_EXAMPLES.filter(({ id }) => !WITHOUT_MODEL.has(id));

/** Seed of the boots; models have another. */
const SEED = 3;

const twins = new Map<string, readonly BootEvent[]>();

/** The same boot without the fault, of the same seed: what it has, the fault did not change. */
function twinOf(example: FaultExample): readonly BootEvent[] {
  const { soc, mode, scenario, processors, policies } = example;
  const plan: PlanRequest = { soc, mode, scenario, processors, policies, seed: SEED };
  const key = JSON.stringify(plan);
  const known = twins.get(key) ?? simulated(plan).events;
  twins.set(key, known);
  return known;
}

/** How many steps of a lane two boots have in common before the first that differs; undefined where none does. */
function firstChange(a: ComparedBoot, b: ComparedBoot, lane: string): number | undefined {
  const [ofA, ofB] = [a.lanes.get(lane), b.lanes.get(lane)];
  const count = Math.max(ofA?.count ?? 0, ofB?.count ?? 0);
  for (let i = 0; i < count; i++) {
    const isSame =
      ofA !== undefined &&
      ofB !== undefined &&
      i < ofA.count &&
      i < ofB.count &&
      ofA.lows[i] === ofB.lows[i] &&
      ofA.highs[i] === ofB.highs[i];
    if (!isSame) return i;
  }
  return undefined;
}

describe('an injected fault', { timeout: 180_000 }, () => {
  it.each(EXAMPLES)('$id departs in each lane at or before the first step that it changes', (example) => {
    const { soc, mode, scenario, policies, processors } = example;
    const faulty = simulated({ ...example, seed: SEED }).events;
    const changed = lanesOf(faulty);
    const twin = lanesOf(twinOf(example));
    const verdict = held(faulty, null, { soc, mode, scenario: scenario ?? 'boot', policies, processors });
    for (const { lane, departures, conformingBefore } of verdict.conformance.lanes) {
      const change = firstChange(changed, twin, lane);
      if (change === undefined)
        expect({ lane, departs: departures.length > 0 }).toEqual({ lane, departs: false });
      else {
        expect({ lane, departs: departures.length > 0 }).toEqual({ lane, departs: true });
        expect(conformingBefore, lane).toBeLessThanOrEqual(change);
      }
    }
    const isAnyChanged = verdict.conformance.lanes.some(({ departures }) => departures.length > 0);
    expect(departureOf(verdict) !== undefined).toBe(isAnyChanged);
  });

  /**
   * Faults of which a source alone tells nothing that a healthy boot would not tell: they lie in what another source
   * tells, or nothing is told after them.
   */
  const SILENT: Readonly<Record<string, string>> = {
    'kernel log': 'F-04 F-23 F-24 F-63 F-83 F-84 F-101 F-103 F-109 F-121 smc-interrupted smc-busy smc-sleep',
    trace:
      'F-09 F-13 F-14 F-21 F-24 F-30 F-31 F-32 F-33 F-34 F-35 F-43 F-59 F-60 F-61 F-62 F-63 F-66 F-80 F-83 F-84 F-100 smc-interrupted smc-busy',
  };

  it.each(['kernel log', 'trace'])('departs by the %s too, where that shows it', async (view) => {
    const formats = VIEWS[view] ?? null;
    const silent: string[] = [];
    const ofTwins = new Map<readonly BootEvent[], string | undefined>();
    for (const example of EXAMPLES) {
      // Whoever counts the tests wants to hear of them now and then.
      await new Promise(setImmediate);
      const { id, soc, mode, policies, processors } = example;
      const verdictOf = (events: readonly BootEvent[]) =>
        departureOf(held(seen(events, formats), formats, { soc, mode, policies, processors }));
      if (verdictOf(simulated({ ...example, seed: SEED }).events) === undefined) silent.push(id);
      // What the fault did not change is not held against the boot.
      const twin = twinOf(example);
      if (!ofTwins.has(twin)) ofTwins.set(twin, verdictOf(twin));
      const isCrash = example.scenario?.startsWith('crash') === true;
      expect({ id, ofTwin: ofTwins.get(twin) }).toEqual({
        id,
        ofTwin: isCrash ? expect.stringMatching(/fatal|crash/) : undefined,
      });
    }
    expect(silent.join(' ')).toBe(SILENT[view]);
  });
});
