/**
 * ELF32 headers, little endian, as firmware images of Qualcomm's remote processors carry them, with the meaning
 * that the vendor gives to p_flags. Source: include/uapi/linux/elf.h, include/linux/soc/qcom/mdt_loader.h and,
 * for page mode and access type, OP-TEE's pas_mbn.c.
 */
export const ELF_HEADER_SIZE = 52;
export const PROGRAM_HEADER_SIZE = 32;
export const SECTION_HEADER_SIZE = 40;

const MAGIC = [0x7f, 0x45, 0x4c, 0x46] as const;

/** Hexagon. Neither the loader nor the model of TrustZone looks at it. */
const MACHINE_HEXAGON = 164;

export const PT_NULL = 0;
export const PT_LOAD = 1;

export const SEGMENT_FLAG = {
  execute: 1,
  write: 2,
  read: 4,
  relocatable: 0x0800_0000,
} as const;

/** Bits 26:24. */
const SEGMENT_TYPE_MASK = 0x0700_0000;
export const SEGMENT_TYPE = { hash: 0x0200_0000, headers: 0x0700_0000 } as const;

/** Bits 23:21. */
const ACCESS_TYPE_MASK = 0x00e0_0000;
export const ACCESS_TYPE = {
  readWrite: 0,
  readOnly: 0x0020_0000,
  zeroInit: 0x0040_0000,
  notUsed: 0x0060_0000,
  shared: 0x0080_0000,
} as const;

/** Bit 20: hashes are by page instead of by segment. */
const PAGE_MODE_PAGED = 0x0010_0000;

export interface ElfHeader {
  readonly entry: number;
  readonly programHeaderOffset: number;
  readonly programHeaderSize: number;
  readonly programHeaderCount: number;
  readonly sectionHeaderOffset: number;
  readonly sectionHeaderSize: number;
  readonly sectionHeaderCount: number;
}

export interface ProgramHeader {
  readonly type: number;
  readonly offset: number;
  readonly virtualAddress: number;
  readonly physicalAddress: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly flags: number;
  readonly align: number;
}

/** The header at the start of `bytes`; null for fewer bytes than one, or another magic number. */
export function parseElfHeader(bytes: Uint8Array): ElfHeader | null {
  if (bytes.length < ELF_HEADER_SIZE) return null;
  if (MAGIC.some((byte, index) => bytes[index] !== byte)) return null;
  const view = viewOf(bytes);
  return {
    entry: view.getUint32(24, true),
    programHeaderOffset: view.getUint32(28, true),
    sectionHeaderOffset: view.getUint32(32, true),
    programHeaderSize: view.getUint16(42, true),
    programHeaderCount: view.getUint16(44, true),
    sectionHeaderSize: view.getUint16(46, true),
    sectionHeaderCount: view.getUint16(48, true),
  };
}

/** The program headers that `header` speaks of; all of them must lie in `bytes`. */
export function parseProgramHeaders(bytes: Uint8Array, header: ElfHeader): ProgramHeader[] {
  const view = viewOf(bytes);
  return Array.from({ length: header.programHeaderCount }, (_unused, index) => {
    const at = header.programHeaderOffset + index * PROGRAM_HEADER_SIZE;
    return {
      type: view.getUint32(at, true),
      offset: view.getUint32(at + 4, true),
      virtualAddress: view.getUint32(at + 8, true),
      physicalAddress: view.getUint32(at + 12, true),
      fileSize: view.getUint32(at + 16, true),
      memorySize: view.getUint32(at + 20, true),
      flags: view.getUint32(at + 24, true),
      align: view.getUint32(at + 28, true),
    };
  });
}

/** An executable's header without sections, followed by its program headers. */
export function encodeElfHeaders(
  entry: number,
  programHeaders: readonly ProgramHeader[],
  programHeaderSize: number = PROGRAM_HEADER_SIZE,
): Uint8Array {
  const bytes = new Uint8Array(ELF_HEADER_SIZE + PROGRAM_HEADER_SIZE * programHeaders.length);
  const view = viewOf(bytes);
  // Class 32, little endian, version 1.
  bytes.set([...MAGIC, 1, 1, 1]);
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, MACHINE_HEXAGON, true);
  view.setUint32(20, 1, true); // EV_CURRENT
  view.setUint32(24, entry, true);
  view.setUint32(28, ELF_HEADER_SIZE, true);
  view.setUint16(40, ELF_HEADER_SIZE, true);
  view.setUint16(42, programHeaderSize, true);
  view.setUint16(44, programHeaders.length, true);
  programHeaders.forEach((segment, index) => {
    const at = ELF_HEADER_SIZE + index * PROGRAM_HEADER_SIZE;
    view.setUint32(at, segment.type, true);
    view.setUint32(at + 4, segment.offset, true);
    view.setUint32(at + 8, segment.virtualAddress, true);
    view.setUint32(at + 12, segment.physicalAddress, true);
    view.setUint32(at + 16, segment.fileSize, true);
    view.setUint32(at + 20, segment.memorySize, true);
    view.setUint32(at + 24, segment.flags, true);
    view.setUint32(at + 28, segment.align, true);
  });
  return bytes;
}

function isHashSegment(segment: ProgramHeader): boolean {
  return (segment.flags & SEGMENT_TYPE_MASK) === SEGMENT_TYPE.hash;
}

/** Index of the hash segment, never 0: the headers' own entry is not looked at. -1 when there is none. */
export function findHashSegment(segments: readonly ProgramHeader[]): number {
  return segments.findIndex((segment, index) => index > 0 && isHashSegment(segment));
}

/** Whether the segment is to be in memory (mdt_phdr_loadable, drivers/soc/qcom/mdt_loader.c). */
export function isLoadable(segment: ProgramHeader): boolean {
  return segment.type === PT_LOAD && !isHashSegment(segment) && segment.memorySize !== 0;
}

/** Whether the hash table speaks of the segment's bytes (OP-TEE, pas_auth.c). */
export function isHashed(segment: ProgramHeader): boolean {
  const access = segment.flags & ACCESS_TYPE_MASK;
  return (
    segment.type === PT_LOAD &&
    !isHashSegment(segment) &&
    segment.fileSize > 0 &&
    (segment.flags & PAGE_MODE_PAGED) === 0 &&
    access !== ACCESS_TYPE.notUsed &&
    access !== ACCESS_TYPE.shared
  );
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
