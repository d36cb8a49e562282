import type { HistoryDatabase } from '../store/read-only-query.ts';

/** Prepares a query whose rows come as arrays: a property for each cell would cost as much as the search. */
export function prepareRaw<Row extends readonly unknown[]>(
  db: HistoryDatabase,
  query: string,
): { get(parameters: object): Row | undefined; all(parameters: object): Row[] } {
  return db.prepare<[object], Row>(query).raw(true);
}

/** The condition that a row with a lifetime was true at `@seq`. */
export const LIVE_AT_SEQ = 'from_seq <= @seq AND (to_seq IS NULL OR to_seq > @seq)';

/**
 * Condition by which the rows of a table are found whose range contains `@address`. Of the nodes of blocks that
 * contain it (rangeNode in src/base), those are asked for that any row of the boot has: one for each size of block.
 */
export function nodesOfAddress(
  db: HistoryDatabase,
  { table, node, bootId }: { table: string; node: string; bootId: number },
): string {
  const lowestBits = db
    .prepare<[number], number>(`SELECT DISTINCT ${node} & -${node} FROM ${table} WHERE boot = ?`)
    .pluck()
    .all(bootId);
  const nodes = lowestBits
    .filter((bit) => bit > 0)
    .map((bit) => `((@address >> ${Math.log2(bit)}) | 1) << ${Math.log2(bit)}`);
  return `${node} IN (${nodes.join(', ')})`;
}
