import { integerColumn, nullable } from './projection.ts';

/**
 * The columns that say from when until when a row was true. It was true at seq s when
 * `from_seq <= s AND (to_seq IS NULL OR s < to_seq)`.
 */
export const LIFETIME_COLUMNS = [
  integerColumn('from_seq', 'Event that began it'),
  nullable(integerColumn('to_seq', 'Event that ended it; null where none did')),
  nullable(integerColumn('from_t_ns', 'When it began, in ns')),
  nullable(integerColumn('to_t_ns', 'When it ended, in ns')),
] as const;

/** The event at which something begins or ends. */
export interface Moment {
  readonly seq: number;
  readonly t_ns: number | null;
}
