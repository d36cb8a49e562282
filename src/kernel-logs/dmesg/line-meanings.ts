import {
  CLOSE_BRACKET,
  COLON,
  type Cursor,
  decodeText,
  Literal,
  OPEN_BRACKET,
  SPACE,
  TAB,
} from '../ascii.ts';
import type { BootTracker } from '../boot-tracker.ts';
import { ByteTable } from '../byte-table.ts';
import { isDigit } from '../digits.ts';
import type { EventSink, LinePlace } from '../event-sink.ts';
import { RECOGNISERS } from './all-recognisers.ts';
import type { OpenReport } from './open-report.ts';
import type { Recogniser } from './recogniser.ts';
import type { Recognition } from './recognition.ts';

function beginsKnown(beginnings: Uint8Array, bytes: Uint8Array, at: number): boolean {
  return beginnings[((bytes[at] as number) << 8) | (bytes[at + 1] as number)] === 1;
}

type Candidates = readonly Recogniser[] | undefined;

function byFirstWord(place: 'line' | 'text'): ReadonlyMap<string, readonly Recogniser[]> {
  const found = new Map<string, Recogniser[]>();
  for (const recogniser of RECOGNISERS) {
    if ((recogniser.place ?? 'line') !== place) continue;
    const sameWord = found.get(recogniser.firstWord);
    if (sameWord === undefined) found.set(recogniser.firstWord, [recogniser]);
    else sameWord.push(recogniser);
  }
  return found;
}

const BY_LINE = byFirstWord('line');
const BY_TEXT = byFirstWord('text');

/** The first two bytes of words that are looked up: most lines are dismissed by these alone. */
function beginningsOf(words: Iterable<string>): Uint8Array {
  const beginnings = new Uint8Array(0x1_0000);
  for (const word of words) beginnings[(word.charCodeAt(0) << 8) | word.charCodeAt(1)] = 1;
  return beginnings;
}

const LINE_BEGINNINGS = beginningsOf(BY_LINE.keys());
const TEXT_BEGINNINGS = beginningsOf(BY_TEXT.keys());
const BY_END = RECOGNISERS.filter(({ place }) => place === 'end').map((recogniser) => ({
  end: new Literal(recogniser.firstWord),
  lastByte: recogniser.firstWord.charCodeAt(recogniser.firstWord.length - 1),
  candidates: [recogniser],
}));

/**
 * Where the text begins behind what dynamic debug puts before it (`[tid] `, `module:function:line: `: the flags t, m, f
 * and l; lib/dynamic_debug.c __dynamic_emit_prefix); `start` where it put nothing. A lone word is taken for a function
 * where it has an underscore, as nearly all have.
 */
function afterDebugPrefix(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  if (bytes[at] === OPEN_BRACKET) {
    do at++;
    while (at < end && isDigit(bytes[at]));
    if (at === start + 1 || bytes[at] !== CLOSE_BRACKET || bytes[at + 1] !== SPACE) return start;
    at += 2;
  }
  const wordStart = at;
  const last = Math.min(end - 1, at + LONGEST_PREFIX);
  let isFunction = false;
  for (; at < last; at++) {
    const part = WORD_PARTS[bytes[at] as number];
    if (part === 0) break;
    if (bytes[at] === COLON && bytes[at + 1] === SPACE) return isFunction ? at + 2 : wordStart;
    isFunction ||= part === 2;
  }
  return wordStart;
}

/** Bytes of what dynamic debug puts before a text; 2 for those that tell a function from any other word. */
const WORD_PARTS = new Uint8Array(256);
for (const letter of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.')
  WORD_PARTS[letter.charCodeAt(0)] = 1;
for (const letter of ':_') WORD_PARTS[letter.charCodeAt(0)] = 2;

/** Longest word that is looked up, and furthest that a prefix such as `driver device: ` may reach. */
const LONGEST_WORD = 32;
const LONGEST_PREFIX = 96;

/** Reports that may be open at a time; a flood must not pile up. */
const OPEN_MAX = 32;

/** Lines of one report come one after another, even on a slow console. */
const LONGEST_GAP_NS = 1_000_000_000;

/** What is to be told, in the order of the lines: what a line means, or a report that may go on. */
interface Held {
  readonly place: LinePlace;
  readonly cause: number;
  readonly tell: (recognition: Recognition) => void;
  /** The report that lines may still be part of; null when there is nothing to wait for. */
  report: OpenReport | null;
  /** Lines of others since the last one of the report, and when that came. */
  age: number;
  lastNs: number;
}

/**
 * Says what lines mean. A report of several lines is told when it is over, and what follows it meanwhile waits, so
 * that events come in the order of the lines that they began with.
 */
export class LineMeanings {
  private readonly sink: EventSink;
  private readonly tracker: BootTracker;
  private readonly cursor: Cursor;
  private readonly firstWords = new ByteTable<Candidates>((text) => BY_LINE.get(text));
  private readonly textWords = new ByteTable<Candidates>((text) => BY_TEXT.get(text));
  private readonly onJoined: ((cause: number, first: number) => void) | undefined;
  private held: Held[] = [];
  private openCount = 0;
  /** Nothing is made of the line that is read. */
  private isAskedOnly = false;

  /** `onJoined` is told of each line that goes on with a report: its cause, and that of the line which began it. */
  constructor(
    sink: EventSink,
    tracker: BootTracker,
    cursor: Cursor,
    onJoined?: (cause: number, first: number) => void,
  ) {
    this.sink = sink;
    this.tracker = tracker;
    this.cursor = cursor;
    this.onJoined = onJoined;
  }

  /**
   * Reads the text `[start, end)` of the cursor's buffer, which became the event `cause`. Says whether it means
   * something, or is part of a report.
   */
  read(start: number, textEnd: number, cause: number): boolean {
    const end = this.endOfText(start, textEnd);
    return this.openCount > 0 ? this.readAmongReports(start, end, cause) : this.readAlone(start, end, cause);
  }

  /** Whether a line would mean something, or may go on with a report; makes nothing of it. */
  mayKnow(start: number, textEnd: number): boolean {
    return this.openCount > 0 || this.knows(start, textEnd);
  }

  /** Terminals and their logs fill lines up with blanks. */
  private endOfText(start: number, lineEnd: number): number {
    const { bytes } = this.cursor;
    let end = lineEnd;
    while (end > start && bytes[end - 1] === SPACE) end--;
    return end;
  }

  /** Whether a line would mean something by itself. */
  knows(start: number, textEnd: number): boolean {
    this.isAskedOnly = true;
    const isKnown = this.readAlone(start, this.endOfText(start, textEnd), Number.NaN);
    this.isAskedOnly = false;
    return isKnown;
  }

  private readAlone(start: number, end: number, cause: number): boolean {
    if (this.readText(start, end, cause)) return true;
    const after = afterDebugPrefix(this.cursor.bytes, start, end);
    return after > start && this.readText(after, end, cause);
  }

  private readText(start: number, end: number, cause: number): boolean {
    const { bytes } = this.cursor;
    if (beginsKnown(LINE_BEGINNINGS, bytes, start)) {
      const candidates = this.candidates(this.firstWords, start, end);
      if (candidates !== undefined && this.tryEach(candidates, start, end, cause)) return true;
    }
    const textStart = this.textAfterPrefix(start, Math.min(end, start + LONGEST_PREFIX));
    if (textStart > 0 && beginsKnown(TEXT_BEGINNINGS, bytes, textStart)) {
      const candidates = this.candidates(this.textWords, textStart, end);
      if (candidates !== undefined && this.tryEach(candidates, start, end, cause)) return true;
    }
    const lastByte = bytes[end - 1];
    for (const { end: literal, lastByte: wanted, candidates } of BY_END) {
      if (lastByte !== wanted || end - literal.length < start) continue;
      if (!this.cursor.standsAt(literal, end - literal.length)) continue;
      if (this.tryEach(candidates, start, end, cause)) return true;
    }
    return false;
  }

  /** Those that look for the word that begins at a position. */
  private candidates(words: ByteTable<Candidates>, start: number, end: number): Candidates {
    const { bytes } = this.cursor;
    const last = Math.min(end, start + LONGEST_WORD + 1);
    let wordEnd = start;
    while (wordEnd < last && bytes[wordEnd] !== SPACE && bytes[wordEnd] !== COLON) wordEnd++;
    return wordEnd - start > LONGEST_WORD ? undefined : words.get(this.cursor, start, wordEnd);
  }

  /** Tells what still waits: no line comes any more. */
  finish(): void {
    for (const held of this.held) held.report = null;
    this.tellHeld();
  }

  /** Where the text after the first `: ` begins; 0 when there is none. */
  private textAfterPrefix(from: number, end: number): number {
    const { bytes } = this.cursor;
    for (let at = from; at + 2 < end; at++) {
      if (bytes[at] !== COLON || bytes[at + 1] !== SPACE) continue;
      at += 2;
      while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
      return at;
    }
    return 0;
  }

  private tryEach(candidates: readonly Recogniser[], start: number, end: number, cause: number): boolean {
    const text = decodeText(this.cursor.bytes, start, end);
    for (const recogniser of candidates) {
      const match = recogniser.pattern.exec(text);
      if (match === null) continue;
      if (this.isAskedOnly) return true;
      if ('begin' in recogniser) this.open(recogniser.begin(match), cause);
      else if (this.held.length === 0) recogniser.recognise(match, this.recognition(cause));
      else this.hold(cause, (recognition) => recogniser.recognise(match, recognition), null);
      return true;
    }
    return false;
  }

  private recognition(cause: number): Recognition {
    return { sink: this.sink, tracker: this.tracker, cause };
  }

  private hold(cause: number, tell: Held['tell'], report: OpenReport | null): void {
    const { place } = this.sink;
    this.held.push({ place, cause, tell, report, age: 0, lastNs: place.tNs });
  }

  private open(report: OpenReport, cause: number): void {
    if (report.isOver() && this.held.length === 0) {
      report.tell(this.recognition(cause));
      return;
    }
    this.hold(cause, report.tell, report.isOver() ? null : report);
    this.openCount = this.held.reduce((count, held) => count + (held.report === null ? 0 : 1), 0);
    if (this.openCount > OPEN_MAX) {
      for (const held of this.held) {
        if (held.report === null) continue;
        held.report = null;
        break;
      }
      this.tellHeld();
    }
  }

  /** Offers a line to the reports that are open, oldest first; what none takes means something of its own. */
  private readAmongReports(start: number, end: number, cause: number): boolean {
    const text = decodeText(this.cursor.bytes, start, end);
    const { context, tNs } = this.sink.place;
    let isTaken = false;
    for (const held of this.held) {
      if (held.report === null) continue;
      if (tNs - held.lastNs > LONGEST_GAP_NS) {
        held.report = null;
        continue;
      }
      const isTimed = !Number.isNaN(tNs) || Number.isNaN(held.place.tNs);
      if (!held.report.take(text, context === held.place.context, isTimed)) continue;
      isTaken = true;
      this.onJoined?.(cause, held.cause);
      held.age = 0;
      held.lastNs = tNs;
      break;
    }
    // A line of one report says nothing of how long the others go on.
    for (const held of this.held) {
      if (held.report === null) continue;
      if (!isTaken) held.age++;
      if (held.report.isOver() || held.age > held.report.patience) held.report = null;
    }
    const isKnown = isTaken || this.readAlone(start, end, cause);
    this.tellHeld();
    return isKnown;
  }

  /** Tells what waits for no report any more. */
  private tellHeld(): void {
    const { place } = this.sink;
    let told = 0;
    for (const { report, place: of, cause, tell } of this.held) {
      if (report !== null) break;
      this.sink.startLine(of.source, of.line, of.tNs, of.context);
      tell(this.recognition(cause));
      told++;
    }
    if (told > 0) {
      this.held = this.held.slice(told);
      this.sink.startLine(place.source, place.line, place.tNs, place.context);
    }
    this.openCount = this.held.reduce((count, held) => count + (held.report === null ? 0 : 1), 0);
  }
}
