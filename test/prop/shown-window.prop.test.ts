import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LaneItems } from '../../src/diff/lane-items.ts';
import { findWindow } from '../../src/diff/shown-window.ts';
import { propertyRuns } from '../support/property-runs.ts';

/** A lane of steps, of which equal numbers are the same. */
function laneOf(steps: readonly number[]): LaneItems {
  const items = new LaneItems('adsp');
  steps.forEach((step, index) => {
    items.add(index + 1, 0, Number.NaN, step, step, step, step, 0);
  });
  return items;
}

function windowOf(model: readonly number[], boot: readonly number[], isLate = true) {
  const indexes = (steps: readonly number[]) => steps.map((_, index) => index);
  const told = { model: indexes(model), boot: indexes(boot), isLate };
  return findWindow(laneOf(model), laneOf(boot), told, [], () => false);
}

/** Steps of which many are alike, and a part of them. */
const partOfModel = fc
  .array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 40 })
  .chain((model) =>
    fc
      .tuple(fc.integer({ min: 0, max: model.length }), fc.integer({ min: 0, max: model.length }))
      .map(([x, y]) => ({ model, part: model.slice(Math.min(x, y), Math.max(x, y)) })),
  );

describe('the window of a model that a source shows', () => {
  it('is one piece with all that the source shows, wherever it was cut out', () => {
    fc.assert(
      fc.property(partOfModel, ({ model, part }) => {
        const found = windowOf(model, part);
        const pairs = found?.pairs ?? [];
        expect(pairs.map(({ y }) => y)).toEqual(part.map((_, index) => index));
        expect(pairs.map(({ x }) => model[x])).toEqual(part);
        const first = pairs[0]?.x ?? 0;
        expect(pairs.map(({ x }) => x - first)).toEqual(part.map((_, index) => index));
        expect(found?.outside).toHaveLength(model.length - part.length);
      }),
      propertyRuns(200),
    );
  });

  it('begins with the model where the source does', () => {
    expect(windowOf([1, 2, 3, 1, 2, 4], [2, 4], false)?.outside).not.toContain(0);
    expect(windowOf([1, 2, 3, 1, 2, 4], [2, 4])?.pairs).toEqual([
      { x: 4, y: 0 },
      { x: 5, y: 1 },
    ]);
  });

  it('holds a step that the boot leaves out between others', () => {
    expect(windowOf([1, 2, 3, 4, 5, 6], [2, 3, 5])?.outside).toEqual(expect.not.arrayContaining([3]));
  });
});
