import { CARRIAGE_RETURN, COLON, Cursor, decodeText, OPEN_PARENTHESIS, SPACE } from '../ascii.ts';
import type { BootTracker } from '../boot-tracker.ts';
import { ByteTable } from '../byte-table.ts';
import { AGENT, type EventSink } from '../event-sink.ts';
import type { FramedLine, Framing, Voice } from '../framing/framed-line.ts';
import { PlainFraming } from '../framing/plain-framing.ts';
import { PrintedTraceEvents } from '../ftrace/printed-events.ts';
import type { LineParser } from '../line-parser.ts';
import { BootBoundary } from './boot-boundary.ts';
import { BOOT_RECOGNISERS } from './boot-recognisers.ts';
import type { Recogniser } from './recogniser.ts';
import { REMOTEPROC_RECOGNISERS } from './remoteproc-recognisers.ts';
import { SMMU_RECOGNISERS } from './smmu-recognisers.ts';

/** Every line of the kernel log that means something to us, grouped by its first word. */
export const RECOGNISERS: readonly Recogniser[] = [
  ...BOOT_RECOGNISERS,
  ...REMOTEPROC_RECOGNISERS,
  ...SMMU_RECOGNISERS,
];

const BY_FIRST_WORD = new Map<string, Recogniser[]>();
for (const recogniser of RECOGNISERS) {
  const sameWord = BY_FIRST_WORD.get(recogniser.firstWord);
  if (sameWord === undefined) BY_FIRST_WORD.set(recogniser.firstWord, [recogniser]);
  else sameWord.push(recogniser);
}

/** Where the events of the boot that is being read go. */
export interface ParserTarget {
  readonly sink: EventSink;
  readonly tracker: BootTracker;
  readonly source: number;
}

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
  private output: BootOutput;
  private line = 0;

  constructor(
    sink: EventSink,
    tracker: BootTracker,
    source: number,
    framing: Framing = new PlainFraming(),
    nextBoot?: () => ParserTarget | undefined,
  ) {
    this.framing = framing;
    this.nextBoot = nextBoot;
    this.output = new BootOutput({ sink, tracker, source });
  }

  timeOf(bytes: Uint8Array, start: number, end: number): number {
    return this.framing.timeOf(bytes, start, end);
  }

  parse(bytes: Uint8Array, start: number, lineEnd: number, line: number): void {
    const end = lineEnd > start && bytes[lineEnd - 1] === CARRIAGE_RETURN ? lineEnd - 1 : lineEnd;
    this.line = line;
    this.framing.read(bytes, start, end, line, this.visit);
  }

  finish(): void {
    this.framing.finish?.(this.visit);
  }

  private readonly visit = (framed: FramedLine): void => {
    if (this.boundary.isCrossedBy(framed)) {
      const target = this.nextBoot?.();
      if (target !== undefined) {
        this.output = new BootOutput(target);
        this.framing.startBoot?.();
      }
      this.boundary.startBoot(framed);
    }
    this.output.add(framed, this.line, this.cursor, this.framing);
  };
}

/** Makes events of the messages of one boot. */
class BootOutput {
  private readonly target: ParserTarget;
  private readonly agents: Readonly<Record<Voice, number>>;
  private readonly printed;
  private readonly callers: ByteTable<number>;
  private readonly firstWords: ByteTable<readonly Recogniser[] | undefined>;
  private readonly traceEvents: PrintedTraceEvents;
  private readonly traceNames: ByteTable<true | undefined>;

  constructor(target: ParserTarget) {
    this.target = target;
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
    this.firstWords = new ByteTable((text) => BY_FIRST_WORD.get(text));
    this.traceEvents = new PrintedTraceEvents(target.sink, target.tracker);
    this.traceNames = new ByteTable((text) => (this.traceEvents.knows(text) ? true : undefined));
  }

  add(framed: FramedLine, line: number, cursor: Cursor, framing: Framing): void {
    const { sink, source } = this.target;
    const { bytes, textStart, textEnd } = framed;
    cursor.reset(bytes, textStart, textEnd);
    const context = this.contextOf(framed, cursor);
    sink.startLine(source, framed.line ?? line, framed.tNs, context);
    const anchor = framing.takeAnchor?.();
    if (anchor !== undefined) {
      const { clock, reading, evidence } = anchor;
      sink.emit('log.clock_anchored', { agent: AGENT.trace }, { clock, reading, evidence });
    }
    if (framed.voice === 'recorder') {
      sink.emit('log.annotated', { agent: AGENT.recorder }, { text: decodeText(bytes, textStart, textEnd) });
      return;
    }
    const { printed } = this;
    const cause = sink.begin(printed.kind, this.agents[framed.voice], -1, Number.NaN);
    if (Number.isNaN(framed.level)) printed.level.pushNull();
    else printed.level.push(framed.level);
    printed.text.pushBytes(bytes, textStart, textEnd);
    if (framed.voice === 'linux') this.recognise(bytes, textStart, textEnd, cause, cursor, context);
  }

  private contextOf(framed: FramedLine, cursor: Cursor): number {
    if (framed.callerEnd > framed.callerStart) {
      return this.callers.get(cursor, framed.callerStart, framed.callerEnd);
    }
    return framed.context === undefined ? -1 : this.target.sink.builder.symbol(framed.context);
  }

  /** `map: IOMMU: iova=…`, as `tp_printk` has it printed. */
  private readTraceEvent(
    bytes: Uint8Array,
    start: number,
    wordEnd: number,
    end: number,
    cursor: Cursor,
    caller: number,
  ): void {
    const isProbe = bytes[wordEnd + 2] === OPEN_PARENTHESIS;
    if (!isProbe && this.traceNames.get(cursor, start, wordEnd) === undefined) return;
    const name = decodeText(bytes, start, wordEnd);
    cursor.reset(bytes, wordEnd + 1, end);
    cursor.skipSpaces();
    this.traceEvents.read(name, cursor, { symbol: caller, task: `printk caller ${caller}` });
  }

  private recognise(
    bytes: Uint8Array,
    start: number,
    end: number,
    cause: number,
    cursor: Cursor,
    caller: number,
  ): void {
    let wordEnd = start;
    while (wordEnd < end && bytes[wordEnd] !== SPACE && bytes[wordEnd] !== COLON) wordEnd++;
    if (wordEnd === start || wordEnd - start > 32) return;
    const candidates = this.firstWords.get(cursor, start, wordEnd);
    if (candidates === undefined) {
      if (bytes[wordEnd] === COLON) this.readTraceEvent(bytes, start, wordEnd, end, cursor, caller);
      return;
    }
    const text = decodeText(bytes, start, end);
    const { sink, tracker } = this.target;
    for (const recogniser of candidates) {
      const match = recogniser.pattern.exec(text);
      if (match === null) continue;
      recogniser.recognise(match, { sink, tracker, cause });
      return;
    }
  }
}
