import { AGENT } from '../event-sink.ts';
import type { Recogniser } from './recogniser.ts';

const V2 = 'drivers/iommu/arm/arm-smmu/arm-smmu.c';
const V3 = 'drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c';

function describedBy(firstWord: string, where: string, pattern: RegExp, example: string): Recogniser {
  return {
    name: `${firstWord} hardware`,
    where,
    firstWord,
    pattern,
    example,
    recognise: ([, device = '', description = ''], { sink, cause }) => {
      sink.emit('smmu.described', { agent: AGENT.linux, subject: device, cause }, { device, description });
    },
  };
}

/** Before 6.15 the name before the device is that of its driver, since then that of its bus. */
function groupRecogniser(
  verb: string,
  preposition: string,
  kind: 'smmu.group_added' | 'smmu.group_removed',
): Recogniser {
  return {
    name: `${verb} a device ${preposition} a group`,
    where: 'drivers/iommu/iommu.c iommu_group_alloc_device',
    place: 'text',
    firstWord: verb,
    pattern: new RegExp(`^\\S+ (\\S+): ${verb} ${preposition} iommu group (\\d{1,9})$`),
    example: `platform 30000000.remoteproc: ${verb} ${preposition} iommu group 9`,
    recognise: ([, device = '', group = ''], { sink, tracker, cause }) => {
      const subject = tracker.subjectOfDevice(device);
      sink.emit(kind, { agent: AGENT.linux, subject, cause }, { device, group: Number(group) });
    },
  };
}

/** What the SMMU drivers say of hardware and groups. */
export const SMMU_RECOGNISERS: readonly Recogniser[] = [
  describedBy(
    'arm-smmu',
    `${V2} arm_smmu_device_cfg_probe`,
    /^arm-smmu (\S+): \s*((?:probing hardware|SMMUv[12] with:|stage [12] translation|nested translation|address translation ops|(?:non-)?coherent table walk|\(IDR0\.CTTW overridden|stream matching with|\d+ context banks|Supported page sizes|Stage-[12]:|preserved \d+ boot|Limiting the stream).*)$/,
    'arm-smmu 15000000.iommu: \tstream matching with 172 register groups',
  ),
  describedBy(
    'arm-smmu-v3',
    `${V3} arm_smmu_device_hw_probe`,
    /^arm-smmu-v3 (\S+): ((?:oas|ias|allocated|msi_domain|option) .*)$/,
    'arm-smmu-v3 9050000.smmuv3: oas 44-bit (features 0x01008305)',
  ),
  groupRecogniser('Adding', 'to', 'smmu.group_added'),
  {
    name: 'Adding a device to a group, as older kernels say it',
    where: 'drivers/iommu/iommu.c iommu_group_add_device, up to 5.3',
    firstWord: 'iommu',
    pattern: /^iommu: Adding device (\S+) to group (\d{1,9})$/,
    example: 'iommu: Adding device 17300000.remoteproc to group 9',
    recognise: ([, device = '', group = ''], { sink, tracker, cause }) => {
      const subject = tracker.subjectOfDevice(device);
      sink.emit('smmu.group_added', { agent: AGENT.linux, subject, cause }, { device, group: Number(group) });
    },
  },
  groupRecogniser('Removing', 'from', 'smmu.group_removed'),
];
