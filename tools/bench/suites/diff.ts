import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Arena, database, type Result } from '../arena.ts';
import type { Sample } from '../contest.ts';
import {
  changeFtrace,
  FTRACE_HEADER,
  type FtraceLine,
  generateFtrace,
  renderFtraceLine,
} from '../generate-ftrace.ts';
import { isInstalled } from '../peers.ts';
import { compare } from '../row.ts';
import { writeLines } from '../write-lines.ts';
import { importContender } from './import-ftrace.ts';

const CHANGED_SHARE = 0.05;

/**
 * What `trace log` prints of where and when an event was: number and time before it, place behind it. They
 * differ between boots in every line, so that git could find nothing equal; whoever uses git takes them out.
 */
const POSITION = /^ *\d+ \[[^\]]*\] | {2}\S+:\d+$/g;

/** Both say with 1 that they found differences. */
const DIFFERENT = 1;

/** Two boots compared from their logs, beside git that compares their text. */
export async function diff(arena: Arena): Promise<Result> {
  if (!isInstalled('git')) return { skipped: 'git is not on PATH' };
  arena.onProgress('diff: making two boots');
  const a = [...generateFtrace(arena.scale.diffEvents, 1)];
  const one = await makeBoot(arena, 'diff-a', a);
  const other = await makeBoot(arena, 'diff-b', changeFtrace(a, CHANGED_SHARE, 2));
  const output = join(arena.folder, 'diff.out');
  const samples = await arena.stadium.contest('diff', {
    'git diff': {
      command: 'git',
      args: ['diff', '--no-index', '--no-ext-diff', '--histogram', one.text, other.text],
      stdoutTo: output,
      statuses: [DIFFERENT],
    },
    'trace diff': arena.own.trace(['diff', one.log, other.log], { stdoutTo: output, statuses: [DIFFERENT] }),
  });
  const cpu = (sample: Sample) => sample.cpuMs;
  const rss = (sample: Sample) => sample.maxRssBytes;
  return {
    rows: [
      compare(
        'diff, 5 % changed',
        'ms',
        samples['trace diff'].map(cpu),
        { name: 'git histogram', values: samples['git diff'].map(cpu) },
        { aim: { of: 'ratio', bound: 'at most', value: 0.8 } },
      ),
      compare(
        'diff, peak memory',
        'bytes',
        samples['trace diff'].map(rss),
        { name: 'git histogram', values: samples['git diff'].map(rss) },
        { aim: { of: 'ratio', bound: 'at most', value: 1 } },
      ),
    ],
  };
}

interface Boot {
  readonly log: string;
  readonly text: string;
}

async function makeBoot(arena: Arena, name: string, lines: Iterable<FtraceLine>): Promise<Boot> {
  const source = join(arena.folder, `${name}.ftrace.txt`);
  const log = database(arena, `${name}.db`);
  const [printed, text] = [join(arena.folder, `${name}.log.txt`), join(arena.folder, `${name}.txt`)];
  writeLines(source, FTRACE_HEADER, lines, renderFtraceLine);
  await arena.stadium.run(importContender(arena, source, log));
  await arena.stadium.run(arena.own.trace(['log', log.path], { stdoutTo: printed }));
  await pipeline(Readable.from(withoutPositions(printed)), createWriteStream(text));
  await rm(printed);
  return { log: log.path, text };
}

/** Line by line: the text of ten million events is longer than a string can be. */
async function* withoutPositions(path: string): AsyncGenerator<string> {
  let pending: string[] = [];
  for await (const line of createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    pending.push(line.replaceAll(POSITION, ''), '\n');
    if (pending.length < 16_384) continue;
    yield pending.join('');
    pending = [];
  }
  yield pending.join('');
}
