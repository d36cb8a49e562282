import { assert } from '../../base/assert.ts';
import type { StreamDescription } from '../../soc/description.ts';
import { findStreamMatchEntry, type StreamMatch } from '../../soc/stream-match.ts';
import { AddressSpace } from '../address-space.ts';
import type { Steps } from '../scheduler.ts';
import type { SmmuHardware } from '../smmu-hardware.ts';
import type { World } from '../world.ts';
import { type KernelLog, LEVEL } from './kernel-log.ts';

/** A device behind the SMMU. */
export interface IommuDevice {
  /** Device name, such as `30000000.remoteproc`. */
  readonly name: string;
  readonly subject: string;
  readonly streams: readonly StreamDescription[];
  /** Null while it is in no group: its streams could not be taken. */
  group: number | null;
  defaultDomain: IommuDomain | null;
}

/** A domain: a table, and the context bank that walks it. */
export interface IommuDomain {
  readonly space: AddressSpace;
  readonly subject: string;
  contextBank: number | null;
  /** rproc_iommu_fault, where somebody installed a handler; takes the seq of the fault. */
  onFault: ((fault: number) => void) | null;
}

/** A stream-match entry in use. */
interface StreamEntry extends StreamMatch {
  group: number | null;
}

const PAGE = 4096;
const EINVAL = -22;
const ENOSPC = -28;
const EEXIST = -17;
const ERANGE = -34;

const IO_PGTABLE = 'drivers/iommu/io-pgtable-arm.c';

/** drivers/iommu/iommu.c and the arm-smmu driver below it, Linux 7.2. */
export class Iommu {
  private readonly world: World;
  private readonly log: KernelLog;
  private readonly smmu: SmmuHardware;
  private readonly devices: IommuDevice[] = [];
  private readonly entries: StreamEntry[] = [];
  private nextGroup = 0;
  private readonly domains = new Map<number, IommuDomain>();

  constructor(world: World, log: KernelLog, smmu: SmmuHardware) {
    this.world = world;
    this.log = log;
    this.smmu = smmu;
  }

  addDevice(name: string, subject: string, streams: readonly StreamDescription[]): IommuDevice {
    const device = { name, subject, streams, group: null, defaultDomain: null };
    this.devices.push(device);
    return device;
  }

  /** The device of a remote processor; null where no node gave it an SMMU. */
  deviceOf(subject: string): IommuDevice | null {
    return this.devices.find((device) => device.subject === subject) ?? null;
  }

  /** qcom_smmu_cfg_probe: a stream-match entry that the boot loader left stays, and lets its stream through. */
  retain(subject: string, stream: StreamDescription): void {
    this.entries.push({ stream_id: stream.streamId, mask: stream.mask, group: null });
    this.smmu.configureStream(this.actor(subject), stream, 'bypass', null);
  }

  /** bus_iommu_probe: every device joins a group, then every group gets an empty default domain. */
  *probeBus(): Steps {
    for (const device of this.devices) {
      yield* this.world.spend(200_000);
      yield* this.joinGroup(device);
    }
    for (const device of this.devices) yield* this.attachDefault(device);
  }

  /** A device that comes up later: iommu_bus_notifier. */
  *probeDevice(device: IommuDevice): Steps {
    yield* this.joinGroup(device);
    yield* this.attachDefault(device);
  }

  private *joinGroup(device: IommuDevice): Steps {
    const entries = this.claimStreams(device.streams);
    // Streams of which another entry takes a part cannot be programmed: the device stays out, without a line.
    if (entries === null) return;
    device.group = entries.find(({ group }) => group !== null)?.group ?? this.nextGroup++;
    for (const entry of entries) entry.group = device.group;
    this.world.recording.emit('smmu.group_added', this.actor(device.subject), {
      device: device.name,
      group: device.group,
    });
    yield* this.world.spend(14_000);
    this.log.groupJoined(device.name, device.subject, device.group);
  }

  private *attachDefault(device: IommuDevice): Steps {
    if (device.group === null) return;
    yield* this.world.spend(250_000);
    const mate = this.devices.find(({ group, defaultDomain }) => group === device.group && defaultDomain);
    const domain = mate?.defaultDomain ?? this.newDomain(device.subject, `${device.subject}-dma`);
    device.defaultDomain = domain;
    yield* this.attachTo(device, domain);
  }

  /** arm_smmu_master_alloc_smes: the entry of each stream, shared where one takes all of it; null for an error. */
  private claimStreams(streams: readonly StreamDescription[]): StreamEntry[] | null {
    const { architecture, streamMatchGroups } = this.world.plan.soc.smmu;
    // An SMMUv3 has a table entry for each stream.
    const isV3 = architecture === 'smmu-v3';
    const claimed: StreamEntry[] = [];
    for (const { streamId, mask } of streams) {
      const entry = { stream_id: streamId, mask, group: null };
      const free = new Array<null>(isV3 ? 1 : streamMatchGroups - this.entries.length).fill(null);
      const index = isV3 ? this.entries.length : findStreamMatchEntry([...this.entries, ...free], entry);
      if (index < 0) return null;
      const there = this.entries[index];
      claimed.push(there ?? entry);
      if (there === undefined) this.entries.push(entry);
    }
    return claimed;
  }

  /** iommu_paging_domain_alloc; null for a device without a group. */
  allocateDomain(device: IommuDevice): IommuDomain | null {
    if (device.group === null) return null;
    return this.newDomain(device.subject, device.subject);
  }

  /** iommu_attach_device: 0, or a negative error number. */
  *attach(device: IommuDevice, domain: IommuDomain): Steps<number> {
    // Only the one device of a group may be attached by itself.
    if (this.devices.some((other) => other !== device && other.group === device.group)) return EINVAL;
    return yield* this.attachTo(device, domain);
  }

  /** iommu_detach_device: back to the default domain, which is one more attach and no event of its own. */
  *detach(device: IommuDevice, domain: IommuDomain): Steps {
    assert(device.defaultDomain !== null, 'a device in a group has a default domain');
    yield* this.attachTo(device, device.defaultDomain);
    this.releaseBank(domain);
  }

  freeDomain(domain: IommuDomain): void {
    domain.space.destroy(this.actor(domain.subject));
    this.releaseBank(domain);
  }

  /** iommu_map: 0, or a negative error number. */
  *map(
    domain: IommuDomain,
    subject: string,
    iova: number,
    pa: number,
    size: number,
    flags: number,
  ): Steps<number> {
    if (iova % PAGE !== 0 || pa % PAGE !== 0 || size % PAGE !== 0) {
      this.log.print(
        `iommu: unaligned: iova 0x${iova.toString(16)} pa 0x${pa.toString(16).padStart(16, '0')} size 0x${size.toString(16)} min_pagesz 0x1000`,
        LEVEL.error,
      );
      return EINVAL;
    }
    yield* this.world.spend(8_000 + size / 10_000);
    const errno = domain.space.map(this.actor(subject), iova, pa, size, flags);
    if (errno === EEXIST) this.log.warn(IO_PGTABLE, '__arm_lpae_map');
    if (errno === ERANGE) this.log.warn(IO_PGTABLE, 'arm_lpae_map_pages');
    return errno;
  }

  /** iommu_unmap: bytes that were unmapped. */
  *unmap(domain: IommuDomain, subject: string, iova: number, size: number): Steps<number> {
    yield* this.world.spend(10_000 + size / 10_000);
    const unmapped = domain.space.unmap(this.actor(subject), iova, size);
    // A hole, or a part of a block.
    if (unmapped !== size) this.log.warn(IO_PGTABLE, '__arm_lpae_unmap');
    return unmapped;
  }

  domainOfBank(contextBank: number): IommuDomain | undefined {
    return this.domains.get(contextBank);
  }

  private newDomain(subject: string, name: string): IommuDomain {
    const { smmu } = this.world.plan.soc;
    const space = AddressSpace.create(this.world, this.actor(subject), {
      name,
      stage: 1,
      addressBits: smmu.inputBits,
      outputBits: smmu.outputBits,
      isCoherent: smmu.isCoherent,
      owner: 'linux',
    });
    return { space, subject, contextBank: null, onFault: null };
  }

  private *attachTo(device: IommuDevice, domain: IommuDomain): Steps<number> {
    const actor = this.actor(device.subject);
    if (domain.contextBank === null) {
      const bank = this.smmu.takeContextBank();
      if (bank === null) return ENOSPC;
      domain.contextBank = bank;
      this.domains.set(bank, domain);
      this.smmu.configureContextBank(actor, bank, domain.space);
    }
    yield* this.world.spend(60_000);
    for (const stream of device.streams)
      this.smmu.configureStream(actor, stream, 'translate', domain.contextBank);
    this.world.recording.emit('smmu.device_attached', actor, {
      device: device.name,
      domain: domain.space.name,
    });
    return 0;
  }

  private releaseBank(domain: IommuDomain): void {
    if (domain.contextBank === null) return;
    this.domains.delete(domain.contextBank);
    this.smmu.returnContextBank(domain.contextBank);
    domain.contextBank = null;
  }

  private actor(subject: string) {
    return { agent: 'linux', subject };
  }
}
