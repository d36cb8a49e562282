import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import type { CommandName } from './command-names.ts';

/**
 * Runs the bundle of a command, or the one with all of them, as CommonJS. Beside it lies what the engine compiled of it
 * when it was built: another engine, or one with other flags, does not take that and compiles anew.
 */
export function runBundle(folder: URL, command: CommandName | undefined): Script {
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
 * Flags of the engine of Node 20, with which they were measured; others are left alone, which have other steps in which
 * they compile and collect.
 *
 * A comparison runs a hundred functions for some milliseconds each, and a third of its CPU time went into optimising
 * them. With nine times the budget before that, whoever is hot for long is still compiled within milliseconds, and the
 * rest never: 20 % less CPU time with 2 x 200k, 2 x 1M and a few hundred events.
 *
 * Whoever goes through a whole log leaves gigabytes of short-lived objects behind and keeps next to none. By itself the
 * engine would give them 32 MB, and let what outlived two collections grow to a multiple of what is needed. Young
 * objects that get 2 MB, as at the start, and old ones that are collected once they have grown by half, take 46 MB less
 * for 2 to 3 % more CPU time.
 */
const STREAMING_FLAGS = ['--semi-space-growth-factor=1', '--heap-growing-percent=50'];
const FLAGS: Readonly<Partial<Record<CommandName, readonly string[]>>> = {
  diff: ['--interrupt-budget=600000'],
  import: STREAMING_FLAGS,
  index: STREAMING_FLAGS,
};

function setEngineFlags(command: CommandName | undefined): void {
  if (command !== undefined && process.versions.v8.startsWith('11.3.'))
    for (const flag of FLAGS[command] ?? []) setFlagsFromString(flag);
}
