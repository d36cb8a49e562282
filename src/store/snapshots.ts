import { deserialize, serialize } from 'node:v8';
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import type Database from 'better-sqlite3';
import { ByteReader, CorruptBytesError } from '../base/byte-reader.ts';
import { ByteWriter } from '../base/byte-writer.ts';
import { InputError } from '../base/input-error.ts';
import type { Steps } from '../base/steps.ts';
import { foldChunk } from '../events/fold-chunk.ts';
import type { LazyChunk } from '../events/lazy-chunk.ts';
import { EVENTS_MIN, SnapshotSchedule } from '../replay/snapshot/schedule.ts';
import {
  restoreState,
  type SnapshotKeeper,
  type SnapshotSource,
  SnapshotTaker,
} from '../replay/snapshot/snapshot.ts';
import { initialSocState, type SocState } from '../soc/soc-state.ts';
import { type BootInfo, LogReader } from './boot-reader.ts';
import { bytesOf } from './bytes-column.ts';
import { guarded } from './database.ts';
import { foldDigest } from './fold-digest.ts';

/**
 * Snapshots are a cache: a replay begins at the last one before its moment, and at the first event where there is none.
 * Whoever deletes the two tables loses time and nothing else.
 */
const CREATE_TABLES = `
CREATE TABLE IF NOT EXISTS snapshot (
  -- States of boots, to begin a replay at. A cache: it may be deleted, and \`trace index\` makes it again.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- The last event that the state knows
  fold TEXT NOT NULL, -- Digest of the code that made it
  byte_count INTEGER NOT NULL, -- Bytes that it took, parts that were new included
  crc32 INTEGER NOT NULL, -- Of the root
  root BLOB NOT NULL, -- Which parts it is made of
  PRIMARY KEY (boot, seq)
) STRICT;
CREATE TABLE IF NOT EXISTS snapshot_part (
  -- Parts that snapshots share: sections of the state, pages of translation tables, windows of mappings. Those that one
  -- snapshot adds follow each other, many in a row.
  part INTEGER PRIMARY KEY,
  crc32 INTEGER NOT NULL,
  payload BLOB NOT NULL
) STRICT;`;

/** Part of a file that snapshots may add to it. Aim of the design: at most 10 %. */
const SHARE_OF_FILE = 0.095;

/**
 * Bytes of parts from which a new row is begun. Whoever looks at one part mostly looks at those beside it, and a row for
 * each would cost more to find than to read; a longer row is mostly read for nothing where few of its parts are needed.
 */
const BUNDLE_BYTES = 1 << 12;
/** The number of a part is that of its row times this, and its index there. */
const BUNDLE_PARTS = 1 << 10;

/** Bytes of rows that a reader keeps at hand. */
const CACHE_BYTES = 1 << 24;

/** Sections that are longer are compressed. */
const COMPRESSED_FROM = 256;
const PLAIN = 0;
const DEFLATED = 1;

export interface SnapshotSummary {
  readonly count: number;
  /** Bytes of roots and parts. */
  readonly byteCount: number;
}

/** Makes the snapshots of all boots anew, in one transaction; boots that replay in no time get none. */
export function* makeSnapshotsInSteps(
  db: Database.Database,
  file: string,
  onProgress: (events: number) => void = () => {},
): Steps<SnapshotSummary> {
  const reader = new LogReader(db, file);
  const boots = reader.boots().filter(({ eventCount }) => eventCount >= EVENTS_MIN);
  guarded(file, () => db.exec('BEGIN IMMEDIATE'));
  try {
    dropSnapshots(db);
    const summary = { count: 0, byteCount: 0 };
    if (boots.length > 0) {
      const fileBytes = sizeOf(db);
      db.exec(CREATE_TABLES);
      const total = boots.reduce((sum, { eventCount }) => sum + eventCount, 0);
      let before = 0;
      for (const boot of boots) {
        const writer = new SnapshotWriter(db, boot, SHARE_OF_FILE * fileBytes * (boot.eventCount / total));
        for (const chunk of reader.lazyChunks(boot.bootId)) {
          writer.add(chunk);
          onProgress(before + chunk.lastSeq);
          yield;
        }
        before += boot.eventCount;
        summary.count += writer.count;
        summary.byteCount += writer.byteCount;
      }
    }
    db.exec('COMMIT');
    return summary;
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    return guarded(file, () => {
      throw error;
    });
  }
}

/** Whether the boots of a file have the snapshots that they should have. */
export function hasSnapshots(db: Database.Database, boots: readonly BootInfo[]): boolean {
  const large = boots.filter(({ eventCount }) => eventCount >= 2 * EVENTS_MIN);
  if (large.length === 0) return true;
  if (!areThere(db)) return false;
  const made = new Set(
    db
      .prepare<[string], number>('SELECT DISTINCT boot FROM snapshot WHERE fold = ?')
      .pluck()
      .all(foldDigest()),
  );
  return large.every(({ bootId }) => made.has(bootId));
}

function dropSnapshots(db: Database.Database): void {
  db.exec('DROP TABLE IF EXISTS snapshot; DROP TABLE IF EXISTS snapshot_part');
}

function areThere(db: Database.Database): boolean {
  const count = db
    .prepare(
      "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('snapshot', 'snapshot_part')",
    )
    .pluck()
    .get();
  return count === 2;
}

function sizeOf(db: Database.Database): number {
  return (
    (db.pragma('page_count', { simple: true }) as number) *
    (db.pragma('page_size', { simple: true }) as number)
  );
}

class SnapshotWriter implements SnapshotKeeper {
  count = 0;
  byteCount = 0;
  private readonly state = initialSocState();
  private readonly taker = new SnapshotTaker(this);
  private readonly schedule: SnapshotSchedule;
  private readonly bootId: number;
  private readonly insertPart: Database.Statement;
  private readonly insertRoot: Database.Statement;
  private readonly bundle = new ByteWriter();
  private readonly lengths: number[] = [];
  private bundleNumber: number;
  private added = 0;

  constructor(db: Database.Database, boot: BootInfo, bytes: number) {
    this.bootId = boot.bootId;
    this.schedule = new SnapshotSchedule({ bytes, eventCount: boot.eventCount });
    this.insertPart = db.prepare('INSERT INTO snapshot_part (part, crc32, payload) VALUES (?, ?, ?)');
    this.bundleNumber =
      1 + (db.prepare<[], number>('SELECT ifnull(max(part), 0) FROM snapshot_part').pluck().get() ?? 0);
    this.insertRoot = db.prepare(
      'INSERT INTO snapshot (boot, seq, fold, byte_count, crc32, root) VALUES (?, ?, ?, ?, ?, ?)',
    );
  }

  add(chunk: LazyChunk): void {
    foldChunk(this.state, chunk);
    for (const { definition, rowCount } of chunk.kinds) {
      if (definition.reduce === null) this.schedule.passed(0, rowCount);
      else this.schedule.passed(rowCount, 0);
    }
    if (this.schedule.isDue(chunk.lastSeq)) this.take(chunk.lastSeq);
  }

  keep(part: Uint8Array): number {
    if (this.bundle.length >= BUNDLE_BYTES || this.lengths.length === BUNDLE_PARTS) this.keepBundle();
    this.bundle.copy(part, 0, part.length);
    return this.bundleNumber * BUNDLE_PARTS + this.lengths.push(part.length) - 1;
  }

  pack(section: unknown): Uint8Array {
    const bytes = serialize(section);
    if (bytes.length < COMPRESSED_FROM) return Buffer.concat([Buffer.of(PLAIN), bytes]);
    return Buffer.concat([Buffer.of(DEFLATED), deflateRawSync(bytes, { level: 1 })]);
  }

  private keepBundle(): void {
    if (this.lengths.length === 0) return;
    const bytes = PartBundle.encode(this.lengths, this.bundle.view());
    this.insertPart.run(this.bundleNumber, crc32(bytes), bytes);
    this.added += bytes.length;
    this.bundleNumber++;
    this.bundle.reset();
    this.lengths.length = 0;
  }

  private take(seq: number): void {
    this.added = 0;
    const root = this.taker.take(this.state);
    this.keepBundle();
    const bytes = this.added + root.length;
    this.insertRoot.run(this.bootId, seq, foldDigest(), bytes, crc32(root), root);
    this.schedule.taken(bytes);
    this.count++;
    this.byteCount += bytes;
  }
}

/** Parts that were kept in one row: how long each is, then one after the other. */
class PartBundle {
  private readonly bytes: Uint8Array;
  private readonly starts: Float64Array;

  constructor(bytes: Uint8Array) {
    const reader = new ByteReader(bytes);
    const count = reader.varint();
    if (count > BUNDLE_PARTS) throw new CorruptBytesError('it has more parts than a row holds');
    this.starts = new Float64Array(count + 1);
    for (let index = 0; index < count; index++)
      this.starts[index + 1] = (this.starts[index] as number) + reader.varint();
    this.bytes = reader.take(this.starts[count] as number);
  }

  static encode(lengths: readonly number[], parts: Uint8Array): Uint8Array {
    const out = new ByteWriter(parts.length + 4 * lengths.length + 8);
    out.varint(lengths.length);
    for (const length of lengths) out.varint(length);
    out.copy(parts, 0, parts.length);
    return out.view();
  }

  part(index: number): Uint8Array {
    if (index + 1 >= this.starts.length) throw new CorruptBytesError('it is not there');
    return this.bytes.subarray(this.starts[index], this.starts[index + 1]);
  }
}

/** A state to begin a replay with, and the last event that it knows. */
export interface StartingState {
  readonly seq: number;
  readonly state: SocState;
}

/** Finds snapshots to begin replays with. */
export class SnapshotReader implements SnapshotSource {
  private readonly file: string;
  private readonly newest:
    | Database.Statement<[number, number, string], { seq: number; crc32: number; root: Uint8Array }>
    | undefined;
  private readonly newestSeq: Database.Statement<[number, number, string], number> | undefined;
  private readonly selectPart:
    | Database.Statement<[number], { crc32: number; payload: Uint8Array }>
    | undefined;
  private readonly db: Database.Database;
  /** Rows that were read for the state that was asked for last. */
  private readonly bundles = new Map<number, PartBundle>();
  private cachedBytes = 0;

  constructor(db: Database.Database, file: string) {
    this.db = db;
    this.file = file;
    const isThere = guarded(file, () => areThere(db));
    this.newest = isThere
      ? db.prepare(
          `SELECT seq, crc32, ${bytesOf('root')} FROM snapshot WHERE boot = ? AND seq <= ? AND fold = ? ORDER BY seq DESC LIMIT 1`,
        )
      : undefined;
    // Whoever only asks where a replay would begin is spared the root, which may be long.
    this.newestSeq = isThere
      ? db
          .prepare<[number, number, string], number>(
            'SELECT seq FROM snapshot WHERE boot = ? AND seq <= ? AND fold = ? ORDER BY seq DESC LIMIT 1',
          )
          .pluck()
      : undefined;
    this.selectPart = isThere
      ? db.prepare(`SELECT crc32, ${bytesOf('payload')} FROM snapshot_part WHERE part = ?`)
      : undefined;
  }

  /** The last event of a boot, no later than `seq`, whose state is there; 0 where none is. */
  seqBefore(bootId: number, seq: number): number {
    return guarded(this.file, () => this.newestSeq?.get(bootId, seq, foldDigest())) ?? 0;
  }

  /** The state of the last snapshot no later than an event; the initial one where there is none. */
  stateBefore(bootId: number, seq: number): StartingState {
    const row = guarded(this.file, () => this.newest?.get(bootId, seq, foldDigest()));
    if (row === undefined) return { seq: 0, state: initialSocState() };
    this.forgetBundles();
    return this.reading(`the snapshot after event ${row.seq} of boot ${bootId}`, () => {
      if (crc32(row.root) !== row.crc32) throw new CorruptBytesError('it does not have its checksum');
      return { seq: row.seq, state: restoreState(row.root, this) };
    });
  }

  /** Seqs of the snapshots of a boot that this code made. */
  seqs(bootId: number): number[] {
    if (this.newest === undefined) return [];
    return this.db
      .prepare<[number, string], number>('SELECT seq FROM snapshot WHERE boot = ? AND fold = ? ORDER BY seq')
      .pluck()
      .all(bootId, foldDigest());
  }

  /** How many there are that another version made: nobody looks at those. */
  get passedOverCount(): number {
    if (this.newest === undefined) return 0;
    return this.db
      .prepare<[string], number>('SELECT count(*) FROM snapshot WHERE fold <> ?')
      .pluck()
      .get(foldDigest()) as number;
  }

  part(number: number): Uint8Array {
    return this.reading(`part ${number} of a snapshot`, () => {
      const bundleNumber = Math.floor(number / BUNDLE_PARTS);
      const bundle = this.bundles.get(bundleNumber) ?? this.readBundle(bundleNumber);
      return bundle.part(number % BUNDLE_PARTS);
    });
  }

  private readBundle(number: number): PartBundle {
    const row = guarded(this.file, () => this.selectPart?.get(number));
    if (row === undefined) throw new CorruptBytesError('it is not there');
    if (crc32(row.payload) !== row.crc32) throw new CorruptBytesError('it does not have its checksum');
    if (this.cachedBytes > CACHE_BYTES) this.forgetBundles();
    const bundle = new PartBundle(row.payload);
    this.bundles.set(number, bundle);
    this.cachedBytes += row.payload.length;
    return bundle;
  }

  private forgetBundles(): void {
    this.bundles.clear();
    this.cachedBytes = 0;
  }

  unpack(section: Uint8Array): unknown {
    const bytes = section.subarray(1);
    return deserialize(section[0] === DEFLATED ? inflateRawSync(bytes) : bytes);
  }

  private reading<T>(place: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof CorruptBytesError)) throw error;
      throw new InputError(`${place} is damaged (${error.message}); \`trace index --force\` makes it again`, {
        file: this.file,
      });
    }
  }
}
