import { existsSync, rmSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { present } from '../base/assert.ts';
import { InputError } from '../base/input-error.ts';
import { BootTracker } from '../kernel-logs/boot-tracker.ts';
import { detectFormat, LOG_FORMATS, type LogFormat } from '../kernel-logs/detect-format.ts';
import { DmesgParser } from '../kernel-logs/dmesg/dmesg-parser.ts';
import { AGENT, EventSink } from '../kernel-logs/event-sink.ts';
import { FtraceParser } from '../kernel-logs/ftrace/ftrace-parser.ts';
import type { LineParser } from '../kernel-logs/line-parser.ts';
import { LogReader } from '../store/boot-reader.ts';
import { BootWriter } from '../store/boot-writer.ts';
import { closeWritten, openForReading, openForWriting } from '../store/database.ts';
import { deriveTables } from '../store/derive.ts';
import { warnOfName, warnOfSources } from './import-warnings.ts';
import { LineFeed } from './line-feed.ts';
import { SourceFile } from './source-file.ts';

/** Formats that `--input-format` takes. */
export const IMPORT_FORMATS = LOG_FORMATS;

export interface ImportRequest {
  /** Files of one boot; `-` is standard input. */
  readonly files: readonly string[];
  readonly output: string;
  /** Name of the boot; the output's own name by default. */
  readonly name?: string | undefined;
  /** Format of all files; found out by content when not given. */
  readonly format?: LogFormat | undefined;
  /** Leave the tables for SQL to `trace index`. */
  readonly withoutTables?: boolean | undefined;
  /** Told every so often how far the import has come. */
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
}

export interface ImportProgress {
  readonly stage: 'reading' | 'tables';
  readonly bytes: number;
  /** Undefined when a source's size is not known, as with a pipe. */
  readonly totalBytes: number | undefined;
  readonly events: number;
}

export interface ImportedSource {
  readonly name: string;
  readonly format: string;
  readonly lineCount: number;
  readonly byteCount: number;
  readonly contentId: string;
}

export interface ImportResult {
  readonly output: string;
  readonly bootId: number;
  readonly bootName: string;
  /** True when the history already held exactly these files, and nothing was done. */
  readonly alreadyThere: boolean;
  readonly eventCount: number;
  readonly sources: readonly ImportedSource[];
  /** What the user may not have expected, a sentence each. */
  readonly warnings: readonly string[];
}

/** Lines between two looks at whether to report progress. */
const LINES_PER_REPORT = 1 << 16;

interface Lane {
  readonly number: number;
  readonly file: SourceFile;
  readonly feed: LineFeed;
  readonly parser: LineParser;
  readonly format: LogFormat;
  /** What the lane's current line is merged by: the latest time it has seen, so that a step back keeps its place. */
  key: number;
}

/**
 * Imports the logs of one boot into a history, which is made when there is none. Several files become one
 * boot, merged by their clocks. A history that already holds exactly these files is left as it is.
 */
export function importLogs(request: ImportRequest): ImportResult {
  const files = request.files.map((path) => SourceFile.open(path));
  try {
    const bootName = request.name ?? basename(request.output).replace(/\.db$/, '');
    if (bootName.trim() === '') throw new InputError('the name of a boot is not to be empty');
    checkFiles(request.output, files);
    const known = findKnown(request.output, files, bootName);
    if (known !== undefined) return known;
    return importInto(request, files, bootName);
  } finally {
    for (const file of files) file.close();
  }
}

/** Nothing is imported twice, and never into one of the inputs. */
function checkFiles(output: string, files: readonly SourceFile[]): void {
  if (output === '-') throw new InputError('a history cannot go to standard output: give a file with -o');
  const outputIdentity = existsSync(output) ? identityOf(output) : undefined;
  const seen: SourceFile[] = [];
  for (const file of files) {
    if (file.identity === outputIdentity)
      throw new InputError('is both an input and the output', { file: file.path });
    const twin = seen.find((other) => isSameContent(other, file));
    if (twin !== undefined)
      throw new InputError(`is the same as ${twin.path}: give each file once`, { file: file.path });
    seen.push(file);
  }
}

function identityOf(path: string): string {
  const { dev, ino } = statSync(path);
  return `${dev}:${ino}`;
}

function isSameContent(a: SourceFile, b: SourceFile): boolean {
  if (a.identity === b.identity) return true;
  return a.size !== undefined && a.size > 0 && a.size === b.size && a.contentId() === b.contentId();
}

function importInto(request: ImportRequest, files: readonly SourceFile[], bootName: string): ImportResult {
  const isNew = !existsSync(request.output) || statSync(request.output).size === 0;
  const db = openForWriting(request.output, { create: true });
  let writer: BootWriter | undefined;
  try {
    writer = BootWriter.begin(db, request.output, { name: bootName, origin: 'import' });
    const sources = readLanes(request, files, writer);
    writer.finish();
    const log = new LogReader(db, request.output);
    const warnings = [...warnOfName(log, writer, bootName), ...warnOfSources(log, writer.bootId)];
    if (request.withoutTables !== true) {
      deriveTables(db, request.output, {
        onProgress: ({ events }) =>
          request.onProgress?.({ stage: 'tables', bytes: 0, totalBytes: undefined, events }),
      });
    }
    closeWritten(db);
    return {
      output: request.output,
      bootId: writer.bootId,
      bootName: writer.bootName,
      alreadyThere: false,
      eventCount: writer.builder.nextSeq - 1,
      sources,
      warnings,
    };
  } catch (error) {
    writer?.abandon();
    db.close();
    // A history that this import made and could not fill is of no use to anybody.
    if (isNew)
      for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(request.output + suffix, { force: true });
    throw error;
  }
}

function readLanes(
  request: ImportRequest,
  files: readonly SourceFile[],
  writer: BootWriter,
): ImportedSource[] {
  const { builder } = writer;
  const sink = new EventSink(builder, () => writer.flush());
  const tracker = new BootTracker();
  sink.emit(
    'boot.started',
    { agent: AGENT.trace },
    {
      origin: 'import',
      soc: null,
      board: null,
      mode: null,
      kernel: null,
      scenario: null,
      seed: null,
    },
  );
  const lanes = files.map((file, index) => openLane(request, file, index + 1, writer, sink, tracker));
  const report = progressReporter(request, lanes, () => builder.nextSeq + builder.count - 1);
  const [first] = lanes;
  if (lanes.length === 1 && first !== undefined) {
    const { feed, parser } = first;
    while (feed.advance()) {
      parser.parse(feed.bytes, feed.start, feed.end, feed.line);
      report();
    }
  } else {
    mergeLanes(lanes, report);
  }
  writer.flush();
  return lanes.map((lane) => {
    const contentId = writer.endSource(lane.number);
    return {
      name: lane.file.name,
      format: lane.format,
      lineCount: lane.feed.line,
      byteCount: lane.feed.bytesConsumed,
      contentId,
    };
  });
}

/** Takes, over and over, the line with the smallest time; lines of one source keep their order. */
function mergeLanes(lanes: readonly Lane[], report: () => void): void {
  const open = lanes.filter((lane) => advance(lane));
  while (open.length > 0) {
    let earliest = present(open[0], 'open lane');
    for (const lane of open) if (lane.key < earliest.key) earliest = lane;
    const { feed, parser } = earliest;
    parser.parse(feed.bytes, feed.start, feed.end, feed.line);
    report();
    if (!advance(earliest)) open.splice(open.indexOf(earliest), 1);
  }
}

function advance(lane: Lane): boolean {
  if (!lane.feed.advance()) return false;
  const time = lane.parser.timeOf(lane.feed.bytes, lane.feed.start, lane.feed.end);
  if (time > lane.key) lane.key = time;
  return true;
}

function openLane(
  request: ImportRequest,
  file: SourceFile,
  number: number,
  writer: BootWriter,
  sink: EventSink,
  tracker: BootTracker,
): Lane {
  // The format is decided by what the first read brings, which is then handed on as if nobody had looked.
  const head = Buffer.alloc(64 * 1024);
  let headLength = 0;
  while (headLength < head.length) {
    const count = file.read(head, headLength);
    if (count === 0) break;
    headLength += count;
  }
  file.checkIsText(head.subarray(0, headLength));
  const format = request.format ?? detectFormat(head.subarray(0, headLength));
  writer.beginSource(number, file.name, format);
  let handedOn = 0;
  const read = (buffer: Uint8Array, offset: number): number => {
    if (handedOn === headLength) return file.read(buffer, offset);
    const count = Math.min(headLength - handedOn, buffer.length - offset);
    buffer.set(head.subarray(handedOn, handedOn + count), offset);
    handedOn += count;
    return count;
  };
  const feed = new LineFeed(read, (bytes, lineCount) => writer.addSourceBlock(number, bytes, lineCount));
  const parser =
    format === 'ftrace' ? new FtraceParser(sink, tracker, number) : new DmesgParser(sink, tracker, number);
  return { number, file, feed, parser, format, key: Number.NEGATIVE_INFINITY };
}

function progressReporter(request: ImportRequest, lanes: readonly Lane[], events: () => number): () => void {
  const { onProgress } = request;
  if (onProgress === undefined) return () => {};
  const sizes = lanes.map((lane) => lane.file.size);
  const totalBytes = sizes.includes(undefined)
    ? undefined
    : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  let lines = 0;
  return () => {
    if (++lines % LINES_PER_REPORT !== 0) return;
    const bytes = lanes.reduce((sum, lane) => sum + lane.feed.bytesConsumed, 0);
    onProgress({ stage: 'reading', bytes, totalBytes, events: events() });
  };
}

/**
 * Whether a history already holds these files. All of them as one boot: nothing is to be done. Some of them:
 * an error, because a log is append-only and a boot that half exists cannot be completed.
 */
function findKnown(output: string, files: readonly SourceFile[], bootName: string): ImportResult | undefined {
  if (!existsSync(output) || statSync(output).size === 0) return undefined;
  const ids = files.map((file) => (file.size === undefined ? undefined : file.contentId()));
  const db = openForReading(output);
  try {
    const reader = new LogReader(db, output);
    for (const boot of reader.boots()) {
      const idsThere = new Set(boot.sources.map((source) => source.contentId));
      const hits = ids.filter((id) => id !== undefined && idsThere.has(id));
      if (hits.length === 0 || !boot.finished) continue;
      if (hits.length === ids.length && idsThere.size === new Set(ids).size) {
        return {
          output,
          bootId: boot.bootId,
          bootName: boot.name,
          alreadyThere: true,
          eventCount: boot.eventCount,
          warnings: [],
          sources: boot.sources.map((source) => ({
            name: source.name,
            format: source.format,
            lineCount: source.lineCount ?? 0,
            byteCount: source.byteCount ?? 0,
            contentId: source.contentId ?? '',
          })),
        };
      }
      const twice = files.find(
        (_file, index) => ids[index] !== undefined && idsThere.has(ids[index] as string),
      );
      throw new InputError(
        `is already in ${output}, in boot ${boot.bootId} (${boot.name}); to make ${bootName} of these files, give another -o`,
        { file: twice?.path },
      );
    }
    return undefined;
  } finally {
    db.close();
  }
}
