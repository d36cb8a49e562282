import type { CATALOG } from '../events/catalog.ts';
import type { EventDefinition } from '../events/define-event.ts';
import type { Field, Fields } from '../events/field.ts';
import type { PROJECTION_LIST } from '../replay/projections/all-projections.ts';
import type { Projection, ProjectionColumn, ValueOf } from '../replay/projections/projection.ts';
import type {
  EVENT_COLUMNS,
  EVENT_TABLE,
  KIND_ENVELOPE_COLUMNS,
  PROJECTION_ENVELOPE_COLUMNS,
} from '../store/derived-schema.ts';

/** `smc_requested` for `smc.requested`. */
export type TableOfKind<Kind extends string> = Kind extends `${infer Noun}.${infer Participle}`
  ? `${Noun}_${Participle}`
  : Kind;

/** A flag is 0 or 1 in SQL; a 64-bit register is a number where that is exact, else a signed bigint. */
type CellOf<Value> = Value extends boolean ? number : Value extends bigint ? number | bigint : Value;

type FieldCells<F extends Fields> = {
  [Name in keyof F]: F[Name] extends Field<infer Value> ? CellOf<Value> : never;
};

type CellsOf<Columns extends readonly ProjectionColumn[]> = {
  [Column in Columns[number] as Column['name']]: ValueOf<Column>;
};

type KindRow<Definition> =
  Definition extends EventDefinition<string, infer F>
    ? CellsOf<typeof KIND_ENVELOPE_COLUMNS> & FieldCells<F>
    : never;

type ProjectionRow<Listed> =
  Listed extends Projection<string, infer Columns>
    ? CellsOf<typeof PROJECTION_ENVELOPE_COLUMNS> & CellsOf<Columns>
    : never;

type KindTables = {
  [Definition in (typeof CATALOG)[number] as TableOfKind<Definition['kind']>]: KindRow<Definition>;
};

type ProjectionTables = {
  [Listed in (typeof PROJECTION_LIST)[number] as Listed['table']]: ProjectionRow<Listed>;
};

/** The tables that are derived from the log, as queries see them: columns and types follow from the definitions. */
export type HistoryTables = KindTables &
  ProjectionTables & { [Table in typeof EVENT_TABLE]: CellsOf<typeof EVENT_COLUMNS> };
