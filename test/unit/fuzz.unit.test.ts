import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explain, FINDINGS } from '../../tools/fuzz/explanations.ts';
import { commandOf, type FuzzCase, tryCase } from '../../tools/fuzz/fuzz-case.ts';
import { fuzz } from '../../tools/fuzz/fuzz-run.ts';
import { minimise } from '../../tools/fuzz/minimise.ts';

const LARGE: FuzzCase = {
  soc: 'virt',
  mode: 'el2',
  scenario: 'stop-start',
  seed: 77,
  processors: ['adsp'],
  faults: ['F-24:adsp', 'F-55:adsp@1', 'F-103:adsp'],
};

describe('fuzzing', () => {
  it('shrinks a boot to what still breaks the invariant', () => {
    const smallest = minimise(LARGE, (candidate) => tryCase(candidate).has('I16'));
    expect(commandOf(smallest)).toBe(
      'trace record --soc virt --mode el2 --scenario boot --seed 1 --processor adsp --fault F-55:adsp',
    );
  });

  it('tries the same boots for the same seed', () => {
    const options = { seed: 3, runs: 4 };
    expect(fuzz(options)).toEqual(fuzz(options));
  });

  it('stops when it may not go on', () => {
    let runs = 0;
    fuzz({ seed: 1, runs: 100, mayGoOn: () => runs < 2, onRun: () => runs++ });
    expect(runs).toBe(2);
  });

  it('explains what is known and nothing else', () => {
    const smallest = { ...LARGE, faults: ['F-55:adsp'] };
    expect(explain('I16', smallest)).toEqual({ type: 'injected' });
    expect(explain('I4', smallest)).toBeNull();
    expect(explain('I16', { ...LARGE, faults: [] })).toBeNull();
  });

  it('a boot that cannot be asked for breaks nothing', () => {
    expect(tryCase({ ...LARGE, faults: ['F-02', 'F-03'] })).toEqual(new Map());
  });

  it('every finding that explains has its heading in docs/findings.md', () => {
    const headings = readFileSync(new URL('../../docs/findings.md', import.meta.url), 'utf8').match(
      /^## .*$/gm,
    );
    expect(FINDINGS.filter((finding) => headings?.includes(`## ${finding}`) !== true)).toEqual([]);
  });
});
