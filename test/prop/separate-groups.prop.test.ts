import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FactTable } from '../../src/diff/fact-table.ts';
import { bootsNeeded } from '../../src/diff/proportions.ts';
import { separateGroups } from '../../src/diff/separate-groups.ts';
import { propertyRuns } from '../support/property-runs.ts';

interface Study {
  readonly groupOf: readonly ('a' | 'b')[];
  /** Boot by boot whether a flaky thing happened; the group plays no part. */
  readonly flaky: readonly (readonly boolean[])[];
}

/** Two groups of boots, and things that happen in some of them by chance. */
function studies(least: number): fc.Arbitrary<Study> {
  return fc
    .record({ a: fc.integer({ min: least, max: 12 }), b: fc.integer({ min: least, max: 12 }) })
    .chain(({ a, b }) => {
      const boots = a + b;
      const coin = fc.integer({ min: 1, max: 99 }).chain((percent) =>
        fc.array(
          fc.integer({ min: 0, max: 99 }).map((thrown) => thrown < percent),
          { minLength: boots, maxLength: boots },
        ),
      );
      return fc.record({
        groupOf: fc.constant(
          Array.from({ length: boots }, (_, boot) => (boot < a ? ('a' as const) : ('b' as const))),
        ),
        flaky: fc.array(coin, { maxLength: 25 }),
      });
    });
}

function tableOf({ groupOf, flaky }: Study, cause?: 'a' | 'b'): FactTable {
  const table = new FactTable();
  const fact = (text: string, sort: 'finding' | 'failure' | 'step') => () => ({
    sort,
    lane: 'adsp',
    text,
    position: 0.5,
    seq: 1,
    place: null,
  });
  groupOf.forEach((group, boot) => {
    table.begin(null);
    table.add('always', [], fact('always', 'step'));
    flaky.forEach((happened, index) => {
      if (happened[boot] === true) table.add(`flaky ${index}`, [], fact(`flaky ${index}`, 'finding'));
    });
    if (group !== cause) return;
    table.add('cause', [], fact('cause', 'finding'));
    table.add('consequence', [], fact('consequence', 'failure'));
  });
  return table;
}

const textsOf = (split: { readonly facts: readonly { readonly text: string }[] } | undefined) =>
  (split?.facts ?? []).map(({ text }) => text);

describe('two groups of boots', () => {
  it('are separated by what is so in one of them, whatever else is flaky', () => {
    fc.assert(
      fc.property(studies(4), fc.constantFrom('a' as const, 'b' as const), (study, cause) => {
        const { groupOf, flaky } = study;
        const found = separateGroups(tableOf(study, cause), groupOf);
        const first = found.separating[0] ?? found.tooFew[0];
        expect(textsOf(first)).toEqual(expect.arrayContaining(['cause', 'consequence']));
        expect(first?.[cause].k).toBe(first?.[cause].n);
        const smaller = Math.min(
          ...(['a', 'b'] as const).map((group) => groupOf.filter((one) => one === group).length),
        );
        if (smaller >= bootsNeeded(flaky.length + 1)) expect(found.separating).toContain(first);
        expect(found.constantCount).toBeGreaterThan(0);
      }),
      propertyRuns(200),
    );
  });

  it('are not separated by chance alone, but for one time in twenty', () => {
    const { seed } = propertyRuns(1);
    const sample = fc.sample(studies(4), { numRuns: 400, ...(seed === undefined ? {} : { seed }) });
    const deceived = sample.filter(
      (study) => separateGroups(tableOf(study), study.groupOf).separating.length > 0,
    );
    // Of 400 with a chance of 0.05 each, more than 35 come once in 500 times.
    expect(deceived.length).toBeLessThanOrEqual(35);
  });

  it('change places when they are named the other way round', () => {
    fc.assert(
      fc.property(studies(2), (study) => {
        const table = tableOf(study, 'a');
        const other = study.groupOf.map((group) => (group === 'a' ? ('b' as const) : ('a' as const)));
        const [one, two] = [separateGroups(table, study.groupOf), separateGroups(table, other)];
        expect(two.separating.map(textsOf)).toEqual(one.separating.map(textsOf));
        expect(two.separating.map(({ a, b }) => [b, a])).toEqual(one.separating.map(({ a, b }) => [a, b]));
        expect(two.flaky.map(textsOf)).toEqual(one.flaky.map(textsOf));
      }),
      propertyRuns(100),
    );
  });
});

describe('what a boot could not have shown', () => {
  const table = new FactTable();
  const fact = (text: string) => () => ({
    sort: 'step' as const,
    lane: 'adsp',
    text,
    position: 0,
    seq: 1,
    place: null,
  });
  for (const sight of [['ftrace:mapping.created', 'dmesg'], ['dmesg'], [], null].map(
    (names) => names && new Set(names),
  )) {
    table.begin(sight);
    if (sight?.has('ftrace:mapping.created') === true)
      table.add('map', ['ftrace:mapping.created'], fact('map'));
    table.add('seen by all', ['dmesg'], fact('seen by all'));
  }

  it('is unknown, and counts in no share', () => {
    expect([...table.patterns()].map(([pattern, facts]) => [pattern, textsOf({ facts })])).toEqual([
      ['1??0', ['map']],
      ['1111', ['seen by all']],
    ]);
    const { occasional, constantCount } = separateGroups(table, ['a', 'a', 'b', 'b']);
    expect(constantCount).toBe(1);
    const all = [...occasional, ...separateGroups(table, ['a', 'a', 'b', 'b']).tooFew];
    expect(all.map(({ a, b }) => ({ a, b }))).toMatchObject([{ a: { k: 1, n: 1 }, b: { k: 0, n: 1 } }]);
  });
});
