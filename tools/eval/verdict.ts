import type { Finding } from '../../src/diagnosis/finding.ts';

/**
 * How well the findings of a boot name what is wrong: the cause stands first; it is among those that the first finding
 * leaves; the finding says that it does not know; nothing is said; something else is said; or, in a healthy boot,
 * anything at all.
 */
export const OUTCOMES = ['named', 'narrowed', 'unknown', 'missed', 'wrong', 'quiet', 'false alarm'] as const;

export type Outcome = (typeof OUTCOMES)[number];

export interface Verdict {
  readonly outcome: Outcome;
  /** The first finding above noise, or of noise where the fault is none; null for none. */
  readonly first: Finding | null;
  readonly findings: readonly Finding[];
}

/** Failure modes that are noise by the catalogue: the first finding of noise that names them counts. */
const NOISE = new Set(['F-04', 'F-24', 'F-102', 'F-109']);

export function judge(fault: string | null, findings: readonly Finding[]): Verdict {
  const real = findings.filter(({ severity }) => severity !== 'noise');
  const [first = null] = real;
  if (fault === null) return { outcome: first === null ? 'quiet' : 'false alarm', first, findings };
  if (first === null) {
    const noise = findings.find(({ modes }) => modes.includes(fault)) ?? null;
    return { outcome: noise !== null && NOISE.has(fault) ? 'named' : 'missed', first: noise, findings };
  }
  const isSure = first.certainty === 'certain' || first.certainty === 'likely';
  if (!first.modes.includes(fault))
    return { outcome: first.certainty === 'unknown' ? 'unknown' : 'wrong', first, findings };
  return { outcome: isSure ? 'named' : 'narrowed', first, findings };
}

/** What a finding of a part of a boot may be besides the fault, and why that is right. */
const ALSO_TRUE: Readonly<Record<string, { readonly modes: readonly string[]; readonly why: string }>> = {
  'F-78': {
    modes: ['F-74'],
    why: 'its first start fails with the main image, and that is what the part shows',
  },
  'F-113': { modes: ['F-77'], why: 'each of its recoveries fails with the dtb image' },
  'F-75': {
    modes: ['F-79'],
    why: 'only the fault that follows tells them apart, and the other is the likelier',
  },
};

/** Why a finding of a part of a boot misleads; null where it does not. */
export function misleads(fault: string, finding: Finding, first: Finding | undefined): string | null {
  const right = [fault, ...(ALSO_TRUE[fault]?.modes ?? [])];
  if (finding.severity === 'noise' || finding.modes.length === 0) return null;
  if (finding.modes.some((mode) => right.includes(mode))) return null;
  if (finding.certainty === 'certain' || finding.certainty === 'likely') return 'another cause';
  return finding.certainty === 'narrowed' && finding === first ? 'causes without the true one' : null;
}

/** What the findings rule out although it is so. */
export function falselyRuledOut(fault: string | null, findings: readonly Finding[]): string[] {
  if (fault === null) return [];
  return findings.flatMap(({ rule, ruledOut }) =>
    ruledOut.filter(({ modes }) => modes.includes(fault)).map(({ what }) => `${rule}: ${what}`),
  );
}
