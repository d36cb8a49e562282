import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { serialize } from 'node:v8';

/** Folders whose code decides what state events lead to. */
const FOLDERS = ['base', 'soc', 'events', 'replay/snapshot'];

/** Written by the build, which leaves no sources to look at. */
const BUILT = new URL('../.fold-digest', import.meta.url);

let known: string | undefined;

/**
 * Says which code made a state, and in which version of V8's format it was packed. States that another code made are
 * not to be mixed with those that this one makes, and nobody has to remember to say so.
 */
export function foldDigest(): string {
  known ??= `${readBuilt() ?? digestSources(new URL('../', import.meta.url))}-${serialize(null)[1]}`;
  return known;
}

/**
 * Digest of the sources that decide what state events lead to; `sources` is the folder `src/`.
 *
 * @public tools/build.mjs asks it of what it built
 */
export function digestSources(sources: URL): string {
  const hash = createHash('sha256');
  for (const folder of FOLDERS) {
    const names = readdirSync(new URL(`${folder}/`, sources), { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((path) => path.endsWith('.ts')).sort())
      hash.update(`${folder}/${name}\n`).update(readFileSync(new URL(`${folder}/${name}`, sources)));
  }
  return hash.digest('hex').slice(0, 16);
}

function readBuilt(): string | undefined {
  try {
    return readFileSync(BUILT, 'utf8');
  } catch {
    return undefined;
  }
}
