import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { faultyBoots, healthyBoots, type LabelledBoot } from './cases.ts';
import { twinsOf } from './twins.ts';
import { falselyRuledOut, judge, OUTCOMES, type Outcome, type Verdict } from './verdict.ts';
import { share, VIEW_NAMES, VIEWS, type ViewName } from './views.ts';

export interface EvalOptions {
  readonly socs: readonly string[];
  readonly faults: readonly string[];
  readonly seeds: number;
  readonly isVerbose: boolean;
  /** Each fault on one SoC only, in turns, instead of on all. */
  readonly isOneSocEach?: boolean;
}

interface Judged {
  readonly fault: string | null;
  readonly verdict: Verdict;
  /** Causes that the findings rule out although they are so. */
  readonly ruledOut: readonly string[];
  /** Faults that print the same log; asked only where the cause was not named. */
  readonly twins: readonly string[];
}

/** Holds the rules to boots whose fault is known, and to healthy ones. Says whether one was wrong. */
export function evaluateBoots(options: EvalOptions, print: (text: string) => void): boolean {
  const taken: Record<ViewName, Judged[]> = { 'all events': [], 'kernel log': [] };
  const take = (boot: LabelledBoot): void => {
    for (const view of VIEW_NAMES) {
      const verdict = judge(boot.fault, diagnose(VIEWS[view](boot.events)));
      const isOpen = boot.fault !== null && verdict.outcome !== 'named' && view === 'kernel log';
      const ruledOut = falselyRuledOut(boot.fault, verdict.findings);
      taken[view].push({ fault: boot.fault, verdict, ruledOut, twins: isOpen ? twinsOf(boot, verdict) : [] });
      for (const what of ruledOut) print(`ruled out   ${view}: ${boot.name}: ${what}\n`);
      if (options.isVerbose || isBad(verdict))
        print(`${verdict.outcome.padEnd(11)} ${view}: ${boot.name}: ${told(verdict)}\n`);
    }
  };
  for (const boot of faultyBoots(options)) take(boot);
  if (options.faults.length === 0) for (const boot of healthyBoots(options)) take(boot);
  const all = taken['all events'];
  const faulty = all.filter(({ fault }) => fault !== null).length;
  print(`\n${all.length} boots: ${faulty} with a fault, ${all.length - faulty} healthy\n`);
  for (const view of VIEW_NAMES) report(view, taken[view], print);
  return VIEW_NAMES.some((view) =>
    taken[view].some(({ verdict, ruledOut }) => isBad(verdict) || ruledOut.length > 0),
  );
}

function isBad({ outcome }: Verdict): boolean {
  return outcome === 'wrong' || outcome === 'false alarm';
}

function report(view: ViewName, taken: readonly Judged[], print: (text: string) => void): void {
  const faulty = taken.filter(({ fault }) => fault !== null);
  const healthy = taken.length - faulty.length;
  const count = (outcome: Outcome) => taken.filter(({ verdict }) => verdict.outcome === outcome).length;
  print(`\n${view}\n`);
  for (const outcome of OUTCOMES) {
    const whole = outcome === 'quiet' || outcome === 'false alarm' ? healthy : faulty.length;
    print(`  ${outcome.padEnd(12)} ${String(count(outcome)).padStart(4)}${share(count(outcome), whole)}\n`);
  }
  const said = count('named') + count('narrowed') + count('wrong');
  const right = count('named') + count('narrowed');
  print(
    `  precision    ${right} of ${said}${share(right, said)}, recall ${right} of ${faulty.length}${share(right, faulty.length)}\n`,
  );
  const ruledOut = faulty.filter((boot) => boot.ruledOut.length > 0).length;
  print(`  true cause ruled out ${ruledOut}\n`);
  if (view === 'kernel log') reportTwins(faulty, print);
  confusion(faulty, print);
}

/** Two aims: over all boots, and over those that the log tells apart from another fault, or from none. */
function reportTwins(faulty: readonly Judged[], print: (text: string) => void): void {
  const alike = faulty.filter(({ twins }) => twins.length > 0);
  const distinct = faulty.length - alike.length;
  const named = faulty.filter(({ verdict }) => verdict.outcome === 'named').length;
  const silent = alike.filter(({ verdict }) => verdict.outcome === 'missed').length;
  const narrowed = alike.filter(({ verdict }) => verdict.outcome === 'narrowed').length;
  print(
    `  the same log with another fault, or none: ${alike.length} (${narrowed} narrowed down, ${silent} without a line of it)\n`,
  );
  print(`  named of those that the log tells apart: ${named} of ${distinct}${share(named, distinct)}\n`);
}

/** Which rule stood first for each fault, where that was not always the one that names it. */
function confusion(faulty: readonly Judged[], print: (text: string) => void): void {
  const rows = new Map<string, Map<string, number>>();
  for (const { fault, verdict, twins } of faulty) {
    if (verdict.outcome === 'named') continue;
    const row = rows.get(fault ?? '') ?? new Map<string, number>();
    rows.set(fault ?? '', row);
    const same = twins.length === 0 ? '' : ` (same log: ${twins.join(', ')})`;
    const name = `${verdict.outcome}: ${verdict.first?.rule ?? 'nothing'}${same}`;
    row.set(name, (row.get(name) ?? 0) + 1);
  }
  for (const [fault, row] of rows)
    print(`  ${fault.padEnd(16)} ${[...row].map(([name, count]) => `${name} ×${count}`).join('; ')}\n`);
}

function told({ first, findings }: Verdict): string {
  if (first === null) return 'nothing';
  const others = findings.filter((finding) => finding !== first && finding.severity !== 'noise');
  return `${first.rule} (${first.certainty}): ${first.sentence}${others.length === 0 ? '' : `; then ${others.map(({ rule }) => rule).join(', ')}`}`;
}
