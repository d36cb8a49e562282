import type { Difference } from '../app/diff-boots.ts';
import { renderTime } from '../base/time.ts';

/** Stands for what is left out between two differences. */
export const SKIPPED = 'skipped';

export type Group = readonly [Difference, ...Difference[]];

/**
 * Neighbours that differ in the same way: the same fault over and over, maps that one side lacks, steps that moved
 * together. Group by group, so that whoever prints them reads the events of a neighbourhood once.
 */
export function* groupsOf(
  shown: readonly (Difference | typeof SKIPPED)[],
  isEachAlone: boolean,
): Generator<Group | typeof SKIPPED> {
  let group: [Difference, ...Difference[]] | null = null;
  let lastKey: string | null = null;
  for (const difference of shown) {
    const key = difference === SKIPPED || isEachAlone ? null : groupKey(difference);
    if (difference !== SKIPPED && group !== null && key !== null && key === lastKey) {
      group.push(difference);
      continue;
    }
    if (group !== null) yield group;
    group = difference === SKIPPED ? null : [difference];
    if (difference === SKIPPED) yield SKIPPED;
    lastKey = key;
  }
  if (group !== null) yield group;
}

/** What a row has in common; null for what stands alone. */
function groupKey(difference: Difference): string | null {
  const { type, a, b } = difference;
  const item = b ?? a;
  if (type === 'same' || item === null) return null;
  if (type === 'moved') return type;
  return `${type} ${item.kind in ROW_NOUNS ? item.kind : item.identityKey}`;
}

/** Kinds that come in long rows that say one thing, and what one of them is called. */
const ROW_NOUNS: Readonly<Record<string, string>> = { 'mapping.created': 'map', 'mapping.removed': 'unmap' };

/** How many of a row are shown beside its last; shorter rows are shown as they are. */
const ROW_SHOWN = 2;

/** What is shown of a group: its first ones, what there is between, and its last. */
export interface ShortenedGroup {
  readonly head: readonly Difference[];
  readonly between: string | null;
  readonly last: Difference | null;
}

/** A long group in short: of what is the same all over the first, else the first and the last, and how many there are. */
export function shortened(group: Group): ShortenedGroup {
  if (group.length <= ROW_SHOWN + 1) return { head: group, between: null, last: null };
  const [first] = group;
  const last = group[group.length - 1] ?? first;
  if (group.every((one) => sayingOf(one) === sayingOf(first))) {
    const [side, item] = last.b === null ? (['A', last.a] as const) : (['B', last.b] as const);
    const time = renderTime(item?.t_ns ?? null).replace(/ +/, '');
    const between = `${group.length - 1} more of the same, the last at ${time}, ${side}#${item?.seq}`;
    return { head: [first], between, last: null };
  }
  const head = group.slice(0, first.type === 'moved' ? 1 : ROW_SHOWN);
  const count = group.length - head.length - 1;
  if (first.type === 'moved') return { head, between: `${count} more that moved with it`, last };
  const noun = ROW_NOUNS[(first.b ?? first.a)?.kind ?? ''];
  const plural = noun === undefined ? '' : `${noun}${count === 1 ? '' : 's'} `;
  return { head, between: `${count} more ${plural}like ${count === 1 ? 'this' : 'these'}`, last };
}

function sayingOf({ a, b }: Difference): string {
  return [a, b].map((item) => `${item?.canonical.identity}\n${item?.canonical.value}`).join('\n');
}
