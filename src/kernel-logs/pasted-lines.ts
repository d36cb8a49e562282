import type { BootEvent } from '../events/catalog.ts';
import { detectFormat } from './detect-format.ts';
import type { LogFormat } from './log-formats.ts';
import { parseLog } from './parse-log.ts';

/** What every line begins with, so that it is read as one of a log, whatever stood there. */
const PREFIX = '[    0.000000] ';

/** What a mail puts before a line that it quotes, a list and a patch before theirs, and grep before what it found. */
const QUOTED = /^(?:\s*>)+\s?/;
const LISTED = /^\s*(?:(?:[-*+]\s+|[-+])?["'`]?(?=[[<])|[-*+]\s+["'`]?(?=\w))/;
const FOUND = /^(?:[\w./-]+:)?\d+[:-](?=[[<])/;

/** What ends a line that is quoted in source or in a text. */
const QUOTE_END = /["'`],?\s*$/;

/** Colours and other control sequences of a terminal (ECMA-48), and colours that lost the escape in a paste. */
const CONTROL = new RegExp(
  `${String.fromCharCode(0x1b)}\\[[0-?]*[ -/]*[@-~]|\\[\\d{1,2}(?:;\\d{1,2})*m`,
  'g',
);

/** What `journalctl` puts before a line, whatever stood before that: time and host, and who speaks. */
const JOURNAL = /^.*?\b\w{3} +\d+ \d\d:\d\d:\d\d \S+ kernel: /;

/** Stamp, level and caller, and of a journal with monotonic stamps the host. */
const STAMP = /^\s*(?:<\d+>)?(?:\[\s*\d+\.\d+\](?:\[\s*[CT]\d+\])?\s?)?(?:(?<=\]\s?)\S+ kernel: )?/;

/** Formats in which a line is looked for, where it does not say itself which it has. */
const FORMATS: readonly LogFormat[] = ['dmesg', 'journal', 'serial'];

/** Kinds that say that a line is there, and nothing of what it says. */
const OF_ANY_LINE: ReadonlySet<BootEvent['kind']> = new Set([
  'boot.started',
  'log.printed',
  'log.clock_anchored',
  'trace.commented',
]);

/** What a line says beside that it was printed. */
export function meaningsOf(events: readonly BootEvent[]): BootEvent[] {
  return events.filter(({ kind }) => !OF_ANY_LINE.has(kind));
}

/** A line without stamp and level, and without what it was pasted with: how lines are compared. */
export function bareLine(text: string): string {
  return unpacked(text).replace(JOURNAL, '').replace(STAMP, '').trim();
}

/** The events of lines as people paste them: of a log or a trace, in whatever form, with colours, or quoted. */
export function readPasted(text: string): BootEvent[] {
  const lines = text.split('\n');
  const clean = `${lines.map(unpacked).join('\n')}\n`;
  const bare = `${lines.map((line) => `${PREFIX}${bareLine(line)}`).join('\n')}\n`;
  const isTrace = /\b(?:scm_smc_request|scm_smc_done|map|unmap|attach_device_to_domain): /.test(text);
  const readings: (() => BootEvent[])[] = [
    ...(isTrace ? [() => parseLog('ftrace', clean)] : []),
    () => parseLog('dmesg', bare),
    () => parseLog(detectFormat(new TextEncoder().encode(clean)), clean),
    ...FORMATS.map((format) => () => parseLog(format, clean)),
  ];
  let best: { events: BootEvent[]; worth: number } | undefined;
  for (const read of readings) {
    const events = read();
    const worth = worthOf(events);
    if (worth > 0 && (best === undefined || worth > best.worth)) best = { events, worth };
    // The first reading that knows the line for what it is will do.
    if (best !== undefined && best.worth >= 2) break;
  }
  return best?.events ?? parseLog('dmesg', bare);
}

function unpacked(line: string): string {
  const clean = line.replaceAll(CONTROL, '').replace(QUOTED, '').replace(FOUND, '');
  const bare = clean.replace(LISTED, '');
  return /["'`]$/.test(clean.slice(0, clean.length - bare.length)) ? bare.replace(QUOTE_END, '') : bare;
}

/** How much was understood: 2 of a line that a recogniser knows, 1 of one that only sounds like a failure. */
function worthOf(events: readonly BootEvent[]): number {
  const about = meaningsOf(events);
  if (about.length === 0) return 0;
  const isKnown = (event: BootEvent) =>
    event.kind === 'device.failed' ? event.payload.step !== 'other' : event.kind !== 'trace.hit';
  return about.some(isKnown) ? 2 : 1;
}
