import { describe, expect, it } from 'vitest';
import { findSoc, SOC_NAMES } from '../../../src/soc/find-soc.ts';
import { socOfFirmware, socOfModel } from '../../../src/soc/soc-name.ts';

describe('a SoC', () => {
  it('is found by name and by part number, in whatever case', () => {
    expect(SOC_NAMES).toEqual(['lemans', 'monaco', 'kodiak', 'hamoa', 'talos', 'virt']);
    for (const name of SOC_NAMES) expect(findSoc(name)?.name).toBe(name);
    expect(findSoc('SA8775P')?.name).toBe('lemans');
    expect(findSoc('qcs9100')?.name).toBe('lemans');
    expect(findSoc('QCS8300')?.name).toBe('monaco');
    expect(findSoc('Qcs6490')?.name).toBe('kodiak');
    expect(findSoc('sc7280')?.name).toBe('kodiak');
    expect(findSoc('X1E80100')?.name).toBe('hamoa');
    expect(findSoc('qcs615')?.name).toBe('talos');
    expect(findSoc('sm8550')).toBeUndefined();
    expect(findSoc('')).toBeUndefined();
  });

  it('has names and aliases of its own, in lower case', () => {
    const all = SOC_NAMES.flatMap((name) => [name, ...(findSoc(name)?.aliases ?? [])]);
    expect(new Set(all).size).toBe(all.length);
    expect(all.map((name) => name.toLowerCase())).toEqual(all);
  });

  it.each(SOC_NAMES.filter((name) => name !== 'virt'))('%s is found by what its model speaks of', (name) => {
    const part = socOfModel(findSoc(name)?.board.model ?? '');
    expect(findSoc(part ?? '')?.name).toBe(name);
  });

  it.each([
    ['Microsoft Surface Pro 9 5G', 'sc8280xp'],
    ['Microsoft Surface Pro 11th Edition (OLED)', 'x1e80100'],
    ['Microsoft Surface Duo 2', 'sm8350'],
    ['Microsoft Surface Duo', 'sm8150'],
    ['Surface Pro 12 inch', 'x1p42100'],
    ['HP Omnibook X 14-fe1', 'x1p42100'],
    ['HP Omnibook X 14', 'x1e80100'],
    ['OnePlus 6T', 'sdm845'],
    ['OnePlus 5T', 'msm8998'],
    ['OnePlus 9', 'sm8350'],
    ['Xiaomi Redmi Note 4X', 'msm8953'],
    ['Xiaomi Redmi Note 7', 'sdm660'],
    ['Xiaomi Redmi Note 7 Pro', undefined],
    ['Xiaomi Mi 5s', undefined],
    ['Dell XPS 13 9310', undefined],
    ['Example Technologies, Inc. Glymur CRD', 'glymur'],
    ['Example Purwa IoT EVK', 'x1p42100'],
  ])('%s: %s', (model, soc) => {
    expect(socOfModel(model)).toBe(soc);
  });
  it.each([
    ['qcom/sm8750/adsp.mbn', 'sm8750'],
    ['qcom/kaanapali/cdsp.mbn', 'kaanapali'],
    ['qcom/vpu/vpu30_p4.mbn', undefined],
    ['qcom/kaanapali-old/cdsp.mbn', undefined],
  ])('%s lies in the folder of %s', (path, soc) => {
    expect(socOfFirmware(path)).toBe(soc);
  });
});
