import type { RemoteprocDescription } from '../../soc/description.ts';
import { walkResourceTable } from '../../soc/resource-table.ts';
import { Mutex, type Steps, type Task } from '../scheduler.ts';
import type { World } from '../world.ts';
import type { FirmwareFiles } from './firmware-files.ts';
import type { Iommu, IommuDevice, IommuDomain } from './iommu.ts';
import { type KernelLog, LEVEL } from './kernel-log.ts';
import type { TaskFactory } from './task.ts';

/** What a driver brings to the remoteproc core: `struct rproc_ops`. All return 0 or an error number. */
export interface RemoteprocOps {
  /** Resource table, null for none, or an error number. */
  parseFirmware(domain: IommuDomain | null): Steps<Uint8Array | null | number>;
  load(): Steps<number>;
  start(domain: IommuDomain | null): Steps<number>;
  attach(): number;
  stop(domain: IommuDomain | null): Steps<number>;
  unprepare(): void;
}

/** Sysmon and the other subdevices, as far as they print or wait. */
export interface Subdevices {
  prepare(): void;
  start(): void;
  stop(isCrashed: boolean): Steps;
}

const ENODEV = -19;
const ENOENT = -2;
const EINVAL = -22;

const RETRY_NS = 50_000_000;
/** More than the pool of the secure channel manager has room for. */
const RETRIES_MAX = 70;

interface Devmem {
  readonly iova: number;
  readonly size: number;
}

/** A remote processor as drivers/remoteproc/remoteproc_core.c leads it through its life. */
export class RemoteprocCore {
  readonly device: IommuDevice | null;
  private readonly world: World;
  private readonly log: KernelLog;
  private readonly iommu: Iommu;
  private readonly tasks: TaskFactory;
  private readonly files: FirmwareFiles;
  private readonly description: RemoteprocDescription;
  private readonly ops: RemoteprocOps;
  private readonly subdevices: Subdevices;
  private readonly name: string;
  /** `remoteproc remoteprocN`: how its lines begin. */
  private readonly prefix: string;
  private readonly mutex = new Mutex();
  /** rproc->state: unlike what events tell, a failed start leaves it offline, a failed recovery crashed. */
  private state: 'offline' | 'running' | 'crashed' | 'detached' | 'attached';
  private power = 0;
  private isBusy = false;
  private crashCount = 0;
  private domain: IommuDomain | null = null;
  private devmem: Devmem[] = [];

  constructor(
    world: World,
    log: KernelLog,
    iommu: Iommu,
    tasks: TaskFactory,
    files: FirmwareFiles,
    description: RemoteprocDescription,
    index: number,
    device: IommuDevice | null,
    ops: RemoteprocOps,
    subdevices: Subdevices,
    isDetached: boolean,
  ) {
    this.state = isDetached ? 'detached' : 'offline';
    this.world = world;
    this.log = log;
    this.iommu = iommu;
    this.tasks = tasks;
    this.files = files;
    this.description = description;
    this.name = description.name;
    this.prefix = `remoteproc remoteproc${index}`;
    this.device = device;
    this.ops = ops;
    this.subdevices = subdevices;
    log.registered(`${this.prefix}: ${this.name} is available`, this.name, index);
  }

  /** It runs already, and nobody has attached to it. */
  get isDetached(): boolean {
    return this.state === 'detached';
  }

  get isAutoBoot(): boolean {
    return this.description.autoBoot;
  }

  private get isUp(): boolean {
    return this.state === 'running' || this.state === 'attached';
  }

  /** It was started once, and came up or failed. */
  get isSettled(): boolean {
    return this.world.faults.attemptOf(this.name) > 0 && !this.isBusy;
  }

  /** rproc_auto_boot_callback: runs once the firmware loader has looked for the file. */
  *autoBoot(): Steps {
    if (this.files.find(this.description.firmware, this.name) === undefined) this.tellMissing();
    yield* this.world.spend(18_000_000);
    yield* this.boot();
  }

  /** rproc_boot: 0, or an error number. */
  *boot(): Steps<number> {
    yield* this.mutex.lock();
    if (this.power++ > 0) {
      this.mutex.unlock();
      return 0;
    }
    this.isBusy = true;
    const errno = yield* this.isDetached ? this.attach() : this.powerUp();
    this.isBusy = false;
    if (errno !== 0) this.power--;
    this.mutex.unlock();
    return errno;
  }

  private *powerUp(): Steps<number> {
    this.log.enterState(`${this.prefix}: powering up ${this.name}`, this.name, 'starting');
    this.world.faults.beginAttempt(this.name);
    const errno = yield* this.requestFirmware();
    return errno === 0 ? yield* this.firmwareBoot() : errno;
  }

  /** rproc_attach: the core has its firmware, so neither a table is asked for nor anything mapped. */
  private *attach(): Steps<number> {
    this.log.print(`${this.prefix}: attaching to ${this.name}`);
    this.world.faults.beginAttempt(this.name);
    yield* this.world.spend(30_000);
    const enabled = yield* this.enableIommu();
    if (enabled !== 0) return enabled;
    this.subdevices.prepare();
    const errno = this.ops.attach();
    if (errno !== 0) {
      this.state = 'offline';
      this.log.coreStepFailed(
        `${this.prefix}: can't attach to rproc ${this.name}: ${errno}`,
        this.name,
        'attach',
        errno,
      );
      yield* this.cleanUp();
      return errno;
    }
    this.subdevices.start();
    this.state = 'attached';
    this.log.enterState(
      `${this.prefix}: remote processor ${this.name} is now attached`,
      this.name,
      'attached',
    );
    return 0;
  }

  /** A write of `start` to the state file: unlike at probe, a failure is printed. */
  *bootFromSysfs(): Steps {
    const errno = yield* this.boot();
    if (errno === 0) return;
    const isStarting = this.world.state.remoteprocs.get(this.name)?.state === 'starting';
    this.log.bootFailed(`${this.prefix}: Boot failed: ${errno}`, this.name, isStarting);
  }

  /** rproc_shutdown. */
  *shutdown(): Steps<number> {
    yield* this.mutex.lock();
    if (!this.isUp) {
      this.mutex.unlock();
      return EINVAL;
    }
    this.power--;
    const errno = yield* this.stop(false);
    if (errno !== 0) {
      this.power++;
    } else {
      yield* this.cleanUp();
    }
    this.mutex.unlock();
    return errno;
  }

  /** rproc_report_crash: may come from an interrupt, so a worker handles it. `cause` is the fault, where it was one. */
  reportCrash(type: 'mmufault' | 'watchdog' | 'fatal error', cause: number | null = null): void {
    this.log.crashed(`${this.prefix}: crash detected in ${this.name}: type ${type}`, this.name, type, cause);
    this.spawn(this.tasks.worker(), this.handleCrash(), 40_000);
  }

  private spawn(task: Task, steps: Steps, delayNs: number): void {
    this.world.scheduler.spawn(task, steps, delayNs);
  }

  /** rproc_crash_handler_work and rproc_trigger_recovery. */
  private *handleCrash(): Steps {
    yield* this.mutex.lock();
    if (!this.isUp) {
      // Handled already, or stopped meanwhile.
      this.mutex.unlock();
      return;
    }
    this.state = 'crashed';
    this.crashCount++;
    this.log.print(`${this.prefix}: handling crash #${this.crashCount} in ${this.name}`, LEVEL.error);
    this.mutex.unlock();
    yield* this.world.spend(10_000);
    yield* this.mutex.lock();
    if (this.state === 'crashed') yield* this.recover();
    for (let times = 0; this.isToBeRetried(times); times++) {
      yield* this.world.spend(RETRY_NS);
      yield* this.recover();
    }
    this.mutex.unlock();
  }

  /** Somebody writes `recover` to debugfs as long as it fails. */
  private isToBeRetried(times: number): boolean {
    return this.state === 'crashed' && times < RETRIES_MAX && this.world.faults.hits('F-113', this.name);
  }

  /** rproc_boot_recovery: neither resource table nor devmem maps are made again. */
  private *recover(): Steps {
    this.log.enterState(`${this.prefix}: recovering ${this.name}`, this.name, 'recovering', LEVEL.error);
    let errno = yield* this.stop(true);
    if (errno !== 0) return;
    yield* this.world.spend(3_000_000);
    this.world.faults.beginAttempt(this.name);
    errno = yield* this.requestFirmware();
    if (errno === 0) errno = yield* this.start();
    if (errno !== 0) this.state = 'crashed';
  }

  private *requestFirmware(): Steps<number> {
    yield* this.world.spend(8_000_000);
    if (this.files.find(this.description.firmware, this.name) !== undefined) return 0;
    this.tellMissing();
    this.log.coreStepFailed(
      `${this.prefix}: request_firmware failed: ${ENOENT}`,
      this.name,
      'request-firmware',
      ENOENT,
    );
    return ENOENT;
  }

  private tellMissing(): void {
    const { path } = this.description.firmware;
    this.log.firmwareRefused(
      `${this.prefix}: Direct firmware load for ${path} failed with error ${ENOENT}`,
      this.name,
      path,
      'request',
      ENOENT,
      LEVEL.warning,
    );
  }

  /** rproc_fw_boot. */
  private *firmwareBoot(): Steps<number> {
    const { firmware } = this.description;
    const size = this.files.find(firmware, this.name)?.length ?? firmware.fileSize;
    this.log.firmwareFound(
      `${this.prefix}: Booting fw image ${firmware.path}, size ${size}`,
      this.name,
      firmware.path,
      size,
    );
    yield* this.world.spend(60_000);
    let errno = yield* this.enableIommu();
    if (errno !== 0) return errno;
    const table = yield* this.ops.parseFirmware(this.domain);
    if (typeof table === 'number') {
      errno = table;
    } else {
      errno = yield* this.handleResources(table);
      if (errno !== 0) {
        this.log.coreStepFailed(
          `${this.prefix}: Failed to process resources: ${errno}`,
          this.name,
          'resources',
          errno,
        );
      } else {
        errno = yield* this.start();
      }
    }
    if (errno !== 0) yield* this.cleanUp();
    return errno;
  }

  private *enableIommu(): Steps<number> {
    const errno = yield* this.attachDomain();
    if (errno === 0) return 0;
    const text = `${this.prefix}: can't enable iommu: ${errno}`;
    this.log.coreStepFailed(text, this.name, 'enable-iommu', errno);
    return errno;
  }

  /** rproc_enable_iommu. */
  private *attachDomain(): Steps<number> {
    const { device } = this;
    if (device === null) return 0;
    const parent = `qcom_q6v5_pas ${this.description.unitAddress}.remoteproc`;
    const domain = this.iommu.allocateDomain(device);
    if (domain === null) {
      this.log.print(`${parent}: can't alloc iommu domain`, LEVEL.error);
      return ENODEV;
    }
    domain.onFault = (fault) => this.reportCrash('mmufault', fault);
    const errno = yield* this.iommu.attach(device, domain);
    if (errno !== 0) {
      this.log.stepFailed(`${parent}: can't attach iommu device: ${errno}`, this.name, 'attach-iommu', errno);
      this.iommu.freeDomain(domain);
      return errno;
    }
    this.domain = domain;
    return 0;
  }

  /** rproc_handle_resources, as far as a remote processor of PAS has any: devmem. */
  private *handleResources(table: Uint8Array | null): Steps<number> {
    if (table === null) return 0;
    for (const step of walkResourceTable(table, { hasDomain: this.domain !== null })) {
      if (step.kind === 'skipped') {
        this.log.print(`${this.prefix}: ${step.logLine}`, LEVEL.warning);
        continue;
      }
      if (step.kind === 'refused') {
        for (const line of step.logLines) this.resourceLine(line);
        return step.errno;
      }
      const { entry } = step;
      if (entry.type !== 'devmem' || this.domain === null) continue;
      const errno = yield* this.iommu.map(
        this.domain,
        this.name,
        entry.deviceAddress,
        entry.pa,
        entry.size,
        entry.flags,
      );
      if (errno !== 0) {
        this.log.coreStepFailed(
          `${this.prefix}: failed to map devmem: ${errno}`,
          this.name,
          'map-devmem',
          errno,
        );
        return errno;
      }
      this.devmem.push({ iova: entry.deviceAddress, size: entry.size });
    }
    return 0;
  }

  private resourceLine(line: string): void {
    const text = `${this.prefix}: ${line}`;
    if (line === 'rsc table is truncated') this.log.coreStepFailed(text, this.name, 'resource-table', null);
    else this.log.print(text, LEVEL.error);
  }

  /** rproc_start. */
  private *start(): Steps<number> {
    let errno = yield* this.ops.load();
    if (errno !== 0) {
      this.log.coreStepFailed(
        `${this.prefix}: Failed to load program segments: ${errno}`,
        this.name,
        'load',
        errno,
      );
      return errno;
    }
    this.subdevices.prepare();
    errno = yield* this.ops.start(this.domain);
    if (errno !== 0) {
      this.log.coreStepFailed(
        `${this.prefix}: can't start rproc ${this.name}: ${errno}`,
        this.name,
        'start',
        errno,
      );
      return errno;
    }
    this.subdevices.start();
    this.state = 'running';
    this.log.enterState(`${this.prefix}: remote processor ${this.name} is now up`, this.name, 'running');
    return 0;
  }

  /** rproc_stop. */
  private *stop(isCrashed: boolean): Steps<number> {
    yield* this.subdevices.stop(isCrashed);
    const errno = yield* this.ops.stop(this.domain);
    if (errno !== 0) {
      this.log.coreStepFailed(`${this.prefix}: can't stop rproc: ${errno}`, this.name, 'stop', errno);
      return errno;
    }
    this.state = 'offline';
    yield* this.world.spend(300_000);
    this.log.enterState(`${this.prefix}: stopped remote processor ${this.name}`, this.name, 'offline');
    return 0;
  }

  /** rproc_resource_cleanup, rproc_unprepare_device and rproc_disable_iommu. */
  private *cleanUp(): Steps {
    const { domain, device } = this;
    if (domain !== null) {
      for (const { iova, size } of this.devmem) {
        const done = yield* this.iommu.unmap(domain, this.name, iova, size);
        if (done !== size) {
          this.log.print(`${this.prefix}: failed to unmap ${size.toString(16)}/${done}`, LEVEL.error);
        }
      }
    }
    this.devmem = [];
    this.ops.unprepare();
    if (domain !== null && device !== null) {
      yield* this.iommu.detach(device, domain);
      this.iommu.freeDomain(domain);
      this.domain = null;
    }
  }
}
