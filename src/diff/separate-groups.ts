import { FACT_SORTS, type Fact, type FactTable } from './fact-table.ts';
import {
  bootsNeeded,
  CONFIDENCE,
  comparisonsThatCount,
  differenceInterval,
  fisherP,
  type Interval,
  leastFisherP,
  type Share,
  wilsonInterval,
} from './proportions.ts';

/** Facts that go together, and how the two groups are split by them. */
export interface Split {
  /** The most telling first. */
  readonly facts: readonly Fact[];
  /** How many boots of either group show them, of those that could. */
  readonly a: SplitShare;
  readonly b: SplitShare;
  /** Another split of the same boots, by what is so in exactly those in which this is not, says no more and no less. */
  readonly hypothesis: string;
  /** Share in B less share in A. */
  readonly difference: Interval;
  /** How far the shares are apart at the least, whichever is greater. */
  readonly atLeast: number;
  readonly p: number;
}

/** A share with its interval. */
export interface SplitShare extends Share, Interval {}

export interface Separation {
  /** More than chance, the surest first. */
  readonly separating: readonly Split[];
  /** In all of one group and none of the other, in too few boots to be more than chance. */
  readonly tooFew: readonly Split[];
  /** In some boots of both groups, and no more in one than chance explains. */
  readonly flaky: readonly Split[];
  /** In some boots of one group only, likewise. */
  readonly occasional: readonly Split[];
  /** Facts that are so in every boot that could show them. */
  readonly constantCount: number;
  readonly factCount: number;
  /** Splits that were compared, and of these the ones that could have come out as more than chance. */
  readonly comparisonCount: number;
  readonly countedComparisons: number;
  /** Boots that each group needs, where as many splits are compared. */
  readonly bootsNeeded: number;
}

/** Says what separates two groups of boots; `groupOf` tells the group of each boot of the table. */
export function separateGroups(table: FactTable, groupOf: readonly ('a' | 'b')[]): Separation {
  const splits: Split[] = [];
  const questions = new Map<string, number>();
  let constantCount = 0;
  let factCount = 0;
  for (const [pattern, facts] of table.patterns()) {
    factCount += facts.length;
    const { a, b } = sharesOf(pattern, groupOf);
    // What is so wherever it could be shown says nothing of a group.
    if (a.k + b.k === a.n + b.n) {
      constantCount += facts.length;
      continue;
    }
    const hypothesis = hypothesisOf(pattern);
    const difference = differenceInterval(a, b);
    splits.push({
      facts: sorted(facts),
      a: { ...a, ...wilsonInterval(a) },
      b: { ...b, ...wilsonInterval(b) },
      hypothesis,
      difference,
      atLeast: Math.max(0, difference.low, -difference.high),
      p: fisherP(a, b),
    });
    questions.set(hypothesis, leastFisherP(a, b));
  }
  const counted = comparisonsThatCount([...questions.values()]);
  const level = (1 - CONFIDENCE) / counted;
  const ranked = splits.sort(compareSplits);
  const isSeparating = ({ p }: Split) => p <= level;
  const isClean = ({ a, b }: Split) =>
    a.n > 0 && b.n > 0 && ((a.k === 0 && b.k === b.n) || (b.k === 0 && a.k === a.n));
  const rest = ranked.filter((split) => !isSeparating(split));
  const others = rest.filter((split) => !isClean(split));
  return {
    separating: ranked.filter(isSeparating),
    tooFew: rest.filter(isClean),
    flaky: others.filter(({ a, b }) => a.k > 0 && b.k > 0),
    occasional: others.filter(({ a, b }) => a.k === 0 || b.k === 0),
    constantCount,
    factCount,
    comparisonCount: questions.size,
    countedComparisons: counted,
    bootsNeeded: bootsNeeded(questions.size),
  };
}

function sharesOf(pattern: string, groupOf: readonly ('a' | 'b')[]): { a: Share; b: Share } {
  const counts = { a: { k: 0, n: 0 }, b: { k: 0, n: 0 } };
  groupOf.forEach((group, boot) => {
    const mark = pattern[boot];
    if (mark === '?') return;
    counts[group].n++;
    if (mark === '1') counts[group].k++;
  });
  return counts;
}

/** The same for a pattern and its opposite. */
function hypothesisOf(pattern: string): string {
  const opposite = pattern.replace(/[01]/g, (mark) => (mark === '0' ? '1' : '0'));
  return pattern < opposite ? pattern : opposite;
}

function compareSplits(x: Split, y: Split): number {
  return (
    compareNumbers(y.atLeast, x.atLeast) ||
    compareNumbers(x.p, y.p) ||
    compareFacts(x.facts[0] as Fact, y.facts[0] as Fact)
  );
}

/** What differs by rounding alone, as when the groups change places, is equal. */
function compareNumbers(x: number, y: number): number {
  return Math.abs(x - y) < 1e-9 ? 0 : x - y;
}

function sorted(facts: readonly Fact[]): Fact[] {
  return [...facts].sort(compareFacts);
}

/** A cause that is found before what is only seen, and what comes earlier before what follows from it. */
function compareFacts(x: Fact, y: Fact): number {
  return (
    FACT_SORTS.indexOf(x.sort) - FACT_SORTS.indexOf(y.sort) ||
    x.position - y.position ||
    (x.text < y.text ? -1 : x.text > y.text ? 1 : 0)
  );
}
