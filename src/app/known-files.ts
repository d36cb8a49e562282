import { existsSync, statSync } from 'node:fs';
import { InputError } from '../base/input-error.ts';
import { type BootInfo, LogReader } from '../store/boot-reader.ts';
import { openForReading } from '../store/database.ts';
import type { ImportResult } from './import-result.ts';
import type { SourceFile } from './source-file.ts';

/** A file to import, and the boot that holds its content already. */
interface KnownFile {
  readonly path: string;
  readonly contentId: string;
  readonly boot: BootInfo;
}

/**
 * Whether a history already holds these files. All of them and nothing else as one boot: nothing is to be done.
 * Anything between that and none of them is an error, because the sources of a boot are fixed once it is finished.
 */
export function findKnown(output: string, files: readonly SourceFile[]): ImportResult | undefined {
  if (!existsSync(output) || statSync(output).size === 0) return undefined;
  const db = openForReading(output);
  try {
    const boots = new LogReader(db, output).boots().filter((boot) => boot.finished);
    const known = files.flatMap((file) => knownFile(file, boots));
    const [first] = known;
    if (first === undefined) return undefined;
    const { boot } = first;
    const isWhole = known.length === files.length && known.every((file) => file.boot === boot);
    if (isWhole && boot.sources.length === files.length) return alreadyThere(output, boot);
    throw new InputError(describeOverlap(output, files, known), { file: first.path });
  } finally {
    db.close();
  }
}

function knownFile(file: SourceFile, boots: readonly BootInfo[]): KnownFile[] {
  // What comes through a pipe is known only once it has been read.
  if (file.size === undefined || boots.length === 0) return [];
  const contentId = file.contentId();
  const boot = boots.find(({ sources }) => sources.some((source) => source.contentId === contentId));
  return boot === undefined ? [] : [{ path: file.path, contentId, boot }];
}

/** Which of the files are where, what is missing, and what to do: the first file itself is named before it. */
function describeOverlap(output: string, files: readonly SourceFile[], known: readonly KnownFile[]): string {
  const [first, ...others] = known;
  if (first === undefined) return '';
  const { boot } = first;
  const name = ({ bootId, name: bootName }: BootInfo) => `boot ${bootId} (${bootName})`;
  const held = [
    `is in ${output} already, in ${name(boot)}`,
    ...others.map((file) => `${file.path} in ${file.boot === boot ? 'the same' : name(file.boot)}`),
  ].join(', ');
  const fresh = files.map((file) => file.path).filter((path) => !known.some((file) => file.path === path));
  const elsewhere = 'import these files into another history with -o';
  if (fresh.length > 0) {
    return `${held}, but ${fresh.join(', ')} is not: a finished boot takes no more files; ${elsewhere}`;
  }
  const ids = new Set(known.map((file) => file.contentId));
  const beside = boot.sources.filter((source) => !ids.has(source.contentId ?? ''));
  if (others.every((file) => file.boot === boot)) {
    return `${held}, together with ${beside.map((source) => source.name).join(', ')}: nothing to add; to have a boot without that, ${elsewhere}`;
  }
  return `${held}: nothing to add; to have them as one boot, ${elsewhere}`;
}

function alreadyThere(output: string, boot: BootInfo): ImportResult {
  return {
    output,
    bootId: boot.bootId,
    bootName: boot.name,
    alreadyThere: true,
    eventCount: boot.eventCount,
    warnings: [],
    sources: boot.sources.map((source) => ({
      name: source.name,
      format: source.format,
      lineCount: source.lineCount ?? 0,
      byteCount: source.byteCount ?? 0,
      contentId: source.contentId ?? '',
    })),
  };
}
