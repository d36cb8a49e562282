import { type Comparison, compareBoots } from '../diff/compare.ts';
import { type BootEvent, renderEvent } from '../events/catalog.ts';
import { tellsByTrace } from '../kernel-logs/log-formats.ts';
import type { BootInfo, SourceInfo } from '../store/boot-reader.ts';
import { describeBootsInSource, findBootsInSources } from './boots-in-source.ts';
import { type BootDescription, describeBoot } from './describe-history.ts';
import { type OpenHistory, openHistory } from './open-history.ts';

export type { Comparison } from '../diff/compare.ts';
export type { Difference, LaneComparison } from '../diff/compare-lane.ts';
export type { DiffItem } from '../diff/items.ts';

export interface DiffSide {
  readonly file: string;
  readonly boot: BootDescription;
}

export interface DiffReport {
  readonly a: DiffSide;
  readonly b: DiffSide;
  readonly comparison: Comparison;
  /** What limits the comparison: sources that only one side has, lost events, an unfinished boot. */
  readonly notes: readonly string[];
}

export interface DiffRequest {
  readonly a: string;
  readonly b: string;
  /** Which boot of a file that holds several, by number or name. */
  readonly bootA?: string | undefined;
  readonly bootB?: string | undefined;
}

/** Compares two boots by what they mean, from their logs alone. */
export function diffBoots(request: DiffRequest): DiffReport {
  const a = openHistory(request.a);
  try {
    const b = openHistory(request.b);
    try {
      const bootA = a.chooseBoot(request.bootA, '--boot-a');
      const bootB = b.chooseBoot(request.bootB, '--boot-b');
      const shared = sharedWitnesses(bootA, bootB);
      return {
        a: { file: request.a, boot: describeBoot(a, bootA) },
        b: { file: request.b, boot: describeBoot(b, bootB) },
        comparison: compareBoots(
          () => comparableEvents(a, bootA, shared),
          () => comparableEvents(b, bootB, shared),
        ),
        notes: [...limitsOf('A', a, bootA, shared), ...limitsOf('B', b, bootB, shared)],
      };
    } finally {
      b.close();
    }
  } finally {
    a.close();
  }
}

/**
 * What both boots are told by, a trace or a kernel log in whatever format. What only one side recorded says nothing about the other: where a
 * trace is missing, silence does not mean that nothing was mapped. Null when there is nothing to choose from.
 */
function sharedWitnesses(a: BootInfo, b: BootInfo): ReadonlySet<string> | null {
  const witnessesOfB = new Set(b.sources.map(witnessOf));
  const shared = new Set(a.sources.map(witnessOf).filter((witness) => witnessesOfB.has(witness)));
  return shared.size === 0 ? null : shared;
}

function leftOut(boot: BootInfo, shared: ReadonlySet<string> | null): SourceInfo[] {
  return shared === null ? [] : boot.sources.filter((source) => !shared.has(witnessOf(source)));
}

function witnessOf({ format }: SourceInfo): string {
  return tellsByTrace(format) ? 'ftrace' : 'kernel log';
}

function* comparableEvents(
  history: OpenHistory,
  boot: BootInfo,
  shared: ReadonlySet<string> | null,
): Generator<BootEvent> {
  const ignored = new Set(leftOut(boot, shared).map((source) => source.source));
  for (const event of history.log.events(boot.bootId)) {
    if (event.source === null || !ignored.has(event.source)) yield event;
  }
}

const LOSSES = new Set(['trace.buffer_counted', 'trace.events_lost']);

function limitsOf(
  side: string,
  history: OpenHistory,
  boot: BootInfo,
  shared: ReadonlySet<string> | null,
): string[] {
  const limits = leftOut(boot, shared).map(
    (source) => `${source.name} of ${side} is left out: the other side has no ${witnessOf(source)}`,
  );
  limits.push(...history.warnings.map((warning) => `in ${side}, ${warning}`));
  for (const [source, lines] of findBootsInSources(history.log, boot)) {
    const held = boot.sources.find((candidate) => candidate.source === source);
    if (held !== undefined) limits.push(`in ${side}, ${describeBootsInSource(held, lines)}`);
  }
  if (!boot.finished)
    limits.push(`${side} is unfinished: its import was stopped after event ${boot.eventCount}`);
  for (const event of history.log.eventsOfKinds(boot.bootId, LOSSES)) {
    if (event.kind === 'trace.buffer_counted' && event.payload.kept >= event.payload.written) continue;
    limits.push(`${side} lost events, so what is missing there may have happened: ${renderEvent(event)}`);
  }
  return limits;
}
