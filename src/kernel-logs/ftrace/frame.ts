import { CLOSE_BRACKET, COLON, DOT, isDigit, OPEN_BRACKET, SPACE } from '../ascii.ts';

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
    // `%16s-%-7d [%03d] `: a task name and PID of the usual width put the bracket here.
    const usual = start + 25;
    if (
      usual + 6 < end &&
      bytes[usual] === OPEN_BRACKET &&
      bytes[usual + 4] === CLOSE_BRACKET &&
      this.readFrom(bytes, start, end, usual, usual + 5)
    ) {
      return true;
    }
    return this.search(bytes, start, end);
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
