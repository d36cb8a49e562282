import { ByteReader, CorruptBytesError } from '../base/byte-reader.ts';
import { CHUNK_CAPACITY, CHUNK_FORMAT } from './chunk-builder.ts';
import { readTextColumn, textAt } from './column-reader.ts';
import type { KindLookup, StoredKind } from './stored-kind.ts';

/** How a chunk begins: which kinds it holds, how many events of each, which event is of which, and the strings. */
export interface ChunkHead {
  readonly count: number;
  readonly declared: readonly DeclaredKind[];
  /** Index into {@link declared} for each event. */
  readonly slots: Uint8Array;
  /** Row of each event within its kind. */
  readonly rows: Uint16Array;
  /** Strings of the symbol columns; index 0 is null. */
  readonly dictionary: readonly (string | null)[];
  /** Where the columns end. */
  readonly columnsEnd: number;
}

/**
 * Reads all of a chunk but its columns, which the reader then stands before. Throws {@link CorruptBytesError} when
 * the bytes are no chunk.
 */
export function readChunkHead(reader: ByteReader, kindOf: KindLookup): ChunkHead {
  const format = reader.byte();
  if (format !== CHUNK_FORMAT)
    throw new CorruptBytesError(`chunk format ${format}, expected ${CHUNK_FORMAT}`);
  const columnsEnd = reader.uint32();
  if (columnsEnd > reader.end) throw new CorruptBytesError('the dictionary lies outside the chunk');
  const dictionary = readDictionary(new ByteReader(reader.bytes, columnsEnd));
  const count = reader.varint();
  if (count < 1 || count > CHUNK_CAPACITY) throw new CorruptBytesError(`a chunk of ${count} events`);
  const declared = readDeclaredKinds(reader, kindOf, count);
  const slots = declared.length > 1 ? reader.take(count) : new Uint8Array(count);
  return { count, declared, slots, rows: rowsWithinKinds(slots, declared), dictionary, columnsEnd };
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

/** A kind that a chunk says it holds. */
export interface DeclaredKind {
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
