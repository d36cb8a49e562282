import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FirmwareDescription } from '../../src/soc/description.ts';
import { verifyImage, verifyMetadata } from '../../src/soc/image-verification.ts';
import { buildImage, type ImageDefect, splitImage } from '../../src/soc/mbn-image.ts';
import { loadSegments, mdtMemorySize, prepareImage } from '../../src/soc/mdt-file.ts';
import {
  bootImage,
  digestOf,
  outcomeOf,
  REGION_PA,
  readFrom,
  SOC,
  sha384,
  verifierOf,
} from '../support/firmware-boot.ts';

const PAGE = 4096;
const OK = ['ok', 'ok', 'ok', 'ok'];

const firmwares: fc.Arbitrary<FirmwareDescription> = fc
  .record({
    fileSize: fc.oneof(fc.integer({ min: 4096, max: 20_000 }), fc.integer({ min: 60_000, max: 200_000 })),
    spare: fc.nat({ max: 40 }),
    entry: fc.nat({ max: 1000 }),
    metadataSize: fc.option(fc.integer({ min: 380, max: 2500 }), { nil: null }),
    path: fc.constantFrom('qcom/sa8775p/adsp.mbn', 'qcom/x1e80100/cdsp_dtb.mbn', 'wpss.mdt'),
  })
  .map(({ fileSize, spare, entry, metadataSize, path }) => ({
    path,
    fileSize,
    memorySize: (Math.ceil(fileSize / PAGE) + spare) * PAGE,
    entryOffset: entry & ~3,
    metadataSize,
  }));

const images = fc
  .record({ firmware: firmwares, page: fc.integer({ min: 1, max: 0xb_0000 }), seed: fc.nat() })
  .map(({ firmware, page, seed }) => ({ firmware, loadAddress: page * PAGE, soc: SOC, seed, sha384 }));

/** Step that finds each defect, and what it says there. */
const FOUND: Readonly<Record<ImageDefect, readonly [step: number, says: RegExp]>> = {
  'header-truncated': [0, /^-22$/],
  'wrong-program-header-size': [0, /^-22$/],
  'first-segment-loadable': [0, /^-22\|error -22 reading firmware \S+ metadata$/],
  'no-hash-segment': [0, /^-22\|no hash segment found in \S+\|error -22 reading firmware \S+ metadata$/],
  'wrong-mbn-version': [1, /^wrong-mbn-version$/],
  'signed-for-another-soc': [1, /^signed-for-another-soc$/],
  'hash-missing': [1, /^hash-count-mismatch$/],
  'wrong-header-hash': [1, /^header-hash-mismatch$/],
  'segment-outside-region': [2, /^-22\|segment outside memory range$/],
  'file-size-above-memory-size': [2, /^-22\|refusing to load segment 2 with p_filesz > p_memsz$/],
  'file-truncated': [2, /^-2\|error -2 loading \S+\.b02$/],
  'wrong-segment-hash': [3, /^segment-hash-mismatch$/],
  'entry-outside-image': [3, /^entry-outside-image$/],
};
const DEFECTS = Object.keys(FOUND) as ImageDefect[];

describe('an image of any description', () => {
  it('has its sizes, and boots from one file and from many', () => {
    fc.assert(
      fc.property(images, (options) => {
        const { firmware } = options;
        const { path: name, memorySize } = firmware;
        const bytes = buildImage(options);
        expect(bytes.length).toBe(firmware.fileSize);
        expect(mdtMemorySize(bytes)).toBe(memorySize);
        const boot = bootImage({ name, bytes }, memorySize);
        expect(outcomeOf(boot)).toEqual(OK);
        expect([boot.isSplit, boot.memorySetupSize]).toEqual([false, memorySize]);
        expect(boot.entryPa).toBe(REGION_PA + firmware.entryOffset);
        if (firmware.metadataSize !== null) expect(boot.metadata?.length).toBe(firmware.metadataSize);

        const files = splitImage(bytes, name);
        const [[mdtName, mdt] = ['', bytes]] = files;
        const split = bootImage(
          { name: mdtName, bytes: mdt, readFile: (f) => files.get(f) ?? -2 },
          memorySize,
        );
        expect(outcomeOf(split)).toEqual(OK);
        expect(split.isSplit).toBe(true);
        expect(digestOf(split.region)).toBe(digestOf(boot.region));
        expect(digestOf(split.metadata)).toBe(digestOf(boot.metadata));
      }),
      { numRuns: 60 },
    );
  });

  it('that is broken is found by the check for it, and by no other', () => {
    fc.assert(
      fc.property(images, fc.constantFrom(...DEFECTS), (options, defect) => {
        const { path: name, memorySize } = options.firmware;
        const boot = bootImage({ name, bytes: buildImage({ ...options, defect }) }, memorySize);
        const outcome = outcomeOf(boot);
        const [step, says] = FOUND[defect];
        expect(outcome[step]).toMatch(says);
        expect(outcome.slice(0, step)).toEqual(OK.slice(0, step));
        // What is wrong with the metadata is found again when the core is started; nothing else follows.
        const rest = step === 1 ? ['ok', outcome[1]] : Array(3 - step).fill('-');
        expect(outcome.slice(step + 1)).toEqual(rest);
      }),
      { numRuns: 150 },
    );
  });
});

describe('any bytes', () => {
  const small = buildImage({
    firmware: { path: 'a.mbn', fileSize: 4096, memorySize: 8192, entryOffset: 0, metadataSize: 600 },
    loadAddress: 0x8000_0000,
    soc: SOC,
    seed: 1,
    sha384,
  });
  /** The image with some bytes of headers and hash segment changed: what random bytes never get as far as. */
  const damaged = fc
    .array(fc.tuple(fc.nat({ max: 700 }), fc.nat({ max: 255 })), { maxLength: 6 })
    .map((changes) => {
      const bytes = small.slice();
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });
  const anything = fc.oneof(damaged, fc.uint8Array({ maxLength: 300 }));

  it('are refused or loaded inside the region, and never throw', () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 0, max: 2 ** 34 }), (bytes, size) => {
        const file = { name: 'a.mbn', bytes, readFile: () => bytes };
        const prepared = prepareImage(file);
        if (!prepared.ok) expect(prepared.errno).toBeLessThan(0);
        const loaded = loadSegments(file, { pa: REGION_PA, size });
        for (const { offset, bytes: part, zeroFill } of loaded.segments) {
          expect(offset).toBeGreaterThanOrEqual(0);
          expect(offset + part.length + zeroFill).toBeLessThanOrEqual(size);
        }
        expect(loaded.ok || loaded.errno < 0).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('are verified or not, and never throw', () => {
    fc.assert(
      fc.property(anything, fc.boolean(), (bytes, isSetUp) => {
        const metadata = bytes.subarray(0, 700);
        verifyMetadata(0, verifierOf(readFrom(0, metadata)));
        const memory = isSetUp ? { pa: REGION_PA, size: 8192 } : null;
        expect(typeof verifyImage(metadata, memory, verifierOf(readFrom(REGION_PA, small))).ok).toBe(
          'boolean',
        );
      }),
      { numRuns: 1000 },
    );
  });
});
