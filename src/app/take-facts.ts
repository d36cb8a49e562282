import { Diagnosis } from '../diagnosis/diagnose.ts';
import type { BootSource } from '../diff/boot-source.ts';
import { collectItems } from '../diff/collect-items.ts';
import type { FactTable, Needs } from '../diff/fact-table.ts';
import type { ComparedBoot, DiffItem } from '../diff/items.ts';
import { isBackground } from '../diff/lane.ts';
import type { LaneItems } from '../diff/lane-items.ts';
import { DUTIES, type StartDuties } from '../diff/obligations.ts';
import type { Kind } from '../events/catalog.ts';
import { CARRIAGE } from '../export/carriage.ts';
import { tellsByTrace } from '../kernel-logs/log-formats.ts';
import type { BootInfo } from '../store/boot-reader.ts';
import { placeNamer } from './list-events.ts';
import type { OpenHistory } from './open-history.ts';
import { lossEventsOf, wholeBoot } from './whole-boot.ts';

/** Takes what is so in a boot into a table, and returns what limits that. */
export function takeFacts(
  table: FactTable,
  history: OpenHistory,
  boot: BootInfo,
  ignored: ReadonlySet<string>,
): string[] {
  const { eventCount } = boot;
  const source = wholeBoot(history, boot, ignored);
  const { sight, notes } = sightOf(history, boot);
  const { boot: compared, starts } = collectItems(source);
  for (const { processor } of starts) sight?.add(`start:${processor}`);
  table.begin(sight);
  const placeOf = placeNamer(boot);
  const at = (seq: number | null) => {
    const event = seq === null ? undefined : source.eventAt(seq);
    return {
      seq,
      place: event === undefined ? null : placeOf(event.source, event.line),
      position: (seq ?? eventCount) / Math.max(1, eventCount),
    };
  };
  for (const items of compared.lanes.values()) {
    if (items.lane === 'log') takeLines(table, source, items, at);
    else if (!isBackground(items.lane)) takeItems(table, compared, items, at);
  }
  takeDuties(table, starts, at);
  takeFindings(table, history, boot, at);
  return notes;
}

type At = (seq: number | null) => {
  readonly seq: number | null;
  readonly place: string | null;
  readonly position: number;
};

/** What a boot did, by meaning and with its outcome; and that something of a sort failed, with whatever outcome. */
function takeItems(table: FactTable, boot: ComparedBoot, items: LaneItems, at: At): void {
  const { lane, lows, highs } = items;
  const seen = new Set<number>();
  const failed = new Set<string>();
  for (let index = 0; index < items.count; index++) {
    const key = (lows[index] as number) * 0x20_0000 + ((highs[index] as number) & 0x1f_ffff);
    if (seen.has(key)) continue;
    seen.add(key);
    const item = boot.itemAt(items, index);
    const describe = (text: string) => ({
      sort: item.failed ? ('failure' as const) : ('step' as const),
      lane,
      text,
      ...at(item.seq),
    });
    table.add(`${lane} ${key}`, needsOf(item), () => describe(item.text));
    if (!item.failed || failed.has(item.kind)) continue;
    failed.add(item.kind);
    table.add(`${lane} any ${item.kind}`, needsOf(item), () =>
      // Behind what says more.
      ({ ...describe(`any failure of the kind ${item.kind}`), position: 1 }),
    );
  }
}

/** What varies in a line: numbers, but neither those of a device's name (`20c00000.remoteproc`) nor errors (`-22`). */
const NUMBERS = /0x[0-9a-f]+|\b[0-9a-f]{8,}\b(?!\.[a-z])|(?<!(?:^|[ (=:,])-)\b\d+(?:\.\d+)*\b(?!\.[a-z])/gi;

/** Lines of the log by what they say without their numbers. */
function takeLines(table: FactTable, source: BootSource, items: LaneItems, at: At): void {
  const seen = new Set<string>();
  for (const seq of items.seqs.subarray(0, items.count)) {
    const event = source.eventAt(seq);
    if (event?.kind !== 'log.printed' || event.payload.text.trim() === '') continue;
    const { text } = event.payload;
    const key = `log ${text.replace(NUMBERS, '#')}`;
    if (seen.has(key)) continue;
    seen.add(key);
    table.add(key, needsOfKind(event.kind, false, false), () => ({
      sort: 'line',
      lane: 'log',
      text,
      ...at(seq),
    }));
  }
}

/** Duties that nobody met, whichever start it was. */
function takeDuties(table: FactTable, starts: readonly StartDuties[], at: At): void {
  for (const { processor, duties } of starts) {
    for (const { duty, title } of DUTIES) {
      const { by, seq, note } = duties[duty];
      const key = `duty ${processor} ${duty}`;
      if (by === 'unknown') table.addUnknown(key);
      if (by !== 'nobody') continue;
      table.add(key, [`start:${processor}`], () => ({
        sort: 'duty',
        lane: processor,
        text: `nobody meets "${title}"${note === null ? '' : ` (${note})`}`,
        ...at(seq),
      }));
    }
  }
}

/** What the rules of `trace check` say is wrong. */
function takeFindings(table: FactTable, { log }: OpenHistory, { bootId }: BootInfo, at: At): void {
  const diagnosis = new Diagnosis();
  for (const event of log.events(bootId)) diagnosis.apply(event);
  for (const { rule, severity, subjects, sentence, evidence } of diagnosis.findings()) {
    const needs = new Set(evidence.flatMap((seq) => needsOfEvent(log.eventAt(bootId, seq))));
    table.add(`finding ${rule} ${subjects.join(' ')}`, [...needs], () => ({
      sort: severity === 'noise' ? 'noise' : 'finding',
      lane: subjects[0] ?? 'machine',
      text: `${rule}: ${sentence}`,
      ...at(evidence[0] ?? null),
    }));
  }
}

function needsOfEvent(event: { readonly kind: Kind; readonly agent: string } | undefined): Needs {
  return event === undefined ? [] : needsOfKind(event.kind, event.agent === 'hypervisor', true);
}

function needsOf({ kind, text, failed }: DiffItem): Needs {
  return needsOfKind(kind as Kind, text.endsWith(', by the hypervisor'), failed);
}

/**
 * What a boot has to show for the absence of an event of a kind to mean something: a kernel log, for a failure; for what
 * a trace tells or a log tells at some levels only, others of the kind.
 */
function needsOfKind(kind: Kind, isByHypervisor: boolean, failed: boolean): Needs {
  const { line, follows } = CARRIAGE[kind];
  if (isByHypervisor || (line === undefined && follows === undefined)) return ['simulation'];
  if (line === 'ftrace' || follows === 'smc.returned')
    return [`ftrace:${follows === 'smc.returned' ? 'smc.returned' : kind}`];
  return failed ? ['dmesg'] : ['dmesg', `dmesg:${kind}`];
}

/** What the sources of a boot show; everything where it is simulated. What is cut short does not show what is missing. */
function sightOf(history: OpenHistory, boot: BootInfo): { sight: Set<string> | null; notes: string[] } {
  if (boot.origin === 'simulation')
    return boot.finished
      ? { sight: null, notes: [] }
      : { sight: new Set(), notes: ['unfinished: what it lacks is unknown'] };
  if (!boot.finished) return { sight: new Set(), notes: ['unfinished: what it lacks is unknown'] };
  const notes: string[] = [];
  const hasLost = [...lossEventsOf(history, boot)].length > 0;
  if (hasLost) notes.push('its trace lost events: what it lacks of that is unknown');
  const byTrace = new Map(boot.sources.map(({ source, format }) => [source, tellsByTrace(format)]));
  const sight = new Set<string>();
  for (const chunk of history.log.lazyChunks(boot.bootId)) {
    const seen = new Set<number>();
    for (let index = 0; index < chunk.count; index++) {
      const source = chunk.sources[index] as number;
      const key = (chunk.slots[index] as number) * 0x1_0000 + source;
      if (seen.has(key) || !byTrace.has(source)) continue;
      seen.add(key);
      const kind = chunk.kinds[chunk.slots[index] as number]?.definition.kind ?? '';
      if (byTrace.get(source) === false) sight.add('dmesg').add(`dmesg:${kind}`);
      // A kernel may print its trace into its log (tp_printk).
      if (!hasLost) sight.add(`ftrace:${kind}`);
    }
  }
  return { sight, notes };
}
