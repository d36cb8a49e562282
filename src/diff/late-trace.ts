import type { Difference, LaneComparison } from './compare-lane.ts';
import type { ComparedBoot, DiffItem } from './items.ts';
import { PAGE_TABLES } from './lane.ts';

/** Lanes in the background that a trace tells of. */
const OF_PROBES: ReadonlySet<string> = new Set(['probes', PAGE_TABLES]);

type Side = 'a' | 'b';

/** When a trace begins that does not begin with the boot, and how much of the other boot comes before that. */
export interface LateTrace {
  readonly begin_ns: number | null;
  /** Steps of the other boot. */
  readonly count: number;
}

export interface LateTraces {
  readonly lanes: LaneComparison[];
  readonly late: Readonly<Record<Side, LateTrace | null>>;
}

/**
 * Marks what one boot did before the trace of the other was on. A trace that goes back to the probe of qcom_scm begins with
 * the calls by which that asks the firmware for its convention; one that begins with another was switched on later, and
 * the first step of it that both boots take says where in the other one that is.
 */
export function withoutStepsBeforeTrace(
  lanes: readonly LaneComparison[],
  a: ComparedBoot,
  b: ComparedBoot,
): LateTraces {
  const late: Record<Side, LateTrace | null> = { a: null, b: null };
  if (!a.hasSources || !b.hasSources) return { lanes: [...lanes], late };
  let marked = [...lanes];
  for (const side of ['a', 'b'] as const) {
    const [own, other] = side === 'a' ? [a, b] : [b, a];
    if (own.beginsAtProbe() !== false) continue;
    const begin = firstTracedInCommon(marked, side, own);
    if (begin === null) continue;
    const unseen = new Set<Difference>();
    marked = marked.map((lane) => markBefore(lane, side, begin.other, other, unseen));
    if (unseen.size > 0) late[side] = { begin_ns: begin.t_ns, count: unseen.size };
  }
  return { lanes: marked, late };
}

function firstTracedInCommon(
  lanes: readonly LaneComparison[],
  side: Side,
  boot: ComparedBoot,
): { readonly other: number; readonly t_ns: number | null } | null {
  let first: { readonly own: number; readonly other: number; readonly t_ns: number | null } | null = null;
  for (const lane of lanes) {
    if (lane.background) continue;
    let isFound = false;
    lane.eachStepInCommon((step) => {
      if (isFound) return;
      const own = step[side].seq;
      if (first !== null && first.own <= own) return;
      const item = step.items()[side];
      if (!boot.isTracedOnly(item)) return;
      // Steps of a lane come in its order, but for those that moved.
      isFound = true;
      first = { own, other: step[side === 'a' ? 'b' : 'a'].seq, t_ns: item.t_ns };
    });
  }
  return first;
}

function markBefore(
  lane: LaneComparison,
  side: Side,
  begin: number,
  other: ComparedBoot,
  unseen: Set<Difference>,
): LaneComparison {
  const [type, from] = side === 'a' ? (['only-b', 'b'] as const) : (['only-a', 'a'] as const);
  if ((lane.background && !OF_PROBES.has(lane.lane)) || lane.counts[type] === 0) return lane;
  const found = lane.differences.filter((difference) => {
    if (difference.type !== type || lane.maybeLost.has(difference) || lane.notShown.has(difference))
      return false;
    const item = difference[from] as DiffItem;
    return item.position < begin && other.isTracedOnly(item);
  });
  if (found.length === 0) return lane;
  if (!lane.background) for (const difference of found) unseen.add(difference);
  return { ...lane, notShown: new Set([...lane.notShown, ...found]) };
}
