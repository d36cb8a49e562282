import { CARRIAGE_RETURN, Cursor, decodeText, NEWLINE } from '../ascii.ts';
import type { FramedLine, Framing } from '../framing/framed-line.ts';
import { hashOfText, type KnownLines } from './known-lines.ts';

/** What follows the line that is being read, for whoever has to know how a source goes on. */
export interface Ahead {
  readonly bytes: () => Uint8Array;
  /** Makes what reads it; the framing of the source itself remembers what it has read. */
  readonly framing: () => Framing;
}

/** A line of the kernel, with its own time where it has one. */
interface TimedLine {
  readonly tNs: number;
  readonly hash: number;
}

/** Lines after a pair in which others would have to stand twice. */
const LINES_BESIDE_PAIR = 24;
/** So many pairs have to stand together where no stamp tells what is printed twice from what is said twice. */
const FEWEST_BARE_PAIRS = 4;
/** Lines with a time above zero that a replay is held to. */
const LINES_OF_REPLAY = 64;
/** As many have to be the same to the microsecond, unless a console has just been enabled: then one will do. */
const FEWEST_OF_REPLAY = 3;
/** The clock starts with its registration, and what is printed within its first ticks is so in every boot (model assumption). */
const FIRST_TICKS_NS = 10_000;
/** From here on no two boots print a line at the same microsecond but by chance (model assumption). */
const OWN_TIME_NS = 1_000_000;
/** Lines with which a boot begins, of which one is its entry. */
const LINES_OF_ENTRY = 2;
/** Two boots that begin with the same line do not at the same time: by so much of their length parts may stand out. */
const OVERHANG = 0.2;
/** No clock of a kernel steps back so far. */
export const FAR_BACK_NS = 10_000_000;
const ENTRY = /^Booting Linux on physical CPU/;

/**
 * Whether the lines around a pair of one record are pairs as well: two consoles print each record on one line. What a
 * kernel really printed twice within a microsecond stands alone among lines that it printed once, or many times.
 */
export function standInPairs(ahead: Ahead | undefined, line: TimedLine): boolean {
  return pairsAhead(ahead, line, 'stamped') >= 2;
}

/** The same where no line has a stamp. `opensKernel`: no boot is so short that its entry is followed by another. */
export function standInBarePairs(ahead: Ahead | undefined, line: TimedLine, opensKernel: boolean): boolean {
  return pairsAhead(ahead, line, 'bare') >= (opensKernel ? 2 : FEWEST_BARE_PAIRS);
}

/** Pairs that a line and those after it are, where most of them are; else 0. */
function pairsAhead(ahead: Ahead | undefined, line: TimedLine, sort: 'stamped' | 'bare'): number {
  const counts = new Map<string, number>([[keyOf(line), 2]]);
  let count = 0;
  let last = keyOf(line);
  for (const timed of linesAhead(ahead, sort)) {
    last = keyOf(timed);
    counts.set(last, (counts.get(last) ?? 0) + 1);
    if (++count === LINES_BESIDE_PAIR) break;
  }
  // The second of the last pair may be further on.
  if (counts.get(last) === 1) counts.delete(last);
  const pairs = [...counts.values()].filter((times) => times === 2).length;
  return pairs * 2 > counts.size ? pairs : 0;
}

export type Verdict = 'replayed' | 'new' | 'unknown';

/**
 * Whether a line that is known, and those after it, are the lines from there on printed once more. A replay has the same
 * stamps. Another boot of the same kernel prints the same texts, all of them at zero for a while, but no clock repeats
 * itself to the microsecond: what tells is a text that comes at another time.
 */
export function judgeReplay(
  ahead: Ahead | undefined,
  line: TimedLine,
  known: KnownLines,
  latestNs: number,
  isAfterHandover: boolean,
): Verdict {
  const texts = known.texts();
  const news = new Set<string>();
  let same = line.tNs > FIRST_TICKS_NS ? 1 : 0;
  let hasOwnTime = line.tNs >= OWN_TIME_NS;
  let otherTime = 0;
  let strange = 0;
  let count = 0;
  for (const timed of linesAhead(ahead, 'stamped')) {
    const { tNs, hash } = timed;
    if (tNs === 0) continue;
    if (known.find(tNs, hash) || news.has(keyOf(timed))) {
      if (tNs <= FIRST_TICKS_NS) continue;
      same++;
      hasOwnTime ||= tNs >= OWN_TIME_NS;
    } else if (tNs > latestNs) {
      news.add(keyOf(timed));
      if (news.size > LINES_OF_REPLAY) break;
      continue;
    } else if (texts.has(hash)) otherTime++;
    else strange++;
    if (++count === LINES_OF_REPLAY) break;
  }
  if (same + otherTime + strange === 0) return 'unknown';
  const isEnough = same >= (isAfterHandover && hasOwnTime ? 1 : FEWEST_OF_REPLAY);
  return isEnough && otherTime * 4 <= same && strange <= same ? 'replayed' : 'new';
}

/** As many texts have to come at another time before they prove another boot. */
const FEWEST_OF_OTHER_BOOT = 2;

/**
 * Whether the stamps of two boots overlap: where a log steps back in time, texts that came once before and come once from
 * here on, at times that lie within both parts, are of two boots. Whoever picked lines of one boot by what they say, and once
 * more by something else, got the very same records where the text is the same.
 */
export function stepsToOtherBoot(ahead: Ahead | undefined, line: TimedLine, known: KnownLines): boolean {
  const times = new Map<number, number>([[line.hash, line.tNs]]);
  let earliestNs = line.tNs;
  let latestNs = line.tNs;
  let count = 0;
  for (const { tNs, hash } of linesAhead(ahead, 'stamped')) {
    if (known.find(tNs, hash)) return false;
    // Where it steps back once more, the next part begins.
    if (tNs < latestNs - FAR_BACK_NS) break;
    times.set(hash, times.has(hash) ? Number.NaN : tNs);
    earliestNs = Math.min(earliestNs, tNs);
    latestNs = Math.max(latestNs, tNs);
    if (++count === LINES_OF_REPLAY) break;
  }
  const before = known.timesOfTexts();
  const told = [...before.values()].filter((tNs) => tNs >= 0);
  const [firstNs, lastNs] = told.reduce(
    ([first, last], tNs) => [Math.min(first, tNs), Math.max(last, tNs)] as const,
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const,
  );
  const isNear = (tNs: number, from: number, to: number) =>
    tNs >= from - (to - from) * OVERHANG && tNs <= to + (to - from) * OVERHANG;
  let others = 0;
  for (const [hash, tNs] of times) {
    const beforeNs = before.get(hash) ?? Number.NaN;
    if (isNear(tNs, firstNs, lastNs) && isNear(beforeNs, earliestNs, latestNs)) others++;
  }
  return others >= FEWEST_OF_OTHER_BOOT;
}

function keyOf({ tNs, hash }: TimedLine): string {
  return `${tNs} ${hash}`;
}

/** Tells a framing that the kernel has spoken, so that what has no stamp is not taken for what a firmware says. */
const KERNEL_SPEAKS = new TextEncoder().encode('Booting Linux on physical CPU 0x0');

/** The kernel's lines that follow, with stamps or those without, up to what another boot begins with. */
function* linesAhead(ahead: Ahead | undefined, sort: 'stamped' | 'bare'): Generator<TimedLine> {
  if (ahead === undefined) return;
  const bytes = ahead.bytes();
  const framing = ahead.framing();
  if (sort === 'bare') framing.read(KERNEL_SPEAKS, 0, KERNEL_SPEAKS.length, 0, () => {});
  const cursor = new Cursor();
  let isOver = false;
  let seen = 0;
  let found: TimedLine[] = [];
  const take = ({ bytes: of, textStart, textEnd, tNs, voice, startsBoot, hasKernelTime }: FramedLine) => {
    isOver ||= startsBoot;
    if (isOver || voice !== 'linux' || textStart === textEnd) return;
    // The entry may stand twice at once.
    isOver =
      ++seen > LINES_OF_ENTRY && ENTRY.test(decodeText(of, textStart, Math.min(textEnd, textStart + 40)));
    if (isOver || (sort === 'stamped' ? !hasKernelTime : !Number.isNaN(tNs))) return;
    cursor.reset(of, textStart, textEnd);
    found.push({ tNs, hash: hashOfText(cursor, textStart, textEnd) });
  };
  let number = 0;
  for (let start = 0; !isOver; ) {
    // A line that is cut off here says nothing.
    const end = bytes.indexOf(NEWLINE, start);
    if (end < 0) return;
    const textEnd = end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
    framing.read(bytes, start, textEnd, ++number, take);
    start = end + 1;
    yield* found;
    found = [];
  }
}
