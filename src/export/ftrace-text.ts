import type { BootEvent } from '../events/catalog.ts';
import { CallTasks } from './call-tasks.ts';
import { CarriageOfBoot } from './carriage.ts';
import { renderFtraceEvent } from './ftrace-events.ts';
import { type FtraceFrame, FtraceFrames, renderFtraceEntry, renderFtraceHeader } from './ftrace-frame.ts';
import type { SelectedEvent, TextPiece } from './selected-event.ts';
import { interruptMask, renderInterrupts, renderSignal, Smp2pWords } from './smp2p-words.ts';

interface FtraceLine {
  /** The event that the line shows, or the last of them. */
  last: BootEvent;
  /** Undefined for a line without task and time. */
  readonly frame: FtraceFrame | undefined;
  text: string;
  isWanted: boolean;
  /** Bits of all interrupts that the line shows. */
  status: number;
}

/**
 * Events as the `trace` file of tracefs, header first. It needs the events twice, because the header counts
 * what follows: `open` begins anew at each call. Nothing is yielded when no event has a line.
 *
 * Lost are times below a microsecond, the fields that `CARRIAGE` names, who answered a call, the offset and
 * size of probed functions, and the events that no line or consequence of one stands for.
 */
export function* ftraceText(open: () => Iterable<SelectedEvent>, limit?: number): Generator<string> {
  for (const { text } of ftracePieces(open, limit)) yield text;
}

/** The same, each piece with the event that it shows, or the last of them; none for the header. */
export function* ftracePieces(
  open: () => Iterable<SelectedEvent>,
  limit = Number.POSITIVE_INFINITY,
): Generator<TextPiece> {
  let entryCount = 0;
  let lineCount = 0;
  let lostCount = 0;
  let cpuCount = 1;
  let hasFlags = false;
  let hasThreadGroup = false;
  for (const { last, frame } of ftraceLines(open())) {
    if (last.kind === 'trace.buffer_counted') {
      lostCount += last.payload.written - last.payload.kept;
      continue;
    }
    if (lineCount >= limit) break;
    lineCount++;
    if (frame === undefined) continue;
    entryCount++;
    cpuCount = Math.max(cpuCount, frame.cpu + 1);
    hasFlags ||= frame.hasFlags;
    hasThreadGroup ||= frame.hasThreadGroup;
  }
  if (lineCount === 0) return;
  const header = renderFtraceHeader({ entryCount, lostCount, cpuCount, hasFlags, hasThreadGroup });
  yield { shown: null, text: header };
  for (const { last, frame, text } of ftraceLines(open())) {
    if (last.kind === 'trace.buffer_counted') continue;
    if (lineCount-- === 0) return;
    const entry = frame === undefined ? text : renderFtraceEntry(frame, last.t_ns ?? 0, text);
    yield { shown: last, text: `${entry}\n` };
  }
}

/**
 * The wanted lines of a trace. A line is held back until the next one begins: further interrupts may join it,
 * and it is wanted as well when something that follows from it is.
 */
function* ftraceLines(events: Iterable<SelectedEvent>): Generator<FtraceLine> {
  const carriage = new CarriageOfBoot();
  const words = new Smp2pWords();
  const tasks = new CallTasks(new FtraceFrames());
  const begun = new Set<number | null>();
  let held: FtraceLine | undefined;
  for (const { event, isWanted } of events) {
    words.observe(event);
    const carried = carriage.next(event);
    if (carried?.format !== 'ftrace') continue;
    if (carried.as === 'consequence') {
      if (held !== undefined && held.last.seq === event.cause) held.isWanted ||= isWanted;
      continue;
    }
    if (event.kind === 'trace.commented' && event.payload.text.startsWith('#') && !begun.has(event.source)) {
      // A header, for which ours stands.
      continue;
    }
    if (held !== undefined && joins(event, held)) {
      addInterrupt(held, event, words);
      held.isWanted ||= isWanted;
      continue;
    }
    if (held?.isWanted) yield held;
    held = beginLine(event, isWanted, tasks, words);
    if (held.frame !== undefined) begun.add(event.source);
  }
  if (held?.isWanted) yield held;
}

function beginLine(event: BootEvent, isWanted: boolean, tasks: CallTasks, words: Smp2pWords): FtraceLine {
  const line: FtraceLine = { last: event, frame: undefined, text: '', isWanted, status: 0 };
  switch (event.kind) {
    case 'trace.commented':
      line.text = event.payload.text;
      return line;
    case 'trace.events_lost': {
      const { cpu, count } = event.payload;
      line.text = `CPU:${cpu} [LOST ${count === null ? '' : `${count} `}EVENTS]`;
      return line;
    }
    case 'trace.buffer_counted':
      return line;
    default: {
      const entry = { ...line, frame: tasks.frameOf(event) };
      if (event.kind === 'remoteproc.signalled') {
        entry.text = renderSignal(event.payload.name, words.signal(event.payload));
      } else if (event.kind === 'remoteproc.interrupted') {
        addInterrupt(entry, event, words);
      } else {
        entry.text = renderFtraceEvent(event) ?? '';
      }
      return entry;
    }
  }
}

type Interrupted = BootEvent & { readonly kind: 'remoteproc.interrupted' };

function addInterrupt(line: FtraceLine, event: Interrupted, words: Smp2pWords): void {
  const { name, interrupt } = event.payload;
  line.status |= interruptMask(interrupt);
  line.text = renderInterrupts(name, line.status, words.interrupt(event.payload));
  line.last = event;
}

/**
 * Whether one line shows an interrupt together with those before it: the kernel handles all bits of a word at
 * once, the lowest first.
 */
function joins(event: BootEvent, { last, status }: FtraceLine): event is Interrupted {
  return (
    event.kind === 'remoteproc.interrupted' &&
    last.kind === 'remoteproc.interrupted' &&
    event.payload.name === last.payload.name &&
    event.t_ns === last.t_ns &&
    event.context === last.context &&
    event.source === last.source &&
    event.line === last.line &&
    interruptMask(event.payload.interrupt) > status
  );
}
