import { assert } from '../base/assert.ts';
import type { AnyDefinition } from './catalog.ts';
import { type Column, numberAt, textAt, type WordColumn, wordAt } from './column-reader.ts';
import { upcastPayload } from './define-event.ts';
import type { Storage } from './field.ts';
import type { StoredKind } from './stored-kind.ts';

/** Makes the payload of a row. */
export type PayloadReader = (row: number) => unknown;
type PayloadReaderFactory = (
  columns: readonly Column[],
  dictionary: readonly (string | null)[],
) => PayloadReader;

const factories = new Map<string, PayloadReaderFactory>();

/** Makes payloads of the rows of a kind's columns, in the kind's present version. */
export function payloadReader(
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
