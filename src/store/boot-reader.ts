import type Database from 'better-sqlite3';
import { CorruptBytesError } from '../base/byte-reader.ts';
import { counted } from '../base/count.ts';
import { InputError } from '../base/input-error.ts';
import type { BootEvent } from '../events/catalog.ts';
import { ChunkView } from '../events/chunk-view.ts';
import { type ColumnArrays, NEW_ARRAYS, ReusedArrays } from '../events/column-arrays.ts';
import { LazyChunk } from '../events/lazy-chunk.ts';
import type { StoredKind } from '../events/stored-kind.ts';
import { bytesOf } from './bytes-column.ts';
import { ChunkIndex } from './chunk-index.ts';
import { guarded } from './database.ts';
import { loadKinds } from './kind-registry.ts';
import { CONTAINER_FORMATS, decompressSource } from './source-codec.ts';

export interface SourceInfo {
  readonly source: number;
  readonly name: string;
  readonly format: string;
  /** Null while the source is not complete. */
  readonly lineCount: number | null;
  readonly byteCount: number | null;
  readonly contentId: string | null;
}

export interface BootInfo {
  readonly bootId: number;
  readonly name: string;
  readonly origin: string;
  /** False when whoever wrote it was stopped: what is there is a consistent prefix. */
  readonly finished: boolean;
  readonly eventCount: number;
  readonly sources: readonly SourceInfo[];
  /** What is kept beside the sources only to give a packed file back as it was. */
  readonly containers: readonly SourceInfo[];
}

/** Looks up chunks, each by its place. */
function prepareChunkStatements(db: Database.Database) {
  return {
    first: db
      .prepare<[number, number], number>(
        'SELECT first_seq FROM chunk WHERE boot_id = ? AND first_seq <= ? ORDER BY first_seq DESC LIMIT 1',
      )
      .pluck(),
    next: db.prepare<[number, number], { first_seq: number; last_seq: number; payload: Uint8Array }>(
      `SELECT first_seq, last_seq, ${bytesOf('payload')} FROM chunk WHERE boot_id = ? AND first_seq >= ? ORDER BY first_seq LIMIT 1`,
    ),
    payload: db
      .prepare<[number, number], Uint8Array>(
        `SELECT ${bytesOf('payload')} FROM chunk WHERE boot_id = ? AND first_seq = ?`,
      )
      .pluck(),
  };
}

type ChunkStatements = ReturnType<typeof prepareChunkStatements>;

/** Reads the log of a file. */
export class LogReader {
  private readonly db: Database.Database;
  private readonly file: string;
  private readonly kinds: Map<number, StoredKind>;
  private readonly indexes = new Map<number, ChunkIndex>();
  private prepared: ChunkStatements | undefined;

  constructor(db: Database.Database, file: string) {
    this.db = db;
    this.file = file;
    this.kinds = guarded(file, () => loadKinds(db, file));
  }

  private get statements(): ChunkStatements {
    this.prepared ??= guarded(this.file, () => prepareChunkStatements(this.db));
    return this.prepared;
  }

  boots(): BootInfo[] {
    const rows = guarded(this.file, () =>
      this.db
        .prepare<
          [],
          {
            boot_id: number;
            name: string;
            origin: string;
            finished: number;
            events: number;
          }
        >(
          // A look at the last chunk only: each has a page of its own, and a long boot has thousands.
          `SELECT boot.boot_id, name, origin, boot_end.boot_id IS NOT NULL AS finished,
                  ifnull((SELECT last_seq FROM chunk WHERE chunk.boot_id = boot.boot_id
                          ORDER BY first_seq DESC LIMIT 1), 0) AS events
           FROM boot LEFT JOIN boot_end USING (boot_id) ORDER BY boot.boot_id`,
        )
        .all(),
    );
    return rows.map((row) => {
      const sources = this.sources(row.boot_id);
      return {
        bootId: row.boot_id,
        name: row.name,
        origin: row.origin,
        finished: row.finished === 1,
        eventCount: row.events,
        sources: sources.filter(({ format }) => !CONTAINER_FORMATS.includes(format)),
        containers: sources.filter(({ format }) => CONTAINER_FORMATS.includes(format)),
      };
    });
  }

  /** The first and the last time that a boot tells of; null where it tells of none. Takes a look at every chunk. */
  timeRange(bootId: number): { readonly tMin: number | null; readonly tMax: number | null } {
    const row = guarded(this.file, () =>
      this.db
        .prepare<[number], { tMin: number | null; tMax: number | null }>(
          'SELECT min(t_min_ns) AS tMin, max(t_max_ns) AS tMax FROM chunk WHERE boot_id = ?',
        )
        .get(bootId),
    );
    return row ?? { tMin: null, tMax: null };
  }

  private sources(bootId: number): SourceInfo[] {
    return guarded(this.file, () =>
      this.db
        .prepare<[number], SourceInfo>(
          `SELECT source, name, format, line_count AS lineCount, byte_count AS byteCount, content_id AS contentId
           FROM source LEFT JOIN source_end USING (boot_id, source) WHERE boot_id = ? ORDER BY source`,
        )
        .all(bootId),
    );
  }

  /** The chunks of a boot from the one that holds `fromSeq`; see {@link payloads}. */
  *chunks(bootId: number, fromSeq = 1): Generator<ChunkView> {
    const kindOf = (kindId: number) => this.kinds.get(kindId);
    for (const { firstSeq, bytes } of this.payloads(bootId, fromSeq)) {
      yield this.decode(bootId, firstSeq, () => new ChunkView(bytes, firstSeq, kindOf));
    }
  }

  /** The same, each of which is good until the next is asked for. */
  *passingChunks(bootId: number): Generator<ChunkView> {
    const kindOf = (kindId: number) => this.kinds.get(kindId);
    const arrays = new ReusedArrays();
    for (const { firstSeq, bytes } of this.payloads(bootId, 1)) {
      arrays.reset();
      yield this.decode(bootId, firstSeq, () => new ChunkView(bytes, firstSeq, kindOf, undefined, arrays));
    }
  }

  /**
   * The same with few of their columns decoded, for whoever looks at some of their events. `arraysOf` says where the
   * arrays of a chunk come from when its turn comes.
   */
  *sparseChunks(
    bootId: number,
    fromSeq = 1,
    arraysOf: () => ColumnArrays = () => NEW_ARRAYS,
  ): Generator<LazyChunk> {
    const kindOf = (kindId: number) => this.kinds.get(kindId);
    for (const { firstSeq, bytes } of this.payloads(bootId, fromSeq)) {
      yield this.decode(
        bootId,
        firstSeq,
        () => new LazyChunk(bytes, firstSeq, kindOf, undefined, arraysOf()),
      );
    }
  }

  /** The same chunks for a fold, which needs few of their columns. Each is good until the next is asked for. */
  *lazyChunks(bootId: number, fromSeq = 1): Generator<LazyChunk> {
    const kindOf = (kindId: number) => this.kinds.get(kindId);
    const arrays = new ReusedArrays();
    for (const { firstSeq, bytes } of this.payloads(bootId, fromSeq)) {
      arrays.reset();
      yield this.decode(bootId, firstSeq, () => new LazyChunk(bytes, firstSeq, kindOf, undefined, arrays));
    }
  }

  /**
   * The chunks of a boot as bytes, from the one that holds `fromSeq`, in order; when `kinds` are given, only those that
   * hold an event of one of them: of others the bytes are not even read. Each is looked up when its turn comes, so that
   * whoever goes through them may write to the file meanwhile.
   */
  private *payloads(
    bootId: number,
    fromSeq: number,
    kinds?: ReadonlySet<string>,
  ): Generator<{ firstSeq: number; bytes: Uint8Array }> {
    if (kinds !== undefined) {
      const { payload } = this.statements;
      for (const firstSeq of this.indexOf(bootId).holding(kinds, fromSeq)) {
        const bytes = guarded(this.file, () => payload.get(bootId, firstSeq));
        if (bytes !== undefined) yield { firstSeq, bytes };
      }
      return;
    }
    const { first, next } = this.statements;
    let from = guarded(this.file, () => first.get(bootId, fromSeq)) ?? fromSeq;
    for (;;) {
      const row = guarded(this.file, () => next.get(bootId, from));
      if (row === undefined) return;
      from = row.first_seq + 1;
      if (row.last_seq >= fromSeq) yield { firstSeq: row.first_seq, bytes: row.payload };
    }
  }

  private indexOf(bootId: number): ChunkIndex {
    let index = this.indexes.get(bootId);
    if (index === undefined) {
      index = new ChunkIndex(this.db, this.file, bootId);
      this.indexes.set(bootId, index);
    }
    return index;
  }

  *events(bootId: number, fromSeq = 1): Generator<BootEvent> {
    for (const chunk of this.chunks(bootId, fromSeq)) {
      for (let i = Math.max(0, fromSeq - chunk.firstSeq); i < chunk.count; i++) yield chunk.eventAt(i);
    }
  }

  /** The event of a seq; undefined where the boot has none. */
  eventAt(bootId: number, seq: number): BootEvent | undefined {
    for (const chunk of this.chunks(bootId, seq)) {
      return chunk.firstSeq <= seq ? chunk.eventAt(seq - chunk.firstSeq) : undefined;
    }
    return undefined;
  }

  /** The last event with a time no later than one: real clocks step back, so a later event may have an earlier time. */
  lastSeqAtTime(bootId: number, tNs: number): number | undefined {
    const firstSeq = guarded(this.file, () =>
      this.db
        .prepare<[number, number], number>(
          'SELECT first_seq FROM chunk WHERE boot_id = ? AND t_min_ns <= ? ORDER BY first_seq DESC LIMIT 1',
        )
        .pluck()
        .get(bootId, tNs),
    );
    if (firstSeq === undefined) return undefined;
    for (const chunk of this.chunks(bootId, firstSeq)) {
      const index = chunk.times.findLastIndex((time) => time <= tNs);
      return index < 0 ? undefined : chunk.firstSeq + index;
    }
    return undefined;
  }

  /** Only the chunks that hold events of some kinds. */
  *chunksOfKinds(bootId: number, kinds: ReadonlySet<string>): Generator<LazyChunk> {
    const kindOf = (kindId: number) => this.kinds.get(kindId);
    for (const { firstSeq, bytes } of this.payloads(bootId, 1, kinds))
      yield this.decode(bootId, firstSeq, () => new LazyChunk(bytes, firstSeq, kindOf));
  }

  /** Only the events of some kinds; chunks that hold none of them are not even read, and of others only what they need. */
  *eventsOfKinds(bootId: number, kinds: ReadonlySet<string>): Generator<BootEvent> {
    for (const chunk of this.chunksOfKinds(bootId, kinds)) {
      const { firstSeq } = chunk;
      const isWanted = chunk.kinds.map(({ definition }) => kinds.has(definition.kind));
      for (let i = 0; i < chunk.count; i++)
        if (isWanted[chunk.slots[i] as number] === true)
          yield this.decode(bootId, firstSeq, () => chunk.eventAt(i));
    }
  }

  /** The bytes of a source as they were, block by block. */
  *sourceBytes(bootId: number, source: number): Generator<Buffer> {
    const next = guarded(this.file, () =>
      this.db.prepare<
        [number, number, number],
        { block: number; codec: string; payload: Uint8Array; byte_count: number }
      >(
        `SELECT block, codec, ${bytesOf('payload')}, byte_count FROM source_block WHERE boot_id = ? AND source = ? AND block > ? ORDER BY block LIMIT 1`,
      ),
    );
    for (let block = 0; ; ) {
      const row = guarded(this.file, () => next.get(bootId, source, block));
      if (row === undefined) return;
      yield this.decompress(`block ${row.block} of source ${source} of boot ${bootId}`, row);
      block = row.block;
    }
  }

  private decode<Chunk>(bootId: number, firstSeq: number, decode: () => Chunk): Chunk {
    try {
      return decode();
    } catch (error) {
      if (!(error instanceof CorruptBytesError)) throw error;
      throw new InputError(
        `the chunk from event ${firstSeq} of boot ${bootId} is damaged (${error.message}); \`trace verify\` tells more`,
        { file: this.file },
      );
    }
  }

  private decompress(place: string, row: { codec: string; payload: Uint8Array; byte_count: number }): Buffer {
    try {
      return decompressSource(row.codec, row.payload, row.byte_count);
    } catch (error) {
      throw new InputError(`${place} is damaged (${(error as Error).message})`, { file: this.file });
    }
  }
}

/**
 * The boot that a file is about: the only one, or the one asked for by number or name. A boot whose writer was
 * stopped is passed over where a finished one of its name is there: the repetition of a stopped import. `option`
 * is how a user asks.
 */
export function chooseBoot(
  boots: readonly BootInfo[],
  file: string,
  wanted?: string,
  option = '--boot',
): BootInfo {
  if (boots.length === 0) throw new InputError('holds no boot', { file });
  const byNumber = boots.find((boot) => String(boot.bootId) === wanted);
  if (byNumber !== undefined) return byNumber;
  const named = wanted === undefined ? boots : boots.filter((boot) => boot.name === wanted);
  const finished = new Set(named.filter((boot) => boot.finished).map((boot) => boot.name));
  const candidates = named.filter((boot) => boot.finished || !finished.has(boot.name));
  const [only] = candidates;
  if (only === undefined)
    throw new InputError(`has no boot ${wanted}; it holds ${listBoots(boots)}`, { file });
  if (candidates.length === 1) return only;
  const which = wanted === undefined ? option : `${option} and its number`;
  throw new InputError(
    `holds ${counted(candidates.length, 'boot')}${wanted === undefined ? '' : ` named ${wanted}`} (${listBoots(candidates)}): say which with ${which}`,
    { file },
  );
}

function listBoots(boots: readonly BootInfo[]): string {
  return boots.map((boot) => `${boot.bootId} ${boot.name}${boot.finished ? '' : ', unfinished'}`).join('; ');
}
