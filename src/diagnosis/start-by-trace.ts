import { renderErrno } from '../soc/errno.ts';
import type { BootFacts } from './boot-facts.ts';
import type { Attempt } from './processor-facts.ts';
import type { Call } from './told-things.ts';

/** How far a start came by what calls and interrupts tell, whatever the log says of it. */
export interface StartByTrace {
  /** What shows that the core came up; null where nothing does. */
  readonly up: { readonly how: string; readonly seq: number } | null;
  /** The last call for the processor. */
  readonly last: Call | null;
  /** TrustZone released the core, and nothing took that back. */
  readonly isReleased: boolean;
  /** How far the start comes, as part of a sentence. */
  readonly sentence: string;
}

/** What the driver waits for the core, with room to spare (qcom_pas_start: 5 s). */
const READY_NS = 10_000_000_000;

/** Null where no trace goes on after a start was begun. */
export function startByTrace(boot: BootFacts, attempt: Attempt): StartByTrace | null {
  const { processor, seq } = attempt;
  const [ready] = boot.interruptsIn(attempt, 'ready');
  const calls = boot.callsIn(attempt);
  const last = calls.at(-1) ?? null;
  if (ready !== undefined)
    return {
      up: { how: 'it says that it is ready', seq: ready.seq },
      last,
      isReleased: true,
      sentence: 'comes up',
    };
  if (last === null)
    return boot.sight.isOnAfter(seq)
      ? { up: null, last, isReleased: false, sentence: 'does not come to a call for it' }
      : null;
  const isReleased = isReleasedBy(calls);
  // A driver that waits in vain shuts the core down: as long as calls are traced that would be seen.
  const lastTraced = boot.calls.at(-1)?.tNs ?? null;
  if (isReleased && last.tNs !== null && lastTraced !== null && lastTraced - last.tNs >= READY_NS)
    return {
      up: { how: 'the driver does not shut it down, as it does after waiting in vain', seq: last.seq },
      last,
      isReleased,
      sentence: 'comes up',
    };
  const released = `; TrustZone has released ${processor} from reset by then`;
  const sentence = `comes to ${last.name}, ${answerOf(last)}, and no further${isReleased ? released : ''}`;
  return { up: null, last, isReleased, sentence };
}

function isReleasedBy(calls: readonly Call[]): boolean {
  const last = calls.findLast(({ name }) => name === 'PAS_AUTH_AND_RESET' || name === 'PAS_SHUTDOWN');
  return last?.name === 'PAS_AUTH_AND_RESET' && last.returned?.errno === 0;
}

function answerOf({ returned }: Call): string {
  if (returned === null) return 'which has no answer';
  return returned.errno === 0 ? 'which goes well' : `which fails with ${renderErrno(returned.errno)}`;
}
