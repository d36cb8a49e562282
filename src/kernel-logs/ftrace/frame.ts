import { CLOSE_BRACKET, COLON, type Cursor, DOT, OPEN_BRACKET, SPACE } from '../ascii.ts';
import { isDigit, sixDecimals } from '../digits.ts';

/** Columns of task, PID, CPU and flags in a frame of the usual width. */
export const CONTEXT_WIDTH = 36;

/** Columns of a usual frame, with room for the shortest event behind it. */
const USUAL_WIDTH = 53;

/** `: `, as two bytes that are read at once. */
const COLON_SPACE = 0x203a;

/**
 * The part that every ftrace entry has before its event: `TASK-PID [CPU] flags TIMESTAMP: `.
 * Source: kernel/trace/trace_output.c (trace_print_context, trace_print_lat_fmt), trace-cmd's `report`.
 */
export class FtraceFrame {
  /**
   * The frame is `%16s-%-7d [%03d] %5s %5lu.%06lu: `, with nothing in it that is wider than usual, so that
   * everything has its column.
   */
  isUsual = false;
  /** First and last + 1 byte of task, CPU and flags. */
  contextStart = 0;
  contextEnd = 0;
  /** Last + 1 byte of task and PID. */
  taskEnd = 0;
  tNs = 0;
  /** First and last + 1 byte of the event's name. */
  nameStart = 0;
  nameEnd = 0;
  /** First byte after the name, its colon and blanks. */
  bodyStart = 0;
  /**
   * The seconds that a usual frame had last, as their bytes, and what they are: they rarely change. The two words
   * share a byte, so that no line has those that stand here first.
   */
  private secondsHead = 0;
  private secondsTail = -1;
  private secondsNs = Number.NaN;

  /** Reads the frame of the line that the cursor is at; false when it has none. */
  read({ bytes, view, at, end }: Cursor): boolean {
    this.isUsual =
      end - at >= USUAL_WIDTH && this.readUsualContext(bytes, at) && this.readUsualRest(bytes, view, at, end);
    return this.isUsual || this.search(bytes, at, end);
  }

  /** Reads the rest of a frame whose context stands in the usual columns, as whoever calls knows already. */
  readAfterContext({ bytes, view, at, end }: Cursor): boolean {
    return end - at >= USUAL_WIDTH && this.readUsualRest(bytes, view, at, end);
  }

  private readUsualContext(bytes: Uint8Array, start: number): boolean {
    if (
      bytes[start + 25] !== OPEN_BRACKET ||
      bytes[start + 29] !== CLOSE_BRACKET ||
      bytes[start + 30] !== SPACE ||
      bytes[start + 31] === SPACE ||
      bytes[start + 35] === SPACE
    ) {
      return false;
    }
    let at = start;
    while (bytes[at] === SPACE) at++;
    this.contextStart = at;
    this.contextEnd = start + CONTEXT_WIDTH;
    at = start + 25;
    while (bytes[at - 1] === SPACE) at--;
    this.taskEnd = at;
    return this.taskEnd > this.contextStart;
  }

  private readUsualRest(bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
    const head = view.getInt32(start + 36, true);
    const tail = view.getInt32(start + 39, true);
    if ((head !== this.secondsHead || tail !== this.secondsTail) && !this.readUsualSeconds(bytes, start)) {
      return false;
    }
    this.secondsHead = head;
    this.secondsTail = tail;
    const micros = sixDecimals(view, start + 43);
    if (micros < 0 || view.getUint16(start + 49, true) !== COLON_SPACE) return false;
    this.tNs = this.secondsNs + micros * 1000;
    return this.readName(bytes, start + 51, end);
  }

  /** A blank, the seconds in five columns, and a dot. */
  private readUsualSeconds(bytes: Uint8Array, start: number): boolean {
    if (bytes[start + 36] !== SPACE || bytes[start + 41] === SPACE || bytes[start + 42] !== DOT) return false;
    let at = start + 37;
    while (bytes[at] === SPACE) at++;
    let seconds = 0;
    for (; at < start + 42; at++) {
      if (!isDigit(bytes[at])) return false;
      seconds = seconds * 10 + (bytes[at] as number) - 0x30;
    }
    this.secondsNs = seconds * 1e9;
    return true;
  }

  /** Task names may hold anything, brackets too: the last ` [digits] ` that a time stamp follows is it. */
  private search(bytes: Uint8Array, start: number, end: number): boolean {
    for (let open = start + 1; open < end; open++) {
      if (bytes[open] !== OPEN_BRACKET || bytes[open - 1] !== SPACE) continue;
      let close = open + 1;
      while (close < end && isDigit(bytes[close])) close++;
      if (close === open + 1 || bytes[close] !== CLOSE_BRACKET) continue;
      if (this.readFrom(bytes, start, end, open, close + 1)) return true;
    }
    return false;
  }

  private readFrom(bytes: Uint8Array, start: number, end: number, open: number, afterCpu: number): boolean {
    if (bytes[afterCpu] !== SPACE) return false;
    let at = afterCpu;
    while (at < end && bytes[at] === SPACE) at++;
    let contextEnd = afterCpu;
    // Flags are there unless a digit follows: none of them starts with one.
    if (!isDigit(bytes[at])) {
      while (at < end && bytes[at] !== SPACE) at++;
      contextEnd = at;
      while (at < end && bytes[at] === SPACE) at++;
    }
    at = this.readTime(bytes, at, end);
    if (at < 0) return false;
    this.contextStart = start;
    while (this.contextStart < open && bytes[this.contextStart] === SPACE) this.contextStart++;
    this.contextEnd = contextEnd;
    this.taskEnd = open;
    while (this.taskEnd > this.contextStart && bytes[this.taskEnd - 1] === SPACE) this.taskEnd--;
    if (this.taskEnd === this.contextStart) return false;
    return this.readName(bytes, at, end);
  }

  /** `2.850021:` or with nine digits; returns the position after the colon, -1 when there is no time. */
  private readTime(bytes: Uint8Array, from: number, end: number): number {
    let at = from;
    let seconds = 0;
    while (at < end && isDigit(bytes[at])) seconds = seconds * 10 + (bytes[at++] as number) - 0x30;
    if (at === from || bytes[at] !== DOT) return -1;
    at++;
    const fractionStart = at;
    let fraction = 0;
    while (at < end && isDigit(bytes[at])) fraction = fraction * 10 + (bytes[at++] as number) - 0x30;
    const digits = at - fractionStart;
    if ((digits !== 6 && digits !== 9) || bytes[at] !== COLON || bytes[at + 1] !== SPACE) return -1;
    if (seconds > 4_000_000) return -1;
    this.tNs = seconds * 1e9 + (digits === 6 ? fraction * 1000 : fraction);
    return at + 2;
  }

  private readName(bytes: Uint8Array, from: number, end: number): boolean {
    let at = from;
    while (at < end && bytes[at] === SPACE) at++;
    this.nameStart = at;
    while (at < end && bytes[at] !== COLON && bytes[at] !== SPACE) at++;
    if (at === this.nameStart || bytes[at] !== COLON) return false;
    this.nameEnd = at++;
    while (at < end && bytes[at] === SPACE) at++;
    this.bodyStart = at;
    return true;
  }
}
