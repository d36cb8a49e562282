import {
  CARRIAGE_RETURN,
  CLOSE_BRACKET,
  Cursor,
  DOT,
  GREATER_THAN,
  LESS_THAN,
  OPEN_BRACKET,
  SPACE,
} from '../ascii.ts';
import type { BootTracker } from '../boot-tracker.ts';
import { ByteTable } from '../byte-table.ts';
import { isDigit } from '../digits.ts';
import { AGENT, type EventSink } from '../event-sink.ts';
import type { LineParser } from '../line-parser.ts';
import { LineMeanings } from './line-meanings.ts';

/**
 * The kernel log as `dmesg` prints it: `[ sec.usec] text`, with an optional `<priority>` before and an
 * optional `[ caller]` after the time. A line without a time has an unknown one.
 */
export class DmesgParser implements LineParser {
  private readonly sink: EventSink;
  private readonly source: number;
  private readonly agent: number;
  private readonly printed;
  private readonly cursor = new Cursor();
  private readonly callers: ByteTable<number>;
  private readonly meanings: LineMeanings;
  /** Where the parts of the line that was read last are. */
  private tNs = Number.NaN;
  private level = Number.NaN;
  private callerStart = 0;
  private callerEnd = 0;
  private textStart = 0;

  constructor(sink: EventSink, tracker: BootTracker, source: number) {
    this.sink = sink;
    this.source = source;
    const { builder } = sink;
    this.agent = builder.symbol(AGENT.linux);
    this.printed = {
      kind: builder.kindIndex('log.printed'),
      level: builder.column('log.printed', 'level', 'integer'),
      text: builder.column('log.printed', 'text', 'text'),
    };
    this.callers = new ByteTable((text) => builder.symbol(text));
    this.meanings = new LineMeanings(sink, tracker, this.cursor);
  }

  timeOf(bytes: Uint8Array, start: number, end: number): number {
    this.readPrefix(bytes, start, end);
    return this.tNs;
  }

  parse(bytes: Uint8Array, start: number, lineEnd: number, line: number): void {
    const end = lineEnd > start && bytes[lineEnd - 1] === CARRIAGE_RETURN ? lineEnd - 1 : lineEnd;
    this.readPrefix(bytes, start, end);
    this.cursor.reset(bytes, start, end);
    const context =
      this.callerEnd > this.callerStart
        ? this.callers.get(this.cursor, this.callerStart, this.callerEnd)
        : -1;
    const { sink, printed, textStart } = this;
    sink.startLine(this.source, line, this.tNs, context);
    const cause = sink.begin(printed.kind, this.agent, -1, Number.NaN);
    if (Number.isNaN(this.level)) printed.level.pushNull();
    else printed.level.push(this.level);
    printed.text.pushBytes(bytes, textStart, end);
    this.meanings.read(textStart, end, cause);
  }

  finish(): void {
    this.meanings.finish();
  }

  private readPrefix(bytes: Uint8Array, start: number, end: number): void {
    this.tNs = Number.NaN;
    this.level = Number.NaN;
    this.callerStart = this.callerEnd = 0;
    let at = this.readPriority(bytes, start, end);
    this.textStart = at;
    if (bytes[at] !== OPEN_BRACKET) return;
    at++;
    while (at < end && bytes[at] === SPACE) at++;
    const secondsStart = at;
    let seconds = 0;
    while (at < end && isDigit(bytes[at])) seconds = seconds * 10 + (bytes[at++] as number) - 0x30;
    if (at === secondsStart || at - secondsStart > 7 || bytes[at] !== DOT) return;
    const fractionStart = ++at;
    let micros = 0;
    while (at < end && isDigit(bytes[at])) micros = micros * 10 + (bytes[at++] as number) - 0x30;
    if (at - fractionStart !== 6 || bytes[at] !== CLOSE_BRACKET) return;
    this.tNs = seconds * 1e9 + micros * 1000;
    at = this.readCaller(bytes, at + 1, end);
    this.textStart = at < end && bytes[at] === SPACE ? at + 1 : at;
  }

  /** `<6>`: the low three bits are the level, the rest the facility. */
  private readPriority(bytes: Uint8Array, start: number, end: number): number {
    if (bytes[start] !== LESS_THAN) return start;
    let at = start + 1;
    let priority = 0;
    while (at < end && isDigit(bytes[at])) priority = priority * 10 + (bytes[at++] as number) - 0x30;
    if (at === start + 1 || at - start > 4 || bytes[at] !== GREATER_THAN) return start;
    this.level = priority & 7;
    return at + 1;
  }

  /** `[  T207]` or `[    C0]`, straight after the time. */
  private readCaller(bytes: Uint8Array, start: number, end: number): number {
    if (bytes[start] !== OPEN_BRACKET) return start;
    let at = start + 1;
    while (at < end && bytes[at] === SPACE) at++;
    const callerStart = at;
    if (bytes[at] !== 0x54 && bytes[at] !== 0x43) return start;
    at++;
    while (at < end && isDigit(bytes[at])) at++;
    if (at === callerStart + 1 || bytes[at] !== CLOSE_BRACKET) return start;
    this.callerStart = callerStart;
    this.callerEnd = at;
    return at + 1;
  }
}
