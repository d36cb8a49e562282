import { assert } from '../base/assert.ts';
import { PAGE_SIZE } from '../base/page.ts';
import { SeededRandom } from '../base/seeded-random.ts';
import type { FirmwareDescription } from './description.ts';
import {
  ACCESS_TYPE,
  ELF_HEADER_SIZE,
  encodeElfHeaders,
  PROGRAM_HEADER_SIZE,
  type ProgramHeader,
  PT_LOAD,
  PT_NULL,
  parseElfHeader,
  parseProgramHeaders,
  SEGMENT_FLAG,
  SEGMENT_TYPE,
} from './elf32.ts';
import { DIGEST_SIZE, encodeHashSegment, MBN_VERSION } from './mbn-hash-segment.ts';
import { type ImageLayout, layOutImage } from './mbn-layout.ts';
import { mdtHeaderIsValid, segmentFileName } from './mdt-file.ts';

export type Digest = (bytes: Uint8Array) => Uint8Array;

/** Ways to break an image, each found by one check of the loader or of TrustZone and by no other. */
export type ImageDefect =
  | 'header-truncated'
  | 'wrong-program-header-size'
  | 'first-segment-loadable'
  | 'no-hash-segment'
  | 'file-size-above-memory-size'
  | 'segment-outside-region'
  | 'file-truncated'
  | 'wrong-mbn-version'
  | 'signed-for-another-soc'
  | 'hash-missing'
  | 'wrong-header-hash'
  | 'wrong-segment-hash'
  | 'entry-outside-image';

export interface ImageOptions {
  readonly firmware: FirmwareDescription;
  /** Link address: physical address of the first segment, at the start of a page and below 4 GiB. */
  readonly loadAddress: number;
  /** What the image is signed for. */
  readonly soc: string;
  readonly seed: number;
  /** SHA-384: an argument, because the core has no built-ins. */
  readonly sha384: Digest;
  /** Whether its segments carry the flag that makes the loader call PAS_MEM_SETUP; they do unless told otherwise. */
  readonly isRelocatable?: boolean | undefined;
  readonly defect?: ImageDefect | undefined;
}

const HASH_INDEX = 1;
const HASH_FLAGS = SEGMENT_TYPE.hash | ACCESS_TYPE.readOnly;
/** Bytes of an ECDSA P-384 signature in DER; the rest are certificates. */
const SIGNATURE_SIZE_MAX = 104;
const FIRST_LOADED = 2;
/** More than any region has room for. */
const FAR = 0x1000_0000;

/** An image of exactly the sizes that `firmware` gives. The same options give the same bytes. */
export function buildImage(options: ImageOptions): Uint8Array {
  const { firmware, loadAddress, defect } = options;
  assert(loadAddress % PAGE_SIZE === 0, 'an image is linked to the start of a page');
  assert(firmware.memorySize % PAGE_SIZE === 0, 'an image spans whole pages');
  assert(loadAddress + firmware.memorySize + FAR <= 2 ** 32, 'an ELF32 image lies below 4 GiB');
  const layout = layOutImage(firmware);
  const random = new SeededRandom(options.seed ^ hashOfText(firmware.path));
  const image = new Uint8Array(firmware.fileSize);
  const programHeaders = planProgramHeaders(options, layout);
  const headers = encodeElfHeaders(
    loadAddress + (defect === 'entry-outside-image' ? firmware.memorySize + PAGE_SIZE : firmware.entryOffset),
    programHeaders,
    defect === 'wrong-program-header-size' ? 56 : undefined,
  );
  image.set(headers);
  for (const { fileOffset, fileSize } of layout.segments)
    fillRandom(image.subarray(fileOffset, fileOffset + fileSize), random);
  const hashTable = hashSegments(image, headers, layout, options);
  image.set(encodeSignedHashes(hashTable, options, layout, random), layout.hashOffset);
  return image.subarray(0, lengthLeft(image.length, headers.length, layout, defect));
}

/**
 * The image as a `.mdt` (headers and hash segment, packed) and a file for each segment, by name. What is cut off
 * from the image is cut off from its files.
 */
export function splitImage(image: Uint8Array, path: string): ReadonlyMap<string, Uint8Array> {
  const mdtName = path.replace(/\.[^./]*$/, '.mdt');
  const header = parseElfHeader(image);
  if (header === null || !mdtHeaderIsValid(image)) return new Map([[mdtName, image]]);
  const parts = parseProgramHeaders(image, header).map(({ offset, fileSize }) =>
    image.subarray(offset, offset + fileSize),
  );
  const files = new Map([[mdtName, join(parts.slice(0, HASH_INDEX + 1))]]);
  parts.forEach((part, index) => {
    const name = segmentFileName(mdtName, index);
    if (part.length > 0 && name !== null) files.set(name, part);
  });
  return files;
}

function planProgramHeaders(options: ImageOptions, layout: ImageLayout): ProgramHeader[] {
  const { loadAddress, defect } = options;
  const relocatable = (options.isRelocatable ?? true) ? SEGMENT_FLAG.relocatable : 0;
  const loaded = layout.segments.map((segment, index): ProgramHeader => {
    const address = loadAddress + segment.memoryOffset;
    const isLast = index === layout.segments.length - 1;
    let { memorySize } = segment;
    if (defect === 'file-size-above-memory-size' && index === 0) memorySize = segment.fileSize - 1;
    if (defect === 'segment-outside-region' && isLast) memorySize += FAR;
    return {
      type: PT_LOAD,
      offset: segment.fileOffset,
      virtualAddress: address,
      physicalAddress: address,
      fileSize: segment.fileSize,
      memorySize,
      flags: segment.flags | relocatable,
      align: PAGE_SIZE,
    };
  });
  const headersSize = ELF_HEADER_SIZE + PROGRAM_HEADER_SIZE * (loaded.length + FIRST_LOADED);
  const unloaded = { virtualAddress: 0, physicalAddress: 0, memorySize: 0, align: 0 };
  const headers: ProgramHeader = {
    ...unloaded,
    type: defect === 'first-segment-loadable' ? PT_LOAD : PT_NULL,
    offset: 0,
    fileSize: headersSize,
    flags: SEGMENT_TYPE.headers,
  };
  const hashes: ProgramHeader = {
    ...unloaded,
    type: PT_NULL,
    offset: layout.hashOffset,
    fileSize: layout.hashSize,
    align: PAGE_SIZE,
    flags: HASH_FLAGS & (defect === 'no-hash-segment' ? ~SEGMENT_TYPE.hash : ~0),
  };
  return [headers, hashes, ...loaded];
}

/** A digest for each program header; the hash segment's own and those of segments without bytes are zero. */
function hashSegments(
  image: Uint8Array,
  headers: Uint8Array,
  layout: ImageLayout,
  { sha384, defect }: ImageOptions,
): Uint8Array {
  const table = new Uint8Array(DIGEST_SIZE * (layout.segments.length + FIRST_LOADED));
  table.set(sha384(headers));
  layout.segments.forEach(({ fileOffset, fileSize }, index) => {
    if (fileSize === 0) return;
    const digest = sha384(image.subarray(fileOffset, fileOffset + fileSize));
    table.set(digest, DIGEST_SIZE * (FIRST_LOADED + index));
  });
  if (defect === 'wrong-header-hash') flipBit(table, 0);
  if (defect === 'wrong-segment-hash') flipBit(table, DIGEST_SIZE * FIRST_LOADED);
  return defect === 'hash-missing' ? table.subarray(0, -DIGEST_SIZE) : table;
}

/** The hash segment, with a signature and certificates that stand for real ones: nobody checks them. */
function encodeSignedHashes(
  hashTable: Uint8Array,
  { soc, defect }: ImageOptions,
  layout: ImageLayout,
  random: SeededRandom,
): Uint8Array {
  const missing = DIGEST_SIZE * (layout.segments.length + FIRST_LOADED) - hashTable.length;
  const signature = new Uint8Array(layout.signatureSize + missing);
  fillRandom(signature, random);
  const signatureEnd = Math.min(SIGNATURE_SIZE_MAX, signature.length >> 1);
  return encodeHashSegment({
    version: defect === 'wrong-mbn-version' ? MBN_VERSION - 1 : MBN_VERSION,
    soc: defect === 'signed-for-another-soc' ? 'another-soc' : soc,
    hashTable,
    oemSignature: signature.subarray(0, signatureEnd),
    oemCertificates: signature.subarray(signatureEnd),
  });
}

function lengthLeft(
  length: number,
  headersLength: number,
  { segments }: ImageLayout,
  defect: ImageDefect | undefined,
): number {
  if (defect === 'header-truncated') return headersLength - 1;
  if (defect !== 'file-truncated') return length;
  const last = segments.findLast(({ fileSize }) => fileSize > 0);
  return length - Math.ceil((last?.fileSize ?? 0) / 2);
}

function fillRandom(bytes: Uint8Array, random: SeededRandom): void {
  for (let index = 0; index < bytes.length; ) {
    for (let word = random.next(), end = Math.min(index + 4, bytes.length); index < end; word >>>= 8)
      bytes[index++] = word & 0xff;
  }
}

function flipBit(bytes: Uint8Array, index: number): void {
  bytes[index] = (bytes[index] ?? 0) ^ 1;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** FNV-1a, so that images of one seed differ by name. */
function hashOfText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
