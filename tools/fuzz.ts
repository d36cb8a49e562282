/**
 * Without a word more: boots simulated SoCs with random faults and says which faults break which invariants (src/replay/invariants.ts),
 * each with the smallest boot that shows it. The same seed tries the same boots. Exit status: 0 when every
 * combination is explained (tools/fuzz/explanations.ts), 1 when one is new, 2 for options that are none.
 *
 * With `import`: imports damaged logs and bytes without any sense. Nothing may throw, every byte must come back, and memory
 * stays as it is.
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { INVARIANTS } from '../src/replay/invariants.ts';
import { commandOf, SIMULATOR } from './fuzz/fuzz-case.ts';
import { type Combination, fuzz } from './fuzz/fuzz-run.ts';
import { fuzzImports, sampleLogs } from './fuzz/import-fuzz.ts';

const USAGE = 'usage: npm run fuzz -- [import] [--runs N] [--seed N] [--minutes N]\n';

interface Options {
  readonly isImport: boolean;
  readonly runs: number;
  readonly seed: number;
  readonly minutes: number;
}

function readOptions(): Options | undefined {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { runs: { type: 'string' }, seed: { type: 'string' }, minutes: { type: 'string' } },
    });
    const minutes = Number(values.minutes ?? Number.POSITIVE_INFINITY);
    // A limit of time alone means as many runs as fit.
    const runs = Number(values.runs ?? (values.minutes === undefined ? 200 : Number.MAX_SAFE_INTEGER));
    const seed = Number(values.seed ?? 1);
    const isGood = Number.isSafeInteger(runs) && Number.isSafeInteger(seed) && minutes > 0;
    const isImport = positionals[0] === 'import';
    if (positionals.length > (isImport ? 1 : 0)) return undefined;
    return isGood && runs > 0 && seed >= 0 ? { isImport, runs, seed, minutes } : undefined;
  } catch {
    return undefined;
  }
}

function renderCombination({ invariant, faults, smallest, detail, explanation }: Combination): string {
  const why =
    explanation === null ? 'NEW' : explanation.type === 'injected' ? 'the fault itself' : explanation.heading;
  const lines = [
    `${invariant.padEnd(9)} ${(faults.join(' + ') || 'no fault').padEnd(14)} ${why}`,
    `          ${detail}`,
    `          ${commandOf(smallest)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function main(): number {
  const options = readOptions();
  if (options === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  return options.isImport ? fuzzLogs(options) : fuzzBoots(options);
}

function fuzzLogs({ runs, seed, minutes }: Options): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const logs = sampleLogs();
  const end = Date.now() + minutes * 60_000;
  const { flaws, ...done } = fuzzImports({
    seed,
    runs,
    logs,
    mayGoOn: () => Date.now() < end,
    onRun: (run) => {
      if (run % 500 === 0) process.stderr.write(`${run} runs\n`);
    },
    heap: () => {
      collect();
      return process.memoryUsage().heapUsed;
    },
  });
  for (const { run, what, bytes, format } of flaws) {
    const path = join(tmpdir(), `trace-fuzz-${seed}-${run}.log`);
    writeFileSync(path, bytes);
    process.stdout.write(`run ${run}${format === undefined ? '' : ` as ${format}`}: ${what}\n  ${path}\n`);
  }
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const [warm, last] = done.heapBytes;
  process.stdout.write(
    `${done.runs} damaged logs from seed ${seed}, made of ${logs.length}: ${megabytes(done.byteCount)}, ${done.eventCount} events, ` +
      `${done.refusedCount} refused with one line, ${flaws.length} flaws; heap ${megabytes(warm)} when warm, ${megabytes(last)} at the end\n`,
  );
  return flaws.length === 0 ? 0 : 1;
}

function fuzzBoots({ runs, seed, minutes }: Options): number {
  const end = Date.now() + minutes * 60_000;
  let done = 0;
  const combinations = fuzz({
    seed,
    runs,
    mayGoOn: () => Date.now() < end,
    onRun: (run) => {
      done = run;
      if (run % 50 === 0) process.stderr.write(`${run} runs\n`);
    },
  });
  const broken = new Set(combinations.map(({ invariant }) => invariant));
  for (const invariant of broken) {
    const title = INVARIANTS.find(({ id }) => id === invariant)?.title;
    process.stdout.write(
      `\n${invariant}: ${title ?? (invariant === SIMULATOR ? 'the simulation ends' : '')}\n`,
    );
    for (const combination of combinations)
      if (combination.invariant === invariant) process.stdout.write(renderCombination(combination));
  }
  const fresh = combinations.filter(({ explanation }) => explanation === null).length;
  process.stdout.write(
    `\n${done} boots from seed ${seed}: ${combinations.length} combinations of faults break ${broken.size} of ${INVARIANTS.length} invariants, ${fresh} new\n`,
  );
  return fresh === 0 ? 0 : 1;
}

process.exitCode = main();
