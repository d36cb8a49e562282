import { assert } from '../../base/assert.ts';
import type { StreamDescription } from '../../soc/description.ts';
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
  /** Shares its group with another device. */
  hasSharedGroup: boolean;
  defaultDomain: IommuDomain | null;
}

/** A domain: a table, and the context bank that walks it. */
export interface IommuDomain {
  readonly space: AddressSpace;
  readonly subject: string;
  contextBank: number | null;
  /** rproc_iommu_fault, where somebody installed a handler. */
  onFault: ((iova: number, isWrite: boolean) => void) | null;
}

const PAGE = 4096;
const EINVAL = -22;
const ENOSPC = -28;

/** drivers/iommu/iommu.c and the arm-smmu driver below it, Linux 7.2. */
export class Iommu {
  private readonly world: World;
  private readonly log: KernelLog;
  private readonly smmu: SmmuHardware;
  private readonly devices: IommuDevice[] = [];
  private readonly domains = new Map<number, IommuDomain>();

  constructor(world: World, log: KernelLog, smmu: SmmuHardware) {
    this.world = world;
    this.log = log;
    this.smmu = smmu;
  }

  addDevice(name: string, subject: string, streams: readonly StreamDescription[]): IommuDevice {
    const device = { name, subject, streams, group: null, hasSharedGroup: false, defaultDomain: null };
    this.devices.push(device);
    return device;
  }

  /** The device of a remote processor; null where no node gave it an SMMU. */
  deviceOf(subject: string): IommuDevice | null {
    return this.devices.find((device) => device.subject === subject) ?? null;
  }

  /** bus_iommu_probe: every device joins a group, then every group gets an empty default domain. */
  *probeBus(): Steps {
    let group = 0;
    for (const device of this.devices) {
      yield* this.world.spend(200_000);
      // A partly overlapping entry cannot be programmed: the device stays out of any group, without a line.
      if (this.world.faults.hits('F-33', device.subject)) continue;
      device.hasSharedGroup = this.world.faults.hits('F-34', device.subject);
      device.group = group++;
      this.world.recording.emit('smmu.group_added', this.actor(device.subject), {
        device: device.name,
        group: device.group,
      });
      yield* this.world.spend(14_000);
      this.log.groupJoined(device.name, device.subject, device.group);
    }
    for (const device of this.devices) {
      if (device.group === null) continue;
      yield* this.world.spend(250_000);
      const domain = this.newDomain(device.subject, `${device.subject}-dma`);
      device.defaultDomain = domain;
      yield* this.attachTo(device, domain);
    }
  }

  /** iommu_paging_domain_alloc; null for a device without a group. */
  allocateDomain(device: IommuDevice): IommuDomain | null {
    if (device.group === null) return null;
    return this.newDomain(device.subject, device.subject);
  }

  /** iommu_attach_device: 0, or a negative error number. */
  *attach(device: IommuDevice, domain: IommuDomain): Steps<number> {
    // Only the one device of a group may be attached by itself.
    if (device.hasSharedGroup) return EINVAL;
    if (this.world.faults.hits('F-35')) return ENOSPC;
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
    return domain.space.map(this.actor(subject), iova, pa, size, flags);
  }

  /** iommu_unmap: bytes that were unmapped. */
  *unmap(domain: IommuDomain, subject: string, iova: number, size: number): Steps<number> {
    yield* this.world.spend(10_000 + size / 10_000);
    return domain.space.unmap(this.actor(subject), iova, size);
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
