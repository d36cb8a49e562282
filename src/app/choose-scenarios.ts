import type { Conformance, Departure, LaneConformance } from '../diff/conformance.ts';
import type { HeldLane } from '../diff/conformance-sight.ts';

/** How lanes are held to models of several scenarios. */
export interface HeldToScenarios {
  readonly lanesOf: (scenario: string) => readonly string[];
  readonly laneHeldTo: (lane: string, scenario: string) => HeldLane;
  readonly judge: (lanes: readonly HeldLane[]) => Conformance;
  /** Whether the sources may show a part of what user space did with a processor that it is not counted by. */
  readonly mayShowPart: boolean;
  /** Whether that part may be the end of something: no source tells starts and stops from the first on. */
  readonly isLate: boolean;
}

export interface ChosenScenarios {
  /** Lanes of the machine are held to the first scenario. */
  readonly scenarioOf: (lane: string) => string;
  readonly scenarios: readonly string[];
  readonly conformance: Conformance;
}

/**
 * Holds each processor to the first of its scenarios; where it departs from that, to the next that it conforms to, or, where
 * the sources begin late, that it departs from at fewer steps: what they begin to show, or show the rest of, is a part of
 * what user space went on to do.
 */
export function chooseScenarios(
  candidates: ReadonlyMap<string, readonly string[]>,
  { lanesOf, laneHeldTo, judge, mayShowPart, isLate }: HeldToScenarios,
): ChosenScenarios {
  let chosen = new Map([...candidates].map(([lane, [first = 'boot']]) => [lane, first]));
  const known = new Map<string, HeldLane>();
  const hold = (scenarios: ReadonlyMap<string, string>): Conformance =>
    judge(
      lanesOf(firstOf(scenarios)).map((lane) => {
        const scenario = scenarios.get(lane) ?? firstOf(scenarios);
        const key = `${lane} ${scenario}`;
        const held = known.get(key) ?? laneHeldTo(lane, scenario);
        known.set(key, held);
        return held;
      }),
    );
  let conformance = hold(chosen);
  const most = Math.max(0, ...[...candidates.values()].map(({ length }) => length));
  for (let turn = 1; mayShowPart && turn < most; turn++) {
    const departures = departuresIn(conformance);
    const tried = new Map(
      [...candidates].flatMap(([lane, scenarios]) => {
        const scenario = scenarios[turn];
        const own = conformance.lanes.find((judged) => judged.lane === lane);
        if (scenario === undefined || own === undefined || !mayDoMore(own, isLate)) return [];
        return [[lane, scenario] as const];
      }),
    );
    if (tried.size === 0) continue;
    const left = departuresIn(hold(new Map([...chosen, ...tried])));
    const better = [...tried].filter(([lane]) => {
      const count = left.get(lane) ?? 0;
      return count === 0 || (isLate && count < (departures.get(lane) ?? 0));
    });
    if (better.length === 0) continue;
    chosen = new Map([...chosen, ...better]);
    conformance = hold(chosen);
  }
  return {
    scenarioOf: (lane) => chosen.get(lane) ?? firstOf(chosen),
    scenarios: [...new Set(chosen.values())],
    conformance,
  };
}

function firstOf(scenarios: ReadonlyMap<string, string>): string {
  return [...scenarios.values()][0] ?? 'boot';
}

/** Whether more of what user space does may explain departures: what a boot does besides, none of which went wrong. */
function mayDoMore({ departures }: LaneConformance, isLate: boolean): boolean {
  const isMore = ({ type, difference }: Departure) =>
    (type === 'unexpected' || type === 'out-of-order') && difference.b?.failed !== true;
  return departures.length > 0 && (isLate ? departures.some(isMore) : departures.every(isMore));
}

function departuresIn({ lanes }: Conformance): ReadonlyMap<string, number> {
  return new Map(lanes.map(({ lane, departures }) => [lane, departures.length]));
}
