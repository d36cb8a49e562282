import type { Difference, LaneComparison } from './compare-lane.ts';
import { findHeld, type HeldLane, type ModelSight } from './conformance-sight.ts';
import { findFirstDivergence } from './first-divergence.ts';
import type { DiffItem } from './items.ts';

/**
 * How a boot parts from its model: it did not do what the model expected (`missing`), did what it did not expect
 * (`unexpected`), did it with another outcome (`different`), or at another point (`out-of-order`).
 */
export type DepartureType = 'missing' | 'unexpected' | 'different' | 'out-of-order';

/** A step at which a boot and its model part. In all differences `a` is the model and `b` the boot. */
export interface Departure {
  readonly type: DepartureType;
  readonly difference: Difference;
  /** The last step of the lane that both have. */
  readonly before: Difference | null;
  /**
   * What the model does behind that, and what the boot does; null where that is nothing. Of a departure that is not the
   * first of its lane only what departs.
   */
  readonly expected: DiffItem | null;
  readonly found: DiffItem | null;
}

/** How far one lane of a boot conforms. */
export interface LaneConformance {
  readonly lane: string;
  /** Steps that the model and the boot have in common; up to the first departure, and in all. */
  readonly conformingBefore: number;
  readonly conforming: number;
  /** In the order of the lane; empty where it conforms. */
  readonly departures: readonly Departure[];
  readonly counts: Readonly<Record<DepartureType, number>>;
  /** What the model expects and the sources could not show: no departure, whether it happened or not. */
  readonly notShown: number;
  /** The first of those behind everything that the boot shows: it ends before that. Null where it comes to all. */
  readonly pending: DiffItem | null;
  /** What the boot did of which the model does not speak. */
  readonly outsideModel: number;
}

export interface Conformance {
  readonly lanes: readonly LaneConformance[];
  /** The earliest of all, by what the model and the boot both did before it; null where the boot conforms. */
  readonly first: { readonly lane: string; readonly departure: Departure } | null;
}

/** Holds the lanes of a boot to those of its model: only what the sources of the boot could show counts. */
export function judgeConformance(lanes: readonly HeldLane[], sight: ModelSight): Conformance {
  const judge = findHeld(lanes, sight);
  const ofLanes: LaneComparison[] = [];
  const judged = lanes.map((held) => {
    const result = judgeLane(held, judge);
    // Of each lane its own first departure stands for it: what follows from that may have moved to before it.
    const own = result.departures[0]?.difference;
    const others = held.comparison.differences.filter((difference) => difference !== own);
    ofLanes.push({ ...held.comparison, background: false, explained: new Set(others) });
    return result;
  });
  const first = findFirstDivergence(ofLanes);
  if (first === null || first.isExplained) return { lanes: judged, first: null };
  const departure = judged
    .find(({ lane }) => lane === first.lane)
    ?.departures.find(({ difference }) => difference === first.difference);
  return { lanes: judged, first: departure === undefined ? null : { lane: first.lane, departure } };
}

const TYPES: Readonly<Record<Exclude<Difference['type'], 'same'>, DepartureType>> = {
  'only-a': 'missing',
  'only-b': 'unexpected',
  changed: 'different',
  moved: 'out-of-order',
};

function judgeLane(held: HeldLane, judge: ReturnType<typeof findHeld>): LaneConformance {
  const { parts, lane } = held.comparison;
  const departures: Departure[] = [];
  const counts = { missing: 0, unexpected: 0, different: 0, 'out-of-order': 0 };
  let notShown = 0;
  let outsideModel = 0;
  let conforming = 0;
  let conformingBefore = 0;
  let before: Difference | null = null;
  let pending: DiffItem | null = null;
  parts.forEach((part, index) => {
    if (part.type === 'run') {
      conforming += part.length;
      before = part.at(part.length - 1);
      pending = null;
      return;
    }
    const verdict = judge(held, part);
    if (verdict === 'same') {
      conforming++;
      before = part;
      pending = null;
      return;
    }
    if (verdict !== 'departs' || part.type === 'same') {
      if (verdict !== 'not shown') outsideModel++;
      else {
        notShown++;
        pending ??= part.a;
      }
      return;
    }
    const type = TYPES[part.type];
    counts[type]++;
    const isFirst = departures.length === 0;
    if (isFirst) conformingBefore = conforming;
    departures.push({
      type,
      difference: part,
      before,
      expected: part.a ?? (isFirst ? nextOfModel(held, before) : null),
      found: part.b ?? (isFirst ? nextOfBoot(held, index, judge) : null),
    });
  });
  if (departures.length === 0) conformingBefore = conforming;
  return { lane, conformingBefore, conforming, departures, counts, notShown, pending, outsideModel };
}

/** What the model does next in a lane, shown by the boot or not, behind the last step that both have. */
function nextOfModel({ comparison }: HeldLane, before: Difference | null): DiffItem | null {
  const last = before?.a?.seq ?? 0;
  let next: DiffItem | null = null;
  for (const part of comparison.parts) {
    const length = part.type === 'run' ? part.length : 1;
    for (let index = 0; index < length; index++) {
      const { a } = part.type === 'run' ? part.at(index) : part;
      if (a !== null && a.seq > last && (next === null || a.seq < next.seq)) next = a;
    }
  }
  return next;
}

/** What the boot does next, behind a part of a lane; what the model does not speak of is passed over. */
function nextOfBoot(held: HeldLane, index: number, judge: ReturnType<typeof findHeld>): DiffItem | null {
  for (const part of held.comparison.parts.slice(index + 1)) {
    if (part.type === 'run') return part.at(0).b;
    if (part.b !== null && judge(held, part) !== 'outside the model') return part.b;
  }
  return null;
}
