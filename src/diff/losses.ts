import type { BootEvent } from '../events/catalog.ts';
import type { BootSource } from './boot-source.ts';

/**
 * Where a trace lost events, or was not switched on: anything that a tracepoint tells may have happened between the two,
 * and nobody saw it.
 */
export interface Loss {
  readonly fromSeq: number;
  readonly toSeq: number;
  /** The trace was not on, which the kernel log shows. */
  readonly isOff?: true;
}

const LOSS_KINDS: ReadonlySet<string> = new Set(['trace.events_lost', 'trace.buffer_counted']);

type LossEvent = Extract<BootEvent, { kind: 'trace.events_lost' | 'trace.buffer_counted' }>;

/** The events by which a trace says that it has lost others; the header of a buffer counts where entries are missing. */
export function* lossEvents(source: Pick<BootSource, 'eventsOfKinds'>): Generator<LossEvent> {
  for (const event of source.eventsOfKinds(LOSS_KINDS)) {
    if (event.kind === 'trace.events_lost') yield event;
    else if (event.kind === 'trace.buffer_counted' && event.payload.kept < event.payload.written) yield event;
  }
}

/**
 * The losses of a boot. A ring buffer that overran has lost its oldest entries, so that they lie between the header and
 * the first that is left (kernel/trace/ring_buffer.c, RB_FL_OVERWRITE, the default); a line in between tells that a
 * reader was too slow for the buffer of a CPU, and stands before the first entry of that CPU that is left.
 */
export function lossesOf(source: BootSource): Loss[] {
  const losses: Loss[] = unseenBesideLog(source);
  for (const event of lossEvents(source)) {
    if (event.kind === 'trace.events_lost') {
      const { cpu } = event.payload;
      losses.push({
        fromSeq: lastEntryBefore(source, event.seq, event.source, cpu),
        toSeq: firstEntryAfter(source, event.seq, event.source),
      });
    } else {
      losses.push({ fromSeq: event.seq, toSeq: firstEntryAfter(source, event.seq, event.source) });
    }
  }
  return losses;
}

/** Kinds of which a tracepoint tells of a processor's start and stop. */
const TRACED: ReadonlySet<string> = new Set([
  'smc.requested',
  'mapping.created',
  'mapping.removed',
  'smmu.device_attached',
  'remoteproc.signalled',
  'trace.hit',
]);

const TOLD_BY_LOG: ReadonlySet<string> = new Set(['boot.property_told', 'remoteproc.state_changed']);

/**
 * What a kernel log tells and no trace could have missed: qcom_scm asks the firmware for its convention by calls
 * (qcom_scm_probe), a processor comes up and is stopped by calls (qcom_pas_start, qcom_pas_stop). Where a trace has
 * nothing of that it was switched on later, or off by then.
 */
function unseenBesideLog(source: BootSource): Loss[] {
  const { isTrace } = source;
  if (isTrace === undefined) return [];
  const isEntry = (event: BootEvent | undefined) =>
    event !== undefined && event.source !== null && event.t_ns !== null && isTrace(event.source);
  const first = firstOf(source.eventsOfKinds(TRACED), isEntry)?.seq;
  if (first === undefined) return [];
  const unseen: Loss[] = [];
  const lastState = new Map<string, number>();
  const running = new Map<string, number>();
  // Only a stop asks for them: a trace without a log need not be read for that.
  let calls: ReturnType<typeof tracedCalls> | undefined;
  const callsOf = (name: string) => {
    calls ??= tracedCalls(source, isEntry);
    return calls.get(name);
  };
  for (const event of source.eventsOfKinds(TOLD_BY_LOG)) {
    if (isEntry(event)) continue;
    if (event.kind === 'boot.property_told') {
      if (event.payload.property === 'scm_convention' && event.seq < first)
        unseen.push({ fromSeq: 0, toSeq: first, isOff: true });
    } else if (event.kind === 'remoteproc.state_changed') {
      const { name, state } = event.payload;
      const from = lastState.get(name);
      lastState.set(name, event.seq);
      if (state === 'running') running.set(name, event.seq);
      if (from === undefined || (state !== 'running' && state !== 'offline')) continue;
      const before = lastEntry(source, event.seq, isEntry);
      if (before < from || (state === 'offline' && isStopUnseen(callsOf(name), running.get(name), event.seq)))
        unseen.push({ fromSeq: before, toSeq: nextEntry(source, event.seq, isEntry), isOff: true });
    }
  }
  return unseen;
}

type IsEntry = (event: BootEvent | undefined) => boolean;

/** The calls about each remote processor that a trace has. */
function tracedCalls(source: BootSource, isEntry: IsEntry): ReadonlyMap<string, readonly number[]> {
  const calls = new Map<string, number[]>();
  for (const event of source.eventsOfKinds(new Set(['smc.requested']))) {
    if (event.subject === null || event.subject === 'scm' || !isEntry(event)) continue;
    const seqs = calls.get(event.subject);
    if (seqs === undefined) calls.set(event.subject, [event.seq]);
    else seqs.push(event.seq);
  }
  return calls;
}

/** Whether a processor that ran stopped without a call, of which the trace has others: a stop always takes one. */
function isStopUnseen(calls: readonly number[] | undefined, from: number | undefined, to: number): boolean {
  return calls !== undefined && from !== undefined && !calls.some((seq) => seq > from && seq < to);
}

function firstOf<Item>(items: Iterable<Item>, isWanted: (item: Item) => boolean): Item | undefined {
  for (const item of items) if (isWanted(item)) return item;
  return undefined;
}

function lastEntry(source: BootSource, seq: number, isEntry: IsEntry): number {
  let at = seq - 1;
  while (at > 0 && !isEntry(source.eventAt(at))) at--;
  return at;
}

function nextEntry(source: BootSource, seq: number, isEntry: IsEntry): number {
  let at = seq + 1;
  while (at <= source.eventCount && !isEntry(source.eventAt(at))) at++;
  return at;
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
