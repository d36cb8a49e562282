import { wordFromHalves } from '../base/word.ts';
import type { HistoryDatabase } from '../store/read-only-query.ts';
import type { HistoryTables } from './database-types.ts';
import { prepareRaw } from './moment-query.ts';

/** The event that a descriptor owes its value to. */
export interface LastWriter {
  readonly seq: number;
  /** What was there from then on: 0 where the entry was cleared, or its table zeroed. */
  readonly value: bigint;
  readonly kind: HistoryTables['page_table_entry']['kind'];
}

/** Gives the last writer of the descriptor at a physical address right after an event; undefined where nobody wrote. */
export type FindLastWriter = (pa: number, seq: number) => LastWriter | undefined;

type Row = readonly [from_seq: number, to_seq: number | null, high: number, low: number, kind: string];

/**
 * Prepares to ask who wrote descriptors of a boot last. A zero that was written over a zero changed nothing, and is
 * no answer.
 */
export function prepareLastWriter(db: HistoryDatabase, bootId: number): FindLastWriter {
  // Halves, because an integer of SQLite is either a number, which may not be exact, or always a bigint.
  const query = prepareRaw<Row>(
    db,
    `SELECT from_seq, to_seq, (value >> 32) & 0xffffffff, value & 0xffffffff, kind FROM page_table_entry
     WHERE pa = @pa AND boot = @boot AND from_seq <= @seq ORDER BY from_seq DESC LIMIT 1`,
  );
  return (pa, seq) => {
    const row = query.get({ pa, boot: bootId, seq });
    if (row === undefined) return undefined;
    const [from_seq, to_seq, high, low, kind] = row;
    if (to_seq !== null && to_seq <= seq) return { seq: to_seq, value: 0n, kind: 'invalid' };
    return { seq: from_seq, value: wordFromHalves(high, low), kind };
  };
}
