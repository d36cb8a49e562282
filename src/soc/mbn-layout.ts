import { BugError } from '../base/assert.ts';
import { alignDown, alignUp, PAGE_SIZE } from '../base/page.ts';
import type { FirmwareDescription } from './description.ts';
import { ACCESS_TYPE, ELF_HEADER_SIZE, PROGRAM_HEADER_SIZE, SEGMENT_FLAG } from './elf32.ts';
import { DIGEST_SIZE, HASH_SEGMENT_HEADER_SIZE, OEM_METADATA_SIZE } from './mbn-hash-segment.ts';

/** A loadable segment of an image: offsets in the file and from the load address. */
export interface PlannedSegment {
  readonly fileOffset: number;
  readonly memoryOffset: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly flags: number;
}

export interface ImageLayout {
  readonly hashOffset: number;
  readonly hashSize: number;
  /** Bytes of the hash segment left for signature and certificates. */
  readonly signatureSize: number;
  readonly segments: readonly PlannedSegment[];
}

const READ_ONLY = SEGMENT_FLAG.read | ACCESS_TYPE.readOnly;
const READ_WRITE = SEGMENT_FLAG.read | SEGMENT_FLAG.write;

/** Segments with bytes in the file, in the order of their addresses. Model assumption: what a DSP image looks like. */
const BACKED_SEGMENTS: readonly { readonly flags: number; readonly weight: number }[] = [
  { flags: READ_ONLY | SEGMENT_FLAG.execute, weight: 8 }, // text, with the entry point
  { flags: READ_WRITE, weight: 3 }, // data, more in memory than in the file
  { flags: READ_ONLY, weight: 3 }, // read-only data
  { flags: READ_ONLY | SEGMENT_FLAG.execute, weight: 1 }, // text of low-power island code
  { flags: READ_ONLY, weight: 1 }, // strings
  { flags: READ_WRITE, weight: 1 }, // shared data
];
const DATA = 1;

/** The last of several segments has memory only. */
const ZEROED = READ_WRITE | ACCESS_TYPE.zeroInit;
/** How far before the end of its last page it ends. */
const ZEROED_TAIL = 64;

const SEGMENT_COUNT_MAX = BACKED_SEGMENTS.length + 1;
const SEGMENT_COUNT_USUAL = 6;
const SIGNATURE_SIZE_MIN = 16;

/** Files from this size on keep their segments on page boundaries; smaller ones have no room for that. */
const PAGED_FILE_SIZE = 64 * 1024;

/**
 * Where everything goes in an image of the described sizes, with as many segments as they have room for.
 * A description that no image can meet is a {@link BugError}.
 */
export function layOutImage(firmware: FirmwareDescription): ImageLayout {
  const most = firmware.metadataSize === null ? SEGMENT_COUNT_USUAL : SEGMENT_COUNT_MAX;
  for (let count = most; count >= 1; count--) {
    const layout = layOutSegments(firmware, count);
    if (layout !== null) return layout;
  }
  throw new BugError(`no image has the sizes that the description of ${firmware.path} gives`);
}

/** The layout with `count` loadable segments; null where the sizes do not allow it. */
function layOutSegments(firmware: FirmwareDescription, count: number): ImageLayout | null {
  const headerCount = count + 2;
  const headerSize = ELF_HEADER_SIZE + PROGRAM_HEADER_SIZE * headerCount;
  const unsignedSize = HASH_SEGMENT_HEADER_SIZE + OEM_METADATA_SIZE + DIGEST_SIZE * headerCount;
  const isPaged = firmware.fileSize >= PAGED_FILE_SIZE;
  const signatureSize =
    firmware.metadataSize === null
      ? isPaged
        ? 2048
        : 128
      : firmware.metadataSize - headerSize - unsignedSize;
  if (signatureSize < SIGNATURE_SIZE_MIN) return null;

  const align = isPaged ? PAGE_SIZE : 16;
  const hashOffset = alignUp(headerSize, align);
  const hashSize = unsignedSize + signatureSize;
  const payloadOffset = alignUp(hashOffset + hashSize, align);
  const fileSizes = divide(firmware, firmware.fileSize - payloadOffset, align, Math.max(1, count - 1));
  if (fileSizes === null) return null;
  const segments = place(fileSizes, payloadOffset, firmware.memorySize, count);
  return segments === null ? null : { hashOffset, hashSize, signatureSize, segments };
}

/** Divides `total` bytes of the file; all parts but the last are aligned, and the first holds the entry point. */
function divide(firmware: FirmwareDescription, total: number, align: number, count: number): number[] | null {
  const parts = BACKED_SEGMENTS.slice(0, count);
  const weights = parts.reduce((sum, { weight }) => sum + weight, 0);
  const textSizeMin = alignUp(firmware.entryOffset + 4, align);
  let left = total;
  const sizes = parts.map(({ weight }, index) => {
    if (index === count - 1) return left;
    const share = alignDown((total * weight) / weights, align);
    const size = Math.max(share, index === 0 ? textSizeMin : align);
    left -= size;
    return size;
  });
  const isEntryInText = (sizes[0] ?? 0) >= firmware.entryOffset + 4;
  return left > 0 && isEntryInText ? sizes : null;
}

/** Gives each segment its memory, on pages of its own, so that the image spans `memorySize` exactly. */
function place(
  fileSizes: readonly number[],
  payloadOffset: number,
  memorySize: number,
  count: number,
): PlannedSegment[] | null {
  const spare = memorySize - fileSizes.reduce((sum, size) => sum + alignUp(size, PAGE_SIZE), 0);
  const hasZeroed = count > 1;
  if (spare < (hasZeroed ? PAGE_SIZE : 0)) return null;

  const segments: PlannedSegment[] = [];
  let fileOffset = payloadOffset;
  let memoryOffset = 0;
  fileSizes.forEach((fileSize, index) => {
    const zeroed = index === DATA ? alignDown(spare / 4, PAGE_SIZE) : 0;
    const room = hasZeroed ? alignUp(fileSize, PAGE_SIZE) + zeroed : memorySize;
    const flags = BACKED_SEGMENTS[index]?.flags ?? READ_WRITE;
    const ownMemory = hasZeroed && index !== DATA ? fileSize : room;
    segments.push({ fileOffset, memoryOffset, fileSize, memorySize: ownMemory, flags });
    fileOffset += fileSize;
    memoryOffset += room;
  });
  if (hasZeroed) {
    const size = memorySize - memoryOffset - ZEROED_TAIL;
    segments.push({ fileOffset, memoryOffset, fileSize: 0, memorySize: size, flags: ZEROED });
  }
  return segments;
}
