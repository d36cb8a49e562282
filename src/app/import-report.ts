import type { BootEvent } from '../events/catalog.ts';
import { SeqSet } from '../export/seq-set.ts';
import { ReportLines } from '../kernel-logs/dmesg/report-lines.ts';
import { socOfModel } from '../soc/soc-name.ts';
import type { BootInfo, LogReader, SourceInfo } from '../store/boot-reader.ts';
import { type BootFact, describeBoot } from './describe-history.ts';
import { placeNamer } from './list-events.ts';
import type { OpenHistory } from './open-history.ts';
import { inspectSource } from './source-anomalies.ts';

/** Lines alike but for numbers, that no recogniser knows. */
export interface UnknownTemplate {
  readonly template: string;
  readonly count: number;
  /** The first of them, and where it stands. */
  readonly example: string;
  readonly place: string | null;
}

/** Something odd about a source that the import survived. */
export interface Anomaly {
  readonly what: string;
  readonly count: number;
  /** Where it is met first. */
  readonly place: string | null;
}

/** Lines that tell of one thing. */
export interface LineFamily {
  readonly family: string;
  readonly lineCount: number;
  /** As many of them have no event of their own: they go on with the report that a line before them began. */
  readonly furtherLineCount: number;
}

/** What an import understood of a boot, and what it did not. */
export interface BootReport {
  readonly bootId: number;
  readonly name: string;
  readonly sources: readonly SourceInfo[];
  readonly lineCount: number;
  /** Lines that became events of their own meaning, or part of one that has several lines. */
  readonly recognisedCount: number;
  /** How many of those tell of what: `remoteproc`, `smc` … */
  readonly families: readonly LineFamily[];
  /** Lines of the kernel, or entries of a trace, without a meaning that is known. */
  readonly unrecognisedCount: number;
  /** Lines that another source or console has too, where they count. */
  readonly repeatedCount: number;
  readonly templates: readonly UnknownTemplate[];
  /** Lines of others: firmware, userspace, whoever recorded the log. */
  readonly others: readonly { readonly agent: string; readonly lineCount: number }[];
  readonly anomalies: readonly Anomaly[];
  readonly tMin: number | null;
  readonly tMax: number | null;
  readonly facts: readonly BootFact[];
  /** SoCs that lines name in passing: no evidence, but a hint where there is none. */
  readonly mentionedSocs: readonly {
    readonly soc: string;
    readonly lineCount: number;
    readonly place: string | null;
  }[];
}

/** What programs write into the kernel log (`/dev/kmsg`), before a journal is there. Drivers call nothing so. */
const OF_PROGRAM = /^(?:systemd(?:-[\w@.-]+)?|\(?udev-worker\)?|udevd|\(sd-[\w-]+\)|dracut-[\w-]+)\[\d+\]: /;

/** Templates that are told apart; whatever comes later counts as one. */
const MOST_TEMPLATES = 10_000;
const LONGEST_TEMPLATE = 160;
const MANY_OTHERS = '(others)';

/** Says what was understood of the boots of a history that was just made. */
export function reportBoots(history: OpenHistory, boots: readonly BootInfo[]): BootReport[] {
  return boots.map((boot) => {
    const tally = new LineTally(placeNamer(boot), meaningsOf(history.log, boot));
    for (const event of history.log.events(boot.bootId)) tally.add(event);
    tally.endLine();
    const { facts } = describeBoot(history, boot);
    return {
      bootId: boot.bootId,
      name: boot.name,
      sources: boot.sources,
      ...tally.result(),
      anomalies: [...tally.anomalies(), ...anomaliesOfBytes(history.log, boot)],
      ...history.log.timeRange(boot.bootId),
      facts,
    };
  });
}

/** Lines of the log that something was made of, alone or together with others. */
interface Meanings {
  readonly lines: SeqSet;
  readonly families: Map<string, number>;
  /** By family, lines that go on with a report; they are among the others too. */
  readonly furtherLines: Map<string, number>;
}

/** What a line means may be told only when later lines have come, so that it is looked for first. */
function meaningsOf(log: LogReader, boot: BootInfo): Meanings {
  const printed = new SeqSet();
  const lines = new SeqSet();
  const families = new Map<string, number>();
  const furtherLines = new Map<string, number>();
  const reports = new Map<number | null, ReportLines>();
  /** First lines of reports, and how many others go on with them. */
  const joined = new Map<number, number>();
  const countJoined = (line: number, first: number): void => {
    lines.add(line);
    joined.set(first, (joined.get(first) ?? 0) + 1);
  };
  const familyOfFirst = new Map<number, string>();
  for (const event of log.events(boot.bootId)) {
    const { seq, kind, cause } = event;
    if (kind === 'log.printed') {
      printed.add(seq);
      if (event.agent !== 'linux') continue;
      const ofSource = reports.get(event.source) ?? new ReportLines(countJoined);
      reports.set(event.source, ofSource);
      ofSource.add(event);
    } else if (cause !== null && !BARE_KINDS.has(kind) && printed.has(cause) && !lines.has(cause)) {
      lines.add(cause);
      increase(families, familyOf(kind));
      if (joined.has(cause)) familyOfFirst.set(cause, familyOf(kind));
    }
  }
  for (const [first, count] of joined) {
    const family = familyOfFirst.get(first) ?? 'log';
    increase(families, family, count);
    increase(furtherLines, family, count);
  }
  return { lines, families, furtherLines };
}

function familyOf(kind: string): string {
  return kind.slice(0, kind.indexOf('.'));
}

function anomaliesOfBytes(log: LogReader, boot: BootInfo): Anomaly[] {
  return boot.sources.flatMap(({ source, name }) => {
    const lines = inspectSource(log.sourceBytes(boot.bootId, source));
    return lines.map(({ what, count }) => ({ what, count, place: name }));
  });
}

interface Counted {
  count: number;
  readonly place: string | null;
}

/** Goes through the events line by line: those that cite one line follow on each other. */
class LineTally {
  private readonly placeOf: (source: number | null, line: number | null) => string | null;
  private readonly meanings: Meanings;
  /** Events that were made of lines, at once or later. */
  private readonly consequences = new SeqSet();
  private readonly others = new Map<string, number>();
  private readonly templates = new Map<string, Counted & { readonly example: string }>();
  private readonly odd = new Map<string, Counted>();
  private readonly socs = new Map<string, Counted>();
  private readonly lastTime = new Map<number, number>();
  private readonly timed = new Set<number>();
  private line: BootEvent[] = [];
  private lineCount = 0;
  private recognised = 0;
  private unrecognised = 0;
  private repeated = 0;

  constructor(placeOf: (source: number | null, line: number | null) => string | null, meanings: Meanings) {
    this.placeOf = placeOf;
    this.meanings = meanings;
  }

  add(event: BootEvent): void {
    if (event.line === null) return;
    if (
      event.cause !== null &&
      event.kind !== 'source.repeated' &&
      (this.meanings.lines.has(event.cause) || this.consequences.has(event.cause))
    ) {
      this.consequences.add(event.seq);
      return;
    }
    const [first] = this.line;
    if (first !== undefined && (first.line !== event.line || first.source !== event.source)) this.endLine();
    this.line.push(event);
  }

  endLine(): void {
    // That a clock was anchored says nothing of the line.
    const first = this.line.find(({ kind }) => kind !== 'log.clock_anchored') ?? this.line[0];
    if (first === undefined) return;
    this.lineCount++;
    this.noteTime(first);
    const printed = this.line.filter(({ kind }) => kind === 'log.printed');
    if (printed.length > 1) this.note('two lines glued into one', first);
    const meant = this.line.find(({ kind }) => !BARE_KINDS.has(kind));
    if (printed.some(({ seq }) => this.meanings.lines.has(seq))) this.recognised++;
    else if (first.kind === 'source.repeated') this.repeated++;
    else if (meant !== undefined) {
      this.recognised++;
      increase(this.meanings.families, familyOf(meant.kind));
      if (meant.kind === 'trace.events_lost') this.note('trace events lost', first);
    } else this.addUnknown(first);
    this.line = [];
  }

  result() {
    const byCount = (a: { lineCount: number }, b: { lineCount: number }) => b.lineCount - a.lineCount;
    return {
      lineCount: this.lineCount,
      recognisedCount: this.recognised,
      families: [...this.meanings.families]
        .map(([family, lineCount]) => ({
          family,
          lineCount,
          furtherLineCount: this.meanings.furtherLines.get(family) ?? 0,
        }))
        .sort(byCount),
      unrecognisedCount: this.unrecognised,
      repeatedCount: this.repeated,
      templates: [...this.templates]
        .map(([template, { count, example, place }]) => ({ template, count, example, place }))
        .sort((a, b) => b.count - a.count),
      others: [...this.others].map(([agent, lineCount]) => ({ agent, lineCount })).sort(byCount),
      mentionedSocs: [...this.socs]
        .map(([soc, { count, place }]) => ({ soc, lineCount: count, place }))
        .sort(byCount),
    };
  }

  anomalies(): Anomaly[] {
    return [...this.odd].map(([what, { count, place }]) => ({ what, count, place }));
  }

  private addUnknown(event: BootEvent): void {
    if (event.kind === 'log.printed') {
      if (event.payload.text.includes('\ufffd')) this.note('bytes that are no UTF-8', event);
      if (event.agent === 'linux' && OF_PROGRAM.test(event.payload.text)) increase(this.others, 'userspace');
      else if (event.agent === 'linux') this.addTemplate(event, event.payload.text);
      else increase(this.others, event.agent);
    } else if (event.kind === 'trace.hit') {
      const { event: name, function: probed, fields } = event.payload;
      if (probed === null) {
        this.addTemplate(event, `${name} …`, fields);
        return;
      }
      // Whoever set the probe chose its name and arguments: function, place and values are all there is to know.
      this.recognised++;
      increase(this.meanings.families, 'probes of functions');
    } else increase(this.others, 'recorder');
  }

  private addTemplate(event: BootEvent, text: string, example = text): void {
    if (text === '') {
      increase(this.others, 'nobody: empty lines');
      return;
    }
    this.unrecognised++;
    const soc = socOfModel(text);
    if (soc !== undefined) this.count(this.socs, soc, event);
    let template = templateOf(text);
    if (this.templates.size >= MOST_TEMPLATES && !this.templates.has(template)) template = MANY_OTHERS;
    const known = this.templates.get(template);
    if (known !== undefined) known.count++;
    else this.templates.set(template, { count: 1, example, place: this.placeOf(event.source, event.line) });
  }

  private noteTime(event: BootEvent): void {
    if (event.source === null) return;
    if (event.t_ns === null) {
      const speaks = event.kind === 'log.printed' && event.agent === 'linux' && event.payload.text !== '';
      if (speaks && this.timed.has(event.source)) this.note('lines without a time', event);
      return;
    }
    this.timed.add(event.source);
    if (event.t_ns < (this.lastTime.get(event.source) ?? Number.NEGATIVE_INFINITY)) {
      this.note('times that step back', event);
    }
    this.lastTime.set(event.source, event.t_ns);
  }

  private note(what: string, event: BootEvent): void {
    this.count(this.odd, what, event);
  }

  private count(counts: Map<string, Counted>, what: string, { source, line }: BootEvent): void {
    const known = counts.get(what);
    if (known !== undefined) known.count++;
    else counts.set(what, { count: 1, place: this.placeOf(source, line) });
  }
}

/** Kinds that say only that there is a line. */
const BARE_KINDS: ReadonlySet<string> = new Set([
  'log.printed',
  'log.annotated',
  'log.clock_anchored',
  'trace.hit',
  'trace.commented',
  'source.repeated',
]);

function increase(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

/** A line with its numbers and addresses left out. */
function templateOf(text: string): string {
  return text
    .slice(0, LONGEST_TEMPLATE)
    .replace(/\b0x[0-9a-f]+\b/gi, '#')
    .replace(/\b(?=[a-f]*\d)[0-9a-f]{6,}\b/gi, '#')
    .replace(/\d+/g, '#');
}
