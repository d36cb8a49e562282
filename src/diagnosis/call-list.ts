import type { BootEvent } from '../events/catalog.ts';
import { callErrno } from '../events/families/smc.ts';
import { findSmcCommand } from '../soc/smc-command.ts';
import { SMC_REISSUE_FUNCTION_ID } from '../soc/smc-function.ts';
import { between } from './between.ts';
import type { Call } from './told-things.ts';

type OfKind<K extends BootEvent['kind']> = Extract<BootEvent, { kind: K }>;

/** What most calls return beside their status. A boot may make calls by the hundred thousand, all of which are kept. */
const NO_RESULTS = [0n, 0n, 0n] as const;

/** Most words of calls are zero, and a zero that was read is an object of its own. */
function shareZero<Word extends bigint | null>(word: Word): Word | 0n {
  return word === 0n ? 0n : word;
}

/** The calls of Linux to the secure world that have a name, each with what it returned. */
export class CallList {
  /** In the order in which they were made. */
  readonly all: Call[] = [];
  /** The calls that were made again, by the request that did that. */
  private readonly reissues = new Map<number, Call>();

  /** Takes a request; gives the call where it is a new one that is known. */
  request(event: OfKind<'smc.requested'>): Call | undefined {
    const { payload } = event;
    const open = this.of(event.cause);
    if (open !== undefined) {
      this.reissues.set(event.seq, open);
      return undefined;
    }
    if (payload.function_id === SMC_REISSUE_FUNCTION_ID) return undefined;
    const name = findSmcCommand(payload.function_id, payload.service, payload.command)?.name;
    if (name === undefined) return undefined;
    const { arg0, arg1, arg2, arg3, arg4, arg5 } = payload;
    const call: Call = {
      seq: event.seq,
      name,
      subject: event.subject,
      args: [arg0, arg1, arg2, arg3, arg4, arg5].map(shareZero),
      tNs: event.t_ns,
      returned: null,
    };
    this.all.push(call);
    return call;
  }

  /** Takes a return; gives the call that it is of, where that is known. */
  return({ seq, cause, payload }: OfKind<'smc.returned'>): Call | undefined {
    const call = this.of(cause);
    if (call === undefined) return undefined;
    const { status, result0, result1, result2 } = payload;
    const isEmpty = result0 === 0n && result1 === 0n && result2 === 0n;
    const results = isEmpty ? NO_RESULTS : ([result0, result1, result2] as const);
    call.returned = { seq, errno: callErrno(payload), status: shareZero(status), results };
    return call;
  }

  /** The call that a request made, for the first time or again. */
  private of(request: number | null): Call | undefined {
    if (request === null) return undefined;
    return this.reissues.get(request) ?? between(this.all, request, request + 1)[0];
  }
}
