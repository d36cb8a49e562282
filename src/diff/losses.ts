import type { BootSource } from './boot-source.ts';

/** Where a trace lost events: anything that a tracepoint tells may have happened between the two, and nobody saw it. */
export interface Loss {
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** The kinds that tell of lost events. */
export const LOSS_KINDS: ReadonlySet<string> = new Set(['trace.events_lost', 'trace.buffer_counted']);

/**
 * The losses of a boot. A ring buffer that overran has lost its oldest entries, so that they lie between the header and
 * the first that is left (kernel/trace/ring_buffer.c, RB_FL_OVERWRITE, the default); a line in between tells where a
 * reader was too slow.
 */
export function lossesOf(source: BootSource): Loss[] {
  const losses: Loss[] = [];
  for (const event of source.eventsOfKinds(LOSS_KINDS)) {
    if (event.kind === 'trace.events_lost') losses.push({ fromSeq: event.seq, toSeq: event.seq });
    else if (event.kind === 'trace.buffer_counted' && event.payload.kept < event.payload.written)
      losses.push({ fromSeq: event.seq, toSeq: firstEntryAfter(source, event.seq, event.source) });
  }
  return losses;
}

function firstEntryAfter(source: BootSource, seq: number, wanted: number | null): number {
  for (const { firstSeq, lastSeq, count, sources, times } of source.chunks()) {
    if (lastSeq <= seq) continue;
    for (let index = Math.max(0, seq + 1 - firstSeq); index < count; index++) {
      const isOfTrace = wanted === null || sources[index] === wanted;
      if (isOfTrace && !Number.isNaN(times[index] as number)) return firstSeq + index;
    }
  }
  return source.eventCount;
}

/** Whether events may be missing after one seq and before another. */
export function isLostBetween(losses: readonly Loss[], after: number, before: number): boolean {
  return losses.some(({ fromSeq, toSeq }) => after < toSeq && fromSeq < before);
}
