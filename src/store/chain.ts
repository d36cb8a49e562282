import { createHash } from 'node:crypto';
import type { StoredKind } from '../events/stored-kind.ts';

/** Row of the `chunk` table. */
export interface ChunkRow {
  readonly boot_id: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly t_min_ns: number | null;
  readonly t_max_ns: number | null;
  readonly kinds: string;
  readonly payload: Uint8Array;
  readonly sha256: Uint8Array;
}

/** Row of the `source_block` table. */
export interface SourceBlockRow {
  readonly boot_id: number;
  readonly source: number;
  readonly block: number;
  readonly first_line: number;
  readonly line_count: number;
  readonly byte_count: number;
  readonly codec: string;
  readonly payload: Uint8Array;
  readonly sha256: Uint8Array;
}

/**
 * The hash chains. A boot's chain begins with the boot's own row and goes on over every chunk with all that
 * stands beside it, so that no row can be changed, moved, dropped or slipped in without breaking the chain
 * from there on. A source has a chain of its own over its blocks.
 */
export function chainStart(...parts: readonly (string | number)[]): Buffer {
  return sha256(Buffer.alloc(0), parts);
}

export function chainChunk(
  previous: Uint8Array,
  row: Omit<ChunkRow, 'sha256'>,
  kinds: readonly StoredKind[],
): Buffer {
  const descriptions = kinds.map((kind) => kindText(kind));
  return sha256(
    previous,
    [
      'chunk',
      row.boot_id,
      row.first_seq,
      row.last_seq,
      row.t_min_ns,
      row.t_max_ns,
      row.kinds,
      ...descriptions,
    ],
    row.payload,
  );
}

export function chainBootEnd(previous: Uint8Array, bootId: number, lastSeq: number): Buffer {
  return sha256(previous, ['end', bootId, lastSeq]);
}

export function chainSourceBlock(previous: Uint8Array, row: Omit<SourceBlockRow, 'sha256'>): Buffer {
  return sha256(
    previous,
    ['block', row.boot_id, row.source, row.block, row.first_line, row.line_count, row.byte_count, row.codec],
    row.payload,
  );
}

/** Digest of a kind's description, kept beside it. */
export function kindDigest(kind: StoredKind): Buffer {
  return sha256(Buffer.alloc(0), [kindText(kind)]);
}

const textOfKind = new WeakMap<StoredKind, string>();

function kindText(kind: StoredKind): string {
  let text = textOfKind.get(kind);
  if (text === undefined) {
    text = JSON.stringify([kind.kindId, kind.kind, kind.version, kind.fields]);
    textOfKind.set(kind, text);
  }
  return text;
}

function sha256(
  previous: Uint8Array,
  parts: readonly (string | number | null)[],
  payload?: Uint8Array,
): Buffer {
  const hash = createHash('sha256').update(previous).update(JSON.stringify(parts));
  if (payload !== undefined) hash.update(payload);
  return hash.digest();
}
