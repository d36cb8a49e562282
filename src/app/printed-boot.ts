import type { BootEvent } from '../events/catalog.ts';
import { CARRIAGE, KERNEL_TEXT_FORMATS, type KernelTextFormat } from '../export/carriage.ts';
import { dmesgPieces } from '../export/dmesg-text.ts';
import { ftracePieces } from '../export/ftrace-text.ts';
import type { SelectedEvent, TextPiece } from '../export/selected-event.ts';
import { SeqSet } from '../export/seq-set.ts';
import type { BootInfo } from '../store/boot-reader.ts';
import type { BootWitnesses, Witness } from './boot-witnesses.ts';
import { type OpenHistory, openTexts } from './open-history.ts';

/** A boot as an import of what it prints tells it. */
export interface PrintedBoot {
  readonly history: OpenHistory;
  readonly boot: BootInfo;
  /** The event of the printed boot that one of the import comes from. */
  seqInWhole(seq: number): number;
  /** Whether a source of the import is a trace. */
  isTrace(source: number): boolean;
  /** Events that nothing in the import comes from. */
  readonly untoldCount: number;
}

const WITNESS_OF_FORMAT: Readonly<Record<KernelTextFormat, Witness>> = {
  dmesg: 'kernel log',
  ftrace: 'trace',
};

/** Tracepoints that are switched on together, by the kinds of events that only they tell of. */
const TRACED_TOGETHER: readonly ReadonlySet<string>[] = [
  new Set(['smc.requested', 'smc.returned', 'smc.slept', 'smc.resumed']),
  new Set(['mapping.created', 'mapping.removed', 'smmu.device_attached']),
  new Set(['page_table.pages_mapped', 'page_table.pages_unmapped']),
  new Set(['remoteproc.signalled', 'remoteproc.interrupted']),
];

/**
 * What a kernel log or a trace, whichever another boot has, would tell of a simulated boot: so much of it can be
 * compared, and is told in the same way. A tracepoint of which the other boot has nothing counts as switched off there.
 */
export function printedBoot(
  history: OpenHistory,
  boot: BootInfo,
  other: { readonly history: OpenHistory; readonly boot: BootInfo; readonly witnesses: BootWitnesses },
): PrintedBoot {
  const silent = new Set(
    TRACED_TOGETHER.flatMap((kinds) => {
      const found = other.history.log.eventsOfKinds(other.boot.bootId, kinds)[Symbol.iterator]().next();
      return found.done === true ? [...kinds] : [];
    }),
  );
  const { log } = history;
  function* select(): Generator<SelectedEvent> {
    for (const event of log.events(boot.bootId)) yield { event, isWanted: true };
  }
  const formats = KERNEL_TEXT_FORMATS.filter((format) => other.witnesses.told.has(WITNESS_OF_FORMAT[format]));
  const texts = formats
    .map((format) => {
      const pieces = format === 'dmesg' ? dmesgPieces(select(), { withLevel: true }) : ftracePieces(select);
      return { name: format, format, ...written(pieces, silent) };
    })
    .filter(({ shown }) => shown.length > 0);
  const imported = openTexts(texts, history.file);
  const importedBoot = imported.chooseBoot();
  const consequences = consequencesOf(log.events(boot.bootId));
  const seqs = new Uint32Array(importedBoot.eventCount + 1);
  const told = new SeqSet();
  let toldCount = 0;
  for (const { seq, kind, source, line } of imported.log.events(importedBoot.bootId)) {
    const shown = source === null || line === null ? undefined : texts[source - 1]?.shown[line - 1];
    const own = shown === undefined ? 0 : (consequences.get(`${shown} ${kind}`) ?? shown);
    seqs[seq] = own;
    if (own === 0 || told.has(own)) continue;
    told.add(own);
    toldCount++;
  }
  return {
    history: imported,
    boot: importedBoot,
    seqInWhole: (seq) => seqs[seq] as number,
    isTrace: (source) => texts[source - 1]?.format === 'ftrace',
    untoldCount: boot.eventCount - toldCount,
  };
}

/** The text of pieces, and the seq that each of its lines shows; 0 for a line of the header. */
function written(
  pieces: Iterable<TextPiece>,
  silent: ReadonlySet<string>,
): { readonly bytes: Buffer; readonly shown: number[] } {
  const texts: string[] = [];
  const lines: number[] = [];
  for (const { shown, text } of pieces) {
    if (shown !== null && silent.has(shown.kind)) continue;
    texts.push(text);
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.push(shown?.seq ?? 0);
  }
  return { bytes: Buffer.from(texts.join('')), shown: lines };
}

/** Of each line, what follows from it by kind; what a line reports of a fault is the fault that it follows from. */
function consequencesOf(events: Iterable<BootEvent>): Map<string, number> {
  const consequences = new Map<string, number>();
  const faults = new Set<number>();
  for (const { seq, kind, cause } of events) {
    if (kind === 'smmu.faulted') faults.add(seq);
    if (cause === null) continue;
    if (kind === 'log.printed' && faults.has(cause)) consequences.set(`${seq} smmu.faulted`, cause);
    const key = `${cause} ${kind}`;
    if (CARRIAGE[kind].follows !== undefined && !consequences.has(key)) consequences.set(key, seq);
  }
  return consequences;
}
