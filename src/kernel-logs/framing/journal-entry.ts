import type { FramedLine } from './framed-line.ts';

/** Fields of a journal entry that matter here. Source: systemd.journal-fields(7). */
export const JOURNAL_FIELDS = new Set([
  'MESSAGE',
  'PRIORITY',
  'SYSLOG_IDENTIFIER',
  '_TRANSPORT',
  '_PID',
  '_BOOT_ID',
  '_SOURCE_MONOTONIC_TIMESTAMP',
  '__MONOTONIC_TIMESTAMP',
]);

export type JournalFields = ReadonlyMap<string, string>;

/** Puts what an entry says into a framed line, which holds the message already. */
export function frameEntry(framed: FramedLine, fields: JournalFields): void {
  const priority = Number(fields.get('PRIORITY') ?? Number.NaN);
  framed.level = priority >= 0 && priority <= 7 ? priority : Number.NaN;
  framed.tNs = monotonicNs(fields);
  framed.bootId = fields.get('_BOOT_ID');
  if (fields.get('_TRANSPORT') === 'kernel' || fields.get('SYSLOG_IDENTIFIER') === 'kernel') return;
  framed.voice = 'userspace';
  const program = fields.get('SYSLOG_IDENTIFIER');
  if (program === undefined) return;
  const pid = fields.get('_PID');
  framed.context = pid === undefined ? program : `${program}-${pid}`;
}

/** The kernel's own time where the entry has it, else that of the journal, which came to know a little later. */
function monotonicNs(fields: JournalFields): number {
  const micros = fields.get('_SOURCE_MONOTONIC_TIMESTAMP') ?? fields.get('__MONOTONIC_TIMESTAMP') ?? '';
  return /^\d{1,12}$/.test(micros) ? Number(micros) * 1000 : Number.NaN;
}
