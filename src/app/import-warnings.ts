import { counted } from '../base/count.ts';
import { describeFormat } from '../kernel-logs/log-formats.ts';
import type { BootInfo, LogReader, SourceInfo } from '../store/boot-reader.ts';
import { describeBootsInSource, findBootsInSources } from './boots-in-source.ts';

/** What is odd about the files that a boot was imported from. */
export function warnOfSources(log: LogReader, bootId: number): string[] {
  const boot = log.boots().find((candidate) => candidate.bootId === bootId);
  if (boot === undefined) return [];
  const timed = sourcesWithTimes(log, boot);
  const boots = findBootsInSources(log, boot);
  return boot.sources.flatMap((source) => {
    const lines = boots.get(source.source);
    return [
      ...(timed.has(source.source) ? [] : [describeUntimed(source)]),
      ...(lines === undefined
        ? []
        : [`${describeBootsInSource(source, lines)}: import each from a file of its own`]),
    ];
  });
}

/** Whether a boot is called as it should be, and whether another has the name too. */
export function warnOfName(
  log: LogReader,
  { bootId, bootName }: { readonly bootId: number; readonly bootName: string },
  wanted: string,
): string[] {
  const boots = log.boots();
  const warnings: string[] = [];
  if (bootName !== wanted) {
    const holder = boots.find((boot) => boot.finished && boot.name === wanted);
    warnings.push(
      `boot ${holder?.bootId ?? '?'} is named ${wanted} already: boot ${bootId} is named ${bootName}`,
    );
  }
  for (const boot of boots) {
    if (boot.name !== bootName || boot.finished || boot.bootId === bootId) continue;
    warnings.push(
      `boot ${boot.bootId}, an import that was stopped, stays beside it; the name ${bootName} now means boot ${bootId}`,
    );
  }
  return warnings;
}

/** Sources of which at least one line has a time. Usually the first lines tell, and nothing more is read. */
function sourcesWithTimes(log: LogReader, boot: BootInfo): Set<number> {
  const timed = new Set<number>();
  if (boot.tMin === null) return timed;
  // Whatever has a time in an import was read from a source.
  const [only, ...others] = boot.sources;
  if (only !== undefined && others.length === 0) return timed.add(only.source);
  for (const event of log.events(boot.bootId)) {
    if (event.source === null || event.t_ns === null) continue;
    timed.add(event.source);
    if (timed.size === boot.sources.length) break;
  }
  return timed;
}

function describeUntimed({ name, format, lineCount }: SourceInfo): string {
  if (lineCount === 0) return `${name} is empty`;
  const kept = lineCount === 1 ? 'its only line is' : `all ${counted(lineCount ?? 0, 'line')} are`;
  return `no line of ${name} looks like ${expectedOf(format)}; ${kept} kept as unrecognised text without times`;
}

/** A kernel log may have been meant for a trace as well. */
function expectedOf(format: string): string {
  const expected = describeFormat(format)?.expected ?? format;
  return format === 'dmesg' ? `${expected}, or like ftrace` : expected;
}
