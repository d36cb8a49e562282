import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { InputError } from '../base/input-error.ts';
import { systemReason } from '../base/system-error.ts';
import { type KeptFile, keptFiles } from './kept-files.ts';
import { type OpenHistory, openHistory } from './open-history.ts';

export interface ExportRequest {
  readonly file: string;
  /** Only the files of this boot, by number or name. */
  readonly boot?: string | undefined;
  /** A file, or a folder for several; without it, bytes go to `write`. */
  readonly output?: string | undefined;
  /** Takes the bytes of the only file; false when nobody wants more. */
  readonly write: (bytes: Uint8Array) => boolean;
}

export interface ExportedFile {
  readonly name: string;
  /** Where it was written to; null where the bytes were handed on. */
  readonly path: string | null;
  readonly byteCount: number;
  readonly contentId: string;
}

/** Gives the files that a history was imported from back, byte for byte. */
export function exportSources(request: ExportRequest): ExportedFile[] {
  const history = openHistory(request.file);
  try {
    const boots = request.boot === undefined ? history.boots : [history.chooseBoot(request.boot)];
    const ids = new Set(boots.map(({ bootId }) => bootId));
    const files = keptFiles(history.log, history.boots).filter(({ bootIds }) =>
      bootIds.some((id) => ids.has(id)),
    );
    if (files.length === 0) {
      throw new InputError('was imported from no file: there is nothing to give back', {
        file: request.file,
      });
    }
    const [only, other] = files;
    if (request.output === undefined && only !== undefined && other === undefined) {
      return [{ path: null, ...handOn(history, only, request.write) }];
    }
    if (request.output === undefined) {
      const names = files.map(({ name }) => name).join(', ');
      throw new InputError(`was imported from ${files.length} files (${names}): give a folder with -o`, {
        file: request.file,
      });
    }
    return writeFiles(history, files, request.output);
  } finally {
    history.close();
  }
}

function writeFiles(history: OpenHistory, files: readonly KeptFile[], output: string): ExportedFile[] {
  const isFolder =
    files.length > 1 || output.endsWith('/') || statSync(output, { throwIfNoEntry: false })?.isDirectory();
  if (isFolder === true) mkdirSync(output, { recursive: true });
  const paths = files.map((file) => (isFolder === true ? join(output, nameIn(files, file)) : output));
  const taken = paths.find((path) => existsSync(path));
  if (taken !== undefined) throw new InputError('exists already, and is not written over', { file: taken });
  return files.map((file, index) => writeFile(history, file, paths[index] ?? output));
}

/** Its name, with the boot before it where several files have that. A name is never a path. */
function nameIn(files: readonly KeptFile[], file: KeptFile): string {
  const name = basename(file.name) || 'source';
  const isShared = files.some((other) => other !== file && basename(other.name) === name);
  return isShared ? `${file.boot.bootId}-${file.pieces[0]?.source ?? 0}-${name}` : name;
}

function writeFile(history: OpenHistory, file: KeptFile, path: string): ExportedFile {
  let fd: number;
  try {
    fd = openSync(path, 'wx');
  } catch (error) {
    throw new InputError(`cannot be written: ${systemReason(error)}`, { file: path });
  }
  try {
    const written = handOn(history, file, (bytes) => {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      return true;
    });
    return { path, ...written };
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

function handOn(
  history: OpenHistory,
  file: KeptFile,
  write: (bytes: Uint8Array) => boolean,
): { name: string; byteCount: number; contentId: string } {
  const hash = createHash('sha256');
  let byteCount = 0;
  for (const { bootId, source } of file.pieces) {
    for (const block of history.log.sourceBytes(bootId, source)) {
      hash.update(block);
      byteCount += block.length;
      if (!write(block)) return { name: file.name, byteCount, contentId: file.contentId ?? '' };
    }
  }
  const contentId = hash.digest('hex');
  if (file.contentId !== null && file.contentId !== contentId) {
    throw new InputError(
      `${file.name} is not kept as it was imported: its SHA-256 is ${contentId}, and was ${file.contentId}; \`trace verify\` tells more`,
      { file: history.file },
    );
  }
  return { name: file.name, byteCount, contentId };
}
