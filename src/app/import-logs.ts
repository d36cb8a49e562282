import { existsSync, rmSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { present } from '../base/assert.ts';
import { counted } from '../base/count.ts';
import { InputError } from '../base/input-error.ts';
import { Interruption } from '../base/interruption.ts';
import { runSteps, type Steps } from '../base/steps.ts';
import { detectFormat } from '../kernel-logs/detect-format.ts';
import { LOG_FORMATS, type LogFormat, tellsByTrace } from '../kernel-logs/log-formats.ts';
import { LogReader } from '../store/boot-reader.ts';
import type { BootWriter } from '../store/boot-writer.ts';
import { closeWritten, openForWriting, openTemporary } from '../store/database.ts';
import { ImportLock } from '../store/import-lock.ts';
import { makeDerivedInSteps } from '../store/make-derived.ts';
import type { HistoryDatabase } from '../store/read-only-query.ts';
import type { ImportResult } from './import-result.ts';
import { ImportSession, type Lane } from './import-session.ts';
import { warnOfName, warnOfSources } from './import-warnings.ts';
import {
  checkAreTexts,
  checkMayBeLogs,
  type LogInput,
  type LogInputs,
  openLogInputs,
} from './inputs/log-input.ts';
import { findKnown } from './known-files.ts';
import { nameOfFile, SourceFile } from './source-file.ts';

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

/**
 * Imports the logs of one boot into a history, which is made when there is none. Several files become one
 * boot, merged by their clocks. A history that already holds exactly these files is left as it is.
 */
export function importLogs(request: ImportRequest): ImportResult {
  return runSteps(importInSteps(request));
}

/** The same, letting go every so often. Where it is stopped, the {@link Interruption} says what is kept. */
export function* importInSteps(request: ImportRequest): Steps<ImportResult> {
  const inputs = openLogInputs(request.files);
  try {
    const bootName = request.name ?? basename(request.output).replace(/\.db$/, '');
    if (bootName.trim() === '') throw new InputError('the name of a boot is not to be empty');
    checkFiles(request.output, inputs.files);
    checkAreTexts(inputs.inputs);
    const lock = yield* lockHistory(request, inputs.files, bootName);
    if (!(lock instanceof ImportLock)) return lock;
    try {
      return findKnown(request.output, inputs.files) ?? (yield* importInto(request, inputs, bootName));
    } finally {
      lock.release();
    }
  } finally {
    inputs.close();
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
    if (file.liesIn(outputIdentity))
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

function* importInto(request: ImportRequest, inputs: LogInputs, bootName: string): Steps<ImportResult> {
  const isNew = !existsSync(request.output) || statSync(request.output).size === 0;
  const db = openForWriting(request.output, { create: true });
  let session: ImportSession | undefined;
  let isComplete = false;
  try {
    session = new ImportSession(db, request.output, bootName, withFormats(inputs.inputs, request.format));
    yield* readLanes(request, session);
    isComplete = true;
    const log = new LogReader(db, request.output);
    const warnings = warningsOf(log, session, inputs, bootName);
    if (request.withoutTables !== true) {
      yield* makeDerivedInSteps(db, request.output, {
        onProgress: ({ events }) =>
          request.onProgress?.({ stage: 'tables', bytes: 0, totalBytes: undefined, events }),
      });
    }
    closeWritten(db);
    return { output: request.output, alreadyThere: false, ...resultOf(session), warnings };
  } catch (error) {
    if (error instanceof Interruption && session !== undefined) {
      if (!isComplete) session.writer.commit();
      closeWritten(db);
      throw new Interruption(describeKept(request.output, session.writer, isComplete));
    }
    session?.writer.abandon();
    db.close();
    // A history that this import made and could not fill is of no use to anybody.
    if (isNew)
      for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(request.output + suffix, { force: true });
    throw error;
  }
}

/** Imports into a history that vanishes when it is closed. `name` is what messages call it. */
export function importTemporarily(
  files: readonly string[],
  { format, mayBeAnything = false }: { format?: LogFormat | undefined; mayBeAnything?: boolean } = {},
): { db: HistoryDatabase; warnings: string[] } {
  const inputs = openLogInputs(files);
  const [first = '-'] = files;
  const db = openTemporary();
  try {
    checkAreTexts(inputs.inputs);
    if (!mayBeAnything) checkMayBeLogs(inputs.inputs, first);
    const bootName = nameOfFile(first);
    const session = new ImportSession(db, first, bootName, withFormats(inputs.inputs, format));
    runSteps(readLanes({ files, output: first }, session));
    return { db, warnings: warningsOf(new LogReader(db, first), session, inputs, bootName) };
  } catch (error) {
    db.close();
    throw error;
  } finally {
    inputs.close();
  }
}

/** A text in a format that is known, to be imported from memory. */
export interface TextInput {
  readonly name: string;
  readonly format: LogFormat;
  readonly bytes: Buffer;
}

/** Imports texts of one boot into a history that vanishes when it is closed. */
export function importTexts(texts: readonly TextInput[]): HistoryDatabase {
  const db = openTemporary();
  try {
    const inputs = texts.map(({ name, format, bytes }) => {
      const file = SourceFile.inMemory(name, bytes);
      const open = () => file.reader();
      return { input: { path: name, name, file, compression: null, head: file.head(), open }, format };
    });
    const session = new ImportSession(db, 'memory', 'memory', inputs);
    runSteps(readLanes({ files: [], output: 'memory' }, session));
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function withFormats(inputs: readonly LogInput[], format: LogFormat | undefined) {
  return inputs.map((input) => ({ input, format: format ?? input.format ?? detectFormat(input.head) }));
}

function resultOf({ boots }: ImportSession) {
  return { ...present(boots[0], 'an import makes a boot'), boots };
}

function warningsOf(
  log: LogReader,
  { boots, damage, otherTimes }: ImportSession,
  { skipped }: LogInputs,
  bootName: string,
): string[] {
  // Once: a console may hold a thousand boots.
  const held = log.boots();
  const infoOf = new Map(held.map((info) => [info.bootId, info]));
  return [
    ...describeSkipped(skipped),
    ...damage,
    ...boots.flatMap((boot, index) => [
      // The second boot of a file is numbered, as a matter of course.
      ...warnOfName(held, boot, index === 0 ? bootName : boot.bootName),
      ...warnOfSources(log, infoOf.get(boot.bootId), otherTimes),
    ]),
  ];
}

/** Names what was left out of each folder and archive. */
function describeSkipped(skipped: LogInputs['skipped']): string[] {
  const known = skipped.flatMap(({ container, name, what }) =>
    what === undefined ? [] : [`left out of ${container}: ${name} is ${what}`],
  );
  const others = skipped.filter(({ what }) => what === undefined);
  const unknown = [...new Set(others.map(({ container }) => container))].map((container) => {
    const names = others.filter((file) => file.container === container).map(({ name }) => name);
    const them = names.length === 1 ? 'it' : 'them';
    return `left out of ${container}, as nothing in ${them} looks like a log: ${names.join(', ')}`;
  });
  return [...known, ...unknown];
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

function* readLanes(request: ImportRequest, session: ImportSession): Steps<void> {
  const report = progressReporter(request, session);
  try {
    const [first] = session.lanes;
    if (session.inputs.length === 1 && first !== undefined) yield* readLane(first, report);
    else yield* mergeLanes(session, report);
  } catch (error) {
    if (error instanceof Interruption) for (const { feed } of session.lanes) feed.keepConsumed();
    throw error;
  }
  session.finish();
}

function* readLane({ feed, parser }: Lane, report: () => void): Steps<void> {
  let lines = 0;
  while (feed.advance()) {
    parser.parse(feed.bytes, feed.start, feed.end, feed.line);
    if (++lines % LINES_PER_STEP !== 0) continue;
    report();
    yield;
  }
  parser.finish();
}

/**
 * Takes, over and over, the line with the smallest time; lines of one source keep their order. At the same microsecond
 * kernel logs come before traces, and else the file that was given first.
 */
function* mergeLanes(session: ImportSession, report: () => void): Steps<void> {
  let { lanes } = session;
  let open = inOrder(lanes.filter(begin));
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
    if (session.lanes !== lanes) {
      // Another boot began with the line.
      lanes = session.lanes;
      open = inOrder(lanes.filter((lane) => lane === earliest || begin(lane)));
    }
    if (advance(earliest)) continue;
    parser.finish();
    earliest.isOver = true;
    open.splice(open.indexOf(earliest), 1);
  }
}

function begin(lane: Lane): boolean {
  lane.isOver = !advance(lane);
  return !lane.isOver;
}

function inOrder(lanes: Lane[]): Lane[] {
  return lanes.sort((a, b) => Number(tellsByTrace(a.format)) - Number(tellsByTrace(b.format)));
}

function advance(lane: Lane): boolean {
  if (!lane.feed.advance()) return false;
  const time = lane.parser.timeOf(lane.feed.bytes, lane.feed.start, lane.feed.end);
  if (time > lane.key) lane.key = time;
  return true;
}

function progressReporter(request: ImportRequest, session: ImportSession): () => void {
  const { onProgress } = request;
  if (onProgress === undefined) return () => {};
  // Of what is packed, only the packed size is known.
  const sizes = session.inputs.map(({ input }) => (input.compression === null ? input.file.size : undefined));
  const totalBytes = sizes.includes(undefined)
    ? undefined
    : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  return () => {
    onProgress({ stage: 'reading', bytes: session.bytesConsumed, totalBytes, events: session.eventCount });
  };
}
