import { existsSync, rmSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { present } from '../base/assert.ts';
import { counted } from '../base/count.ts';
import { InputError } from '../base/input-error.ts';
import { Interruption } from '../base/interruption.ts';
import { runSteps, type Steps } from '../base/steps.ts';
import { BootTracker } from '../kernel-logs/boot-tracker.ts';
import { detectFormat } from '../kernel-logs/detect-format.ts';

import { AGENT, EventSink } from '../kernel-logs/event-sink.ts';
import type { LineParser } from '../kernel-logs/line-parser.ts';
import { LOG_FORMATS, type LogFormat } from '../kernel-logs/log-formats.ts';
import { parserOfFormat } from '../kernel-logs/parser-of-format.ts';
import { LogReader } from '../store/boot-reader.ts';
import { BootWriter } from '../store/boot-writer.ts';
import { closeWritten, openForWriting } from '../store/database.ts';
import { deriveInSteps } from '../store/derive.ts';
import { ImportLock } from '../store/import-lock.ts';
import type { ImportedSource, ImportResult } from './import-result.ts';
import { warnOfName, warnOfSources } from './import-warnings.ts';
import { findKnown } from './known-files.ts';
import { LineFeed } from './line-feed.ts';
import { SourceFile } from './source-file.ts';

export type { ImportResult } from './import-result.ts';

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
  /** Told once when another import into the same history has to end first. */
  readonly onWait?: (() => void) | undefined;
}

export interface ImportProgress {
  readonly stage: 'reading' | 'tables';
  readonly bytes: number;
  /** Undefined when a source's size is not known, as with a pipe. */
  readonly totalBytes: number | undefined;
  readonly events: number;
}

/** Lines after which an import reports progress and can be stopped. */
const LINES_PER_STEP = 1 << 15;

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
  return runSteps(importInSteps(request));
}

/** The same, letting go every so often. Where it is stopped, the {@link Interruption} says what is kept. */
export function* importInSteps(request: ImportRequest): Steps<ImportResult> {
  const files = request.files.map((path) => SourceFile.open(path));
  try {
    const bootName = request.name ?? basename(request.output).replace(/\.db$/, '');
    if (bootName.trim() === '') throw new InputError('the name of a boot is not to be empty');
    checkFiles(request.output, files);
    const lock = yield* lockHistory(request, files, bootName);
    if (!(lock instanceof ImportLock)) return lock;
    try {
      return findKnown(request.output, files) ?? (yield* importInto(request, files, bootName));
    } finally {
      lock.release();
    }
  } finally {
    for (const file of files) file.close();
  }
}

/** Milliseconds between two looks at whether another import is done. */
const LOCK_POLL_MS = 20;

/** Waits until no other import goes into the history. Where nothing can be written, the files may be there already. */
function* lockHistory(
  request: ImportRequest,
  files: readonly SourceFile[],
  bootName: string,
): Steps<ImportLock | ImportResult> {
  for (let looks = 0; ; looks++) {
    let lock: ImportLock | undefined;
    try {
      lock = ImportLock.tryAcquire(request.output);
    } catch (error) {
      const known = findKnown(request.output, files);
      if (known !== undefined) return known;
      throw error;
    }
    if (lock !== undefined) return lock;
    if (looks === 0) request.onWait?.();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_POLL_MS);
    try {
      yield;
    } catch (error) {
      throw error instanceof Interruption
        ? new Interruption(`stopped before ${bootName} was begun; nothing is kept`)
        : error;
    }
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

function* importInto(
  request: ImportRequest,
  files: readonly SourceFile[],
  bootName: string,
): Steps<ImportResult> {
  const isNew = !existsSync(request.output) || statSync(request.output).size === 0;
  const db = openForWriting(request.output, { create: true });
  let writer: BootWriter | undefined;
  let isComplete = false;
  try {
    writer = BootWriter.begin(db, request.output, { name: bootName, origin: 'import' });
    const sources = yield* readLanes(request, files, writer);
    writer.finish();
    isComplete = true;
    const log = new LogReader(db, request.output);
    const warnings = [...warnOfName(log, writer, bootName), ...warnOfSources(log, writer.bootId)];
    if (request.withoutTables !== true) {
      yield* deriveInSteps(db, request.output, {
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
    if (error instanceof Interruption && writer !== undefined) {
      if (!isComplete) writer.commit();
      closeWritten(db);
      throw new Interruption(describeKept(request.output, writer, isComplete));
    }
    writer?.abandon();
    db.close();
    // A history that this import made and could not fill is of no use to anybody.
    if (isNew)
      for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(request.output + suffix, { force: true });
    throw error;
  }
}

/** What there is of an import that was stopped, and how to get the rest. */
function describeKept(
  output: string,
  { bootId, bootName, builder }: BootWriter,
  isComplete: boolean,
): string {
  const events = counted(builder.nextSeq - 1, 'event');
  return isComplete
    ? `stopped; ${output} holds all of boot ${bootId} (${bootName}), ${events}, but no tables for SQL: \`trace index\` makes them`
    : `stopped; ${output} keeps the first ${events} of boot ${bootId} (${bootName}), marked unfinished; importing again begins anew`;
}

function* readLanes(
  request: ImportRequest,
  files: readonly SourceFile[],
  writer: BootWriter,
): Steps<ImportedSource[]> {
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
  try {
    const [first] = lanes;
    if (lanes.length === 1 && first !== undefined) yield* readLane(first, report);
    else yield* mergeLanes(lanes, report);
  } catch (error) {
    if (error instanceof Interruption) for (const { feed } of lanes) feed.keepConsumed();
    throw error;
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

function* readLane({ feed, parser }: Lane, report: () => void): Steps<void> {
  let lines = 0;
  while (feed.advance()) {
    parser.parse(feed.bytes, feed.start, feed.end, feed.line);
    if (++lines % LINES_PER_STEP !== 0) continue;
    report();
    yield;
  }
}

/** Takes, over and over, the line with the smallest time; lines of one source keep their order. */
function* mergeLanes(lanes: readonly Lane[], report: () => void): Steps<void> {
  const open = lanes.filter((lane) => advance(lane));
  let lines = 0;
  while (open.length > 0) {
    let earliest = present(open[0], 'open lane');
    for (const lane of open) if (lane.key < earliest.key) earliest = lane;
    const { feed, parser } = earliest;
    parser.parse(feed.bytes, feed.start, feed.end, feed.line);
    if (++lines % LINES_PER_STEP === 0) {
      report();
      yield;
    }
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
  const parser = parserOfFormat(format, sink, tracker, number);
  return { number, file, feed, parser, format, key: Number.NEGATIVE_INFINITY };
}

function progressReporter(request: ImportRequest, lanes: readonly Lane[], events: () => number): () => void {
  const { onProgress } = request;
  if (onProgress === undefined) return () => {};
  const sizes = lanes.map((lane) => lane.file.size);
  const totalBytes = sizes.includes(undefined)
    ? undefined
    : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  return () => {
    const bytes = lanes.reduce((sum, lane) => sum + lane.feed.bytesConsumed, 0);
    onProgress({ stage: 'reading', bytes, totalBytes, events: events() });
  };
}
