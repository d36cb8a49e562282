import { CARRIAGE_RETURN, COLON, Cursor, decodeText, OPEN_PARENTHESIS, SPACE } from '../ascii.ts';
import type { BootTracker } from '../boot-tracker.ts';
import { ByteTable } from '../byte-table.ts';
import { AGENT, type EventSink } from '../event-sink.ts';
import type { FramedLine, Framing, Voice } from '../framing/framed-line.ts';
import { PlainFraming } from '../framing/plain-framing.ts';
import { PrintedTraceEvents } from '../ftrace/printed-events.ts';
import type { LineParser } from '../line-parser.ts';
import { BootBoundary } from './boot-boundary.ts';
import { LineMeanings } from './line-meanings.ts';
import type { Ahead } from './lines-ahead.ts';
import { RepeatedLines } from './repeated-lines.ts';

/** Where the events of the boot that is being read go. */
export interface ParserTarget {
  readonly sink: EventSink;
  readonly tracker: BootTracker;
  readonly source: number;
}

/** The latest time that the kernel's own prefix can say: seven digits of seconds. */
const LATEST_NS = 1e16;

/**
 * The kernel log in any of its forms: a framing says where the message of a line is and what was put before it, the
 * recognisers say what it means. `nextBoot` is asked when a line begins another boot, before anything is made of it,
 * and gives where events go from then on; undefined lets the boots be told as one.
 */
export class DmesgParser implements LineParser {
  private readonly framing: Framing;
  private readonly nextBoot: (() => ParserTarget | undefined) | undefined;
  private readonly cursor = new Cursor();
  private readonly boundary = new BootBoundary();
  private readonly repeated: RepeatedLines;
  private output: BootOutput;
  private line = 0;
  /** A message of the line that is being read has been told. */
  private isWithinLine = false;
  /** A boot begins with the next line. */
  private isCrossed = false;

  constructor(
    sink: EventSink,
    tracker: BootTracker,
    source: number,
    framing: Framing = new PlainFraming(),
    nextBoot?: () => ParserTarget | undefined,
    ahead?: Ahead,
  ) {
    this.framing = framing;
    this.repeated = new RepeatedLines(ahead);
    this.nextBoot = nextBoot;
    this.output = new BootOutput({ sink, tracker, source }, this.cursor);
  }

  timeOf(bytes: Uint8Array, start: number, end: number): number {
    return this.framing.timeOf(bytes, start, end);
  }

  parse(bytes: Uint8Array, lineStart: number, lineEnd: number, line: number): void {
    const start =
      line === 1 && beginsWithMark(bytes, lineStart) ? lineStart + BYTE_ORDER_MARK.length : lineStart;
    // A terminal may add a carriage return to the one that a console has sent.
    let end = lineEnd;
    while (end > start && bytes[end - 1] === CARRIAGE_RETURN) end--;
    this.line = line;
    this.isWithinLine = false;
    this.framing.read(bytes, start, end, line, this.visit);
  }

  finish(): void {
    this.framing.finish?.(this.visit);
    this.output.finish();
  }

  private readonly visit = (framed: FramedLine): void => {
    // What is further from the boot's zero was measured by clocks that have nothing to do with each other.
    if (!(Math.abs(framed.tNs) <= LATEST_NS)) framed.tNs = Number.NaN;
    // Nearly every line has a time, and is the kernel's for certain.
    if (Number.isNaN(framed.tNs) || framed.brokenAt !== undefined) {
      this.settle(framed);
      if (this.boundary.isBannerOfProgram(framed)) framed.voice = 'userspace';
    }
    const first = this.place(framed);
    this.isWithinLine = true;
    const seq = this.output.add(framed, this.line, this.framing, first);
    if (Number.isNaN(first)) this.repeated.told(seq);
  };

  /** Where a framing could not know what a line is, what it means decides. */
  private settle(framed: FramedLine): void {
    const { output } = this;
    if (framed.voice === 'firmware' && !framed.startsBoot && output.knows(framed)) framed.voice = 'linux';
    if (framed.voice !== 'linux') return;
    if (framed.mayBeProse && !output.mayKnow(framed)) framed.voice = 'recorder';
    if (framed.brokenAt === undefined || output.mayKnow(framed)) return;
    const { textEnd } = framed;
    framed.textEnd = framed.brokenAt;
    if (!output.mayKnow(framed)) framed.textEnd = textEnd;
  }

  /** Finds the boot that a line belongs to. Returns the event that tells of it already; NaN where it is new. */
  private place(framed: FramedLine): number {
    const { boundary, repeated } = this;
    if (this.isCrossed || boundary.isLeftBy(framed)) {
      this.cross(framed);
      return Number.NaN;
    }
    const opensKernel = boundary.opensKernel(framed);
    const first = repeated.firstOf(framed, opensKernel);
    if (!Number.isNaN(first)) return first;
    if (opensKernel || repeated.isOfOtherBoot()) this.cross(framed);
    else boundary.note(framed);
    return Number.NaN;
  }

  /** A line belongs to one boot as a whole: where another begins within it, or was told later, the next line begins it. */
  private cross(framed: FramedLine): void {
    this.isCrossed = this.isWithinLine || (framed.line ?? this.line) !== this.line;
    if (this.isCrossed) return;
    this.output.finish();
    const target = this.nextBoot?.();
    if (target !== undefined) {
      this.output = new BootOutput(target, this.cursor);
      this.framing.startBoot?.();
    }
    this.boundary.startBoot(framed);
    this.repeated.startBoot();
    this.repeated.firstOf(framed, false);
  }
}

/** What some editors put before a text in UTF-8. */
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

function beginsWithMark(bytes: Uint8Array, start: number): boolean {
  return BYTE_ORDER_MARK.every((byte, index) => bytes[start + index] === byte);
}

/** Longer names than events of a trace have are not looked up. */
const LONGEST_EVENT_NAME = 64;

/** Makes events of the messages of one boot. */
class BootOutput {
  private readonly target: ParserTarget;
  private readonly agents: Readonly<Record<Voice, number>>;
  private readonly printed;
  private readonly callers: ByteTable<number>;
  private readonly cursor: Cursor;
  private readonly meanings: LineMeanings;
  private readonly traceEvents: PrintedTraceEvents;
  private readonly traceNames: ByteTable<true | undefined>;

  constructor(target: ParserTarget, cursor: Cursor) {
    this.target = target;
    this.cursor = cursor;
    this.meanings = new LineMeanings(target.sink, target.tracker, cursor);
    const { builder } = target.sink;
    this.agents = {
      linux: builder.symbol(AGENT.linux),
      firmware: builder.symbol(AGENT.firmware),
      userspace: builder.symbol(AGENT.userspace),
      recorder: builder.symbol(AGENT.recorder),
    };
    this.printed = {
      kind: builder.kindIndex('log.printed'),
      level: builder.column('log.printed', 'level', 'integer'),
      text: builder.column('log.printed', 'text', 'text'),
    };
    this.callers = new ByteTable((text) => builder.symbol(text));
    this.traceEvents = new PrintedTraceEvents(target.sink, target.tracker);
    this.traceNames = new ByteTable((text) => (this.traceEvents.knows(text) ? true : undefined));
  }

  /** `first` is the event that tells of the line already, NaN where there is none. Returns the one that does. */
  add(framed: FramedLine, line: number, framing: Framing, first: number): number {
    const { cursor } = this;
    const { sink, source } = this.target;
    const { bytes, textStart, textEnd } = framed;
    cursor.reset(bytes, textStart, textEnd);
    const context = this.contextOf(framed);
    sink.startLine(source, framed.line ?? line, framed.tNs, context);
    const anchor = framing.takeAnchor?.();
    if (anchor !== undefined) {
      const { clock, reading, evidence } = anchor;
      sink.emit('log.clock_anchored', { agent: AGENT.trace }, { clock, reading, evidence });
    }
    if (framed.voice === 'recorder') {
      const text = decodeText(bytes, textStart, textEnd);
      return sink.emit('log.annotated', { agent: AGENT.recorder }, { text });
    }
    const elsewhere = Number.isNaN(first) ? this.heardElsewhere(framed) : first;
    if (!Number.isNaN(elsewhere)) {
      const text = decodeText(bytes, textStart, textEnd);
      sink.emit('source.repeated', { agent: AGENT.trace, cause: elsewhere }, { text });
      return elsewhere;
    }
    const { printed } = this;
    const cause = sink.begin(printed.kind, this.agents[framed.voice], -1, Number.NaN);
    if (Number.isNaN(framed.level)) printed.level.pushNull();
    else printed.level.push(framed.level);
    printed.text.pushBytes(bytes, textStart, textEnd);
    this.target.tracker.heardLogLines?.told(cause);
    if (framed.voice !== 'linux' || this.readTraceEvent(bytes, textStart, textEnd, context)) return cause;
    this.meanings.read(textStart, textEnd, cause);
    return cause;
  }

  knows({ bytes, textStart, textEnd }: FramedLine): boolean {
    this.cursor.reset(bytes, textStart, textEnd);
    return this.meanings.knows(textStart, textEnd);
  }

  mayKnow({ bytes, textStart, textEnd }: FramedLine): boolean {
    this.cursor.reset(bytes, textStart, textEnd);
    return this.meanings.mayKnow(textStart, textEnd);
  }

  finish(): void {
    this.meanings.finish();
  }

  /** The event by which another log of the boot tells of the line; NaN where none does. */
  private heardElsewhere({ bytes, textStart, textEnd, voice, tNs }: FramedLine): number {
    const { source, tracker } = this.target;
    const { heardLogLines } = tracker;
    if (heardLogLines === undefined || voice !== 'linux' || Number.isNaN(tNs) || textStart === textEnd)
      return Number.NaN;
    return heardLogLines.hear(decodeText(bytes, textStart, textEnd), source, tNs) ?? Number.NaN;
  }

  private contextOf(framed: FramedLine): number {
    if (framed.callerEnd > framed.callerStart) {
      return this.callers.get(this.cursor, framed.callerStart, framed.callerEnd);
    }
    return framed.context === undefined ? -1 : this.target.sink.builder.symbol(framed.context);
  }

  /** `map: IOMMU: iova=…`, as `tp_printk` has it printed; false for anything else. */
  private readTraceEvent(bytes: Uint8Array, start: number, end: number, caller: number): boolean {
    let wordEnd = start;
    const last = Math.min(end, start + LONGEST_EVENT_NAME);
    while (wordEnd < last && bytes[wordEnd] !== SPACE && bytes[wordEnd] !== COLON) wordEnd++;
    if (wordEnd === start || wordEnd + 2 >= end || bytes[wordEnd] !== COLON) return false;
    const { cursor } = this;
    const isProbe = bytes[wordEnd + 2] === OPEN_PARENTHESIS;
    if (!isProbe && this.traceNames.get(cursor, start, wordEnd) === undefined) return false;
    const name = decodeText(bytes, start, wordEnd);
    cursor.reset(bytes, wordEnd + 2, end);
    return this.traceEvents.read(name, cursor, { symbol: caller, task: `printk caller ${caller}`, cpu: '' });
  }
}
