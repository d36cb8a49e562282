import { createHash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { counted } from '../base/count.ts';
import { bytesOf } from './bytes-column.ts';
import { chainSourceBlock, chainStart, type SourceBlockRow } from './chain.ts';
import type { Inspection, VerifiedPlace } from './inspection.ts';
import { decompressSource } from './source-codec.ts';
import type { BootRow } from './verify-log.ts';

interface SourceRow {
  readonly source: number;
  readonly name: string;
  readonly format: string;
  readonly line_count: number | null;
  readonly byte_count: number | null;
  readonly content_id: string | null;
}

const NEWLINE = 0x0a;

/**
 * Checks the source files that a boot was read from: that their blocks follow one another, each with the hash
 * that it was written with, and that they still are the bytes whose SHA-256 was noted. Returns how many lines
 * each source has; a source that was not ended may have any number, because events may be ahead of its blocks.
 */
export function verifySources(
  db: Database.Database,
  boot: BootRow,
  inspection: Inspection,
): Map<number, number> {
  const everySource: VerifiedPlace = {
    place: `the sources of boot ${boot.boot_id}`,
    table: 'source',
    key: { boot_id: boot.boot_id },
  };
  const lineCounts = new Map<number, number>();
  const sources = inspection.reading(everySource, () =>
    db
      .prepare<[number], SourceRow>(
        `SELECT source, name, format, line_count, byte_count, content_id
         FROM source LEFT JOIN source_end USING (boot_id, source) WHERE boot_id = ? ORDER BY source`,
      )
      .all(boot.boot_id),
  );
  const isFinished = inspection.reading(everySource, () =>
    db.prepare<[number], number>('SELECT 1 FROM boot_end WHERE boot_id = ?').pluck().get(boot.boot_id),
  );
  for (const source of sources ?? []) {
    inspection.checked.sources++;
    const lines = checkSource(db, boot, source, inspection);
    // Where the two differ that has been found already, and need not be found again with every event.
    const last = source.line_count === null ? Number.POSITIVE_INFINITY : lines.first - 1 + source.line_count;
    lineCounts.set(source.source, Math.max(lines.last, last));
    if (source.content_id === null && isFinished !== undefined) {
      inspection.find(endPlace(boot, source), 'is missing, although its boot is finished');
    }
  }
  return lineCounts;
}

function checkSource(
  db: Database.Database,
  boot: BootRow,
  source: SourceRow,
  inspection: Inspection,
): { first: number; last: number } {
  const nextKey = db
    .prepare<[number, number, number], number>(
      'SELECT block FROM source_block WHERE boot_id = ? AND source = ? AND block > ? ORDER BY block LIMIT 1',
    )
    .pluck();
  const rowOf = db.prepare<[number, number, number], SourceBlockRow>(
    `SELECT boot_id, source, block, first_line, line_count, byte_count, codec, ${bytesOf('payload')}, ${bytesOf('sha256')}
     FROM source_block WHERE boot_id = ? AND source = ? AND block = ?`,
  );
  const so: SourcePosition = {
    chain: chainStart('source', boot.boot_id, source.source, source.name, source.format),
    block: 0,
    firstLine: 1,
    lines: 0,
    bytes: 0,
    hash: createHash('sha256'),
    isMidLine: false,
    isWhole: true,
  };
  for (;;) {
    const block = inspection.reading(sourcePlace(boot, source), () =>
      nextKey.get(boot.boot_id, source.source, so.block),
    );
    if (block === undefined) break;
    const isNext = block === so.block + 1;
    so.block = block;
    const row = inspection.reading(blockPlace(boot, source, block, source.name), () =>
      rowOf.get(boot.boot_id, source.source, block),
    );
    if (row === undefined) {
      so.chain = undefined;
      so.isWhole = false;
      continue;
    }
    checkBlock(boot, source, row, isNext, so, inspection);
    inspection.onProgress('sources', inspection.checked.sourceBytes);
  }
  checkSourceEnd(boot, source, so, inspection);
  return { first: so.firstLine, last: so.lines };
}

/** How far the checks of a source have come. */
interface SourcePosition {
  chain: Uint8Array | undefined;
  block: number;
  /** Number of its first line in the file that was given: what one boot of several left there begins later. */
  firstLine: number;
  /** Number of the last line that has been seen. */
  lines: number;
  bytes: number;
  readonly hash: ReturnType<typeof createHash>;
  /** The last block ended within a line, which the next one goes on with. */
  isMidLine: boolean;
  /** Whether all bytes so far could be read: only then their SHA-256 says anything. */
  isWhole: boolean;
}

function checkBlock(
  boot: BootRow,
  source: SourceRow,
  row: SourceBlockRow,
  isNext: boolean,
  position: SourcePosition,
  inspection: Inspection,
): void {
  const lines = `${source.name}, lines ${row.first_line}..${row.first_line + row.line_count - 1}`;
  const place = blockPlace(boot, source, row.block, lines);
  if (row.block === 1) {
    position.firstLine = row.first_line;
    position.lines = row.first_line - 1;
  }
  if (!isNext) {
    inspection.find(place, 'the block before it is missing');
    position.isWhole = false;
  } else if (position.chain !== undefined && row.first_line !== position.lines + 1) {
    inspection.find(
      place,
      `begins at line ${row.first_line}, but the block before it ends at ${position.lines}`,
    );
  }
  if (position.chain !== undefined && !chainSourceBlock(position.chain, row).equals(row.sha256)) {
    const own = row.block === 1 ? ', or the row of its source' : '';
    inspection.find(place, `does not have its hash any more: it was changed, or what is before it${own}`);
  }
  const content = decompress(row, place, inspection);
  if (content === undefined) {
    position.isWhole = false;
  } else {
    position.hash.update(content);
    const lineCount = countLines(content, position.isMidLine);
    position.isMidLine = content.at(-1) !== NEWLINE;
    if (lineCount !== row.line_count)
      inspection.find(place, `says ${counted(row.line_count, 'line')}, there are ${lineCount}`);
  }
  position.chain = row.sha256;
  position.lines = row.first_line + row.line_count - 1;
  position.bytes += row.byte_count;
  inspection.checked.sourceBlocks++;
  inspection.checked.sourceBytes += row.byte_count;
}

function checkSourceEnd(
  boot: BootRow,
  source: SourceRow,
  { firstLine, lines: lastLine, bytes, hash, isWhole }: SourcePosition,
  inspection: Inspection,
): void {
  // Where a block is gone or damaged, that has been said, and nothing adds up any more.
  if (source.content_id === null || !isWhole) return;
  const place = endPlace(boot, source);
  const lines = lastLine - firstLine + 1;
  if (source.byte_count !== bytes || source.line_count !== lines) {
    const said = `${source.line_count} lines and ${source.byte_count} bytes`;
    inspection.find(place, `says ${said}, there are ${lines} and ${bytes}`);
  } else if (hash.digest('hex') !== source.content_id) {
    inspection.find(place, 'has a content id that is not the SHA-256 of the bytes that are there');
  }
}

function decompress(row: SourceBlockRow, place: VerifiedPlace, inspection: Inspection): Buffer | undefined {
  try {
    return decompressSource(row.codec, row.payload, row.byte_count);
  } catch (error) {
    inspection.find(place, `cannot be decompressed: ${(error as Error).message}`);
    return undefined;
  }
}

/** How many lines begin in a block. It holds whole lines, unless one is so long that it is kept in pieces. */
function countLines(bytes: Buffer, isMidLine: boolean): number {
  let count = isMidLine ? -1 : 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return bytes.at(-1) === NEWLINE ? count : count + 1;
}

function sourcePlace(boot: BootRow, source: SourceRow): VerifiedPlace {
  const key = { boot_id: boot.boot_id, source: source.source };
  return { place: `source ${source.source} of boot ${boot.boot_id} (${source.name})`, table: 'source', key };
}

function blockPlace(boot: BootRow, source: SourceRow, block: number, what: string): VerifiedPlace {
  return {
    place: `block ${block} of source ${source.source} of boot ${boot.boot_id} (${what})`,
    table: 'source_block',
    key: { boot_id: boot.boot_id, source: source.source, block },
  };
}

function endPlace(boot: BootRow, source: SourceRow): VerifiedPlace {
  const { place, key } = sourcePlace(boot, source);
  return { place: `the end of ${place}`, table: 'source_end', key };
}
