import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compiledPath, runBundle } from '../../src/cli/run-bundle.ts';

describe('a bundle', () => {
  let folder: string;
  const url = () => pathToFileURL(`${folder}/`);
  const path = () => join(folder, 'trace-info.cjs');
  const seen = () => (globalThis as { bundleRan?: unknown }).bundleRan;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trace-bundle-'));
    writeFileSync(
      path(),
      "globalThis.bundleRan = [require('node:path').basename(__filename), typeof module];",
    );
  });
  afterEach(() => {
    delete (globalThis as { bundleRan?: unknown }).bundleRan;
    rmSync(folder, { recursive: true });
  });

  it('runs as a script of its own where nothing compiled lies beside it', () => {
    runBundle(url(), 'info');
    expect(seen()).toEqual(['trace-info.cjs', 'object']);
  });

  it('runs out of what was compiled of it', () => {
    writeFileSync(compiledPath(path()), runBundle(url(), 'info').createCachedData());
    expect(runBundle(url(), 'info').cachedDataRejected).toBe(false);
    expect(seen()).toEqual(['trace-info.cjs', 'object']);
  });

  it('runs all the same beside what another engine compiled', () => {
    writeFileSync(compiledPath(path()), 'of another engine');
    expect(runBundle(url(), 'info').cachedDataRejected).toBe(true);
    expect(seen()).toEqual(['trace-info.cjs', 'object']);
  });
});
