import type { Difference, LaneComparison } from './compare-lane.ts';
import type { DiffItem } from './items.ts';

/** What stands around a difference in its lane. */
export interface Around {
  /** What both boots did last before it. */
  readonly before: { readonly a: DiffItem; readonly b: DiffItem } | null;
  /** What the boot that does not have it does in its place; null where both have it, or nothing more comes. */
  readonly instead: Instead | null;
}

export interface Instead {
  readonly item: DiffItem;
  /** The same step in the other boot, which takes it at another point. */
  readonly moved: DiffItem | null;
}

export function around(lane: LaneComparison, difference: Difference): Around {
  const { parts } = lane;
  const index = parts.indexOf(difference);
  let before: Around['before'] = null;
  for (let at = index - 1; at >= 0 && before === null; at--) {
    const part = parts[at];
    const last = part?.type === 'run' ? part.at(part.length - 1) : part;
    if (last?.type === 'same' || last?.type === 'changed') before = { a: last.a, b: last.b };
  }
  if (difference.type !== 'only-a' && difference.type !== 'only-b') return { before, instead: null };
  const [own, other] = difference.type === 'only-a' ? (['a', 'b'] as const) : (['b', 'a'] as const);
  const after = before?.[other].position ?? 0;
  let instead: Instead | null = null;
  const offer = (part: Difference, isMoved: boolean) => {
    const item = part[other];
    if (item === null || item.position <= after) return;
    if (instead === null || item.position < instead.item.position)
      instead = { item, moved: isMoved ? part[own] : null };
  };
  const candidates = parts.slice(index + 1, index + 1 + LOOKED_AT).concat(onlyBefore(parts, index));
  for (const part of candidates)
    if (part.type !== 'moved') offer(part.type === 'run' ? part.at(0) : part, false);
  // What moved stands where one of the boots has it, which need not be near.
  for (const part of lane.differences) if (part.type === 'moved') offer(part, true);
  return { before, instead };
}

/** Parts behind a difference that are looked at: what one side has alone may be long, and what is of use is near. */
const LOOKED_AT = 1000;

/** What one boot has alone stands before what the other has alone at the same place. */
function onlyBefore(parts: LaneComparison['parts'], index: number): LaneComparison['parts'] {
  let from = index;
  while (from > 0 && isOnOneSide(parts[from - 1])) from--;
  return parts.slice(from, index);
}

function isOnOneSide(part: LaneComparison['parts'][number] | undefined): boolean {
  return part?.type === 'only-a' || part?.type === 'only-b';
}
