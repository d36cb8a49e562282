import type { BootEvent, Kind } from '../../events/catalog.ts';

/** What a cell of a table can hold. 64-bit values are signed bigints where a number would not be exact. */
export type SqlValue = number | bigint | string | null;

export interface ProjectionColumn {
  readonly name: string;
  readonly type: 'INTEGER' | 'TEXT';
  /** True for a 64-bit register: all bits count, so the value may be too large for a number. */
  readonly isWord: boolean;
  /** Unknown is a value: null never means zero or absent. */
  readonly nullable: boolean;
  readonly doc: string;
}

/** The value of a column, as far as its description tells. */
export type ValueOf<Column extends ProjectionColumn> =
  | (Column['type'] extends 'TEXT' ? string : Column['isWord'] extends true ? number | bigint : number)
  | (Column['nullable'] extends true ? null : never);

/** A row by position: one value for each column, in their order. */
export type RowOf<Columns extends readonly ProjectionColumn[]> = {
  readonly [Index in keyof Columns]: ValueOf<Columns[Index]>;
};

export type Emit<Columns extends readonly ProjectionColumn[]> = (row: RowOf<Columns>) => void;

/** One pass over the events of a boot. */
export interface ProjectionRun<Columns extends readonly ProjectionColumn[]> {
  /** Takes the next event of one of the projection's kinds. */
  apply(event: BootEvent, emit: Emit<Columns>): void;
  /** Hands out what is still open where the boot's events end. */
  finish(emit: Emit<Columns>): void;
}

/**
 * A table that is folded from the events of a boot: pairs, lifetimes and facts that no single event holds.
 * A row is handed out when it is complete, so a run remembers only what is still open.
 */
export interface Projection<
  Table extends string = string,
  Columns extends readonly ProjectionColumn[] = readonly ProjectionColumn[],
> {
  readonly table: Table;
  readonly doc: string;
  readonly columns: Columns;
  /** Columns of each index that the table deserves; `boot` is that of the boot, which every table begins with. */
  readonly indexes: readonly (readonly (Columns[number]['name'] | 'boot')[])[];
  /** The kinds that it looks at. No event of another kind is made for it. */
  readonly kinds: readonly Kind[];
  start(): ProjectionRun<Columns>;
}

/** Gives a projection its exact type, by which its rows and its table in queries are typed. */
export function defineProjection<
  const Table extends string,
  const Columns extends readonly ProjectionColumn[],
>(projection: Projection<Table, Columns>): Projection<Table, Columns> {
  return projection;
}

interface Column<
  Name extends string,
  Type extends 'INTEGER' | 'TEXT',
  IsWord extends boolean,
  Nullable extends boolean,
> {
  readonly name: Name;
  readonly type: Type;
  readonly isWord: IsWord;
  readonly nullable: Nullable;
  readonly doc: string;
}

export function integerColumn<const Name extends string>(
  name: Name,
  doc: string,
): Column<Name, 'INTEGER', false, false> {
  return { name, type: 'INTEGER', isWord: false, nullable: false, doc };
}

/** By what a range is found from an address in it: rangeNode of src/base. */
export function nodeColumn<const Name extends string>(
  name: Name,
  addresses: string,
): Column<Name, 'INTEGER', false, false> {
  return integerColumn(
    name,
    `Middle of the smallest aligned power-of-two block that holds its ${addresses}: docs/sql.md finds by it what covers an address`,
  );
}

/** A register or handle of 64 bits, as two's complement. */
export function wordColumn<const Name extends string>(
  name: Name,
  doc: string,
): Column<Name, 'INTEGER', true, false> {
  return { name, type: 'INTEGER', isWord: true, nullable: false, doc };
}

export function textColumn<const Name extends string>(
  name: Name,
  doc: string,
): Column<Name, 'TEXT', false, false> {
  return { name, type: 'TEXT', isWord: false, nullable: false, doc };
}

/** The same column where the value may be unknown. */
export function nullable<Name extends string, Type extends 'INTEGER' | 'TEXT', IsWord extends boolean>(
  column: Column<Name, Type, IsWord, boolean>,
): Column<Name, Type, IsWord, true> {
  return { ...column, nullable: true };
}

/** All rows of a projection over the events of one boot. */
export function projectEvents<Columns extends readonly ProjectionColumn[]>(
  projection: Projection<string, Columns>,
  events: Iterable<BootEvent>,
): RowOf<Columns>[] {
  const rows: RowOf<Columns>[] = [];
  const emit = (row: RowOf<Columns>) => void rows.push(row);
  const kinds = new Set<string>(projection.kinds);
  const run = projection.start();
  for (const event of events) if (kinds.has(event.kind)) run.apply(event, emit);
  run.finish(emit);
  return rows;
}
