/**
 * Turns the lines of one source into events. Total: whatever the bytes, every line gives at least one event
 * that cites it, and nothing is thrown.
 */
export interface LineParser {
  /** Time of a line in ns, NaN when it has none: what several sources of one boot are merged by. */
  timeOf(bytes: Uint8Array, start: number, end: number): number;
  /** Parses the line `bytes[start, end)`, without its newline. `line` counts from 1. */
  parse(bytes: Uint8Array, start: number, end: number, line: number): void;
  /** No line comes any more: what was held back, because further lines could be part of it, is told. */
  finish(): void;
}
