import { CARRIAGE_RETURN, decodeText, NEWLINE } from './ascii.ts';
import type { FramedLine } from './framing/framed-line.ts';
import { framingOfLog } from './framing-of-log.ts';
import { SAME_CLOCK_NS } from './heard-lines.ts';
import type { LogFormat } from './log-formats.ts';

/** How far the clock of a source is behind that of another, and on how many lines that stands. */
export interface ClockOffset {
  readonly offsetNs: number;
  readonly lineCount: number;
}

/** Times of the messages that stand once at the beginning of a source. */
export interface TimedMessages {
  readonly times: ReadonlyMap<string, number>;
  /** The times are the kernel's own, and not those of a clock whose zero is only guessed. */
  readonly isKernelClock: boolean;
  /** They are the stamps of the records, whichever way the log was taken, and not when a journal got them. */
  readonly isExact: boolean;
}

/** Messages as short as this are said by many, and prove nothing. */
const SHORTEST_MESSAGE = 12;

/** So many lines have to be the same before two sources are taken for one boot's. */
const FEWEST_LINES = 3;

const FEWEST_OF_OTHER_BOOTS = 5;

/** Clocks that are nearer than this are one. */
const SMALLEST_OFFSET_NS = 1e6;

/** Reads the messages that a source begins with; undefined for a trace, which has none. */
export function timedMessages(head: Uint8Array, format: LogFormat): TimedMessages | undefined {
  const framing = framingOfLog(format, head)?.();
  if (framing === undefined) return undefined;
  const times = new Map<string, number>();
  const several = new Set<string>();
  let isExact = !format.startsWith('journal');
  const note = ({ voice, bytes, textStart, textEnd, tNs, hasKernelTime }: FramedLine) => {
    if (voice !== 'linux' || Number.isNaN(tNs)) return;
    if (!hasKernelTime) isExact = false;
    if (textEnd - textStart < SHORTEST_MESSAGE) return;
    const text = decodeText(bytes, textStart, textEnd);
    const known = times.get(text);
    if (known === undefined) times.set(text, tNs);
    // At the same time it is one record, which two consoles print.
    else if (known !== tNs) several.add(text);
  };
  let isKernelClock = true;
  let line = 0;
  for (let start = 0; ; ) {
    const end = head.indexOf(NEWLINE, start);
    if (end < 0) break;
    const textEnd = end > start && head[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
    framing.read(head, start, textEnd, ++line, note);
    if (framing.takeAnchor?.()?.isGuess === true) isKernelClock = false;
    start = end + 1;
  }
  framing.finish?.(note);
  for (const text of several) times.delete(text);
  return { times, isKernelClock, isExact };
}

/**
 * Whether two sources have the same messages at times that differ now so and now so, and both from the records: then
 * they are of two boots. At zero the messages of all boots are.
 */
export function areOfOtherBoots(one: TimedMessages, other: TimedMessages): boolean {
  if (!one.isExact || !other.isExact) return false;
  const offsets: number[] = [];
  for (const [text, tNs] of other.times) {
    const there = one.times.get(text);
    if (there !== undefined && (there > 0 || tNs > 0)) offsets.push(there - tNs);
  }
  if (offsets.length < FEWEST_OF_OTHER_BOOTS) return false;
  offsets.sort((a, b) => a - b);
  const median = offsets[offsets.length >> 1] as number;
  const near = offsets.filter((offset) => Math.abs(offset - median) <= SAME_CLOCK_NS).length;
  return near * 2 < offsets.length;
}

/** What is to be added to the times of a source so that they are those of the reference; undefined for nothing. */
export function measureOffset(reference: TimedMessages, other: TimedMessages): ClockOffset | undefined {
  const offsets: number[] = [];
  for (const [text, tNs] of other.times) {
    const there = reference.times.get(text);
    if (there !== undefined) offsets.push(there - tNs);
  }
  if (offsets.length < FEWEST_LINES) return undefined;
  offsets.sort((a, b) => a - b);
  const offsetNs = offsets[offsets.length >> 1] as number;
  return Math.abs(offsetNs) < SMALLEST_OFFSET_NS ? undefined : { offsetNs, lineCount: offsets.length };
}
