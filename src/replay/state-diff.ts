import { type AddressRange, subtractRanges } from './address-range.ts';
import { rangeLines, type StateLine, type StateSection } from './state-lines.ts';
import type { SectionName } from './state-view.ts';

/** What became of one thing between two moments; `same` where only what belongs to it changed. */
export interface StateChange {
  readonly kind: 'added' | 'removed' | 'changed' | 'same';
  /** As it was; null for what was added. */
  readonly before: StateLine | null;
  /** As it is; null for what was removed. */
  readonly after: StateLine | null;
  readonly below: readonly StateChange[];
}

export interface SectionDiff {
  readonly name: SectionName;
  /** Whether anything was told of it at the first moment, and at the second. */
  readonly isKnown: { readonly before: boolean; readonly after: boolean };
  readonly changes: readonly StateChange[];
}

/** What changed from one moment to another: sections without a change are left out. */
export function diffStates(before: readonly StateSection[], after: readonly StateSection[]): SectionDiff[] {
  return after.flatMap(({ name, lines }) => {
    const old = before.find((section) => section.name === name)?.lines ?? null;
    const changes = diffLines(old ?? [], lines ?? []);
    const isKnown = { before: old !== null, after: lines !== null };
    return changes.length === 0 && isKnown.before === isKnown.after ? [] : [{ name, isKnown, changes }];
  });
}

function diffLines(before: readonly StateLine[], after: readonly StateLine[]): StateChange[] {
  const left = new Map(before.map((line) => [line.key, line]));
  const changes: StateChange[] = [];
  const now = new Set(after.map(({ key }) => key));
  for (const line of before) if (!now.has(line.key)) changes.push(changeOf(line, null));
  for (const line of after) changes.push(changeOf(left.get(line.key) ?? null, line));
  return changes.filter(({ kind, below }) => kind !== 'same' || below.length > 0);
}

function changeOf(before: StateLine | null, after: StateLine | null): StateChange {
  return {
    kind: kindOf(before, after),
    before,
    after,
    below: diffBelow(before?.below ?? [], after?.below ?? []),
  };
}

function kindOf(before: StateLine | null, after: StateLine | null): StateChange['kind'] {
  if (before === null) return 'added';
  if (after === null) return 'removed';
  // What is so since another event was something else in between, or was told anew.
  const isSame = before.label === after.label && before.text === after.text && before.since === after.since;
  return isSame ? 'same' : 'changed';
}

function diffBelow(before: readonly StateLine[], after: readonly StateLine[]): StateChange[] {
  const isOfRanges = [...before, ...after].some(({ range }) => range !== null);
  return isOfRanges ? diffRanges(rangesOf(before), rangesOf(after)) : diffLines(before, after);
}

function rangesOf(lines: readonly StateLine[]): AddressRange[] {
  return lines.flatMap(({ range }) => (range === null ? [] : [range]));
}

/** Ranges by what they cover: a range that grew is one that was added beside it. */
function diffRanges(before: readonly AddressRange[], after: readonly AddressRange[]): StateChange[] {
  const removed = rangeLines(subtractRanges(before, after));
  const added = rangeLines(subtractRanges(after, before));
  const takenPlace = new Map(removed.map((line) => [line.key, line]));
  const changes = added.map((line): StateChange => {
    const old = takenPlace.get(line.key) ?? null;
    if (old !== null) takenPlace.delete(line.key);
    return { kind: old === null ? 'added' : 'changed', before: old, after: line, below: [] };
  });
  for (const line of takenPlace.values())
    changes.push({ kind: 'removed', before: line, after: null, below: [] });
  return changes.sort((a, b) => startOf(a) - startOf(b));
}

function startOf({ before, after }: StateChange): number {
  return (after ?? before)?.range?.iova ?? 0;
}
