import type { RemoteprocDescription, SocDescription } from '../description.ts';
import { firmwareImage, zapImage } from '../firmware-image.ts';
import { pasMatchData } from '../pas-match-data.ts';
import { parseRegionList } from '../region-list.ts';
import { bankStreams } from '../stream-description.ts';
import { HAMOA_CDSP_TABLE, HAMOA_LPASS_TABLE } from './resource-tables/hamoa.ts';

// Source: arch/arm64/boot/dts/qcom/{hamoa.dtsi,x1e80100-crd.dts,x1-el2.dtso} of Linux 7.2.

const RESERVED_MEMORY = parseRegionList(`
  gunyah-hyp@80000000 0x800000
  hyp-elf-package@80800000 0x200000
  ncc@80a00000 0x400000
  cpucp-log@80e00000 0x40000
  cpucp@80e40000 0x540000
  reserved-region@81380000 0x80000
  tags-region@81400000 0x1a0000
  xbl-dtlog@81a00000 0x40000
  xbl-ramdump@81a40000 0x1c0000
  aop-image@81c00000 0x60000
  aop-cmd-db@81c60000 0x20000
  aop-config@81c80000 0x20000
  tme-crash-dump@81ca0000 0x40000
  tme-log@81ce0000 0x4000
  uefi-log@81ce4000 0x10000
  secdata-apss@81cff000 0x1000
  pdp-ns-shared@81e00000 0x100000
  gpu-prr@81f00000 0x10000
  tpm-control@81f10000 0x10000
  usb-ucsi-shared@81f20000 0x10000
  pld-pep@81f30000 0x6000
  pld-gmu@81f36000 0x1000
  pld-pdp@81f37000 0x1000
  tz-stat@82700000 0x100000
  xbl-tmp-buffer@82800000 0xc00000
  adsp-rpc-remote-heap@84b00000 0x800000
  spu-secure-shared-memory@85300000 0x80000
  adsp-boot-dtb@866c0000 0x40000
  spss-region@86700000 0x400000
  adsp-boot@86b00000 0xc00000
  video@87700000 0x700000
  adspslpi@87e00000 0x3a00000
  q6-adsp-dtb@8b800000 0x80000
  cdsp@8b900000 0x2000000
  q6-cdsp-dtb@8d900000 0x80000
  gpu-microcode@8d9fe000 0x2000
  cvp@8da00000 0x700000
  camera@8e100000 0x800000
  av1-encoder@8e900000 0x700000
  reserved-region@8f000000 0xa00000
  wpss@8fa00000 0x1900000
  q6-wpss-dtb@91300000 0x80000
  xbl-sc@d8000000 0x40000
  reserved-region@d8040000 0xa0000
  qtee@d80e0000 0x520000
  ta@d8600000 0x8a00000
  tags@e1000000 0x26a0000
  llcc-lpi@ff800000 0x600000
  smem@ffe00000 0x200000
`);

/**
 * In the order of their nodes, which is that of probing. Model assumption: the sizes of the dtb images, and what
 * the others take in memory.
 */
const REMOTEPROCS: readonly RemoteprocDescription[] = [
  {
    ...pasMatchData('qcom,x1e80100-adsp-pas'),
    unitAddress: '6800000',
    firmware: firmwareImage('qcom/x1e80100/adsp.mbn', 17_922_440, 0x180_0000),
    dtbFirmware: firmwareImage('qcom/x1e80100/adsp_dtb.mbn', 98_304, 0x2_0000),
    carveout: 'adspslpi@87e00000',
    dtbCarveout: 'q6-adsp-dtb@8b800000',
    interconnect: 'lpass_lpicx_noc MASTER_LPASS_PROC mc_virt SLAVE_EBI1',
    hasGlink: true,
    resourceTable: HAMOA_LPASS_TABLE,
    computeStreams: bankStreams([3, 4, 5, 6, 7], [0x1000, 0x80], [0x1060, 0]),
  },
  {
    ...pasMatchData('qcom,x1e80100-cdsp-pas'),
    unitAddress: '32300000',
    firmware: firmwareImage('qcom/x1e80100/cdsp.mbn', 3_215_784, 0x60_0000),
    dtbFirmware: firmwareImage('qcom/x1e80100/cdsp_dtb.mbn', 65_536, 0x2_0000),
    carveout: 'cdsp@8b900000',
    dtbCarveout: 'q6-cdsp-dtb@8d900000',
    interconnect: 'nsp_noc MASTER_CDSP_PROC mc_virt SLAVE_EBI1',
    hasGlink: true,
    resourceTable: HAMOA_CDSP_TABLE,
    computeStreams: bankStreams([1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 15], [0xc00, 0x20]),
  },
];

export const HAMOA: SocDescription = {
  name: 'hamoa',
  aliases: ['x1e80100'],
  title: 'Hamoa (X1E80100) on the X1E80100 CRD',
  board: {
    model: 'Qualcomm Technologies, Inc. X1E80100 CRD',
    cpuCount: 12,
    timerHz: 19_200_000,
    // Model assumption: the boot loader fills in the size.
    memory: [{ pa: 0x8000_0000, size: 0x8000_0000 }],
    heap: { pa: 0xc000_0000, size: 0x800_0000 },
    hasPdMapper: true,
  },
  reservedMemory: RESERVED_MEMORY,
  scm: {
    downloadModeRegister: 0x1fd_9000,
    isBridgeBlacklisted: false,
    // What public boot logs of X1 laptops print.
    qseecomVersion: 0x140_2000,
  },
  // Model assumption, but for the 96 context interrupts of the device tree: 16 banks are the hypervisor's at EL1.
  smmu: {
    device: '15000000.iommu',
    architecture: 'smmu-v2',
    inputBits: 36,
    outputBits: 40,
    isCoherent: true,
    streamMatchGroups: 128,
    contextBanks: { el1: 80, el2: 96 },
    pageSizes: 0x6131_1000,
  },
  remoteprocs: REMOTEPROCS,
  clients: [
    {
      name: 'video',
      driver: 'iris',
      device: 'qcom-iris aa00000.video-codec',
      pasId: 9,
      // Model assumption: the path too; boards may name another.
      firmware: firmwareImage('qcom/vpu/vpu30_p4.mbn', 2_490_368, 0x50_0000),
      carveout: 'video@87700000',
      streams: [
        { streamId: 0x1940, mask: 0 },
        { streamId: 0x1947, mask: 0 },
      ],
      contentProtection: [0, 0x2580_0000, 0x100_0000, 0x2480_0000],
    },
    {
      name: 'gpu-zap',
      driver: 'zap',
      // Model assumption: the GPU begins 0xa0000 before its SMMU, 3da0000.
      device: 'adreno 3d00000.gpu',
      pasId: 13,
      firmware: zapImage('qcom/x1e80100/gen70500_zap.mbn'),
      carveout: 'gpu-microcode@8d9fe000',
      streams: [],
      contentProtection: null,
    },
  ],
  el2Overlay: {
    name: 'x1-el2',
    model: null,
    iommus: {
      adsp: { streamId: 0x1000, mask: 0x80 },
      cdsp: { streamId: 0xc00, mask: 0 },
    },
    disables: ['gpu-zap', 'video'],
  },
};
