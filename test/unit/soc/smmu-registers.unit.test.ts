import { describe, expect, it } from 'vitest';
import { lpaeGeometry } from '../../../src/soc/lpae.ts';
import {
  asidOf,
  isTranslationOn,
  stage1Registers,
  stage1Tcr,
  stage1Tcr2,
  stage2Registers,
  streamToContext,
  tableOfContextBank,
} from '../../../src/soc/smmu-v2.ts';
import {
  containsStreams,
  findStreamMatchEntry,
  matchesStream,
  overlapsStreams,
} from '../../../src/soc/stream-match.ts';

describe('the registers of a stage-1 domain', () => {
  it('are those that Linux programs', () => {
    const domain = { rootPa: 0x8_8123_4200, asid: 5, inputBits: 36, outputBits: 36, isCoherent: true };
    expect(stage1Registers(domain)).toEqual({
      ttbr0: 0x0005_0008_8123_4200n,
      ttbr1: 0x0005_0000_0000_0000n,
      tcr: 0x0080_351cn,
      tcr2: 0x3_8011n,
      mair0: 0xf404_ff44n,
      sctlr: 0x1067n,
      cbar: 0x1_f300n,
      cba2r: 0x1n,
    });
  });

  it.each([
    [36, true, 0x0080_351cn],
    [36, false, 0x0080_201cn],
    [48, true, 0x0080_3510n],
  ])('have for %i bits, coherent %s, TCR %s', (bits, isCoherent, tcr) => {
    expect(stage1Tcr(lpaeGeometry(1, bits), isCoherent)).toBe(tcr);
  });

  it.each([
    [36, 0x3_8011n],
    [40, 0x3_8012n],
    [48, 0x3_8015n],
  ])('have for %i bits of output TCR2 %s', (bits, tcr2) => {
    expect(stage1Tcr2(bits)).toBe(tcr2);
  });

  it('say which table hardware walks', () => {
    const domain = { rootPa: 0x8123_4200, asid: 16, inputBits: 36, outputBits: 36, isCoherent: true };
    const { ttbr0, tcr, sctlr } = stage1Registers(domain);
    const table = { stage: 1, rootPa: 0x8123_4200, inputBits: 36, startLevel: 1 };
    expect(tableOfContextBank(1, ttbr0, tcr)).toEqual(table);
    expect(asidOf(ttbr0)).toBe(16);
    expect(isTranslationOn(sctlr)).toBe(true);
    expect(isTranslationOn(0x1066n)).toBe(false);
    expect(tableOfContextBank(1, ttbr0, tcr | 0x80n)).toBeNull();
    expect(tableOfContextBank(1, ttbr0, 0n)).toBeNull();
  });
});

describe('the registers of a stage-2 domain', () => {
  it.each([
    [36, 36, 1, 0x8001_355cn],
    [40, 40, 1, 0x8002_3558n],
    [48, 48, 0, 0x8005_3590n],
  ])('for %i to %i bits start at level %i', (inputBits, outputBits, startLevel, vtcr) => {
    const rootPa = 0x8123_4000;
    const registers = stage2Registers({ rootPa, vmid: 3, inputBits, outputBits, isCoherent: true });
    expect(registers).toMatchObject({ tcr: vtcr, cbar: 3n, sctlr: 0x67n });
    expect(tableOfContextBank(2, registers.ttbr0, registers.tcr)).toEqual({
      stage: 2,
      rootPa,
      inputBits,
      startLevel,
    });
  });
});

describe('a stream', () => {
  it('matches an entry where the bits outside the mask are equal', () => {
    expect(matchesStream({ stream_id: 0x21c0, mask: 0x400 }, 0x25c0)).toBe(true);
    expect(matchesStream({ stream_id: 0x21c0, mask: 0x400 }, 0x21c1)).toBe(false);
  });

  it('is bound to a context by its S2CR', () => {
    expect(streamToContext('translate', 6)).toBe(6);
    expect(streamToContext('bypass', null)).toBe(0x100ff);
    expect(streamToContext('fault', 0)).toBe(0x20000);
  });
});

describe('the entry for a stream', () => {
  const cdsp = { stream_id: 0x21c0, mask: 0x400 };
  const adsp = { stream_id: 0x3000, mask: 0x20 };

  it('is the one that takes all of it', () => {
    expect(findStreamMatchEntry([null, adsp, cdsp], cdsp)).toBe(2);
    expect(findStreamMatchEntry([null, adsp, cdsp], { stream_id: 0x3020, mask: 0 })).toBe(1);
  });

  it('is else the first that is free', () => {
    expect(findStreamMatchEntry([cdsp, null, null], adsp)).toBe(1);
    expect(findStreamMatchEntry([cdsp], adsp)).toBe(-28);
  });

  it('cannot be had where another takes a part', () => {
    expect(findStreamMatchEntry([null, { stream_id: 0x3000, mask: 0 }], adsp)).toBe(-22);
    expect(overlapsStreams(cdsp, adsp)).toBe(false);
    expect(containsStreams(adsp, { stream_id: 0x3000, mask: 0x60 })).toBe(false);
  });
});
