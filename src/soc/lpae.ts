/**
 * Translation tables in Arm's long-descriptor format with a granule of 4 KiB, as Linux's
 * drivers/iommu/io-pgtable-arm.c builds them: geometry and descriptors. Descriptors are exact (`bigint`).
 */
import { assert } from '../base/assert.ts';
import { hex } from '../base/word.ts';

export type Stage = 1 | 2;

export const GRANULE = 4096;
export const TABLE_ENTRIES = 512;
export const LAST_LEVEL = 3;

/** Leaf sizes of a 4K-granule domain as a bitmap: 4 KiB, 2 MiB, 1 GiB (arm_lpae_restrict_pgsizes). */
export const LEAF_SIZES = 0x4020_1000;

/** IOMMU_* bits of include/linux/iommu.h. */
export const IOMMU_READ = 1;
export const IOMMU_WRITE = 2;
export const IOMMU_CACHE = 4;
export const IOMMU_NOEXEC = 8;
export const IOMMU_MMIO = 16;
export const IOMMU_PRIV = 32;

/** The smallest allocation of a root table (arm_lpae_alloc_pages: hardware wants 64-byte alignment). */
const ROOT_ALLOCATION_MIN = 64;
/** ARM_LPAE_S2_MAX_CONCAT_PAGES. */
const CONCATENATED_TABLES_MAX = 16;
const ADDRESS_BITS_MAX = 48;

/** Shape of a table, which follows from the bits of input address that it translates. */
export interface LpaeGeometry {
  readonly stage: Stage;
  readonly inputBits: number;
  readonly outputBits: number;
  readonly startLevel: number;
  readonly rootEntries: number;
  readonly rootBytes: number;
  /** Bytes that the allocator is asked for. */
  readonly rootAllocationBytes: number;
  /** Tables that lie side by side at the start level: more than one only where stage 2 concatenates. */
  readonly concatenatedTables: number;
  /** T0SZ of TCR or VTCR. */
  readonly t0sz: number;
  /** SL0 of VTCR; null at stage 1, where hardware derives the start level from T0SZ. */
  readonly sl0: number | null;
}

/** Geometry of a table (arm_lpae_alloc_pgtable; for stage 2 also arm_lpae_concat_mandatory). */
export function lpaeGeometry(stage: Stage, inputBits: number, outputBits = inputBits): LpaeGeometry {
  assert(inputBits > 12 && inputBits <= ADDRESS_BITS_MAX, `no 4K table for ${inputBits} bits of input`);
  assert(outputBits > 12 && outputBits <= ADDRESS_BITS_MAX, `no 4K table for ${outputBits} bits of output`);
  const indexBits = inputBits - 12;
  const levels = Math.ceil(indexBits / 9);
  let startLevel = LAST_LEVEL + 1 - levels;
  let rootBits = indexBits - 9 * (levels - 1);
  if (stage === 2 && startLevel === 0 && (outputBits === 40 || outputBits === 42)) {
    assert(2 ** rootBits <= CONCATENATED_TABLES_MAX, `${2 ** rootBits} tables cannot be concatenated`);
    rootBits += 9;
    startLevel++;
  }
  const rootEntries = 2 ** rootBits;
  return {
    stage,
    inputBits,
    outputBits,
    startLevel,
    rootEntries,
    rootBytes: rootEntries * 8,
    rootAllocationBytes: Math.max(rootEntries * 8, ROOT_ALLOCATION_MIN),
    concatenatedTables: Math.max(rootEntries / TABLE_ENTRIES, 1),
    t0sz: 64 - inputBits,
    sl0: stage === 1 ? null : ~(startLevel + 1) & 3,
  };
}

/** Bytes that one entry of a level translates: 4 KiB at level 3, 2 MiB at 2, 1 GiB at 1 (ARM_LPAE_BLOCK_SIZE). */
export function entrySize(level: number): number {
  return 2 ** (39 - 9 * level);
}

/** Index of the entry for an address (ARM_LPAE_LVL_IDX): at the start level the root may have any number of them. */
export function entryIndex(address: number, level: number, startLevel: number): number {
  const index = Math.floor(address / entrySize(level));
  return level === startLevel ? index : index % TABLE_ENTRIES;
}

const TYPE_MASK = 3n;
const TYPE_BLOCK = 1n;
const TYPE_TABLE_OR_PAGE = 3n;
const ATTRIBUTE_SHIFT = 2n;
const NON_SECURE = 1n << 5n;
const S1_UNPRIVILEGED = 1n << 6n;
const S1_READ_ONLY = 1n << 7n;
const S2_READ = 1n << 6n;
const S2_WRITE = 1n << 7n;
const SHAREABILITY_SHIFT = 8n;
const ACCESSED = 1n << 10n;
const NOT_GLOBAL = 1n << 11n;
const ADDRESS_MASK = 0x0000_ffff_ffff_f000n;
const DIRTY_BIT_MODIFIER = 1n << 51n;
const EXECUTE_NEVER = 3n << 53n;
const UNPRIVILEGED_EXECUTE_NEVER = 1n << 54n;
const SOFTWARE_SYNC = 1n << 55n;
const NON_SECURE_TABLE = 1n << 63n;

/** Indexes into MAIR (ARM_LPAE_MAIR_ATTR_IDX_*), and MemAttr of stage 2 (ARM_LPAE_PTE_MEMATTR_*). */
const S1_ATTRIBUTE = { nonCacheable: 0n, cacheable: 1n, device: 2n };
const S2_ATTRIBUTE = { nonCacheable: 0x5n, cacheable: 0xfn, device: 0x1n };
const OUTER_SHAREABLE = 2n;
const INNER_SHAREABLE = 3n;

/** A block (levels 1 and 2) or page (level 3) as arm_lpae_prot_to_pte and __arm_lpae_init_pte make it. */
export function encodeLeaf(stage: Stage, level: number, pa: number, protection: number): bigint {
  const has = (bit: number) => (protection & bit) !== 0;
  const attributes = stage === 1 ? S1_ATTRIBUTE : S2_ATTRIBUTE;
  const attribute = has(IOMMU_MMIO)
    ? attributes.device
    : has(IOMMU_CACHE)
      ? attributes.cacheable
      : attributes.nonCacheable;
  let word = level === LAST_LEVEL ? TYPE_TABLE_OR_PAGE : TYPE_BLOCK;
  word |= attribute << ATTRIBUTE_SHIFT;
  if (stage === 1) {
    word |= NOT_GLOBAL;
    if (has(IOMMU_READ) && !has(IOMMU_WRITE)) word |= S1_READ_ONLY;
    if (!has(IOMMU_PRIV)) word |= S1_UNPRIVILEGED;
  } else {
    if (has(IOMMU_READ)) word |= S2_READ;
    if (has(IOMMU_WRITE)) word |= S2_WRITE;
  }
  word |= (has(IOMMU_CACHE) ? INNER_SHAREABLE : OUTER_SHAREABLE) << SHAREABILITY_SHIFT;
  if (has(IOMMU_NOEXEC)) word |= EXECUTE_NEVER;
  return word | ACCESSED | (BigInt(pa) & ADDRESS_MASK);
}

/** An entry that points to the next table (arm_lpae_install_table); a walker that snoops no caches has it marked. */
export function encodeTable(tablePa: number, isCoherent: boolean): bigint {
  const word = (BigInt(tablePa) & ADDRESS_MASK) | TYPE_TABLE_OR_PAGE;
  return isCoherent ? word : word | SOFTWARE_SYNC;
}

export type DescriptorKind = 'invalid' | 'table' | 'block' | 'page';

/** What an entry of a level is: hardware looks at bits 1 and 0 only. */
export function descriptorKind(level: number, word: bigint): DescriptorKind {
  return kindOfLow(level, Number(word & TYPE_MASK));
}

/** {@link descriptorKind} of a descriptor of which the lower half is given. */
export function kindOfLow(level: number, low: number): DescriptorKind {
  if ((low & 1) === 0) return 'invalid';
  const isTableOrPage = (low & 2) !== 0;
  if (level === LAST_LEVEL) return isTableOrPage ? 'page' : 'invalid';
  if (isTableOrPage) return 'table';
  // With 4 KiB there are no blocks of 512 GiB: the encoding is reserved and faults.
  return level === 0 ? 'invalid' : 'block';
}

/** Address bits of a table, block or page descriptor. */
export function descriptorAddress(word: bigint): number {
  return Number(word & ADDRESS_MASK);
}

/** Whether the entry, of which the lower half is given, points to a table. */
export function isTableEntry(level: number, low: number): boolean {
  return level < LAST_LEVEL && (low & 3) === 3;
}

/** {@link descriptorAddress} of a descriptor in halves. */
export function addressOfHalves(high: number, low: number): number {
  return (high & 0xffff) * 2 ** 32 + ((low & 0xffff_f000) >>> 0);
}

/** A leaf in named bits. */
export interface LeafDescriptor {
  readonly kind: 'block' | 'page';
  readonly stage: Stage;
  readonly pa: number;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  /** Stage 1: whether unprivileged transactions may use it; stage 2 does not tell them apart. */
  readonly isUnprivileged: boolean;
  readonly isExecutable: boolean;
  /** Index into MAIR at stage 1, MemAttr at stage 2. */
  readonly attribute: number;
  readonly shareability: 'none' | 'reserved' | 'outer' | 'inner';
  readonly isAccessed: boolean;
  readonly isNotGlobal: boolean;
  readonly isNonSecure: boolean;
  readonly hasDirtyBitModifier: boolean;
}

export interface TableDescriptor {
  readonly kind: 'table';
  readonly tablePa: number;
  readonly isNonSecure: boolean;
  /** Linux's own mark of a table whose entry it has cleaned from the caches. */
  readonly isSoftwareSynced: boolean;
}

export type Descriptor = LeafDescriptor | TableDescriptor | { readonly kind: 'invalid' };

const SHAREABILITY = ['none', 'reserved', 'outer', 'inner'] as const;

export function decodeDescriptor(stage: Stage, level: number, word: bigint): Descriptor {
  const kind = descriptorKind(level, word);
  const has = (bits: bigint) => (word & bits) !== 0n;
  if (kind === 'invalid') return { kind };
  if (kind === 'table') {
    return {
      kind,
      tablePa: descriptorAddress(word),
      isNonSecure: has(NON_SECURE_TABLE),
      isSoftwareSynced: has(SOFTWARE_SYNC),
    };
  }
  return {
    kind,
    stage,
    pa: Number(word & ADDRESS_MASK & ~(BigInt(entrySize(level)) - 1n)),
    isReadable: stage === 1 || has(S2_READ),
    isWritable: stage === 1 ? !has(S1_READ_ONLY) : has(S2_WRITE),
    isUnprivileged: stage === 2 || has(S1_UNPRIVILEGED),
    isExecutable: !has(UNPRIVILEGED_EXECUTE_NEVER),
    attribute: Number((word >> ATTRIBUTE_SHIFT) & (stage === 1 ? 0x7n : 0xfn)),
    shareability: SHAREABILITY[Number((word >> SHAREABILITY_SHIFT) & 3n)] ?? 'none',
    isAccessed: has(ACCESSED),
    isNotGlobal: stage === 1 && has(NOT_GLOBAL),
    isNonSecure: stage === 1 && has(NON_SECURE),
    hasDirtyBitModifier: has(DIRTY_BIT_MODIFIER),
  };
}

/**
 * The IOMMU_* bits that a leaf of Linux stands for: a bit that has no effect on the descriptor is not there, so that
 * encoding them gives the same descriptor again.
 */
export function leafProtection(leaf: LeafDescriptor): number {
  const attributes = leaf.stage === 1 ? S1_ATTRIBUTE : S2_ATTRIBUTE;
  let bits = 0;
  if (leaf.isReadable) bits |= IOMMU_READ;
  if (leaf.isWritable) bits |= IOMMU_WRITE;
  if (leaf.shareability === 'inner') bits |= IOMMU_CACHE;
  if (!leaf.isExecutable) bits |= IOMMU_NOEXEC;
  if (BigInt(leaf.attribute) === attributes.device) bits |= IOMMU_MMIO;
  if (!leaf.isUnprivileged) bits |= IOMMU_PRIV;
  return bits;
}

const S1_ATTRIBUTE_NAMES: Readonly<Record<number, string>> = { 0: 'non-cacheable', 1: 'cached', 2: 'device' };
const S2_ATTRIBUTE_NAMES: Readonly<Record<number, string>> = {
  1: 'device',
  5: 'non-cacheable',
  6: 'cached',
  15: 'cached',
};

/** One line for people: `page 0x95900000 rwx non-cacheable outer`, `table 0x80001000`, `invalid`. */
export function renderDescriptor(stage: Stage, level: number, word: bigint): string {
  const descriptor = decodeDescriptor(stage, level, word);
  switch (descriptor.kind) {
    case 'invalid':
      return 'invalid';
    case 'table':
      return `table ${hex(descriptor.tablePa)}${descriptor.isSoftwareSynced ? ' synced' : ''}${descriptor.isNonSecure ? ' non-secure' : ''}`;
    default:
      return renderLeaf(descriptor);
  }
}

function renderLeaf(leaf: LeafDescriptor): string {
  const names = leaf.stage === 1 ? S1_ATTRIBUTE_NAMES : S2_ATTRIBUTE_NAMES;
  const words = [
    leaf.kind,
    hex(leaf.pa),
    `${leaf.isReadable ? 'r' : '-'}${leaf.isWritable ? 'w' : '-'}${leaf.isExecutable ? 'x' : '-'}`,
    names[leaf.attribute] ?? `attribute ${leaf.attribute}`,
    leaf.shareability === 'none' ? 'not shareable' : leaf.shareability,
  ];
  if (!leaf.isUnprivileged) words.push('privileged');
  if (!leaf.isAccessed) words.push('not accessed');
  if (leaf.isNonSecure) words.push('non-secure');
  return words.join(' ');
}
