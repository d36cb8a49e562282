import { GREATER_THAN, HASH, SPACE, TAB } from '../ascii.ts';
import type { LineParser } from '../line-parser.ts';

/**
 * Where a line of a trace begins behind the marks of a quotation. Blanks stand before entries by themselves; before a
 * comment they are the indentation of whoever pasted it.
 */
export function traceStart(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] === GREATER_THAN) {
    at++;
    if (bytes[at] === SPACE && at < end) at++;
  }
  let text = at;
  while (text < end && (bytes[text] === SPACE || bytes[text] === TAB)) text++;
  return text < end && bytes[text] === HASH ? text : at;
}

/** A trace that somebody quoted or indented, read as it was. */
export class QuotedTraceParser implements LineParser {
  private readonly inner: LineParser;

  constructor(inner: LineParser) {
    this.inner = inner;
  }

  timeOf(bytes: Uint8Array, start: number, end: number): number {
    return this.inner.timeOf(bytes, traceStart(bytes, start, end), end);
  }

  parse(bytes: Uint8Array, start: number, end: number, line: number): void {
    this.inner.parse(bytes, traceStart(bytes, start, end), end, line);
  }

  finish(): void {
    this.inner.finish();
  }
}
