import {
  decodeDescriptor,
  descriptorAddress,
  descriptorKind,
  entrySize,
  LAST_LEVEL,
  type LeafDescriptor,
  TABLE_ENTRIES,
} from './lpae.ts';
import type { ReadWord, WalkedTable } from './walk.ts';

/** A block or page of a translation table, with the addresses that it translates. */
export interface TableLeaf {
  readonly iova: number;
  readonly size: number;
  readonly leaf: LeafDescriptor;
}

export interface TableLeaves {
  /** In order of their addresses. */
  readonly leaves: readonly TableLeaf[];
  /** False where a descriptor is unknown, or leads to a table that was met before: there may be more leaves. */
  readonly isComplete: boolean;
}

/** Sixteen tables side by side are the largest root that there is. */
const ROOT_ENTRIES_MAX = 16 * TABLE_ENTRIES;

/** Everything that a table translates, from a walk of all its descriptors. */
export function leavesOfTable(table: WalkedTable, read: ReadWord): TableLeaves {
  const { stage, startLevel, inputBits, rootPa } = table;
  const leaves: TableLeaf[] = [];
  // What a damaged source says may lead back to a table above: each is visited once.
  const visited = new Set<number>();
  let isComplete = true;
  const visit = (tablePa: number, level: number, iova: number, entries: number): void => {
    if (visited.has(tablePa)) {
      isComplete = false;
      return;
    }
    visited.add(tablePa);
    const size = entrySize(level);
    for (let index = 0; index < entries; index++) {
      const word = read(tablePa + index * 8);
      if (word === undefined) isComplete = false;
      if (word === undefined || word === 0n) continue;
      const kind = descriptorKind(level, word);
      const start = iova + index * size;
      if (kind === 'table') visit(descriptorAddress(word), level + 1, start, TABLE_ENTRIES);
      else if (kind !== 'invalid') {
        const leaf = decodeDescriptor(stage, level, word) as LeafDescriptor;
        leaves.push({ iova: start, size, leaf });
      }
    }
  };
  const rootEntries = Math.ceil(2 ** inputBits / entrySize(startLevel));
  // What a damaged source says may be any number.
  const isLevel = startLevel >= 0 && startLevel <= LAST_LEVEL;
  const isTable = isLevel && rootEntries <= ROOT_ENTRIES_MAX && rootPa >= 0 && rootPa % 8 === 0;
  if (!isTable) return { leaves, isComplete: false };
  visit(rootPa, startLevel, 0, rootEntries);
  return { leaves, isComplete };
}
