import type { Difference, LaneComparison } from './compare-lane.ts';
import type { DiffItem } from './items.ts';

/** Kinds of which no line tells whom they are for. */
const INFERRED: ReadonlySet<string> = new Set(['mapping.created', 'mapping.removed', 'smc.requested']);

interface InLane {
  readonly lane: string;
  readonly difference: Difference;
}

/**
 * Whom a call or a mapping is for follows from the events before it. Where a trace lost those, it stands in another lane,
 * or in nobody's, and is missing in that of its processor: the same thing on both sides, of which one does not know
 * enough. The lanes, with such pairs counted as lost.
 */
export function withoutAstray(lanes: readonly LaneComparison[]): LaneComparison[] {
  const onlyInA = new Map<string, InLane[]>();
  const each = (side: 'a' | 'b', take: (key: string, found: InLane) => void) => {
    for (const { lane, differences } of lanes) {
      for (const difference of differences) {
        const item = difference[side];
        if (item === null || difference[side === 'a' ? 'b' : 'a'] !== null || !INFERRED.has(item.kind))
          continue;
        take(meaningOf(item), { lane, difference });
      }
    }
  };
  each('a', (key, found) => {
    const same = onlyInA.get(key);
    if (same === undefined) onlyInA.set(key, [found]);
    else same.push(found);
  });
  const lost = new Set<Difference>();
  each('b', (key, { lane, difference }) => {
    const candidates = onlyInA.get(key) ?? [];
    const at = candidates.findIndex((candidate) => candidate.lane !== lane);
    const [found] = at < 0 ? [] : candidates.splice(at, 1);
    if (found === undefined) return;
    lost.add(difference);
    lost.add(found.difference);
  });
  // In the lane of another it has moved, where the same is there too.
  for (const { differences } of lanes)
    for (const difference of differences)
      if (difference.type === 'moved' && isMapping(difference.a)) lost.add(difference);
  if (lost.size === 0) return [...lanes];
  return lanes.map((lane) => ({
    ...lane,
    maybeLost: new Set(lane.differences.filter((one) => lane.maybeLost.has(one) || lost.has(one))),
  }));
}

/** Which space it is in, and for whom, is left out. */
function meaningOf(item: DiffItem): string {
  const { identity, value } = item.canonical;
  return `${isMapping(item) ? identity.replace(/ \S* /, ' ') : identity}\n${value}`;
}

function isMapping({ kind }: DiffItem): boolean {
  return kind === 'mapping.created' || kind === 'mapping.removed';
}
