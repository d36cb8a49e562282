import * as z from 'zod';
import { assert } from '../base/assert.ts';
import type { SocState } from '../soc/soc-state.ts';
import type { WordColumn } from './column-reader.ts';
import type { Envelope } from './envelope.ts';
import type { Fields, Payload } from './field.ts';

/**
 * What a reducer may know of an event beside its payload: where in the history it is, but not who read it where. When
 * it was, the event tells whose seq the state keeps: a fold would have to decode the times of all events.
 */
export type ReducedEnvelope = Pick<Envelope, 'seq' | 'subject' | 'cause'>;

/** Changes the state by one event, in place and in time that does not depend on how long the history is. */
export type Reducer<P> = (state: SocState, payload: P, envelope: ReducedEnvelope) => void;

/** The events of one kind in a chunk, as columns. Each is decoded when it is asked for. */
export interface EventColumns<Name extends string = string> {
  readonly firstSeq: number;
  /** Index into {@link strings}, by index in the chunk. */
  readonly subjects: Int32Array;
  /** Index 0 is null. */
  readonly strings: readonly (string | null)[];
  /** Values of an integer field, by row; NaN is null. */
  numbers(field: Name): Float64Array;
  words(field: Name): WordColumn;
  /** Values of a symbol field, by row, as indexes into {@link strings}. */
  symbols(field: Name): Int32Array;
}

/**
 * What {@link Reducer} does, without an object for each event: returns what to call for each row, with its index in
 * the chunk. For kinds that come by the million; both ways have to go through the same function that changes the state.
 */
export type ColumnReducer<Name extends string> = (
  state: SocState,
  columns: EventColumns<Name>,
) => (row: number, index: number) => void;

/** Turns a payload of one version into one of the next. What it returns is checked once the newest is reached. */
export type Upcast = (payload: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/**
 * One kind of event. Everything else that knows about the kind is derived from this: its TypeScript type,
 * its columns in the log, its SQL table, its row in docs/events.md, its line of text and its test generator.
 */
export interface EventDefinition<Kind extends string = string, F extends Fields = Fields> {
  readonly kind: Kind;
  /** Rises by one whenever the fields change; `upcasts` then lead from each older version to the next. */
  readonly version: number;
  readonly doc: string;
  readonly fields: F;
  readonly schema: z.ZodType<Payload<F>>;
  /** One line for people, without time, agent and subject. */
  readonly render: (payload: Payload<F>) => string;
  /** Whether it tells of something that went wrong: an error result, a failed state, a fault. */
  readonly isFailure: (payload: Payload<F>) => boolean;
  /** Null where the state does not change. */
  readonly reduce: Reducer<Payload<F>> | null;
  readonly reduceColumns: ColumnReducer<keyof F & string> | null;
  /** `upcasts[n]` leads from version n to n + 1. */
  readonly upcasts: Readonly<Record<number, Upcast>>;
}

interface EventSpec<Kind extends string, F extends Fields> {
  readonly kind: Kind;
  readonly version?: number;
  readonly doc: string;
  readonly fields: F;
  readonly render: (payload: Payload<F>) => string;
  readonly isFailure?: (payload: Payload<F>) => boolean;
  readonly reduce?: Reducer<Payload<F>>;
  readonly reduceColumns?: ColumnReducer<keyof F & string>;
  readonly upcasts?: Readonly<Record<number, Upcast>>;
}

const KIND_PATTERN = /^[a-z]+(?:_[a-z]+)*\.[a-z]+(?:_[a-z]+)*$/;
const RESERVED_FIELD_NAMES = new Set([
  'seq',
  'boot',
  't_ns',
  'agent',
  'subject',
  'cause',
  'context',
  'source',
  'line',
]);

export function defineEvent<const Kind extends string, const F extends Fields>(
  spec: EventSpec<Kind, F>,
): EventDefinition<Kind, F> {
  const version = spec.version ?? 1;
  const upcasts = spec.upcasts ?? {};
  assert(KIND_PATTERN.test(spec.kind), `event kind ${spec.kind} is not noun.past_participle`);
  for (const name of Object.keys(spec.fields)) {
    assert(!RESERVED_FIELD_NAMES.has(name), `${spec.kind}: field ${name} would hide one of the envelope`);
  }
  for (let from = 1; from < version; from++) {
    assert(upcasts[from] !== undefined, `${spec.kind}: no upcast from version ${from}`);
  }
  const shape = Object.fromEntries(Object.entries(spec.fields).map(([name, field]) => [name, field.schema]));
  return {
    kind: spec.kind,
    version,
    doc: spec.doc,
    fields: spec.fields,
    // The object's shape is exactly the fields' schemas, which zod cannot infer from a computed record.
    schema: z.strictObject(shape) as unknown as z.ZodType<Payload<F>>,
    render: spec.render,
    isFailure: spec.isFailure ?? (() => false),
    reduce: spec.reduce ?? null,
    reduceColumns: spec.reduceColumns ?? null,
    upcasts,
  };
}

/** Brings a payload that was written as `version` up to the definition's own version, and checks it. */
export function upcastPayload<F extends Fields>(
  definition: EventDefinition<string, F>,
  version: number,
  payload: Readonly<Record<string, unknown>>,
): Payload<F> {
  let current = payload;
  for (let from = version; from < definition.version; from++) {
    const upcast = definition.upcasts[from];
    assert(upcast !== undefined, `${definition.kind}: no upcast from version ${from}`);
    current = upcast(current);
  }
  return definition.schema.parse(current);
}
