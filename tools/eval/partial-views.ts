import { openTexts } from '../../src/app/open-history.ts';
import type { BootEvent } from '../../src/events/catalog.ts';
import { printEvents } from '../../test/support/carried-events.ts';
import { parseText } from '../../test/support/parse-text.ts';

/** What somebody may have of a boot. */
export interface PartialView {
  readonly name: string;
  readonly events: readonly BootEvent[];
}

/** Shares of the lines of a log or a trace that are missing at its beginning. */
const MISSING = [0.1, 1 / 3, 1 / 2];

/** Failures of a boot right after which a log is cut off. */
const ENDS = 3;

const FAILURES: ReadonlySet<BootEvent['kind']> = new Set([
  'remoteproc.failed',
  'remoteproc.crashed',
  'firmware.refused',
  'device.failed',
  'smmu.faulted',
  'kernel.oopsed',
  'kernel.panicked',
  'kernel.warned',
]);

/** A boot without its beginning: the log, the trace, and both together. */
export function* withoutBeginning(events: readonly BootEvent[]): Generator<PartialView> {
  const log = printEvents('dmesg', events);
  const trace = printEvents('ftrace', events);
  yield { name: 'trace', events: parseText('ftrace', trace) };
  yield { name: 'log and trace', events: parseBoth(log, trace) };
  for (const share of MISSING) {
    const late = { log: withoutFirst(log, share), trace: withoutFirst(trace, share) };
    const percent = `${Math.round(100 * share)} %`;
    yield { name: `log without ${percent}`, events: parseText('dmesg', late.log) };
    yield { name: `trace without ${percent}`, events: parseText('ftrace', late.trace) };
    yield { name: `log and trace without ${percent}`, events: parseBoth(late.log, late.trace) };
    yield { name: `log, and trace without ${percent}`, events: parseBoth(log, late.trace) };
    yield { name: `log without ${percent}, and trace`, events: parseBoth(late.log, trace) };
  }
}

/** A boot that is cut off right after what failed. */
export function* withoutEnd(events: readonly BootEvent[]): Generator<PartialView> {
  const log = printEvents('dmesg', events);
  const trace = printEvents('ftrace', events);
  const lines = log.split('\n');
  const failures = parseText('dmesg', log).filter(({ kind }) => FAILURES.has(kind));
  for (const [index, { line, t_ns }] of failures.slice(0, ENDS).entries()) {
    const early = `${lines.slice(0, line ?? lines.length).join('\n')}\n`;
    const name = `up to failure ${index + 1}`;
    yield { name: `log ${name}`, events: parseText('dmesg', early) };
    if (t_ns !== null) yield { name: `log and trace ${name}`, events: parseBoth(early, upTo(trace, t_ns)) };
  }
  const first = events.findIndex(({ kind }) => FAILURES.has(kind));
  if (first >= 0) yield { name: 'all events up to the first failure', events: events.slice(0, first + 1) };
}

/** Lines of a log that tell the SoC, and the folder of its firmware. */
const OF_SOC = /^.*(?:Machine model|Hardware name|SOC_ID).*\n/gm;
const FIRMWARE_FOLDER = /qcom\/[a-z0-9-]+\//g;

/** A boot of a SoC that nobody has described: whose streams and carveouts are whose is not known. */
export function* ofUnknownSoc(events: readonly BootEvent[]): Generator<PartialView> {
  const log = printEvents('dmesg', events).replace(OF_SOC, '').replace(FIRMWARE_FOLDER, 'qcom/unknown/');
  yield { name: 'log of an unknown SoC', events: parseText('dmesg', log) };
  const trace = printEvents('ftrace', events);
  yield { name: 'log and trace of an unknown SoC', events: parseBoth(log, trace) };
}

function withoutFirst(text: string, share: number): string {
  const lines = text.split('\n');
  return lines.slice(Math.floor(lines.length * share)).join('\n');
}

/** The lines of a trace up to a time, and its header. */
function upTo(trace: string, tNs: number): string {
  return trace
    .split('\n')
    .filter((line) => {
      const seconds = /\] \S+ +(\d+\.\d+): /.exec(line)?.[1];
      return seconds === undefined || Math.round(Number(seconds) * 1e6) <= Math.floor(tNs / 1000);
    })
    .join('\n');
}

/** A log and a trace of one boot, merged by their clocks as an import merges them. */
function parseBoth(log: string, trace: string): readonly BootEvent[] {
  const texts = [
    { name: 'dmesg.txt', format: 'dmesg', bytes: Buffer.from(log) },
    { name: 'trace.txt', format: 'ftrace', bytes: Buffer.from(trace) },
  ] as const;
  const history = openTexts(texts, 'memory');
  try {
    return history.boots.flatMap(({ bootId }) => [...history.log.events(bootId)]);
  } finally {
    history.close();
  }
}
