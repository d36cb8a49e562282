import type { RemoteprocDescription } from '../../soc/description.ts';
import { SMP2P_INTERRUPT_BITS } from '../../soc/smp2p.ts';
import type { RemoteProcessor } from '../remote-processor.ts';
import { Completion, type Steps } from '../scheduler.ts';
import type { World } from '../world.ts';
import { type KernelLog, LEVEL } from './kernel-log.ts';

/** Bits of the word that a processor shows Linux (`interrupts-extended` of every remoteproc node). */
const SMP2P = { fatal: 0, ready: 1, handover: 2, stopAck: 3 } as const;

const EINVAL = -22;

const READY_TIMEOUT_NS = 5_000_000_000;
const STOP_TIMEOUT_NS = 5_000_000_000;

/** What the q6v5 part tells its driver. */
interface Q6v5Callbacks {
  /** rproc_report_crash. */
  readonly crashed: (type: 'fatal error' | 'watchdog') => void;
  /** The processor holds its own votes from now on. */
  readonly handover: () => void;
}

/** Interrupts and votes that all Hexagon processors share: drivers/remoteproc/qcom_q6v5.c. */
export class Q6v5 {
  isRunning = false;
  private readonly world: World;
  private readonly log: KernelLog;
  private readonly description: RemoteprocDescription;
  private readonly device: string;
  private readonly processor: RemoteProcessor;
  private readonly callbacks: Q6v5Callbacks;
  private readonly started = new Completion();
  private readonly stopped = new Completion();
  private isHandoverIssued = false;
  private isHandoverEnabled = false;
  private lastValue = 0;

  constructor(
    world: World,
    log: KernelLog,
    description: RemoteprocDescription,
    processor: RemoteProcessor,
    callbacks: Q6v5Callbacks,
  ) {
    this.world = world;
    this.log = log;
    this.description = description;
    this.device = `qcom_q6v5_pas ${description.unitAddress}.remoteproc`;
    this.processor = processor;
    this.callbacks = callbacks;
  }

  /** qcom_q6v5_prepare. */
  prepare(): void {
    const { interconnect, loadState } = this.description;
    if (interconnect !== null) this.vote('interconnect', interconnect, 'max');
    if (loadState !== null) this.vote('load-state', loadState, 'on');
    this.started.reinitialise();
    this.stopped.reinitialise();
    this.isRunning = true;
    this.isHandoverIssued = false;
    this.isHandoverEnabled = true;
  }

  /** qcom_q6v5_unprepare: true when the handover never came, and the driver has to do its part now. */
  unprepare(): boolean {
    const { interconnect, loadState } = this.description;
    this.isHandoverEnabled = false;
    if (loadState !== null) this.vote('load-state', loadState, 'off');
    // Whether or not the handover came.
    if (interconnect !== null) this.vote('interconnect', interconnect, '0');
    return !this.isHandoverIssued;
  }

  /** What qcom_pas_attach looks at: a core that the boot loader started says that it is ready, or is none. */
  attach(): number {
    const word = this.processor.smp2pWord;
    this.lastValue = word;
    this.isRunning = ((word >> SMP2P.ready) & 1) === 1;
    this.isHandoverIssued = true;
    this.isHandoverEnabled = this.isRunning;
    if (this.isRunning) return 0;
    this.log.print(`${this.device}: Failed to get subsystem ready interrupt`, LEVEL.error);
    return EINVAL;
  }

  *waitForStart(): Steps<boolean> {
    return yield* this.started.wait(READY_TIMEOUT_NS);
  }

  /** qcom_q6v5_request_stop: asks the processor to stop, unless it is dead already or was asked by sysmon. */
  *requestStop(wasAcknowledged: boolean): Steps {
    const { name } = this.description;
    if (!this.isRunning || wasAcknowledged) return;
    const { recording } = this.world;
    recording.emit(
      'remoteproc.signalled',
      { agent: 'linux', subject: name },
      { name, signal: 'stop', raised: true },
    );
    this.processor.requestStop();
    const isAcknowledged = yield* this.stopped.wait(STOP_TIMEOUT_NS);
    if (!isAcknowledged) this.log.stepFailed(`${this.device}: timed out on wait`, name, 'stop-ack', null);
    recording.emit(
      'remoteproc.signalled',
      { agent: 'linux', subject: name },
      { name, signal: 'stop', raised: false },
    );
  }

  /**
   * qcom_smp2p_notify_in, on the interrupt thread of the processor's smp2p: tells of the bits and runs the handler
   * of each, in the order of their numbers.
   */
  notify(value: number): void {
    const changed = value ^ this.lastValue;
    this.lastValue = value;
    const status = this.world.plan.policies['smp2p-status'] === 'set-bits' ? value | changed : changed;
    const rising = Object.values(SMP2P).filter((bit) => (status >> bit) & 1 & (value >> bit));
    const { name } = this.description;
    for (const [bit, label] of SMP2P_INTERRUPT_BITS) {
      if (((status >> bit) & 1) === 0) continue;
      this.world.recording.emit(
        'remoteproc.interrupted',
        { agent: name, subject: name },
        { name, interrupt: label, raised: ((value >> bit) & 1) === 1, message: null },
      );
    }
    for (const bit of rising) this.handle(bit);
  }

  /** The processor's word was cleared with its reset; Linux is not told. */
  forgetInterrupts(): void {
    this.lastValue = 0;
  }

  /** q6v5_wdog_interrupt. */
  watchdog(message: string | null): void {
    const { name } = this.description;
    if (!this.isRunning) {
      this.stopped.complete();
      return;
    }
    const text = message === null ? 'watchdog without message' : `watchdog received: ${message}`;
    this.log.interrupted(`${this.device}: ${text}`, name, 'watchdog', message);
    this.isRunning = false;
    this.callbacks.crashed('watchdog');
  }

  private handle(bit: number): void {
    const { name } = this.description;
    switch (bit) {
      case SMP2P.ready:
        this.started.complete();
        break;
      case SMP2P.handover:
        if (!this.isHandoverEnabled) break;
        if (this.isHandoverIssued) {
          const text = 'Handover signaled, but it already happened';
          this.log.interrupted(`${this.device}: ${text}`, name, 'handover', text);
          break;
        }
        this.callbacks.handover();
        if (this.description.interconnect !== null)
          this.vote('interconnect', this.description.interconnect, '0');
        this.isHandoverIssued = true;
        break;
      case SMP2P.fatal: {
        if (!this.isRunning) break;
        const message = this.processor.crashReason;
        const text = message === null ? 'fatal error without message' : `fatal error received: ${message}`;
        this.log.interrupted(`${this.device}: ${text}`, name, 'fatal', message);
        this.isRunning = false;
        this.callbacks.crashed('fatal error');
        break;
      }
      case SMP2P.stopAck:
        this.stopped.complete();
        break;
      default:
        break;
    }
  }

  /** qcom_pas_handover and the rest of the votes that Linux holds for a processor until it holds its own. */
  vote(
    type: 'interconnect' | 'load-state' | 'power-domain' | 'clock',
    resource: string,
    level: string,
  ): void {
    this.world.recording.emit(
      'power.voted',
      { agent: 'linux', subject: this.description.name },
      { type, resource, level },
    );
  }
}
