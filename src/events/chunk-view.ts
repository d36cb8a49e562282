import { assert, present } from '../base/assert.ts';
import { ByteReader, CorruptBytesError } from '../base/byte-reader.ts';
import { type AnyDefinition, type BootEvent, findDefinition, type Kind } from './catalog.ts';
import { CHUNK_CAPACITY, CHUNK_FORMAT } from './chunk-builder.ts';
import {
  type Column,
  numberAt,
  readNumberColumn,
  readSymbolColumn,
  readTextColumn,
  readWordColumn,
  textAt,
  type WordColumn,
  wordAt,
} from './column-reader.ts';
import { upcastPayload } from './define-event.ts';
import type { Storage } from './field.ts';

/** A kind as the file that holds it describes it: enough to read events whose fields have changed since. */
export interface StoredKind {
  readonly kindId: number;
  readonly kind: string;
  readonly version: number;
  readonly fields: readonly StoredField[];
}

export interface StoredField {
  readonly name: string;
  readonly storage: Storage;
}

/** How a kind is described in a file that holds events of it. */
export function describeKind(definition: AnyDefinition, kindId: number): StoredKind {
  return {
    kindId,
    kind: definition.kind,
    version: definition.version,
    fields: Object.entries(definition.fields).map(([name, field]) => ({ name, storage: field.storage })),
  };
}

/** The rows of one kind in a chunk. */
export interface KindRows {
  readonly stored: StoredKind;
  readonly definition: AnyDefinition;
  readonly rowCount: number;
  readonly columns: readonly Column[];
  /** Makes the payload of a row, in the kind's present version. */
  readonly payloadAt: (row: number) => unknown;
}

export type KindLookup = (kindId: number) => StoredKind | undefined;

/** The definition that events of a kind are brought up to. */
export type DefinitionLookup = (kind: string) => AnyDefinition | undefined;

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

  /**
   * Throws {@link CorruptBytesError} when the bytes are no chunk, and never reads past their end. What the
   * present version of a kind is, the catalog says, unless told otherwise.
   */
  constructor(
    payload: Uint8Array,
    firstSeq: number,
    kindOf: KindLookup,
    definitionOf: DefinitionLookup = findDefinition,
  ) {
    const reader = new ByteReader(payload);
    const format = reader.byte();
    if (format !== CHUNK_FORMAT)
      throw new CorruptBytesError(`chunk format ${format}, expected ${CHUNK_FORMAT}`);
    const dictionaryOffset = reader.uint32();
    if (dictionaryOffset > payload.length)
      throw new CorruptBytesError('the dictionary lies outside the chunk');
    this.dictionary = readDictionary(new ByteReader(payload, dictionaryOffset));
    this.firstSeq = firstSeq;
    this.count = reader.varint();
    if (this.count < 1 || this.count > CHUNK_CAPACITY)
      throw new CorruptBytesError(`a chunk of ${this.count} events`);
    const declared = readDeclaredKinds(reader, kindOf, this.count);
    this.slots = declared.length > 1 ? reader.take(this.count) : new Uint8Array(this.count);
    this.rows = rowsWithinKinds(this.slots, declared);
    this.times = readNumberColumn(reader, this.count).values;
    this.agents = this.checked(readSymbolColumn(reader, this.count).ids);
    this.subjects = this.checked(readSymbolColumn(reader, this.count).ids);
    this.causes = readNumberColumn(reader, this.count).values;
    for (let i = 0; i < this.count; i++) this.causes[i] = firstSeq + i - (this.causes[i] as number);
    this.contexts = this.checked(readSymbolColumn(reader, this.count).ids);
    this.sources = readNumberColumn(reader, this.count).values;
    this.lines = readNumberColumn(reader, this.count).values;
    this.kinds = declared.map(({ stored, rowCount }) => {
      const definition = present(definitionOf(stored.kind), `kind ${stored.kind} is not in the catalog`);
      return this.readKind(reader, stored, definition, rowCount);
    });
    if (reader.position !== dictionaryOffset)
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

  private checked(ids: Int32Array): Int32Array {
    for (let i = 0; i < ids.length; i++) {
      // Unsigned: what does not fit a signed id is not in the dictionary either.
      if ((ids[i] as number) >>> 0 >= this.dictionary.length)
        throw new CorruptBytesError('a symbol is not in the dictionary');
    }
    return ids;
  }

  private readColumn(reader: ByteReader, storage: Storage, rowCount: number): Column {
    switch (storage) {
      case 'integer':
      case 'flag':
        return readNumberColumn(reader, rowCount, storage);
      case 'word':
        return readWordColumn(reader, rowCount);
      case 'symbol': {
        const column = readSymbolColumn(reader, rowCount);
        this.checked(column.ids);
        return column;
      }
      case 'text':
        return readTextColumn(reader, rowCount);
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

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function readDictionary(reader: ByteReader): (string | null)[] {
  const count = reader.varint();
  // The strings differ, so at most one of them is empty.
  if (count > reader.end - reader.position + 1)
    throw new CorruptBytesError(`a dictionary of ${count} strings`);
  const strings = readTextColumn(reader, count);
  if (reader.position !== reader.end)
    throw new CorruptBytesError('the dictionary ends elsewhere than the chunk');
  const dictionary: (string | null)[] = [null];
  for (let i = 0; i < count; i++) dictionary.push(textAt(strings, i));
  return dictionary;
}

interface DeclaredKind {
  readonly stored: StoredKind;
  readonly rowCount: number;
}

function readDeclaredKinds(reader: ByteReader, kindOf: KindLookup, eventCount: number): DeclaredKind[] {
  const kindCount = reader.varint();
  const declared: DeclaredKind[] = [];
  let total = 0;
  for (let i = 0; i < kindCount; i++) {
    const kindId = reader.varint();
    const stored = kindOf(kindId);
    if (stored === undefined) throw new CorruptBytesError(`kind ${kindId} is not described in the file`);
    const rowCount = reader.varint();
    total += rowCount;
    declared.push({ stored, rowCount });
  }
  if (total !== eventCount) throw new CorruptBytesError('the kinds add up to another number of events');
  return declared;
}

function rowsWithinKinds(slots: Uint8Array, declared: readonly DeclaredKind[]): Uint16Array {
  const rows = new Uint16Array(slots.length);
  const next = new Uint16Array(declared.length);
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as number;
    if (slot >= declared.length)
      throw new CorruptBytesError('an event is of a kind that the chunk does not declare');
    const row = next[slot] as number;
    rows[i] = row;
    next[slot] = row + 1;
  }
  declared.forEach(({ rowCount }, slot) => {
    if (next[slot] !== rowCount)
      throw new CorruptBytesError('a kind has another number of rows than promised');
  });
  return rows;
}

type PayloadReader = (row: number) => unknown;
type PayloadReaderFactory = (
  columns: readonly Column[],
  dictionary: readonly (string | null)[],
) => PayloadReader;

const factories = new Map<string, PayloadReaderFactory>();

function payloadReader(
  stored: StoredKind,
  definition: AnyDefinition,
  columns: readonly Column[],
  dictionary: readonly (string | null)[],
): PayloadReader {
  const key = `${stored.kind} ${stored.version} ${stored.fields.map((field) => `${field.name}:${field.storage}`).join()}`;
  let factory = factories.get(key);
  if (factory === undefined) {
    factory = compilePayloadReader(stored);
    factories.set(key, factory);
  }
  const read = factory(columns, dictionary);
  if (stored.version === definition.version) return read;
  return (row) => upcastPayload(definition, stored.version, read(row) as Record<string, unknown>);
}

const SAFE_NAME = /^[a-z_][a-z0-9_]*$/;

/**
 * Writes the code that makes a payload out of one row of a kind's columns: an object literal, so that all
 * payloads of a kind share one shape.
 */
function compilePayloadReader(stored: StoredKind): PayloadReaderFactory {
  const literal = stored.fields.map(({ name, storage }, index) => {
    assert(SAFE_NAME.test(name), `field name ${name} of ${stored.kind} is not a plain word`);
    return `${name}: ${READ[storage](`c[${index}]`)}`;
  });
  const make = new Function(
    'numberAt',
    'wordAt',
    'textAt',
    `return (c, dictionary) => (row) => ({ ${literal.join(', ')} });`,
  ) as (
    number: typeof numberAt,
    word: (column: WordColumn, row: number) => bigint | null,
    text: typeof textAt,
  ) => PayloadReaderFactory;
  return make(numberAt, wordAt, textAt);
}

/** Source text that reads a row of a column of each storage. */
const READ: Readonly<Record<Storage, (column: string) => string>> = {
  integer: (column) => `numberAt(${column}, row)`,
  flag: (column) => `${column}.values[row] === 1 ? true : ${column}.values[row] === 0 ? false : null`,
  word: (column) => `wordAt(${column}, row)`,
  symbol: (column) => `dictionary[${column}.ids[row]]`,
  text: (column) => `textAt(${column}, row)`,
};
