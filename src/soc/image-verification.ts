import { alignDown, alignUp, PAGE_SIZE } from '../base/page.ts';
import {
  ELF_HEADER_SIZE,
  type ElfHeader,
  findHashSegment,
  isHashed,
  isLoadable,
  PROGRAM_HEADER_SIZE,
  type ProgramHeader,
  parseElfHeader,
  parseProgramHeaders,
  SEGMENT_FLAG,
} from './elf32.ts';
import { DIGEST_SIZE, MBN_VERSION, parseHashSegment, parseMbnVersion } from './mbn-hash-segment.ts';

/**
 * What TrustZone verifies of an image. Its own code is not public: this follows OP-TEE (pas_mbn.c, pas_auth.c)
 * and stands for it as a model assumption. Signatures are not checked, only what they would vouch for.
 */
export type MetadataFlaw =
  | 'metadata-unreadable'
  | 'not-elf'
  | 'malformed-program-headers'
  | 'no-hash-segment'
  | 'malformed-hash-segment'
  | 'wrong-mbn-version'
  | 'signed-for-another-soc'
  | 'hash-count-mismatch'
  | 'header-hash-mismatch';

export type ImageFlaw =
  | MetadataFlaw
  | 'memory-not-set-up'
  | 'nothing-to-verify'
  | 'image-larger-than-memory'
  | 'entry-outside-image'
  | 'segment-hash-mismatch';

export interface Refused<Flaw> {
  readonly ok: false;
  readonly reason: Flaw;
}

/** Memory as TrustZone sees it: fewer bytes than asked for where it may not look. */
export type ReadMemory = (pa: number, size: number) => Uint8Array;

/** The machine that verifies: what images must be signed for, and its digest function. */
export interface Verifier {
  readonly soc: string;
  readonly sha384: (bytes: Uint8Array) => Uint8Array;
  readonly read: ReadMemory;
}

export interface VerifiedMetadata {
  readonly ok: true;
  /** A copy, for PAS_AUTH_AND_RESET: the caller may free its own. */
  readonly metadata: Uint8Array;
}

export interface VerifiedImage {
  readonly ok: true;
  /** Where the core fetches its first instruction. */
  readonly entryPa: number;
  /** Memory beyond the bytes of the file, which TrustZone zeroes itself. */
  readonly zeroFill: readonly { readonly pa: number; readonly size: number }[];
}

/** Model assumption: larger metadata is refused before it is copied. */
const METADATA_SIZE_MAX = 1024 * 1024;

/**
 * PAS_INIT_IMAGE. The call has no length: headers tell how much follows them. Checks run in this order: headers,
 * hash segment, version, SoC, number of digests, digest of the headers.
 */
export function verifyMetadata(pa: number, verifier: Verifier): VerifiedMetadata | Refused<MetadataFlaw> {
  const fixed = readWhole(verifier, pa, ELF_HEADER_SIZE);
  if (fixed === null) return refuse('metadata-unreadable');
  const header = parseElfHeader(fixed);
  if (header === null) return refuse('not-elf');
  if (!isLayoutKnown(header)) return refuse('malformed-program-headers');
  const headers = readWhole(verifier, pa, headersSize(header));
  if (headers === null) return refuse('metadata-unreadable');
  const segments = parseProgramHeaders(headers, header);
  const size = (segments[0]?.fileSize ?? 0) + (segments[findHashSegment(segments)]?.fileSize ?? 0);
  if (size > METADATA_SIZE_MAX) return refuse('malformed-program-headers');
  const metadata = readWhole(verifier, pa, Math.max(size, headers.length));
  if (metadata === null) return refuse('metadata-unreadable');
  const checked = checkMetadata(metadata, verifier);
  return checked.ok ? { ok: true, metadata: metadata.slice() } : checked;
}

/**
 * PAS_AUTH_AND_RESET, of metadata that {@link verifyMetadata} returned. `memory` is what PAS_MEM_SETUP gave, or null
 * when it was not called: an image that is not relocatable is then verified where it is linked to.
 */
export function verifyImage(
  metadata: Uint8Array,
  memory: { readonly pa: number; readonly size: number } | null,
  verifier: Verifier,
): VerifiedImage | Refused<ImageFlaw> {
  const checked = checkMetadata(metadata, verifier);
  if (!checked.ok) return checked;
  const { header, segments, hashTable } = checked;
  const loaded = segments.filter(isLoadable);
  if (memory === null && loaded.some(({ flags }) => (flags & SEGMENT_FLAG.relocatable) !== 0))
    return refuse('memory-not-set-up');
  if (loaded.length === 0) return refuse('nothing-to-verify');

  const { start, end } = pagesOf(loaded);
  if (header.entry < start || header.entry >= end) return refuse('entry-outside-image');
  if (memory !== null && end - start > memory.size) return refuse('image-larger-than-memory');
  const paOf = (address: number) => (memory?.pa ?? start) + (address - start);

  let verifiedCount = 0;
  for (const [index, segment] of segments.entries()) {
    if (!isHashed(segment)) continue;
    if (segment.fileSize > segment.memorySize) return refuse('malformed-program-headers');
    const bytes = readWhole(verifier, paOf(segment.physicalAddress), segment.fileSize);
    const expected = hashTable.subarray(index * DIGEST_SIZE, (index + 1) * DIGEST_SIZE);
    if (bytes === null || !isSame(verifier.sha384(bytes), expected)) return refuse('segment-hash-mismatch');
    verifiedCount++;
  }
  if (verifiedCount === 0) return refuse('nothing-to-verify');
  const zeroFill = loaded
    .filter(({ fileSize, memorySize }) => memorySize > fileSize)
    .map(({ physicalAddress, fileSize, memorySize }) => ({
      pa: paOf(physicalAddress + fileSize),
      size: memorySize - fileSize,
    }));
  return { ok: true, entryPa: paOf(header.entry), zeroFill };
}

interface CheckedMetadata {
  readonly ok: true;
  readonly header: ElfHeader;
  readonly segments: readonly ProgramHeader[];
  readonly hashTable: Uint8Array;
}

function checkMetadata(
  metadata: Uint8Array,
  { soc, sha384 }: Pick<Verifier, 'soc' | 'sha384'>,
): CheckedMetadata | Refused<MetadataFlaw> {
  const header = parseElfHeader(metadata);
  if (header === null) return refuse('not-elf');
  if (!isLayoutKnown(header) || metadata.length < headersSize(header))
    return refuse('malformed-program-headers');
  const segments = parseProgramHeaders(metadata, header);
  const hashOffset = segments[0]?.fileSize ?? 0;
  if (hashOffset < headersSize(header)) return refuse('malformed-program-headers');
  const hashHeader = segments[findHashSegment(segments)];
  if (hashHeader === undefined) return refuse('no-hash-segment');

  const hashBytes = metadata.subarray(hashOffset, hashOffset + hashHeader.fileSize);
  const version = parseMbnVersion(hashBytes);
  if (version !== null && version !== MBN_VERSION) return refuse('wrong-mbn-version');
  const hashes = parseHashSegment(hashBytes);
  if (hashes === null || hashes.soc === null) return refuse('malformed-hash-segment');
  if (hashes.soc !== soc) return refuse('signed-for-another-soc');
  const { hashTable } = hashes;
  if (hashTable.length !== DIGEST_SIZE * segments.length) return refuse('hash-count-mismatch');
  const digest = sha384(metadata.subarray(0, headersSize(header)));
  if (!isSame(digest, hashTable.subarray(0, DIGEST_SIZE))) return refuse('header-hash-mismatch');
  return { ok: true, header, segments, hashTable };
}

/** Program headers come right after the header, and the first two are the image's own. */
function isLayoutKnown(header: ElfHeader): boolean {
  return (
    header.programHeaderOffset === ELF_HEADER_SIZE &&
    header.programHeaderSize === PROGRAM_HEADER_SIZE &&
    header.programHeaderCount >= 2
  );
}

/** Bytes of header and program headers, which the first digest covers. */
function headersSize(header: ElfHeader): number {
  return ELF_HEADER_SIZE + PROGRAM_HEADER_SIZE * header.programHeaderCount;
}

/** The pages that the image covers: the place in memory of each address follows from the first. */
function pagesOf(segments: readonly ProgramHeader[]): { readonly start: number; readonly end: number } {
  const starts = segments.map(({ physicalAddress }) => physicalAddress);
  const ends = segments.map(({ physicalAddress, memorySize }) => physicalAddress + memorySize);
  const start = alignDown(Math.min(...starts), PAGE_SIZE);
  return { start, end: alignUp(Math.max(...ends), PAGE_SIZE) };
}

function readWhole({ read }: Pick<Verifier, 'read'>, pa: number, size: number): Uint8Array | null {
  const bytes = read(pa, size);
  return bytes.length === size ? bytes : null;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function refuse<Flaw extends ImageFlaw>(reason: Flaw): Refused<Flaw> {
  return { ok: false, reason };
}
