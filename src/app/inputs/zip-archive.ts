import { Unzip, UnzipInflate } from 'fflate';
import type { ReadBytes } from '../line-feed.ts';
import { fromPieces } from './compression.ts';

const ZIP_MAGIC = [0x50, 0x4b, 0x03, 0x04];
const CHUNK_BYTES = 64 * 1024;

export function isZip(head: Uint8Array): boolean {
  return ZIP_MAGIC.every((byte, index) => head[index] === byte);
}

/** Names of the files in an archive, in its order; a damaged one has those before the damage. */
export function zipMembers(read: ReadBytes): string[] {
  const names: string[] = [];
  walk(read, (file) => {
    if (!file.name.endsWith('/')) names.push(file.name);
  })(Number.POSITIVE_INFINITY);
  return names;
}

/** Reads one file of an archive, piece by piece. */
export function zipMember(read: ReadBytes, name: string, onDamage: (message: string) => void): ReadBytes {
  const pieces: Uint8Array[] = [];
  let isOver = false;
  let isTaken = false;
  const pull = walk(
    read,
    (file) => {
      if (isTaken || file.name !== name) return;
      isTaken = true;
      file.ondata = (error, bytes, isLast) => {
        if (error !== null) throw error;
        if (bytes.length > 0) pieces.push(bytes.slice());
        if (isLast) isOver = true;
      };
      file.start();
    },
    (message) => {
      isOver = true;
      onDamage(message);
    },
  );
  return fromPieces(pieces, () => {
    if (isOver) return false;
    if (!pull(1)) isOver = true;
    return true;
  });
}

type MemberVisitor = (file: Parameters<NonNullable<Unzip['onfile']>>[0]) => void;

/** Goes through an archive; each call takes so many chunks and says whether there may be more. */
function walk(
  read: ReadBytes,
  visit: MemberVisitor,
  onDamage?: (message: string) => void,
): (chunks: number) => boolean {
  const unzip = new Unzip(visit);
  unzip.register(UnzipInflate);
  return (chunks) => {
    for (let i = 0; i < chunks; i++) {
      const chunk = new Uint8Array(CHUNK_BYTES);
      const count = read(chunk, 0);
      try {
        unzip.push(chunk.subarray(0, count), count === 0);
      } catch (error) {
        onDamage?.((error as Error).message);
        return false;
      }
      if (count === 0) return false;
    }
    return true;
  };
}
