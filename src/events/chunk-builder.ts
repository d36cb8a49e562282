import { assert } from '../base/assert.ts';
import { ByteWriter } from '../base/byte-writer.ts';
import { highHalf, lowHalf } from '../base/word.ts';
import { type AnyDefinition, DEFINITIONS, type Kind, type NewEvent } from './catalog.ts';
import { ChunkDictionary } from './chunk-dictionary.ts';
import {
  type ColumnWriter,
  NumberColumnWriter,
  SymbolColumnWriter,
  TextColumnWriter,
  WordColumnWriter,
} from './column-writer.ts';
import type { Fields, Payload, Storage } from './field.ts';

/** Most events that one chunk holds: the unit of encoding, hashing and reading. */
export const CHUNK_CAPACITY = 4096;

/** Bytes of text after which a chunk is full. */
const TEXT_LIMIT = 4 * 1024 * 1024;

/** First byte of every chunk: the version of its layout. */
export const CHUNK_FORMAT = 1;

interface ColumnWriterOf {
  integer: NumberColumnWriter;
  flag: NumberColumnWriter;
  word: WordColumnWriter;
  symbol: SymbolColumnWriter;
  text: TextColumnWriter;
}

/** The columns of one kind, by field name: what the fast path of an importer pushes into. */
export type KindColumns = Readonly<Record<string, ColumnWriter>>;

interface KindBuffer {
  readonly definition: AnyDefinition;
  readonly columns: readonly ColumnWriter[];
  readonly byName: KindColumns;
  /** Number of this kind in the chunk being filled; -1 while the chunk has none. */
  slot: number;
  rows: number;
}

/** A chunk as bytes, with what the store keeps beside it to find it by. */
export interface EncodedChunk {
  readonly payload: Uint8Array;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Smallest and largest time in it; null when no event has a time. */
  readonly tMin: number | null;
  readonly tMax: number | null;
  readonly kinds: readonly Kind[];
}

/**
 * Packs events into columns, chunk by chunk. There are two ways in: {@link append} takes an event as an
 * object, and {@link begin} with the columns of {@link columnsOf} takes it value by value, which makes
 * no garbage at all.
 *
 * Layout of a chunk: format byte, offset of the dictionary (4 bytes), number of events, number of kinds;
 * for each kind its id and row count; the kind of each event; the envelope's columns; the columns of each
 * kind; the dictionary.
 */
export class ChunkBuilder {
  /** Seq of the next event. */
  nextSeq: number;
  count = 0;
  private readonly kindIdOf: (definition: AnyDefinition) => number;
  private readonly buffers: KindBuffer[];
  private readonly bufferOf = new Map<Kind, number>();
  private readonly present: KindBuffer[] = [];
  /** The columns of texts of the kinds in the chunk being filled. */
  private readonly textColumns: TextColumnWriter[] = [];
  private readonly slots = new Uint8Array(CHUNK_CAPACITY);
  // The envelope's columns never grow, so `begin` stores into their arrays without asking.
  private readonly times = new NumberColumnWriter(CHUNK_CAPACITY);
  private readonly agents = new SymbolColumnWriter(CHUNK_CAPACITY);
  private readonly subjects = new SymbolColumnWriter(CHUNK_CAPACITY);
  private readonly causes = new NumberColumnWriter(CHUNK_CAPACITY);
  private readonly contexts = new SymbolColumnWriter(CHUNK_CAPACITY);
  private readonly sources = new NumberColumnWriter(CHUNK_CAPACITY);
  private readonly lines = new NumberColumnWriter(CHUNK_CAPACITY);
  private readonly timeValues = this.times.values;
  private readonly agentIds = this.agents.ids;
  private readonly subjectIds = this.subjects.ids;
  private readonly causeValues = this.causes.values;
  private readonly contextIds = this.contexts.ids;
  private readonly sourceValues = this.sources.values;
  private readonly lineValues = this.lines.values;
  private readonly symbols: string[] = [];
  private readonly symbolIds = new Map<string, number>();
  private readonly dictionary = new ChunkDictionary();
  private readonly out = new ByteWriter(1 << 17);
  private readonly appenders: (((payload: never) => void) | undefined)[] = [];
  /** The kind of the last event that came as an object, and its handle: most are followed by their like. */
  private lastKind: Kind | undefined;
  private lastKindIndex = 0;

  /** `kindIdOf` gives the number under which the file knows a kind in its present version. */
  constructor(kindIdOf: (definition: AnyDefinition) => number, nextSeq = 1) {
    this.kindIdOf = kindIdOf;
    this.nextSeq = nextSeq;
    this.buffers = DEFINITIONS.map((definition, index) => {
      this.bufferOf.set(definition.kind, index);
      const entries = Object.entries(definition.fields).map(
        ([name, field]) => [name, writerFor(field.storage)] as const,
      );
      return {
        definition,
        columns: entries.map(([, column]) => column),
        byName: Object.fromEntries(entries),
        slot: -1,
        rows: 0,
      };
    });
  }

  /** No room for another event; a chunk of long texts is full before it has as many events as it could. */
  get isFull(): boolean {
    if (this.count >= CHUNK_CAPACITY) return true;
    return this.textColumns.length > 0 && (this.count & 15) === 15 && this.textBytes() > TEXT_LIMIT;
  }

  private textBytes(): number {
    let total = 0;
    for (const column of this.textColumns) total += column.byteCount;
    return total;
  }

  /** The id of a string for symbol columns; the same string always has the same id. */
  symbol(value: string): number {
    const known = this.symbolIds.get(value);
    if (known !== undefined) return known;
    const id = this.symbols.length;
    this.symbols.push(value);
    this.symbolIds.set(value, id);
    return id;
  }

  symbolOrNull(value: string | null): number {
    return value === null ? -1 : this.symbol(value);
  }

  /** Handle of a kind for {@link begin}. */
  kindIndex(kind: Kind): number {
    const index = this.bufferOf.get(kind);
    assert(index !== undefined, `kind ${kind} is not in the catalog`);
    return index;
  }

  /** A column of a kind, typed by the storage that its definition gives it. */
  column<S extends Storage>(kind: Kind, field: string, storage: S): ColumnWriterOf[S] {
    const buffer = this.buffers[this.kindIndex(kind)] as KindBuffer;
    assert(
      buffer.definition.fields[field]?.storage === storage,
      `${kind}.${field} is not stored as ${storage}`,
    );
    return buffer.byName[field] as ColumnWriterOf[S];
  }

  /**
   * Starts an event and returns its seq. The caller pushes one value into each column of the kind before
   * it begins the next. Symbols are ids, -1 for null; numbers are NaN for null.
   */
  begin(
    kindIndex: number,
    tNs: number,
    agent: number,
    subject: number,
    cause: number,
    context: number,
    source: number,
    line: number,
  ): number {
    const buffer = this.buffers[kindIndex] as KindBuffer;
    if (buffer.slot < 0) this.addKind(buffer);
    buffer.rows++;
    const row = this.count++;
    const seq = this.nextSeq + row;
    this.slots[row] = buffer.slot;
    this.timeValues[row] = tNs;
    this.agentIds[row] = agent;
    this.subjectIds[row] = subject;
    this.causeValues[row] = seq - cause;
    this.contextIds[row] = context;
    this.sourceValues[row] = source;
    this.lineValues[row] = line;
    return seq;
  }

  private addKind(buffer: KindBuffer): void {
    buffer.slot = this.present.length;
    this.present.push(buffer);
    for (const column of buffer.columns) {
      if (column instanceof TextColumnWriter) this.textColumns.push(column);
    }
  }

  /** Adds an event and returns its seq. */
  append(event: NewEvent): number {
    if (event.kind !== this.lastKind) {
      this.lastKindIndex = this.kindIndex(event.kind);
      this.lastKind = event.kind;
    }
    const kindIndex = this.lastKindIndex;
    const seq = this.begin(
      kindIndex,
      event.t_ns ?? Number.NaN,
      this.symbol(event.agent),
      this.symbolOrNull(event.subject),
      event.cause ?? Number.NaN,
      this.symbolOrNull(event.context),
      event.source ?? Number.NaN,
      event.line ?? Number.NaN,
    );
    this.pushPayload(kindIndex, event.payload as Payload<Fields>);
    return seq;
  }

  /** Pushes the values of an event that was begun. The payload must be one of the kind that was begun. */
  pushPayload(kindIndex: number, payload: Payload<Fields>): void {
    const appender = this.appenders[kindIndex] ?? this.compileAppender(kindIndex);
    appender(payload as never);
  }

  /** Encodes what was added and starts the next chunk. The payload is a view that the next call makes stale. */
  encode(): EncodedChunk {
    const { out, count, dictionary } = this;
    assert(count > 0, 'an empty chunk is never encoded');
    for (const column of this.envelopeColumns()) column.count = count;
    out.reset();
    out.byte(CHUNK_FORMAT);
    out.uint32(0);
    out.varint(count);
    out.varint(this.present.length);
    for (const buffer of this.present) {
      out.varint(this.kindIdOf(buffer.definition));
      out.varint(buffer.rows);
    }
    if (this.present.length > 1) out.copy(this.slots, 0, count);
    this.times.encode(out);
    this.agents.encode(out, dictionary);
    this.subjects.encode(out, dictionary);
    this.causes.encode(out);
    this.contexts.encode(out, dictionary);
    this.sources.encode(out);
    this.lines.encode(out);
    for (const buffer of this.present) {
      for (const column of buffer.columns) {
        assert(column.count === buffer.rows, `a row of ${buffer.definition.kind} lacks a value`);
        if (column instanceof SymbolColumnWriter) column.encode(out, dictionary);
        else column.encode(out);
      }
    }
    const dictionaryOffset = out.length;
    dictionary.encode(out, this.symbols);
    new DataView(out.bytes.buffer).setUint32(1, dictionaryOffset, true);
    const chunk = this.describe();
    this.startNext();
    return chunk;
  }

  private envelopeColumns(): (NumberColumnWriter | SymbolColumnWriter)[] {
    return [this.times, this.agents, this.subjects, this.causes, this.contexts, this.sources, this.lines];
  }

  private describe(): EncodedChunk {
    const { min, max } = rangeOf(this.timeValues, this.count);
    const timed = min !== Number.POSITIVE_INFINITY;
    return {
      payload: this.out.view(),
      firstSeq: this.nextSeq,
      lastSeq: this.nextSeq + this.count - 1,
      tMin: timed ? min : null,
      tMax: timed ? max : null,
      kinds: this.present.map((buffer) => buffer.definition.kind),
    };
  }

  private startNext(): void {
    this.nextSeq += this.count;
    this.count = 0;
    for (const buffer of this.present) {
      buffer.slot = -1;
      buffer.rows = 0;
      for (const column of buffer.columns) column.reset();
    }
    this.present.length = 0;
    this.textColumns.length = 0;
    for (const column of this.envelopeColumns()) column.reset();
    this.dictionary.reset();
  }

  /**
   * Writes the code that moves a payload's properties into the columns of its kind. Compiled once for each
   * kind: a loop over field names costs four times as much, because each property is then looked up by a
   * name that changes from turn to turn.
   */
  private compileAppender(kindIndex: number): (payload: never) => void {
    const buffer = this.buffers[kindIndex] as KindBuffer;
    const names = Object.keys(buffer.definition.fields);
    const body = names
      .map((name, index) => {
        const { storage, nullable } = buffer.definition.fields[name] as AnyDefinition['fields'][string];
        const value = `p.${name}`;
        const push = PUSH[storage](`c${index}`, value);
        return nullable ? `if (${value} === null) c${index}.pushNull(); else ${push};` : `${push};`;
      })
      .join('\n');
    const parameters = names.map((_, index) => `c${index}`);
    const make = new Function('symbol', 'high', 'low', ...parameters, `return (p) => {\n${body}\n};`) as (
      ...args: unknown[]
    ) => (payload: never) => void;
    const appender = make((value: string) => this.symbol(value), highHalf, lowHalf, ...buffer.columns);
    this.appenders[kindIndex] = appender;
    return appender;
  }
}

/** Smallest and largest value, infinite when all are NaN. */
function rangeOf(values: Float64Array, count: number): { min: number; max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const value = values[i] as number;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

/** Source text that pushes a value into a column of each storage. */
const PUSH: Readonly<Record<Storage, (column: string, value: string) => string>> = {
  integer: (column, value) => `${column}.push(${value})`,
  flag: (column, value) => `${column}.push(${value} ? 1 : 0)`,
  word: (column, value) => `${column}.push(high(${value}), low(${value}))`,
  symbol: (column, value) => `${column}.push(symbol(${value}))`,
  text: (column, value) => `${column}.push(${value})`,
};

function writerFor(storage: Storage): ColumnWriter {
  switch (storage) {
    case 'integer':
    case 'flag':
      return new NumberColumnWriter();
    case 'word':
      return new WordColumnWriter();
    case 'symbol':
      return new SymbolColumnWriter();
    case 'text':
      return new TextColumnWriter();
  }
}
