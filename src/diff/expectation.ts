import { agreeAsFarAsTold } from './canonical.ts';
import type { Comparison } from './compare.ts';
import type { Difference, LaneComparison } from './compare-lane.ts';
import { findFirstDivergence } from './first-divergence.ts';
import type { DiffItem } from './items.ts';

/**
 * A comparison in which the differences are marked that a model of the two boots has too: the same thing, on the same
 * side, as often. `rounds` says how many times the boots do what the model does once, such as start a processor.
 */
export function explainByModel(comparison: Comparison, model: Comparison, rounds: number): Comparison {
  const lanes = comparison.lanes.map((lane) => {
    const other = model.lanes.find((candidate) => candidate.lane === lane.lane);
    return other === undefined ? lane : explainLane(lane, other, rounds);
  });
  return { ...comparison, lanes, firstDivergence: findFirstDivergence(lanes) };
}

function explainLane(lane: LaneComparison, model: LaneComparison, rounds: number): LaneComparison {
  const expected = new Map<string, { difference: Difference; left: number }[]>();
  for (const difference of model.differences) {
    const key = keyOf(lane.lane, difference);
    const known = expected.get(key) ?? [];
    known.push({ difference, left: rounds });
    expected.set(key, known);
  }
  const explained = new Set<Difference>();
  const find = (difference: Difference) =>
    expected
      .get(keyOf(lane.lane, difference))
      ?.find((one) => one.left > 0 && saysTheSame(lane.lane, one.difference, difference));
  for (const difference of lane.differences) {
    const found = find(difference);
    // Who is paired with whom depends on what stands around: the model may have the two halves apart.
    const parts = found === undefined ? halvesOf(difference).map(find) : [found];
    if (parts.length === 0 || parts.includes(undefined)) continue;
    for (const part of parts) if (part !== undefined) part.left--;
    explained.add(difference);
  }
  return { ...lane, explained };
}

/** What either boot does, of one thing that both do differently; nothing of all else. */
function halvesOf(difference: Difference): Difference[] {
  if (difference.type !== 'changed') return [];
  const { a, b } = difference;
  return [
    { type: 'only-a', a, b: null },
    { type: 'only-b', a: null, b },
  ];
}

/** On which side it is, what it is, and whether it went wrong. */
function keyOf(lane: string, { type, a, b }: Difference): string {
  const sides = [a, b].map((item) =>
    item === null ? '' : `${lane === 'log' ? item.text : identityOf(item)} ${item.failed}`,
  );
  return `${type}\n${sides.join('\n')}`;
}

/** Which domain a device is attached to, iommu:attach_device_to_domain does not say. */
function identityOf({ kind, canonical }: DiffItem): string {
  return kind === 'smmu.device_attached' ? canonical.identity.split(' ', 2).join(' ') : canonical.identity;
}

function saysTheSame(lane: string, expected: Difference, found: Difference): boolean {
  if (lane === 'log') return true;
  const sides = [agrees(expected.a, found.a), agrees(expected.b, found.b)];
  return isPropertyOfMode(expected) ? sides.includes(true) : !sides.includes(false);
}

/**
 * That a property of the machine is told in one mode only, or otherwise in either, is of the modes; how many traps this
 * kernel has, or bits this CPU, the model of another machine cannot say. So one side is enough: that which has it not,
 * or that which has it as in the model.
 */
function isPropertyOfMode({ a, b }: Difference): boolean {
  return (a ?? b)?.kind === 'boot.property_told';
}

/** Word by word; what one of them does not know, such as the protection in `iommu:map`, does not speak against it. */
export function agrees(expected: DiffItem | null, found: DiffItem | null): boolean {
  if (expected === null || found === null) return expected === found;
  return agreeAsFarAsTold(expected.canonical, found.canonical);
}
