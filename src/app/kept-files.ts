import type { BootInfo, LogReader } from '../store/boot-reader.ts';

/** A file as it was given to an import, and where a history keeps its bytes. */
export interface KeptFile {
  readonly name: string;
  /** SHA-256; null where a file of several boots came through a pipe, or is not complete. */
  readonly contentId: string | null;
  /** The boot that it begins with. */
  readonly boot: BootInfo;
  /** All boots that are in it. */
  readonly bootIds: readonly number[];
  /** Sources whose bytes, one after another, are the file. */
  readonly pieces: readonly { readonly bootId: number; readonly source: number }[];
}

const TAKEN = new Set(['source.taken']);

/** The files that the boots of a history were made of, each once, in the order in which they were given. */
export function keptFiles(log: LogReader, boots: readonly BootInfo[]): KeptFile[] {
  const files = new Map<string, GrowingFile>();
  for (const boot of boots) {
    const taken = takenSources(log, boot);
    for (const { source, name, contentId } of boot.sources) {
      const origin = taken.get(source);
      const here = { bootId: boot.bootId, source };
      if (origin === undefined) {
        const own = { name, contentId, boot, bootIds: [boot.bootId], pieces: [here] };
        files.set(`${boot.bootId} ${source}`, own);
        continue;
      }
      const { file, file_content_id, first_boot, container } = origin;
      // The sources of an archive are one file, and so are those that several boots left in one.
      const key = container === null ? `${first_boot} of ${source}` : `${first_boot} in ${container}`;
      const piece = container === null ? here : { bootId: first_boot, source: container };
      const known = files.get(key);
      if (known === undefined) {
        const first = boots.find(({ bootId }) => bootId === first_boot) ?? boot;
        files.set(key, {
          name: file,
          contentId: file_content_id,
          boot: first,
          bootIds: [boot.bootId],
          pieces: [piece],
        });
        continue;
      }
      if (container === null) known.pieces.push(piece);
      if (!known.bootIds.includes(boot.bootId)) known.bootIds.push(boot.bootId);
    }
  }
  return [...files.values()];
}

interface GrowingFile extends KeptFile {
  readonly bootIds: number[];
  readonly pieces: { readonly bootId: number; readonly source: number }[];
}

function takenSources(log: LogReader, boot: BootInfo) {
  const taken = new Map<number, Taken>();
  for (const event of log.eventsOfKinds(boot.bootId, TAKEN)) {
    if (event.kind === 'source.taken' && event.source !== null) taken.set(event.source, event.payload);
  }
  return taken;
}

interface Taken {
  readonly file: string;
  readonly file_content_id: string | null;
  readonly first_boot: number;
  readonly container: number | null;
}
