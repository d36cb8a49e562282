import { deviceFailures, deviceNotes, type KernelMessage, lineMessage } from './kernel-message.ts';

const IOMMU = 'drivers/iommu/iommu.c';
const V2 = 'drivers/iommu/arm/arm-smmu/arm-smmu.c';
const V3 = 'drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c';
const TBU = 'drivers/iommu/arm/arm-smmu/arm-smmu-qcom-debug.c';

const v2 = (text: string) => `arm-smmu 15000000.iommu: ${text}`;
const v3 = (text: string) => `arm-smmu-v3 9050000.smmuv3: ${text}`;

/** What the IOMMU core and the SMMU drivers say beside hardware, groups and faults. */
export const IOMMU_MESSAGES: readonly KernelMessage[] = [
  lineMessage(
    'unaligned mapping',
    `${IOMMU} iommu_map_nosync`,
    /^iommu: (?<detail>unaligned: iova (?:0x)?[0-9a-f]+(?: pa (?:0x)?[0-9a-f]+)? size 0x[0-9a-f]+ min_pagesz 0x[0-9a-f]+)$/,
    'iommu: unaligned: iova 0x95900800 pa 0x0000000095900800 size 0x1000 min_pagesz 0x1000',
    (told) => ({
      kind: 'device.failed',
      subject: 'iommu',
      payload: { device: 'iommu', driver: null, step: 'map', errno: -22, detail: told['detail'] ?? null },
    }),
  ),
  ...deviceFailures({
    'iommu-group': {
      where: `${IOMMU} iommu_group_alloc_device`,
      text: /Failed to add to iommu group (?<detail>\d+): (?<errno>-?\d+)/,
      example: 'platform 30000000.remoteproc: Failed to add to iommu group 9: -22',
    },
    'address-space-size': {
      where: `${V2} arm_smmu_device_cfg_probe`,
      text: /SMMU address space size (?<detail>\(0x[0-9a-f]+\) differs from mapped region size \(0x[0-9a-f]+\))!/,
      example: v2('SMMU address space size (0x100000) differs from mapped region size (0x80000)!'),
    },
    'stream-id': {
      where: `${V2} arm_smmu_probe_device`,
      text: /stream ID (?<detail>0x[0-9a-f]+ out of range for SMMU \(0x[0-9a-f]+\))/,
      example: v2('stream ID 0x12000 out of range for SMMU (0x7fff)'),
    },
    'stream-mask': {
      where: `${V2} arm_smmu_probe_device`,
      text: /SMR mask (?<detail>0x[0-9a-f]+ out of range for SMMU \(0x[0-9a-f]+\))/,
      example: v2('SMR mask 0x10400 out of range for SMMU (0x7fff)'),
    },
    'context-interrupts': [
      {
        where: `${V2} arm_smmu_device_probe`,
        text: /found only (?<detail>\d+ context irq\(s\) but \d+ required)/,
        example: v2('found only 64 context irq(s) but 96 required'),
      },
      {
        where: `${V2} arm_smmu_init_domain_context`,
        text: /failed to request context IRQ (?<detail>\d+ \(\d+\))/,
        example: v2('failed to request context IRQ 12 (0)'),
      },
    ],
    'tlb-sync': {
      where: `${V2} __arm_smmu_tlb_sync`,
      text: /TLB sync timed out -- SMMU may be deadlocked/,
      example: v2('TLB sync timed out -- SMMU may be deadlocked'),
    },
    'hardware-translation': [
      {
        where: `${V2} __arm_smmu_iova_to_phys`,
        text: /translation fault!/,
        example: v2('translation fault!'),
      },
      {
        where: `${V2} __arm_smmu_iova_to_phys`,
        text: /(?<detail>PAR = 0x[0-9a-f]+)/,
        example: v2('PAR = 0x8000000000000807'),
      },
    ],
    'translation-buffer-unit': [
      {
        where: `${TBU} qcom_iova_to_phys`,
        text: /Unable to find TBU for (?<detail>sid 0x[0-9a-f]+)/,
        example: v2('Unable to find TBU for sid 0x3000'),
      },
      {
        where: `${TBU} qcom_smmu_verify_fault`,
        text: /ATOS results differed across TLBIALL\.\.\. (?<detail>\(before: .* after: .*\))/,
        example: v2('ATOS results differed across TLBIALL... (before: 0x95900000 after: 0x0)'),
      },
    ],
    'command-queue': {
      where: `${V3} arm_smmu_cmdq_issue_cmdlist`,
      text: /CMD_SYNC timeout at (?<detail>0x[0-9a-f]+ \[.*\])/,
      example: v3('CMD_SYNC timeout at 0x00000003 [hwprod 0x00000003, hwcons 0x00000002]'),
    },
  }),
  ...deviceNotes({
    'secure-page-table': {
      where: 'drivers/iommu/arm/arm-smmu/qcom_iommu.c qcom_iommu_sec_ptbl_init',
      text: /iommu sec: pgtable size: (?<detail>\d+)/,
      example: 'qcom-iommu 1ef0000.iommu: iommu sec: pgtable size: 94208',
    },
  }),
  // Part of a fault where its first line is there; alone where another CPU's lines came between.
  ...deviceNotes({
    'software-walk': [
      {
        where: `${TBU} qcom_smmu_context_fault`,
        text: /(?<detail>soft iova-to-phys=0x[0-9a-f]+)/,
        example: v2('soft iova-to-phys=0x0000000000000000'),
      },
      {
        where: `${TBU} qcom_smmu_context_fault`,
        text: /(?<detail>SOFTWARE TABLE WALK FAILED! .*)/,
        example: v2('SOFTWARE TABLE WALK FAILED! Looks like 15000000.iommu accessed an unmapped address!'),
      },
    ],
    'hardware-walk': {
      where: `${TBU} qcom_smmu_context_fault`,
      text: /(?<detail>hard iova-to-phys \(ATOS\)(?:=0x[0-9a-f]+| failed))/,
      example: v2('hard iova-to-phys (ATOS) failed'),
    },
  }),
];
