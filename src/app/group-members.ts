import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../base/input-error.ts';

/** Boots that belong together. */
export interface BootGroup {
  readonly name: string;
  /** Histories, logs, and folders with the logs of one boot. */
  readonly files: readonly string[];
}

/**
 * The two groups that a user gives as `NAME=FILE`, each file as often as it likes; what has no name goes to the group
 * before it, as shells write it out: `bad=bad/1.db bad/2.db`. A file may be a pattern; a folder stands for all in it.
 */
export function readGroups(values: readonly string[]): readonly [BootGroup, BootGroup] {
  const groups = new Map<string, string[]>();
  let name: string | undefined;
  for (const value of values) {
    const match = /^([A-Za-z][\w.-]*)=(.*)$/s.exec(value);
    if (match !== null) name = match[1];
    if (name === undefined)
      throw new InputError(`expected --group NAME=FILE, such as --group bad=bad/*.db, not ${value}`);
    const file = match === null ? value : (match[2] ?? '');
    if (file === '') throw new InputError(`group ${name} has no file: expected --group ${name}=FILE`);
    const files = groups.get(name) ?? [];
    groups.set(name, files);
    files.push(...membersOf(file));
  }
  const [a, b, ...more] = [...groups].map(([group, files]) => ({ name: group, files }));
  if (a === undefined || b === undefined || more.length > 0)
    throw new InputError(
      `expected two groups, as in --group ok=ok/*.db --group bad=bad/*.db; there ${groups.size === 1 ? 'is' : 'are'} ${[...groups.keys()].join(', ')}`,
    );
  for (const group of [a, b]) {
    const twice = group.files.find(
      (file, index) => group.files.indexOf(file) !== index || (group === b && a.files.includes(file)),
    );
    if (twice !== undefined) throw new InputError('is given twice: a boot counts once', { file: twice });
  }
  return [a, b];
}

function membersOf(file: string): string[] {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat?.isDirectory() === true) return entriesOf(file);
  if (stat !== undefined || file === '-' || !WILD.test(file)) return [file];
  const found = expand(file);
  if (found.length === 0) throw new InputError('no file matches', { file });
  return found;
}

/** Each history, log and folder in a folder is one boot. */
function entriesOf(folder: string): string[] {
  const entries = readdirSync(folder)
    .filter((entry) => !entry.startsWith('.') && !/-(?:wal|shm|journal)$/.test(entry))
    .sort()
    .map((entry) => join(folder, entry));
  if (entries.length === 0) throw new InputError('holds no boots', { file: folder });
  return entries;
}

/** What a pattern with `*`, `?` and `[…]` matches: no shell writes out what stands behind `NAME=`. */
function expand(pattern: string): string[] {
  let found = [pattern.startsWith('/') ? '/' : ''];
  for (const part of pattern.split('/').filter((segment) => segment !== '')) {
    if (!WILD.test(part)) {
      found = found
        .map((folder) => join(folder, part))
        .filter((path) => statSync(path, { throwIfNoEntry: false }) !== undefined);
      continue;
    }
    const matches = patternOf(part);
    found = found.flatMap((folder) =>
      namesIn(folder === '' ? '.' : folder)
        .filter((name) => matches.test(name) && (part.startsWith('.') || !name.startsWith('.')))
        .map((name) => (folder === '' ? name : join(folder, name))),
    );
  }
  return found;
}

const WILD = /[*?]|\[[^\]]+\]/;

/** One segment of a path as a regular expression. */
function patternOf(segment: string): RegExp {
  const source = segment.replace(
    /\[(!?)([^\]]+)\]|[\s\S]/g,
    (character, not: string | undefined, set: string | undefined) => {
      if (set !== undefined) return `[${not === '!' ? '^' : ''}${set.replace(/[\\^]/g, '\\$&')}]`;
      if (character === '*') return '.*';
      return character === '?' ? '.' : character.replace(/[.+^${}()|[\]\\]/, '\\$&');
    },
  );
  return new RegExp(`^${source}$`, 's');
}

function namesIn(folder: string): string[] {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
    ? readdirSync(folder).sort()
    : [];
}
