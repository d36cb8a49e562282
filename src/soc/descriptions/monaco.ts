import type { RemoteprocDescription, SocDescription } from '../description.ts';
import { firmwareImage, zapImage } from '../firmware-image.ts';
import { pasMatchData } from '../pas-match-data.ts';
import { parseRegionList } from '../region-list.ts';
import { bankStreams } from '../stream-description.ts';
import { MONACO_CDSP_TABLE, MONACO_GPDSP_TABLE, MONACO_LPASS_TABLE } from './resource-tables/monaco.ts';

// Source: arch/arm64/boot/dts/qcom/{monaco.dtsi,monaco-evk.dts,monaco-el2.dtso} of Linux 7.2.

const RESERVED_MEMORY = parseRegionList(`
  aop-image-region@90800000 0x60000
  aop-cmd-db-region@90860000 0x20000
  smem@90900000 0x200000
  gunyah-md-region@91a80000 0x80000
  lpass-machine-learning-region@93b00000 0xf00000
  adsp-rpc-remote-heap-region@94a00000 0x800000
  camera-region@95200000 0x500000
  adsp-region@95c00000 0x1e00000
  q6-adsp-dtb-region@97a00000 0x80000
  q6-gpdsp-dtb-region@97a80000 0x80000
  gpdsp-region@97b00000 0x1e00000
  q6-cdsp-dtb-region@99900000 0x80000
  cdsp-region@99980000 0x1e00000
  gpu-microcode-region@9b780000 0x2000
  cvp-region@9b782000 0x700000
  video-region@9be82000 0x700000
`);

/** In the order of their nodes, which is that of probing. Model assumption: all sizes of images. */
const REMOTEPROCS: readonly RemoteprocDescription[] = [
  {
    ...pasMatchData('qcom,sa8775p-adsp-pas'),
    unitAddress: '3000000',
    firmware: firmwareImage('qcom/qcs8300/adsp.mbn', 4_194_304, 0x80_0000),
    dtbFirmware: null,
    carveout: 'adsp-region@95c00000',
    dtbCarveout: null,
    interconnect: null,
    hasGlink: true,
    resourceTable: MONACO_LPASS_TABLE,
    computeStreams: bankStreams([3, 4, 5], [0x2000, 0]),
  },
  {
    ...pasMatchData('qcom,sa8775p-gpdsp0-pas'),
    unitAddress: '20c00000',
    firmware: firmwareImage('qcom/qcs8300/gpdsp0.mbn', 2_166_784, 0x40_0000),
    dtbFirmware: null,
    carveout: 'gpdsp-region@97b00000',
    dtbCarveout: null,
    interconnect: 'gpdsp_anoc MASTER_DSP0 config_noc SLAVE_CLK_CTL',
    hasGlink: true,
    resourceTable: MONACO_GPDSP_TABLE,
    computeStreams: bankStreams([1, 2, 3], [0x28a0, 0]),
  },
  {
    ...pasMatchData('qcom,sa8775p-cdsp0-pas'),
    unitAddress: '26300000',
    firmware: firmwareImage('qcom/qcs8300/cdsp0.mbn', 3_178_496, 0x60_0000),
    dtbFirmware: null,
    carveout: 'cdsp-region@99980000',
    dtbCarveout: null,
    interconnect: 'nspa_noc MASTER_CDSP_PROC mc_virt SLAVE_EBI1',
    hasGlink: true,
    resourceTable: MONACO_CDSP_TABLE,
    computeStreams: [
      ...bankStreams([1, 2, 3, 4], [0x19c0, 0x440], [0x1960, 0x400]),
      ...bankStreams([5, 6, 7, 8, 9, 11], [0x19c0, 0x400]),
      ...bankStreams([12], [0x19c0, 0]),
    ],
  },
];

export const MONACO: SocDescription = {
  name: 'monaco',
  aliases: ['qcs8300'],
  title: 'Monaco (QCS8300) on the Monaco EVK',
  board: {
    model: 'Qualcomm Technologies, Inc. Monaco EVK',
    cpuCount: 8,
    timerHz: 19_200_000,
    // Model assumption: the boot loader fills in the size.
    memory: [{ pa: 0x8000_0000, size: 0x8000_0000 }],
    heap: { pa: 0xc000_0000, size: 0x800_0000 },
    hasPdMapper: false,
  },
  reservedMemory: RESERVED_MEMORY,
  scm: {
    downloadModeRegister: 0x1fd_3000,
    isBridgeBlacklisted: false,
    // Model assumption: what public boot logs of other SoCs print.
    qseecomVersion: 0x140_2000,
  },
  // Model assumption, but for the 128 context interrupts of the device tree: 16 banks are the hypervisor's at EL1.
  smmu: {
    device: '15000000.iommu',
    architecture: 'smmu-v2',
    inputBits: 36,
    outputBits: 36,
    isCoherent: true,
    streamMatchGroups: 128,
    contextBanks: { el1: 112, el2: 128 },
    pageSizes: 0x6131_1000,
  },
  remoteprocs: REMOTEPROCS,
  clients: [
    {
      name: 'video',
      driver: 'iris',
      device: 'qcom-iris aa00000.video-codec',
      pasId: 9,
      firmware: firmwareImage('qcom/vpu/vpu30_p4_s6.mbn', 2_490_368, 0x50_0000),
      carveout: 'video-region@9be82000',
      streams: [
        { streamId: 0x880, mask: 0x400 },
        { streamId: 0x887, mask: 0x400 },
      ],
      contentProtection: [0, 0x2580_0000, 0x100_0000, 0x2480_0000],
    },
    {
      name: 'gpu-zap',
      driver: 'zap',
      // Model assumption: the GPU begins 0xa0000 before its SMMU, 3da0000.
      device: 'adreno 3d00000.gpu',
      pasId: 13,
      firmware: zapImage('qcom/qcs8300/a623_zap.mbn'),
      carveout: 'gpu-microcode-region@9b780000',
      streams: [],
      contentProtection: null,
    },
  ],
  // iommus of camss.
  cameraStreams: [{ streamId: 0x2400, mask: 0x20 }],
  el2Overlay: {
    name: 'monaco-el2',
    model: null,
    iommus: {
      adsp: { streamId: 0x2000, mask: 0 },
      cdsp: { streamId: 0x19c0, mask: 0x400 },
      gpdsp0: { streamId: 0x28a0, mask: 0 },
    },
    disables: ['gpu-zap', 'video'],
  },
};
