import type { BootFacts } from './boot-facts.ts';
import { callSeqs, failuresFrom, firmwareRuledOut, modeRuledOut } from './evidence.ts';
import type { FoundCause } from './finding.ts';
import type { Attempt, Failure } from './processor-facts.ts';
import type { Call } from './told-things.ts';

export const CHANGE_TABLE = [
  'update the TrustZone firmware: the table comes from there (with OP-TEE: the platform file of the PAS pseudo-TA)',
];

export function tableCalls(boot: BootFacts, attempt: Attempt): Call[] {
  return boot.callsIn(attempt, 'PAS_GET_RSCTABLE');
}

/** A start that failed at the resource table. */
export function tableFault(
  boot: BootFacts,
  attempt: Attempt,
  failure: Failure | undefined,
  calls: readonly Call[],
  rest: Pick<FoundCause, 'sentence'> & Partial<FoundCause>,
): FoundCause {
  return {
    subject: attempt.processor,
    certainty: calls.length > 0 ? 'certain' : 'likely',
    evidence: [...calls.flatMap(callSeqs), failure?.seq],
    explains: failuresFrom(boot, attempt).concat(attempt.seq),
    ruledOut: [modeRuledOut(boot, attempt.processor), firmwareRuledOut(boot, attempt)],
    ...rest,
  };
}
