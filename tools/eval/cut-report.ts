import { checkBoot } from '../../src/app/check-boot.ts';
import { conformBoot } from '../../src/app/conform-boot.ts';
import { diffBoots } from '../../src/app/diff-boots.ts';
import { InputError } from '../../src/base/input-error.ts';
import { type CutBoot, eachCutBoot, SOURCES_NAMES, type SourcesName } from './cuts.ts';

/**
 * What is said of a healthy boot of which the sources show a part. `open`: something is under way where the sources end, and
 * a boot that hangs there looks the same. `bad` is said of a boot that is broken.
 */
interface Said {
  readonly conform: 'conforms' | 'open' | 'nothing shown' | 'bad';
  readonly check: 'quiet' | 'open' | 'bad';
  /** Against the whole boot: it lacks steps of that, or has others. */
  readonly diff: 'same' | 'less' | 'bad';
  readonly words: readonly string[];
}

/** Findings that say that the history ends while something is under way. */
const OPEN_RULES: ReadonlySet<string> = new Set(['silent-start', 'deferred-for-ever']);

const COLUMNS = {
  conform: ['conforms', 'open', 'nothing shown', 'bad'],
  check: ['quiet', 'open', 'bad'],
  diff: ['same', 'less', 'bad'],
} as const satisfies { readonly [What in 'conform' | 'check' | 'diff']: readonly Said[What][] };

/** Holds `trace conform`, `check` and `diff` to cut sources of healthy boots. Says whether one of the first two was wrong. */
export function evaluateCuts(
  options: { readonly socs: readonly string[]; readonly isEveryCut: boolean; readonly isVerbose: boolean },
  print: (text: string) => void,
): boolean {
  const taken = new Map<SourcesName, Said[]>();
  eachCutBoot(options, (cut) => {
    const said = judge(cut);
    taken.set(cut.sources, [...(taken.get(cut.sources) ?? []), said]);
    if (options.isVerbose || [said.conform, said.check, said.diff].includes('bad'))
      print(`${cut.name} (${cut.sources}): ${said.words.join('; ') || 'as it should be'}\n`);
  });
  const all = [...taken.values()].flat();
  print(`\n${all.length} cuts of sources of healthy boots\n`);
  for (const what of ['conform', 'check', 'diff'] as const) {
    const columns = COLUMNS[what];
    print(`\n${what.padEnd(20)}${columns.map((column) => column.padStart(15)).join('')}\n`);
    for (const name of SOURCES_NAMES) {
      const own = taken.get(name) ?? [];
      const row = columns.map((column) => own.filter((said) => said[what] === column).length);
      print(`  ${name.padEnd(18)}${row.map((count) => String(count).padStart(15)).join('')}\n`);
    }
  }
  return all.some(({ conform, check }) => conform === 'bad' || check === 'bad');
}

function judge(cut: CutBoot): Said {
  const words: string[] = [];
  const conform = orNothing<Said['conform']>('nothing shown', () => conformOf(cut, words));
  const check = orNothing<Said['check']>('quiet', () => checkOf(cut, words));
  const diff = orNothing<Said['diff']>('less', () => diffOf(cut, words));
  return { conform, check, diff, words };
}

/** A source may show too little to be asked at all; that says so. */
function orNothing<Answer>(nothing: Answer, ask: () => Answer): Answer {
  try {
    return ask();
  } catch (error) {
    if (error instanceof InputError) return nothing;
    throw error;
  }
}

function conformOf({ cut, soc, mode }: CutBoot, words: string[]): Said['conform'] {
  return conformBoot({ file: cut, soc, mode, kernel: '7.2' }, ({ conformance, isAnythingShown }) => {
    const { first } = conformance;
    if (first === null) return isAnythingShown ? 'conforms' : 'nothing shown';
    const { type, difference, expected, found } = first.departure;
    words.push(
      `conform: ${first.lane} ${type}: ${expected?.text ?? 'nothing'} | ${found?.text ?? 'nothing'}`,
    );
    return difference.b?.kind === 'device.deferred' ? 'open' : 'bad';
  });
}

function checkOf({ cut }: CutBoot, words: string[]): Said['check'] {
  const { findings } = checkBoot({ file: cut, today: '2026-01-01', failOn: 'degraded' });
  const real = findings.map(({ finding }) => finding).filter(({ severity }) => severity !== 'noise');
  words.push(...real.map(({ sentence }) => `check: ${sentence}`));
  if (real.length === 0) return 'quiet';
  return real.every(({ rule }) => OPEN_RULES.has(rule)) ? 'open' : 'bad';
}

function diffOf({ cut, whole }: CutBoot, words: string[]): Said['diff'] {
  return diffBoots({ a: whole, b: cut }, ({ comparison }) => {
    const { firstDivergence: first } = comparison;
    if (first === null) return 'same';
    const { type, a, b } = first.difference;
    if (type === 'only-a') return 'less';
    words.push(`diff: ${first.lane} ${type}: ${a?.text ?? 'nothing'} | ${b?.text ?? 'nothing'}`);
    return 'bad';
  });
}
