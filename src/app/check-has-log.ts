import { InputError } from '../base/input-error.ts';
import type { Kind } from '../events/catalog.ts';
import type { BootInfo, LogReader } from '../store/boot-reader.ts';
import { fileInMessage } from './source-file.ts';

/** Kinds that say only that there is a file with lines. */
export const SAYS_NOTHING: ReadonlySet<string> = new Set<Kind>([
  'boot.started',
  'log.printed',
  'log.annotated',
  'source.taken',
  'trace.commented',
]);

/**
 * Throws an {@link InputError} where no line of a boot has a time or means anything: some other file was given, and
 * that nothing is wrong with it, or that it is the same as another, would be no answer.
 */
export function checkHasLog(
  { file, log }: { readonly file: string; readonly log: LogReader },
  boot: BootInfo,
): void {
  if (boot.sources.length === 0 || log.timeRange(boot.bootId).tMin !== null) return;
  for (const { kind } of log.events(boot.bootId)) if (!SAYS_NOTHING.has(kind)) return;
  throw new InputError('holds no line that looks like a kernel log or a trace', {
    file: fileInMessage(file),
  });
}
