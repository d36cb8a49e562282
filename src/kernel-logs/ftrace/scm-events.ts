import { wordFromHalves } from '../../base/word.ts';
import type { WordColumnWriter } from '../../events/column-writer.ts';
import { findSmcCommand, SMC_COMMAND_NAME } from '../../soc/smc-command.ts';
import { decodeSmcFunction, SMC_REISSUE_FUNCTION_ID, smcStatusToErrno } from '../../soc/smc-function.ts';
import { type Cursor, decodeText, Literal } from '../ascii.ts';
import { compileFormat } from '../body-format.ts';
import type { BootTracker, PendingCall, Register } from '../boot-tracker.ts';
import { AGENT, type EventSink } from '../event-sink.ts';
import type { TraceContext, TraceEventReader } from './trace-event.ts';

const UNPARSED = new Literal('[FAILED TO PARSE] ');
const UNPARSED_REQUEST =
  /^smc_id=(\d{1,10}) svc_id=(\d{1,3}) cmd_id=(\d{1,3}) args_cnt=(\d) args=ARRAY\[([0-9a-f, ]*)\]$/;

/** `smc_id:0x%08llx svc_id:0x%02x cmd_id:0x%02x args_cnt:%u args:{0x..,0x..}`. */
const REQUEST = compileFormat('smc_id:{number} svc_id:{number} cmd_id:{number} args_cnt:{decimal} args:{');
const ARGUMENT = compileFormat('0x{word}');
const COMMA = new Literal(',');
const CLOSE = new Literal('}');

/** `smc_id:0x%08llx, ret:%d res_to_callee:0x%lx res0:0x%lx res1:0x%lx res2:0x%lx`: the registers x0 to x3. */
const DONE = compileFormat(
  'smc_id:{number}, ret:{signed} res_to_callee:0x{word} res0:0x{word} res1:0x{word} res2:0x{word}',
);
const FIRST_REGISTER = 2;

const WAIT_QUEUE = new Literal('wq_ctx:');
const CALL_CONTEXT = new Literal(', smc_call_ctx:');
const RESUME = new Literal('smc_call_ctx:');

const MAX_ARGUMENTS = 6;

/** Of a request only these are asked for again when it returns. */
const ARGUMENTS_THAT_MATTER_LATER = 3;

/** What is known about a call by its identifiers, looked up once for each that occurs. */
interface CallKind {
  readonly name: string | undefined;
  readonly isPas: boolean;
  readonly isContinuation: boolean;
}

/** The events of system `qcom_scm`: drivers/firmware/qcom/qcom_scm_trace.h. */
export class ScmEvents {
  private readonly sink: EventSink;
  private readonly tracker: BootTracker;
  private readonly linux: number;
  private readonly trustzone: number;
  private readonly requested;
  private readonly returned;
  private readonly callKinds = new Map<number, CallKind>();
  /** Registers of the line that is being read, in halves: making bigints of them costs more than all the rest. */
  private readonly high = new Uint32Array(MAX_ARGUMENTS);
  private readonly low = new Uint32Array(MAX_ARGUMENTS);

  constructor(sink: EventSink, tracker: BootTracker) {
    this.sink = sink;
    this.tracker = tracker;
    const { builder } = sink;
    this.linux = builder.symbol(AGENT.linux);
    this.trustzone = builder.symbol(AGENT.trustzone);
    const words = <K extends 'smc.requested' | 'smc.returned'>(kind: K, names: readonly string[]) =>
      names.map((name) => builder.column(kind, name, 'word'));
    this.requested = {
      kind: builder.kindIndex('smc.requested'),
      functionId: builder.column('smc.requested', 'function_id', 'integer'),
      service: builder.column('smc.requested', 'service', 'integer'),
      command: builder.column('smc.requested', 'command', 'integer'),
      count: builder.column('smc.requested', 'arg_count', 'integer'),
      args: words('smc.requested', ['arg0', 'arg1', 'arg2', 'arg3', 'arg4', 'arg5']),
      conduit: builder.column('smc.requested', 'conduit', 'symbol'),
    };
    this.returned = {
      kind: builder.kindIndex('smc.returned'),
      functionId: builder.column('smc.returned', 'function_id', 'integer'),
      transportError: builder.column('smc.returned', 'transport_error', 'integer'),
      registers: words('smc.returned', ['status', 'result0', 'result1', 'result2']),
    };
  }

  readers(): Readonly<Record<string, TraceEventReader>> {
    return {
      scm_smc_request: (body, context) => this.request(body, context),
      scm_smc_done: (body, context) => this.done(body, context),
      scm_waitq_sleep: (body, context) => this.sleep(body, context),
      scm_waitq_resume: (body, context) => this.resume(body, context),
    };
  }

  private request(body: Cursor, context: TraceContext): boolean {
    if (!REQUEST.match(body)) return body.literal(UNPARSED) && this.unparsedRequest(body, context);
    const { values } = REQUEST;
    const count = values[3] as number;
    let read = 0;
    while (read < MAX_ARGUMENTS && ARGUMENT.match(body)) {
      this.high[read] = ARGUMENT.high[0] as number;
      this.low[read] = ARGUMENT.low[0] as number;
      read++;
      if (!body.literal(COMMA)) break;
    }
    if (!body.literal(CLOSE) || body.at !== body.end || read !== count) return false;
    this.addRequest(values[0] as number, values[1] as number, values[2] as number, count, context);
    return true;
  }

  /**
   * `smc_id=%u svc_id=%u cmd_id=%u args_cnt=%u args=ARRAY[01, 06, …]`: the raw fields, as a trace-cmd prints them
   * that does not understand the event's format. The array has eight bytes for each argument, lowest first.
   */
  private unparsedRequest(body: Cursor, context: TraceContext): boolean {
    const match = UNPARSED_REQUEST.exec(decodeText(body.bytes, body.at, body.end));
    if (match === null) return false;
    const [functionId = 0, service = 0, command = 0, count = 0] = match.slice(1, 5).map(Number);
    const bytes =
      match[5] === '' ? [] : (match[5] ?? '').split(', ').map((byte) => Number.parseInt(byte, 16));
    if (count > MAX_ARGUMENTS || bytes.length !== count * 8 || bytes.some(Number.isNaN)) return false;
    const view = new DataView(Uint8Array.from(bytes).buffer);
    for (let i = 0; i < count; i++) {
      this.low[i] = view.getUint32(8 * i, true);
      this.high[i] = view.getUint32(8 * i + 4, true);
    }
    this.addRequest(functionId, service, command, count, context);
    return true;
  }

  private addRequest(
    functionId: number,
    service: number,
    command: number,
    count: number,
    context: TraceContext,
  ): void {
    const { requested, tracker, high, low } = this;
    const kind = this.callKind(functionId, service, command);
    const args: Register[] = [];
    for (let i = 0; i < Math.min(count, ARGUMENTS_THAT_MATTER_LATER); i++) {
      args.push({ high: high[i] as number, low: low[i] as number });
    }
    const pending = tracker.pendingCall(context.task);
    const continued = kind.isContinuation || isSameCall(pending, functionId, args) ? pending : undefined;
    const subject = continued?.subject ?? tracker.subjectOfCall(kind.name, args[0]);
    const subjectId = this.sink.builder.symbol(subject);
    const seq = this.sink.begin(requested.kind, this.linux, subjectId, continued?.seq ?? Number.NaN);
    requested.functionId.push(functionId);
    requested.service.push(service);
    requested.command.push(command);
    requested.count.push(count);
    for (let i = 0; i < MAX_ARGUMENTS; i++) {
      const column = requested.args[i] as WordColumnWriter;
      if (i < count) column.push(high[i] as number, low[i] as number);
      else column.pushNull();
    }
    requested.conduit.pushNull();
    if (continued === undefined) {
      tracker.beginCall(context.task, { seq, functionId, name: kind.name, isPas: kind.isPas, args, subject });
    }
    if (kind.isPas) tracker.busyWithPas(context.task, kind.name, args[0]?.low ?? 0, subject);
  }

  private done(body: Cursor, context: TraceContext): boolean {
    if (!DONE.match(body) || body.at !== body.end) return false;
    const functionId = DONE.values[0] as number;
    const transportError = DONE.values[1] as number;
    for (let i = 0; i < this.returned.registers.length; i++) {
      this.high[i] = DONE.high[FIRST_REGISTER + i] as number;
      this.low[i] = DONE.low[FIRST_REGISTER + i] as number;
    }
    const { returned, high, low } = this;
    const call = this.tracker.endCall(context.task, functionId);
    const subjectId = this.sink.builder.symbolOrNull(call?.subject ?? null);
    const seq = this.sink.begin(returned.kind, this.trustzone, subjectId, call?.seq ?? Number.NaN);
    returned.functionId.push(functionId);
    returned.transportError.push(transportError);
    for (let i = 0; i < returned.registers.length; i++) {
      (returned.registers[i] as WordColumnWriter).push(high[i] as number, low[i] as number);
    }
    if (call !== undefined) {
      const status = wordFromHalves(high[0] as number, low[0] as number);
      const errno = transportError !== 0 ? transportError : smcStatusToErrno(status);
      this.explain(call, seq, errno);
    }
    return true;
  }

  private callKind(functionId: number, service: number, command: number): CallKind {
    const key = functionId * 0x1_0000 + service * 0x100 + command;
    const known = this.callKinds.get(key);
    if (known !== undefined) return known;
    const name = findSmcCommand(functionId, service, command)?.name;
    const isContinuation = functionId === SMC_REISSUE_FUNCTION_ID || name === 'WAITQ_RESUME';
    const kind = { name, isPas: PAS_CALLS.has(name), isContinuation };
    this.callKinds.set(key, kind);
    return kind;
  }

  /** What a call that came back means for the machine. Its results are still in the registers. */
  private explain(call: PendingCall, cause: number, errno: number): void {
    const { sink, high, low } = this;
    const about = { agent: AGENT.trustzone, subject: call.subject, cause };
    const [first = ZERO, second = ZERO, third = ZERO] = call.args;
    const pasId = first.low;
    const result0 = low[1] as number;
    if (call.isPas) {
      // The wrappers return the error, or else the first result, which a driver takes for an error too;
      // GET_RSCTABLE reports through the error alone.
      const isByErrorAlone = call.name === SMC_COMMAND_NAME.getResourceTable;
      const outcome = errno !== 0 || isByErrorAlone ? errno : result0 & 0x7fff_ffff;
      if (outcome !== 0) {
        sink.emit('pas.refused', about, { pas_id: pasId, call: call.name ?? '', errno: outcome });
        return;
      }
    } else if (errno !== 0) {
      return;
    }
    switch (call.name) {
      case SMC_COMMAND_NAME.initImage:
        sink.emit('pas.image_initialised', about, { pas_id: pasId, metadata_pa: addressOf(second) });
        break;
      case SMC_COMMAND_NAME.memSetup: {
        const pa = addressOf(second);
        const size = addressOf(third);
        this.tracker.addCarveout(call.subject, pa, size);
        sink.emit('pas.memory_set_up', about, { pas_id: pasId, pa, size });
        break;
      }
      case SMC_COMMAND_NAME.authAndReset:
        sink.emit('pas.authenticated', about, { pas_id: pasId });
        break;
      case SMC_COMMAND_NAME.shutdown:
        sink.emit('pas.shut_down', about, { pas_id: pasId });
        break;
      case SMC_COMMAND_NAME.getResourceTable:
        sink.emit('pas.resource_table_returned', about, {
          pas_id: pasId,
          size: addressOf({ high: high[3] as number, low: low[3] as number }),
          entry_count: null,
        });
        break;
      case SMC_COMMAND_NAME.shmBridgeEnable:
        // The firmware says "not supported" with a result, not with its status.
        if (result0 === 0) sink.emit('shm_bridge.enabled', about, {});
        break;
      case SMC_COMMAND_NAME.shmBridgeCreate: {
        if (result0 !== 0) break;
        const handle = { high: high[2] as number, low: low[2] as number };
        this.tracker.nameBridge(handle, call.subject);
        sink.emit('shm_bridge.created', about, {
          handle: wordFromHalves(handle.high, handle.low),
          pa: pageOf(first),
          size: pageOf(third),
          ns_permissions: first.low & 7,
          s_permissions: second.low & 7,
        });
        break;
      }
      case SMC_COMMAND_NAME.shmBridgeDelete:
        this.tracker.forgetBridge(first);
        sink.emit('shm_bridge.deleted', about, { handle: wordFromHalves(first.high, first.low) });
        break;
      default:
        break;
    }
  }

  /** `wq_ctx:%u, smc_call_ctx:%u`. */
  private sleep(body: Cursor, context: TraceContext): boolean {
    if (!body.literal(WAIT_QUEUE)) return false;
    const waitQueue = body.decimal();
    if (!(waitQueue >= 0) || !body.literal(CALL_CONTEXT)) return false;
    const callContext = body.decimal();
    if (!(callContext >= 0) || body.at !== body.end) return false;
    const call = this.tracker.pendingCall(context.task);
    this.sink.emit(
      'smc.slept',
      { agent: AGENT.trustzone, subject: call?.subject ?? null, cause: call?.seq ?? null },
      { wait_queue: waitQueue, call_context: callContext },
    );
    return true;
  }

  /** `smc_call_ctx:%u`. */
  private resume(body: Cursor, context: TraceContext): boolean {
    if (!body.literal(RESUME)) return false;
    const callContext = body.decimal();
    if (!(callContext >= 0) || body.at !== body.end) return false;
    const call = this.tracker.pendingCall(context.task);
    this.sink.emit(
      'smc.resumed',
      { agent: AGENT.linux, subject: call?.subject ?? null, cause: call?.seq ?? null },
      { call_context: callContext },
    );
    return true;
  }
}

const PAS_CALLS: ReadonlySet<string | undefined> = new Set([
  SMC_COMMAND_NAME.initImage,
  SMC_COMMAND_NAME.memSetup,
  SMC_COMMAND_NAME.authAndReset,
  SMC_COMMAND_NAME.shutdown,
  SMC_COMMAND_NAME.getResourceTable,
]);

/** A sleeping call that came back busy is issued once more, without a word of it in between. A fast one never is. */
function isSameCall(
  pending: PendingCall | undefined,
  functionId: number,
  args: readonly Register[],
): boolean {
  return (
    pending?.functionId === functionId &&
    pending.isDoubtful !== true &&
    !decodeSmcFunction(functionId).fast &&
    pending.args.length === args.length &&
    pending.args.every((arg, i) => arg.low === args[i]?.low && arg.high === args[i]?.high)
  );
}

const ZERO: Register = { high: 0, low: 0 };

/** A register as an address or size; what does not fit 51 bits is no such thing and shows as its low bits. */
function addressOf({ high, low }: Register): number {
  return (high & 0x7_ffff) * 2 ** 32 + low;
}

/** The page-aligned part of an argument that has flags in its low bits (qcom_tzmem_shm_bridge_create). */
function pageOf({ high, low }: Register): number {
  return addressOf({ high, low: (low & ~0xfff) >>> 0 });
}
