import { closestNames } from '../base/closest.ts';
import { InputError } from '../base/input-error.ts';
import { RULES } from '../diagnosis/all-rules.ts';
import { Diagnosis } from '../diagnosis/diagnose.ts';
import { type Finding, isAtLeast, type Rule, type Severity } from '../diagnosis/finding.ts';
import { processorNamesIn } from '../diagnosis/processor-names.ts';
import { type Accepted, applyBaseline, readBaseline } from './baseline.ts';
import { checkHasLog } from './check-has-log.ts';
import { eventCiter } from './cite-event.ts';
import { findMoment } from './find-moment.ts';
import type { ListedEvent } from './list-events.ts';
import { openHistory } from './open-history.ts';
import { OtherErrors } from './other-errors.ts';
import { readRuleFile } from './rule-file.ts';

export interface CheckBootRequest {
  readonly file: string;
  readonly boot?: string | undefined;
  /** Only what happened up to there. */
  readonly at?: string | undefined;
  /** Ids of rules; all of them when left out. */
  readonly rules?: readonly string[] | undefined;
  /** Files with further rules. */
  readonly ruleFiles?: readonly string[] | undefined;
  readonly baseline?: string | undefined;
  /** Today, as `2026-07-01`: entries of a baseline expire. */
  readonly today: string;
  readonly failOn: Severity;
}

/** A finding with the events that it stands on. */
export interface CitedFinding {
  readonly finding: Finding;
  readonly evidence: readonly ListedEvent[];
  readonly ruledOut: readonly {
    readonly what: string;
    readonly event: ListedEvent | null;
    /** What it is about; alike ones of several processors are one for people. */
    readonly about: string | null;
  }[];
  /** Entry of the baseline that accepts it; null for one that counts. */
  readonly accepted: Accepted | null;
  /** Whether it is at or above the level that was asked for, and not accepted. */
  readonly isFailing: boolean;
}

export interface CheckedBoot {
  readonly file: string;
  readonly bootId: number;
  readonly bootName: string;
  readonly soc: string | null;
  readonly kernel: string | null;
  readonly exceptionLevel: number | null;
  readonly eventCount: number;
  readonly processors: readonly string[];
  /** The rules that were applied. */
  readonly rules: readonly Rule[];
  /** The worst first. */
  readonly findings: readonly CitedFinding[];
  /**
   * Errors that the log speaks of and no rule is about, the commonest first; none where only some rules were asked for.
   */
  readonly otherErrors: readonly { readonly first: ListedEvent; readonly count: number }[];
  /** How many count, by the level that was asked for. */
  readonly failingCount: number;
  /** What is odd about a log that is read in place of a history; entries of the baseline that expired or that nothing matched. */
  readonly warnings: readonly string[];
}

/** What is wrong with a boot, and on which events that stands. */
export function checkBoot(request: CheckBootRequest): CheckedBoot {
  const own = (request.ruleFiles ?? []).map(readRuleFile);
  const rules = chooseRules([...RULES, ...own.flatMap((set) => set.rules)], request.rules ?? []);
  const baseline = request.baseline === undefined ? null : readBaseline(request.baseline);
  const history = openHistory(request.file);
  try {
    const boot = history.chooseBoot(request.boot);
    checkHasLog(history, boot);
    const last = request.at === undefined ? boot.eventCount : findMoment(history, boot, request.at);
    const diagnosis = new Diagnosis(rules);
    diagnosis.boot.isCut = last < boot.eventCount;
    const others = request.rules === undefined || request.rules.length === 0 ? new OtherErrors() : null;
    for (const set of own) set.begin();
    for (const event of history.log.events(boot.bootId)) {
      if (event.seq > last) break;
      diagnosis.apply(event);
      others?.add(event);
      for (const set of own) set.apply(event);
    }
    const cite = eventCiter(boot);
    const listed = (seq: number | null): ListedEvent | null => {
      const event = seq === null ? undefined : history.log.eventAt(boot.bootId, seq);
      return event === undefined ? null : cite(event);
    };
    const found = diagnosis.findings();
    const { accepted, warnings } = applyBaseline(baseline, found, request.today);
    const findings = accepted.map(({ finding, entry }) => ({
      finding,
      evidence: finding.evidence.flatMap((seq) => listed(seq) ?? []),
      ruledOut: finding.ruledOut.map(({ what, seq, about }) => ({
        what,
        event: listed(seq),
        about: about ?? null,
      })),
      accepted: entry,
      isFailing: entry === null && isAtLeast(finding.severity, request.failOn),
    }));
    const { boot: facts } = diagnosis;
    return {
      file: request.file,
      bootId: boot.bootId,
      bootName: boot.name,
      soc: facts.soc?.name ?? facts.socName,
      kernel: facts.kernel?.value ?? null,
      exceptionLevel: facts.exceptionLevel?.value ?? null,
      eventCount: last,
      processors: processorNamesIn(facts),
      rules,
      findings,
      otherErrors: (others?.notIn(found) ?? []).flatMap(({ seq, count }) => {
        const first = listed(seq);
        return first === null ? [] : [{ first, count }];
      }),
      failingCount: findings.filter(({ isFailing }) => isFailing).length,
      warnings: [...history.warnings, ...warnings],
    };
  } finally {
    history.close();
  }
}

function chooseRules(rules: readonly Rule[], wanted: readonly string[]): readonly Rule[] {
  const ids = rules.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new InputError(`two rules are called ${twice}`);
  for (const id of wanted) {
    if (ids.includes(id)) continue;
    const near = closestNames(id, ids, 3);
    throw new InputError(
      `no rule is called ${id}; did you mean ${near.join(', ')}? (trace check --list lists them)`,
    );
  }
  return wanted.length === 0 ? rules : rules.filter(({ id }) => wanted.includes(id));
}

/** All rules, as `--list` shows them; those of files too. */
export function listRules(ruleFiles: readonly string[] = []): readonly Rule[] {
  return [...RULES, ...ruleFiles.flatMap((file) => readRuleFile(file).rules)];
}
