import { present } from '../../base/assert.ts';
import type { RegionDescription } from '../../soc/description.ts';
import { remoteProcessorOfRegion } from '../../soc/remote-processor.ts';
import { preloadedProcessor } from '../boot-plan.ts';
import type { SmcConduit } from '../conduit.ts';
import { DeviceTree } from '../devicetree.ts';
import type { RemoteProcessor } from '../remote-processor.ts';
import { type Steps, sleep } from '../scheduler.ts';
import type { SmmuHardware } from '../smmu-hardware.ts';
import type { World } from '../world.ts';
import { earlyLevelLines, kvmLines, levelFeatureLines } from './exception-level-lines.ts';
import { Fastrpc } from './fastrpc.ts';
import { SmmuFaultHandler } from './fault-handler.ts';
import { FirmwareFiles } from './firmware-files.ts';
import { FirmwareInterface } from './firmware-interface.ts';
import { Iommu, type IommuDevice } from './iommu.ts';
import { KernelLog, LEVEL } from './kernel-log.ts';
import { PasClient } from './pas-client.ts';
import { PasDriver } from './pas-driver.ts';
import { Q6v5 } from './q6v5.ts';
import { RemoteprocCore } from './remoteproc-core.ts';
import { ScmDriver } from './scm.ts';
import { smmuProbeLines } from './smmu-probe.ts';
import { SysmonSubdevices } from './sysmon.ts';
import { kernelTask, TaskFactory } from './task.ts';

const MS = 1_000_000;
const ENODEV = -19;

/** From the deferred-probe timeout to the module of the secure channel manager, where that comes late. */
const LATE_SCM_NS = 500 * MS;

/** What became of the SMMU's probe: it waits for the secure channel manager, or its driver is not there. */
type SmmuProbe = 'up' | 'deferred' | 'missing';

/** Linux as the host: from its first line to the scenario that user space plays. */
export class LinuxKernel {
  private readonly world: World;
  private readonly log: KernelLog;
  private readonly firmware: FirmwareInterface;
  private readonly scm: ScmDriver;
  private readonly smmu: SmmuHardware;
  private readonly iommu: Iommu;
  private readonly processors: ReadonlyMap<string, RemoteProcessor>;
  private readonly tasks: TaskFactory;
  private readonly files: FirmwareFiles;
  private readonly devicetree: DeviceTree;
  private readonly cores = new Map<string, RemoteprocCore>();
  private readonly init;

  constructor(
    world: World,
    conduit: SmcConduit,
    smmu: SmmuHardware,
    processors: ReadonlyMap<string, RemoteProcessor>,
  ) {
    this.world = world;
    this.log = new KernelLog(world.recording);
    this.firmware = new FirmwareInterface(world, conduit);
    this.scm = new ScmDriver(world, this.log, conduit);
    this.smmu = smmu;
    this.iommu = new Iommu(world, this.log, smmu);
    this.processors = processors;
    this.tasks = new TaskFactory(world.plan.soc.board.cpuCount);
    this.files = new FirmwareFiles(world);
    this.devicetree = new DeviceTree(world);
    this.init = kernelTask('swapper/0', 1, 0);
    const handler = new SmmuFaultHandler(world, this.log, this.iommu);
    smmu.onFault = (fault) => handler.handle(fault);
    const interrupt = this.tasks.interruptThread(39, 'qcom-scm');
    conduit.onWaitQueue = () => world.scheduler.spawn(interrupt, this.scm.handleWaitQueue(), 20_000);
  }

  /** Starts the boot; it goes on as the scheduler runs. */
  start(): void {
    this.world.scheduler.spawn(this.init, this.boot());
  }

  private *boot(): Steps {
    yield* this.earlyBoot();
    yield* sleep(5 * MS);
    this.log.print('iommu: Default domain type: Translated');
    this.log.print('iommu: DMA domain TLB invalidation policy: strict mode');
    yield* sleep(MS);
    const isScmLate = this.world.plan.scenario === 'probe-deferral';
    let hasScm = !isScmLate && (yield* this.probeScm());
    yield* sleep(200 * MS);
    this.tellKvm();
    yield* sleep(700 * MS);
    let smmu = yield* this.probeSmmu(hasScm);
    yield* sleep(300 * MS);
    this.log.print('clk: Disabling unused clocks');
    this.runInit();
    yield* sleep(600 * MS);
    if (isScmLate) {
      yield* this.defer(hasScm, smmu);
      yield* sleep(LATE_SCM_NS);
      hasScm = yield* this.probeScm();
      if (smmu === 'deferred') smmu = yield* this.probeSmmu(hasScm);
    }
    if (hasScm) yield* this.probeDrivers(smmu === 'up');
    // The timeout comes once.
    if (!isScmLate && (!hasScm || smmu !== 'up')) yield* this.defer(hasScm, smmu);
  }

  private *probeScm(): Steps<boolean> {
    if (!(yield* this.scm.probe())) return false;
    yield* this.firmware.askHypervisor();
    return true;
  }

  /** What the kernel says before its drivers probe: the lines that tell what machine this is. */
  private *earlyBoot(): Steps {
    const { soc, mode, kernel } = this.world.plan;
    const { recording } = this.world;
    const about = { agent: 'linux', context: null };
    const first = this.log.print('Booting Linux on physical CPU 0x0000000000 [0x414fd0b1]');
    recording.emit('boot.stage_entered', { ...about, cause: first }, { stage: 'kernel' });
    const banner = '(builder@host) (aarch64-linux-gnu-gcc 14.2.0, GNU ld 2.44) #1 SMP PREEMPT';
    let cause = this.log.print(`Linux version ${kernel.release} ${banner}`, LEVEL.notice);
    recording.emit(
      'boot.kernel_identified',
      { ...about, cause },
      { release: kernel.release, banner, basis: 'banner' },
    );
    const model = this.devicetree.model;
    cause = this.log.print(`Machine model: ${model}`);
    recording.emit('boot.machine_identified', { ...about, cause }, { model, basis: 'devicetree' });
    for (const { name, pa, size, noMap } of soc.reservedMemory) {
      const range = `${address(pa)}..${address(pa + size - 1)} (${Math.round(size / 1024)} KiB)`;
      cause = this.log.print(`OF: reserved mem: ${range} ${noMap ? 'nomap' : 'map'} non-reusable ${name}`);
      const subject = remoteProcessorOfRegion(name) ?? null;
      recording.emit(
        'memory.region_reserved',
        { ...about, subject, cause },
        { name, pa, size, no_map: noMap },
      );
    }
    this.tellOverlaps();
    this.log.print('psci: probing for conduit method from DT.');
    yield* this.firmware.probe();
    this.log.print('psci: PSCIv1.1 detected in firmware.');
    this.log.print('psci: Using standard PSCI v0.2 function IDs');
    this.log.print('psci: Trusted OS migration not required');
    this.log.print('psci: SMC Calling Convention v1.1');
    if (mode.exceptionLevel === 2) this.log.print('CPU features: detected: Virtualization Host Extensions');
    const commandLine = 'console=ttyMSM0 trace_event=qcom_scm:*,iommu:*';
    cause = this.log.print(`Kernel command line: ${commandLine}`, LEVEL.notice);
    recording.emit('boot.command_line_set', { ...about, cause }, { command_line: commandLine });
    for (const line of earlyLevelLines(mode.exceptionLevel, soc.board)) this.log.print(line);
    yield* sleep(20 * MS);
    yield* this.firmware.startCpus();
    this.log.print(`SMP: Total of ${soc.board.cpuCount} processors activated.`);
    cause = this.log.print(`CPU: All CPU(s) started at EL${mode.exceptionLevel}`);
    recording.emit('boot.cpus_started', { ...about, cause }, { exception_level: mode.exceptionLevel });
    for (const line of levelFeatureLines(mode.exceptionLevel)) this.log.print(line);
    yield* sleep(100 * MS);
  }

  /** __rmem_check_for_overlap: one message of two lines. */
  private tellOverlaps(): void {
    const regions = [...this.world.plan.soc.reservedMemory].sort((a, b) => a.pa - b.pa);
    regions.forEach((region, index) => {
      const next = regions[index + 1];
      if (next === undefined || region.pa + region.size <= next.pa) return;
      const named = ({ name, pa, size }: RegionDescription): string =>
        `${name} (${address(pa)}--${address(pa + size)})`;
      this.log.regionsOverlap(`${named(region)} overlaps with ${named(next)}`);
    });
  }

  private tellKvm(): void {
    const { exceptionLevel } = this.world.plan.mode;
    for (const line of kvmLines(exceptionLevel)) this.log.print(line);
    const isHost = exceptionLevel === 2;
    const mode = isHost ? 'VHE' : 'unavailable';
    const cause = this.log.print(
      isHost ? 'kvm [1]: VHE mode initialized successfully' : 'kvm [1]: HYP mode not available',
    );
    this.world.recording.emit('boot.kvm_initialised', { agent: 'linux', cause, context: null }, { mode });
  }

  private runInit(): void {
    const cause = this.log.print('Run /init as init process');
    this.world.recording.emit(
      'boot.stage_entered',
      { agent: 'linux', cause, context: null },
      { stage: 'userspace' },
    );
  }

  /**
   * arm-smmu probes once the secure channel manager has (qcom_smmu_create), arm-smmu-v3 does not ask. It takes all
   * its devices at once.
   */
  private *probeSmmu(hasScm: boolean): Steps<SmmuProbe> {
    if (this.world.faults.hits('F-09')) return 'missing';
    const { soc, mode, policies } = this.world.plan;
    const isV2 = soc.smmu.architecture === 'smmu-v2';
    if (isV2 && !hasScm) return 'deferred';
    if (!isV2 && !this.devicetree.hasOverlay) return 'up';
    const isRewritten = mode.hypervisor !== null && policies['bypass-quirk'] === 'hypervisor';
    for (const { text, description } of smmuProbeLines(soc.smmu, mode.exceptionLevel, isRewritten)) {
      this.log.smmuDescribed(text, soc.smmu.device, description);
    }
    if (mode.hypervisor === null) {
      this.smmu.reset({ agent: 'linux', subject: soc.smmu.device });
      if (isV2) this.retainStreams();
    }
    for (const { device, streams, isFirst } of this.devicetree.others)
      if (isFirst) this.iommu.addDevice(device, device, streams);
    let count = 0;
    for (const { name, unitAddress } of this.devicetree.remoteprocs) {
      const stream = this.devicetree.iommusOf(name);
      if (stream === undefined) continue;
      this.iommu.addDevice(`${unitAddress}.remoteproc`, name, [stream]);
      count++;
    }
    for (const { device, streams, isFirst } of this.devicetree.others)
      if (!isFirst) this.iommu.addDevice(device, device, streams);
    if (this.world.faults.hits('F-35')) this.smmu.leaveContextBanks(count);
    for (const processor of this.processors.values()) {
      // Where Linux takes no stream over, it takes none away from a core that runs.
      if (this.iommu.deviceOf(processor.name) === null) continue;
      if (this.world.faults.hits('F-30', processor.name)) processor.runFromBoot();
    }
    yield* this.iommu.probeBus();
    return 'up';
  }

  /** The stream of a core that runs already has a match entry of the boot loader's. */
  private retainStreams(): void {
    const { plan } = this.world;
    const name = preloadedProcessor(plan);
    const stream = name === null ? undefined : plan.soc.el2Overlay?.iommus[name];
    if (name !== null && stream !== undefined) this.iommu.retain(name, stream);
  }

  /** Drivers whose suppliers are not there say so when the deferred-probe timeout is over. */
  private *defer(hasScm: boolean, smmu: SmmuProbe): Steps {
    yield* sleep(10_000 * MS);
    const { device } = this.world.plan.soc.smmu;
    const pending = (name: string, reason: string): void => {
      this.log.print(`platform ${name}: deferred probe pending: ${reason}`, LEVEL.warning);
    };
    if (smmu === 'deferred') pending(device, 'arm-smmu: qcom_scm not ready');
    const supplier = `platform: wait for supplier /soc@0/iommu@${device.split('.')[0]}`;
    for (const { unitAddress, name } of this.devicetree.remoteprocs) {
      const waits = smmu !== 'up' && this.devicetree.iommusOf(name) !== undefined;
      if (waits) pending(`${unitAddress}.remoteproc`, supplier);
      else if (!hasScm) pending(`${unitAddress}.remoteproc`, '(reason unknown)');
    }
  }

  private *probeDrivers(hasSmmu: boolean): Steps {
    for (const client of this.devicetree.clients) {
      yield* this.world.spend(20 * MS);
      const driver = new PasClient(this.world, this.log, this.scm, this.files, client);
      this.world.scheduler.spawn(this.tasks.worker(), driver.load(), 30 * MS);
    }
    let index = 0;
    for (const { name } of this.devicetree.remoteprocs) {
      if (!hasSmmu && this.devicetree.iommusOf(name) !== undefined) continue;
      // The flood of faults comes long before its driver is there: what is shown is a boot without it.
      if (this.world.faults.hits('F-30', name)) continue;
      yield* this.world.spend(4 * MS);
      const core = this.probeRemoteproc(name, index);
      if (core.isDetached && core.isAutoBoot && (yield* this.attachAtProbe(core, name)) !== 0) continue;
      index++;
    }
    yield* this.playScenario();
  }

  /** rproc_add attaches at once, and fails as the attach does: then so does the probe of the driver. */
  private *attachAtProbe(core: RemoteprocCore, name: string): Steps<number> {
    const errno = yield* core.boot();
    if (errno === 0) return 0;
    this.cores.delete(name);
    const unitAddress = this.devicetree.remoteprocs.find((candidate) => candidate.name === name)?.unitAddress;
    // An error that means that there is no such device goes without a line.
    if (errno !== ENODEV)
      this.log.print(
        `qcom_q6v5_pas ${unitAddress}.remoteproc: probe with driver qcom_q6v5_pas failed with error ${errno}`,
        LEVEL.error,
      );
    return errno;
  }

  /** qcom_pas_probe. */
  private probeRemoteproc(name: string, index: number): RemoteprocCore {
    const { world, log } = this;
    const description = present(
      this.devicetree.remoteprocs.find((candidate) => candidate.name === name),
      `no remote processor ${name}`,
    );
    const processor = present(this.processors.get(name), `no core ${name}`);
    const hasIommus = this.devicetree.iommusOf(name) !== undefined && world.plan.kernel.hasSeries;
    const device: IommuDevice | null = hasIommus ? this.iommu.deviceOf(name) : null;
    const late: { core?: RemoteprocCore; driver?: PasDriver } = {};
    const q6v5 = new Q6v5(world, log, description, processor, {
      crashed: (type) => late.core?.reportCrash(type),
      handover: () => late.driver?.handover(),
    });
    const driver = new PasDriver(world, log, this.scm, this.iommu, this.files, description, q6v5, hasIommus);
    const fastrpc = new Fastrpc(world, log, this.scm, this.iommu, description);
    const subdevices = new SysmonSubdevices(
      world,
      log,
      description,
      () => {
        driver.isShutdownAcknowledged = true;
      },
      () => world.scheduler.spawn(this.tasks.worker(), fastrpc.run(), MS),
    );
    const core = new RemoteprocCore(
      world,
      log,
      this.iommu,
      this.tasks,
      this.files,
      description,
      index,
      device,
      driver,
      subdevices,
      name === preloadedProcessor(world.plan),
    );
    late.core = core;
    late.driver = driver;
    this.cores.set(name, core);
    const smp2p = this.tasks.interruptThread(15 + index, `smp2p-${name}`);
    const watchdog = this.tasks.interruptThread(115 + index, 'q6v5 wdog');
    processor.connect({
      smp2p: (value) =>
        world.scheduler.spawn(
          smp2p,
          once(() => q6v5.notify(value)),
          20_000,
        ),
      watchdog: (message) =>
        world.scheduler.spawn(
          watchdog,
          once(() => q6v5.watchdog(message)),
          20_000,
        ),
      reset: () => q6v5.forgetInterrupts(),
    });
    if (description.autoBoot && !core.isDetached)
      world.scheduler.spawn(this.tasks.worker(), core.autoBoot(), MS);
    return core;
  }

  /** What user space does with the processors once they are up. */
  private *playScenario(): Steps {
    switch (this.world.plan.scenario) {
      case 'stop-start':
      case 'crash-while-stopping':
        yield* this.waitUntilSettled();
        yield* sleep(400 * MS);
        for (const core of this.cores.values()) {
          yield* core.shutdown();
          yield* sleep(15 * MS);
          yield* core.bootFromSysfs();
        }
        break;
      case 'all-processors-stop':
        for (const core of this.cores.values()) if (!core.isAutoBoot) yield* core.bootFromSysfs();
        yield* this.waitUntilSettled();
        yield* sleep(400 * MS);
        for (const core of this.cores.values()) yield* core.shutdown();
        break;
      case 'stop':
        yield* this.waitUntilSettled();
        yield* sleep(400 * MS);
        for (const core of this.cores.values()) yield* core.shutdown();
        break;
      case 'all-processors':
        // Those that do not boot by themselves too.
        for (const core of this.cores.values()) if (!core.isAutoBoot) yield* core.bootFromSysfs();
        break;
      case 'attach':
        // The driver attaches by itself to none that does not boot by itself.
        for (const core of this.cores.values()) if (core.isDetached) yield* core.bootFromSysfs();
        break;
      default:
        break;
    }
  }

  /** Waits until every processor that boots by itself is up or has failed. */
  private *waitUntilSettled(): Steps {
    const isSettled = (core: RemoteprocCore): boolean => !core.isAutoBoot || core.isSettled;
    for (let waited = 0; waited < 3000 && ![...this.cores.values()].every(isSettled); waited++) {
      yield* sleep(10 * MS);
    }
  }
}

// biome-ignore lint/correctness/useYield: an interrupt thread runs to its end at once
function* once(run: () => void): Steps {
  run();
}

function address(pa: number): string {
  return `0x${pa.toString(16).padStart(16, '0')}`;
}
