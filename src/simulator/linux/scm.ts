import { errnoName } from '../../soc/errno.ts';
import { SMC_OWNER, SMC_REISSUE_FUNCTION_ID, smcStatusToErrno } from '../../soc/smc-function.ts';
import type { SmcConduit } from '../conduit.ts';
import { Completion, Mutex, type Steps, sleep } from '../scheduler.ts';
import { commandName, type SmcCall, type SmcOutcome, STATUS } from '../smc-call.ts';
import { tellConsequences } from '../smc-consequences.ts';
import { tellSmcRequest, tellSmcReturn } from '../smc-events.ts';
import type { World } from '../world.ts';
import { type KernelLog, LEVEL } from './kernel-log.ts';
import { type TzBuffer, TzmemPool } from './tzmem-pool.ts';

/** Kinds of arguments in arginfo (qcom_scm.h enum qcom_scm_arg_types). */
export const ARGUMENT = { value: 0, readBuffer: 1, writeBuffer: 2, bufferValue: 3 } as const;

/** A call as a wrapper in qcom_scm.c describes it. */
export interface ScmRequest {
  readonly service: number;
  readonly command: number;
  readonly owner?: number;
  readonly args?: readonly (number | bigint)[];
  /** Kind of each argument, {@link ARGUMENT}; value where left out. */
  readonly argKinds?: readonly number[];
  readonly isAtomic?: boolean;
  /** Whom it is about. */
  readonly subject?: string;
}

/** What a wrapper gets: the error, and x1 to x3, which are valid after an error too. */
export interface ScmResult {
  readonly errno: number;
  readonly results: readonly [bigint, bigint, bigint];
}

interface ScmAnswer {
  readonly outcome: SmcOutcome;
  /** Error of the call itself, which firmware never answered. */
  readonly transportError: number;
}

/** Always a sleeping call, and always a fast one. */
const WAITQ_RESUME = { functionId: 0x4200_2402, name: 'WAITQ_RESUME', argInfo: 1 } as const;
const WAITQ_GET_WQ_CTX = { functionId: 0xc200_2403, name: 'WAITQ_GET_WQ_CTX' } as const;

const ERRNO = { invalid: -22, outOfMemory: -12 } as const;

/** Arguments that registers hold; more of them go through an extra buffer (drivers/firmware/qcom/qcom_scm-smc.c). */
const REGISTER_ARGUMENTS = 4;
const EXTENDED_BYTES = 56;
const TRACED_ARGUMENTS = 6;

const BUSY_WAIT_NS = 30_000_000;
/** `retry_count++ > QCOM_SCM_EBUSY_MAX_RETRY`, which is 20. */
const BUSY_RETRIES = 21;

const BRIDGE_VM_FLAGS = 0x200;
const READ_WRITE = 6;
const VMID_HLOS = 3;

/** The secure channel manager: drivers/firmware/qcom/qcom_scm.c, qcom_scm-smc.c, qcom_tzmem.c of Linux 7.2. */
export class ScmDriver {
  readonly pool: TzmemPool;
  /** Set when the probe is done: until then nobody else may call (`__scm`). */
  isAvailable = false;
  private readonly world: World;
  private readonly log: KernelLog;
  private readonly conduit: SmcConduit;
  /** All sleeping calls are serialised, also while one of them sleeps on a wait queue. */
  private readonly mutex = new Mutex();
  private usesBridges = false;
  private waitQueueCount = 1;
  private readonly queues = new Map<number, Completion>();

  constructor(world: World, log: KernelLog, conduit: SmcConduit) {
    this.world = world;
    this.log = log;
    this.conduit = conduit;
    this.pool = new TzmemPool(world);
  }

  /** qcom_scm_call and qcom_scm_call_atomic. */
  *call(request: ScmRequest): Steps<ScmResult> {
    const args = (request.args ?? []).map((value) => BigInt.asUintN(64, BigInt(value)));
    const isAtomic = request.isAtomic === true;
    const owner = request.owner ?? SMC_OWNER.sip;
    const functionId =
      ((isAtomic ? 0xc000_0000 : 0x4000_0000) | (owner << 24) | (request.service << 8) | request.command) >>>
      0;
    const subject = request.subject ?? 'scm';
    let extended: TzBuffer | undefined;
    if (args.length > REGISTER_ARGUMENTS) {
      extended = yield* this.allocate('extended-arguments', EXTENDED_BYTES, subject);
      if (extended === undefined) return { errno: ERRNO.outOfMemory, results: [0n, 0n, 0n] };
      const bytes = new Uint8Array(EXTENDED_BYTES);
      const view = new DataView(bytes.buffer);
      args.slice(REGISTER_ARGUMENTS - 1).forEach((value, i) => {
        view.setBigUint64(8 * i, value, true);
      });
      this.world.memory.write(extended.pa, bytes);
    }
    const registers = extended === undefined ? args : [...args.slice(0, 3), BigInt(extended.pa), 0n, 0n];
    const call = {
      functionId,
      argInfo: argInfoOf(args.length, request.argKinds ?? []),
      args,
      name: commandName(functionId),
      subject,
    };
    if (!isAtomic) yield* this.mutex.lock();
    const seq = this.tellRequest(call, call.functionId, registers, null);
    const issued = { ...call, request: seq };
    let answer = yield* this.issue(issued, registers, isAtomic);
    for (let retry = 0; retry < BUSY_RETRIES && !isAtomic && isBusy(answer); retry++) {
      this.mutex.unlock();
      yield* sleep(BUSY_WAIT_NS);
      yield* this.mutex.lock();
      this.tellRequest(call, call.functionId, registers, seq);
      answer = yield* this.issue(issued, registers, isAtomic);
    }
    const result = this.tellReturn(issued, answer);
    yield* this.world.spend(2_000);
    if (!isAtomic) this.mutex.unlock();
    if (extended !== undefined) this.pool.release(extended);
    return result;
  }

  /** One request until firmware has done with it, which may let it sleep on a wait queue first. */
  private *issue(call: SmcCall, registers: readonly bigint[], isAtomic: boolean): Steps<ScmAnswer> {
    const { recording } = this.world;
    let outcome = yield* this.send(call, registers);
    while (!isAtomic && outcome.status === STATUS.waitQueueSleep) {
      const [queue, context] = outcome.results;
      recording.emit(
        'smc.slept',
        { agent: 'trustzone', subject: call.subject, cause: call.request },
        { wait_queue: Number(queue), call_context: Number(context) },
      );
      if (queue >= BigInt(this.waitQueueCount)) {
        this.log.warn('drivers/firmware/qcom/qcom_scm.c', 'qcom_scm_get_completion');
        return { outcome, transportError: ERRNO.invalid };
      }
      yield* this.queueOf(Number(queue)).wait();
      recording.emit(
        'smc.resumed',
        { agent: 'linux', subject: call.subject, cause: call.request },
        { call_context: Number(context) },
      );
      const resume = { ...call, ...WAITQ_RESUME, args: [context] };
      this.tellRequest(resume, resume.functionId, [context], call.request);
      outcome = yield* this.send(resume, [context]);
    }
    return { outcome, transportError: 0 };
  }

  /** The instruction itself, again and again while it is interrupted. */
  private *send(call: SmcCall, registers: readonly bigint[]): Steps<SmcOutcome> {
    yield* this.world.spend(2_000);
    let outcome = yield* this.conduit.smc(call);
    while (outcome.status === STATUS.interrupted) {
      yield* this.world.spend(3_000);
      this.tellRequest(call, SMC_REISSUE_FUNCTION_ID, registers, call.request);
      outcome = yield* this.conduit.smc(call);
    }
    return outcome;
  }

  private tellReturn(call: SmcCall, { outcome, transportError }: ScmAnswer): ScmResult {
    const { recording } = this.world;
    const about = { agent: 'trustzone', subject: call.subject, cause: call.request };
    const returned = tellSmcReturn(recording, about, call.functionId, outcome, transportError);
    if (transportError !== 0) {
      const refusal = { pas_id: Number(call.args[0] ?? 0n), call: call.name ?? '', errno: transportError };
      recording.emit('pas.refused', { agent: 'trustzone', subject: call.subject, cause: returned }, refusal);
      return { errno: transportError, results: [0n, 0n, 0n] };
    }
    tellConsequences(recording, call, outcome, returned, { tableEntries: this.conduit.tableEntries });
    return { errno: smcStatusToErrno(outcome.status), results: outcome.results };
  }

  /** qcom_scm_irq_handler: asks which queue may go on, until there is none. */
  *handleWaitQueue(): Steps {
    for (let hasMore = true; hasMore; ) {
      const call = { ...WAITQ_GET_WQ_CTX, args: [], argInfo: 0, subject: 'scm' };
      const request = this.tellRequest(call, call.functionId, [], null);
      const { results } = yield* this.conduit.smc({ ...call, request });
      const [queue, flags, more] = results;
      this.world.recording.emit(
        'trace.hit',
        { agent: 'linux' },
        {
          event: 'scm_waitq_get_wq_ctx',
          function: null,
          fields: `wq_ctx:${queue}, flags:${flags}, more_pending:${more}`,
        },
      );
      this.queueOf(Number(queue)).complete();
      hasMore = more !== 0n;
    }
  }

  private queueOf(queue: number): Completion {
    const there = this.queues.get(queue) ?? new Completion();
    this.queues.set(queue, there);
    return there;
  }

  private tellRequest(
    call: Omit<SmcCall, 'request'>,
    functionId: number,
    registers: readonly bigint[],
    cause: number | null,
  ): number {
    const count = Math.min(call.args.length, TRACED_ARGUMENTS);
    const args = Array.from({ length: count }, (_, index) => registers[index] ?? 0n);
    const about = { agent: 'linux', subject: call.subject, cause };
    return tellSmcRequest(this.world.recording, about, {
      functionId: call.functionId,
      issuedAs: functionId,
      args,
    });
  }

  /** dev_err_probe prints errors by name, and what is none as a pointer, which the kernel does not show. */
  private tellProbeFailed(failure: number): void {
    const name = errnoName(failure);
    const shown = name === undefined ? '(____ptrval____)' : `-${name}`;
    const device = 'qcom_scm firmware:scm';
    this.log.print(`${device}: error ${shown}: Failed to enable the TrustZone memory allocator`, LEVEL.error);
    this.log.print(`${device}: probe with driver qcom_scm failed with error ${failure}`, LEVEL.error);
  }

  /** Takes a buffer from the pool, which grows where it must: qcom_tzmem_alloc. Undefined where it cannot. */
  *allocate(purpose: string, size: number, subject: string | null): Steps<TzBuffer | undefined> {
    const there = this.pool.allocate(purpose, size, subject);
    if (there !== undefined) return there;
    const growth = this.pool.growthFor(size);
    if (growth === undefined) return undefined;
    const pa = this.world.heap.allocate('tzmem-area', growth, 'scm');
    const bridge = yield* this.createBridge(pa, growth, 'scm');
    if (bridge.errno !== 0) return undefined;
    this.pool.addArea(pa, growth);
    return this.pool.allocate(purpose, size, subject);
  }

  /** qcom_tzmem_shm_bridge_create. Without bridges it succeeds and makes no call. */
  *createBridge(pa: number, size: number, subject: string): Steps<{ errno: number; handle: bigint | null }> {
    if (!this.usesBridges) return { errno: 0, handle: null };
    const { errno, results } = yield* this.call({
      service: 0x0c,
      command: 0x1e,
      args: [pa + READ_WRITE, pa + READ_WRITE, size + BRIDGE_VM_FLAGS, VMID_HLOS],
      subject,
    });
    const failure = errno || Number(BigInt.asIntN(32, results[0]));
    if (failure !== 0) {
      const address = `0x${pa.toString(16).padStart(16, '0')}`;
      this.log.print(
        `qcom_scm firmware:scm: SHM Bridge failed: ret ${failure} paddr 0x${address}, size ${size}`,
        3,
      );
      return { errno: failure, handle: null };
    }
    return { errno: 0, handle: results[1] };
  }

  /** qcom_tzmem_shm_bridge_delete: its result is ignored. */
  *deleteBridge(handle: bigint | null, subject: string): Steps {
    if (!this.usesBridges || handle === null) return;
    yield* this.call({ service: 0x0c, command: 0x1d, args: [handle], subject });
  }

  /** A wrapper that returns the error, or else the first result, which its callers take for an error too. */
  *callForStatus(request: ScmRequest): Steps<number> {
    const { errno, results } = yield* this.call(request);
    return errno || Number(BigInt.asIntN(32, results[0]));
  }

  /** qcom_scm_probe: convention, memory pool, wait queues, download mode, and who else is there. False: the probe failed. */
  *probe(): Steps<boolean> {
    const { plan } = this.world;
    const { scm } = plan.soc;
    yield* this.call({ service: 6, command: 1, args: [0x0200_0601], isAtomic: true });
    this.log.print('qcom_scm: convention: smc arm 64');
    const wantsBridges = plan.mode.usesBridges && !this.world.faults.hits('F-07');
    if (wantsBridges && scm.isBridgeBlacklisted) {
      this.log.print('qcom_scm firmware:scm: SHM Bridge not supported');
    } else if (wantsBridges) {
      const { results } = yield* this.call({ service: 6, command: 1, args: [0x0200_0c1c] });
      if (results[0] === 1n) {
        const enabled = yield* this.call({ service: 0x0c, command: 0x1c });
        if (enabled.errno === 0 && enabled.results[0] === 4n) {
          this.log.print('qcom_scm firmware:scm: SHM Bridge not supported');
        } else if (enabled.errno !== 0 || enabled.results[0] !== 0n) {
          this.tellProbeFailed(enabled.errno || Number(enabled.results[0]));
          return false;
        } else {
          this.usesBridges = true;
        }
      }
    }
    yield* this.world.spend(2_000_000);
    for (let time = 0; time < 2; time++) {
      const info = yield* this.call({ service: 0x24, command: 4, isAtomic: true });
      if (info.errno === 0) this.waitQueueCount = Number(info.results[0] & 0xffn);
    }
    if (scm.downloadModeRegister !== null) {
      const { results } = yield* this.call({
        service: 5,
        command: 1,
        args: [scm.downloadModeRegister],
        isAtomic: true,
      });
      const mode = results[0] & ~0x30n;
      yield* this.call({ service: 5, command: 2, args: [scm.downloadModeRegister, mode], isAtomic: true });
    }
    yield* this.call({ service: 1, command: 9, args: [1, 0] });
    if (scm.qseecomVersion !== null) {
      const { errno, results } = yield* this.call({ service: 6, command: 3, args: [10] });
      if (errno === 0) {
        this.log.print(
          `qcom_scm firmware:scm: qseecom: found qseecom with version 0x${results[0].toString(16)}`,
        );
        this.log.print('qcom_scm firmware:scm: qseecom: untested machine, skipping');
      }
    }
    yield* this.call({
      owner: SMC_OWNER.trustedOs,
      service: 6,
      command: 2,
      args: [0, 0, 0, 0],
      argKinds: [ARGUMENT.writeBuffer, ARGUMENT.value, ARGUMENT.writeBuffer, ARGUMENT.value],
    });
    this.isAvailable = true;
    return true;
  }
}

/** All 64 bits are compared: a firmware that answers with 32 is not asked again. */
function isBusy({ outcome }: ScmAnswer): boolean {
  return outcome.status === BigInt.asUintN(64, STATUS.busy);
}

/** arginfo: number of arguments, then two bits for the kind of each (qcom_scm.h QCOM_SCM_ARGS). */
function argInfoOf(count: number, kinds: readonly number[]): number {
  return kinds.reduce((info, kind, index) => info | (kind << (4 + 2 * index)), count);
}
