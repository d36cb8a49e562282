import { SMC_COMMAND_NAME } from '../soc/smc-command.ts';
import { isScmCall } from '../soc/smc-function.ts';
import type { Hypervisor } from './hypervisor.ts';
import { platformAnswer } from './platform-firmware.ts';
import { type Steps, sleep } from './scheduler.ts';
import { outcome, type SmcCall, type SmcOutcome, STATUS } from './smc-call.ts';
import type { TrustZone } from './trustzone.ts';
import type { World } from './world.ts';

/** Flag of WAITQ_GET_WQ_CTX: one waiter is to go on (QCOM_SMC_WAITQ_FLAG_WAKE_ONE). */
const WAKE_ONE = 1n;
const SLEEP_NS = 40_000_000;
const BUSY_TIMES = 2;

/**
 * Where an `smc` instruction of Linux goes: straight to EL3, or into the hypervisor's trap. A call may not be
 * answered at once: firmware has it issued again, later, or puts it to sleep until it is resumed.
 */
export class SmcConduit {
  /** Interrupt of the wait queues: somebody may go on. */
  onWaitQueue: () => void = () => {};
  private readonly world: World;
  private readonly trustzone: TrustZone;
  private readonly hypervisor: Hypervisor | null;
  /** How often each call was issued, by the seq of its request. */
  private readonly issues = new Map<number, number>();
  /** Calls that sleep, by their contexts. */
  private readonly asleep = new Map<bigint, SmcCall>();
  private readonly woken: bigint[] = [];
  private nextContext = 1n;

  constructor(world: World, trustzone: TrustZone, hypervisor: Hypervisor | null) {
    this.world = world;
    this.trustzone = trustzone;
    this.hypervisor = hypervisor;
  }

  /** Entries of the resource table that came back last; null for another call. */
  get tableEntries(): number | null {
    return this.trustzone.tableEntries;
  }

  *smc(call: SmcCall): Steps<SmcOutcome> {
    if (!isScmCall(call.functionId)) return platformAnswer(call, this.hypervisor?.isGunyah === true);
    switch (call.name) {
      case 'WAITQ_RESUME': {
        const context = call.args[0] ?? 0n;
        const resumed = this.asleep.get(context);
        this.asleep.delete(context);
        return resumed === undefined ? outcome(STATUS.invalidArgument) : yield* this.answer(resumed);
      }
      case 'WAITQ_GET_WQ_CTX': {
        yield* this.world.spend(4_000);
        const queue = this.woken.shift() ?? 0n;
        return outcome(STATUS.ok, queue, WAKE_ONE, this.woken.length > 0 ? 1n : 0n);
      }
      default:
        return this.delayed(call) ?? (yield* this.answer(call));
    }
  }

  private *answer(call: SmcCall): Steps<SmcOutcome> {
    return yield* this.hypervisor === null ? this.trustzone.handle(call) : this.hypervisor.trap(call);
  }

  /** What firmware says instead of an answer; undefined where it answers. */
  private delayed(call: SmcCall): SmcOutcome | undefined {
    const { faults } = this.world;
    const issue = (this.issues.get(call.request) ?? 0) + 1;
    this.issues.set(call.request, issue);
    const hits = (id: string, ...names: string[]): boolean =>
      call.name !== undefined && names.includes(call.name) && faults.hits(id, call.subject);
    const { authAndReset, initImage, getResourceTable } = SMC_COMMAND_NAME;
    if (hits('smc-busy-forever', authAndReset)) return outcome(STATUS.busy);
    if (issue <= BUSY_TIMES && hits('smc-busy', authAndReset)) return outcome(STATUS.busy);
    if (issue > 1) return undefined;
    if (hits('smc-interrupted', authAndReset)) return outcome(STATUS.interrupted);
    if (hits('F-71', initImage)) return this.sleepOn(call, BigInt(this.queueCount));
    if (hits('F-101', getResourceTable, initImage)) return this.sleepOn(call, 0n);
    if (hits('smc-sleep', initImage)) {
      this.world.scheduler.spawn({ context: null }, this.wakeLater(0n));
      return this.sleepOn(call, 0n);
    }
    return undefined;
  }

  /** Wait queues that Linux knows: one where firmware cannot tell. */
  private get queueCount(): number {
    const queues = this.world.plan.policies['wait-queues'];
    return queues === 'unsupported' ? 1 : Number(queues);
  }

  private sleepOn(call: SmcCall, queue: bigint): SmcOutcome {
    const context = this.nextContext++;
    this.asleep.set(context, call);
    return outcome(STATUS.waitQueueSleep, queue, context);
  }

  private *wakeLater(queue: bigint): Steps {
    yield* sleep(SLEEP_NS);
    this.woken.push(queue);
    this.onWaitQueue();
  }
}
