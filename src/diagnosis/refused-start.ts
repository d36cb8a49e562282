import type { BootFacts } from './boot-facts.ts';
import { failuresFrom, firmwareRuledOut, modeRuledOut, qseecomRuledOut } from './evidence.ts';
import type { FoundCause } from './finding.ts';
import { failedAuth } from './pas-calls.ts';
import type { Attempt, Failure } from './processor-facts.ts';

export function refused(
  boot: BootFacts,
  attempt: Attempt,
  rest: Pick<FoundCause, 'sentence'> & Partial<FoundCause>,
): FoundCause {
  return {
    subject: attempt.processor,
    explains: failuresFrom(boot, attempt),
    ...rest,
    evidence: [...(rest.evidence ?? []), ...failuresFrom(boot, attempt).slice(0, 3)],
    ruledOut: [
      ...(rest.ruledOut ?? []),
      qseecomRuledOut(boot),
      modeRuledOut(boot, attempt.processor),
      firmwareRuledOut(boot, attempt),
    ],
  };
}

/** Whether a failure is of an attempt that another rule has explained. */
export function isOpen(boot: BootFacts, failure: Failure | undefined): failure is Failure {
  return failure !== undefined && !boot.isExplained(failure.seq);
}

/**
 * Error that the start ends with, which the line about authentication does not tell: the line after it does, or the call
 * that was refused. Null where the history ends before that.
 */
export function startErrno(boot: BootFacts, attempt: Attempt): number | null {
  return boot.failuresIn(attempt, 'start')[0]?.errno ?? failedAuth(boot, attempt)?.returned?.errno ?? null;
}
