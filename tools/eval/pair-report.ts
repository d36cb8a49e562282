import { diagnose } from '../../src/diagnosis/diagnose.ts';
import type { Finding } from '../../src/diagnosis/finding.ts';
import type { BootEvent } from '../../src/events/catalog.ts';
import type { EvalOptions } from './boots.ts';
import { firstEffects } from './first-effect.ts';
import { compare, HEADLINES, type Headline, judgeHeadline } from './headline.ts';
import {
  type EquivalentPair,
  equallyFaultyPairs,
  equivalentPairs,
  type LabelledPair,
  labelledPairs,
  textPairs,
} from './pairs.ts';
import { judge, OUTCOMES, type Verdict } from './verdict.ts';
import { share, VIEW_NAMES, VIEWS, type ViewName } from './views.ts';

interface JudgedPair {
  readonly pair: Pick<LabelledPair, 'fault' | 'isCrossMode'>;
  readonly headline: Headline;
  /** Of the faulty boot. */
  readonly verdict: Verdict;
}

/** Holds the diff to pairs of boots of which one has a fault, and to pairs that mean the same. Says whether an equal pair differs. */
export function evaluatePairs(options: EvalOptions, print: (text: string) => void): boolean {
  const taken: Record<ViewName, JudgedPair[]> = { 'all events': [], 'kernel log': [] };
  for (const pair of labelledPairs(options)) {
    for (const view of VIEW_NAMES) {
      const judged = judgePair(pair, view);
      taken[view].push(judged);
      const { outcome, said, expected } = judged.headline;
      const isMiss = outcome === 'wrong' || outcome === 'unknown';
      if (options.isVerbose || isMiss)
        print(`${outcome.padEnd(8)} ${view}: ${pair.name}\n  said     ${said}\n  expected ${expected}\n`);
    }
  }
  print(`\n${taken['all events'].length} pairs of a healthy boot and one with a fault\n`);
  for (const view of VIEW_NAMES) reportPairs(view, taken[view], print);
  return options.faults.length > 0 ? false : reportEquivalent(options, print);
}

function judgePair(pair: LabelledPair, view: ViewName): JudgedPair {
  const see = VIEWS[view];
  const boots = { a: see(pair.a), b: see(pair.b), twin: see(pair.twin) };
  const comparison = compare(boots.a, boots.b, view === 'all events' ? 'simulation' : 'import');
  const effects = firstEffects(boots.twin, boots.b);
  const { fault, isCrossMode } = pair;
  return {
    pair: { fault, isCrossMode },
    headline: judgeHeadline(fault, comparison, boots, effects),
    verdict: judge(fault, diagnose(boots.b)),
  };
}

function reportPairs(view: ViewName, taken: readonly JudgedPair[], print: (text: string) => void): void {
  for (const isCrossMode of [false, true]) {
    const pairs = taken.filter(({ pair }) => pair.isCrossMode === isCrossMode);
    if (pairs.length === 0) continue;
    const count = (outcome: Headline['outcome']) =>
      pairs.filter(({ headline }) => headline.outcome === outcome).length;
    const visible = pairs.length - count('nothing to see');
    const right = count('effect') + count('duty');
    const said = right + count('wrong');
    print(`\n${view}, ${isCrossMode ? 'EL2 against QHEE' : 'the same mode'}: first divergence\n`);
    for (const outcome of HEADLINES) print(`  ${outcome.padEnd(15)} ${String(count(outcome)).padStart(4)}\n`);
    print(
      `  precision       ${right} of ${said}${share(right, said)}, recall ${right} of ${visible}${share(right, visible)}\n`,
    );
  }
  const faulty = taken.filter(({ pair }) => !pair.isCrossMode);
  print(`\n${view}: finding of the faulty boot, by how the first divergence was named\n`);
  const outcomes = OUTCOMES.filter((outcome) => outcome !== 'quiet' && outcome !== 'false alarm');
  print(`  ${''.padEnd(15)}${outcomes.map((outcome) => outcome.padStart(10)).join('')}\n`);
  for (const name of HEADLINES) {
    const row = outcomes.map(
      (outcome) =>
        faulty.filter(({ headline, verdict }) => headline.outcome === name && verdict.outcome === outcome)
          .length,
    );
    if (row.some((count) => count > 0))
      print(`  ${name.padEnd(15)}${row.map((count) => String(count).padStart(10)).join('')}\n`);
  }
}

/** What differs in boots that mean the same, and what is found in healthy ones: it should be nothing. */
function reportEquivalent(options: EvalOptions, print: (text: string) => void): boolean {
  let isBad = false;
  const groups: readonly [string, Iterable<EquivalentPair>][] = [
    ['healthy, of other seeds and handles', equivalentPairs(options)],
    ['with the same fault, of other seeds', equallyFaultyPairs(options)],
    ['through text and back', textPairs(options)],
  ];
  print('\npairs that mean the same\n');
  for (const [title, pairs] of groups) {
    let total = 0;
    const counts = { differ: 0, found: 0 };
    for (const pair of pairs) {
      total++;
      const flaws = flawsOf(pair);
      if (flaws.difference !== null) counts.differ++;
      if (flaws.finding !== null) counts.found++;
      for (const flaw of [flaws.difference, flaws.finding])
        if (flaw !== null) print(`  ${pair.name}: ${flaw}\n`);
    }
    isBad ||= counts.differ + counts.found > 0;
    print(
      `  ${title.padEnd(38)} ${String(total).padStart(4)}: ${counts.differ} differ, ${counts.found} with a finding of only one, or of a healthy boot\n`,
    );
  }
  return isBad;
}

function flawsOf({ a, b, fault }: EquivalentPair): { difference: string | null; finding: string | null } {
  const { differs, firstDivergence } = compare(a, b, 'simulation');
  const shown = [firstDivergence?.difference.a?.text ?? '-', firstDivergence?.difference.b?.text ?? '-'];
  const [ofA, ofB] = [rulesOf(a), rulesOf(b)];
  const isUnexpected = fault === null ? ofA !== '' || ofB !== '' : ofA !== ofB;
  return {
    difference: differs ? `differs: ${shown.join(' | ')}` : null,
    finding: isUnexpected ? `found: ${ofA || 'nothing'} | ${ofB || 'nothing'}` : null,
  };
}

function rulesOf(events: readonly BootEvent[]): string {
  const isReal = ({ severity }: Finding) => severity !== 'noise';
  return diagnose(events)
    .filter(isReal)
    .map(({ rule }) => rule)
    .join(', ');
}
