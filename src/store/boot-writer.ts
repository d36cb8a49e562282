import { createHash, type Hash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { assert, present } from '../base/assert.ts';
import { ConflictError } from '../base/input-error.ts';
import { findDefinition, type NewEvent } from '../events/catalog.ts';
import { ChunkBuilder } from '../events/chunk-builder.ts';
import { chainBootEnd, chainChunk, chainSourceBlock, chainStart } from './chain.ts';
import { guarded } from './database.ts';
import { KindRegistry } from './kind-registry.ts';
import { compressSource, SOURCE_CODEC } from './source-codec.ts';

/** Chunks between two commits: a transaction for each would double the cost of a bulk import. */
const CHUNKS_PER_COMMIT = 16;

interface SourceState {
  readonly hash: Hash;
  chain: Uint8Array;
  readonly firstLine: number;
  blocks: number;
  lines: number;
  bytes: number;
}

/**
 * Writes one boot. Events go through {@link builder} (or {@link append}); whenever a chunk is full the caller
 * calls {@link flush}. Only one writer can extend a boot: each states, by the position it believes the log to be
 * at, what it builds on, and one that believes wrongly gets a {@link ConflictError} and has written nothing.
 */
export class BootWriter {
  readonly bootId: number;
  readonly bootName: string;
  readonly builder: ChunkBuilder;
  private readonly db: Database.Database;
  private readonly file: string;
  private readonly kinds: KindRegistry;
  private readonly insertChunk: Database.Statement;
  private readonly insertBlock: Database.Statement;
  private readonly sources = new Map<number, SourceState>();
  private chain: Uint8Array;
  private position: number;
  private chunksSinceCommit = 0;

  private constructor(
    db: Database.Database,
    file: string,
    bootId: number,
    bootName: string,
    position: number,
    chain: Uint8Array,
  ) {
    this.db = db;
    this.file = file;
    this.bootId = bootId;
    this.bootName = bootName;
    this.position = position;
    this.chain = chain;
    this.kinds = new KindRegistry(db, file);
    this.kinds.refresh();
    this.builder = new ChunkBuilder((definition) => this.kinds.storedKind(definition).kindId, position + 1);
    this.insertChunk = db.prepare(
      'INSERT INTO chunk (boot_id, first_seq, last_seq, t_min_ns, t_max_ns, kinds, payload, sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.insertBlock = db.prepare(
      'INSERT INTO source_block (boot_id, source, block, first_line, line_count, byte_count, codec, payload, sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
  }

  /**
   * Begins a new boot in a file opened for writing. Where a finished boot has the name already, the new one gets a
   * number: {@link bootName} says what it is called.
   */
  static begin(
    db: Database.Database,
    file: string,
    boot: { name: string; origin: 'import' | 'simulation' },
  ): BootWriter {
    return guarded(file, () => {
      const [bootId, name] = db
        .transaction(() => {
          const id = Number(db.prepare('SELECT ifnull(max(boot_id), 0) + 1 FROM boot').pluck().get());
          const free = freeName(db, boot.name);
          db.prepare('INSERT INTO boot (boot_id, name, origin) VALUES (?, ?, ?)').run(id, free, boot.origin);
          return [id, free] as const;
        })
        .immediate();
      return new BootWriter(db, file, bootId, name, 0, chainStart('boot', bootId, name, boot.origin));
    });
  }

  /** Goes on with an unfinished boot whose last event is at `expectedPosition`. */
  static resume(db: Database.Database, file: string, bootId: number, expectedPosition: number): BootWriter {
    return guarded(file, () => {
      const tail = readTail(db, bootId);
      checkTail(file, bootId, expectedPosition, tail);
      const boot = present(
        db
          .prepare<[number], { name: string; origin: string }>(
            'SELECT name, origin FROM boot WHERE boot_id = ?',
          )
          .get(bootId),
        `boot ${bootId} does not exist`,
      );
      const chain = tail.chain ?? chainStart('boot', bootId, boot.name, boot.origin);
      return new BootWriter(db, file, bootId, boot.name, tail.position, chain);
    });
  }

  /** Adds events and makes them durable together with what was added before. Returns the seq of the last one. */
  append(events: readonly NewEvent[]): number {
    for (const event of events) {
      this.builder.append(event);
      if (this.builder.isFull) this.flush();
    }
    this.commit();
    return this.builder.nextSeq - 1;
  }

  /** Writes the chunk that has been filled, if there is anything in it. */
  flush(): void {
    if (this.builder.count === 0) return;
    guarded(this.file, () => {
      this.ensureTransaction();
      const chunk = this.builder.encode();
      const kinds = chunk.kinds.map((kind) => this.kinds.storedKind(present(findDefinition(kind), kind)));
      const row = {
        boot_id: this.bootId,
        first_seq: chunk.firstSeq,
        last_seq: chunk.lastSeq,
        t_min_ns: chunk.tMin,
        t_max_ns: chunk.tMax,
        kinds: chunk.kinds.join(' '),
        payload: chunk.payload,
      };
      const sha256 = chainChunk(this.chain, row, kinds);
      this.insertChunk.run(
        row.boot_id,
        row.first_seq,
        row.last_seq,
        row.t_min_ns,
        row.t_max_ns,
        row.kinds,
        row.payload,
        sha256,
      );
      this.chain = sha256;
      this.position = chunk.lastSeq;
      this.chunksSinceCommit++;
    });
    if (this.chunksSinceCommit >= CHUNKS_PER_COMMIT) this.commit();
  }

  /** Makes everything so far durable. */
  commit(): void {
    this.flush();
    if (!this.db.inTransaction) return;
    guarded(this.file, () => this.db.exec('COMMIT'));
    this.chunksSinceCommit = 0;
  }

  /**
   * Declares a source file of this boot, numbered from 1. `firstLine` is the number of its first line in the file that
   * was given, where that has other boots before.
   */
  beginSource(source: number, name: string, format: string, firstLine = 1): void {
    guarded(this.file, () => {
      this.ensureTransaction();
      this.db
        .prepare('INSERT INTO source (boot_id, source, name, format) VALUES (?, ?, ?, ?)')
        .run(this.bootId, source, name, format);
    });
    this.sources.set(source, {
      hash: createHash('sha256'),
      chain: chainStart('source', this.bootId, source, name, format),
      firstLine,
      blocks: 0,
      lines: 0,
      bytes: 0,
    });
  }

  /** Keeps the next bytes of a source: whole lines, `lineCount` of them. */
  addSourceBlock(source: number, bytes: Uint8Array, lineCount: number): void {
    const state = present(this.sources.get(source), `source ${source} was not begun`);
    assert(bytes.length > 0, 'a source block is never empty');
    guarded(this.file, () => {
      this.ensureTransaction();
      state.hash.update(bytes);
      const row = {
        boot_id: this.bootId,
        source,
        block: state.blocks + 1,
        first_line: state.firstLine + state.lines,
        line_count: lineCount,
        byte_count: bytes.length,
        codec: SOURCE_CODEC,
        payload: compressSource(bytes),
      };
      const sha256 = chainSourceBlock(state.chain, row);
      this.insertBlock.run(
        row.boot_id,
        row.source,
        row.block,
        row.first_line,
        row.line_count,
        row.byte_count,
        row.codec,
        row.payload,
        sha256,
      );
      state.chain = sha256;
      state.blocks++;
      state.lines += lineCount;
      state.bytes += bytes.length;
    });
  }

  /** Closes a source and returns what there is of it; its content id is the SHA-256 of its bytes. */
  endSource(source: number): { contentId: string; lineCount: number; byteCount: number } {
    const state = present(this.sources.get(source), `source ${source} was not begun`);
    this.sources.delete(source);
    const contentId = state.hash.digest('hex');
    guarded(this.file, () => {
      this.ensureTransaction();
      this.db
        .prepare(
          'INSERT INTO source_end (boot_id, source, line_count, byte_count, content_id) VALUES (?, ?, ?, ?, ?)',
        )
        .run(this.bootId, source, state.lines, state.bytes, contentId);
    });
    return { contentId, lineCount: state.lines, byteCount: state.bytes };
  }

  /** Ends the boot: nothing can be added to it from now on. */
  finish(): void {
    assert(this.sources.size === 0, 'a source was begun and not ended');
    this.flush();
    guarded(this.file, () => {
      this.ensureTransaction();
      const lastSeq = this.position;
      this.db
        .prepare('INSERT INTO boot_end (boot_id, last_seq, sha256) VALUES (?, ?, ?)')
        .run(this.bootId, lastSeq, chainBootEnd(this.chain, this.bootId, lastSeq));
    });
    this.commit();
  }

  /** Forgets what was not committed. */
  abandon(): void {
    if (this.db.open && this.db.inTransaction) this.db.exec('ROLLBACK');
  }

  private ensureTransaction(): void {
    if (this.db.inTransaction) return;
    this.db.exec('BEGIN IMMEDIATE');
    try {
      checkTail(this.file, this.bootId, this.position, readTail(this.db, this.bootId));
      this.kinds.refresh();
    } catch (error) {
      this.db.exec('ROLLBACK');
      throw error;
    }
  }
}

/** The name, or where a finished boot has it `name-2`, `name-3` …; one whose writer was stopped gives its name up. */
function freeName(db: Database.Database, wanted: string): string {
  const taken = new Set(
    db
      .prepare<[number, string], string>(
        'SELECT name FROM boot JOIN boot_end USING (boot_id) WHERE substr(name, 1, ?) = ?',
      )
      .pluck()
      .all(wanted.length, wanted),
  );
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted}-${number}`;
  return name;
}

/** Where the log of a boot ends. */
interface Tail {
  readonly position: number;
  readonly chain: Uint8Array | undefined;
  readonly isFinished: boolean;
}

function readTail(db: Database.Database, bootId: number): Tail {
  const row = db
    .prepare<[number], { last_seq: number; sha256: Uint8Array }>(
      'SELECT last_seq, sha256 FROM chunk WHERE boot_id = ? ORDER BY first_seq DESC LIMIT 1',
    )
    .get(bootId);
  const end = db.prepare<[number], number>('SELECT 1 FROM boot_end WHERE boot_id = ?').pluck().get(bootId);
  return { position: row?.last_seq ?? 0, chain: row?.sha256, isFinished: end !== undefined };
}

/** Throws when a boot is not as its writer believes it to be. */
function checkTail(file: string, bootId: number, expected: number, tail: Tail): void {
  if (tail.position !== expected) {
    throw new ConflictError(
      `another process wrote to boot ${bootId}: expected its log to end at event ${expected}, it ends at ${tail.position}`,
      { file },
    );
  }
  if (tail.isFinished) {
    throw new ConflictError(`boot ${bootId} is finished: nothing can be added to it`, { file });
  }
}
