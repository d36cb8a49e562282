import { describe, expect, it } from 'vitest';
import { encodeElfHeaders, type ProgramHeader, PT_LOAD, PT_NULL } from '../../../src/soc/elf32.ts';
import {
  initImageErrorLine,
  loadSegments,
  mdtHeaderIsValid,
  mdtMemorySize,
  memorySetupErrorLine,
  prepareImage,
  segmentFileName,
} from '../../../src/soc/mdt-file.ts';

const RELOCATABLE = 1 << 27;
const HASH = 2 << 24;
const MIB = 2 ** 20;
const REGION = { pa: 0x9000_0000, size: MIB };

function segment(over: Partial<ProgramHeader>): ProgramHeader {
  return {
    type: PT_LOAD,
    offset: 0,
    virtualAddress: 0,
    physicalAddress: 0x8000_0000,
    fileSize: 0,
    memorySize: 0,
    flags: RELOCATABLE,
    align: 0,
    ...over,
  };
}

/** A file of the headers alone, padded to `size`. */
function fileOf(segments: ProgramHeader[], size = 0): Uint8Array {
  const headers = encodeElfHeaders(0, segments);
  const bytes = new Uint8Array(Math.max(size, headers.length));
  bytes.set(headers);
  return bytes;
}

const HEADERS = segment({ type: PT_NULL, flags: 7 << 24, fileSize: 52 });
const HASHES = segment({ type: PT_NULL, flags: HASH, offset: 200, fileSize: 8 });

describe('mdt_header_valid', () => {
  const valid = fileOf([HEADERS, HASHES]);

  function patched(offset: number, value: number): Uint8Array {
    const bytes = valid.slice();
    new DataView(bytes.buffer).setUint16(offset, value, true);
    return bytes;
  }

  it('takes headers and nothing else', () => expect(mdtHeaderIsValid(valid)).toBe(true));

  it.each([
    ['fewer bytes than a header', valid.subarray(0, 51)],
    ['another magic number', patched(0, 0x457e)],
    ['program headers of ELF64', patched(42, 56)],
    ['program headers beyond the end', valid.subarray(0, valid.length - 1)],
    ['section headers of no size', patched(48, 1)],
    ['section headers of another size', patched(46, 64)],
  ])('refuses %s', (_what, bytes) => expect(mdtHeaderIsValid(bytes)).toBe(false));

  it('takes section headers that fit, or none of the right size', () => {
    expect(mdtHeaderIsValid(patched(46, 40))).toBe(true);
    const bytes = patched(46, 40);
    new DataView(bytes.buffer).setUint16(48, 4, true);
    expect(mdtHeaderIsValid(bytes)).toBe(false);
  });
});

describe('the span of an image', () => {
  it('ends on a page and begins anywhere', () => {
    const segments = [segment({ physicalAddress: 0x1010, memorySize: 0x20 })];
    expect(mdtMemorySize(fileOf(segments))).toBe(0xff0);
  });

  it('leaves out what is not loaded', () => {
    const hash = segment({ flags: HASH, physicalAddress: 0, memorySize: 9 * MIB });
    const empty = segment({ physicalAddress: 0 });
    const note = segment({ type: 4, physicalAddress: 0, memorySize: 9 });
    expect(mdtMemorySize(fileOf([hash, empty, note, segment({ memorySize: 1 })]))).toBe(4096);
    expect(mdtMemorySize(fileOf([hash, empty, note]))).toBe(-22);
    expect(mdtMemorySize(new Uint8Array(60))).toBe(-22);
  });

  it('wraps at 4 GiB as the loader does', () => {
    const segments = [segment({ physicalAddress: 0xffff_f000, memorySize: 0x2000 })];
    expect(mdtMemorySize(fileOf(segments))).toBe(-22);
    const prepared = prepareImage({ name: 'x.mbn', bytes: fileOf([HEADERS, HASHES, ...segments], 300) });
    expect(prepared).toMatchObject({ ok: true, memorySetupSize: 0x1000 - 0xffff_f000 });
  });
});

describe('metadata', () => {
  const name = 'a/dsp.mdt';
  const wholeHeaders = { ...HEADERS, fileSize: 116 };

  it('is packed when headers and hashes are the whole file, whatever the offset says', () => {
    const bytes = fileOf([wholeHeaders, HASHES], 124);
    bytes[123] = 7;
    const prepared = prepareImage({ name, bytes });
    expect(prepared).toEqual({ ok: true, metadata: bytes, memorySetupSize: null });
  });

  it('is taken from the offset when the file is longer', () => {
    const bytes = fileOf([wholeHeaders, HASHES], 300);
    bytes.fill(9, 200, 208);
    const prepared = prepareImage({ name, bytes });
    const metadata = prepared.ok ? prepared.metadata : new Uint8Array(0);
    expect([...metadata.subarray(116)]).toEqual(Array(8).fill(9));
    expect(metadata.length).toBe(124);
  });

  it('is taken from a file of its own when the file is shorter', () => {
    const bytes = fileOf([wholeHeaders, HASHES]);
    const readFile = (file: string) => (file === 'a/dsp.b01' ? new Uint8Array(8).fill(3) : -2);
    const prepared = prepareImage({ name, bytes, readFile });
    expect(prepared.ok && [...prepared.metadata.subarray(116)]).toEqual(Array(8).fill(3));
  });

  const last = 'error -22 reading firmware a/dsp.mdt metadata';
  it.each([
    ['one program header', [HEADERS], undefined, [-22, last]],
    [
      'no hash segment but the first',
      [HASHES, HEADERS],
      1,
      [-22, 'no hash segment found in a/dsp.mdt', last],
    ],
    ['a loadable first segment', [segment({}), HASHES], 1, [-22, last]],
    [
      'metadata beyond kmalloc',
      [{ ...HEADERS, fileSize: 4 * MIB }, HASHES],
      1,
      [-12, 'error -12 reading firmware a/dsp.mdt metadata'],
    ],
    [
      'a missing file',
      [wholeHeaders, HASHES],
      -2,
      [-2, 'error -2 loading a/dsp.b01', 'error -2 reading firmware a/dsp.mdt metadata'],
    ],
    [
      'a cut file',
      [wholeHeaders, HASHES],
      7,
      [-22, 'failed to load segment 1 from truncated file a/dsp.b01', last],
    ],
  ] as const)('is refused with %s', (_what, segments, answer, expected) => {
    const content = answer === undefined || answer < 0 ? (answer ?? -2) : new Uint8Array(answer);
    const refused = prepareImage({ name, bytes: fileOf([...segments]), readFile: () => content });
    expect(refused.ok ? [] : [refused.errno, ...refused.logLines]).toEqual(expected);
  });

  it('has zeros where the headers claim more than the file has', () => {
    const bytes = fileOf([{ ...HEADERS, fileSize: 1000 }, HASHES], 300);
    const prepared = prepareImage({ name, bytes });
    expect(prepared.ok && prepared.metadata.length).toBe(1008);
  });
});

describe('loading', () => {
  const name = 'dsp.mbn';
  const lines = (segments: ProgramHeader[], size: number, region = REGION) => {
    const result = loadSegments({ name, bytes: fileOf(segments, size) }, region);
    return result.ok ? 'ok' : [result.errno, ...result.logLines];
  };

  it('relocates by the lowest segment when one has the flag, and copies in the order of the headers', () => {
    const segments = [
      segment({ physicalAddress: 0x8000_2000, offset: 208, fileSize: 4, memorySize: 6, flags: 0 }),
      segment({ physicalAddress: 0x8000_0010, offset: 200, fileSize: 8, memorySize: 8 }),
    ];
    const result = loadSegments({ name, bytes: fileOf(segments, 300) }, REGION);
    expect(result).toMatchObject({ ok: true, isSplit: false, relocationBase: 0x8000_0010 });
    expect(result.segments.map(({ index, pa, zeroFill }) => [index, pa, zeroFill])).toEqual([
      [0, 0x9000_1ff0, 2],
      [1, 0x9000_0000, 0],
    ]);
  });

  it('is refused for a fixed image below the region, or one that ends behind it', () => {
    const at = (physicalAddress: number) => [segment({ physicalAddress, memorySize: 0x1000, flags: 0 })];
    const outside = [-22, 'segment outside memory range'];
    expect(lines(at(REGION.pa), 0)).toBe('ok');
    expect(lines(at(REGION.pa - 0x1000), 0)).toEqual(outside);
    expect(lines(at(REGION.pa + MIB - 0x1000), 0)).toBe('ok');
    expect(lines(at(REGION.pa + MIB - 0xfff), 0)).toEqual(outside);
  });

  it('is refused without a region', () => {
    const segments = [segment({ memorySize: 1 })];
    expect(lines(segments, 0, { pa: 0, size: MIB })).toEqual([-22]);
    expect(lines(segments, 0, { pa: MIB, size: 0 })).toEqual([-22]);
  });

  it('keeps what it copied before a refusal', () => {
    const good = segment({ offset: 200, fileSize: 8, memorySize: 16 });
    const bad = segment({ physicalAddress: 0x8000_1000, offset: 200, fileSize: 8, memorySize: 4 });
    const result = loadSegments({ name, bytes: fileOf([good, bad], 300) }, REGION);
    expect(result).toMatchObject({
      ok: false,
      logLines: ['refusing to load segment 1 with p_filesz > p_memsz'],
    });
    expect(result.segments.map(({ index }) => index)).toEqual([0]);
  });

  it('looks for files of segments as soon as any segment, loaded or not, ends behind the file', () => {
    const good = segment({ offset: 200, fileSize: 8, memorySize: 16 });
    expect(lines([good, { ...HASHES, offset: 297 }], 304)).toEqual([-2, 'error -2 loading dsp.b00']);
    expect(lines([good, { ...HASHES, offset: 296 }], 304)).toBe('ok');
    expect(lines([good, { ...HASHES, offset: 999, fileSize: 0 }], 304)).toBe('ok');
    expect(lines([good, { ...HASHES, offset: 0xffff_fff8 }], 304)).toEqual([-2, 'error -2 loading dsp.b00']);
  });

  it('stops before a segment whose end wraps, which would be read beyond the file', () => {
    const size = 0xffff_fff0;
    const wrapped = segment({ offset: 100, fileSize: size, memorySize: size });
    const region = { pa: REGION.pa, size: 2 ** 33 };
    expect(lines([wrapped], 300, region)).toEqual([-22, 'file dsp.mbn segment 0 would be truncated']);
  });

  it('names files by the last three characters', () => {
    expect(segmentFileName('adsp.mdt', 7)).toBe('adsp.b07');
    expect(segmentFileName('adsp.mbn', 100)).toBe('adsp.b100');
    expect(segmentFileName('a.b', 1)).toBeNull();
  });

  it('says what TrustZone refused', () => {
    expect(initImageErrorLine(-22, name)).toBe('error -22 initializing firmware dsp.mbn');
    expect(memorySetupErrorLine(-5, name)).toBe('error -5 setting up firmware dsp.mbn');
  });
});
