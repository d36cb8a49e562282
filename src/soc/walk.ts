import {
  decodeDescriptor,
  descriptorAddress,
  descriptorKind,
  entryIndex,
  entrySize,
  LAST_LEVEL,
  type LeafDescriptor,
  type Stage,
} from './lpae.ts';

/** Reads a word of physical memory; undefined where nobody has told what it is. */
export type ReadWord = (pa: number) => bigint | undefined;

/** What a walk needs to know of a table: no more than the registers of a context bank say. */
export interface WalkedTable {
  readonly stage: Stage;
  readonly rootPa: number;
  readonly inputBits: number;
  readonly startLevel: number;
}

export type Access = 'read' | 'write' | 'fetch';

/** A descriptor that the walk read. */
export interface WalkStep {
  readonly level: number;
  readonly tablePa: number;
  readonly index: number;
  /** Physical address of the descriptor. */
  readonly pa: number;
  /** Undefined where nobody has told what lies there. */
  readonly descriptor: bigint | undefined;
}

export type WalkFault = 'translation' | 'access-flag' | 'permission';

export type WalkResult =
  | {
      readonly outcome: 'mapped';
      readonly pa: number;
      readonly level: number;
      readonly pageSize: number;
      readonly leaf: LeafDescriptor;
      readonly steps: readonly WalkStep[];
    }
  | {
      readonly outcome: 'fault';
      readonly fault: WalkFault;
      /** Level of the descriptor that ended the walk: PLVL of FSYNR0. */
      readonly level: number;
      readonly steps: readonly WalkStep[];
    }
  | { readonly outcome: 'unknown'; readonly level: number; readonly steps: readonly WalkStep[] };

/**
 * Walks a table for an address, without looking at permissions; for the result of an access see
 * {@link checkAccess}. Bits of table descriptors that restrict what lies below them (APTable, XNTable) are not
 * looked at: Linux never sets them.
 */
export function walkTable(table: WalkedTable, iova: number, read: ReadWord): WalkResult {
  const steps: WalkStep[] = [];
  // Arm ARM D8.2: an input address that has bits above T0SZ's range faults as if at level 0.
  if (iova < 0 || iova >= 2 ** table.inputBits)
    return { outcome: 'fault', fault: 'translation', level: 0, steps };
  let tablePa = table.rootPa;
  for (let level = table.startLevel; level <= LAST_LEVEL; level++) {
    const index = entryIndex(iova, level, table.startLevel);
    const pa = tablePa + index * 8;
    const descriptor = read(pa);
    steps.push({ level, tablePa, index, pa, descriptor });
    if (descriptor === undefined) return { outcome: 'unknown', level, steps };
    const kind = descriptorKind(level, descriptor);
    if (kind === 'invalid') return { outcome: 'fault', fault: 'translation', level, steps };
    if (kind !== 'table') {
      const leaf = decodeDescriptor(table.stage, level, descriptor) as LeafDescriptor;
      const pageSize = entrySize(level);
      return { outcome: 'mapped', pa: leaf.pa + (iova % pageSize), level, pageSize, leaf, steps };
    }
    tablePa = descriptorAddress(descriptor);
  }
  return { outcome: 'fault', fault: 'translation', level: LAST_LEVEL, steps };
}

/** What stops an access that the leaf translates; null when nothing does. */
export function checkAccess(leaf: LeafDescriptor, access: Access, isPrivileged = false): WalkFault | null {
  if (!leaf.isAccessed) return 'access-flag';
  const isAllowed =
    (leaf.isUnprivileged || isPrivileged) &&
    (access === 'write' ? leaf.isWritable : leaf.isReadable) &&
    (access !== 'fetch' || leaf.isExecutable);
  return isAllowed ? null : 'permission';
}

/** Walks a table and checks whether the access is allowed. */
export function walkAccess(
  table: WalkedTable,
  iova: number,
  access: Access,
  read: ReadWord,
  isPrivileged = false,
): WalkResult {
  const result = walkTable(table, iova, read);
  if (result.outcome !== 'mapped') return result;
  const fault = checkAccess(result.leaf, access, isPrivileged);
  return fault === null ? result : { outcome: 'fault', fault, level: result.level, steps: result.steps };
}
