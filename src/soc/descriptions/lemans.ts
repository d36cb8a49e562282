import type { RemoteprocDescription, SocDescription } from '../description.ts';
import { firmwareImage, zapImage } from '../firmware-image.ts';
import { pasMatchData } from '../pas-match-data.ts';
import { parseRegionList } from '../region-list.ts';
import { bankStreams } from '../stream-description.ts';
import { LEMANS_CDSP0_TABLE, LEMANS_CDSP1_TABLE } from './resource-tables/lemans-cdsp.ts';
import { LEMANS_GPDSP0_TABLE, LEMANS_GPDSP1_TABLE } from './resource-tables/lemans-gpdsp.ts';
import { LEMANS_LPASS_TABLE } from './resource-tables/lemans-lpass.ts';

// Source: arch/arm64/boot/dts/qcom/{lemans.dtsi,lemans-evk.dts,lemans-el2.dtso} of Linux 7.2.

const RESERVED_MEMORY = parseRegionList(`
  sail-ss@80000000 0x10000000
  hyp@90000000 0x600000
  xbl-boot@90600000 0x200000
  aop-image@90800000 0x60000
  aop-cmd-db@90860000 0x20000
  uefi-log@908b0000 0x10000
  ddr-training-checksum@908c0000 0x1000
  reserved@908f0000 0xe000
  secdata-apss@908fe000 0x2000
  smem@90900000 0x200000
  tz-sail-mailbox@90c00000 0x100000
  sail-ss@90d00000 0x100000
  sail-ss@90e00000 0x300000
  gunyah-md@91a80000 0x80000
  aoss-backup@91b00000 0x40000
  cpucp-backup@91b40000 0x40000
  tz-config-backup@91b80000 0x10000
  ddr-training-data@91b90000 0x10000
  cdt-data-backup@91ba0000 0x1000
  lpass-machine-learning@93b00000 0xf00000
  adsp-rpc-remote-heap@94a00000 0x800000
  pil-camera@95200000 0x700000
  pil-adsp@95900000 0x1e00000
  q6-adsp-dtb@97700000 0x80000
  q6-gdsp0-dtb@97780000 0x80000
  pil-gdsp0@97800000 0x1e00000
  pil-gdsp1@99600000 0x1e00000
  q6-gdsp1-dtb@9b400000 0x80000
  q6-cdsp0-dtb@9b480000 0x80000
  pil-cdsp0@9b500000 0x1e00000
  pil-gpu@9d300000 0x2000
  q6-cdsp1-dtb@9d380000 0x80000
  pil-cdsp1@9d400000 0x1e00000
  pil-cvp@9f200000 0x700000
  pil-video@9f900000 0x1000000
  firmware-region@b0000000 0x800000
  scmi-region@d0000000 0x40000
  firmware-logs@d0040000 0x10000
  firmware-audio@d0050000 0x4000
  firmware-reserved@d0054000 0x9c000
  firmware-quantum-test@d00f0000 0x10000
  tags@d0100000 0x1200000
  qtee@d1300000 0x500000
  deepsleep-backup@d1800000 0x100000
  trusted-apps@d1900000 0x1c00000
  tz-stat@db100000 0x100000
  cpucp-fw@db200000 0x100000
`);

/**
 * In the order of their nodes, which is that of probing. The device tree reserves regions for dtb firmware, but
 * no processor here has any (Linux 7.2). Model assumption: all sizes but that of the ADSP's file.
 */
const REMOTEPROCS: readonly RemoteprocDescription[] = [
  {
    ...pasMatchData('qcom,sa8775p-gpdsp0-pas'),
    unitAddress: '20c00000',
    firmware: firmwareImage('qcom/sa8775p/gpdsp0.mbn', 2_166_784, 0x40_0000),
    dtbFirmware: null,
    carveout: 'pil-gdsp0@97800000',
    dtbCarveout: null,
    interconnect: 'gpdsp_anoc MASTER_DSP0 config_noc SLAVE_CLK_CTL',
    hasGlink: true,
    resourceTable: LEMANS_GPDSP0_TABLE,
    computeStreams: bankStreams([1, 2, 3], [0x38a0, 0]),
  },
  {
    ...pasMatchData('qcom,sa8775p-gpdsp1-pas'),
    unitAddress: '21c00000',
    firmware: firmwareImage('qcom/sa8775p/gpdsp1.mbn', 2_166_784, 0x40_0000),
    dtbFirmware: null,
    carveout: 'pil-gdsp1@99600000',
    dtbCarveout: null,
    interconnect: 'gpdsp_anoc MASTER_DSP1 config_noc SLAVE_CLK_CTL',
    hasGlink: true,
    resourceTable: LEMANS_GPDSP1_TABLE,
    computeStreams: bankStreams([1, 2, 3], [0x38c0, 0]),
  },
  {
    ...pasMatchData('qcom,sa8775p-cdsp0-pas'),
    unitAddress: '26300000',
    firmware: firmwareImage('qcom/sa8775p/cdsp0.mbn', 3_178_496, 0x60_0000),
    dtbFirmware: null,
    carveout: 'pil-cdsp0@9b500000',
    dtbCarveout: null,
    interconnect: 'nspa_noc MASTER_CDSP_PROC mc_virt SLAVE_EBI1',
    hasGlink: true,
    resourceTable: LEMANS_CDSP0_TABLE,
    computeStreams: bankStreams([1, 2, 3, 4, 5, 6, 7, 8, 9, 11], [0x2140, 0x4a0], [0x2180, 0x400]),
  },
  {
    ...pasMatchData('qcom,sa8775p-cdsp1-pas'),
    unitAddress: '2a300000',
    firmware: firmwareImage('qcom/sa8775p/cdsp1.mbn', 3_178_496, 0x60_0000),
    dtbFirmware: null,
    carveout: 'pil-cdsp1@9d400000',
    dtbCarveout: null,
    interconnect: 'nspb_noc MASTER_CDSP_PROC_B mc_virt SLAVE_EBI1',
    hasGlink: true,
    resourceTable: LEMANS_CDSP1_TABLE,
    computeStreams: bankStreams(
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
      [0x2940, 0x4a0],
      [0x2980, 0x400],
    ),
  },
  {
    ...pasMatchData('qcom,sa8775p-adsp-pas'),
    unitAddress: '30000000',
    firmware: firmwareImage('qcom/sa8775p/adsp.mbn', 6_795_264, 0xa0_0000),
    dtbFirmware: null,
    carveout: 'pil-adsp@95900000',
    dtbCarveout: null,
    interconnect: 'lpass_ag_noc MASTER_LPASS_PROC mc_virt SLAVE_EBI1',
    hasGlink: true,
    resourceTable: LEMANS_LPASS_TABLE,
    computeStreams: bankStreams([3, 4, 5], [0x3000, 0]),
  },
];

export const LEMANS: SocDescription = {
  name: 'lemans',
  aliases: ['sa8775p', 'qcs9100'],
  title: 'Lemans (SA8775P, QCS9100) on the Lemans EVK',
  board: {
    model: 'Qualcomm Technologies, Inc. Lemans EVK',
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
  // Measured at EL1 on SA8775P Ride. Model assumption: with Linux at EL2, all 128 banks that have an interrupt.
  smmu: {
    device: '15000000.iommu',
    architecture: 'smmu-v2',
    inputBits: 36,
    outputBits: 36,
    isCoherent: true,
    streamMatchGroups: 172,
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
      firmware: firmwareImage('qcom/vpu/vpu30_p4_s6_16mb.mbn', 2_490_368, 0x50_0000),
      carveout: 'pil-video@9f900000',
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
      firmware: zapImage('qcom/sa8775p/a663_zap.mbn'),
      carveout: 'pil-gpu@9d300000',
      streams: [],
      contentProtection: null,
    },
  ],
  // iommus of camss.
  cameraStreams: [{ streamId: 0x3400, mask: 0x20 }],
  el2Overlay: {
    name: 'lemans-el2',
    model: null,
    iommus: {
      adsp: { streamId: 0x3000, mask: 0 },
      cdsp: { streamId: 0x21c0, mask: 0x400 },
      cdsp1: { streamId: 0x29c0, mask: 0x400 },
      gpdsp0: { streamId: 0x38a0, mask: 0 },
      gpdsp1: { streamId: 0x38c0, mask: 0 },
    },
    disables: ['gpu-zap', 'video'],
  },
};
