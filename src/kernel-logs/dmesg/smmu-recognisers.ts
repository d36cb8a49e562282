import { INTEGER_LIMIT } from '../../events/field.ts';
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

function groupRecogniser(firstWord: string): Recogniser {
  return {
    name: `group of a device with driver ${firstWord}`,
    where: 'drivers/iommu/iommu.c iommu_group_alloc_device',
    firstWord,
    pattern: /^\S+ (\S+): Adding to iommu group (\d+)$/,
    example: `${firstWord} 30000000.remoteproc: Adding to iommu group 9`,
    recognise: ([, device = '', group = ''], { sink, tracker, cause }) => {
      const subject = tracker.subjectOfDevice(device);
      sink.emit('smmu.group_added', { agent: AGENT.linux, subject, cause }, { device, group: Number(group) });
    },
  };
}

/** A hexadecimal register or address; null when it is too large to be a real one. */
function register(digits: string): number | null {
  const value = Number.parseInt(digits, 16);
  return value < INTEGER_LIMIT ? value : null;
}

/** What the SMMU drivers say of hardware, groups and faults. */
export const SMMU_RECOGNISERS: readonly Recogniser[] = [
  describedBy(
    'arm-smmu',
    `${V2} arm_smmu_device_cfg_probe`,
    /^arm-smmu (\S+): \t?((?:SMMUv[12] with:|stage [12] translation|nested translation|address translation ops|(?:non-)?coherent table walk|\(IDR0\.CTTW overridden|stream matching with|\d+ context banks|Supported page sizes|Stage-[12]:|preserved \d+ boot|Limiting the stream).*)$/,
    'arm-smmu 15000000.iommu: \tstream matching with 172 register groups',
  ),
  describedBy(
    'arm-smmu-v3',
    `${V3} arm_smmu_device_hw_probe`,
    /^arm-smmu-v3 (\S+): ((?:oas|ias|allocated|msi_domain|option) .*)$/,
    'arm-smmu-v3 9050000.smmuv3: oas 44-bit (features 0x01008305)',
  ),
  groupRecogniser('platform'),
  groupRecogniser('qcom_q6v5_pas'),
  groupRecogniser('pci'),
  {
    name: 'SMMUv2 context fault',
    where: `${V2} arm_smmu_print_context_fault_info`,
    firstWord: 'arm-smmu',
    pattern:
      /^arm-smmu (\S+): Unhandled context fault: fsr=0x([0-9a-f]+), iova=0x([0-9a-f]+), fsynr=0x([0-9a-f]+), cbfrsynra=0x([0-9a-f]+), cb=(\d+)$/,
    example:
      'arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x95900100, fsynr=0x10001, cbfrsynra=0x3000, cb=1',
    recognise: ([, device = '', fsr = '', iova = '', fsynr = '', sid = '', bank = ''], { sink, cause }) => {
      sink.emit(
        'smmu.faulted',
        { agent: AGENT.smmu, subject: `sid-0x${sid}`, cause },
        {
          device,
          type: 'context',
          stream_id: register(sid),
          iova: register(iova),
          fsr: register(fsr),
          fsynr: register(fsynr),
          context_bank: Number(bank),
          detail: null,
        },
      );
    },
  },
  {
    name: 'SMMUv2 unknown stream',
    where: `${V2} arm_smmu_global_fault`,
    firstWord: 'arm-smmu',
    pattern: /^arm-smmu (\S+): (Blocked unknown Stream ID 0x([0-9a-f]+)); boot with .*$/,
    example:
      'arm-smmu 15000000.iommu: Blocked unknown Stream ID 0x3000; boot with "arm-smmu.disable_bypass=0" to allow',
    recognise: ([, device = '', detail = '', sid = ''], { sink, cause }) => {
      sink.emit(
        'smmu.faulted',
        { agent: AGENT.smmu, subject: `sid-0x${sid}`, cause },
        {
          device,
          type: 'global',
          stream_id: register(sid),
          iova: null,
          fsr: null,
          fsynr: null,
          context_bank: null,
          detail,
        },
      );
    },
  },
  {
    name: 'fault that stops a processor',
    where: 'drivers/remoteproc/remoteproc_core.c rproc_iommu_fault',
    firstWord: '(NULL',
    pattern: /^\(NULL device \*\): iommu fault: da 0x([0-9a-f]+) flags 0x([01])$/,
    example: '(NULL device *): iommu fault: da 0x95900100 flags 0x0',
    recognise: ([, iova = '', flags = ''], { sink, cause }) => {
      sink.emit(
        'smmu.faulted',
        { agent: AGENT.smmu, subject: null, cause },
        {
          device: '(NULL device *)',
          type: 'context',
          stream_id: null,
          iova: register(iova),
          fsr: null,
          fsynr: null,
          context_bank: null,
          detail: flags === '1' ? 'write, told to the remoteproc core' : 'read, told to the remoteproc core',
        },
      );
    },
  },
  {
    name: 'SMMUv3 event',
    where: `${V3} arm_smmu_dump_event`,
    firstWord: 'arm-smmu-v3',
    pattern:
      /^arm-smmu-v3 (\S+): event: (\S+) client: \S+ sid: 0x([0-9a-f]+) ssid: \S+ iova: 0x([0-9a-f]+) ipa: \S+$/,
    example:
      'arm-smmu-v3 9050000.smmuv3: event: F_TRANSLATION client: 30000000.remoteproc sid: 0x3000 ssid: 0x0 iova: 0x95900100 ipa: 0x0',
    recognise: ([, device = '', detail = '', sid = '', iova = ''], { sink, cause }) => {
      sink.emit(
        'smmu.faulted',
        { agent: AGENT.smmu, subject: `sid-0x${sid}`, cause },
        {
          device,
          type: 'event',
          stream_id: register(sid),
          iova: register(iova),
          fsr: null,
          fsynr: null,
          context_bank: null,
          detail,
        },
      );
    },
  },
];
