import type { ReportRecogniser } from './recogniser.ts';
import {
  CONTEXT_FAULT,
  EVENT,
  EVENT_RECORD,
  FAULT_STATUS,
  FAULT_SYNDROME,
  GLOBAL_REGISTERS,
  PROCESSOR_FAULT,
  SmmuFaultReport,
  UNEXPECTED_FAULT,
  UNKNOWN_STREAM,
} from './smmu-fault-report.ts';

const V2 = 'drivers/iommu/arm/arm-smmu/arm-smmu.c';
const V3 = 'drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c';

/** Lines that the report of a fault may begin with: the usual first ones, and later ones where the first was lost. */
export const SMMU_FAULT_RECOGNISERS: readonly ReportRecogniser[] = [
  {
    name: 'SMMUv2 context fault',
    where: `${V2} arm_smmu_print_context_fault_info`,
    place: 'text',
    firstWord: 'Unhandled',
    pattern: CONTEXT_FAULT,
    example:
      'arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x95900100, fsynr=0x10001, cbfrsynra=0x3000, cb=1',
    begin: SmmuFaultReport.ofContext,
  },
  {
    name: 'SMMUv2 fault status',
    where: `${V2} arm_smmu_print_context_fault_info`,
    place: 'text',
    firstWord: 'FSR',
    pattern: FAULT_STATUS,
    example: 'arm-smmu 15000000.iommu: FSR    = 00000402 [Format=2 TF], SID=0x3000',
    begin: SmmuFaultReport.ofStatus,
  },
  {
    name: 'SMMUv2 fault syndrome',
    where: `${V2} arm_smmu_print_context_fault_info`,
    place: 'text',
    firstWord: 'FSYNR0',
    pattern: FAULT_SYNDROME,
    example: 'arm-smmu 15000000.iommu: FSYNR0 = 00010011 [S1CBNDX=1 WNR PLVL=1]',
    begin: SmmuFaultReport.ofSyndrome,
  },
  {
    name: 'SMMUv2 unknown stream',
    where: `${V2} arm_smmu_global_fault`,
    place: 'text',
    firstWord: 'Blocked',
    pattern: UNKNOWN_STREAM,
    example:
      'arm-smmu 15000000.iommu: Blocked unknown Stream ID 0x3000; boot with "arm-smmu.disable_bypass=0" to allow',
    begin: SmmuFaultReport.ofGlobal,
  },
  {
    name: 'SMMUv2 global fault',
    where: `${V2} arm_smmu_global_fault`,
    place: 'text',
    firstWord: 'Unexpected',
    pattern: UNEXPECTED_FAULT,
    example: 'arm-smmu 15000000.iommu: Unexpected global fault, this could be serious',
    begin: SmmuFaultReport.ofGlobal,
  },
  {
    name: 'SMMUv2 global fault registers',
    where: `${V2} arm_smmu_global_fault`,
    place: 'text',
    firstWord: 'GFSR',
    pattern: GLOBAL_REGISTERS,
    example:
      'arm-smmu 15000000.iommu: \tGFSR 0x80000002, GFSYNR0 0x00000002, GFSYNR1 0x00003000, GFSYNR2 0x00000000',
    begin: SmmuFaultReport.ofGlobalRegisters,
  },
  {
    name: 'fault that stops a processor',
    where: 'drivers/remoteproc/remoteproc_core.c rproc_iommu_fault',
    firstWord: '(NULL',
    pattern: PROCESSOR_FAULT,
    example: '(NULL device *): iommu fault: da 0x95900100 flags 0x0',
    begin: SmmuFaultReport.ofProcessor,
  },
  {
    name: 'SMMUv3 event record',
    where: `${V3} arm_smmu_dump_raw_event`,
    place: 'text',
    firstWord: 'event',
    pattern: EVENT_RECORD,
    example: 'arm-smmu-v3 9050000.smmuv3: event 0x10 received:',
    begin: SmmuFaultReport.ofRecord,
  },
  {
    name: 'SMMUv3 event',
    where: `${V3} arm_smmu_dump_event`,
    place: 'text',
    firstWord: 'event',
    pattern: EVENT,
    example:
      'arm-smmu-v3 9050000.smmuv3: event: F_TRANSLATION client: 30000000.remoteproc sid: 0x3000 ssid: 0x0 iova: 0x95900100 ipa: 0x0',
    begin: SmmuFaultReport.ofEvent,
  },
];
