import { describe, expect, it } from 'vitest';
import { parseElfHeader, parseProgramHeaders } from '../../../src/soc/elf32.ts';
import { buildImage, type ImageOptions, splitImage } from '../../../src/soc/mbn-image.ts';
import { loadSegments, mdtMemorySize } from '../../../src/soc/mdt-file.ts';
import {
  bootImage,
  digestOf,
  LOAD_ADDRESS,
  outcomeOf,
  RECORDED,
  REGION_PA,
  SOC,
  sha384,
} from '../../support/firmware-boot.ts';

const OPTIONS: ImageOptions = {
  firmware: RECORDED,
  loadAddress: LOAD_ADDRESS,
  soc: SOC,
  seed: 1,
  sha384,
};
const REGION_SIZE = 0x1e0_0000;
const OK = ['ok', 'ok', 'ok', 'ok'];
const { path: name } = RECORDED;

describe('an image', () => {
  const bytes = buildImage(OPTIONS);

  it('has the sizes of the recorded one', () => {
    expect(bytes.length).toBe(434_176);
    expect(mdtMemorySize(bytes)).toBe(0x50_0000);
    const boot = bootImage({ name, bytes }, REGION_SIZE);
    expect(outcomeOf(boot)).toEqual(OK);
    expect(boot.metadata?.length).toBe(732);
    expect(boot.memorySetupSize).toBe(0x50_0000);
    expect(boot.entryPa).toBe(REGION_PA + 0x100);
    expect(boot.isSplit).toBe(false);
  });

  it('has the segments of a DSP image', () => {
    const header = parseElfHeader(bytes);
    expect(header).toMatchObject({ entry: LOAD_ADDRESS + 0x100, programHeaderCount: 7 });
    if (header === null) return;
    const segments = parseProgramHeaders(bytes, header).map((segment) =>
      [segment.type, segment.flags, segment.fileSize, segment.memorySize]
        .map((value) => value.toString(16))
        .join(' '),
    );
    expect(segments).toEqual([
      '0 7000000 114 0',
      '0 2200000 1c8 0',
      '1 8200005 37000 37000',
      '1 8000006 14000 13a000',
      '1 8200004 14000 14000',
      '1 8200005 9000 9000',
      '1 8400006 0 371fc0',
    ]);
  });

  it('is the same for the same options, and another for another seed or name', () => {
    expect(digestOf(buildImage(OPTIONS))).toBe(digestOf(bytes));
    expect(digestOf(buildImage({ ...OPTIONS, seed: 2 }))).not.toBe(digestOf(bytes));
    const renamed = { ...RECORDED, path: 'qcom/sa8775p/cdsp0.mbn' };
    expect(digestOf(buildImage({ ...OPTIONS, firmware: renamed }))).not.toBe(digestOf(bytes));
  });

  it('is loaded where it is linked to when it is not relocatable', () => {
    const fixed = buildImage({ ...OPTIONS, loadAddress: REGION_PA, isRelocatable: false });
    const boot = bootImage({ name, bytes: fixed }, REGION_SIZE);
    expect(outcomeOf(boot)).toEqual(OK);
    expect(boot.memorySetupSize).toBeNull();
    expect(boot.entryPa).toBe(REGION_PA + 0x100);
  });

  it('has many segments when its metadata may be of any size', () => {
    const firmware = { ...RECORDED, metadataSize: null };
    const image = buildImage({ ...OPTIONS, firmware });
    expect(parseElfHeader(image)?.programHeaderCount).toBe(8);
    expect(outcomeOf(bootImage({ name, bytes: image }, REGION_SIZE))).toEqual(OK);
  });

  it.each([
    ['no room for metadata', { metadataSize: 300 }],
    ['more in the file than in memory', { memorySize: 0x1000 }],
    ['an entry point beyond the file', { entryOffset: 0x40_0000 }],
    ['a file of headers only', { fileSize: 1000 }],
  ])('is not built of a description with %s', (_what, over) => {
    const firmware = { ...RECORDED, ...over };
    expect(() => buildImage({ ...OPTIONS, firmware })).toThrow(/no image has the sizes/);
  });
});

describe('a split image', () => {
  const files = splitImage(buildImage(OPTIONS), name);
  const mdtName = 'qcom/sa8775p/adsp.mdt';
  const read = (wanted: string) => files.get(wanted) ?? -2;
  const mdt = { name: mdtName, bytes: files.get(mdtName) ?? new Uint8Array(0), readFile: read };

  it('is a file of headers and hashes, and one for each segment with bytes', () => {
    expect([...files].map(([file, { length }]) => `${file} ${length}`)).toEqual([
      'qcom/sa8775p/adsp.mdt 732',
      'qcom/sa8775p/adsp.b00 276',
      'qcom/sa8775p/adsp.b01 456',
      'qcom/sa8775p/adsp.b02 225280',
      'qcom/sa8775p/adsp.b03 81920',
      'qcom/sa8775p/adsp.b04 81920',
      'qcom/sa8775p/adsp.b05 36864',
    ]);
  });

  it('loads as the single file does', () => {
    const boot = bootImage(mdt, REGION_SIZE);
    const single = bootImage({ name, bytes: buildImage(OPTIONS) }, REGION_SIZE);
    expect(outcomeOf(boot)).toEqual(OK);
    expect(boot.isSplit).toBe(true);
    expect(digestOf(boot.metadata)).toBe(digestOf(single.metadata));
    expect(digestOf(boot.region)).toBe(digestOf(single.region));
  });

  it('is refused when a file is missing', () => {
    const boot = bootImage(
      { ...mdt, readFile: (file) => (file.endsWith('b04') ? -2 : read(file)) },
      REGION_SIZE,
    );
    expect(outcomeOf(boot)).toEqual(['ok', 'ok', '-2|error -2 loading qcom/sa8775p/adsp.b04', '-']);
  });

  it('is refused when a file is cut off, after what it holds was copied', () => {
    const cut = splitImage(buildImage({ ...OPTIONS, defect: 'file-truncated' }), name);
    const file = { ...mdt, readFile: (wanted: string) => cut.get(wanted) ?? -2 };
    const line = 'failed to load segment 5 from truncated file qcom/sa8775p/adsp.b05';
    expect(outcomeOf(bootImage(file, REGION_SIZE))).toEqual(['ok', 'ok', `-22|${line}`, '-']);
    const { segments } = loadSegments(file, { pa: REGION_PA, size: REGION_SIZE });
    expect(segments.map(({ index, bytes, zeroFill }) => [index, bytes.length, zeroFill])).toEqual([
      [2, 225_280, 0],
      [3, 81_920, 0x12_6000],
      [4, 81_920, 0],
      [5, 18_432, 0],
    ]);
  });
});

describe('a broken image', () => {
  const metadataError = `error -22 reading firmware ${name} metadata`;
  it.each([
    ['header-truncated', ['-22', '-', '-', '-']],
    ['wrong-program-header-size', ['-22', '-', '-', '-']],
    ['first-segment-loadable', [`-22|${metadataError}`, '-', '-', '-']],
    ['no-hash-segment', [`-22|no hash segment found in ${name}|${metadataError}`, '-', '-', '-']],
    ['wrong-mbn-version', ['ok', 'wrong-mbn-version', 'ok', 'wrong-mbn-version']],
    ['signed-for-another-soc', ['ok', 'signed-for-another-soc', 'ok', 'signed-for-another-soc']],
    ['hash-missing', ['ok', 'hash-count-mismatch', 'ok', 'hash-count-mismatch']],
    ['wrong-header-hash', ['ok', 'header-hash-mismatch', 'ok', 'header-hash-mismatch']],
    ['segment-outside-region', ['ok', 'ok', '-22|segment outside memory range', '-']],
    [
      'file-size-above-memory-size',
      ['ok', 'ok', '-22|refusing to load segment 2 with p_filesz > p_memsz', '-'],
    ],
    ['file-truncated', ['ok', 'ok', '-2|error -2 loading qcom/sa8775p/adsp.b02', '-']],
    ['wrong-segment-hash', ['ok', 'ok', 'ok', 'segment-hash-mismatch']],
    ['entry-outside-image', ['ok', 'ok', 'ok', 'entry-outside-image']],
  ] as const)('%s is found by the check for it', (defect, expected) => {
    const bytes = buildImage({ ...OPTIONS, defect });
    expect(outcomeOf(bootImage({ name, bytes }, REGION_SIZE))).toEqual(expected);
  });

  it('is whole for a machine that it is signed for', () => {
    const bytes = buildImage({ ...OPTIONS, soc: 'x1e80100' });
    expect(outcomeOf(bootImage({ name, bytes }, REGION_SIZE, 'x1e80100'))).toEqual(OK);
    expect(outcomeOf(bootImage({ name, bytes }, REGION_SIZE))[1]).toBe('signed-for-another-soc');
  });
});
