import { Cursor, decodeText } from '../ascii.ts';
import type { FramedLine } from '../framing/framed-line.ts';
import { hashOfText, KnownLines } from './known-lines.ts';
import {
  type Ahead,
  FAR_BACK_NS,
  judgeReplay,
  standInBarePairs,
  standInPairs,
  stepsToOtherBoot,
} from './lines-ahead.ts';

/**
 * Lines after which a console may print the log from its beginning, and that all consoles print.
 * Source: kernel/printk/printk.c (register_console, CON_PRINTBUFFER).
 */
const HANDOVER = /console \[\w+\] (?:enabled|disabled)$/;
/** Between the lines of a handover and what the console prints again there may be so many others. */
const LINES_AFTER_HANDOVER = 3;
/** A replay that has no other proof comes within so many lines of one. */
const LINES_NEAR_HANDOVER = 64;
/** Copies come one after another, with new records and lines that were lost between them. */
const LINES_BETWEEN_COPIES = 8;
/** A console that prints beside another is so many records behind it. */
const LINES_BETWEEN_PAIR = 2;
/** Copy and record are further apart, as the other console prints new records meanwhile. */
const LINES_BETWEEN_BARE_PAIR = 2 * LINES_BETWEEN_PAIR + 1;
/** Where a replay was looked for and not found, lines that are known are no reason to look again so soon. */
const LINES_BETWEEN_LOOKS = 256;

/** A replay begins with the entry and the banner. */
const LINES_OF_ENTRY = 2;
/** Where lines without stamps were found to stand alone, they are not looked at again so soon. */
const LINES_BETWEEN_BARE_LOOKS = 8;

/** Clocks that step back all the time prove nothing. */
const MOST_LOOKS_BACK = 64;

/** A line whose kernel prints no times. */
const NO_TIME = -1;

/**
 * Finds what one source has twice because two consoles of one board print into it: each record at once, where the early
 * console is kept (`keep_bootcon`), or all that was printed before the second came, which begins with the oldest record.
 * Records are told apart by stamp and text.
 *
 * That a kernel prints the same within one microsecond does happen. A copy that is taken for a record makes a second boot
 * of one, and starts and faults that never were; a record that is taken for a copy is missing from a count, beside its
 * like, and its line says so. Still a pair is only taken for one record where the lines around it are pairs too.
 */
export class RepeatedLines {
  private readonly ahead: Ahead | undefined;
  private readonly cursor = new Cursor();
  private readonly known = new KnownLines();
  private place = 0;
  private latestNs = Number.NEGATIVE_INFINITY;
  private lastCopy = Number.NEGATIVE_INFINITY;
  private lastHandover = Number.NEGATIVE_INFINITY;
  private lastLook = Number.NEGATIVE_INFINITY;
  private looksBack = 0;
  private lastBareLook = Number.NEGATIVE_INFINITY;
  /** The line that was found to be no copy, however often it comes. */
  private refusedNs = Number.NaN;
  private refusedHash = 0;
  /** How copies come at present: each beside its record, or all from the oldest record on. */
  private mode: 'pairs' | 'replay' = 'pairs';
  /** A console prints all again, and no stamp says how far it is. */
  private isReplaying = false;
  private replayStart = Number.NEGATIVE_INFINITY;
  private hasHandoverAgain = false;
  private tNs = Number.NaN;
  /** No clock at all tells when the line was. */
  private isBare = false;
  private hash = 0;

  constructor(ahead: Ahead | undefined) {
    this.ahead = ahead;
  }

  /**
   * Event that tells of the record that a line is printed for once more; NaN where it tells of its own, and {@link told}
   * expects the event. `opensKernel`: another boot begins with the line where it is no copy.
   */
  firstOf(framed: FramedLine, opensKernel: boolean): number {
    const { bytes, textStart, textEnd, voice, level, hasKernelTime } = framed;
    this.tNs = Number.NaN;
    // No console prints the level of a line.
    if (!Number.isNaN(level)) return Number.NaN;
    if (voice !== 'linux' || (textStart === textEnd && !hasKernelTime)) return Number.NaN;
    this.cursor.reset(bytes, textStart, textEnd);
    this.hash = hashOfText(this.cursor, textStart, textEnd);
    this.tNs = hasKernelTime ? framed.tNs : NO_TIME;
    this.isBare = Number.isNaN(framed.tNs);
    this.place++;
    if (this.tNs > this.latestNs) {
      this.latestNs = this.tNs;
      this.takeNew(framed);
      return Number.NaN;
    }
    if (!this.known.find(this.tNs, this.hash)) {
      this.takeNew(framed);
      return Number.NaN;
    }
    const { seq } = this.known;
    const isHandover = isHandoverLine(framed);
    if (!this.isCopy(isHandover, opensKernel)) {
      this.takeNew(framed);
      return Number.NaN;
    }
    if (this.known.find(this.tNs, this.hash)) this.known.copied();
    if (!this.isReplaying) this.lastCopy = this.place;
    this.hasHandoverAgain ||= isHandover;
    return seq;
  }

  /** Whether the line that was asked about last, which is no copy, is from another boot, which nothing announced. */
  isOfOtherBoot(): boolean {
    if (!(this.tNs >= 0 && this.tNs < this.latestNs - FAR_BACK_NS) || this.looksBack >= MOST_LOOKS_BACK)
      return false;
    this.looksBack++;
    return stepsToOtherBoot(this.ahead, { tNs: this.tNs, hash: this.hash }, this.known);
  }

  /** The event that tells of the line. */
  told(seq: number): void {
    if (!Number.isNaN(this.tNs)) this.known.note(this.tNs, this.hash, seq, this.place);
  }

  startBoot(): void {
    this.known.clear();
    this.place = this.looksBack = 0;
    this.latestNs = this.lastCopy = this.lastHandover = this.lastLook = Number.NEGATIVE_INFINITY;
    this.replayStart = this.lastBareLook = Number.NEGATIVE_INFINITY;
    this.refusedNs = Number.NaN;
    this.isReplaying = this.hasHandoverAgain = false;
  }

  private takeNew(framed: FramedLine): void {
    const isHandover = isHandoverLine(framed);
    if (isHandover) this.lastHandover = this.place;
    // What comes behind the handover is new, and another handover was not there before.
    if (this.isReplaying && (isHandover || this.hasHandoverAgain)) this.isReplaying = false;
  }

  private isCopy(isHandover: boolean, opensKernel: boolean): boolean {
    const { tNs, hash, place } = this;
    const { isUncopied } = this.known;
    const distance = place - this.known.place;
    const isPair = distance <= LINES_BETWEEN_PAIR;
    if (this.isReplaying && place - this.replayStart < LINES_OF_ENTRY) return true;
    if (this.isBare && !this.isReplaying && distance <= LINES_BETWEEN_BARE_PAIR)
      return this.isBareCopy(isUncopied, opensKernel);
    if (!opensKernel || isPair) {
      if (this.isReplaying) return true;
      if (tNs === NO_TIME) return false;
      if (place - this.lastCopy <= LINES_BETWEEN_COPIES)
        return isUncopied || (this.mode === 'replay' && distance > LINES_BETWEEN_COPIES);
      if (isHandover && tNs > 0) return this.isNow('pairs');
      if (tNs === this.refusedNs && hash === this.refusedHash) return false;
    }
    if (isPair) {
      if (standInPairs(this.ahead, { tNs, hash })) return this.isNow('pairs');
      this.refusedNs = tNs;
      this.refusedHash = hash;
      return false;
    }
    if (!opensKernel && place - this.lastLook < LINES_BETWEEN_LOOKS) return false;
    this.lastLook = place;
    const sinceHandover = place - this.lastHandover;
    const isNear = sinceHandover <= LINES_NEAR_HANDOVER;
    const verdict = judgeReplay(this.ahead, { tNs, hash }, this.known, this.latestNs, isNear);
    if (verdict === 'replayed') return this.isNow('replay');
    if (verdict === 'new' || !opensKernel || sinceHandover > LINES_AFTER_HANDOVER + 1) return false;
    this.isReplaying = true;
    this.replayStart = place;
    this.hasHandoverAgain = false;
    return true;
  }

  /** Without stamps nothing but its place beside the other, among others that stand so, tells a copy. */
  private isBareCopy(isUncopied: boolean, opensKernel: boolean): boolean {
    const { tNs, hash, place } = this;
    if (this.mode === 'pairs' && place - this.lastCopy <= LINES_BETWEEN_COPIES) return isUncopied;
    if (!opensKernel && place - this.lastBareLook < LINES_BETWEEN_BARE_LOOKS) return false;
    this.lastBareLook = place;
    return standInBarePairs(this.ahead, { tNs, hash }, opensKernel) && this.isNow('pairs');
  }

  private isNow(mode: 'pairs' | 'replay'): true {
    this.mode = mode;
    return true;
  }
}

const CLOSE_BRACKET_TO_END = 10;
const LAST_LETTER = 0x64;

/** Most lines are dismissed by their last letter. */
function isHandoverLine({ bytes, textStart, textEnd }: FramedLine): boolean {
  return (
    bytes[textEnd - 1] === LAST_LETTER &&
    textEnd - textStart > CLOSE_BRACKET_TO_END &&
    HANDOVER.test(decodeText(bytes, textStart, textEnd))
  );
}
