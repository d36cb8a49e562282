import { present } from '../base/assert.ts';
import { BootTracker } from '../kernel-logs/boot-tracker.ts';
import { areOfOtherBoots, measureOffset, timedMessages } from '../kernel-logs/clock-offset.ts';
import type { ParserTarget } from '../kernel-logs/dmesg/dmesg-parser.ts';
import { AGENT, EventSink } from '../kernel-logs/event-sink.ts';
import type { Framing } from '../kernel-logs/framing/framed-line.ts';
import { ShiftedFraming } from '../kernel-logs/framing/shifted-framing.ts';
import { HeardLines, OTHER_CLOCK_NS, SAME_CLOCK_NS } from '../kernel-logs/heard-lines.ts';
import type { LineParser } from '../kernel-logs/line-parser.ts';
import { FORMATS, type LogFormat } from '../kernel-logs/log-formats.ts';
import { parserOfFormat } from '../kernel-logs/parser-of-format.ts';
import { BootWriter } from '../store/boot-writer.ts';
import type { HistoryDatabase } from '../store/read-only-query.ts';
import type { ImportedBoot } from './import-result.ts';
import type { LogInput } from './inputs/log-input.ts';
import { LineFeed } from './line-feed.ts';
import type { SourceFile } from './source-file.ts';
import { type Ties, tieSources } from './tie-sources.ts';

/** One text that is being read, line by line. */
export interface Lane {
  readonly number: number;
  readonly input: LogInput;
  readonly format: LogFormat;
  readonly feed: LineFeed;
  readonly parser: LineParser;
  /** What the lane's current line is merged by: the latest time it has seen, so that a step back keeps its place. */
  key: number;
  /** All of it has been read. */
  isOver: boolean;
}

/** The boot that lines go to, and where its events are. */
interface OpenBoot {
  readonly writer: BootWriter;
  readonly sink: EventSink;
  readonly tracker: BootTracker;
}

const KEPT_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

interface FormattedInput {
  readonly input: LogInput;
  readonly format: LogFormat;
}

/**
 * Writes what lanes read into boots. One lane may turn out to hold several: each is finished before the next is begun.
 * Where it is evident which of them the other inputs are from, these are read beside that boot; else nobody could say
 * which line of theirs belongs to which boot, so that all stay one.
 */
export class ImportSession {
  readonly boots: ImportedBoot[] = [];
  readonly damage: string[] = [];
  /** Pairs of sources whose lines are the same at other times. */
  readonly otherTimes: readonly (readonly [string, string])[];
  /** A log has other stamps for the same line: it was moved, or its zero is guessed. */
  private readonly hasOtherClock: boolean;
  /** Those of the boot that is open. Another array where another boot begins. */
  lanes: readonly Lane[] = [];
  readonly inputs: readonly FormattedInput[];
  private readonly ties: Ties | undefined;
  private readonly everyLane: Lane[] = [];
  private readonly db: HistoryDatabase;
  private readonly output: string;
  private readonly bootName: string;
  private current: OpenBoot;
  private readonly firstBoot: number;
  /** Containers by the file that they keep: numbers of sources of the first boot. */
  private readonly containers = new Map<SourceFile, number>();
  private readonly contentIds = new Map<SourceFile, string | null>();

  constructor(db: HistoryDatabase, output: string, bootName: string, inputs: readonly FormattedInput[]) {
    this.inputs = inputs;
    this.ties = tieSources(inputs);
    this.db = db;
    this.output = output;
    this.bootName = bootName;
    this.current = this.beginBoot();
    this.firstBoot = this.current.writer.bootId;
    // What is tied has the very stamps of the boot that it is tied to.
    const { shifts, otherTimes, isGuessed } =
      this.ties === undefined ? measureShifts(inputs) : { shifts: [], otherTimes: [], isGuessed: false };
    this.otherTimes = otherTimes;
    this.hasOtherClock = isGuessed || shifts.some((shift) => shift !== undefined);
    this.lanes = this.openLanes(shifts);
    for (const { input } of inputs) {
      if (input.compression === null || this.containers.has(input.file)) continue;
      this.containers.set(input.file, inputs.length + this.containers.size + 1);
    }
  }

  get writer(): BootWriter {
    return this.current.writer;
  }

  /** Of all inputs, as far as they were read. */
  get bytesConsumed(): number {
    return this.everyLane.reduce((sum, { feed }) => sum + feed.bytesConsumed, 0);
  }

  get eventCount(): number {
    const { builder } = this.writer;
    return builder.nextSeq + builder.count - 1;
  }

  /** All lines have been read: ends the boot that is open. */
  finish(): void {
    this.endBoot(false);
  }

  private beginBoot(): OpenBoot {
    const writer = BootWriter.begin(this.db, this.output, { name: this.bootName, origin: 'import' });
    const sink = new EventSink(writer.builder, () => writer.flush());
    sink.startLine(Number.NaN, Number.NaN, Number.NaN, -1);
    sink.emit(
      'boot.started',
      { agent: AGENT.trace },
      { origin: 'import', soc: null, board: null, mode: null, kernel: null, scenario: null, seed: null },
    );
    return { writer, sink, tracker: new BootTracker() };
  }

  /** Opens the inputs that are from the boot that is open: all of them, where they are not tied to boots. */
  private openLanes(shifts: readonly (Shift | undefined)[]): Lane[] {
    const { inputs, ties } = this;
    const part = this.boots.length + 1;
    const ofBoot = inputs
      .map((input, index) => ({ ...input, index }))
      .filter(({ index }) => ties === undefined || ties.boots[index] === part);
    const main =
      ties !== undefined && part > 1
        ? this.everyLane.find(({ number }) => number === ties.main + 1)
        : undefined;
    const formats = [...(main === undefined ? [] : [main]), ...ofBoot].map(({ format }) => format);
    expectRepeats(this.current.tracker, formats, this.hasOtherClock);
    const opened = ofBoot.map(({ input, format, index }) =>
      this.openLane(input, format, index + 1, shifts[index]),
    );
    this.everyLane.push(...opened);
    return main === undefined ? opened : [main, ...opened];
  }

  private openLane(input: LogInput, format: LogFormat, number: number, shift: Shift | undefined): Lane {
    const { writer, sink, tracker } = this.current;
    writer.beginSource(number, input.name, format);
    const read = input.open((message) =>
      this.damage.push(`${input.path} is damaged or cut off (${message}): what could be unpacked is kept`),
    );
    const feed = new LineFeed(read, (bytes, lineCount) =>
      this.writer.addSourceBlock(number, bytes, lineCount),
    );
    const parser = parserOfFormat(format, sink, tracker, number, {
      head: input.head,
      nextBoot: () => this.nextBoot(number),
      shift,
      ahead: () => feed.ahead(),
    });
    return { number, input, format, feed, parser, key: Number.NEGATIVE_INFINITY, isOver: false };
  }

  /** The current line of the only lane, or of the one that holds several boots, begins another boot. */
  private nextBoot(number: number): ParserTarget | undefined {
    const lane = this.lanes.find((candidate) => candidate.number === number);
    const isMain = this.ties === undefined ? this.lanes.length === 1 : this.ties.main === number - 1;
    if (lane === undefined || !isMain || !lane.feed.keepBeforeCurrent()) return undefined;
    for (const other of this.lanes) if (other !== lane) readToEnd(other);
    this.endBoot(true);
    this.current = this.beginBoot();
    this.writer.beginSource(lane.number, lane.input.name, lane.format, lane.feed.line);
    const { sink, tracker } = this.current;
    if (this.ties !== undefined) {
      lane.key = Number.NEGATIVE_INFINITY;
      this.lanes = this.openLanes([]);
    }
    return { sink, tracker, source: lane.number };
  }

  private endBoot(isFollowed: boolean): void {
    const { writer } = this.current;
    const isFirst = this.boots.length === 0;
    this.tellOfFiles(isFollowed);
    writer.flush();
    const sources = this.lanes.map(({ number, input, format }) => ({
      name: input.name,
      format,
      ...writer.endSource(number),
    }));
    if (isFirst) for (const [file, number] of this.containers) this.keepContainer(file, number);
    writer.finish();
    this.boots.push({
      bootId: writer.bootId,
      bootName: writer.bootName,
      eventCount: writer.builder.nextSeq - 1,
      sources,
    });
  }

  /** Says of each source that is no file by itself which file it was taken from. */
  private tellOfFiles(isFollowed: boolean): void {
    const boot = this.boots.length + 1;
    const isPart = boot > 1 || isFollowed;
    for (const { number, input } of this.lanes) {
      if (input.compression === null && !isPart) continue;
      const isWhole = this.ties !== undefined && number !== this.ties.main + 1;
      const { sink } = this.current;
      sink.startLine(number, Number.NaN, Number.NaN, -1);
      sink.emit(
        'source.taken',
        { agent: AGENT.trace },
        {
          file: input.file.name,
          file_content_id: this.contentIdOf(input.file),
          compression: input.compression,
          first_boot: this.firstBoot,
          container: this.containers.get(input.file) ?? null,
          part: isWhole ? 1 : boot,
        },
      );
    }
  }

  private contentIdOf(file: SourceFile): string | null {
    const known = this.contentIds.get(file);
    if (known !== undefined) return known;
    const contentId = file.contentId() ?? null;
    this.contentIds.set(file, contentId);
    return contentId;
  }

  /** Keeps a packed file as it was given: what was unpacked need not give the same bytes when it is packed again. */
  private keepContainer(file: SourceFile, number: number): void {
    const { writer } = this;
    const format = this.inputs.find(({ input }) => input.file === file)?.input.compression;
    writer.beginSource(number, file.name, present(format, 'compression'));
    const buffer = Buffer.allocUnsafe(KEPT_BYTES);
    const read = file.reader();
    let isMidLine = false;
    for (let count = read(buffer, 0); count > 0; count = read(buffer, 0)) {
      const bytes = buffer.subarray(0, count);
      writer.addSourceBlock(number, bytes, countLines(bytes, isMidLine));
      isMidLine = bytes.at(-1) !== NEWLINE;
    }
    writer.endSource(number);
  }
}

/** Another boot begins in the lane beside: what is left of this one belongs to the boot that ends. */
function readToEnd(lane: Lane): void {
  const { feed, parser } = lane;
  while (!lane.isOver) {
    parser.parse(feed.bytes, feed.start, feed.end, feed.line);
    if (feed.advance()) continue;
    parser.finish();
    lane.isOver = true;
  }
}

/** Where several sources may tell of the same: what happened once is told once. */
function expectRepeats(tracker: BootTracker, formats: readonly LogFormat[], hasOtherClock: boolean): void {
  const logs = formats.filter((format) => FORMATS[format].framing !== undefined);
  if (logs.length > 1) tracker.heardLogLines = new HeardLines(hasOtherClock ? OTHER_CLOCK_NS : SAME_CLOCK_NS);
  if (formats.length - logs.length > 1) tracker.heardTraceEvents = new HeardLines(SAME_CLOCK_NS);
}

type Shift = (framing: Framing) => Framing;

/**
 * What the clocks of several kernel logs are apart, by the lines that they have in common. The first that has the
 * kernel's own times is what the others are measured by; one without a line in common keeps its times.
 */
function measureShifts(inputs: readonly FormattedInput[]): {
  readonly shifts: readonly (Shift | undefined)[];
  readonly otherTimes: readonly (readonly [string, string])[];
  /** The zero of a log is guessed: its times are those of another clock, however near. */
  readonly isGuessed: boolean;
} {
  if (inputs.length < 2) return { shifts: [], otherTimes: [], isGuessed: false };
  const messages = inputs.map(({ input, format }) => timedMessages(input.head, format));
  const first = messages.findIndex((timed) => timed?.isKernelClock === true && timed.times.size > 0);
  const reference = messages[first];
  const referenceName = inputs[first]?.input.name ?? '';
  const isGuessed = messages.some((timed) => timed?.isKernelClock === false);
  if (reference === undefined) return { shifts: [], otherTimes: [], isGuessed };
  const otherTimes: [string, string][] = [];
  const shifts = messages.map((timed, index) => {
    if (timed === undefined || index === first) return undefined;
    const name = inputs[index]?.input.name ?? '';
    if (areOfOtherBoots(reference, timed)) {
      otherTimes.push(index < first ? [name, referenceName] : [referenceName, name]);
      return undefined;
    }
    const measured = measureOffset(reference, timed);
    if (measured === undefined) return undefined;
    const { offsetNs, lineCount } = measured;
    const seconds = `${offsetNs < 0 ? '-' : '+'}${(Math.abs(offsetNs) / 1e9).toFixed(6)} s`;
    const anchor = {
      clock: `clock of ${name}`,
      reading: seconds,
      evidence: `added: the median of ${lineCount} lines that ${referenceName} has too`,
      isGuess: false,
    };
    return (framing: Framing) => new ShiftedFraming(framing, offsetNs, anchor);
  });
  return { shifts, otherTimes, isGuessed };
}

/** How many lines begin in a block, as `trace verify` counts them. */
function countLines(bytes: Uint8Array, isMidLine: boolean): number {
  let count = isMidLine ? -1 : 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return bytes.at(-1) === NEWLINE ? count : count + 1;
}
