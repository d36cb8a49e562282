import type Database from 'better-sqlite3';
import { CorruptBytesError } from '../base/byte-reader.ts';
import { counted } from '../base/count.ts';
import { ChunkView } from '../events/chunk-view.ts';
import type { StoredKind } from '../events/stored-kind.ts';
import { bytesOf } from './bytes-column.ts';
import { type ChunkRow, chainBootEnd, chainChunk, chainStart } from './chain.ts';
import type { Inspection, VerifiedPlace } from './inspection.ts';

/** Row of the `boot` table. */
export interface BootRow {
  readonly boot_id: number;
  readonly name: string;
  readonly origin: string;
}

/** What the log of a boot holds, as far as it could be read. */
export interface VerifiedLog {
  /** Seq of the last event. */
  readonly lastSeq: number;
  /** Hash of the end, which stands for all that the log holds; undefined where there is no end. */
  readonly sha256: Uint8Array | undefined;
  /** Kinds of which it has events. */
  readonly kindIds: ReadonlySet<number>;
}

/** How far the checks of a log have come. */
interface LogPosition {
  /** Hash that the next chunk builds on; undefined after a chunk that could not be read. */
  chain: Uint8Array | undefined;
  lastSeq: number;
  readonly kindIds: Set<number>;
}

/**
 * Checks the log of one boot: that its chunks follow one another, each with the hash that it was written with,
 * that they decode, and that their events cite lines that the boot's sources have. `lineCounts` tells how many
 * lines a source has, as far as that is settled.
 */
export function verifyLog(
  db: Database.Database,
  kinds: ReadonlyMap<number, StoredKind>,
  boot: BootRow,
  lineCounts: ReadonlyMap<number, number>,
  inspection: Inspection,
): VerifiedLog {
  const nextKey = db
    .prepare<[number, number], number>(
      'SELECT first_seq FROM chunk WHERE boot_id = ? AND first_seq > ? ORDER BY first_seq LIMIT 1',
    )
    .pluck();
  const rowOf = db.prepare<[number, number], ChunkRow>(
    `SELECT boot_id, first_seq, last_seq, t_min_ns, t_max_ns, kinds, ${bytesOf('payload')}, ${bytesOf('sha256')}
     FROM chunk WHERE boot_id = ? AND first_seq = ?`,
  );
  const position: LogPosition = {
    chain: chainStart('boot', boot.boot_id, boot.name, boot.origin),
    lastSeq: 0,
    kindIds: new Set(),
  };
  let key = 0;
  for (;;) {
    // Key by key, so that a chunk which SQLite cannot read does not hide those behind it.
    const found = inspection.reading(logOf(boot), () => nextKey.get(boot.boot_id, key));
    if (found === undefined) break;
    key = found;
    const row = inspection.reading(chunkPlace(boot, `from ${key}`, key), () => rowOf.get(boot.boot_id, key));
    if (row === undefined) {
      position.chain = undefined;
      continue;
    }
    checkChunk(row, kinds, boot, lineCounts, position, inspection);
    inspection.onProgress('log', inspection.checked.events);
  }
  const sha256 = inspection.reading(endPlace(boot), () => checkEnd(db, boot, position, inspection));
  return { lastSeq: position.lastSeq, kindIds: position.kindIds, sha256 };
}

function checkChunk(
  row: ChunkRow,
  kinds: ReadonlyMap<number, StoredKind>,
  boot: BootRow,
  lineCounts: ReadonlyMap<number, number>,
  position: LogPosition,
  inspection: Inspection,
): void {
  const place = chunkPlace(boot, `${row.first_seq}..${row.last_seq}`, row.first_seq);
  if (position.chain !== undefined && row.first_seq !== position.lastSeq + 1) {
    inspection.find(place, `events ${position.lastSeq + 1}..${row.first_seq - 1} before it are missing`);
  }
  const chunk = decode(row, kinds, place, inspection);
  if (chunk !== undefined) {
    const described = chunk.kinds.map(({ stored }) => stored);
    for (const { kindId } of described) position.kindIds.add(kindId);
    if (position.chain !== undefined && !chainChunk(position.chain, row, described).equals(row.sha256)) {
      const boots = row.first_seq === 1 ? `, or the row of boot ${boot.boot_id}` : '';
      inspection.find(place, `does not have its hash any more: it was changed, or what is before it${boots}`);
    }
    if (chunk.lastSeq !== row.last_seq) inspection.find(place, `holds ${counted(chunk.count, 'event')}`);
    checkCitations(chunk, place, lineCounts, inspection);
    inspection.checked.events += chunk.count;
  }
  // Going on from the hash that is there, so that one damaged chunk is one finding.
  position.chain = row.sha256;
  position.lastSeq = row.last_seq;
  inspection.checked.chunks++;
}

function decode(
  row: ChunkRow,
  kinds: ReadonlyMap<number, StoredKind>,
  place: VerifiedPlace,
  inspection: Inspection,
): ChunkView | undefined {
  try {
    return new ChunkView(row.payload, row.first_seq, (kindId) => kinds.get(kindId));
  } catch (error) {
    if (!(error instanceof CorruptBytesError)) throw error;
    inspection.find(place, `cannot be decoded: ${error.message}`);
    return undefined;
  }
}

/** The first event of a chunk that cites a line which is not there; the others would say the same. */
function checkCitations(
  chunk: ChunkView,
  place: VerifiedPlace,
  lineCounts: ReadonlyMap<number, number>,
  inspection: Inspection,
): void {
  for (let i = 0; i < chunk.count; i++) {
    const source = chunk.sources[i] as number;
    if (Number.isNaN(source)) continue;
    const lineCount = lineCounts.get(source);
    if (lineCount === undefined) {
      inspection.find(place, `event ${chunk.firstSeq + i} cites source ${source}, which is not there`);
      return;
    }
    const line = chunk.lines[i] as number;
    if (line > lineCount) {
      inspection.find(
        place,
        `event ${chunk.firstSeq + i} cites line ${line} of source ${source}, which has ${lineCount}`,
      );
      return;
    }
  }
}

/** Checks the end of a boot, and returns its hash. */
function checkEnd(
  db: Database.Database,
  boot: BootRow,
  { chain, lastSeq }: LogPosition,
  inspection: Inspection,
): Uint8Array | undefined {
  const end = db
    .prepare<[number], { last_seq: number; sha256: Uint8Array }>(
      `SELECT last_seq, ${bytesOf('sha256')} FROM boot_end WHERE boot_id = ?`,
    )
    .get(boot.boot_id);
  if (end === undefined) {
    const stopped = lastSeq === 0 ? 'before its first event' : `after event ${lastSeq}`;
    inspection.note(`boot ${boot.boot_id} (${boot.name}) is unfinished: its writer was stopped ${stopped}`);
  } else if (end.last_seq !== lastSeq) {
    inspection.find(endPlace(boot), `is at event ${end.last_seq}, but the log ends at ${lastSeq}`);
  } else if (chain !== undefined && !chainBootEnd(chain, boot.boot_id, lastSeq).equals(end.sha256)) {
    inspection.find(endPlace(boot), 'does not have its hash any more: it was changed, or what is before it');
  }
  return end?.sha256;
}

function logOf(boot: BootRow): VerifiedPlace {
  return { place: `the log of boot ${boot.boot_id}`, table: 'chunk', key: { boot_id: boot.boot_id } };
}

function chunkPlace(boot: BootRow, range: string, firstSeq: number): VerifiedPlace {
  const key = { boot_id: boot.boot_id, first_seq: firstSeq };
  return { place: `chunk ${range} of boot ${boot.boot_id}`, table: 'chunk', key };
}

function endPlace(boot: BootRow): VerifiedPlace {
  return { place: `the end of boot ${boot.boot_id}`, table: 'boot_end', key: { boot_id: boot.boot_id } };
}
