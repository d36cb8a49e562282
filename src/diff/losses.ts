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
 * the first that is left (kernel/trace/ring_buffer.c, RB_FL_OVERWRITE, the default); a line in between tells that a
 * reader was too slow for the buffer of a CPU, and stands before the first entry of that CPU that is left.
 */
export function lossesOf(source: BootSource): Loss[] {
  const losses: Loss[] = [];
  for (const event of source.eventsOfKinds(LOSS_KINDS)) {
    if (event.kind === 'trace.events_lost') {
      const { cpu } = event.payload;
      losses.push({
        fromSeq: lastEntryBefore(source, event.seq, event.source, cpu),
        toSeq: firstEntryAfter(source, event.seq, event.source),
      });
    } else if (event.kind === 'trace.buffer_counted' && event.payload.kept < event.payload.written)
      losses.push({ fromSeq: event.seq, toSeq: firstEntryAfter(source, event.seq, event.source) });
  }
  return losses;
}

/** A line without a time stands where it was read, which need not be where the entry behind it is. */
function firstEntryAfter(source: BootSource, seq: number, wanted: number | null): number {
  for (let at = seq + 1; at <= source.eventCount; at++) {
    const event = source.eventAt(at);
    if (event?.source === wanted && event.t_ns !== null) return at;
  }
  return source.eventCount + 1;
}

/** Whether events may be missing after one seq and before another. */
export function isLostBetween(losses: readonly Loss[], after: number, before: number): boolean {
  return losses.some(({ fromSeq, toSeq }) => after < toSeq && fromSeq < before);
}

/** Entries of other CPUs that are looked over: where there are more, all of them count as lost around. */
const LOOKED_OVER = 2000;

/** The last entry of a CPU before a seq: what was lost comes after it. */
function lastEntryBefore(source: BootSource, seq: number, wanted: number | null, cpu: number): number {
  const last = Math.max(0, seq - LOOKED_OVER);
  for (let at = seq - 1; at > last; at--) {
    const event = source.eventAt(at);
    if (event?.source !== wanted || event.t_ns === null) continue;
    if (Number(/\[(\d+)\]/.exec(event.context ?? '')?.[1]) === cpu) return at;
  }
  return last;
}
