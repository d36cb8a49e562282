import { CARRIAGE_RETURN, Cursor, decodeText, NEWLINE } from '../ascii.ts';
import type { FramedLine, Framing } from '../framing/framed-line.ts';
import { hashOfText, type KnownLines } from './known-lines.ts';

/** What follows the line that is being read, for whoever has to know how a source goes on. */
export interface Ahead {
  readonly bytes: () => Uint8Array;
  /** Makes what reads it; the framing of the source itself remembers what it has read. */
  readonly framing: () => Framing;
}

/** A line of the kernel with its own time. */
interface TimedLine {
  readonly tNs: number;
  readonly hash: number;
}

/** Lines after a pair in which others would have to stand twice. */
const LINES_BESIDE_PAIR = 24;
/** Lines with a time above zero that a replay is held to. */
const LINES_OF_REPLAY = 64;
/** As many have to be the same to the microsecond, unless a console has just been enabled: then one will do. */
const FEWEST_OF_REPLAY = 3;
/** Lines with which a boot begins, of which one is its entry. */
const LINES_OF_ENTRY = 2;
const ENTRY = /^Booting Linux on physical CPU/;

/**
 * Whether the lines around a pair of one record are pairs as well: two consoles print each record on one line. What a
 * kernel really printed twice within a microsecond stands alone among lines that it printed once, or many times.
 */
export function standInPairs(ahead: Ahead | undefined, line: TimedLine): boolean {
  const counts = new Map<string, number>([[keyOf(line), 2]]);
  let count = 0;
  let last = keyOf(line);
  for (const timed of linesAhead(ahead)) {
    last = keyOf(timed);
    counts.set(last, (counts.get(last) ?? 0) + 1);
    if (++count === LINES_BESIDE_PAIR) break;
  }
  // The second of the last pair may be further on.
  if (counts.get(last) === 1) counts.delete(last);
  const pairs = [...counts.values()].filter((times) => times === 2).length;
  return pairs >= 2 && pairs * 2 > counts.size;
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
  let same = line.tNs > 0 ? 1 : 0;
  let otherTime = 0;
  let strange = 0;
  let count = 0;
  for (const timed of linesAhead(ahead)) {
    const { tNs, hash } = timed;
    if (tNs === 0) continue;
    if (known.find(tNs, hash) || news.has(keyOf(timed))) same++;
    else if (tNs > latestNs) {
      news.add(keyOf(timed));
      if (news.size > LINES_OF_REPLAY) break;
      continue;
    } else if (texts.has(hash)) otherTime++;
    else strange++;
    if (++count === LINES_OF_REPLAY) break;
  }
  if (same + otherTime + strange === 0) return 'unknown';
  const isEnough = same >= (isAfterHandover ? 1 : FEWEST_OF_REPLAY);
  return isEnough && otherTime * 4 <= same && strange <= same ? 'replayed' : 'new';
}

function keyOf({ tNs, hash }: TimedLine): string {
  return `${tNs} ${hash}`;
}

/** The kernel's lines that follow, up to what another boot begins with. */
function* linesAhead(ahead: Ahead | undefined): Generator<TimedLine> {
  if (ahead === undefined) return;
  const bytes = ahead.bytes();
  const framing = ahead.framing();
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
    if (isOver || !hasKernelTime) return;
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
