import { counted } from '../base/count.ts';
import { describeFormat } from '../kernel-logs/log-formats.ts';
import type { BootInfo, LogReader, SourceInfo } from '../store/boot-reader.ts';
import { describeBootsInSource, findBootsInSources } from './boots-in-source.ts';
import { SAYS_NOTHING } from './check-has-log.ts';
import { warnOfStrangers } from './strangers.ts';

/** What is odd about the files that a boot was imported from; for `otherTimes` see {@link warnOfStrangers}. */
export function warnOfSources(
  log: LogReader,
  boot: BootInfo | undefined,
  otherTimes: readonly (readonly [string, string])[],
): string[] {
  if (boot === undefined) return [];
  const findings = findingsOfSources(log, boot);
  const boots = findBootsInSources(log, boot);
  const strangers = warnOfStrangers(log, boot, otherTimes);
  const ofEach = boot.sources.flatMap((source) => {
    const lines = boots.get(source.source);
    return [
      ...warnOfLines(source, findings.get(source.source)),
      ...(lines === undefined
        ? []
        : [`${describeBootsInSource(source, lines)}: ${howToPart(boot, source, lines)}`]),
    ];
  });
  return [...ofEach, ...strangers];
}

/** What to do with a file of several boots that was given beside others: nothing says which of them those are from. */
function howToPart(boot: BootInfo, { source, name, format }: SourceInfo, lines: readonly number[]): string {
  const others = boot.sources.filter((other) => other.source !== source).map((other) => other.name);
  if (others.length === 0 || describeFormat(format)?.holdsBoots !== true)
    return 'import each from a file of its own';
  const last = lines.at(-1);
  return (
    `nothing says which of them ${others.join(', ')} ${others.length === 1 ? 'is' : 'are'} from. By itself ${name} becomes ` +
    `${counted(lines.length, 'boot')}; beside other files give the lines of one boot, of the last by: sed -n '${last},$p'`
  );
}

/** Whether a boot is called as it should be, and whether another has the name too. */
export function warnOfName(
  boots: readonly BootInfo[],
  { bootId, bootName }: { readonly bootId: number; readonly bootName: string },
  wanted: string,
): string[] {
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

/** What the lines of a source turned out to have. */
interface SourceFindings {
  hasTime: boolean;
  /** Whether anything in it was understood, be it without a time. */
  isUnderstood: boolean;
}

/** What is found in sources. Usually the first lines tell, and nothing more is read. */
function findingsOfSources(log: LogReader, boot: BootInfo): Map<number, SourceFindings> {
  const findings = new Map<number, SourceFindings>(
    boot.sources.map(({ source }) => [source, { hasTime: false, isUnderstood: false }]),
  );
  const [only, ...others] = boot.sources;
  // Whatever has a time in an import was read from a source.
  if (only !== undefined && others.length === 0 && log.timeRange(boot.bootId).tMin !== null)
    return findings.set(only.source, { hasTime: true, isUnderstood: true });
  let untimed = findings.size;
  for (const event of log.events(boot.bootId)) {
    const found = event.source === null ? undefined : findings.get(event.source);
    if (found === undefined) continue;
    if (!SAYS_NOTHING.has(event.kind)) found.isUnderstood = true;
    if (event.t_ns === null || found.hasTime) continue;
    found.hasTime = true;
    untimed--;
    if (untimed === 0) break;
  }
  return findings;
}

function warnOfLines(source: SourceInfo, found: SourceFindings | undefined): string[] {
  if (found?.hasTime === true) return [];
  if (found?.isUnderstood === true)
    return [`no line of ${source.name} has a time; they count in their order`];
  return [describeUntimed(source)];
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
