import { createHash } from 'node:crypto';
import { assert } from '../base/assert.ts';
import { type AnyDefinition, DEFINITIONS } from '../events/catalog.ts';
import type { Field } from '../events/field.ts';
import { PROJECTIONS } from '../replay/projections/all-projections.ts';
import {
  integerColumn,
  nullable,
  type Projection,
  type ProjectionColumn,
  textColumn,
} from '../replay/projections/projection.ts';

/**
 * Raise it when rows change without a change of any definition below: another rendering, another rule of a
 * projection. Files then know that their tables are stale.
 */
const DERIVED_REVISION = 3;

/** A line that every table of ours begins with, by which tables of an older layout are found again. */
const MARK = '-- Derived from the log; made again at will by `trace index`.';

/** SQLite's words that cannot be the name of a column or table without quotes. */
const RESERVED = new Set(
  (
    'add all alter and as autoincrement between case check collate commit constraint create default deferrable ' +
    'delete distinct drop else escape except exists foreign from group having if in index insert intersect into is ' +
    'isnull join limit not nothing notnull null on or order primary references returning select set table then to ' +
    'transaction union unique update using values when where'
  ).split(' '),
);

const BOOT_COLUMN = integerColumn('boot', 'Number of the boot');
const SEQ_COLUMN = integerColumn('seq', 'Position in the boot, in order of arrival');
const TIME_COLUMN = nullable(
  integerColumn('t_ns', "Nanoseconds since the boot's zero; null where the log has no time"),
);
const AGENT_COLUMN = textColumn('agent', 'Who acted');
const SUBJECT_COLUMN = nullable(textColumn('subject', 'What it is about'));

/** What each table of a kind begins with. */
export const KIND_ENVELOPE_COLUMNS = [
  BOOT_COLUMN,
  SEQ_COLUMN,
  TIME_COLUMN,
  AGENT_COLUMN,
  SUBJECT_COLUMN,
] as const;

/** The table over all kinds. */
export const EVENT_COLUMNS = [
  BOOT_COLUMN,
  SEQ_COLUMN,
  TIME_COLUMN,
  textColumn('kind', 'Kind, such as smc.requested; its fields are in the table of that name'),
  AGENT_COLUMN,
  SUBJECT_COLUMN,
  nullable(integerColumn('cause', 'Seq of the event that brought it about, where known')),
  nullable(textColumn('context', 'Where in the kernel it was recorded')),
  nullable(integerColumn('source', 'Number of the imported file')),
  nullable(integerColumn('line', 'Line in that file')),
  textColumn('text', 'The event as one line'),
] as const;

/** What each table of a projection begins with. */
export const PROJECTION_ENVELOPE_COLUMNS = [BOOT_COLUMN] as const;

export const EVENT_TABLE = 'event';

interface TableLayout {
  readonly name: string;
  readonly doc: string;
  readonly columns: readonly ProjectionColumn[];
  readonly createTable: string;
  /** The statements that make its indexes, by name. */
  readonly createIndexes: ReadonlyMap<string, string>;
  /** The names of those that are unique: their keys rise from row to row of a boot. */
  readonly uniqueIndexes: ReadonlySet<string>;
}

/** A table for SQL, and what its rows are made of. */
export type DerivedTable = TableLayout &
  (
    | { readonly rowsOf: 'all events' }
    | { readonly rowsOf: 'kind'; readonly definition: AnyDefinition }
    | { readonly rowsOf: 'projection'; readonly projection: Projection }
  );

/** Every table that is derived from the log, in the order in which `.schema` should list them. */
export const DERIVED_TABLES: readonly DerivedTable[] = [
  {
    rowsOf: 'all events',
    ...layOut(EVENT_TABLE, 'All events of all boots, each as one line of text.', EVENT_COLUMNS, [
      { columns: ['seq', 'boot'], isUnique: true },
      // None over kind: it takes half as long as the table itself, and the table of a kind serves as one.
      { columns: ['subject'], where: 'subject IS NOT NULL' },
    ]),
  },
  ...PROJECTIONS.map(
    (projection) =>
      ({
        rowsOf: 'projection',
        projection,
        ...layOut(
          projection.table,
          projection.doc,
          [...PROJECTION_ENVELOPE_COLUMNS, ...projection.columns],
          projection.indexes.map((columns) => ({ columns })),
        ),
      }) as const,
  ),
  ...DEFINITIONS.map(
    (definition) =>
      ({
        rowsOf: 'kind',
        definition,
        ...layOut(
          tableOfKind(definition.kind),
          `${definition.kind}: ${definition.doc}`,
          [
            ...KIND_ENVELOPE_COLUMNS,
            ...Object.entries(definition.fields).map(([name, field]) => columnOf(name, field)),
          ],
          [{ columns: ['seq', 'boot'], isUnique: true }],
        ),
      }) as const,
  ),
];

assert(
  new Set(DERIVED_TABLES.map((table) => table.name)).size === DERIVED_TABLES.length,
  'two derived tables have the same name',
);

/** Says for a file whether its tables have the layout that this code would give them. */
export const DERIVED_LAYOUT: string = createHash('sha256')
  .update(
    [
      DERIVED_REVISION,
      ...DERIVED_TABLES.flatMap((table) => [table.createTable, ...table.createIndexes.values()]),
    ].join('\n'),
  )
  .digest('hex');

/** `smc_requested` for `smc.requested`. */
function tableOfKind(kind: string): string {
  return kind.replace('.', '_');
}

/** Whether the statement that made a table is one of ours, of whatever version. */
export function isDerivedTable(createTable: string): boolean {
  return createTable.includes(MARK);
}

interface IndexLayout {
  readonly columns: readonly string[];
  readonly isUnique?: boolean;
  readonly where?: string;
}

function layOut(
  name: string,
  doc: string,
  columns: readonly ProjectionColumn[],
  indexes: readonly IndexLayout[],
): TableLayout {
  const lines = columns.map((column, index) => {
    const comma = index < columns.length - 1 ? ',' : '';
    return `  ${quoted(column.name)} ${column.type}${column.nullable ? '' : ' NOT NULL'}${comma} -- ${comment(column.doc)}`;
  });
  const createTable = `CREATE TABLE ${quoted(name)} (\n  -- ${comment(doc)}\n  ${MARK}\n${lines.join('\n')}\n) STRICT`;
  const uniqueIndexes = new Set<string>();
  const createIndexes = new Map(
    indexes.map(({ columns: keys, isUnique, where }) => {
      const indexName = `${name}_by_${keys.join('_')}`;
      if (isUnique === true) uniqueIndexes.add(indexName);
      const unique = isUnique === true ? 'UNIQUE ' : '';
      const condition = where === undefined ? '' : ` WHERE ${where}`;
      return [
        indexName,
        `CREATE ${unique}INDEX ${indexName} ON ${quoted(name)} (${keys.map(quoted).join(', ')})${condition}`,
      ];
    }),
  );
  return { name, doc, columns, createTable, createIndexes, uniqueIndexes };
}

function columnOf(name: string, field: Field<unknown>): ProjectionColumn {
  const isText = field.storage === 'symbol' || field.storage === 'text';
  return {
    name,
    type: isText ? 'TEXT' : 'INTEGER',
    isWord: field.storage === 'word',
    nullable: field.nullable,
    doc: field.storage === 'word' ? `${field.doc}; 64 bits, as two's complement` : field.doc,
  };
}

/** A comment ends with its line. */
function comment(doc: string): string {
  return doc.replace(/\s+/g, ' ');
}

/** A name as SQL wants it: bare where that works, because people read the schema. */
export function quoted(name: string): string {
  return RESERVED.has(name) ? `"${name}"` : name;
}
