import type { RemoteprocDescription, SocDescription } from '../description.ts';
import { firmwareImage, zapImage } from '../firmware-image.ts';
import { pasMatchData } from '../pas-match-data.ts';
import { parseRegionList } from '../region-list.ts';
import { bankStreams } from '../stream-description.ts';
import { TALOS_CDSP_TABLE, TALOS_LPASS_TABLE } from './resource-tables/talos.ts';

// Source: arch/arm64/boot/dts/qcom/{talos.dtsi,qcs615-ride.dts,talos-el2.dtso} of Linux 7.2.

const RESERVED_MEMORY = parseRegionList(`
  aop-cmd-db@85f20000 0x20000
  smem@86000000 0x200000
  pil-video@93400000 0x500000
  rproc-cdsp@93b00000 0x1e00000
  rproc-adsp@95900000 0x1e00000
  pil-gpu@97715000 0x2000
`);

/** In the order of their nodes, which is that of probing. Model assumption: all sizes of images. */
const REMOTEPROCS: readonly RemoteprocDescription[] = [
  {
    ...pasMatchData('qcom,sm8150-cdsp-pas'),
    unitAddress: '8300000',
    firmware: firmwareImage('qcom/qcs615/cdsp.mbn', 2_621_440, 0x50_0000),
    dtbFirmware: null,
    carveout: 'rproc-cdsp@93b00000',
    dtbCarveout: null,
    interconnect: null,
    hasGlink: true,
    resourceTable: TALOS_CDSP_TABLE,
    computeStreams: bankStreams([1, 2, 3, 4, 5, 6], [0x1080, 0]),
  },
  {
    ...pasMatchData('qcom,sm8150-adsp-pas'),
    unitAddress: '62400000',
    firmware: firmwareImage('qcom/qcs615/adsp.mbn', 3_145_728, 0x60_0000),
    dtbFirmware: null,
    carveout: 'rproc-adsp@95900000',
    dtbCarveout: null,
    interconnect: null,
    hasGlink: true,
    resourceTable: TALOS_LPASS_TABLE,
    computeStreams: bankStreams([3, 4, 5, 6], [0x1720, 0]),
  },
];

export const TALOS: SocDescription = {
  name: 'talos',
  aliases: ['qcs615'],
  title: 'Talos (QCS615) on the QCS615 Ride',
  board: {
    model: 'Qualcomm Technologies, Inc. QCS615 Ride',
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
  // Model assumption, but for the 64 context interrupts of the device tree: 16 banks are the hypervisor's at EL1.
  smmu: {
    device: '15000000.iommu',
    architecture: 'smmu-v2',
    inputBits: 36,
    outputBits: 36,
    isCoherent: true,
    streamMatchGroups: 80,
    contextBanks: { el1: 48, el2: 64 },
    pageSizes: 0x6131_1000,
  },
  remoteprocs: REMOTEPROCS,
  clients: [
    {
      name: 'video',
      driver: 'venus',
      device: 'qcom-venus aa00000.video-codec',
      pasId: 9,
      // Path and arguments of VIDEO_VAR: sc7180_res in drivers/media/platform/qcom/venus/core.c, whose
      // compatible it falls back to. Model assumption: that the board names no other path.
      firmware: firmwareImage('qcom/venus-5.4/venus.mbn', 1_048_576, 0x40_0000),
      carveout: 'pil-video@93400000',
      streams: [{ streamId: 0xe60, mask: 0x20 }],
      contentProtection: [0, 0x7080_0000, 0x100_0000, 0x2480_0000],
    },
    {
      name: 'gpu-zap',
      driver: 'zap',
      // Model assumption: the GPU begins 0xa0000 before its SMMU, 50a0000.
      device: 'adreno 5000000.gpu',
      pasId: 13,
      firmware: zapImage('qcom/qcs615/a612_zap.mbn'),
      carveout: 'pil-gpu@97715000',
      streams: [],
      contentProtection: null,
    },
  ],
  el2Overlay: {
    name: 'talos-el2',
    model: null,
    iommus: {
      adsp: { streamId: 0x1720, mask: 0 },
      cdsp: { streamId: 0x1080, mask: 0 },
    },
    disables: ['gpu-zap', 'video'],
  },
};
