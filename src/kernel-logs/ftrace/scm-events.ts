import { wordFromHalves } from '../../base/word.ts';
import { findSmcCommand, SMC_COMMAND_NAME, splitBridgeAddress, splitBridgeSize } from '../../soc/smc-command.ts';
import { SMC_REISSUE_FUNCTION_ID, smcStatusToErrno } from '../../soc/smc-function.ts';
import { ascii, type Cursor } from '../ascii.ts';
import type { BootTracker, PendingCall } from '../boot-tracker.ts';
import { AGENT, type EventSink } from '../event-sink.ts';
import type { TraceContext, TraceEventReader } from './trace-event.ts';

const SMC_ID = ascii('smc_id:');
const SERVICE = ascii(' svc_id:');
const COMMAND = ascii(' cmd_id:');
const COUNT = ascii(' args_cnt:');
const ARGS = ascii(' args:{');
const COMMA = ascii(',');
const CLOSE = ascii('}');
const RET = ascii(', ret:');
const STATUS = ascii(' res_to_callee:');
const RESULTS = [ascii(' res0:'), ascii(' res1:'), ascii(' res2:')] as const;
const WAIT_QUEUE = ascii('wq_ctx:');
const CALL_CONTEXT = ascii(', smc_call_ctx:');
const RESUME = ascii('smc_call_ctx:');

const MAX_ARGUMENTS = 6;

/** The events of system `qcom_scm`: drivers/firmware/qcom/qcom_scm_trace.h. */
export class ScmEvents {
  private readonly sink: EventSink;
  private readonly tracker: BootTracker;

  constructor(sink: EventSink, tracker: BootTracker) {
    this.sink = sink;
    this.tracker = tracker;
  }

  readers(): Readonly<Record<string, TraceEventReader>> {
    return {
      scm_smc_request: (body, context) => this.request(body, context),
      scm_smc_done: (body, context) => this.done(body, context),
      scm_waitq_sleep: (body, context) => this.sleep(body, context),
      scm_waitq_resume: (body, context) => this.resume(body, context),
    };
  }

  /** `smc_id:0x%08llx svc_id:0x%02x cmd_id:0x%02x args_cnt:%u args:{0x..,0x..}`. */
  private request(body: Cursor, context: TraceContext): boolean {
    if (!body.literal(SMC_ID)) return false;
    const functionId = body.number();
    if (!body.literal(SERVICE)) return false;
    const service = body.number();
    if (!body.literal(COMMAND)) return false;
    const command = body.number();
    if (!body.literal(COUNT)) return false;
    const count = body.decimal();
    if (!body.literal(ARGS) || !(functionId >= 0 && service >= 0 && command >= 0)) return false;
    const args: bigint[] = [];
    while (body.word()) {
      args.push(wordFromHalves(body.high, body.low));
      if (!body.literal(COMMA)) break;
    }
    if (!body.literal(CLOSE) || body.at !== body.end || args.length !== count || count > MAX_ARGUMENTS) return false;
    const name = findSmcCommand(functionId, service, command)?.name;
    const continued = functionId === SMC_REISSUE_FUNCTION_ID ? this.tracker.pendingCall(context.task) : undefined;
    const subject = continued?.subject ?? this.tracker.subjectOfCall(name, args);
    const seq = this.sink.emit(
      'smc.requested',
      { agent: AGENT.linux, subject, cause: continued?.seq ?? null },
      {
        function_id: functionId,
        service,
        command,
        arg_count: count,
        arg0: args[0] ?? null,
        arg1: args[1] ?? null,
        arg2: args[2] ?? null,
        arg3: args[3] ?? null,
        arg4: args[4] ?? null,
        arg5: args[5] ?? null,
        conduit: null,
      },
    );
    if (continued === undefined) {
      this.tracker.beginCall(context.task, { seq, functionId, service, command, name, args, subject });
    }
    if (isPasCall(name)) this.tracker.busyWith(context.task, subject);
    return true;
  }

  /** `smc_id:0x%08llx, ret:%d res_to_callee:0x%lx res0:0x%lx res1:0x%lx res2:0x%lx`. */
  private done(body: Cursor, context: TraceContext): boolean {
    if (!body.literal(SMC_ID)) return false;
    const functionId = body.number();
    if (!(functionId >= 0) || !body.literal(RET)) return false;
    const transportError = body.decimal();
    if (Number.isNaN(transportError) || !body.literal(STATUS) || !body.word()) return false;
    const status = wordFromHalves(body.high, body.low);
    const results: bigint[] = [];
    for (const label of RESULTS) {
      if (!body.literal(label) || !body.word()) return false;
      results.push(wordFromHalves(body.high, body.low));
    }
    if (body.at !== body.end) return false;
    const [result0 = 0n, result1 = 0n, result2 = 0n] = results;
    const pending = this.tracker.pendingCall(context.task);
    const call = pending?.functionId === functionId ? pending : undefined;
    const seq = this.sink.emit(
      'smc.returned',
      { agent: AGENT.trustzone, subject: call?.subject ?? null, cause: call?.seq ?? null },
      { function_id: functionId, transport_error: transportError, status, result0, result1, result2 },
    );
    if (call !== undefined) {
      this.tracker.endCall(context.task);
      this.explain(call, seq, transportError, status, [result0, result1, result2]);
    }
    return true;
  }

  /** What a call that came back means for the machine. */
  private explain(
    call: PendingCall,
    cause: number,
    transportError: number,
    status: bigint,
    results: readonly [bigint, bigint, bigint],
  ): void {
    const { sink } = this;
    const about = { agent: AGENT.trustzone, subject: call.subject, cause };
    const [first = 0n, second = 0n, third = 0n] = call.args;
    const errno = transportError !== 0 ? transportError : smcStatusToErrno(status);
    const pasId = Number(first & 0xffff_ffffn);
    if (isPasCall(call.name)) {
      // The wrappers return the error, or else the first result, which a driver takes for an error too;
      // GET_RSCTABLE reports through the error alone.
      const outcome = errno !== 0 || call.name === SMC_COMMAND_NAME.getResourceTable ? errno : Number(results[0] & 0x7fff_ffffn);
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
      case SMC_COMMAND_NAME.memSetup:
        sink.emit('pas.memory_set_up', about, { pas_id: pasId, pa: addressOf(second), size: addressOf(third) });
        break;
      case SMC_COMMAND_NAME.authAndReset:
        sink.emit('pas.authenticated', about, { pas_id: pasId });
        break;
      case SMC_COMMAND_NAME.shutdown:
        sink.emit('pas.shut_down', about, { pas_id: pasId });
        break;
      case SMC_COMMAND_NAME.getResourceTable:
        sink.emit('pas.resource_table_returned', about, { pas_id: pasId, size: addressOf(results[2]), entry_count: null });
        break;
      case SMC_COMMAND_NAME.shmBridgeEnable:
        // The firmware says "not supported" with a result, not with its status.
        if (results[0] === 0n) sink.emit('shm_bridge.enabled', about, {});
        break;
      case SMC_COMMAND_NAME.shmBridgeCreate: {
        if (results[0] !== 0n) break;
        const own = splitBridgeAddress(first);
        const handle = results[1];
        this.tracker.nameBridge(handle, call.subject);
        sink.emit('shm_bridge.created', about, {
          handle,
          pa: own.address,
          size: splitBridgeSize(third).size,
          ns_permissions: own.permissions,
          s_permissions: splitBridgeAddress(second).permissions,
        });
        break;
      }
      case SMC_COMMAND_NAME.shmBridgeDelete:
        sink.emit('shm_bridge.deleted', about, { handle: first });
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

function isPasCall(name: string | undefined): boolean {
  return PAS_CALLS.has(name);
}

/** An argument as an address or size; what does not fit 51 bits is no such thing and shows as its low bits. */
function addressOf(value: bigint): number {
  return Number(value & 0x7_ffff_ffff_ffffn);
}
