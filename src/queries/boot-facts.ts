import type { HistoryDatabase } from '../store/read-only-query.ts';
import type { HistoryTables } from './database-types.ts';
import { allRows, history } from './history-query.ts';

export type BootFactRow = Omit<HistoryTables['boot_fact'], 'boot'>;

/** What is known of a boot as a whole, in the order in which its events told it. */
export function bootFacts(db: HistoryDatabase, bootId: number): BootFactRow[] {
  return allRows(
    db,
    history
      .selectFrom('boot_fact')
      .select(['name', 'value', 'seq', 'evidence'])
      .where('boot', '=', bootId)
      .orderBy('seq'),
  );
}
