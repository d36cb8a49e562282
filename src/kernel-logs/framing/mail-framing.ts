import { decodeBytewise } from '../ascii.ts';
import { FramedLine, type Framing } from './framed-line.ts';
import { goesOnAt, joinedAt } from './hard-wrap.ts';
import { JOURNAL_WRAPPERS } from './line-wrappers.ts';
import { goesOn, isDated, isStamped, joined, unquoted } from './mail-wrap.ts';
import { PlainFraming } from './plain-framing.ts';
import { WrappedFraming } from './wrapped-framing.ts';

/** Lines that one may have been broken into: a list of modules has more than any other. */
const MOST_PIECES = 40;

/** U+00A0 in UTF-8, a character for each byte. */
const HARD_BLANK = '\u00c2\u00a0';

/** A line that may go on, and those that it was broken into. */
interface OpenLine {
  readonly line: number;
  /** The last of its lines, by whose length it is known whether the next goes on. */
  last: string;
  text: string;
  /** Letters of it that were joined. */
  joinedLength: number;
  readonly pieces: { readonly line: number; readonly text: string }[];
}

function opened(text: string, line: number): OpenLine {
  return { line, last: text, text, joinedLength: 0, pieces: [] };
}

/**
 * The kernel log as it comes out of a mail whose long lines were broken, or off a terminal that cut them: what goes on is
 * joined to the line that it was broken off, and stands on its own line as a note of whoever recorded the log.
 */
export class MailFraming implements Framing {
  private readonly plain = new PlainFraming();
  private readonly journal = new WrappedFraming({ wrappers: JOURNAL_WRAPPERS });
  private readonly note = new FramedLine();
  private readonly cutWidth: number | undefined;
  private readonly linesAhead: (() => Iterable<string | undefined>) | undefined;
  private open: OpenLine | undefined;
  /** So many of the next lines were joined to one that has been told. */
  private toldAhead = 0;

  /**
   * `cutWidth`: the width at which lines were cut; a mail program breaks them at a blank. `linesAhead`: what follows the
   * line that is read, undefined for what is no part of a log; without it, a message is told when a line after it has come.
   */
  constructor(cutWidth?: number, linesAhead?: () => Iterable<string | undefined>) {
    this.cutWidth = cutWidth;
    this.linesAhead = linesAhead;
  }

  read(
    bytes: Uint8Array,
    start: number,
    end: number,
    line: number,
    visit: (framed: FramedLine) => void,
  ): void {
    // Mail programs make blanks hard: no kernel prints those.
    const text = decodeBytewise(bytes, start, end).replaceAll(HARD_BLANK, ' ');
    if (this.toldAhead > 0) {
      this.toldAhead--;
      this.tellPiece({ line, text: unquoted(text) }, visit);
      return;
    }
    const { open } = this;
    if (open !== undefined && this.goesOn(open, text)) {
      this.join(open, text, line);
      return;
    }
    this.finish(visit);
    if (isStamped(text)) this.begin(text, line, visit);
    else this.plain.read(bytes, start, end, line, visit);
  }

  /** Tells a message at once where it is known how it goes on: only then can a boot begin with it. */
  private begin(text: string, line: number, visit: (framed: FramedLine) => void): void {
    const open = opened(text, line);
    for (const next of this.linesAhead?.() ?? []) {
      const follows = next?.replaceAll(HARD_BLANK, ' ');
      if (follows !== undefined && this.goesOn(open, follows)) {
        this.join(open, follows, line + open.pieces.length + 1);
        continue;
      }
      this.toldAhead = open.pieces.length;
      this.tellMessage(open, visit);
      return;
    }
    this.open = opened(text, line);
  }

  private join(open: OpenLine, text: string, line: number): void {
    const whole = this.joined(open, text);
    open.joinedLength += whole.length - open.text.length;
    open.text = whole;
    open.last = text;
    open.pieces.push({ line, text: unquoted(text) });
  }

  private goesOn({ last: before, pieces }: OpenLine, line: string): boolean {
    if (pieces.length >= MOST_PIECES) return false;
    return this.cutWidth === undefined ? goesOn(before, line) : goesOnAt(this.cutWidth, before, line);
  }

  private joined({ text, last }: OpenLine, line: string): string {
    return this.cutWidth === undefined ? joined(text, line) : joinedAt(this.cutWidth, text, last, line);
  }

  timeOf(bytes: Uint8Array, start: number, end: number): number {
    return this.framingOf(decodeBytewise(bytes, start, end)).timeOf(bytes, start, end);
  }

  startBoot(): void {
    this.plain.startBoot();
    this.journal.startBoot();
  }

  takeAnchor() {
    return this.plain.takeAnchor() ?? this.journal.takeAnchor();
  }

  private framingOf(text: string): Framing {
    return isDated(text) ? this.journal : this.plain;
  }

  finish(visit: (framed: FramedLine) => void): void {
    const { open } = this;
    if (open === undefined) return;
    this.open = undefined;
    this.tellMessage(open, visit);
    for (const piece of open.pieces) this.tellPiece(piece, visit);
  }

  private tellMessage(open: OpenLine, visit: (framed: FramedLine) => void): void {
    const bytes = bytesOf(unquoted(open.text));
    this.framingOf(open.text).read(bytes, 0, bytes.length, open.line, (framed) => {
      framed.line = open.line;
      if (open.pieces.length > 0) framed.brokenAt = bytes.length - open.joinedLength;
      visit(framed);
    });
  }

  private tellPiece(piece: OpenLine['pieces'][number], visit: (framed: FramedLine) => void): void {
    const { note } = this;
    const bytes = bytesOf(piece.text);
    note.reset(bytes, 0, bytes.length);
    note.line = piece.line;
    note.voice = 'recorder';
    visit(note);
  }
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
