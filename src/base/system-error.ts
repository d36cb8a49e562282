import { InputError } from './input-error.ts';

/** What the system answers about files and devices, in words that a user can do something about. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'its file system is read-only'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EFBIG', 'it would be larger than a file may be'],
  ['EEXIST', 'it exists already'],
  ['EISDIR', 'it is a folder'],
  ['ENOTDIR', 'a part of its path is no folder'],
  ['ENAMETOOLONG', 'its name is too long'],
  ['ELOOP', 'its symbolic links lead in a circle'],
  ['EMFILE', 'too many files are open'],
  ['ENFILE', 'too many files are open'],
  ['EIO', 'its device failed'],
]);

/** Why the system refused to do something with a file; for what it says otherwise, its own words. */
export function systemReason(error: unknown): string {
  return knownReason(error) ?? (error instanceof Error ? error.message : String(error));
}

/** What the system refused about a file, which is trouble with that file and no bug; undefined for any other error. */
export function asFileTrouble(error: unknown): InputError | undefined {
  const reason = knownReason(error);
  return reason === undefined ? undefined : new InputError(reason, { file: pathOf(error) });
}

function knownReason(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error
    ? REASONS.get(error.code)
    : undefined;
}

function pathOf(error: unknown): string | undefined {
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : undefined;
}
