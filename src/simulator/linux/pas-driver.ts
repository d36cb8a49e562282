import type { FirmwareDescription, RegionDescription, RemoteprocDescription } from '../../soc/description.ts';
import { initImageErrorLine, memorySetupErrorLine, prepareImage } from '../../soc/mdt-file.ts';
import { type Steps, sleep } from '../scheduler.ts';
import type { World } from '../world.ts';
import { copySegments } from './copy-segments.ts';
import type { FirmwareFiles } from './firmware-files.ts';
import type { Iommu, IommuDomain } from './iommu.ts';
import { type KernelLog, LEVEL } from './kernel-log.ts';
import { type PasFeatures, pasFeatures } from './pas-features.ts';
import type { Q6v5 } from './q6v5.ts';
import type { RemoteprocOps } from './remoteproc-core.ts';
import { fetchResourceTable } from './resource-table-call.ts';
import { ARGUMENT, type ScmDriver } from './scm.ts';
import type { TzBuffer } from './tzmem-pool.ts';

const ENOENT = -2;
const ENOMEM = -12;
const EINVAL = -22;
const ETIMEDOUT = -110;

/** QCOM_PAS_DECRYPT_SHUTDOWN_DELAY_MS and its number of tries. */
const DECRYPT_POLL_NS = 100_000_000;
const DECRYPT_POLLS = 50;

const SHARED_BRIDGE_NS = 300_000_000;

/** An id that nobody has. */
const UNKNOWN_PAS_ID = 0x7f;

const READ_WRITE = 3;

/** One of the images of a processor, with its PAS context: `struct qcom_scm_pas_context`. */
interface PasContext {
  readonly pasId: number;
  readonly firmware: FirmwareDescription;
  readonly part: 'main' | 'dtb';
  readonly region: RegionDescription;
  metadata: { readonly buffer: TzBuffer; readonly isPool: boolean } | null;
}

/** The PAS driver's side of a remote processor: drivers/remoteproc/qcom_q6v5_pas.c of Linux 7.2. */
export class PasDriver implements RemoteprocOps {
  private readonly world: World;
  private readonly log: KernelLog;
  private readonly scm: ScmDriver;
  private readonly iommu: Iommu;
  private readonly files: FirmwareFiles;
  private readonly description: RemoteprocDescription;
  private readonly q6v5: Q6v5;
  private readonly name: string;
  private readonly device: string;
  private readonly main: PasContext;
  private readonly dtb: PasContext | null;
  private readonly features: PasFeatures;
  /** Sysmon had the processor acknowledge the shutdown: no stop request is needed. */
  isShutdownAcknowledged = false;

  constructor(
    world: World,
    log: KernelLog,
    scm: ScmDriver,
    iommu: Iommu,
    files: FirmwareFiles,
    description: RemoteprocDescription,
    q6v5: Q6v5,
    hasIommus: boolean,
  ) {
    this.world = world;
    this.log = log;
    this.scm = scm;
    this.iommu = iommu;
    this.files = files;
    this.description = description;
    this.q6v5 = q6v5;
    this.name = description.name;
    this.device = `qcom_q6v5_pas ${description.unitAddress}.remoteproc`;
    this.main = this.newContext(description.pasId, description.firmware, 'main', description.carveout);
    this.dtb =
      description.dtbPasId === null || description.dtbFirmware === null || description.dtbCarveout === null
        ? null
        : this.newContext(description.dtbPasId, description.dtbFirmware, 'dtb', description.dtbCarveout);
    this.features = pasFeatures(world.plan, hasIommus);
    if (!world.plan.parts.has('pas-context')) return;
    for (const context of [this.main, this.dtb]) {
      if (context === null) continue;
      world.recording.emit(
        'pas.context_created',
        { agent: 'linux', subject: this.name },
        { pas_id: context.pasId, uses_tzmem: this.features.metadataInPool },
      );
    }
  }

  private newContext(
    pasId: number,
    firmware: FirmwareDescription,
    part: 'main' | 'dtb',
    carveout: string,
  ): PasContext {
    const region = this.world.plan.soc.reservedMemory.find(({ name }) => name === carveout);
    if (region === undefined) throw new Error(`SoC description has no region ${carveout}`);
    return { pasId, firmware, part, region, metadata: null };
  }

  /** qcom_pas_parse_firmware. */
  *parseFirmware(domain: IommuDomain | null): Steps<Uint8Array | null | number> {
    if (domain === null || !this.features.fetchesTable) return null;
    yield* this.world.spend(20_000);
    const table = yield* fetchResourceTable(this.world, this.log, this.scm, this.main.pasId, this.name);
    if (typeof table === 'number') {
      this.log.stepFailed(
        `${this.device}: Error in getting resource table: ${table}`,
        this.name,
        'resource-table',
        table,
      );
    }
    return table;
  }

  /** qcom_pas_load: the main image is not loaded here. */
  *load(): Steps<number> {
    const { litePasId, liteDtbPasId } = this.description;
    if (!this.world.faults.hits('F-79', this.name)) {
      for (const pasId of [litePasId, liteDtbPasId]) if (pasId !== null) yield* this.shutDownPas(pasId);
    }
    if (this.dtb === null) return 0;
    const { path } = this.dtb.firmware;
    if (this.files.find(this.dtb.firmware, this.name, 'dtb') === undefined) {
      this.log.print(`${this.device}: request_firmware failed for ${path}: ${ENOENT}`, LEVEL.error);
      return ENOENT;
    }
    const errno = yield* this.loadImage(this.dtb);
    if (errno !== 0) this.releaseMetadata(this.dtb);
    return errno;
  }

  /** qcom_pas_start, with the labels that it leaves by. */
  *start(domain: IommuDomain | null): Steps<number> {
    this.q6v5.prepare();
    for (const powerDomain of this.description.proxyPowerDomains)
      this.q6v5.vote('power-domain', powerDomain, 'max');
    this.q6v5.vote('clock', 'xo', 'on');
    let errno = 0;
    if (this.dtb !== null) {
      errno = yield* this.mapCarveout(domain, this.dtb);
      if (errno !== 0) return this.unwind(errno);
      errno = yield* this.prepareAndAuthenticate(this.dtb);
      if (errno !== 0) {
        this.log.stepFailed(
          `${this.device}: failed to authenticate dtb image and release reset`,
          this.name,
          'authenticate-dtb',
          null,
        );
        yield* this.unmapCarveout(domain, this.dtb);
        return this.unwind(errno);
      }
    }
    if (this.world.faults.hits('F-76', this.name)) errno = yield* this.authenticateFirst(domain);
    if (errno === 0) errno = yield* this.loadImage(this.main);
    if (errno === 0) {
      errno = yield* this.mapCarveout(domain, this.main);
      if (errno === 0) {
        errno = yield* this.prepareAndAuthenticate(this.main);
        if (errno === 0 && this.world.faults.hits('F-75', this.name)) {
          errno = yield* this.prepareAndAuthenticate(this.main);
        }
        if (errno !== 0) {
          this.tellAuthenticationFailed();
        } else if (!(yield* this.q6v5.waitForStart())) {
          this.log.stepFailed(`${this.device}: start timed out`, this.name, 'ready', null);
          yield* this.shutDownPas(this.main.pasId);
          errno = ETIMEDOUT;
        }
        if (errno !== 0) yield* this.unmapCarveout(domain, this.main);
      }
    }
    this.releaseMetadata(this.main);
    if (this.dtb !== null) this.releaseMetadata(this.dtb);
    if (errno === 0) return 0;
    if (this.dtb !== null) yield* this.unmapCarveout(domain, this.dtb);
    return this.unwind(errno);
  }

  /** qcom_pas_attach: the core has its memory and its votes already; the carveout is not mapped. */
  attach(): number {
    return this.q6v5.attach();
  }

  /** A driver that has the order wrong: the carveout is there, but TrustZone knows no image. */
  private *authenticateFirst(domain: IommuDomain | null): Steps<number> {
    let errno = yield* this.mapCarveout(domain, this.main);
    if (errno !== 0) return errno;
    errno = yield* this.prepareAndAuthenticate(this.main);
    if (errno !== 0) this.tellAuthenticationFailed();
    yield* this.unmapCarveout(domain, this.main);
    return errno;
  }

  private tellAuthenticationFailed(): void {
    const text = `${this.device}: failed to authenticate image and release reset`;
    this.log.stepFailed(text, this.name, 'authenticate', null);
  }

  /** qcom_pas_stop: the carveout is unmapped even if TrustZone did not stop the core. */
  *stop(domain: IommuDomain | null): Steps<number> {
    yield* this.q6v5.requestStop(this.isShutdownAcknowledged);
    this.isShutdownAcknowledged = false;
    let errno = yield* this.shutDownPas(this.main.pasId);
    // qcom_pas_shutdown_poll_decrypt
    for (let tries = 0; this.isToBePolled(errno, tries); tries++) {
      yield* sleep(DECRYPT_POLL_NS);
      errno = yield* this.shutDownPas(this.main.pasId);
    }
    if (errno !== 0) {
      this.log.stepFailed(`${this.device}: failed to shutdown: ${errno}`, this.name, 'shutdown', errno);
    }
    if (this.dtb !== null) {
      errno = yield* this.shutDownPas(this.dtb.pasId);
      if (errno !== 0) {
        this.log.stepFailed(
          `${this.device}: failed to shutdown dtb: ${errno}`,
          this.name,
          'shutdown-dtb',
          errno,
        );
      }
      yield* this.unmapCarveout(domain, this.dtb);
    }
    if (!this.world.faults.hits('F-39', this.name)) yield* this.unmapCarveout(domain, this.main);
    if (this.q6v5.unprepare()) this.handover();
    return errno;
  }

  private isToBePolled(errno: number, tries: number): boolean {
    if (!this.description.decryptShutdown || errno === 0 || tries >= DECRYPT_POLLS) return false;
    return tries === 0 || errno === EINVAL;
  }

  unprepare(): void {
    this.releaseMetadata(this.main);
    if (this.dtb !== null) this.releaseMetadata(this.dtb);
  }

  /** qcom_pas_handover: the processor keeps itself powered from now on. */
  handover(): void {
    this.q6v5.vote('clock', 'xo', 'off');
    for (const powerDomain of this.description.proxyPowerDomains)
      this.q6v5.vote('power-domain', powerDomain, '0');
  }

  private unwind(errno: number): number {
    this.handover();
    this.q6v5.unprepare();
    return errno;
  }

  /** qcom_mdt_pas_load: metadata to TrustZone, memory setup, then the segments to the carveout. */
  private *loadImage(context: PasContext): Steps<number> {
    const { firmware, part, region, pasId } = context;
    const { path } = firmware;
    const bytes = this.files.find(firmware, this.name, part);
    if (bytes === undefined) return ENOENT;
    const file = { name: path, bytes };
    yield* this.world.spend(20_000);
    const prepared = prepareImage(file);
    if (!prepared.ok) {
      this.tellMetadataRefused(prepared.logLines, path, prepared.errno);
      return prepared.errno;
    }
    const metadata = yield* this.prepareMetadata(context, prepared.metadata);
    if (metadata === undefined) {
      this.tellInitRefused(ENOMEM, path);
      return ENOMEM;
    }
    const isUnknown = this.world.faults.hits('F-82', this.name);
    let errno = yield* this.scm.callForStatus({
      service: 2,
      command: 1,
      args: [isUnknown ? UNKNOWN_PAS_ID : pasId, metadata.pa],
      argKinds: [ARGUMENT.value, ARGUMENT.writeBuffer],
      subject: isUnknown ? `pas-${UNKNOWN_PAS_ID}` : this.name,
    });
    if (errno !== 0) {
      this.tellInitRefused(errno, path);
      this.releaseMetadata(context);
      return errno;
    }
    if (this.world.faults.hits('F-52', this.name)) yield* this.overwriteMetadata(context);
    if (prepared.memorySetupSize !== null) {
      errno = yield* this.scm.callForStatus({
        service: 2,
        command: 2,
        args: [pasId, region.pa, prepared.memorySetupSize],
        subject: this.name,
      });
      if (errno !== 0) {
        this.log.firmwareRefused(
          `${this.device}: ${memorySetupErrorLine(errno, path)}`,
          this.name,
          path,
          'memory-setup',
          errno,
        );
        return errno;
      }
    }
    const owner = { subject: this.name, device: this.device, openNs: 100_000 };
    return yield* copySegments(this.world, this.log, file, region, owner);
  }

  /** A driver that lets go of metadata at once: the next call that needs a buffer gets the same page. */
  private *overwriteMetadata(context: PasContext): Steps {
    const size = context.metadata?.buffer.size ?? 0;
    this.releaseMetadata(context);
    const buffer = yield* this.scm.allocate('other-call', size, 'scm');
    if (buffer === undefined) return;
    const about = { agent: 'linux', subject: 'scm', cause: null };
    this.world.write(about, 'other-call', buffer.pa, new Uint8Array(size));
    this.scm.pool.release(buffer);
  }

  private tellMetadataRefused(lines: readonly string[], path: string, errno: number): void {
    lines.forEach((line, index) => {
      const text = `${this.device}: ${line}`;
      if (index < lines.length - 1) this.log.print(text, LEVEL.error);
      else this.log.firmwareRefused(text, this.name, path, 'metadata', errno);
    });
  }

  private tellInitRefused(errno: number, path: string): void {
    this.log.firmwareRefused(
      `${this.device}: ${initImageErrorLine(errno, path)}`,
      this.name,
      path,
      'initialise',
      errno,
    );
  }

  /** qcom_scm_pas_init_image: into the TrustZone pool where the context says so, else into DMA memory. */
  private *prepareMetadata(context: PasContext, bytes: Uint8Array): Steps<TzBuffer | undefined> {
    const { faults } = this.world;
    const isBridged = this.features.metadataInPool || faults.hits('F-51', this.name);
    const isPool = isBridged && !faults.hits('F-50', this.name);
    let buffer: TzBuffer | undefined;
    if (isPool) {
      buffer = yield* this.scm.allocate('metadata', bytes.length, this.name);
    } else {
      const pa = this.world.heap.allocate('metadata', bytes.length, this.name);
      buffer = { purpose: 'metadata', pa, size: bytes.length, subject: this.name };
    }
    if (buffer === undefined) return undefined;
    yield* this.world.spend(60_000);
    const about = { agent: 'linux', subject: this.name, cause: null };
    this.world.write(about, 'metadata', buffer.pa, bytes);
    this.world.recording.emit('pas.metadata_prepared', about, {
      pas_id: context.pasId,
      pa: buffer.pa,
      size: bytes.length,
    });
    context.metadata = { buffer, isPool };
    return buffer;
  }

  /** qcom_scm_pas_metadata_release. */
  private releaseMetadata(context: PasContext): void {
    const { metadata } = context;
    if (metadata === null) return;
    context.metadata = null;
    if (metadata.isPool) this.scm.pool.release(metadata.buffer);
    else this.world.heap.release('metadata', metadata.buffer.pa, metadata.buffer.size, this.name);
    this.world.recording.emit(
      'pas.metadata_released',
      { agent: 'linux', subject: this.name },
      { pas_id: context.pasId },
    );
  }

  /** qcom_pas_map_carveout: identity, the whole reserved region. */
  private *mapCarveout(domain: IommuDomain | null, context: PasContext): Steps<number> {
    if (domain === null || !this.isMapped(context)) return 0;
    const { pa } = context.region;
    return yield* this.iommu.map(domain, this.name, pa, pa, this.mappedSize(context), READ_WRITE);
  }

  private *unmapCarveout(domain: IommuDomain | null, context: PasContext): Steps {
    if (domain === null || !this.isMapped(context)) return;
    yield* this.iommu.unmap(domain, this.name, context.region.pa, this.mappedSize(context));
  }

  private isMapped({ part }: PasContext): boolean {
    const { faults } = this.world;
    if (!this.features.mapsCarveout) return false;
    return !faults.hits('F-36', this.name) && !(part === 'dtb' && faults.hits('F-38', this.name));
  }

  private mappedSize({ region, firmware, part }: PasContext): number {
    return part === 'main' && this.world.faults.hits('F-37', this.name) ? firmware.memorySize : region.size;
  }

  /** qcom_scm_pas_prepare_and_auth_reset: the bridge lives only for the duration of the call. */
  private *prepareAndAuthenticate({ pasId, region }: PasContext): Steps<number> {
    const { faults } = this.world;
    const authenticate = { service: 2, command: 5, args: [pasId], subject: this.name };
    if (!this.features.bridgesCarveout || faults.hits('F-57', this.name)) {
      return yield* this.scm.callForStatus(authenticate);
    }
    const bridge = yield* this.scm.createBridge(region.pa, region.size, this.name);
    if (bridge.errno !== 0) return bridge.errno;
    // Preempted here: the core that shares the region comes by while the bridge lives.
    if (faults.hits('F-54', this.name)) yield* sleep(SHARED_BRIDGE_NS);
    const isDeletedEarly = faults.hits('F-56', this.name);
    if (isDeletedEarly) yield* this.scm.deleteBridge(bridge.handle, this.name);
    const errno = yield* this.scm.callForStatus(authenticate);
    if (!isDeletedEarly && !faults.hits('F-55', this.name))
      yield* this.scm.deleteBridge(bridge.handle, this.name);
    return errno;
  }

  private *shutDownPas(pasId: number): Steps<number> {
    return yield* this.scm.callForStatus({ service: 2, command: 6, args: [pasId], subject: this.name });
  }
}
