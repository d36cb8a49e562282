import type { Difference, LaneComparison } from './compare-lane.ts';
import type { ComparedBoot, DiffItem } from './items.ts';
import { PAGE_TABLES } from './lane.ts';
import type { Loss } from './losses.ts';

type Side = 'a' | 'b';

const OTHER: Readonly<Record<Side, Side>> = { a: 'b', b: 'a' };

/** Probes of which one side has hits and the other has none at all, and how many hits those are. */
export interface Untraced {
  readonly count: number;
  readonly probes: readonly string[];
}

export interface TraceSight {
  readonly lanes: LaneComparison[];
  readonly untraced: Readonly<Record<Side, Untraced | null>>;
}

/** What a probe on io-pgtable is called where its events have a kind of their own. */
const IO_PGTABLE = 'io-pgtable';

/**
 * Marks what the trace of the other side would not show: hits of a probe that nobody set there, and what was done while
 * that trace was off or lost events.
 */
export function withoutUntraced(
  lanes: readonly LaneComparison[],
  a: ComparedBoot,
  b: ComparedBoot,
): TraceSight {
  const boots = { a, b };
  const untraced = { a: null, b: null } as Record<Side, Untraced | null>;
  if (!a.hasSources || !b.hasSources) return { lanes: [...lanes], untraced };
  let marked = [...lanes];
  for (const side of ['a', 'b'] as const) marked = withoutUnseen(marked, side, boots);
  for (const side of ['a', 'b'] as const) {
    const found = withoutHits(marked, side, boots);
    marked = found.lanes;
    untraced[side] = found.untraced;
  }
  return { lanes: marked, untraced };
}

function only(side: Side): 'only-a' | 'only-b' {
  return side === 'a' ? 'only-a' : 'only-b';
}

/** Which probes somebody set is told by nothing but their hits. */
function withoutHits(
  lanes: readonly LaneComparison[],
  side: Side,
  boots: Readonly<Record<Side, ComparedBoot>>,
): { readonly lanes: LaneComparison[]; readonly untraced: Untraced | null } {
  const hits = new Map<Difference, string>();
  for (const comparison of lanes) {
    const { lane, counts, maybeLost } = comparison;
    const { [only(side)]: own, ...others } = counts;
    if (own === 0 || (lane !== 'probes' && lane !== PAGE_TABLES)) continue;
    if (lane === PAGE_TABLES && Object.values(others).some((count) => count > 0)) continue;
    // What differs is made when it is asked for, and there may be much of it.
    const left = comparison.differences.filter((one) => one.type === only(side) && !maybeLost.has(one));
    if (lane === PAGE_TABLES) {
      for (const difference of left) hits.set(difference, IO_PGTABLE);
      continue;
    }
    for (const difference of left) {
      const hit = boots[side].eventAt((difference[side] as DiffItem).position);
      if (hit.kind === 'trace.hit') hits.set(difference, hit.payload.event);
    }
  }
  const unset = new Set(hits.values());
  for (const event of unset.size > (unset.has(IO_PGTABLE) ? 1 : 0) ? boots[OTHER[side]].hits() : [])
    if (unset.delete(event) && unset.size === 0) break;
  const notShown = [...hits].filter(([, probe]) => unset.has(probe)).map(([difference]) => difference);
  if (notShown.length === 0) return { lanes: [...lanes], untraced: null };
  const marks = new Set(notShown);
  return {
    lanes: lanes.map((lane) =>
      lane.lane === 'probes' || lane.lane === PAGE_TABLES
        ? {
            ...lane,
            notShown: new Set(lane.differences.filter((one) => marks.has(one) || lane.notShown.has(one))),
          }
        : lane,
    ),
    untraced: { count: notShown.length, probes: [...unset].sort() },
  };
}

/** Places where a trace lost events that are looked for in the other boot: one that lost them all over says little anywhere. */
const LOSSES_FOLLOWED = 100;

/** Seqs of one side between two things that both logs tell. */
interface Span {
  readonly after: number;
  readonly before: number;
}

/**
 * What a side did while the trace of the other was off. Lines of the log say when that was; and where the same is done
 * again later, which of the two the other trace has is a matter of how they were aligned.
 */
function withoutUnseen(
  lanes: readonly LaneComparison[],
  side: Side,
  boots: Readonly<Record<Side, ComparedBoot>>,
): LaneComparison[] {
  const { losses } = boots[OTHER[side]];
  const log = lanes.find(({ lane }) => lane === 'log');
  if (losses.length === 0 || losses.length > LOSSES_FOLLOWED || log === undefined) return [...lanes];
  const spans = spansOf(losses, log, side);
  const isWithin = (seq: number) => spans.some(({ after, before }) => after < seq && seq < before);
  return lanes.map((lane) => {
    const left = lane.differences.filter(
      (difference) =>
        difference.type === only(side) &&
        !lane.maybeLost.has(difference) &&
        !lane.notShown.has(difference) &&
        boots[side].isTracedOnly(difference[side] as DiffItem),
    );
    if (left.length === 0) return lane;
    const paired = new Map<string, number>();
    lane.eachStepInCommon((step) => {
      if (!isWithin(step[side].seq)) return;
      const meaning = meaningOf(step.items()[side]);
      paired.set(meaning, (paired.get(meaning) ?? 0) + 1);
    });
    const unseen = left.filter((difference) => {
      const item = difference[side] as DiffItem;
      if (isWithin(item.position)) return true;
      const count = paired.get(meaningOf(item)) ?? 0;
      if (count > 0) paired.set(meaningOf(item), count - 1);
      return count > 0;
    });
    return unseen.length === 0 ? lane : { ...lane, maybeLost: new Set([...lane.maybeLost, ...unseen]) };
  });
}

/** When the losses of one boot were, in the other. */
function spansOf(losses: readonly Loss[], log: LaneComparison, side: Side): Span[] {
  const spans = losses.map(({ fromSeq, toSeq }) => ({
    fromSeq,
    toSeq,
    after: 0,
    before: Number.POSITIVE_INFINITY,
  }));
  log.eachStepInCommon((step) => {
    const [own, other] = [step[side].seq, step[OTHER[side]].seq];
    for (const span of spans) {
      if (other <= span.fromSeq) span.after = Math.max(span.after, own);
      if (other >= span.toSeq) span.before = Math.min(span.before, own);
    }
  });
  return spans;
}

function meaningOf({ canonical }: DiffItem): string {
  return `${canonical.identity}\n${canonical.value}`;
}
