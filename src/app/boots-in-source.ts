import { counted } from '../base/count.ts';
import type { BootInfo, LogReader, SourceInfo } from '../store/boot-reader.ts';

const STAGES = new Set(['boot.stage_entered']);

/**
 * Lines of each source at which a boot begins, for sources that hold more than one: a kernel says where it is
 * entered, and what it printed before that with times was another boot.
 */
export function findBootsInSources(log: LogReader, boot: BootInfo): Map<number, readonly number[]> {
  const entries = new Map<number, { readonly line: number; readonly seq: number }[]>();
  for (const { kind, payload, source, line, seq } of log.eventsOfKinds(boot.bootId, STAGES)) {
    if (kind !== 'boot.stage_entered' || payload.stage !== 'kernel' || source === null || line === null)
      continue;
    const ofSource = entries.get(source);
    if (ofSource === undefined) entries.set(source, [{ line, seq }]);
    else ofSource.push({ line, seq });
  }
  const boots = new Map<number, readonly number[]>();
  for (const [source, [first, ...others]] of entries) {
    if (first === undefined) continue;
    const lines = [first, ...others].map(({ line }) => line);
    const before = lineOfEarlierBoot(log, boot, source, first);
    if (before !== undefined) lines.unshift(before);
    if (lines.length > 1) boots.set(source, lines);
  }
  return boots;
}

/** First line of a boot whose beginning was not recorded, in front of the first that was; undefined when there is none. */
function lineOfEarlierBoot(
  log: LogReader,
  boot: BootInfo,
  source: number,
  entry: { readonly line: number; readonly seq: number },
): number | undefined {
  for (const event of log.events(boot.bootId)) {
    if (event.seq >= entry.seq) return undefined;
    // The clock of whoever recorded it may have run before the kernel was entered.
    if (event.source !== source || event.line === null || event.line === entry.line) continue;
    if (event.kind === 'log.printed' && event.agent !== 'linux') continue;
    if ((event.t_ns ?? 0) > 0) return event.line;
  }
  return undefined;
}

/** `dmesg.txt holds 2 boots, from lines 1 and 154, told as one`. */
export function describeBootsInSource({ name }: SourceInfo, lines: readonly number[]): string {
  const last = lines.at(-1);
  const places = `${lines.slice(0, -1).join(', ')} and ${last}`;
  return `${name} holds ${counted(lines.length, 'boot')}, from lines ${places}, told as one`;
}
