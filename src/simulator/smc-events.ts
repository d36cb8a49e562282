import { decodeSmcFunction } from '../soc/smc-function.ts';
import type { About, Recording } from './recording.ts';
import type { SmcOutcome } from './smc-call.ts';

interface SmcArguments {
  /** Function that service and command are decoded from. */
  readonly functionId: number;
  /** What x0 held where that is another function: a call that is issued again. */
  readonly issuedAs?: number;
  /** Arguments that a tracer of the caller sees, at most six. */
  readonly args: readonly bigint[];
}

/** An SMC leaves its caller. Returns the seq, which the answer names as its cause. */
export function tellSmcRequest(
  recording: Recording,
  about: About,
  { functionId, issuedAs = functionId, args }: SmcArguments,
): number {
  const { service, command } = decodeSmcFunction(functionId);
  return recording.emit('smc.requested', about, {
    function_id: issuedAs,
    service,
    command,
    arg_count: args.length,
    arg0: args[0] ?? null,
    arg1: args[1] ?? null,
    arg2: args[2] ?? null,
    arg3: args[3] ?? null,
    arg4: args[4] ?? null,
    arg5: args[5] ?? null,
    conduit: 'smc',
  });
}

/** The answer comes back to the caller. Returns the seq. */
export function tellSmcReturn(
  recording: Recording,
  about: About,
  functionId: number,
  { status, results }: SmcOutcome,
  transportError = 0,
): number {
  const [result0, result1, result2] = results;
  return recording.emit('smc.returned', about, {
    function_id: functionId,
    transport_error: transportError,
    status,
    result0,
    result1,
    result2,
  });
}
