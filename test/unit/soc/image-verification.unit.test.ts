import { describe, expect, it } from 'vitest';
import {
  encodeElfHeaders,
  type ProgramHeader,
  parseElfHeader,
  parseProgramHeaders,
} from '../../../src/soc/elf32.ts';
import { verifyImage, verifyMetadata } from '../../../src/soc/image-verification.ts';
import { buildImage } from '../../../src/soc/mbn-image.ts';
import { loadSegments, prepareImage } from '../../../src/soc/mdt-file.ts';
import {
  LOAD_ADDRESS,
  RECORDED,
  REGION_PA,
  readFrom,
  SOC,
  sha384,
  verifierOf,
} from '../../support/firmware-boot.ts';

const bytes = buildImage({ firmware: RECORDED, loadAddress: LOAD_ADDRESS, soc: SOC, seed: 3, sha384 });
const PA = 0x4000_0000;
const MEMORY = { pa: REGION_PA, size: RECORDED.memorySize };
const REFUSED = (reason: string) => ({ ok: false, reason });

function metadataOf(image: Uint8Array): Uint8Array {
  const prepared = prepareImage({ name: RECORDED.path, bytes: image });
  if (!prepared.ok) throw new Error(prepared.logLines.join());
  return prepared.metadata;
}

/** What Linux leaves in the region, before TrustZone zeroes the rest. */
const region = new Uint8Array(RECORDED.memorySize).fill(0xa5);
for (const { offset, bytes: part } of loadSegments({ name: RECORDED.path, bytes }, MEMORY).segments)
  region.set(part, offset);
const inMemory = verifierOf(readFrom(REGION_PA, region));
const metadata = metadataOf(bytes);

/** Metadata with other program headers or another entry point, hashed anew. */
function rehashed(change: (segment: ProgramHeader, index: number) => Partial<ProgramHeader>, entry?: number) {
  const header = parseElfHeader(metadata);
  if (header === null) throw new Error('no header');
  const segments = parseProgramHeaders(metadata, header);
  const changed = segments.map((segment, index) => ({ ...segment, ...change(segment, index) }));
  const headers = encodeElfHeaders(entry ?? header.entry, changed);
  const copy = metadata.slice();
  copy.set(headers);
  copy.set(sha384(headers), headers.length + 48 + 24);
  return copy;
}

describe('PAS_INIT_IMAGE', () => {
  const verify = (content: Uint8Array) => verifyMetadata(PA, verifierOf(readFrom(PA, content)));

  it('finds the length in the headers, and keeps a copy', () => {
    const longer = new Uint8Array(4096).fill(1);
    longer.set(metadata);
    const checked = verify(longer);
    expect(checked.ok && checked.metadata).toEqual(metadata);
    longer.fill(0);
    expect(checked.ok && checked.metadata).toEqual(metadata);
  });

  it.each([0, 51, 100, 731])('cannot read %i bytes of it', (length) => {
    expect(verify(metadata.subarray(0, length))).toEqual(REFUSED('metadata-unreadable'));
  });

  function patched(offset: number, value: number): Uint8Array {
    const copy = metadata.slice();
    new DataView(copy.buffer).setUint32(offset, value, true);
    return copy;
  }

  it.each([
    ['another magic number', patched(0, 1), 'not-elf'],
    ['program headers elsewhere', patched(28, 64), 'malformed-program-headers'],
    [
      'headers smaller than they are',
      rehashed((_s, i) => (i === 0 ? { fileSize: 64 } : {})),
      'malformed-program-headers',
    ],
    [
      'a huge hash segment',
      rehashed((_s, i) => (i === 1 ? { fileSize: 2 ** 31 } : {})),
      'malformed-program-headers',
    ],
    ['no hash segment', rehashed((_s, i) => (i === 1 ? { flags: 0 } : {})), 'no-hash-segment'],
    [
      'a hash segment without a header',
      rehashed((_s, i) => (i === 1 ? { fileSize: 40 } : {})),
      'malformed-hash-segment',
    ],
    ['certificates beyond the end', patched(276 + 0x24, 4000), 'malformed-hash-segment'],
    ['no room for the name of a SoC', patched(276 + 0x2c, 8), 'malformed-hash-segment'],
    ['another version', patched(276 + 4, 7), 'wrong-mbn-version'],
    ['a digest less', patched(276 + 0x14, 48 * 6), 'hash-count-mismatch'],
    ['another entry point', patched(24, LOAD_ADDRESS), 'header-hash-mismatch'],
  ])('refuses %s', (_what, content, reason) => {
    const checked = verify(content);
    expect(checked).toEqual(REFUSED(reason));
  });

  it('refuses an image for another machine', () => {
    const other = verifierOf(readFrom(PA, metadata), 'x1e80100');
    expect(verifyMetadata(PA, other)).toEqual(REFUSED('signed-for-another-soc'));
  });
});

describe('PAS_AUTH_AND_RESET', () => {
  it('tells where the core starts and what is zeroed', () => {
    expect(verifyImage(metadata, MEMORY, inMemory)).toEqual({
      ok: true,
      entryPa: REGION_PA + 0x100,
      zeroFill: [
        { pa: REGION_PA + 0x4_b000, size: 0x12_6000 },
        { pa: REGION_PA + 0x18_e000, size: 0x37_1fc0 },
      ],
    });
  });

  it('needs PAS_MEM_SETUP of a relocatable image, with room for it', () => {
    expect(verifyImage(metadata, null, inMemory)).toEqual(REFUSED('memory-not-set-up'));
    const small = { pa: REGION_PA, size: RECORDED.memorySize - 1 };
    expect(verifyImage(metadata, small, inMemory)).toEqual(REFUSED('image-larger-than-memory'));
  });

  it('finds every changed byte of text, data and strings, and none of zeroed memory', () => {
    for (const [offset, isHashed] of [
      [0, true],
      [0x3_6fff, true],
      [0x3_7000, true],
      [0x4_afff, true],
      [0x4_b000, false],
      [0x18_dfff, true],
      [0x18_e000, false],
    ] as const) {
      const changed = region.slice();
      changed[offset] = (changed[offset] ?? 0) ^ 0x80;
      const verifier = verifierOf(readFrom(REGION_PA, changed));
      expect([offset, verifyImage(metadata, MEMORY, verifier).ok]).toEqual([offset, !isHashed]);
    }
  });

  it('finds memory that it cannot read', () => {
    const verifier = verifierOf(readFrom(REGION_PA, region.subarray(0, 0x1000)));
    expect(verifyImage(metadata, MEMORY, verifier)).toEqual(REFUSED('segment-hash-mismatch'));
  });

  it.each([
    ['before', LOAD_ADDRESS - 1, false],
    ['at the start', LOAD_ADDRESS, true],
    ['in the last page', LOAD_ADDRESS + RECORDED.memorySize - 1, true],
    ['behind', LOAD_ADDRESS + RECORDED.memorySize, false],
  ])('takes an entry point %s or not', (_where, entry, isTaken) => {
    const result = verifyImage(
      rehashed(() => ({}), entry),
      MEMORY,
      inMemory,
    );
    expect(result.ok).toBe(isTaken);
    if (!result.ok) expect(result.reason).toBe('entry-outside-image');
  });

  it('looks at no bytes of shared, unused and paged segments, but at some', () => {
    const stale = verifierOf(readFrom(REGION_PA, new Uint8Array(region.length)));
    for (const flags of [4 << 21, 3 << 21, 1 << 20]) {
      const skipped = (from: number) =>
        rehashed((segment, index) => (index >= from ? { flags: (segment.flags & ~(15 << 20)) | flags } : {}));
      expect(verifyImage(skipped(3), MEMORY, stale)).toEqual(REFUSED('segment-hash-mismatch'));
      expect(verifyImage(skipped(3), MEMORY, inMemory).ok).toBe(true);
      expect(verifyImage(skipped(2), MEMORY, stale)).toEqual(REFUSED('nothing-to-verify'));
    }
  });

  it('refuses metadata that was changed since', () => {
    const changed = metadata.slice();
    changed[24] = 1;
    expect(verifyImage(changed, MEMORY, inMemory)).toEqual(REFUSED('header-hash-mismatch'));
  });

  it('refuses headers that nothing is loaded by', () => {
    const nothing = rehashed((_segment, index) => (index > 1 ? { memorySize: 0 } : {}));
    expect(verifyImage(nothing, MEMORY, inMemory)).toEqual(REFUSED('nothing-to-verify'));
  });
});
