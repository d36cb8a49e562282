import { present } from '../base/assert.ts';
import { ByteReader, CorruptBytesError } from '../base/byte-reader.ts';
import { type AnyDefinition, type BootEvent, findDefinition } from './catalog.ts';
import { readChunkHead } from './chunk-head.ts';
import { type ColumnArrays, NEW_ARRAYS } from './column-arrays.ts';
import { numberOrNull } from './column-number.ts';
import {
  type Column,
  readNumberColumn,
  readSymbolColumn,
  readTextColumn,
  readWordColumn,
  type TextColumn,
  type WordColumn,
} from './column-reader.ts';
import { skipColumn } from './column-skip.ts';
import type { EventColumns } from './define-event.ts';
import type { Storage } from './field.ts';
import { payloadReader } from './payload-reader.ts';
import type { DefinitionLookup, KindLookup, StoredKind } from './stored-kind.ts';

/** A column that knows where it is, and is decoded once somebody asks. */
class LazyColumn {
  private readonly bytes: Uint8Array;
  private readonly position: number;
  private readonly end: number;
  private readonly storage: Storage;
  private readonly count: number;
  private readonly symbolCount: number;
  private readonly arrays: ColumnArrays;
  private decoded: Column | undefined;

  /** Leaves the reader behind the column. */
  constructor(
    reader: ByteReader,
    storage: Storage,
    count: number,
    symbolCount: number,
    arrays: ColumnArrays,
  ) {
    this.bytes = reader.bytes;
    this.position = reader.position;
    this.storage = storage;
    this.count = count;
    this.symbolCount = symbolCount;
    this.arrays = arrays;
    skipColumn(reader, storage, count);
    this.end = reader.position;
  }

  get column(): Column {
    this.decoded ??= this.decode();
    return this.decoded;
  }

  get numbers(): Float64Array {
    const { column } = this;
    if (column.storage !== 'integer' && column.storage !== 'flag')
      throw new TypeError('no column of numbers');
    return column.values;
  }

  get words(): WordColumn {
    const { column } = this;
    if (column.storage !== 'word') throw new TypeError('no column of words');
    return column;
  }

  get symbols(): Int32Array {
    const { column } = this;
    if (column.storage !== 'symbol') throw new TypeError('no column of symbols');
    return column.ids;
  }

  get texts(): TextColumn {
    const { column } = this;
    if (column.storage !== 'text') throw new TypeError('no column of texts');
    return column;
  }

  private decode(): Column {
    const reader = new ByteReader(this.bytes, this.position, this.end);
    const column = readColumn(reader, this.storage, this.count, this.arrays);
    if (column.storage === 'symbol') checkSymbols(column.ids, this.symbolCount);
    return column;
  }
}

function readColumn(reader: ByteReader, storage: Storage, count: number, arrays: ColumnArrays): Column {
  switch (storage) {
    case 'integer':
    case 'flag':
      return readNumberColumn(reader, count, storage, arrays);
    case 'word':
      return readWordColumn(reader, count, arrays);
    case 'symbol':
      return readSymbolColumn(reader, count, arrays);
    case 'text':
      return readTextColumn(reader, count);
  }
}

function checkSymbols(ids: Int32Array, symbolCount: number): void {
  for (let i = 0; i < ids.length; i++) {
    // Unsigned: what does not fit a signed id is not in the dictionary either.
    if ((ids[i] as number) >>> 0 >= symbolCount)
      throw new CorruptBytesError('a symbol is not in the dictionary');
  }
}

/** The events of one kind in a {@link LazyChunk}. */
export class LazyKind implements EventColumns {
  readonly stored: StoredKind;
  readonly definition: AnyDefinition;
  readonly rowCount: number;
  private readonly chunk: LazyChunk;
  private readonly columns: readonly LazyColumn[];
  private readonly indexOf: ReadonlyMap<string, number>;
  private readPayload: ((row: number) => unknown) | undefined;

  constructor(
    chunk: LazyChunk,
    stored: StoredKind,
    definition: AnyDefinition,
    rowCount: number,
    columns: readonly LazyColumn[],
    indexOf: ReadonlyMap<string, number>,
  ) {
    this.chunk = chunk;
    this.stored = stored;
    this.definition = definition;
    this.rowCount = rowCount;
    this.columns = columns;
    this.indexOf = indexOf;
  }

  get firstSeq(): number {
    return this.chunk.firstSeq;
  }

  get strings(): readonly (string | null)[] {
    return this.chunk.strings;
  }

  get subjects(): Int32Array {
    return this.chunk.subjects;
  }

  numbers(field: string): Float64Array {
    return this.columnOf(field).numbers;
  }

  words(field: string): WordColumn {
    return this.columnOf(field).words;
  }

  symbols(field: string): Int32Array {
    return this.columnOf(field).symbols;
  }

  /** The payload of a row, in the kind's present version. */
  payloadAt(row: number): unknown {
    this.readPayload ??= this.payloads();
    return this.readPayload(row);
  }

  texts(field: string): TextColumn {
    return this.columnOf(field).texts;
  }

  /** What makes the payload of a row, in the kind's present version. */
  payloads(): (row: number) => unknown {
    const columns = this.columns.map((lazy) => lazy.column);
    return payloadReader(this.stored, this.definition, columns, this.chunk.strings);
  }

  private columnOf(field: string): LazyColumn {
    const column = this.columns[this.indexOf.get(field) ?? -1];
    return present(column, `${this.stored.kind} has no field ${field}`);
  }
}

/**
 * A chunk whose columns are passed over, and decoded one by one when somebody asks for them: to fold it into a state,
 * only a few are needed.
 */
export class LazyChunk {
  readonly firstSeq: number;
  readonly count: number;
  readonly kinds: readonly LazyKind[];
  /** Index into {@link kinds} for each event. */
  readonly slots: Uint8Array;
  /** Row of each event within its kind. */
  readonly rows: Uint16Array;
  /** Strings of the symbol columns; index 0 is null. */
  readonly strings: readonly (string | null)[];
  private readonly lazyTimes: LazyColumn;
  private readonly lazyAgents: LazyColumn;
  private readonly lazySubjects: LazyColumn;
  private readonly lazyCauses: LazyColumn;
  private readonly lazyContexts: LazyColumn;
  private readonly lazySources: LazyColumn;
  private readonly lazyLines: LazyColumn;

  /**
   * Throws {@link CorruptBytesError} when the bytes are no chunk, as decoding a column later may. Where `arrays` are used
   * again, the chunk is good until then.
   */
  constructor(
    payload: Uint8Array,
    firstSeq: number,
    kindOf: KindLookup,
    definitionOf: DefinitionLookup = findDefinition,
    arrays: ColumnArrays = NEW_ARRAYS,
  ) {
    const reader = new ByteReader(payload);
    const head = readChunkHead(reader, kindOf);
    this.firstSeq = firstSeq;
    this.count = head.count;
    this.slots = head.slots;
    this.rows = head.rows;
    this.strings = head.dictionary;
    const symbolCount = head.dictionary.length;
    const ofAll = (storage: Storage) => new LazyColumn(reader, storage, head.count, symbolCount, arrays);
    this.lazyTimes = ofAll('integer');
    this.lazyAgents = ofAll('symbol');
    this.lazySubjects = ofAll('symbol');
    this.lazyCauses = ofAll('integer');
    this.lazyContexts = ofAll('symbol');
    this.lazySources = ofAll('integer');
    this.lazyLines = ofAll('integer');
    this.kinds = head.declared.map(({ stored, rowCount }) => {
      const definition = present(definitionOf(stored.kind), `kind ${stored.kind} is not in the catalog`);
      const columns = stored.fields.map(
        ({ storage }) => new LazyColumn(reader, storage, rowCount, symbolCount, arrays),
      );
      return new LazyKind(this, stored, definition, rowCount, columns, fieldIndexes(stored));
    });
    if (reader.position !== head.columnsEnd)
      throw new CorruptBytesError('columns end elsewhere than promised');
  }

  get lastSeq(): number {
    return this.firstSeq + this.count - 1;
  }

  /** NaN is null. */
  get times(): Float64Array {
    return this.lazyTimes.numbers;
  }

  get agents(): Int32Array {
    return this.lazyAgents.symbols;
  }

  get subjects(): Int32Array {
    return this.lazySubjects.symbols;
  }

  /** NaN is null. */
  get sources(): Float64Array {
    return this.lazySources.numbers;
  }

  /** The event at an index from 0, in its kind's present version. */
  eventAt(index: number): BootEvent {
    const kind = this.kinds[this.slots[index] as number] as LazyKind;
    const seq = this.firstSeq + index;
    const symbol = (column: LazyColumn) => this.strings[column.symbols[index] as number] ?? null;
    const number = (column: LazyColumn) => numberOrNull(column.numbers[index] as number);
    const distance = number(this.lazyCauses);
    return {
      seq,
      t_ns: number(this.lazyTimes),
      agent: symbol(this.lazyAgents) ?? '',
      subject: symbol(this.lazySubjects),
      cause: distance === null ? null : seq - distance,
      context: symbol(this.lazyContexts),
      source: number(this.lazySources),
      line: number(this.lazyLines),
      kind: kind.definition.kind,
      payload: kind.payloadAt(this.rows[index] as number),
    } as BootEvent;
  }

  /** How many events before each one its cause lies; NaN is null. */
  get causeDistances(): Float64Array {
    return this.lazyCauses.numbers;
  }
}

const indexesOfKind = new WeakMap<StoredKind, ReadonlyMap<string, number>>();

function fieldIndexes(stored: StoredKind): ReadonlyMap<string, number> {
  let indexes = indexesOfKind.get(stored);
  if (indexes === undefined) {
    indexes = new Map(stored.fields.map(({ name }, index) => [name, index]));
    indexesOfKind.set(stored, indexes);
  }
  return indexes;
}
