import type { RemoteprocDescription } from '../../soc/description.ts';
import type { Steps } from '../scheduler.ts';
import { sleep } from '../scheduler.ts';
import type { World } from '../world.ts';
import type { KernelLog } from './kernel-log.ts';
import { LEVEL } from './kernel-log.ts';
import type { Subdevices } from './remoteproc-core.ts';

/** sysmon_stop waits so long for the processor's shutdown-control service (HZ / 2). */
const SERVICE_TIMEOUT_NS = 500_000_000;
/** Time that a processor takes to shut down when it is asked through that service. */
const GRACEFUL_NS = 15_000_000;

/** Subdevices of a PAS processor, as far as they print or wait: protection domains and sysmon (qcom_sysmon.c). */
export class SysmonSubdevices implements Subdevices {
  private readonly world: World;
  private readonly log: KernelLog;
  private readonly description: RemoteprocDescription;
  private readonly onAcknowledged: () => void;
  private readonly onStarted: () => void;

  /**
   * `onAcknowledged`: the processor shut down gracefully, so no stop request is needed. `onStarted`: its channels
   * are there.
   */
  constructor(
    world: World,
    log: KernelLog,
    description: RemoteprocDescription,
    onAcknowledged: () => void,
    onStarted: () => void,
  ) {
    this.world = world;
    this.log = log;
    this.description = description;
    this.onAcknowledged = onAcknowledged;
    this.onStarted = onStarted;
  }

  prepare(): void {
    if (!this.world.plan.soc.board.hasPdMapper) {
      this.log.print('PDM: no support for the platform, userspace daemon might be required.', LEVEL.notice);
    }
  }

  start(): void {
    if (this.description.hasGlink) this.onStarted();
  }

  *stop(isCrashed: boolean): Steps {
    if (isCrashed) return;
    if (this.description.hasGlink && !this.world.faults.hits('F-108', this.description.name)) {
      yield* sleep(GRACEFUL_NS);
      this.onAcknowledged();
      return;
    }
    yield* this.world.spend(10_000_000);
    yield* sleep(SERVICE_TIMEOUT_NS);
    this.log.print(
      `qcom_q6v5_pas ${this.description.unitAddress}.remoteproc: timeout waiting for ssctl service`,
      LEVEL.error,
    );
  }
}
