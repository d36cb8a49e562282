import {
  CARRIAGE_RETURN,
  Cursor,
  decodeText,
  HASH,
  LESS_THAN,
  Literal,
  OPEN_PARENTHESIS,
  SPACE,
} from '../ascii.ts';
import type { BootTracker } from '../boot-tracker.ts';
import { ByteTable } from '../byte-table.ts';
import { AGENT, type EventSink } from '../event-sink.ts';
import type { HeardLines } from '../heard-lines.ts';
import type { LineParser } from '../line-parser.ts';
import { CONTEXT_WIDTH, FtraceFrame } from './frame.ts';
import { IommuEvents } from './iommu-events.ts';
import { ProbeEvents } from './probe-events.ts';
import { RecentContexts } from './recent-contexts.ts';
import { ScmEvents } from './scm-events.ts';
import { Smp2pEvents } from './smp2p-events.ts';
import { TraceAhead } from './trace-ahead.ts';
import type { TraceContext, TraceEventReader } from './trace-event.ts';

interface EventName {
  readonly text: string;
  readonly symbol: number;
  readonly reader: TraceEventReader | undefined;
  /** Of a probe: `(function+0x0/0x100) ` as it stood last time, and what that function is. It rarely changes. */
  place: Literal | undefined;
  probed: ProbedFunction | undefined;
}

interface ProbedFunction {
  readonly symbol: number;
  readonly reader: TraceEventReader | undefined;
}

const BUFFER_HEADER = /^# entries-in-buffer\/entries-written: (\d+)\/(\d+)/;
const LOST = /^CPU:(\d+) \[LOST (?:(\d+) )?EVENTS\]/;
const KRETPROBE_ARROW = ' <- ';
const PLUS = 0x2b;
const CLOSE_PARENTHESIS = 0x29;

/**
 * ftrace text: the `trace` and `trace_pipe` files of tracefs, with or without their header, and the plain
 * form of `trace-cmd report`. One pass over the bytes; strings are made only of what has not been seen yet.
 */
export class FtraceParser implements LineParser {
  private readonly sink: EventSink;
  private readonly tracker: BootTracker;
  private readonly source: number;
  private readonly frame = new FtraceFrame();
  private readonly cursor = new Cursor();
  private readonly contexts: ByteTable<TraceContext>;
  private readonly recentContexts = new RecentContexts<TraceContext>();
  private readonly names: ByteTable<EventName>;
  private readonly functions: ByteTable<ProbedFunction>;
  private readonly hit;
  private readonly ahead: TraceAhead | undefined;
  private readonly heard: HeardLines | undefined;

  /** `ahead`: what follows the line that is being read, where that is text of the same shape. */
  constructor(sink: EventSink, tracker: BootTracker, source: number, ahead?: () => Uint8Array) {
    this.ahead = ahead === undefined ? undefined : new TraceAhead(tracker, ahead);
    this.tracker = tracker;
    this.sink = sink;
    this.source = source;
    this.heard = tracker.heardTraceEvents;
    const { builder } = sink;
    this.hit = {
      kind: builder.kindIndex('trace.hit'),
      agent: builder.symbol(AGENT.linux),
      event: builder.column('trace.hit', 'event', 'symbol'),
      function: builder.column('trace.hit', 'function', 'symbol'),
      fields: builder.column('trace.hit', 'fields', 'text'),
    };
    const byName = new Map(
      Object.entries({
        ...new IommuEvents(sink, tracker, this.ahead).readers(),
        ...new ScmEvents(sink, tracker).readers(),
        ...new Smp2pEvents(sink).readers(),
      }),
    );
    const byFunction = new Map(Object.entries(new ProbeEvents(sink, tracker, this.ahead).readers()));
    this.names = new ByteTable((text) => ({
      text,
      symbol: builder.symbol(text),
      reader: byName.get(text),
      place: undefined,
      probed: undefined,
    }));
    this.functions = new ByteTable((text) => ({
      symbol: builder.symbol(text),
      reader: byFunction.get(text),
    }));
    this.contexts = new ByteTable((text) => ({
      symbol: builder.symbol(text.replace(/ +/g, ' ')),
      task: text.slice(0, text.lastIndexOf(' [')).trimEnd(),
      cpu: /\[0*(\d+)\][^[]*$/.exec(text)?.[1] ?? '',
    }));
  }

  timeOf(bytes: Uint8Array, start: number, end: number): number {
    this.cursor.reset(bytes, start, end);
    return this.frame.read(this.cursor) ? this.frame.tNs : Number.NaN;
  }

  /** Every line is told at once. */
  finish(): void {}

  parse(bytes: Uint8Array, start: number, lineEnd: number, line: number): void {
    const end = lineEnd > start && bytes[lineEnd - 1] === CARRIAGE_RETURN ? lineEnd - 1 : lineEnd;
    this.ahead?.advance(lineEnd - start + 1);
    const { frame, sink, cursor } = this;
    cursor.reset(bytes, start, end);
    let context = end - start >= CONTEXT_WIDTH ? this.recentContexts.find(cursor.view, start) : undefined;
    if (context === undefined || !frame.readAfterContext(cursor)) {
      if (bytes[start] === HASH || !frame.read(cursor)) {
        sink.startLine(this.source, line, Number.NaN, -1);
        this.parseOther(decodeText(bytes, start, end));
        return;
      }
      context = this.contexts.get(cursor, frame.contextStart, frame.contextEnd);
      if (frame.isUsual) this.recentContexts.remember(cursor.view, start, context);
    }
    cursor.at = frame.bodyStart;
    sink.startLine(this.source, line, frame.tNs, context.symbol);
    const name = this.names.get(cursor, frame.nameStart, frame.nameEnd);
    if (this.heard !== undefined && this.isRepeated(this.heard, name, context)) return;
    if (bytes[frame.bodyStart] === OPEN_PARENTHESIS) {
      this.parseProbe(name, context, bytes, frame.bodyStart, end);
      return;
    }
    if (name.reader?.(cursor, context) === true) return;
    if (name.reader !== undefined) this.heard?.forget();
    this.addHit(name, -1, bytes, frame.bodyStart, end);
  }

  /**
   * Another trace of the boot has the event: a buffer is often kept as it is and as its report. Known by its CPU, time
   * and name, because forms differ in how they print the rest.
   */
  private isRepeated(heard: HeardLines, name: EventName, context: TraceContext): boolean {
    const { sink, frame, source } = this;
    const { text } = name;
    const cause = heard.hear(`${context.cpu} ${Math.floor(frame.tNs / 1000)} ${text}`, source, frame.tNs);
    if (cause === undefined) {
      heard.told(sink.nextSeq);
      return false;
    }
    sink.emit('source.repeated', { agent: AGENT.trace, cause }, { text });
    return true;
  }

  /** `name: (function+0x0/0x100 [module]) key=value` and `name: (caller+0x24/0x40 <- function) key=value`. */
  private parseProbe(
    name: EventName,
    context: TraceContext,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const { cursor } = this;
    if (name.place !== undefined && cursor.literal(name.place)) {
      // The place was learnt from a hit that may have had nothing behind it, not even a blank.
      cursor.skipSpaces();
      this.readProbe(name, name.probed as ProbedFunction, context, bytes, end);
      return;
    }
    let close = start + 1;
    while (close < end && bytes[close] !== CLOSE_PARENTHESIS) close++;
    let plus = start + 1;
    while (plus < close && bytes[plus] !== PLUS) plus++;
    let fields = close + 1;
    while (fields < end && bytes[fields] === SPACE) fields++;
    if (plus < close && close < end) {
      let arrow = plus;
      while (arrow < close && bytes[arrow] !== LESS_THAN) arrow++;
      if (arrow < close) {
        const place = decodeText(bytes, plus, close);
        const probed = place.slice(place.lastIndexOf(KRETPROBE_ARROW) + KRETPROBE_ARROW.length);
        this.addHit(name, this.sink.builder.symbol(probed), bytes, fields, end);
        return;
      }
      name.probed = this.functions.get(cursor, start + 1, plus);
      name.place = new Literal(new Uint8Array(bytes.subarray(start, fields)));
      cursor.at = fields;
      this.readProbe(name, name.probed, context, bytes, end);
      return;
    }
    // An address instead of a symbol, as trace-cmd prints it without the kernel's symbols, or no probe at all.
    this.heard?.forget();
    this.addHit(name, -1, bytes, start, end);
  }

  private readProbe(
    name: EventName,
    probed: ProbedFunction,
    context: TraceContext,
    bytes: Uint8Array,
    end: number,
  ): void {
    const fields = this.cursor.at;
    if (probed.reader?.(this.cursor, context) === true) return;
    this.addHit(name, probed.symbol, bytes, fields, end);
  }

  private addHit(name: EventName, probed: number, bytes: Uint8Array, start: number, end: number): void {
    const { hit } = this;
    this.sink.begin(hit.kind, hit.agent, -1, Number.NaN);
    hit.event.push(name.symbol);
    hit.function.push(probed);
    hit.fields.pushBytes(bytes, start, end);
  }

  private parseOther(text: string): void {
    const about = { agent: AGENT.trace };
    const header = BUFFER_HEADER.exec(text);
    if (header !== null) {
      this.sink.emit('trace.buffer_counted', about, { kept: Number(header[1]), written: Number(header[2]) });
      return;
    }
    const lost = LOST.exec(text);
    if (lost !== null) {
      this.tracker.loseEvents();
      this.sink.emit('trace.events_lost', about, {
        cpu: Number(lost[1]),
        count: lost[2] === undefined ? null : Number(lost[2]),
      });
      return;
    }
    this.sink.emit('trace.commented', about, { text });
  }
}
