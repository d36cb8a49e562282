import { alignUp, PAGE_SIZE } from '../base/page.ts';
import {
  findHashSegment,
  isLoadable,
  PROGRAM_HEADER_SIZE,
  type ProgramHeader,
  PT_LOAD,
  parseElfHeader,
  parseProgramHeaders,
  SECTION_HEADER_SIZE,
  SEGMENT_FLAG,
} from './elf32.ts';

/**
 * What Linux checks and copies of a firmware image, in its order (drivers/soc/qcom/mdt_loader.c). Addresses of
 * program headers are 32 bits wide, and so are the sums that the loader makes of two of them.
 */
const ENOENT = 2;
const ENOMEM = 12;
const EINVAL = 22;

/** The largest block that kmalloc has on arm64 with 4 KiB pages. */
const KMALLOC_SIZE_MAX = 4 * 1024 * 1024;

/** A firmware file as request_firmware() hands it out. */
export interface MdtFile {
  /** Name below the firmware folder. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Bytes of another file of the folder, or a negative error number. An image in one file needs none. */
  readonly readFile?: ((name: string) => Uint8Array | number) | undefined;
}

/** Why the loader gives up. */
export interface MdtRefusal {
  readonly ok: false;
  readonly errno: number;
  /** What it prints with dev_err(), in order, without the device's name. */
  readonly logLines: readonly string[];
}

/** What goes to TrustZone before anything is copied. */
export interface PreparedImage {
  readonly ok: true;
  /** Headers and hash segment, without a gap. */
  readonly metadata: Uint8Array;
  /**
   * Size that PAS_MEM_SETUP gets, with the region's start; null for an image that is not relocatable, for which it
   * is not called. Negative where a segment's end passes 32 bits: the call takes it as two's complement.
   */
  readonly memorySetupSize: number | null;
}

/** A part of the region that is written: `bytes`, then `zeroFill` zeros. */
export interface SegmentCopy {
  /** Index of the program header. */
  readonly index: number;
  /** Offset in the region, and physical address. */
  readonly offset: number;
  readonly pa: number;
  readonly bytes: Uint8Array;
  readonly zeroFill: number;
}

/** What is in memory after an attempt to load: after a refusal, what was copied before it. */
export interface LoadedSegments {
  readonly segments: readonly SegmentCopy[];
  /** Whether segments come from files of their own. */
  readonly isSplit: boolean;
  /** Address in the image that the start of the region stands for. */
  readonly relocationBase: number;
}

export type LoadResult = (LoadedSegments & { readonly ok: true }) | (LoadedSegments & MdtRefusal);

/** mdt_header_valid(). */
export function mdtHeaderIsValid(bytes: Uint8Array): boolean {
  const header = parseElfHeader(bytes);
  if (header === null || header.programHeaderSize !== PROGRAM_HEADER_SIZE) return false;
  const segmentsEnd = header.programHeaderOffset + PROGRAM_HEADER_SIZE * header.programHeaderCount;
  if (segmentsEnd > bytes.length) return false;
  if (header.sectionHeaderSize === 0 && header.sectionHeaderCount === 0) return true;
  const sectionsEnd = header.sectionHeaderOffset + SECTION_HEADER_SIZE * header.sectionHeaderCount;
  return header.sectionHeaderSize === SECTION_HEADER_SIZE && sectionsEnd <= bytes.length;
}

/** qcom_mdt_get_size(): bytes of memory that the image needs, or a negative error number. */
export function mdtMemorySize(bytes: Uint8Array): number {
  const segments = parseSegments(bytes);
  if (segments === null) return -EINVAL;
  const { start, end } = spanOf(segments);
  return start < end ? end - start : -EINVAL;
}

/**
 * qcom_mdt_pas_load() up to its calls of TrustZone (__qcom_mdt_pas_init): a broken header is refused without a
 * word, and what is wrong with the metadata with one more line than its own.
 */
export function prepareImage(file: MdtFile): PreparedImage | MdtRefusal {
  const segments = parseSegments(file.bytes);
  if (segments === null) return refuse(-EINVAL);
  const metadata = readMetadata(file, segments);
  if (!(metadata instanceof Uint8Array)) {
    const { errno, logLines } = metadata;
    return refuse(errno, ...logLines, `error ${errno} reading firmware ${file.name} metadata`);
  }
  const { start, end } = spanOf(segments);
  return { ok: true, metadata, memorySetupSize: isRelocatable(segments) ? end - start : null };
}

/** What the loader prints when PAS_INIT_IMAGE failed. */
export function initImageErrorLine(errno: number, name: string): string {
  return `error ${errno} initializing firmware ${name}`;
}

/** What the loader prints when PAS_MEM_SETUP failed. */
export function memorySetupErrorLine(errno: number, name: string): string {
  return `error ${errno} setting up firmware ${name}`;
}

/** qcom_mdt_load_no_init(): copies the segments to a region, in the order of the program headers. */
export function loadSegments(
  file: MdtFile,
  region: { readonly pa: number; readonly size: number },
): LoadResult {
  const programHeaders = region.pa === 0 || region.size === 0 ? null : parseSegments(file.bytes);
  if (programHeaders === null)
    return { ...refuse(-EINVAL), segments: [], isSplit: false, relocationBase: region.pa };

  const isSplit = binsAreSplit(programHeaders, file.bytes.length);
  const relocationBase = isRelocatable(programHeaders) ? spanOf(programHeaders).start : region.pa;
  const segments: SegmentCopy[] = [];
  for (const [index, segment] of programHeaders.entries()) {
    if (!isLoadable(segment)) continue;
    const offset = segment.physicalAddress - relocationBase;
    const found = readSegment(file, programHeaders, index, { offset, size: region.size, isSplit });
    if (found.bytes.length > 0 || found.refusal === null) {
      const zeroFill = found.refusal === null ? segment.memorySize - segment.fileSize : 0;
      segments.push({ index, offset, pa: region.pa + offset, bytes: found.bytes, zeroFill });
    }
    if (found.refusal !== null) return { ...found.refusal, segments, isSplit, relocationBase };
  }
  return { ok: true, segments, isSplit, relocationBase };
}

/** `adsp.mdt` -> `adsp.b07` (mdt_load_split_segment); null where the name is too short for that. */
export function segmentFileName(name: string, index: number): string | null {
  return name.length < 4 ? null : `${name.slice(0, -3)}b${String(index).padStart(2, '0')}`;
}

interface FoundSegment {
  /** Bytes that reach the region, even when the segment is then refused. */
  readonly bytes: Uint8Array;
  readonly refusal: MdtRefusal | null;
}

const NOTHING = new Uint8Array(0);

/** The checks of one segment in qcom_mdt_load_no_init(), and its bytes. */
function readSegment(
  file: MdtFile,
  programHeaders: readonly ProgramHeader[],
  index: number,
  place: { readonly offset: number; readonly size: number; readonly isSplit: boolean },
): FoundSegment {
  const segment = programHeaders[index];
  if (segment === undefined) return { bytes: NOTHING, refusal: refuse(-EINVAL) };
  if (place.offset < 0 || place.offset + segment.memorySize > place.size)
    return { bytes: NOTHING, refusal: refuse(-EINVAL, 'segment outside memory range') };
  if (segment.fileSize > segment.memorySize) {
    const line = `refusing to load segment ${index} with p_filesz > p_memsz`;
    return { bytes: NOTHING, refusal: refuse(-EINVAL, line) };
  }
  if (segment.fileSize === 0) return { bytes: NOTHING, refusal: null };
  if (place.isSplit) return readSplitSegment(file, segment, index);
  // A file that ends before a segment does counts as split, so only a sum beyond 32 bits comes here.
  const end = segment.offset + segment.fileSize;
  if (end > file.bytes.length) {
    const line = `file ${file.name} segment ${index} would be truncated`;
    return { bytes: NOTHING, refusal: refuse(-EINVAL, line) };
  }
  return { bytes: file.bytes.subarray(segment.offset, end), refusal: null };
}

/** mdt_load_split_segment(): what a file holds has been read into the buffer by the time its size is compared. */
function readSplitSegment(file: MdtFile, segment: ProgramHeader, index: number): FoundSegment {
  const name = segmentFileName(file.name, index);
  if (name === null) return { bytes: NOTHING, refusal: refuse(-EINVAL) };
  const content = file.readFile?.(name) ?? -ENOENT;
  if (typeof content === 'number')
    return { bytes: NOTHING, refusal: refuse(content, `error ${content} loading ${name}`) };
  const bytes = content.subarray(0, segment.fileSize);
  if (content.length === segment.fileSize) return { bytes, refusal: null };
  const line = `failed to load segment ${index} from truncated file ${name}`;
  return { bytes, refusal: refuse(-EINVAL, line) };
}

/** qcom_mdt_read_metadata(): the hash segment lies right after the headers, at its offset, or in a file of its own. */
function readMetadata(file: MdtFile, segments: readonly ProgramHeader[]): Uint8Array | MdtRefusal {
  const [headers] = segments;
  if (headers === undefined || segments.length < 2 || headers.type === PT_LOAD) return refuse(-EINVAL);
  const index = findHashSegment(segments);
  const hashes = segments[index];
  if (hashes === undefined) return refuse(-EINVAL, `no hash segment found in ${file.name}`);
  const size = headers.fileSize + hashes.fileSize;
  if (size > KMALLOC_SIZE_MAX) return refuse(-ENOMEM);

  let hashBytes: Uint8Array;
  if (size === file.bytes.length) {
    hashBytes = file.bytes.subarray(headers.fileSize);
  } else if (hashes.offset + hashes.fileSize <= file.bytes.length) {
    hashBytes = file.bytes.subarray(hashes.offset, hashes.offset + hashes.fileSize);
  } else {
    const found = readSplitSegment(file, hashes, index);
    if (found.refusal !== null) return found.refusal;
    hashBytes = found.bytes;
  }
  // The loader does not look whether the headers' size fits the file: what it would read beyond is zero here.
  const metadata = new Uint8Array(size);
  metadata.set(file.bytes.subarray(0, headers.fileSize));
  metadata.set(hashBytes, headers.fileSize);
  return metadata;
}

/** qcom_mdt_bins_are_split(). */
function binsAreSplit(segments: readonly ProgramHeader[], fileSize: number): boolean {
  return segments.some(
    (segment) =>
      segment.fileSize !== 0 &&
      (segment.offset > fileSize || sum32(segment.offset, segment.fileSize) > fileSize),
  );
}

/** A single segment with the flag makes the whole image relocatable. */
function isRelocatable(segments: readonly ProgramHeader[]): boolean {
  return segments.some((segment) => isLoadable(segment) && (segment.flags & SEGMENT_FLAG.relocatable) !== 0);
}

/** The end is rounded up to a page when it becomes the highest so far, the start not at all. */
function spanOf(segments: readonly ProgramHeader[]): { readonly start: number; readonly end: number } {
  let start = Number.POSITIVE_INFINITY;
  let end = 0;
  for (const segment of segments) {
    if (!isLoadable(segment)) continue;
    start = Math.min(start, segment.physicalAddress);
    const segmentEnd = sum32(segment.physicalAddress, segment.memorySize);
    if (segmentEnd > end) end = alignUp(segmentEnd, PAGE_SIZE) >>> 0;
  }
  return { start, end };
}

function parseSegments(bytes: Uint8Array): ProgramHeader[] | null {
  const header = mdtHeaderIsValid(bytes) ? parseElfHeader(bytes) : null;
  return header === null ? null : parseProgramHeaders(bytes, header);
}

function sum32(a: number, b: number): number {
  return (a + b) >>> 0;
}

function refuse(errno: number, ...logLines: string[]): MdtRefusal {
  return { ok: false, errno, logLines };
}
