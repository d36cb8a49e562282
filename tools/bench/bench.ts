// `npm run bench`: how fast we are beside programs that do comparable work, measured in one run on this machine.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Grounds, type Result, renderCount, type Suite } from './arena.ts';
import { OwnContenders } from './contenders.ts';
import { Stadium } from './contest.ts';
import { type Options, parseOptions, UsageError, usage } from './options.ts';
import { Peers } from './peers.ts';
import { renderTable, rowData } from './report.ts';
import type { Row } from './row.ts';
import { append } from './suites/append.ts';
import { derive } from './suites/derive.ts';
import { diff } from './suites/diff.ts';
import { importFtrace } from './suites/import-ftrace.ts';
import { importKernelLog } from './suites/import-kernel-log.ts';
import { lastWriter } from './suites/last-writer.ts';
import { readBack } from './suites/read-back.ts';
import { record } from './suites/record.ts';
import { replay } from './suites/replay.ts';
import { start } from './suites/start.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CACHE = join(ROOT, '.cache', 'bench');

const SUITES: readonly Suite[] = [
  { name: 'append', run: append },
  { name: 'derive', run: derive },
  { name: 'read', run: readBack },
  { name: 'last-writer', run: lastWriter, runWithoutPeers: lastWriter },
  { name: 'replay', run: replay },
  { name: 'import', run: importFtrace },
  { name: 'kernel-log', run: importKernelLog },
  { name: 'diff', run: diff },
  { name: 'record', run: record },
  { name: 'start', run: start, runWithoutPeers: start },
];

const NO_COMPILER =
  'no C compiler (cc, or what CC names): nothing to measure with, and nobody to compare with';

interface Outcome {
  readonly rows: readonly Row[];
  readonly skipped: readonly { readonly suite: string; readonly reason: string }[];
}

async function bench(options: Options): Promise<Outcome> {
  mkdirSync(CACHE, { recursive: true });
  removeLeftovers();
  const folder = join(CACHE, `run-${process.pid}`);
  mkdirSync(folder);
  const peers = Peers.find(join(CACHE, 'peers'));
  const stadium = new Stadium(peers?.program('measure'), options.runs, progress);
  process.on('exit', () => {
    stadium.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  const { scale } = options;
  const own = new OwnContenders(join(folder, 'contenders'), options.dist);
  const grounds: Grounds = { scale, stadium, own, folder, onProgress: progress };
  const rows: Row[] = [];
  const skipped: { suite: string; reason: string }[] = [];
  for (const suite of SUITES) {
    if (options.only !== undefined && !options.only.includes(suite.name)) continue;
    const result: Result =
      peers === undefined
        ? ((await suite.runWithoutPeers?.(grounds)) ?? { skipped: NO_COMPILER })
        : await suite.run({ ...grounds, peers });
    if ('rows' in result) rows.push(...result.rows);
    else skipped.push({ suite: suite.name, reason: result.skipped });
  }
  progress('');
  return { rows, skipped };
}

/** Removes what a benchmark that was killed could not remove itself. */
function removeLeftovers(): void {
  for (const name of readdirSync(CACHE)) {
    const [, pid] = /^run-(\d+)$/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(CACHE, name), { recursive: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    // Signal 0 is not sent; it only asks whether it could be.
    return pid !== process.pid && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function print({ rows, skipped }: Outcome, { format, runs, scale }: Options): void {
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cpus: cpus().length, node: process.version };
  if (format === 'json') {
    console.log(JSON.stringify({ machine, runs, scale, rows: rows.map(rowData), skipped }, undefined, 2));
    return;
  }
  const { appendEvents, events, lines, diffEvents } = scale;
  console.log(
    `${renderCount(events)} events (${renderCount(appendEvents)} to append), ${renderCount(lines)} lines, ` +
      `boots of ${renderCount(diffEvents)} lines; medians of ${runs}`,
  );
  console.log(`Node ${machine.node} on ${machine.cpus} x ${machine.cpu}`);
  console.log("CPU time unless said otherwise; ratio is ours divided by the peer's\n");
  if (rows.length > 0) console.log(renderTable(rows));
  for (const { suite, reason } of skipped) console.log(`not run: ${suite}: ${reason}`);
}

/** One line that is written over, on a terminal only. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

const suiteNames = SUITES.map(({ name }) => name);
for (const [signal, status] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
  process.on(signal, () => process.exit(status));
}
try {
  const options = parseOptions(process.argv.slice(2), suiteNames, ROOT);
  if (options === undefined) console.log(usage(suiteNames));
  else print(await bench(options), options);
} catch (error) {
  progress('');
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = 2;
}
