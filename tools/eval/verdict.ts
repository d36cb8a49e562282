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
  if (!first.modes.includes(fault))
    return { outcome: first.certainty === 'unknown' ? 'unknown' : 'wrong', first, findings };
  return { outcome: first.certainty === 'narrowed' ? 'narrowed' : 'named', first, findings };
}
