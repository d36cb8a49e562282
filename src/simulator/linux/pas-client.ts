import { present } from '../../base/assert.ts';
import type { PasClientDescription } from '../../soc/description.ts';
import { initImageErrorLine, memorySetupErrorLine, prepareImage } from '../../soc/mdt-file.ts';
import type { Steps } from '../scheduler.ts';
import type { World } from '../world.ts';
import { copySegments } from './copy-segments.ts';
import type { FirmwareFiles } from './firmware-files.ts';
import { type KernelLog, LEVEL } from './kernel-log.ts';
import { ARGUMENT, type ScmDriver } from './scm.ts';

const ENOENT = -2;

/**
 * Drivers that load firmware without the remoteproc framework: iris and venus (video), and the GPU's zap shader. They
 * use the calls without a PAS context (qcom_mdt_load, qcom_scm_pas_auth_and_reset), so nobody but a hypervisor
 * makes bridges for them.
 */
export class PasClient {
  private readonly world: World;
  private readonly log: KernelLog;
  private readonly scm: ScmDriver;
  private readonly files: FirmwareFiles;
  private readonly description: PasClientDescription;

  constructor(
    world: World,
    log: KernelLog,
    scm: ScmDriver,
    files: FirmwareFiles,
    description: PasClientDescription,
  ) {
    this.world = world;
    this.log = log;
    this.scm = scm;
    this.files = files;
    this.description = description;
  }

  /** Loads, authenticates and, for video, protects the content memory. */
  *load(): Steps {
    const { name, driver, device, pasId, contentProtection } = this.description;
    const loaded = yield* this.loadImage();
    if (loaded !== 0) {
      // The zap shader's driver speaks of a missing file only.
      if (driver !== 'zap' || loaded === ENOENT) this.tellLoadFailed();
      return;
    }
    const errno = yield* this.scm.callForStatus({ service: 2, command: 5, args: [pasId], subject: name });
    if (errno !== 0) {
      const text = { iris: `auth and reset failed: ${errno}`, venus: 'fail to load video firmware', zap: '' }[
        driver
      ];
      this.log.print(driver === 'zap' ? ZAP_NOT_AUTHORISED : `${device}: ${text}`, LEVEL.error);
      return;
    }
    if (contentProtection === null) return;
    const [start, size, nonPixelStart, nonPixelSize] = contentProtection;
    const protection = yield* this.scm.callForStatus({
      service: 0x0c,
      command: 8,
      args: [start, size, nonPixelStart, nonPixelSize],
      subject: 'scm',
    });
    if (protection === 0) return;
    const text =
      driver === 'iris'
        ? `qcom_scm_mem_protect_video_var failed: ${protection}`
        : `set virtual address ranges fail (${protection})`;
    this.log.print(`${device}: ${text}`, LEVEL.error);
    yield* this.scm.callForStatus({ service: 2, command: 6, args: [pasId], subject: name });
  }

  /** qcom_mdt_load. */
  private *loadImage(): Steps<number> {
    const { name, device, pasId, firmware, carveout } = this.description;
    const { path } = firmware;
    const region = present(
      this.world.plan.soc.reservedMemory.find((candidate) => candidate.name === carveout),
      `no region ${carveout}`,
    );
    const bytes = this.files.find(firmware, name);
    if (bytes === undefined) return ENOENT;
    const file = { name: path, bytes };
    const prepared = prepareImage(file);
    if (!prepared.ok) {
      prepared.logLines.forEach((line, index) => {
        if (index < prepared.logLines.length - 1) this.log.print(`${device}: ${line}`, LEVEL.error);
        else this.tellRefused(line, 'metadata', prepared.errno);
      });
      return prepared.errno;
    }
    const pa = this.world.heap.allocate('metadata', prepared.metadata.length, name);
    const about = { agent: 'linux', subject: name, cause: null };
    this.world.write(about, 'metadata', pa, prepared.metadata);
    let errno = yield* this.scm.callForStatus({
      service: 2,
      command: 1,
      args: [pasId, pa],
      argKinds: [ARGUMENT.value, ARGUMENT.writeBuffer],
      subject: name,
    });
    this.world.heap.release('metadata', pa, prepared.metadata.length, name);
    if (errno !== 0) {
      this.tellRefused(initImageErrorLine(errno, path), 'initialise', errno);
      return errno;
    }
    if (prepared.memorySetupSize !== null) {
      errno = yield* this.scm.callForStatus({
        service: 2,
        command: 2,
        args: [pasId, region.pa, prepared.memorySetupSize],
        subject: name,
      });
      if (errno !== 0) {
        this.tellRefused(memorySetupErrorLine(errno, path), 'memory-setup', errno);
        return errno;
      }
    }
    const owner = { subject: name, device, openNs: 50_000 };
    return yield* copySegments(this.world, this.log, file, region, owner);
  }

  /** A line of the image loader (drivers/soc/qcom/mdt_loader.c) about the client's device. */
  private tellRefused(line: string, step: string, errno: number): void {
    const { device, firmware } = this.description;
    const [, subject = device] = device.split(' ');
    this.log.firmwareRefused(`${device}: ${line}`, subject, firmware.path, step, errno);
  }

  private tellLoadFailed(): void {
    const { driver, device, firmware } = this.description;
    const text = {
      iris: `${device}: firmware download failed`,
      venus: `${device}: fail to load video firmware`,
      zap: `[drm:zap_shader_load_mdt [msm]] *ERROR* Unable to load ${firmware.path}`,
    }[driver];
    this.log.print(text, LEVEL.error);
  }
}

const ZAP_NOT_AUTHORISED = '[drm:zap_shader_load_mdt [msm]] *ERROR* Unable to authorize the image';
