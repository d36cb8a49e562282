import { join } from 'node:path';
import { type Arena, database, type Result } from '../arena.ts';
import type { Sample } from '../contest.ts';
import { generateKernelLog } from '../generate-kernel-log.ts';
import { compare } from '../row.ts';
import { writeLines } from '../write-lines.ts';
import { checkLines, importContender, importedLines, parsedLines } from './import-ftrace.ts';

/** Kernel log to a log of events, beside C that parses it, recognises nothing and keeps nothing. */
export async function importKernelLog(arena: Arena): Promise<Result> {
  const { lines } = arena.scale;
  const text = join(arena.folder, 'import.dmesg.txt');
  arena.onProgress('kernel-log: making the log');
  writeLines(text, '', generateKernelLog(lines, 1), (line) => line);

  const log = database(arena, 'import-kernel-log.db');
  const samples = await arena.stadium.contest('kernel-log', {
    'C parse': { command: arena.peers.program('parse-kernel-log'), args: [text] },
    import: importContender(arena, text, log),
  });
  checkLines(samples['C parse'].map(parsedLines), lines);
  checkLines(samples.import.map(importedLines), lines);
  log.remove();
  const rate = (sample: Sample) => lines / (sample.cpuMs / 1000);
  return {
    rows: [
      compare('import kernel log', 'per second', samples.import.map(rate), {
        name: 'C parse',
        values: samples['C parse'].map(rate),
      }),
    ],
  };
}
