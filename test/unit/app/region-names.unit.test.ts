import { describe, expect, it } from 'vitest';
import type { BootDescription } from '../../../src/app/describe-history.ts';
import { describeRegion, regionsNamedIn } from '../../../src/app/region-names.ts';
import type { BootEvent } from '../../../src/events/catalog.ts';
import { parseText } from '../../support/parse-text.ts';

const boot = (...facts: readonly (readonly [name: string, value: string])[]) =>
  ({
    origin: 'import',
    facts: facts.map(([name, value]) => ({ name, value, seq: 1, evidence: '', place: null })),
  }) as unknown as BootDescription;

const LEMANS = boot(['machine', 'Qualcomm Technologies, Inc. Lemans EVK']);

const named = (texts: readonly string[], description: BootDescription, lines: readonly string[] = []) => {
  const events: readonly BootEvent[] = lines.length === 0 ? [] : parseText('dmesg', `${lines.join('\n')}\n`);
  const found = regionsNamedIn(texts, description, (kinds) => events.filter(({ kind }) => kinds.has(kind)));
  return found.map((region) => describeRegion(region, 'B'));
};

const FAULT = '15000000.iommu: context fault sid 0x3000 iova 0x95900100 fetch (translation at level 2)';

describe('the region that an address is in', () => {
  it('is that of the usual layout of the SoC, and said to be, where the log tells of none', () => {
    expect(named([FAULT], LEMANS)).toEqual([
      "0x95900100 is in pil-adsp@95900000 (0x95900000 + 30 MiB, by the SoC's usual layout)",
    ]);
    expect(named(['SHM_BRIDGE_CREATE of pa 0x97800000 + 30 MiB'], LEMANS)).toEqual([
      "0x97800000 is in pil-gdsp0@97800000 (0x97800000 + 30 MiB, by the SoC's usual layout)",
    ]);
  });

  it('is that of the SoC that the machine is, which lays out its memory otherwise', () => {
    expect(named([FAULT], boot(['machine', 'Qualcomm Technologies, Inc. Robotics RB3gen2']))).toEqual([
      "0x95900100 is in mpss@8b800000 (0x8b800000 + 246 MiB, by the SoC's usual layout)",
    ]);
    expect(named(['iova 0x86700000'], boot(['soc', 'kodiak']))).toEqual([
      expect.stringMatching(/^0x86700000 is in \S+@86700000 \(0x86700000 \+ \d+ MiB, by the SoC's/),
    ]);
  });

  it('is what the log reserves where it tells of that, whatever the SoC has there', () => {
    const lines = [
      '[    0.000000] OF: reserved mem: 0x0000000095a00000..0x00000000961fffff (8192 KiB) nomap non-reusable my-adsp@95a00000',
    ];
    expect(named(['iova 0x95a00040'], LEMANS, lines)).toEqual([
      expect.stringMatching(/^0x95a00040 is in my-adsp@95a00000 \(0x95a00000 \+ 8 MiB, B#\d+\)$/),
    ]);
    expect(named([FAULT], LEMANS, lines)).toEqual([]);
  });

  it('is none between regions, right behind one, and where the SoC is not known', () => {
    expect(named(['iova 0x97700000'], boot(['soc', 'lemans']))).toEqual([
      expect.stringMatching(/^0x97700000 is in (?!pil-adsp)/),
    ]);
    expect(named(['iova 0xffeff000'], LEMANS)).toEqual([]);
    expect(named([FAULT], boot(['machine', 'A board of ours']))).toEqual([]);
  });

  it('is named once for all addresses in it, and not for numbers that are no addresses', () => {
    expect(named([FAULT, 'fetch 0x95900100', 'base=0x95900000'], LEMANS)).toHaveLength(1);
    expect(named(['smc 0x95900000 size 0x95900100'], LEMANS)).toEqual([]);
  });
});
