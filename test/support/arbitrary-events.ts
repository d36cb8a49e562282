import fc from 'fast-check';
import * as z from 'zod';
import { WORD_MAX } from '../../src/base/word.ts';
import { type AnyDefinition, DEFINITIONS, type Kind, type NewEvent } from '../../src/events/catalog.ts';
import { type Field, INTEGER_LIMIT } from '../../src/events/field.ts';

/** Whole numbers of every size that a field takes, small ones and limits more often than chance would. */
const integers = fc.oneof(
  fc.integer({ min: -3, max: 300 }),
  fc.integer({ min: 0, max: 1 << 20 }).map((page) => page * 4096),
  fc.constantFrom(-INTEGER_LIMIT, INTEGER_LIMIT, 2 ** 31, 2 ** 32, -(2 ** 31), 2 ** 32 - 1),
  fc.bigInt({ min: BigInt(-INTEGER_LIMIT), max: BigInt(INTEGER_LIMIT) }).map(Number),
);

const words = fc.oneof(
  fc.bigInt({ min: 0n, max: 300n }),
  fc.bigInt({ min: 0n, max: 1n << 20n }).map((page) => page * 4096n + 3n),
  fc.constantFrom(
    WORD_MAX,
    1n << 63n,
    (1n << 63n) - 1n,
    1n << 53n,
    (1n << 53n) + 1n,
    0xffff_ffffn,
    1n << 32n,
  ),
  fc.bigInt({ min: 0n, max: WORD_MAX }),
);

/** Strings that come again, as symbols do, and now and then one with anything in it. */
const symbols = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('adsp', 'cdsp', '30000000.remoteproc', 'qcom/sa8775p/adsp.mbn', ''),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
);

const texts = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', '\uFEFFmark', 'zero\0byte', 'Zürich 東京 🚀', 'x'.repeat(5000)),
);

/** Values of a field, by how it is stored. */
function arbitraryField(field: Field<unknown>): fc.Arbitrary<unknown> {
  return field.nullable ? fc.option(valuesOf(field), { nil: null, freq: 4 }) : valuesOf(field);
}

function valuesOf(field: Field<unknown>): fc.Arbitrary<unknown> {
  switch (field.storage) {
    case 'integer':
      return integers;
    case 'flag':
      return fc.boolean();
    case 'word':
      return words;
    case 'symbol':
      return choicesOf(field.schema) ?? symbols;
    case 'text':
      return texts;
  }
}

/** The values of a symbol that is one of a fixed set. */
function choicesOf(schema: unknown): fc.Arbitrary<unknown> | undefined {
  if (schema instanceof z.ZodNullable) return choicesOf(schema.unwrap());
  return schema instanceof z.ZodEnum ? fc.constantFrom(...schema.options) : undefined;
}

const positions = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 2 ** 40 }));

function eventOf(definition: AnyDefinition): fc.Arbitrary<NewEvent> {
  const payload = Object.fromEntries(
    Object.entries(definition.fields).map(([name, field]) => [name, arbitraryField(field)]),
  );
  return fc.record({
    kind: fc.constant(definition.kind),
    t_ns: fc.option(integers, { nil: null, freq: 8 }),
    agent: symbols,
    subject: fc.option(symbols, { nil: null }),
    cause: fc.option(positions, { nil: null }),
    context: fc.option(symbols, { nil: null }),
    source: fc.option(positions, { nil: null }),
    line: fc.option(positions, { nil: null }),
    payload: fc.record(payload),
  }) as unknown as fc.Arbitrary<NewEvent>;
}

/** Any event that the log takes, of any kind or of those given: all of it follows from the catalog. */
export function arbitraryEvent(kinds?: readonly Kind[]): fc.Arbitrary<NewEvent> {
  const definitions = DEFINITIONS.filter(({ kind }) => kinds === undefined || kinds.includes(kind));
  return fc.constantFrom(...definitions).chain(eventOf);
}
