/**
 * Boots simulated SoCs with random faults and says which faults break which invariants (src/replay/invariants.ts),
 * each with the smallest boot that shows it. The same seed tries the same boots. Exit status: 0 when every
 * combination is explained (tools/fuzz/explanations.ts), 1 when one is new, 2 for options that are none.
 */
import { parseArgs } from 'node:util';
import { INVARIANTS } from '../src/replay/invariants.ts';
import { commandOf, SIMULATOR } from './fuzz/fuzz-case.ts';
import { type Combination, fuzz } from './fuzz/fuzz-run.ts';

const USAGE = 'usage: npm run fuzz -- [--runs N] [--seed N] [--minutes N]\n';

interface Options {
  readonly runs: number;
  readonly seed: number;
  readonly minutes: number;
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: { runs: { type: 'string' }, seed: { type: 'string' }, minutes: { type: 'string' } },
    });
    const minutes = Number(values.minutes ?? Number.POSITIVE_INFINITY);
    // A limit of time alone means as many runs as fit.
    const runs = Number(values.runs ?? (values.minutes === undefined ? 200 : Number.MAX_SAFE_INTEGER));
    const seed = Number(values.seed ?? 1);
    const isGood = Number.isSafeInteger(runs) && Number.isSafeInteger(seed) && minutes > 0;
    return isGood && runs > 0 && seed >= 0 ? { runs, seed, minutes } : undefined;
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
  const { runs, seed, minutes } = options;
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
