import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { planBoot } from '../../../src/app/plan-boot.ts';
import { simulate } from '../../../src/simulator/simulate.ts';
import type { SocDescription } from '../../../src/soc/description.ts';
import { LEMANS } from '../../../src/soc/descriptions/lemans.ts';
import { parseDevmemTable } from '../../../src/soc/devmem-table.ts';
import { firmwareImage } from '../../../src/soc/firmware-image.ts';
import { pasMatchData } from '../../../src/soc/pas-match-data.ts';
import { parseRegionList } from '../../../src/soc/region-list.ts';

/** What it takes to add a SoC: its regions, its processors, and what its overlay gives them. */
const NEW_SOC: SocDescription = {
  ...LEMANS,
  name: 'newsoc',
  aliases: [],
  title: 'A SoC of a few lines',
  reservedMemory: parseRegionList('smem@90900000 0x200000\nadsp@95c00000 0x1e00000'),
  remoteprocs: [
    {
      ...pasMatchData('qcom,sa8775p-adsp-pas'),
      unitAddress: '30000000',
      firmware: firmwareImage('qcom/newsoc/adsp.mbn', 1_000_000, 0x40_0000),
      dtbFirmware: null,
      carveout: 'adsp@95c00000',
      dtbCarveout: null,
      interconnect: null,
      hasGlink: true,
      resourceTable: parseDevmemTable('tlmm 0xf000000+0x1000000 RW\nsmem 0x90900000+0x200000 RW'),
      computeStreams: [],
    },
  ],
  clients: [],
  el2Overlay: {
    name: 'newsoc-el2',
    model: null,
    iommus: { adsp: { streamId: 0x2000, mask: 0 } },
    disables: [],
  },
};

describe('a SoC that is added as data', () => {
  it.each(['qhee', 'el2'])('boots in mode %s', (mode) => {
    const plan = { ...planBoot({ soc: 'lemans', mode }), soc: NEW_SOC };
    const sha384 = (bytes: Uint8Array) => createHash('sha384').update(bytes).digest();
    const state = simulate(plan, sha384, () => {});
    expect(state.remoteprocs.get('adsp')?.state).toBe('running');
  });
});
