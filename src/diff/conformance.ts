import type { Difference, LaneComparison, SameRun } from './compare-lane.ts';
import { findHeld, type HeldJudge, type HeldLane, type ModelSight } from './conformance-sight.ts';
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
  /** What the model does here is not known: nothing that both have comes before, and the sources begin later than the model. */
  readonly isPlaceUnknown: boolean;
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
  /** Witnesses that begin later than steps of the model that they would tell. */
  readonly late: ReadonlySet<string>;
}

/** Events of the boot that count: later than one, up to another. What the sources show otherwise is evidence all the same. */
export interface HeldRange {
  readonly after: number;
  readonly upTo: number;
}

/** What departs counts: whether it could be shown was judged already. */
const COUNTS = {
  background: false,
  explained: new Set<Difference>(),
  maybeLost: new Set<Difference>(),
  notShown: new Set<Difference>(),
  repeats: new Set<Difference>(),
} as const;

const ALL: HeldRange = { after: 0, upTo: Number.POSITIVE_INFINITY };

/** Holds the lanes of a boot to those of its model: only what the sources of the boot could show counts. */
export function judgeConformance(
  lanes: readonly HeldLane[],
  sight: ModelSight,
  range: HeldRange = ALL,
): Conformance {
  const judge = findHeld(lanes, sight);
  const late = new Set<string>();
  const ofLanes: LaneComparison[] = [];
  const judged = lanes.map((held) => {
    const result = judgeLane(held, judge, late, range);
    // Of each lane its own first departure stands for it: what follows from that may have moved to before it.
    const differences = result.departures.slice(0, 1).map(({ difference }) => difference);
    ofLanes.push({ ...held.comparison, ...COUNTS, differences });
    return result;
  });
  const first = findFirstDivergence(ofLanes);
  if (first === null) return { lanes: judged, first: null, late };
  const departure = judged
    .find(({ lane }) => lane === first.lane)
    ?.departures.find(({ difference }) => difference === first.difference);
  return {
    lanes: judged,
    first: departure === undefined ? null : { lane: first.lane, departure },
    late,
  };
}

const TYPES: Readonly<Record<Exclude<Difference['type'], 'same'>, DepartureType>> = {
  'only-a': 'missing',
  'only-b': 'unexpected',
  changed: 'different',
  moved: 'out-of-order',
};

function judgeLane(held: HeldLane, judge: HeldJudge, late: Set<string>, range: HeldRange): LaneConformance {
  const { parts, lane } = held.comparison;
  const isInRange = placesInRange(parts, range);
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
      const { first, end } = runInRange(part, range);
      if (end > 0) before = part.at(end - 1);
      if (first < end) pending = null;
      conforming += Math.max(0, end - first);
      return;
    }
    const verdict = judge.verdictOf(held, part);
    if (!isInRange(index)) {
      if (verdict === 'same' && part.b !== null && part.b.seq <= range.after) before = part;
      return;
    }
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
        const witness = part.a === null ? undefined : judge.tooLateFor(held, part.a);
        if (witness !== undefined) late.add(witness);
      }
      return;
    }
    const type = TYPES[part.type];
    counts[type]++;
    const isFirst = departures.length === 0;
    if (isFirst) conformingBefore = conforming;
    const next = part.a === null && isFirst ? nextOfModel(held, before) : null;
    const isPlaceUnknown = next !== null && before === null && !judge.isBeginShown(next);
    departures.push({
      type,
      difference: part,
      before,
      expected: part.a ?? (isPlaceUnknown ? null : next),
      found: part.b ?? (isFirst ? nextOfBoot(held, index, judge) : null),
      isPlaceUnknown,
    });
  });
  if (departures.length === 0) conformingBefore = conforming;
  return { lane, conformingBefore, conforming, departures, counts, notShown, pending, outsideModel };
}

/** Which of the steps that both have, one behind the other, lie in a range: from one index, before another. */
function runInRange(run: SameRun, { after, upTo }: HeldRange): { first: number; end: number } {
  const seqAt = (index: number) => run.at(index).b?.seq ?? 0;
  let first = 0;
  if (after > 0) while (first < run.length && seqAt(first) <= after) first++;
  let end = run.length;
  if (upTo < Number.POSITIVE_INFINITY) while (end > 0 && seqAt(end - 1) > upTo) end--;
  return { first: Math.min(first, end), end };
}

/** Whether a part lies in a range; a step that only the model has, where what the boot has on both sides of it does. */
function placesInRange(
  parts: LaneComparison['parts'],
  { after, upTo }: HeldRange,
): (index: number) => boolean {
  if (after === 0 && upTo === Number.POSITIVE_INFINITY) return () => true;
  const previous: number[] = [];
  let last = 0;
  for (const part of parts) {
    previous.push(last);
    last = (part.type === 'run' ? part.at(part.length - 1).b?.seq : part.b?.seq) ?? last;
  }
  const next: number[] = [];
  let first = Number.POSITIVE_INFINITY;
  for (const part of [...parts].reverse()) {
    next.push(first);
    first = (part.type === 'run' ? part.at(0).b?.seq : part.b?.seq) ?? first;
  }
  next.reverse();
  return (index) => {
    const part = parts[index];
    const seq = part?.type === 'run' ? undefined : part?.b?.seq;
    if (seq !== undefined) return seq > after && seq <= upTo;
    return (previous[index] ?? 0) >= after && (next[index] ?? 0) <= upTo;
  };
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
function nextOfBoot(held: HeldLane, index: number, judge: HeldJudge): DiffItem | null {
  for (const part of held.comparison.parts.slice(index + 1)) {
    if (part.type === 'run') return part.at(0).b;
    if (part.b !== null && judge.verdictOf(held, part) !== 'outside the model') return part.b;
  }
  return null;
}
