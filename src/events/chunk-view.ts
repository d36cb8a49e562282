import { present } from '../base/assert.ts';
import { ByteReader, CorruptBytesError } from '../base/byte-reader.ts';
import { type AnyDefinition, type BootEvent, findDefinition, type Kind } from './catalog.ts';
import { readChunkHead } from './chunk-head.ts';
import { type ColumnArrays, NEW_ARRAYS } from './column-arrays.ts';
import { numberOrNull } from './column-number.ts';
import {
  type Column,
  readNumberColumn,
  readSymbolColumn,
  readTextColumn,
  readWordColumn,
  type SymbolColumn,
} from './column-reader.ts';
import type { Storage } from './field.ts';
import { payloadReader } from './payload-reader.ts';
import type { DefinitionLookup, KindLookup, StoredKind } from './stored-kind.ts';

/** The rows of one kind in a chunk. */
export interface KindRows {
  readonly stored: StoredKind;
  readonly definition: AnyDefinition;
  readonly rowCount: number;
  readonly columns: readonly Column[];
  /** Makes the payload of a row, in the kind's present version. */
  readonly payloadAt: (row: number) => unknown;
}

/** A decoded chunk: columns to run over, and events made of them on request. */
export class ChunkView {
  readonly firstSeq: number;
  readonly count: number;
  readonly kinds: readonly KindRows[];
  /** Index into {@link kinds} for each event. */
  readonly slots: Uint8Array;
  /** Row of each event within its kind. */
  readonly rows: Uint16Array;
  /** NaN is null, here and below. */
  readonly times: Float64Array;
  readonly agents: Int32Array;
  readonly subjects: Int32Array;
  /** Seq of the cause. */
  readonly causes: Float64Array;
  readonly contexts: Int32Array;
  readonly sources: Float64Array;
  readonly lines: Float64Array;
  /** Strings of the symbol columns; index 0 is null. */
  readonly dictionary: readonly (string | null)[];
  private readonly arrays: ColumnArrays;

  /**
   * Throws {@link CorruptBytesError} when the bytes are no chunk, and never reads past their end. What the
   * present version of a kind is, the catalog says, unless told otherwise. Where `arrays` are used again, so are the
   * columns.
   */
  constructor(
    payload: Uint8Array,
    firstSeq: number,
    kindOf: KindLookup,
    definitionOf: DefinitionLookup = findDefinition,
    arrays: ColumnArrays = NEW_ARRAYS,
  ) {
    const reader = new ByteReader(payload);
    this.arrays = arrays;
    const head = readChunkHead(reader, kindOf);
    this.firstSeq = firstSeq;
    this.count = head.count;
    this.slots = head.slots;
    this.rows = head.rows;
    this.dictionary = head.dictionary;
    this.times = this.readNumbers(reader);
    this.agents = this.readSymbols(reader, this.count).ids;
    this.subjects = this.readSymbols(reader, this.count).ids;
    this.causes = this.readNumbers(reader);
    for (let i = 0; i < this.count; i++) this.causes[i] = firstSeq + i - (this.causes[i] as number);
    this.contexts = this.readSymbols(reader, this.count).ids;
    this.sources = this.readNumbers(reader);
    this.lines = this.readNumbers(reader);
    this.kinds = head.declared.map(({ stored, rowCount }) => {
      const definition = present(definitionOf(stored.kind), `kind ${stored.kind} is not in the catalog`);
      return this.readKind(reader, stored, definition, rowCount);
    });
    if (reader.position !== head.columnsEnd)
      throw new CorruptBytesError('columns end elsewhere than promised');
  }

  get lastSeq(): number {
    return this.firstSeq + this.count - 1;
  }

  kindAt(index: number): Kind {
    return this.rowsAt(index).definition.kind;
  }

  rowsAt(index: number): KindRows {
    return this.kinds[this.slots[index] as number] as KindRows;
  }

  /** The event at an index from 0. */
  eventAt(index: number): BootEvent {
    const rows = this.rowsAt(index);
    return {
      seq: this.firstSeq + index,
      t_ns: numberOrNull(this.times[index] as number),
      agent: this.dictionary[this.agents[index] as number] ?? '',
      subject: this.dictionary[this.subjects[index] as number] ?? null,
      cause: numberOrNull(this.causes[index] as number),
      context: this.dictionary[this.contexts[index] as number] ?? null,
      source: numberOrNull(this.sources[index] as number),
      line: numberOrNull(this.lines[index] as number),
      kind: rows.definition.kind,
      payload: rows.payloadAt(this.rows[index] as number),
    } as BootEvent;
  }

  *events(): Generator<BootEvent> {
    for (let i = 0; i < this.count; i++) yield this.eventAt(i);
  }

  private readNumbers(reader: ByteReader): Float64Array {
    return readNumberColumn(reader, this.count, 'integer', this.arrays).values;
  }

  private readSymbols(reader: ByteReader, rowCount: number): SymbolColumn {
    const column = readSymbolColumn(reader, rowCount, this.arrays);
    for (let row = 0; row < rowCount; row++) {
      // Unsigned: what does not fit a signed id is not in the dictionary either.
      if ((column.ids[row] as number) >>> 0 >= this.dictionary.length)
        throw new CorruptBytesError('a symbol is not in the dictionary');
    }
    return column;
  }

  private readColumn(reader: ByteReader, storage: Storage, rowCount: number): Column {
    switch (storage) {
      case 'integer':
      case 'flag':
        return readNumberColumn(reader, rowCount, storage, this.arrays);
      case 'word':
        return readWordColumn(reader, rowCount, this.arrays);
      case 'symbol':
        return this.readSymbols(reader, rowCount);
      case 'text':
        return readTextColumn(reader, rowCount, this.arrays);
    }
  }

  private readKind(
    reader: ByteReader,
    stored: StoredKind,
    definition: AnyDefinition,
    rowCount: number,
  ): KindRows {
    const columns = stored.fields.map((field) => this.readColumn(reader, field.storage, rowCount));
    return {
      stored,
      definition,
      rowCount,
      columns,
      payloadAt: payloadReader(stored, definition, columns, this.dictionary),
    };
  }
}
