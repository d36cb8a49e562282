import { signedWord } from '../../base/word.ts';
import type { PayloadOf } from '../../events/catalog.ts';
import type { Envelope } from '../../events/envelope.ts';
import { callErrno, renderSmcCall } from '../../events/families/smc.ts';
import { errnoName } from '../../soc/errno.ts';
import { renderSmcName } from '../../soc/smc-command.ts';
import { decodeSmcFunction, SMC_REISSUE_FUNCTION_ID } from '../../soc/smc-function.ts';
import { defineProjection, integerColumn, nullable, textColumn, wordColumn } from './projection.ts';

interface Call {
  readonly request: Envelope;
  readonly payload: PayloadOf<'smc.requested'>;
  reissues: number;
  /** Seqs under which a return may name the call: its own, and those of its re-issues. */
  readonly seqs: number[];
}

interface Return {
  readonly envelope: Envelope;
  readonly payload: PayloadOf<'smc.returned'>;
}

/** Secure monitor calls, each request with its return. */
export const smcProjection = defineProjection({
  table: 'smc',
  doc: 'Secure monitor calls, a row a call. What a log does not show is null: the request of a return that stands alone, the return of a call that never came back.',
  columns: [
    nullable(integerColumn('seq', 'The request')),
    nullable(integerColumn('returned_seq', 'The return')),
    nullable(integerColumn('t_ns', 'When it was requested, in ns')),
    nullable(integerColumn('duration_ns', 'From request to return, in ns')),
    nullable(textColumn('subject', 'What the call is about')),
    nullable(textColumn('context', 'Who called')),
    integerColumn('function_id', 'Function identifier (w0)'),
    textColumn('name', 'Service and command as qcom_scm.h names them'),
    nullable(integerColumn('arg_count', 'Number of arguments in registers')),
    nullable(wordColumn('arg0', 'x2')),
    nullable(wordColumn('arg1', 'x3')),
    nullable(wordColumn('arg2', 'x4')),
    nullable(wordColumn('arg3', 'x5')),
    nullable(wordColumn('arg4', 'x6')),
    nullable(wordColumn('arg5', 'x7')),
    nullable(textColumn('call', 'The call with its arguments in readable form')),
    nullable(wordColumn('status', 'x0 of the return, signed: what the firmware said')),
    nullable(
      integerColumn(
        'errno',
        "What a caller in Linux sees: 0, a negative error number, or the firmware's own code, which is positive",
      ),
    ),
    nullable(textColumn('errno_name', 'Its name')),
    nullable(wordColumn('result0', 'x1 of the return')),
    nullable(wordColumn('result1', 'x2 of the return')),
    nullable(wordColumn('result2', 'x3 of the return')),
    nullable(integerColumn('reissues', 'How often the call was issued again after INTERRUPTED')),
  ],
  indexes: [['seq'], ['name']],
  kinds: ['smc.requested', 'smc.returned'],
  start: () => {
    const open = new Map<number, Call>();
    return {
      apply: (event, emit) => {
        if (event.kind === 'smc.requested') {
          const { function_id } = event.payload;
          const continued =
            event.cause === null || function_id !== SMC_REISSUE_FUNCTION_ID
              ? undefined
              : open.get(event.cause);
          if (continued === undefined) {
            open.set(event.seq, { request: event, payload: event.payload, reissues: 0, seqs: [event.seq] });
          } else {
            continued.reissues++;
            continued.seqs.push(event.seq);
            open.set(event.seq, continued);
          }
        }
        if (event.kind === 'smc.returned') {
          const returned = { envelope: event, payload: event.payload };
          const call = event.cause === null ? undefined : open.get(event.cause);
          for (const seq of call?.seqs ?? []) open.delete(seq);
          emit([...requestSide(call, returned), ...returnSide(returned), call?.reissues ?? null]);
        }
      },
      finish: (emit) => {
        for (const [seq, call] of open) {
          if (seq === call.request.seq)
            emit([...requestSide(call, undefined), ...returnSide(undefined), call.reissues]);
        }
      },
    };
  },
});

function requestSide(call: Call | undefined, returned: Return | undefined) {
  const returnedSeq = returned?.envelope.seq ?? null;
  if (call === undefined) {
    // A return alone still says which function it was, and whose.
    const functionId = returned?.payload.function_id ?? 0;
    const { service, command } = decodeSmcFunction(functionId);
    const { subject, context } = returned?.envelope ?? { subject: null, context: null };
    const name = renderSmcName(functionId, service, command);
    const args = [null, null, null, null, null, null, null] as const;
    return [null, returnedSeq, null, null, subject, context, functionId, name, ...args, null] as const;
  }
  const { request, payload } = call;
  const returnedAt = returned?.envelope.t_ns ?? null;
  return [
    request.seq,
    returnedSeq,
    request.t_ns,
    returnedAt === null || request.t_ns === null ? null : returnedAt - request.t_ns,
    request.subject,
    request.context,
    payload.function_id,
    renderSmcName(payload.function_id, payload.service, payload.command),
    payload.arg_count,
    signedOrNull(payload.arg0),
    signedOrNull(payload.arg1),
    signedOrNull(payload.arg2),
    signedOrNull(payload.arg3),
    signedOrNull(payload.arg4),
    signedOrNull(payload.arg5),
    renderSmcCall(payload),
  ] as const;
}

function returnSide(returned: Return | undefined) {
  if (returned === undefined) return [null, null, null, null, null, null] as const;
  const { status, result0, result1, result2 } = returned.payload;
  const errno = callErrno(returned.payload);
  const results = [signedWord(result0), signedWord(result1), signedWord(result2)] as const;
  return [signedWord(status), errno, errnoName(errno) ?? null, ...results] as const;
}

function signedOrNull(word: bigint | null): bigint | null {
  return word === null ? null : signedWord(word);
}
