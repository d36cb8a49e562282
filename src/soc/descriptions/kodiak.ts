import type { RemoteprocDescription, SocDescription } from '../description.ts';
import { firmwareImage, zapImage } from '../firmware-image.ts';
import { pasMatchData } from '../pas-match-data.ts';
import { parseRegionList } from '../region-list.ts';
import { bankStreams } from '../stream-description.ts';
import {
  KODIAK_CDSP_TABLE,
  KODIAK_LPASS_TABLE,
  KODIAK_MODEM_TABLE,
  KODIAK_WPSS_TABLE,
} from './resource-tables/kodiak.ts';

// Source: arch/arm64/boot/dts/qcom/{kodiak.dtsi,qcs6490-rb3gen2.dts} of Linux 7.2.

/**
 * The regions of the dtsi with a fixed address. The ADSP's remote heap has none, and boards change some: model
 * assumption that this one does not.
 */
const RESERVED_MEMORY = parseRegionList(`
  wlan-ce@4cd000 0x1000
  hyp@80000000 0x600000
  xbl@80600000 0x200000
  aop@80800000 0x60000
  aop-cmd-db@80860000 0x20000
  xbl-uefi-res@80880000 0x80884000+0x10000
  sec-apps@808ff000 0x1000
  smem@80900000 0x200000
  cpucp@80b00000 0x100000
  wlan-fw@80c00000 0xc00000
  adsp@86700000 0x2800000
  video@8b200000 0x500000
  cdsp@88f00000 0x1e00000
  ipa-fw@8b700000 0x10000
  zap@8b71a000 0x2000
  mpss@8b800000 0xf600000
  wpss@9ae00000 0x1900000
  rmtfs@9c900000 0x280000
`);

/** In the order of their nodes, which is that of probing. Model assumption: all sizes of images. */
const REMOTEPROCS: readonly RemoteprocDescription[] = [
  {
    ...pasMatchData('qcom,sc7280-mpss-pas'),
    unitAddress: '4080000',
    firmware: firmwareImage('qcom/qcs6490/modem.mbn', 4_194_304, 0x80_0000),
    dtbFirmware: null,
    carveout: 'mpss@8b800000',
    dtbCarveout: null,
    interconnect: null,
    hasGlink: true,
    resourceTable: KODIAK_MODEM_TABLE,
    computeStreams: [],
  },
  {
    ...pasMatchData('qcom,sc7280-adsp-pas'),
    unitAddress: '3700000',
    firmware: firmwareImage('qcom/qcs6490/adsp.mbn', 4_194_304, 0x80_0000),
    dtbFirmware: null,
    carveout: 'adsp@86700000',
    dtbCarveout: null,
    interconnect: null,
    hasGlink: true,
    resourceTable: KODIAK_LPASS_TABLE,
    computeStreams: bankStreams([3, 4, 5], [0x1800, 0]),
  },
  {
    ...pasMatchData('qcom,sc7280-wpss-pas'),
    unitAddress: '8a00000',
    firmware: firmwareImage('qcom/qcs6490/wpss.mbn', 3_145_728, 0x60_0000),
    dtbFirmware: null,
    carveout: 'wpss@9ae00000',
    dtbCarveout: null,
    interconnect: null,
    hasGlink: true,
    resourceTable: KODIAK_WPSS_TABLE,
    computeStreams: [],
  },
  {
    ...pasMatchData('qcom,sc7280-cdsp-pas'),
    unitAddress: 'a300000',
    firmware: firmwareImage('qcom/qcs6490/cdsp.mbn', 3_145_728, 0x60_0000),
    dtbFirmware: null,
    carveout: 'cdsp@88f00000',
    dtbCarveout: null,
    interconnect: 'nsp_noc MASTER_CDSP_PROC mc_virt SLAVE_EBI1',
    hasGlink: true,
    resourceTable: KODIAK_CDSP_TABLE,
    computeStreams: bankStreams([1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14], [0x11a0, 0x420], [0x1180, 0x420]),
  },
];

export const KODIAK: SocDescription = {
  name: 'kodiak',
  aliases: ['sc7280', 'qcs6490'],
  title: 'Kodiak (SC7280, QCS6490) on the RB3 Gen 2',
  board: {
    model: 'Qualcomm Technologies, Inc. Robotics RB3gen2',
    cpuCount: 8,
    timerHz: 19_200_000,
    // Model assumption: the boot loader fills in the size.
    memory: [{ pa: 0x8000_0000, size: 0x8000_0000 }],
    heap: { pa: 0xc000_0000, size: 0x800_0000 },
    hasPdMapper: true,
  },
  reservedMemory: RESERVED_MEMORY,
  scm: {
    // Model assumption: as on the other SoCs of its time.
    downloadModeRegister: 0x1fd_3000,
    isBridgeBlacklisted: false,
    // Model assumption: what public boot logs of other SoCs print.
    qseecomVersion: 0x140_2000,
  },
  // Model assumption, but for the 80 context interrupts of the device tree: 16 banks are the hypervisor's at EL1.
  smmu: {
    device: '15000000.iommu',
    architecture: 'smmu-v2',
    inputBits: 36,
    outputBits: 36,
    isCoherent: true,
    streamMatchGroups: 80,
    contextBanks: { el1: 64, el2: 80 },
    pageSizes: 0x6131_1000,
  },
  remoteprocs: REMOTEPROCS,
  clients: [
    {
      name: 'video',
      driver: 'venus',
      device: 'qcom-venus aa00000.video-codec',
      pasId: 9,
      // Model assumption: the path too.
      firmware: firmwareImage('qcom/vpu/vpu20_p1.mbn', 2_097_152, 0x40_0000),
      carveout: 'video@8b200000',
      streams: [{ streamId: 0x2180, mask: 0x20 }],
      contentProtection: [0, 0x2580_0000, 0x100_0000, 0x2480_0000],
    },
    {
      name: 'gpu-zap',
      driver: 'zap',
      // Model assumption: the GPU begins 0xa0000 before its SMMU, 3da0000.
      device: 'adreno 3d00000.gpu',
      pasId: 13,
      firmware: zapImage('qcom/qcs6490/a660_zap.mbn'),
      carveout: 'zap@8b71a000',
      streams: [],
      contentProtection: null,
    },
  ],
  // iommus of camss.
  cameraStreams: [{ streamId: 0x800, mask: 0x4e0 }],
  el2Overlay: null,
};
