import { describe, expect, it } from 'vitest';
import {
  IOMMU_CACHE as CACHE,
  decodeDescriptor,
  encodeLeaf,
  encodeTable,
  lpaeGeometry,
  IOMMU_MMIO as MMIO,
  IOMMU_NOEXEC as NOEXEC,
  IOMMU_PRIV as PRIV,
  IOMMU_READ as READ,
  renderDescriptor,
  IOMMU_WRITE as WRITE,
} from '../../../src/soc/lpae.ts';

describe('the geometry of a table', () => {
  it.each([
    [32, 1, 4, 32],
    [36, 1, 64, 28],
    [39, 1, 512, 25],
    [40, 0, 2, 24],
    [42, 0, 8, 22],
    [44, 0, 32, 20],
    [48, 0, 512, 16],
  ])(
    'for %i bits starts at level %i with %i entries and T0SZ %i',
    (inputBits, startLevel, rootEntries, t0sz) => {
      expect(lpaeGeometry(1, inputBits)).toMatchObject({
        startLevel,
        rootEntries,
        t0sz,
        rootBytes: rootEntries * 8,
        rootAllocationBytes: Math.max(rootEntries * 8, 64),
        concatenatedTables: 1,
        sl0: null,
      });
    },
  );

  it.each([
    [40, 40, 1, 1024, 2, 1],
    [42, 42, 1, 4096, 8, 1],
    [36, 36, 1, 64, 1, 1],
    [48, 48, 0, 512, 1, 2],
    [44, 44, 0, 32, 1, 2],
    [30, 36, 2, 512, 1, 0],
  ])(
    'of stage 2 for %i to %i bits starts at level %i with %i entries in %i tables',
    (inputBits, outputBits, startLevel, rootEntries, concatenatedTables, sl0) => {
      const geometry = lpaeGeometry(2, inputBits, outputBits);
      expect(geometry).toMatchObject({ startLevel, rootEntries, concatenatedTables, sl0 });
    },
  );

  it('is not defined for more than 48 bits, or for what is less than a page', () => {
    expect(() => lpaeGeometry(1, 49)).toThrow('49 bits');
    expect(() => lpaeGeometry(1, 12)).toThrow('12 bits');
    expect(() => lpaeGeometry(2, 48, 40)).toThrow('512 tables cannot be concatenated');
  });
});

describe('a leaf', () => {
  it.each([
    ['read and write', READ | WRITE, 0xe43n, 0xe41n, 0x6d7n],
    ['read', READ, 0xec3n, 0xec1n, 0x657n],
    ['write only, which stage 1 cannot say', WRITE, 0xe43n, 0xe41n, 0x697n],
    ['cached', READ | WRITE | CACHE, 0xf47n, 0xf45n, 0x7ffn],
    ['device memory', READ | WRITE | MMIO, 0xe4bn, 0xe49n, 0x6c7n],
    ['privileged', READ | WRITE | PRIV, 0xe03n, 0xe01n, 0x6d7n],
  ])('for %s has the bits that Linux gives it', (_name, protection, page, block, stage2Page) => {
    expect(encodeLeaf(1, 3, 0x95900000, protection)).toBe(0x95900000n | page);
    expect(encodeLeaf(1, 2, 0x95a00000, protection)).toBe(0x95a00000n | block);
    expect(encodeLeaf(2, 3, 0x95900000, protection)).toBe(0x95900000n | stage2Page);
  });

  it('keeps all 48 bits of an address', () => {
    expect(encodeLeaf(1, 3, 0xffff_ffff_f000, READ | WRITE)).toBe(0xffff_ffff_fe43n);
    expect(decodeDescriptor(1, 3, 0xffff_ffff_fe43n)).toMatchObject({ pa: 0xffff_ffff_f000 });
  });

  it('is not executable at either stage when it may not be', () => {
    for (const stage of [1, 2] as const) {
      const word = encodeLeaf(stage, 3, 0, READ | NOEXEC);
      expect(word >> 53n).toBe(3n);
      expect(decodeDescriptor(stage, 3, word)).toMatchObject({ isExecutable: false });
    }
  });
});

describe('a table descriptor', () => {
  it('is marked for a walker that snoops no caches', () => {
    expect(encodeTable(0x80001000, true)).toBe(0x80001003n);
    expect(encodeTable(0x80001000, false)).toBe(0x0080_0000_8000_1003n);
  });
});

describe('a rendered descriptor', () => {
  it.each([
    [1, 3, 0x95900e43n, 'page 0x95900000 rwx non-cacheable outer'],
    [1, 2, 0x95a00ec1n, 'block 0x95a00000 r-x non-cacheable outer'],
    [1, 3, 0x95900f47n, 'page 0x95900000 rwx cached inner'],
    [1, 3, 0x95900e0bn, 'page 0x95900000 rwx device outer privileged'],
    [2, 3, 0x95900697n, 'page 0x95900000 -wx non-cacheable outer'],
    [1, 3, 0x95900a43n, 'page 0x95900000 rwx non-cacheable outer not accessed'],
    [1, 2, 0x80001003n, 'table 0x80001000'],
    [1, 2, 0x0080_0000_8000_1003n, 'table 0x80001000 synced'],
    [1, 3, 0x95900e41n, 'invalid'],
    [1, 0, 0x95900e41n, 'invalid'],
    [1, 3, 0xe42n, 'invalid'],
  ] as const)('of stage %i level %i %s', (stage, level, word, text) => {
    expect(renderDescriptor(stage, level, word)).toBe(text);
  });
});
