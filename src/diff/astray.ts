import type { Difference, LaneComparison } from './compare-lane.ts';
import type { DiffItem } from './items.ts';

/** Where calls and mappings stand of which nobody has told whom they are for. */
const NOBODYS: ReadonlySet<string> = new Set(['scm', 'dma']);

/**
 * Whom a call or a mapping is for follows from the events before it. Where a trace lost those, it stands in nobody's lane,
 * and is missing in that of its processor: the same thing on both sides, of which one does not know enough. Lanes in
 * which such pairs count as lost.
 */
export function withoutAstray(lanes: readonly LaneComparison[]): LaneComparison[] {
  const astray = new Map<string, { readonly lane: string; readonly difference: Difference }[]>();
  for (const { lane, differences } of lanes) {
    if (!NOBODYS.has(lane)) continue;
    for (const difference of differences) {
      const key = keyOf(difference, 'own');
      if (key === null) continue;
      const same = astray.get(key);
      if (same === undefined) astray.set(key, [{ lane, difference }]);
      else same.push({ lane, difference });
    }
  }
  if (astray.size === 0) return [...lanes];
  const lost = new Set<Difference>();
  for (const { lane, differences } of lanes) {
    for (const difference of differences) {
      if (NOBODYS.has(lane)) continue;
      const key = keyOf(difference, 'other');
      const found = key === null ? undefined : astray.get(key)?.shift();
      if (found === undefined) continue;
      lost.add(difference);
      lost.add(found.difference);
    }
  }
  return lanes.map((lane) => ({
    ...lane,
    maybeLost: new Set(lane.differences.filter((one) => lane.maybeLost.has(one) || lost.has(one))),
  }));
}

/** On which side it is, or is missing, and what it is whomever it is for; null where both have it. */
function keyOf({ a, b }: Difference, side: 'own' | 'other'): string | null {
  const item = a === null ? b : b === null ? a : null;
  if (item === null) return null;
  const isInA = (a !== null) === (side === 'own');
  return `${isInA ? 'a' : 'b'} ${meaningOf(item)}`;
}

/** Which space it is in, and for whom, is left out. */
function meaningOf({ kind, canonical: { identity, value } }: DiffItem): string {
  const isMapping = kind === 'mapping.created' || kind === 'mapping.removed';
  return `${isMapping ? identity.replace(/ \S* /, ' ') : identity}\n${value}`;
}
