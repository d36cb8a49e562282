import { hex } from '../../base/word.ts';
import { renderErrno } from '../../soc/errno.ts';
import type { SmcCall } from '../../soc/smc-call.ts';
import { findSmcCommand, refusalCode, renderSmcArgument, renderSmcName } from '../../soc/smc-command.ts';
import {
  decodeSmcFunction,
  isScmCall,
  renderSmcStatus,
  SMC_REISSUE_FUNCTION_ID,
  smcStatusToErrno,
} from '../../soc/smc-function.ts';
import { defineEvent } from '../define-event.ts';
import { address, errno, integer, optional, symbol, word } from '../field.ts';

/** WAITQ_GET_WQ_CTX, which is a fast call only. */
const GET_WQ_CTX = 0xc200_2403;

const functionId = () => address('identity', 'Function identifier (w0); 1 for a re-issue after INTERRUPTED');
const service = () => address('identity', 'Service byte');
const command = () => address('identity', 'Command byte');
/** Whether an argument matters to a comparison depends on the command: src/soc/smc-command.ts knows. */
const argument = (index: number) =>
  optional(word('value', `Argument ${index} (register x${index + 2}); null when not passed`));

export const smcRequested = defineEvent({
  kind: 'smc.requested',
  doc: 'Linux issues a secure monitor call (tracepoint qcom_scm:scm_smc_request).',
  fields: {
    function_id: functionId(),
    service: service(),
    command: command(),
    arg_count: integer('identity', 'Number of arguments in registers, at most 6'),
    arg0: argument(0),
    arg1: argument(1),
    arg2: argument(2),
    arg3: argument(3),
    arg4: argument(4),
    arg5: argument(5),
    conduit: optional(symbol('value', '`smc` or `hvc`')),
  },
  render: (e) => `${renderSmcRequest(e)} id=${hex(e.function_id)}`,
  reduce: (state, e, envelope) => {
    state.told.calls = true;
    // A call that is issued again is one call, and no result is traced of the question which queue may go on.
    if (e.function_id === GET_WQ_CTX) return;
    if (envelope.cause !== null && state.smcInFlight.has(envelope.cause)) return;
    const { conduit: _conduit, ...call } = e;
    state.smcInFlight.set(envelope.seq, { call, since: envelope.seq });
  },
});

export const smcTrapped = defineEvent({
  kind: 'smc.trapped',
  doc: 'The hypervisor caught a call on its way to TrustZone (HCR_EL2.TSC).',
  fields: { function_id: functionId() },
  render: (e) => `trap ${hex(e.function_id)}`,
});

export const smcForwarded = defineEvent({
  kind: 'smc.forwarded',
  doc: 'The hypervisor passed a trapped call on.',
  fields: { function_id: functionId() },
  render: (e) => `forward ${hex(e.function_id)}`,
});

export const smcReturned = defineEvent({
  kind: 'smc.returned',
  doc: 'A call came back (tracepoint qcom_scm:scm_smc_done). `cause` is the request.',
  fields: {
    function_id: functionId(),
    transport_error: errno(
      'value',
      'Error of the transport itself: 0 unless the wait for a wait queue failed',
    ),
    status: word('value', 'x0 as the firmware left it: 0 is success, else a negative number'),
    result0: word('value', 'x1'),
    result1: word('value', 'x2; the handle, when the call makes a bridge'),
    result2: word('value', 'x3; the size of the table, when the call asks for one'),
  },
  render: (e) => `${renderSmcReturn(e)} id=${hex(e.function_id)}`,
  // That firmware does not have a call is an answer, and Linux asks for some to find out. A start needs all of the PAS.
  isFailure: (e) =>
    callErrno(e) !== 0 &&
    (callErrno(e) !== EOPNOTSUPP || decodeSmcFunction(e.function_id).service === PAS_SERVICE),
  reduce: (state, _e, envelope) => {
    state.told.calls = true;
    if (envelope.cause !== null) state.smcInFlight.delete(envelope.cause);
  },
});

/** Named results always, others when they are not zero. */
function renderResults(id: number, results: readonly bigint[]): string[] {
  const decoded = decodeSmcFunction(id);
  const specs = findSmcCommand(id, decoded.service, decoded.command)?.results ?? [];
  return results
    .map((value, index) => {
      const spec = specs[index];
      if (spec !== undefined) return `${spec.name}=${renderSmcArgument(spec.kind, value)}`;
      return value === 0n ? undefined : `result${index}=${hex(value)}`;
    })
    .filter((part) => part !== undefined);
}

export const smcSlept = defineEvent({
  kind: 'smc.slept',
  doc: 'A call was put to sleep on a wait queue of the firmware (scm_waitq_sleep).',
  fields: {
    wait_queue: integer('identity', 'Wait queue'),
    call_context: address('volatile', 'Context to resume with'),
  },
  render: (e) => `sleep on wait queue ${e.wait_queue}, call context ${hex(e.call_context)}`,
});

export const smcResumed = defineEvent({
  kind: 'smc.resumed',
  doc: 'A sleeping call goes on (scm_waitq_resume).',
  fields: { call_context: address('volatile', 'Context that was slept with') },
  render: (e) => `resume call context ${hex(e.call_context)}`,
});

/** `PAS_MEM_SETUP(pas_id=1 adsp, base=0x95900000, size=0x500000)`. */
export function renderSmcCall(call: SmcCall): string {
  const known = findSmcCommand(call.function_id, call.service, call.command);
  const args = [call.arg0, call.arg1, call.arg2, call.arg3, call.arg4, call.arg5]
    .slice(0, Math.max(0, call.arg_count))
    .map((value, index) => {
      if (value === null) return '?';
      const spec = known?.arguments[index];
      if (spec?.name === 'unused') return null;
      return spec === undefined ? hex(value) : `${spec.name}=${renderSmcArgument(spec.kind, value)}`;
    })
    .filter((part) => part !== null);
  return `${renderSmcName(call.function_id, call.service, call.command)}(${args.join(', ')})`;
}

/** A request without its function identifier; says when it is a re-issue. */
export function renderSmcRequest(request: SmcCall): string {
  const again = request.function_id === SMC_REISSUE_FUNCTION_ID ? ' (re-issue)' : '';
  return `${renderSmcCall(request)}${again}`;
}

interface SmcReturn {
  readonly function_id: number;
  readonly transport_error: number;
  readonly status: bigint;
  readonly result0: bigint;
  readonly result1: bigint;
  readonly result2: bigint;
}

/** `-> ok handle=0x1003`: outcome and results without the function identifier. */
export function renderSmcReturn(e: SmcReturn): string {
  if (!isScmCall(e.function_id)) return `-> ${hex(BigInt.asUintN(64, e.status))}${renderWords(e)}`;
  const errorNumber = callErrno(e);
  const outcome =
    errorNumber === 0
      ? renderSmcStatus(e.status)
      : errorNumber > 0
        ? `refused with code ${errorNumber}`
        : `status ${renderSmcStatus(e.status)}, errno ${renderErrno(errorNumber)}`;
  return `-> ${[outcome, ...renderResults(e.function_id, [e.result0, e.result1, e.result2])].join(' ')}`;
}

const EOPNOTSUPP = -95;

/** QCOM_SCM_SVC_PIL (drivers/firmware/qcom/qcom_scm.h). */
const PAS_SERVICE = 0x02;

/** The other words of an answer that has more than one, such as a UID. */
function renderWords({ result0, result1, result2 }: SmcReturn): string {
  const words = [result0, result1, result2];
  return words.every((word) => word === 0n) ? '' : words.map((word) => ` ${hex(word)}`).join('');
}

/** What a caller in Linux sees of a returned call: 0, a negative error number, or the firmware's own code. */
export function callErrno(returned: Omit<SmcReturn, 'result1' | 'result2'>): number {
  if (returned.transport_error !== 0) return returned.transport_error;
  if (!isScmCall(returned.function_id)) return BigInt.asIntN(32, returned.status) < 0n ? EOPNOTSUPP : 0;
  return smcStatusToErrno(returned.status) || refusalCode(returned.function_id, returned.result0);
}
