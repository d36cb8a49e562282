import { existsSync, statSync } from 'node:fs';
import { InputError } from '../base/input-error.ts';
import { type BootInfo, LogReader } from '../store/boot-reader.ts';
import { openForReading } from '../store/database.ts';
import type { ImportResult } from './import-result.ts';
import { type KeptFile, keptFiles } from './kept-files.ts';
import type { SourceFile } from './source-file.ts';

/** A file to import, and what a history holds of the same content already. */
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
    const log = new LogReader(db, output);
    const boots = log.boots().filter((boot) => boot.finished);
    const kept = keptFiles(log, boots);
    const known = files.flatMap((file) => knownFile(file, kept));
    const [first] = known;
    if (first === undefined) return undefined;
    const { boot } = first;
    const ofBoot = kept.filter((file) => file.boot === boot);
    const isWhole = known.length === files.length && known.every((file) => file.boot === boot);
    if (isWhole && ofBoot.length === files.length) return alreadyThere(output, boots, ofBoot);
    throw new InputError(describeOverlap(output, files, known, ofBoot), { file: first.path });
  } finally {
    db.close();
  }
}

function knownFile(file: SourceFile, kept: readonly KeptFile[]): KnownFile[] {
  if (kept.length === 0) return [];
  // What comes through a pipe is known only once it has been read.
  const contentId = file.contentId();
  const same = contentId === undefined ? undefined : kept.find((other) => other.contentId === contentId);
  return same === undefined || contentId === undefined
    ? []
    : [{ path: file.path, contentId, boot: same.boot }];
}

/** Which of the files are where, what is missing, and what to do: the first file itself is named before it. */
function describeOverlap(
  output: string,
  files: readonly SourceFile[],
  known: readonly KnownFile[],
  ofBoot: readonly KeptFile[],
): string {
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
  const beside = ofBoot.filter((file) => !ids.has(file.contentId ?? ''));
  if (others.every((file) => file.boot === boot)) {
    return `${held}, together with ${beside.map((file) => file.name).join(', ')}: nothing to add; to have a boot without that, ${elsewhere}`;
  }
  return `${held}: nothing to add; to have them as one boot, ${elsewhere}`;
}

/** The boots that are made of some files, which begin with the same. */
function alreadyThere(
  output: string,
  boots: readonly BootInfo[],
  files: readonly KeptFile[],
): ImportResult | undefined {
  const ids = new Set(files.flatMap(({ bootIds }) => bootIds));
  const imported = boots
    .filter(({ bootId }) => ids.has(bootId))
    .map(({ bootId, name, eventCount, sources }) => ({
      bootId,
      bootName: name,
      eventCount,
      sources: sources.map((source) => ({
        name: source.name,
        format: source.format,
        lineCount: source.lineCount ?? 0,
        byteCount: source.byteCount ?? 0,
        contentId: source.contentId ?? '',
      })),
    }));
  const [first] = imported;
  return first === undefined
    ? undefined
    : { output, alreadyThere: true, ...first, boots: imported, warnings: [] };
}
