import type { BootFacts } from './boot-facts.ts';

/**
 * How bad it is, the worst first: the machine hangs or resets, a remote processor does not come up, something works
 * less well, or nothing is wrong that looks as if it were.
 */
export const SEVERITIES = ['system', 'fatal', 'degraded', 'noise'] as const;

export type Severity = (typeof SEVERITIES)[number];

/**
 * How sure a finding is: the events prove it, they leave little else, they leave several causes (which the finding
 * names), or they do not tell the cause at all.
 */
export const CERTAINTIES = ['certain', 'likely', 'narrowed', 'unknown'] as const;

export type Certainty = (typeof CERTAINTIES)[number];

/** Whether a severity is at least as bad as another. */
export function isAtLeast(severity: Severity, limit: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(limit);
}

/** Something that was thought of and is not the cause, and the event that says so. */
export interface RuledOut {
  readonly what: string;
  readonly seq: number | null;
  /** Failure modes of the catalogue that it excludes: none of them may be what is wrong. */
  readonly modes: readonly string[];
  /** What it is about: of a finding about several processors those that are alike are one for people. */
  readonly about?: 'device tree' | 'firmware file' | 'PAS id';
}

/** What a rule says of a boot. */
export interface FoundCause {
  /** Remote processor or other subject; null for the machine. */
  readonly subject: string | null;
  /** Findings of a rule with one cause are one finding; their subject when left out. */
  readonly cause?: string;
  readonly certainty?: Certainty;
  readonly severity?: Severity;
  /** What is wrong, in one sentence. */
  readonly sentence: string;
  /** Seqs of the events that show it; what is not known is left out. */
  readonly evidence: readonly (number | null | undefined)[];
  /** Seqs of failures that follow from it: no weaker rule speaks of them again. */
  readonly explains?: readonly number[];
  /** How often it was seen, where that is more than the evidence shows. */
  readonly count?: number;
  readonly ruledOut?: readonly (RuledOut | null)[];
  /** Instead of those of the rule. */
  readonly modes?: readonly string[];
  readonly tries?: readonly string[];
  readonly disprovedBy?: string;
}

/** A cause that was found in a boot, with all that it stands on. */
export interface Finding {
  readonly rule: string;
  readonly title: string;
  readonly family: string;
  readonly severity: Severity;
  readonly certainty: Certainty;
  readonly subjects: readonly string[];
  readonly cause: string;
  readonly sentence: string;
  /** Failure modes of the catalogue that it stands for, the likeliest first. */
  readonly modes: readonly string[];
  readonly count: number;
  readonly evidence: readonly number[];
  readonly explains: readonly number[];
  readonly ruledOut: readonly RuledOut[];
  readonly disprovedBy: string;
  readonly tries: readonly string[];
}

/**
 * When a rule speaks: from what proves a cause; from what only narrows it down; or of what no other rule explains.
 */
export const STAGES = ['specific', 'general', 'last'] as const;

export interface Rule {
  /** Lower case with dashes: what `--rule` and baselines name. */
  readonly id: string;
  readonly title: string;
  readonly family: string;
  readonly severity: Severity;
  readonly stage: (typeof STAGES)[number];
  /** Ids of the catalogue of failure modes that it covers. */
  readonly modes: readonly string[];
  /** What it looks at, in a sentence or two. */
  readonly doc: string;
  /** Function upstream or page of the domain that it comes from. */
  readonly source: string;
  /** What event would show that it is not so. */
  readonly disprovedBy: string;
  /** What to try: device-tree property, firmware, patch, kernel option. */
  readonly tries: readonly string[];
  readonly examine: (boot: BootFacts) => Iterable<FoundCause>;
}

/** Checks nothing: gives rules of a family the family. */
export function ruleFamily(
  family: string,
  rules: readonly (Omit<Rule, 'family' | 'stage'> & { readonly stage?: Rule['stage'] })[],
): readonly Rule[] {
  return rules.map((rule) => ({ stage: 'specific', ...rule, family }));
}
