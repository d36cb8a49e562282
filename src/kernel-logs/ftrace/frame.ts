import { CLOSE_BRACKET, COLON, DOT, isDigit, OPEN_BRACKET, SPACE } from '../ascii.ts';

/** Columns of a usual frame, with room for the shortest event behind it. */
const USUAL_WIDTH = 53;

/**
 * The part that every ftrace entry has before its event: `TASK-PID [CPU] flags TIMESTAMP: `.
 * Source: kernel/trace/trace_output.c (trace_print_context, trace_print_lat_fmt), trace-cmd's `report`.
 */
export class FtraceFrame {
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

  /** Reads the frame of a line; false when the line has none. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    return this.readUsual(bytes, start, end) || this.search(bytes, start, end);
  }

  /**
   * `%16s-%-7d [%03d] %5s %5lu.%06lu: `: with a task name, PID, CPU and time of the usual width everything has
   * its column, and most of the work of reading a frame is saved.
   */
  private readUsual(bytes: Uint8Array, start: number, end: number): boolean {
    if (
      end - start < USUAL_WIDTH ||
      bytes[start + 25] !== OPEN_BRACKET ||
      bytes[start + 29] !== CLOSE_BRACKET ||
      bytes[start + 30] !== SPACE ||
      bytes[start + 31] === SPACE ||
      bytes[start + 35] === SPACE ||
      bytes[start + 36] !== SPACE ||
      bytes[start + 42] !== DOT ||
      bytes[start + 49] !== COLON ||
      bytes[start + 50] !== SPACE
    ) {
      return false;
    }
    let at = start + 37;
    while (bytes[at] === SPACE) at++;
    let seconds = 0;
    for (; at < start + 42; at++) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit < 0 || digit > 9) return false;
      seconds = seconds * 10 + digit;
    }
    let micros = 0;
    for (at = start + 43; at < start + 49; at++) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit < 0 || digit > 9) return false;
      micros = micros * 10 + digit;
    }
    if (bytes[start + 41] === SPACE) return false;
    this.tNs = seconds * 1e9 + micros * 1000;
    at = start;
    while (bytes[at] === SPACE) at++;
    this.contextStart = at;
    this.contextEnd = start + 36;
    at = start + 25;
    while (bytes[at - 1] === SPACE) at--;
    this.taskEnd = at;
    return this.taskEnd > this.contextStart && this.readName(bytes, start + 51, end);
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
