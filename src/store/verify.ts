import { createHash } from 'node:crypto';
import Database from 'better-sqlite3';
import { CorruptBytesError } from '../base/byte-reader.ts';
import { ChunkView, type StoredKind } from '../events/chunk-view.ts';
import {
  type ChunkRow,
  chainBootEnd,
  chainChunk,
  chainSourceBlock,
  chainStart,
  kindDigest,
  type SourceBlockRow,
} from './chain.ts';
import { logSchema } from './database.ts';
import { derivedState } from './derive.ts';
import { loadKinds, parseKindRow, readKindRows } from './kind-registry.ts';
import { decompressSource } from './source-codec.ts';
import { verifyTables } from './verify-tables.ts';

/** Something in a file that is not as it was written. */
export interface VerifyFinding {
  /** Where: `chunk 4097..8192 of boot 1`, `block 3 of source 2 of boot 1 (lines 10..99)`, `table smc row 7`. */
  readonly place: string;
  readonly problem: string;
}

export interface VerifyReport {
  readonly findings: readonly VerifyFinding[];
  /** What is worth knowing and no damage: an unfinished boot, tables that are behind. */
  readonly notes: readonly string[];
  readonly checked: {
    readonly boots: number;
    readonly chunks: number;
    readonly events: number;
    readonly sourceBytes: number;
    readonly tableRows: number;
  };
}

export interface VerifyOptions {
  readonly onProgress?: ((stage: string, done: number) => void) | undefined;
}

interface BootRow {
  readonly boot_id: number;
  readonly name: string;
  readonly origin: string;
}

interface SourceRow {
  readonly source: number;
  readonly name: string;
  readonly format: string;
  readonly line_count: number | null;
  readonly byte_count: number | null;
  readonly content_id: string | null;
}

/**
 * Checks all that a file promises: the schema with its triggers, the hash chain of every boot and source, that
 * every chunk decodes and every event cites a line that exists, that the sources still have their SHA-256, and
 * that the tables say what the log says. Damage is never thrown, it is a finding that names the place.
 */
export function verifyHistory(
  db: Database.Database,
  file: string,
  options: VerifyOptions = {},
): VerifyReport {
  return new Verifier(db, file, options).run();
}

class Verifier {
  private readonly db: Database.Database;
  private readonly file: string;
  private readonly progress: (stage: string, done: number) => void;
  private readonly findings: VerifyFinding[] = [];
  private readonly notes: string[] = [];
  private readonly checked = { boots: 0, chunks: 0, events: 0, sourceBytes: 0, tableRows: 0 };
  private kinds = new Map<number, StoredKind>();
  /** Whether the log itself is as it was written: only then it makes sense to compare tables with it. */
  private isLogSound = true;

  constructor(db: Database.Database, file: string, options: VerifyOptions) {
    this.db = db;
    this.file = file;
    this.progress = options.onProgress ?? (() => {});
  }

  run(): VerifyReport {
    this.reading('the file', () => this.checkFile());
    this.reading('the schema', () => this.checkSchema());
    this.reading('table event_kind', () => this.checkKinds());
    this.reading('table boot', () => {
      for (const boot of this.db.prepare<[], BootRow>('SELECT * FROM boot ORDER BY boot_id').all()) {
        this.checkBoot(boot);
      }
    });
    this.isLogSound = this.findings.length === 0;
    this.reading('the derived tables', () => this.checkTables());
    return { findings: this.findings, notes: this.notes, checked: this.checked };
  }

  private find(place: string, problem: string): void {
    this.findings.push({ place, problem });
  }

  /** What SQLite refuses to read is a finding about what was being read. */
  private reading(place: string, check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof Database.SqliteError)) throw error;
      this.find(place, `cannot be read: ${error.message}`);
    }
  }

  private checkFile(): void {
    const problems = this.db.prepare<[], { integrity_check: string }>('PRAGMA integrity_check(5)').all();
    for (const { integrity_check: problem } of problems) {
      if (problem !== 'ok') this.find('the file', problem.replace(/\s+/g, ' '));
    }
  }

  /** Tables and triggers of the log, word for word as the migrations make them: without a trigger anybody may edit. */
  private checkSchema(): void {
    const present = new Map(
      this.db
        .prepare<[], { name: string; sql: string | null }>('SELECT name, sql FROM sqlite_schema')
        .all()
        .map(({ name, sql }) => [name, sql] as const),
    );
    for (const { type, name, sql } of logSchema()) {
      if (!present.has(name)) this.find(`${type} ${name}`, 'is missing');
      else if (present.get(name) !== sql) this.find(`${type} ${name}`, 'is not as it was made');
    }
  }

  private checkKinds(): void {
    for (const row of readKindRows(this.db)) {
      const place = `table event_kind row ${row.kind_id}`;
      const kind = parseKindRow(row);
      if (kind === undefined) this.find(place, 'does not describe a kind any more');
      else if (!kindDigest(kind).equals(row.sha256)) this.find(place, 'does not have its digest any more');
    }
    if (this.findings.length === 0) this.kinds = loadKinds(this.db, this.file);
  }

  private checkBoot(boot: BootRow): void {
    this.checked.boots++;
    const sources = this.db
      .prepare<[number], SourceRow>(
        `SELECT source, name, format, line_count, byte_count, content_id
         FROM source LEFT JOIN source_end USING (boot_id, source) WHERE boot_id = ? ORDER BY source`,
      )
      .all(boot.boot_id);
    for (const source of sources) {
      this.reading(`source ${source.source} of boot ${boot.boot_id}`, () => this.checkSource(boot, source));
    }
    this.reading(`the log of boot ${boot.boot_id}`, () => this.checkLog(boot, sources));
  }

  private checkLog(boot: BootRow, sources: readonly SourceRow[]): void {
    const of = `of boot ${boot.boot_id}`;
    let chain: Uint8Array = chainStart('boot', boot.boot_id, boot.name, boot.origin);
    let lastSeq = 0;
    const chunks = this.db.prepare<[number], ChunkRow>(
      'SELECT * FROM chunk WHERE boot_id = ? ORDER BY first_seq',
    );
    for (const row of chunks.iterate(boot.boot_id)) {
      const place = `chunk ${row.first_seq}..${row.last_seq} ${of}`;
      if (row.first_seq !== lastSeq + 1) {
        this.find(place, `events ${lastSeq + 1}..${row.first_seq - 1} before it are missing`);
      }
      const chunk = this.decode(place, row);
      if (chunk !== undefined) {
        const described = chunk.kinds.map(({ stored }) => stored);
        const isChained = chainChunk(chain, row, described).equals(row.sha256);
        if (!isChained) this.find(place, `does not have its hash any more: ${this.suspect(row, lastSeq)}`);
        if (chunk.lastSeq !== row.last_seq) this.find(place, `holds ${chunk.count} events`);
        this.checkCitations(place, chunk, sources);
        this.checked.events += chunk.count;
      }
      // Going on from the hash that is there, so that one damaged chunk is one finding.
      chain = row.sha256;
      lastSeq = row.last_seq;
      this.checked.chunks++;
      this.progress('log', this.checked.events);
    }
    this.checkEnd(boot, chain, lastSeq);
  }

  /** The first chunk's hash also covers the boot's own row. */
  private suspect(row: ChunkRow, lastSeq: number): string {
    return lastSeq === 0 && row.first_seq === 1
      ? `it or the row of boot ${row.boot_id} was changed`
      : 'it was changed, or the one before it';
  }

  private checkEnd(boot: BootRow, chain: Uint8Array, lastSeq: number): void {
    const end = this.db
      .prepare<[number], { last_seq: number; sha256: Uint8Array }>(
        'SELECT last_seq, sha256 FROM boot_end WHERE boot_id = ?',
      )
      .get(boot.boot_id);
    if (end === undefined) {
      this.notes.push(
        `boot ${boot.boot_id} (${boot.name}) is unfinished: whoever wrote it was stopped after event ${lastSeq}`,
      );
      return;
    }
    const place = `the end of boot ${boot.boot_id}`;
    if (end.last_seq !== lastSeq) {
      this.find(place, `is at event ${end.last_seq}, the log ends at ${lastSeq}`);
    } else if (!chainBootEnd(chain, boot.boot_id, lastSeq).equals(end.sha256)) {
      this.find(place, 'does not have its hash any more: it was changed, or the last chunk');
    }
  }

  private decode(place: string, row: ChunkRow): ChunkView | undefined {
    try {
      return new ChunkView(row.payload, row.first_seq, (kindId) => this.kinds.get(kindId));
    } catch (error) {
      if (!(error instanceof CorruptBytesError)) throw error;
      this.find(place, `cannot be decoded: ${error.message}`);
      return undefined;
    }
  }

  private checkCitations(place: string, chunk: ChunkView, sources: readonly SourceRow[]): void {
    const lineCounts = new Map(
      sources.map((source) => [source.source, source.line_count ?? Number.POSITIVE_INFINITY]),
    );
    for (let i = 0; i < chunk.count; i++) {
      const source = chunk.sources[i] as number;
      if (Number.isNaN(source)) continue;
      const lineCount = lineCounts.get(source);
      if (lineCount === undefined)
        this.find(place, `event ${chunk.firstSeq + i} cites source ${source}, which is not there`);
      else if ((chunk.lines[i] as number) > lineCount) {
        this.find(
          place,
          `event ${chunk.firstSeq + i} cites line ${chunk.lines[i]} of source ${source}, which has ${lineCount}`,
        );
      } else continue;
      return;
    }
  }

  private checkSource(boot: BootRow, source: SourceRow): void {
    const of = `of source ${source.source} of boot ${boot.boot_id} (${source.name}`;
    const hash = createHash('sha256');
    let chain: Uint8Array = chainStart('source', boot.boot_id, source.source, source.name, source.format);
    let lines = 0;
    let bytes = 0;
    let block = 0;
    let isWhole = true;
    const rows = this.db.prepare<[number, number], SourceBlockRow>(
      'SELECT * FROM source_block WHERE boot_id = ? AND source = ? ORDER BY block',
    );
    for (const row of rows.iterate(boot.boot_id, source.source)) {
      const place = `block ${row.block} ${of}, lines ${row.first_line}..${row.first_line + row.line_count - 1})`;
      if (row.block !== block + 1 || row.first_line !== lines + 1)
        this.find(place, 'the block before it is missing');
      if (!chainSourceBlock(chain, row).equals(row.sha256)) {
        this.find(
          place,
          'does not have its hash any more: it was changed, or the row of its source, or the block before it',
        );
        isWhole = false;
      }
      const content = this.decompress(place, row);
      if (content === undefined) isWhole = false;
      else hash.update(content);
      chain = row.sha256;
      block = row.block;
      lines += row.line_count;
      bytes += row.byte_count;
      this.checked.sourceBytes += row.byte_count;
      this.progress('sources', this.checked.sourceBytes);
    }
    if (source.content_id === null) return;
    const place = `the end ${of})`;
    if (source.byte_count !== bytes || source.line_count !== lines) {
      this.find(
        place,
        `says ${source.line_count} lines and ${source.byte_count} bytes, there are ${lines} and ${bytes}`,
      );
    } else if (isWhole && hash.digest('hex') !== source.content_id) {
      this.find(place, 'has a content id that is not the SHA-256 of the bytes that are there');
    }
  }

  private decompress(place: string, row: SourceBlockRow): Buffer | undefined {
    try {
      return decompressSource(row.codec, row.payload, row.byte_count);
    } catch (error) {
      this.find(place, `cannot be decompressed: ${(error as Error).message}`);
      return undefined;
    }
  }

  private checkTables(): void {
    const state = derivedState(this.db);
    if (state === 'missing') this.notes.push('there are no tables for SQL; `trace index` makes them');
    else if (state === 'stale')
      this.notes.push('the tables for SQL do not hold all of the log; `trace index` makes them again');
    else if (!this.isLogSound)
      this.notes.push('the tables for SQL were not compared with a log that is damaged');
    else {
      this.checked.tableRows = verifyTables(
        this.db,
        this.file,
        (place, problem) => this.find(place, problem),
        (events) => this.progress('tables', events),
      );
    }
  }
}
