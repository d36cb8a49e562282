import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { exportSources } from '../../src/app/export-sources.ts';
import { importLogs } from '../../src/app/import-logs.ts';
import { reportBoots } from '../../src/app/import-report.ts';
import { compressionOf } from '../../src/app/inputs/compression.ts';
import { openHistory } from '../../src/app/open-history.ts';
import { verifyFile } from '../../src/app/verify-file.ts';
import { InputError } from '../../src/base/input-error.ts';
import { SeededRandom } from '../../src/base/seeded-random.ts';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { renderEvent } from '../../src/events/catalog.ts';
import { LOG_FORMATS, type LogFormat } from '../../src/kernel-logs/log-formats.ts';
import { FTRACE_HEADER, generateFtrace, renderFtraceLine } from '../bench/generate-ftrace.ts';
import { generateKernelLog } from '../bench/generate-kernel-log.ts';
import { mutatedLog } from './mutate-log.ts';

/** What an import did that it must not do, with the bytes that show it. */
export interface ImportFlaw {
  readonly run: number;
  readonly what: string;
  readonly bytes: Buffer;
  readonly format: LogFormat | undefined;
}

export interface ImportFuzzResult {
  readonly runs: number;
  /** Bytes that were imported. */
  readonly byteCount: number;
  readonly eventCount: number;
  /** Inputs that were refused with one line, as no text is. */
  readonly refusedCount: number;
  readonly flaws: readonly ImportFlaw[];
  /** Of the heap after a collection: when it had warmed up, and at the end. */
  readonly heapBytes: readonly [number, number];
}

const SAMPLES = [
  '../../test/fixtures/logs',
  '../../test/golden/logs',
  '../../traces',
  '../../../shared/logs',
];

/** Logs to begin with: those of the tests, generated ones, and real ones where they are there. */
export function sampleLogs(): Buffer[] {
  const kernelLog = Buffer.from([...generateKernelLog(600, 1)].join(''));
  const ftrace = Buffer.from(FTRACE_HEADER + [...generateFtrace(600, 1)].map(renderFtraceLine).join(''));
  const files = SAMPLES.map((folder) => fileURLToPath(new URL(folder, import.meta.url)))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      (readdirSync(folder, { recursive: true }) as string[])
        .filter((name) => /\.(?:log|txt)$/.test(name))
        .sort()
        .map((name) => readFileSync(join(folder, name))),
    );
  return [kernelLog, ftrace, ...files].filter((log) => log.length > 0);
}

interface Options {
  readonly seed: number;
  readonly runs: number;
  readonly logs: readonly Buffer[];
  readonly mayGoOn?: () => boolean;
  readonly onRun?: (run: number) => void;
  /** Bytes that the heap holds, after a collection. */
  readonly heap?: () => number;
}

/** Runs after which the heap has all that stays in it: compiled code, tables, caches. */
const WARM_RUNS = 200;
const MOST_FLAWS = 5;

/** Imports damaged logs. The same seed gives the same ones. */
export function fuzzImports({
  seed,
  runs,
  logs,
  mayGoOn = () => true,
  onRun = () => {},
  heap = () => 0,
}: Options): ImportFuzzResult {
  const random = new SeededRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'trace-fuzz-'));
  const flaws: ImportFlaw[] = [];
  const sum = { byteCount: 0, eventCount: 0, refusedCount: 0 };
  let warmHeap = 0;
  let run = 0;
  try {
    while (run < runs && flaws.length < MOST_FLAWS && mayGoOn()) {
      run++;
      const bytes = mutatedLog(random, logs);
      // Mostly found out by content, as it would be; else it may be taken for anything.
      const format = random.below(4) === 0 ? LOG_FORMATS[random.below(LOG_FORMATS.length)] : undefined;
      const how = { format, isPacked: random.below(8) === 0, isVerified: random.below(16) === 0 };
      sum.byteCount += bytes.length;
      const outcome = tryImport(folder, bytes, how);
      if (typeof outcome === 'number') sum.eventCount += outcome;
      else if (outcome === 'refused') sum.refusedCount++;
      else {
        const shows = (candidate: Buffer) => tryImport(folder, candidate, how) instanceof Error;
        flaws.push({ run, what: outcome.message, bytes: fewerLines(bytes, shows), format });
      }
      if (run === WARM_RUNS) warmHeap = heap();
      onRun(run);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { runs: run, ...sum, flaws, heapBytes: [warmHeap, heap()] };
}

interface How {
  readonly format: LogFormat | undefined;
  readonly isPacked: boolean;
  readonly isVerified: boolean;
}

/** How many events came of it; an error for what must not be. */
function tryImport(folder: string, bytes: Buffer, how: How): number | 'refused' | Error {
  const input = join(folder, 'input.log');
  const output = join(folder, 'history.db');
  try {
    writeFileSync(input, how.isPacked ? gzipSync(bytes) : bytes);
    importLogs({ files: [input], output, format: how.format, withoutTables: !how.isVerified });
    const isPacked = how.isPacked || compressionOf(bytes) !== undefined;
    const flaw = flawIn(output, readFileSync(input), isPacked ? undefined : bytes);
    if (flaw !== undefined) return new Error(flaw);
    if (how.isVerified) {
      const [finding] = verifyFile(output).findings;
      if (finding !== undefined) return new Error(`trace verify: ${JSON.stringify(finding)}`);
    }
    return countEvents(output);
  } catch (error) {
    if (!(error instanceof InputError)) return error instanceof Error ? error : new Error(String(error));
    return error.oneLine().includes('\n') ? new Error(`more than a line: ${error.oneLine()}`) : 'refused';
  } finally {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(output + suffix, { force: true });
  }
}

/** What is lost or cannot be read of a history. */
function flawIn(output: string, given: Buffer, text: Buffer | undefined): string | undefined {
  const blocks: Uint8Array[] = [];
  exportSources({ file: output, write: (block) => blocks.push(Uint8Array.from(block)) > 0 });
  if (!Buffer.concat(blocks).equals(given)) return 'other bytes come back than were given';
  const history = openHistory(output);
  try {
    const cited = new Set<string>();
    for (const { bootId } of history.boots) {
      const events = [...history.log.events(bootId)];
      for (const event of events) {
        renderEvent(event);
        if (event.line !== null) cited.add(`${event.source}:${event.line}`);
      }
      diagnose(events);
    }
    reportBoots(history, history.boots);
    const lines = text === undefined ? cited.size : lineCount(text);
    return cited.size === lines ? undefined : `${cited.size} of ${lines} lines are cited`;
  } finally {
    history.close();
  }
}

function countEvents(output: string): number {
  const history = openHistory(output);
  try {
    return history.boots.reduce((sum, { eventCount }) => sum + eventCount, 0);
  } finally {
    history.close();
  }
}

function lineCount(bytes: Buffer): number {
  let newlines = 0;
  for (const byte of bytes) if (byte === 0x0a) newlines++;
  return newlines + (bytes.length > 0 && bytes.at(-1) !== 0x0a ? 1 : 0);
}

/** Leaves lines out, many at first, as long as what is left still shows the flaw. */
function fewerLines(bytes: Buffer, shows: (candidate: Buffer) => boolean): Buffer {
  let lines = bytes.toString('latin1').split('\n');
  for (let size = Math.ceil(lines.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < lines.length; ) {
      const fewer = [...lines.slice(0, at), ...lines.slice(at + size)];
      if (fewer.length > 0 && shows(Buffer.from(fewer.join('\n'), 'latin1'))) lines = fewer;
      else at += size;
    }
  }
  return Buffer.from(lines.join('\n'), 'latin1');
}
