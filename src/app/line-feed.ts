import { NEWLINE } from '../kernel-logs/ascii.ts';

/** Fills a buffer from its start and returns how many bytes it got, 0 at the end. */
export type ReadBytes = (buffer: Uint8Array, offset: number) => number;

/** Receives the bytes of consumed lines; the view is stale after the call. */
export type KeepBlock = (bytes: Uint8Array, lineCount: number) => void;

/** How much is read at a time, and thereby how large the blocks are that are kept. */
const READ_BYTES = 256 * 1024;

/** How far whoever has to know how a source goes on may look. */
const LOOK_AHEAD_BYTES = 128 * 1024;

/** A line longer than this is handed out in pieces, so that a file without newlines does not fill the memory. */
const LONGEST_LINE = 256 * 1024;

/**
 * Hands out the lines of a source, one buffer after another, and passes each buffer's consumed bytes on to be
 * kept. Memory stays flat whatever the size of the source.
 */
export class LineFeed {
  bytes: Buffer = Buffer.allocUnsafeSlow(2 * READ_BYTES);
  /** The current line is `bytes[start, end)`, without its newline. */
  start = 0;
  end = 0;
  /** Number of the current line, from 1; the pieces of a long line share one. */
  line = 0;
  bytesConsumed = 0;
  private readonly read: ReadBytes;
  private readonly keep: KeepBlock;
  private filled = 0;
  private next = 0;
  private keptLines = 0;
  /** Bytes of the buffer that have been passed on. */
  private kept = 0;
  private atEnd = false;
  /** The current line ended for want of room, and goes on in the next piece. */
  private isPiece = false;

  constructor(read: ReadBytes, keep: KeepBlock) {
    this.read = read;
    this.keep = keep;
  }

  /** Moves on to the next line; false when there is none, and then everything has been kept. */
  advance(): boolean {
    let newline = this.bytes.indexOf(NEWLINE, this.next);
    while (newline < 0 || newline >= this.filled) {
      if (this.atEnd || this.filled - this.next >= LONGEST_LINE) return this.takeRest();
      this.refill();
      newline = this.bytes.indexOf(NEWLINE, this.next);
    }
    this.start = this.next;
    this.end = newline;
    this.next = newline + 1;
    if (!this.isPiece) this.line++;
    this.isPiece = false;
    return true;
  }

  private takeRest(): boolean {
    if (this.next === this.filled) {
      this.keepConsumed();
      return false;
    }
    this.start = this.next;
    this.end = this.filled;
    this.next = this.filled;
    if (!this.isPiece) this.line++;
    this.isPiece = !this.atEnd;
    return true;
  }

  /** What follows the current line, as much of it as there is room for. Stands until the next line is asked for. */
  ahead(): Uint8Array {
    while (!this.atEnd && this.filled - this.next < LOOK_AHEAD_BYTES && this.filled < this.bytes.length) {
      const count = this.read(this.bytes, this.filled);
      if (count === 0) this.atEnd = true;
      this.filled += count;
    }
    return this.bytes.subarray(this.next, Math.min(this.filled, this.next + LOOK_AHEAD_BYTES));
  }

  private refill(): void {
    this.keepConsumed();
    this.bytes.copyWithin(0, this.next, this.filled);
    this.filled -= this.next;
    this.next = this.kept = 0;
    if (this.bytes.length - this.filled < READ_BYTES) {
      const larger = Buffer.allocUnsafeSlow(this.bytes.length * 2);
      this.bytes.copy(larger, 0, 0, this.filled);
      this.bytes = larger;
    }
    const count = this.read(this.bytes.subarray(0, this.filled + READ_BYTES), this.filled);
    if (count === 0) this.atEnd = true;
    this.filled += count;
  }

  /**
   * Passes on the bytes of the lines before the current one, as what is kept apart from here on begins with it. False,
   * and nothing is done, where the current line is a piece of a longer one.
   */
  keepBeforeCurrent(): boolean {
    if (this.keptLines >= this.line) return false;
    this.keepUpTo(this.start, this.line - 1);
    return true;
  }

  /** Passes on the bytes of the lines that were handed out: for whoever stops before the end. */
  keepConsumed(): void {
    this.keepUpTo(this.next, this.line);
    // Whoever calls goes on to move what is left to the front; at the very end nothing is left.
    if (this.next === this.filled) this.filled = this.next = this.kept = 0;
  }

  private keepUpTo(end: number, lines: number): void {
    if (end === this.kept) return;
    this.keep(this.bytes.subarray(this.kept, end), lines - this.keptLines);
    this.bytesConsumed += end - this.kept;
    this.kept = end;
    this.keptLines = lines;
  }
}
