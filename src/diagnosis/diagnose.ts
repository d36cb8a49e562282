import type { BootEvent } from '../events/catalog.ts';
import { fittingAdvice } from './advice.ts';
import { RULES } from './all-rules.ts';
import { BootFacts } from './boot-facts.ts';
import {
  CERTAINTIES,
  type Finding,
  type FoundCause,
  type Rule,
  type RuledOut,
  SEVERITIES,
  STAGES,
} from './finding.ts';

/** The rule of lines that look like a cause and are none. */
const HARMLESS_LINE = 'harmless-line';

/** Seqs that a finding shows; of what is more only the count is told. */
const EVIDENCE_KEPT = 12;

/** Folds the events of one boot and says what is wrong with it. */
export class Diagnosis {
  readonly boot = new BootFacts();
  private readonly rules: readonly Rule[];

  constructor(rules: readonly Rule[] = RULES) {
    this.rules = rules;
  }

  apply(event: BootEvent): void {
    this.boot.apply(event);
  }

  /** What is wrong, the worst first. Ask once, when all events are in. */
  findings(): Finding[] {
    const { boot } = this;
    const byCause = new Map<string, Finding[]>();
    for (const stage of STAGES) {
      for (const rule of this.rules) {
        if (rule.stage !== stage) continue;
        // What a rule explains is explained for the next: two findings of one rule do not compete.
        const explained: number[] = [];
        for (const found of rule.examine(boot)) {
          const finding = asFinding(rule, found, boot);
          const key = `${rule.id} ${finding.cause}`;
          const known = byCause.get(key);
          if (known === undefined) byCause.set(key, [finding]);
          else known.push(finding);
          explained.push(...finding.explains);
        }
        boot.explain(explained);
      }
    }
    return withoutRepeats([...byCause.values()].flatMap(joined)).sort(compareFindings);
  }
}

/** A harmless line that a finding rules out is said there, and not a second time by itself. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  const ruledOut = new Set(findings.flatMap((finding) => finding.ruledOut.map(({ seq }) => seq)));
  return findings.filter(
    ({ rule, evidence }) => rule !== HARMLESS_LINE || !evidence.some((seq) => ruledOut.has(seq)),
  );
}

/** What is wrong with a boot. */
export function diagnose(events: Iterable<BootEvent>, rules: readonly Rule[] = RULES): Finding[] {
  const diagnosis = new Diagnosis(rules);
  for (const event of events) diagnosis.apply(event);
  return diagnosis.findings();
}

/** The worst first; of those alike the surest, then the earliest. */
function compareFindings(a: Finding, b: Finding): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    CERTAINTIES.indexOf(a.certainty) - CERTAINTIES.indexOf(b.certainty) ||
    (a.evidence[0] ?? 0) - (b.evidence[0] ?? 0)
  );
}

function asFinding(rule: Rule, found: FoundCause, boot: BootFacts): Finding {
  const evidence = inOrder(found.evidence);
  return {
    rule: rule.id,
    title: rule.title,
    family: rule.family,
    severity: found.severity ?? rule.severity,
    certainty: found.certainty ?? 'likely',
    subjects: found.subject === null ? [] : [found.subject],
    cause: found.cause ?? found.subject ?? 'machine',
    sentence: found.sentence,
    modes: found.modes ?? rule.modes,
    count: found.count ?? 1,
    evidence: evidence.slice(0, EVIDENCE_KEPT),
    // What a rule takes as evidence only may have a cause of its own.
    explains: inOrder(found.explains ?? evidence),
    ruledOut: (found.ruledOut ?? []).filter((entry): entry is RuledOut => entry !== null),
    disprovedBy: found.disprovedBy ?? rule.disprovedBy,
    tries: fittingAdvice(found.tries ?? rule.tries, boot),
  };
}

/** Findings of one cause as one: the surest speaks for all, and of those alike the first. */
function joined(findings: readonly Finding[]): Finding[] {
  const [first] = findings;
  if (first === undefined || findings.length === 1) return [...findings];
  const ruledOut = new Map<string, RuledOut>();
  for (const entry of findings.flatMap((finding) => finding.ruledOut))
    if (!ruledOut.has(entry.what)) ruledOut.set(entry.what, entry);
  return [
    {
      ...findings.reduce((a, b) =>
        CERTAINTIES.indexOf(b.certainty) < CERTAINTIES.indexOf(a.certainty) ? b : a,
      ),
      severity: findings
        .map(({ severity }) => severity)
        .reduce((a, b) => (SEVERITIES.indexOf(b) < SEVERITIES.indexOf(a) ? b : a)),
      subjects: [...new Set(findings.flatMap(({ subjects }) => subjects))],
      count: findings.reduce((sum, { count }) => sum + count, 0),
      evidence: inOrder(findings.flatMap(({ evidence }) => evidence)).slice(0, EVIDENCE_KEPT),
      explains: inOrder(findings.flatMap(({ explains }) => explains)),
      ruledOut: [...ruledOut.values()],
    },
  ];
}

function inOrder(seqs: Iterable<number | null | undefined>): number[] {
  return [...new Set([...seqs].filter((seq): seq is number => typeof seq === 'number'))].sort(
    (a, b) => a - b,
  );
}
