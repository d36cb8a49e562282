import * as z from 'zod';
import { WORD_MAX } from '../base/word.ts';

/**
 * How a field is kept in a chunk and in SQL.
 *
 * | storage | value in an event        | in a chunk                    | in SQL                         |
 * |---------|--------------------------|-------------------------------|--------------------------------|
 * | integer | safe integer             | steps, differences or offsets | INTEGER                        |
 * | word    | bigint, 0 to 2^64-1      | differences or offsets, exact | INTEGER, two's complement      |
 * | symbol  | string of a small set    | index into a chunk dictionary | TEXT                           |
 * | text    | any string               | bytes                         | TEXT                           |
 * | flag    | boolean                  | like an integer, 0 or 1       | INTEGER 0 or 1                 |
 */
export type Storage = 'integer' | 'word' | 'symbol' | 'text' | 'flag';

/**
 * What a field is for when two boots are compared: an *identity* says which thing the event is about and
 * aligns the two sides, a *value* is compared once aligned, and a *volatile* one (pool address, handle,
 * count of anything that varies) is left out.
 */
export type Role = 'identity' | 'value' | 'volatile';

/** How people read the number; the stored value is the same. */
export type NumberFormat = 'decimal' | 'hex' | 'size' | 'errno';

/** One field of one kind of event: the only place where its type, storage, role and meaning are given. */
export interface Field<Value> {
  readonly storage: Storage;
  readonly role: Role;
  readonly doc: string;
  readonly format: NumberFormat;
  /** Unknown is a value: such a field may be null, which never means zero or absent. */
  readonly nullable: boolean;
  readonly schema: z.ZodType<Value>;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;
export type Payload<F extends Fields> = {
  [Name in keyof F]: F[Name] extends Field<infer Value> ? Value : never;
};

/** Largest magnitude of an integer field: deltas of two such values still fit a safe integer once zigzagged. */
export const INTEGER_LIMIT = 2 ** 51;

const integerSchema = z.int().min(-INTEGER_LIMIT).max(INTEGER_LIMIT);
const wordSchema = z.bigint().min(0n).max(WORD_MAX);

export function integer(role: Role, doc: string, format: NumberFormat = 'decimal'): Field<number> {
  return { storage: 'integer', role, doc, format, nullable: false, schema: integerSchema };
}

/** An address or other number of at most 51 bits that people read in hexadecimal. */
export function address(role: Role, doc: string): Field<number> {
  return integer(role, doc, 'hex');
}

export function size(role: Role, doc: string): Field<number> {
  return integer(role, doc, 'size');
}

/** A Linux error number, negative as the kernel returns it. */
export function errno(role: Role, doc: string): Field<number> {
  return integer(role, doc, 'errno');
}

/** A 64-bit register or descriptor, exact. */
export function word(role: Role, doc: string): Field<bigint> {
  return { storage: 'word', role, doc, format: 'hex', nullable: false, schema: wordSchema };
}

export function symbol(role: Role, doc: string): Field<string> {
  return { storage: 'symbol', role, doc, format: 'decimal', nullable: false, schema: z.string() };
}

/** A symbol out of a fixed set. */
export function choice<const Values extends readonly [string, ...string[]]>(
  role: Role,
  values: Values,
  doc: string,
): Field<Values[number]> {
  const listed = `${doc} (${values.map((value) => `\`${value}\``).join(', ')})`;
  return { storage: 'symbol', role, doc: listed, format: 'decimal', nullable: false, schema: z.enum(values) };
}

export function text(role: Role, doc: string): Field<string> {
  return { storage: 'text', role, doc, format: 'decimal', nullable: false, schema: z.string() };
}

export function flag(role: Role, doc: string): Field<boolean> {
  return { storage: 'flag', role, doc, format: 'decimal', nullable: false, schema: z.boolean() };
}

/** The same field where it may be unknown. */
export function optional<Value>(field: Field<Value>): Field<Value | null> {
  return { ...field, nullable: true, schema: field.schema.nullable() };
}
