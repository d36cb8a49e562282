import { TOLD_ELSEWHERE } from '../diff/boot-source.ts';
import type { BootEvent } from '../events/catalog.ts';
import { CARRIAGE } from '../export/carriage.ts';
import { SeqSet } from '../export/seq-set.ts';
import { tellsByTrace } from '../kernel-logs/log-formats.ts';
import type { BootInfo, SourceInfo } from '../store/boot-reader.ts';
import type { OpenHistory } from './open-history.ts';

/** By what a boot is told, in whatever format. A console has lines of firmware and programs beside those of the kernel. */
export type Witness = 'kernel log' | 'trace' | 'console';

/** What tells of a boot, and so what its silence means. */
export interface BootWitnesses {
  /** A simulation has no sources and tells everything. */
  readonly isComplete: boolean;
  readonly told: ReadonlySet<Witness>;
  /** Numbers of its sources, with those of what is inside a kernel log beside it, by what they are. */
  readonly sources: ReadonlyMap<number, Witness>;
  /** Its only trace is the one that the kernel printed into its log, in which probes are lines like any other. */
  readonly isTracePrinted: boolean;
  /** Which of them told an event; undefined where that is what the event says itself. */
  readonly sourceOf: ((seq: number, source: number) => number) | undefined;
}

export function witnessesOf(history: OpenHistory, boot: BootInfo): BootWitnesses {
  const sources = new Map(boot.sources.map((source) => [source.source, witnessOf(source)]));
  const printed = printedTrace(history, boot, sources);
  const others = linesOfOthers(history, boot);
  for (const [source, witness] of [...sources]) {
    if (witness !== 'kernel log') continue;
    if (printed !== null) sources.set(traceIn(source), 'trace');
    if (others !== null) sources.set(consoleIn(source), 'console');
  }
  return {
    isComplete: boot.origin === 'simulation',
    told: new Set(sources.values()),
    sources,
    isTracePrinted: printed !== null && boot.sources.every((source) => witnessOf(source) !== 'trace'),
    sourceOf:
      printed === null && others === null
        ? undefined
        : (seq, source) => {
            if (others?.has(seq) === true) return consoleIn(source);
            if (printed?.lines.has(seq) === true) return TOLD_ELSEWHERE;
            return printed?.events.has(seq) === true ? traceIn(source) : source;
          },
  };
}

function witnessOf({ format }: SourceInfo): Witness {
  return tellsByTrace(format) ? 'trace' : 'kernel log';
}

/** Number that stands for what firmware and programs say on a console that the kernel log is on. */
function consoleIn(source: number): number {
  return source + 0.25;
}

/** Lines that are not the kernel's, as they have no time while others have one; null where there are none. */
function linesOfOthers({ log }: OpenHistory, { bootId, sources }: BootInfo): SeqSet | null {
  if (sources.every((source) => witnessOf(source) === 'trace')) return null;
  const lines = new SeqSet();
  let isAny = false;
  let hasTimes = false;
  // By columns: what the lines say is read of none of them.
  for (const { kinds, slots, times, agents, strings, count, firstSeq } of log.chunksOfKinds(bootId, LINES)) {
    const isLine = kinds.map(({ definition }) => LINES.has(definition.kind));
    const linux = strings.indexOf('linux');
    for (let index = 0; index < count; index++) {
      if (isLine[slots[index] as number] !== true) continue;
      const hasTime = !Number.isNaN(times[index] as number);
      hasTimes ||= hasTime;
      if (hasTime && agents[index] === linux) continue;
      lines.add(firstSeq + index);
      isAny = true;
    }
  }
  return isAny && hasTimes ? lines : null;
}

const LINES: ReadonlySet<string> = new Set(['log.printed']);

/** Number that stands for the trace in a kernel log: no source has it. */
function traceIn(source: number): number {
  return source + 0.5;
}

/** Kinds of which a kernel log tells only by a trace event. */
const TRACED_KINDS: ReadonlySet<string> = new Set(
  Object.entries(CARRIAGE)
    .filter(([, { line, follows, isBare }]) => line === 'ftrace' && follows === undefined && isBare !== true)
    .map(([kind]) => kind),
);

/** `tp_printk` is given at boot: a log that holds trace events at all has them among the first. */
const LOOKED_AT = 10_000;

/** A probe that no recogniser knows: `lpae_map_ret: (arm_smmu_map_pages+0x24/0x40 <- arm_lpae_map_pages)`. */
const PROBED = /^\w+: \(\w+\+0x[0-9a-f]+\/0x[0-9a-f]+(?: \[\w+\])?(?: <- [^)]*)?\)/;

/** The trace events that a kernel printed into its log (`tp_printk`), and the lines that they stand in; null where there are none. */
function printedTrace(
  history: OpenHistory,
  { bootId }: BootInfo,
  sources: ReadonlyMap<number, Witness>,
): { readonly events: SeqSet; readonly lines: SeqSet } | null {
  const isInLog = ({ source }: BootEvent) => source !== null && sources.get(source) === 'kernel log';
  if (![...sources.values()].includes('kernel log')) return null;
  let looks = 0;
  let isFound = false;
  for (const event of history.log.eventsOfKinds(bootId, TRACED_KINDS)) {
    isFound = isInLog(event);
    if (isFound || ++looks === LOOKED_AT) break;
  }
  if (!isFound) return null;
  const events = new SeqSet();
  const lines = new SeqSet();
  const lineOf = new Map<number | null, BootEvent>();
  for (const event of history.log.events(bootId)) {
    if (!isInLog(event)) continue;
    if (event.kind === 'log.printed') {
      if (PROBED.test(event.payload.text)) lines.add(event.seq);
      lineOf.set(event.source, event);
      continue;
    }
    const { line, follows } = CARRIAGE[event.kind];
    const printed = lineOf.get(event.source);
    // What a line means is caused by it; a trace event only stands in it.
    if (printed === undefined || printed.line !== event.line || event.cause === printed.seq) continue;
    if (line !== 'ftrace' && follows !== 'smc.returned') continue;
    events.add(event.seq);
    lines.add(printed.seq);
  }
  return { events, lines };
}
