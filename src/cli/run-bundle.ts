import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

/**
 * Runs the bundle of a command, or the one with all of them, as CommonJS. Beside it lies what the engine compiled of it
 * when it was built: another engine, or one with other flags, does not take that and compiles anew.
 */
export function runBundle(folder: URL, command: string | undefined): Script {
  const path = fileURLToPath(new URL(`trace-${command ?? 'all'}.cjs`, folder));
  setEngineFlags(command);
  const script = compile(path);
  const run = script.runInThisContext() as (...given: unknown[]) => void;
  const module = { exports: {} };
  run.call(module.exports, module.exports, createRequire(path), module, path, dirname(path));
  return script;
}

/** Where what is compiled of a bundle is kept. */
export function compiledPath(path: string): string {
  return `${path}.code`;
}

function compile(path: string): Script {
  // Bundles are ASCII, which is read fastest as what it is.
  const source = `(function (exports, require, module, __filename, __dirname) { ${readFileSync(path, 'latin1')}\n})`;
  const compiled = compiledPath(path);
  return existsSync(compiled)
    ? new Script(source, { filename: path, cachedData: readFileSync(compiled) })
    : new Script(source, { filename: path });
}

/**
 * A comparison runs a hundred functions for some milliseconds each, and a third of its CPU time went into optimising
 * them. With nine times the budget before that, whoever is hot for long is still compiled within milliseconds, and the
 * rest never: 20 % less CPU time with 2 x 200k, 2 x 1M and a few hundred events. Measured with the engine of Node 20, and
 * left alone with others, which compile in other steps.
 */
function setEngineFlags(command: string | undefined): void {
  if (command === 'diff' && process.versions.v8.startsWith('11.3.'))
    setFlagsFromString('--interrupt-budget=600000');
}
