import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Arena, database, type Result, renderCount } from '../arena.ts';
import type { Contender, Sample } from '../contest.ts';
import { generateKernelLog } from '../generate-kernel-log.ts';
import { isInstalled } from '../peers.ts';
import { compare, median, type Row, spreadOf } from '../row.ts';
import { writeLines } from '../write-lines.ts';
import {
  checkLines,
  importContender,
  importedLines,
  parsedLines,
  peakMemory,
  waitedFor,
} from './import-ftrace.ts';

const WITHOUT_START = 'without what an import of a single line takes';

/**
 * Kernel log to a log of events, beside C that parses it, recognises nothing and keeps nothing, and beside babeltrace2,
 * which reads the same `dmesg` and keeps it as CTF, recognising nothing; then logs of several lengths.
 */
export async function importKernelLog(arena: Arena): Promise<Result> {
  const { lines } = arena.scale;
  const text = writeLog(arena, lines);
  const log = database(arena, 'import-kernel-log.db');
  const logWithTables = database(arena, 'import-kernel-log-tables.db');
  const ctf = join(arena.folder, 'ctf');
  const samples = await arena.stadium.contest('kernel-log', {
    'C parse': { command: arena.peers.program('parse-kernel-log'), args: [text] },
    import: importContender(arena, text, log),
    'import with tables': importContender(arena, text, logWithTables, true),
    babeltrace2: isInstalled('babeltrace2') ? toCtf(text, ctf) : undefined,
  });
  checkLines(samples['C parse'].map(parsedLines), lines);
  checkLines(samples.import.map(importedLines), lines);
  const rate = (sample: Sample) => lines / (sample.cpuMs / 1000);
  const ours = samples.import.map(rate);
  const rows: Row[] = [
    compare(
      'import kernel log',
      'per second',
      ours,
      { name: 'C parse', values: samples['C parse'].map(rate) },
      { aim: { of: 'ours', bound: 'at least', value: 500_000 } },
    ),
    peakMemory('import kernel log, with its tables', samples['import with tables']),
    ...waitedFor('import kernel log', lines, samples.import, samples['import with tables']),
  ];
  if (samples.babeltrace2.length > 0) {
    const values = samples.babeltrace2.map(rate);
    rows.push(
      compare('import kernel log', 'per second', ours, { name: 'babeltrace2 to CTF', values }),
      compare('import kernel log, size', 'bytes', [statSync(log.path).size], {
        name: 'CTF',
        values: [statSync(join(ctf, `${LOG_NAME}-${lines}.txt`, 'stream')).size],
      }),
    );
  }
  for (const file of [log, logWithTables]) file.remove();
  rmSync(ctf, { recursive: true, force: true });
  return { rows: [...rows, ...(await growing(arena))] };
}

const WITH_TABLES = 'the longest, with its tables';

const LOG_NAME = 'import-dmesg';

function writeLog(arena: Arena, lines: number): string {
  const text = join(arena.folder, `${LOG_NAME}-${lines}.txt`);
  arena.onProgress(`kernel-log: making ${renderCount(lines)} lines`);
  writeLines(text, '', generateKernelLog(lines, 1), (line) => line);
  return text;
}

/** Source: babeltrace2-source.text.dmesg(7). */
function toCtf(text: string, folder: string): Contender {
  const source = ['-c', 'source.text.dmesg', '-p', `path="${text}"`];
  const sink = ['-c', 'sink.ctf.fs', '-p', `path="${folder}"`];
  return {
    command: 'babeltrace2',
    args: [...source, ...sink],
    before: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Whether ten times as many lines take ten times as long. */
async function growing(arena: Arena): Promise<Row[]> {
  const log = database(arena, 'import-kernel-log.db');
  const lengths = [1, ...arena.scale.logLines];
  const longest = Math.max(...arena.scale.logLines);
  const contenders: Record<string, Contender> = Object.fromEntries(
    lengths.map((lines) => [String(lines), importContender(arena, writeLog(arena, lines), log)]),
  );
  contenders[WITH_TABLES] = importContender(arena, writeLog(arena, longest), log, true);
  const samples = await arena.stadium.contest('kernel-log of several lengths', contenders);
  log.remove();
  const cpuMs = (lines: number) => (samples[String(lines)] ?? []).map((sample) => sample.cpuMs);
  const start = cpuMs(1);
  const rates = (lines: number) =>
    cpuMs(lines).map((ms, round) => lines / ((ms - (start[round] ?? 0)) / 1000));
  const rows: Row[] = arena.scale.logLines.map((lines) => ({
    work: `import kernel log, ${renderCount(lines)} lines`,
    ours: { value: median(rates(lines)), unit: 'per second' },
    peer: {
      name: renderCount(longest),
      quantity: { value: median(rates(longest)), unit: 'per second' },
    },
    ratio: spreadOf(rates(lines).map((rate, round) => rate / (rates(longest)[round] ?? Number.NaN))),
    note: WITHOUT_START,
  }));
  const work = `import kernel log, ${renderCount(longest)} lines`;
  return [
    ...rows,
    peakMemory(work, samples[String(longest)] ?? []),
    peakMemory(`${work}, with its tables`, samples[WITH_TABLES] ?? []),
  ];
}
