import type { LaneComparison } from './compare-lane.ts';
import type { ComparedBoot, DiffItem } from './items.ts';

/**
 * Marks answers of calls that nobody is seen to make: the trace of one side begins, or lost events, between the two. What
 * was asked is lost knowledge, and so the answer to it is no difference. Where neither trace shows what is asked, as
 * only `scm_smc_done` was on, answers are all there is to compare.
 */
export function withoutLoneAnswers(
  lanes: readonly LaneComparison[],
  a: ComparedBoot,
  b: ComparedBoot,
): { readonly lanes: LaneComparison[]; readonly unasked: Readonly<Record<'a' | 'b', number>> } {
  const unasked = { a: 0, b: 0 };
  if (!a.tellsRequests() && !b.tellsRequests()) return { lanes: [...lanes], unasked };
  const boots = { a, b };
  const marked = lanes.map((lane) => {
    if (lane.background) return lane;
    const lone = lane.differences.filter((difference) => {
      const { type } = difference;
      if (type !== 'only-a' && type !== 'only-b') return false;
      if (lane.maybeLost.has(difference) || lane.notShown.has(difference)) return false;
      const side = type === 'only-a' ? 'a' : 'b';
      if (!boots[side].hasSources || (difference[side] as DiffItem).kind !== 'smc.returned') return false;
      unasked[side]++;
      return true;
    });
    return lone.length === 0 ? lane : { ...lane, notShown: new Set([...lane.notShown, ...lone]) };
  });
  return { lanes: marked, unasked };
}
