import { describe, expect, it } from 'vitest';
import { fuzzImports } from '../../tools/fuzz/import-fuzz.ts';
import { LOG_FIXTURES } from '../support/log-fixtures.ts';

describe('npm run fuzz -- import', () => {
  const logs = LOG_FIXTURES.map(({ bytes }) => bytes);

  it('finds nothing in a few damaged logs, and tries the same ones for the same seed', () => {
    const first = fuzzImports({ seed: 5, runs: 12, logs });
    expect(first).toMatchObject({ runs: 12, flaws: [] });
    expect(first.eventCount).toBeGreaterThan(100);
    expect(fuzzImports({ seed: 5, runs: 12, logs })).toEqual(first);
  });

  it('tells a flaw from what is refused with one line', () => {
    const wideText = Buffer.from('\ufeff[    1.000000] widget\n', 'utf16le');
    const recording = Buffer.from('PERFILE2 and what perf record writes\n');
    const result = fuzzImports({ seed: 1, runs: 30, logs: [recording, wideText] });
    expect(result.flaws).toEqual([]);
    expect(result.refusedCount).toBeGreaterThan(0);
  });

  it('stops when it may not go on', () => {
    let runs = 0;
    expect(fuzzImports({ seed: 1, runs: 100, logs, mayGoOn: () => runs < 2, onRun: () => runs++ }).runs).toBe(
      2,
    );
  });
});
