import { renderTime } from '../base/time.ts';
import type { Witness } from '../diff/conformance-sight.ts';
import type { BootEvent } from '../events/catalog.ts';
import type { KernelTextFormat } from '../export/carriage.ts';
import type { BootInfo } from '../store/boot-reader.ts';
import { placeNamer } from './list-events.ts';
import type { OpenHistory } from './open-history.ts';

/** How a source begins that does not tell the boot from its first moment on. */
export interface LateBegin {
  readonly format: KernelTextFormat;
  /** `the kernel log begins at [   90.510000]` */
  readonly begin: string;
  readonly note: string;
}

/** Where the sources of a boot begin, of those that do not begin with the boot. */
export function lateBegins(
  history: OpenHistory,
  info: BootInfo,
  witnesses: ReadonlyMap<KernelTextFormat, Witness>,
): LateBegin[] {
  const placeOf = placeNamer(info);
  return [...witnesses].flatMap(([format, { isFromStart, sources }]) => {
    const first = isFromStart ? undefined : firstLineOf(history, info, sources);
    if (first === undefined) return [];
    const [file, line] = splitPlace(placeOf(first.source, first.line));
    const name = format === 'ftrace' ? 'the trace' : 'the kernel log';
    const at = first.t_ns === null ? '' : ` at ${renderTime(first.t_ns)}`;
    const where = `with line ${line} of ${file}`;
    const begin = `${name} begins${at === '' ? ` ${where}` : at}`;
    const rest = `${at === '' ? '' : `, ${where}`}${format === 'ftrace' ? '' : ', not with the entry of the kernel'}`;
    return [{ format, begin, note: `${begin}${rest}: what comes before that is not shown, and not held` }];
  });
}

/** The first line of some sources that has a time; the first of all where none has. */
function firstLineOf(
  { log }: OpenHistory,
  { bootId }: BootInfo,
  sources: ReadonlySet<number> | null,
): BootEvent | undefined {
  let first: BootEvent | undefined;
  for (const event of log.events(bootId)) {
    if (event.line === null || event.source === null || sources?.has(event.source) === false) continue;
    if (event.t_ns !== null) return event;
    first ??= event;
  }
  return first;
}

/** `boot.dmesg:12` in two. */
function splitPlace(place: string | null): [file: string, line: string] {
  const colon = place?.lastIndexOf(':') ?? -1;
  return place === null || colon < 0 ? ['its source', '?'] : [place.slice(0, colon), place.slice(colon + 1)];
}
