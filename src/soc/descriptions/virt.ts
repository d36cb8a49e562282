import type { SocDescription } from '../description.ts';
import { parseDevmemTable } from '../devmem-table.ts';
import { pasMatchData } from '../pas-match-data.ts';
import { parseRegionList } from '../region-list.ts';

/**
 * QEMU's `virt` machine with the PAS path of SA8775P: what the real drivers of Linux 7.2 were recorded on, so that
 * a simulated boot can be held against a real one. Nothing here is about a SoC of Qualcomm's. In its recordings at
 * EL1 there is no SMMU at all.
 */
export const VIRT: SocDescription = {
  name: 'virt',
  aliases: [],
  title: 'QEMU virt with the PAS path of SA8775P: one ADSP behind an SMMUv3',
  board: {
    model: 'SA8775P PAS path on QEMU virt (el1)',
    cpuCount: 1,
    timerHz: 62_500_000,
    memory: [{ pa: 0x4000_0000, size: 0x8000_0000 }],
    // Around the pool addresses of the recordings, below the initrd.
    heap: { pa: 0x4200_0000, size: 0x400_0000 },
    hasPdMapper: false,
  },
  reservedMemory: parseRegionList(`
    hyp@90000000 0x600000
    smem@90900000 0x200000
    stub-regs@90b00000 0x100000
    dsp-shared@9b900000 0x80000
    pil-adsp@95900000 0x1e00000
  `),
  scm: { downloadModeRegister: 0x1fd_3000, isBridgeBlacklisted: false, qseecomVersion: null },
  smmu: {
    device: '9050000.smmuv3',
    architecture: 'smmu-v3',
    // As many bits as a kernel address has; the log says `oas 44-bit`.
    inputBits: 48,
    outputBits: 44,
    isCoherent: true,
    streamMatchGroups: 0,
    contextBanks: { el1: 0, el2: 0 },
    // An SMMUv3 does not print them: those of a granule of 4 KiB.
    pageSizes: 0x4020_1000,
  },
  remoteprocs: [
    {
      ...pasMatchData('qcom,sa8775p-adsp-pas'),
      unitAddress: '30000000',
      firmware: {
        path: 'qcom/sa8775p/adsp.mbn',
        fileSize: 434_176,
        memorySize: 0x50_0000,
        entryOffset: 0x100,
        metadataSize: 732,
      },
      dtbFirmware: null,
      carveout: 'pil-adsp@95900000',
      dtbCarveout: null,
      // The node has no qcom,qmp.
      loadState: null,
      interconnect: null,
      hasGlink: false,
      // The names are not recorded. No smem: the modelled DSP has no GLINK.
      resourceTable: parseDevmemTable(`
        dsp_regs 0x30000000+0x100000 RW
        dsp_shared 0x9b900000+0x80000 RW
      `),
      computeStreams: [],
    },
  ],
  clients: [],
  el2Overlay: {
    name: 'virt-el2',
    model: 'SA8775P PAS path on QEMU virt (el2)',
    iommus: { adsp: { streamId: 0x3000, mask: 0 } },
    disables: [],
  },
};
