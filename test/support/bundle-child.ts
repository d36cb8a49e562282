import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * A program of test/support as one JavaScript file, for tests that start it often: translating two hundred modules
 * at each start takes longer than what it does. The file lies as deep below the root as the modules that look for
 * migrations/ do. Returns its path, and the way to be rid of it.
 */
export function bundleChild(name: string): { path: string; remove: () => void } {
  const folder = join(ROOT, '.cache', `test-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.mjs`);
  buildSync({
    entryPoints: [join(ROOT, 'test', 'support', `${name}.ts`)],
    outfile: path,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
  });
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
