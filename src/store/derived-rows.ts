import { present } from '../base/assert.ts';
import { signedFromHalves, signedWord } from '../base/word.ts';
import type { BootEvent } from '../events/catalog.ts';
import type { ChunkView, KindRows } from '../events/chunk-view.ts';
import { type Column, decodeAhead, textAt, type WordColumn } from '../events/column-reader.ts';
import type { Fields, Payload, Storage } from '../events/field.ts';
import type {
  Projection,
  ProjectionColumn,
  ProjectionRun,
  SqlValue,
} from '../replay/projections/projection.ts';
import { DERIVED_TABLES, type DerivedTable, EVENT_COLUMNS, KIND_ENVELOPE_COLUMNS } from './derived-schema.ts';

/** Rows that a sink gets at a time, and that one INSERT writes: more bring nothing, fewer cost a call each. */
export const ROWS_PER_BATCH = 50;

/** Takes the rows of one table, in their order. */
export interface RowSink {
  /** `values` holds the cells of `rowCount` rows one after another; it is used again after the call. */
  accept(values: SqlValue[], rowCount: number): void;
}

interface RunningProjection {
  readonly run: ProjectionRun<readonly ProjectionColumn[]>;
  readonly emit: (row: readonly SqlValue[]) => void;
}

/**
 * Makes the rows of all derived tables in one pass over the log: for those who write them, and for those who
 * check what was written. The tables of kinds are filled from the columns of a chunk, a column at a time; an
 * event becomes an object only where a projection asks for it.
 */
export class DerivedRows {
  private readonly sinkOf: (table: DerivedTable) => RowSink;
  private readonly batches = new Map<string, RowBatch>();
  private readonly kindTables = new Map<string, DerivedTable>();
  private readonly projectionTables: { table: DerivedTable; projection: Projection }[] = [];
  private readonly eventTable: DerivedTable;
  private bootId = 0;
  private running: RunningProjection[] = [];
  private runningByKind = new Map<string, RunningProjection[]>();

  constructor(sinkOf: (table: DerivedTable) => RowSink) {
    this.sinkOf = sinkOf;
    let eventTable: DerivedTable | undefined;
    for (const table of DERIVED_TABLES) {
      if (table.rowsOf === 'kind') this.kindTables.set(table.definition.kind, table);
      else if (table.rowsOf === 'projection')
        this.projectionTables.push({ table, projection: table.projection });
      else eventTable = table;
    }
    this.eventTable = present(eventTable, 'there is a table over all events');
  }

  beginBoot(bootId: number): void {
    this.bootId = bootId;
    this.runningByKind = new Map();
    this.running = this.projectionTables.map(({ table, projection }) => {
      const running = { run: projection.start(), emit: this.emitterOf(table) };
      for (const kind of projection.kinds) {
        this.runningByKind.set(kind, [...(this.runningByKind.get(kind) ?? []), running]);
      }
      return running;
    });
  }

  addChunk(chunk: ChunkView): void {
    const indexesBySlot = indexesOfRows(chunk);
    chunk.kinds.forEach((rows, slot) => {
      this.addKind(chunk, rows, present(indexesBySlot[slot], 'a slot for each kind'));
    });
    this.addEvents(chunk);
  }

  endBoot(): void {
    for (const { run, emit } of this.running) run.finish(emit);
    // What they remember may be much, and is of no more use.
    this.running = [];
    this.runningByKind.clear();
  }

  /** Hands out what is left. */
  finish(): void {
    for (const batch of this.batches.values()) batch.flush();
  }

  private batchOf(table: DerivedTable): RowBatch {
    let batch = this.batches.get(table.name);
    if (batch === undefined) {
      batch = new RowBatch(table.columns.length, this.sinkOf(table));
      this.batches.set(table.name, batch);
    }
    return batch;
  }

  private emitterOf(table: DerivedTable): (row: readonly SqlValue[]) => void {
    const batch = this.batchOf(table);
    return (row) => {
      const at = batch.position;
      batch.values[at] = this.bootId;
      for (let i = 0; i < row.length; i++) batch.values[at + 1 + i] = row[i] as SqlValue;
      batch.advance(1);
    };
  }

  private addKind(chunk: ChunkView, rows: KindRows, indexes: Uint16Array): void {
    const table = present(this.kindTables.get(rows.definition.kind), 'a table for each kind');
    const batch = this.batchOf(table);
    const fillFields = fieldsFiller(rows, chunk.dictionary);
    this.fillBatch(batch, chunk, indexes, (window, cells) => {
      for (const column of KIND_ENVELOPE_COLUMNS) {
        FILL_ENVELOPE[column.name](window, cells);
        cells.at++;
      }
      fillFields(window.from, window.count, cells);
    });
  }

  private addEvents(chunk: ChunkView): void {
    const batch = this.batchOf(this.eventTable);
    const runningBySlot = chunk.kinds.map((rows) => this.runningByKind.get(rows.definition.kind));
    this.fillBatch(batch, chunk, EVERY_INDEX.subarray(0, chunk.count), (window, cells) => {
      for (const column of EVENT_COLUMNS) {
        if (column.name === 'text') fillText(window, runningBySlot, cells);
        else FILL_ENVELOPE[column.name](window, cells);
        cells.at++;
      }
    });
  }

  /** Makes a row of each of some events, as many at a time as the batch has room for. */
  private fillBatch(
    batch: RowBatch,
    chunk: ChunkView,
    indexes: Uint16Array,
    fill: (window: Window, cells: Cells) => void,
  ): void {
    for (let from = 0; from < indexes.length; ) {
      const count = Math.min(batch.room, indexes.length - from);
      const cells = { values: batch.values, at: batch.position, width: batch.width };
      fill({ chunk, bootId: this.bootId, indexes, from, count }, cells);
      from += count;
      batch.advance(count);
    }
  }
}

class RowBatch {
  readonly width: number;
  readonly values: SqlValue[];
  private count = 0;
  private readonly sink: RowSink;

  constructor(width: number, sink: RowSink) {
    this.width = width;
    this.values = new Array<SqlValue>(width * ROWS_PER_BATCH).fill(null);
    this.sink = sink;
  }

  /** Rows that may be filled in before the next {@link advance}. */
  get room(): number {
    return ROWS_PER_BATCH - this.count;
  }

  /** Where the first of them begins. */
  get position(): number {
    return this.count * this.width;
  }

  /** Counts rows that have been filled in. */
  advance(rowCount: number): void {
    this.count += rowCount;
    if (this.count === ROWS_PER_BATCH) this.flush();
  }

  flush(): void {
    if (this.count > 0) this.sink.accept(this.values, this.count);
    this.count = 0;
  }
}

/** Where a column of cells goes: the first one, and how far the next row's is from it. */
interface Cells {
  readonly values: SqlValue[];
  at: number;
  readonly width: number;
}

/** Some events of a chunk: `count` of the listed indexes, beginning with the one at `from`. */
interface Window {
  readonly chunk: ChunkView;
  readonly bootId: number;
  readonly indexes: Uint16Array;
  readonly from: number;
  readonly count: number;
}

type EnvelopeColumn = Exclude<
  (typeof KIND_ENVELOPE_COLUMNS)[number]['name'] | (typeof EVENT_COLUMNS)[number]['name'],
  'text'
>;

const FILL_ENVELOPE: Readonly<Record<EnvelopeColumn, (window: Window, cells: Cells) => void>> = {
  boot: ({ bootId, count }, { values, at, width }) => {
    for (let i = 0, to = at; i < count; i++, to += width) values[to] = bootId;
  },
  seq: ({ chunk, indexes, from, count }, { values, at, width }) => {
    for (let i = 0, to = at; i < count; i++, to += width)
      values[to] = chunk.firstSeq + (indexes[from + i] as number);
  },
  t_ns: (window, cells) => fillNumbers(window.chunk.times, window, cells),
  kind: ({ chunk, indexes, from, count }, { values, at, width }) => {
    for (let i = 0, to = at; i < count; i++, to += width)
      values[to] = chunk.kindAt(indexes[from + i] as number);
  },
  agent: (window, cells) => fillSymbols(window.chunk.agents, window, cells),
  subject: (window, cells) => fillSymbols(window.chunk.subjects, window, cells),
  cause: (window, cells) => fillNumbers(window.chunk.causes, window, cells),
  context: (window, cells) => fillSymbols(window.chunk.contexts, window, cells),
  source: (window, cells) => fillNumbers(window.chunk.sources, window, cells),
  line: (window, cells) => fillNumbers(window.chunk.lines, window, cells),
};

function fillNumbers(
  numbers: Float64Array,
  { indexes, from, count }: Window,
  { values, at, width }: Cells,
): void {
  for (let i = 0, to = at; i < count; i++, to += width) {
    const value = numbers[indexes[from + i] as number] as number;
    values[to] = Number.isNaN(value) ? null : value;
  }
}

function fillSymbols(
  ids: Int32Array,
  { chunk, indexes, from, count }: Window,
  { values, at, width }: Cells,
): void {
  for (let i = 0, to = at; i < count; i++, to += width) {
    values[to] = chunk.dictionary[ids[indexes[from + i] as number] as number] as string | null;
  }
}

/** Renders events, and shows the projections those that they look at. */
function fillText(
  { chunk, from, count }: Window,
  runningBySlot: readonly (readonly RunningProjection[] | undefined)[],
  { values, at, width }: Cells,
): void {
  for (let i = from, to = at; i < from + count; i++, to += width) {
    const slot = chunk.slots[i] as number;
    const { definition, payloadAt } = chunk.kinds[slot] as KindRows;
    const running = runningBySlot[slot];
    let payload: unknown;
    if (running === undefined) {
      payload = payloadAt(chunk.rows[i] as number);
    } else {
      const event: BootEvent = chunk.eventAt(i);
      payload = event.payload;
      for (const { run, emit } of running) run.apply(event, emit);
    }
    values[to] = definition.render(payload as Payload<Fields>);
  }
}

/** Every index that an event can have in a chunk. */
const EVERY_INDEX = Uint16Array.from({ length: 0x1_0000 }, (_, index) => index);

/** For each kind of a chunk the indexes of its events, in order. */
function indexesOfRows(chunk: ChunkView): Uint16Array[] {
  const indexes = chunk.kinds.map((rows) => new Uint16Array(rows.rowCount));
  for (let i = 0; i < chunk.count; i++) {
    const ofKind = indexes[chunk.slots[i] as number] as Uint16Array;
    ofKind[chunk.rows[i] as number] = i;
  }
  return indexes;
}

type FieldsFiller = (from: number, count: number, cells: Cells) => void;

/** Fills in the fields of a kind: as the chunk has them, or by way of the payload where that is of an older version. */
function fieldsFiller(rows: KindRows, dictionary: readonly (string | null)[]): FieldsFiller {
  const { definition, stored, columns } = rows;
  if (stored.version === definition.version) {
    const fillers = columns.map((column) => fieldFiller(column, dictionary));
    return (from, count, cells) => {
      for (const fill of fillers) {
        fill(from, count, cells);
        cells.at++;
      }
    };
  }
  const fields = Object.entries(definition.fields);
  return (from, count, cells) => {
    for (let i = 0; i < count; i++) {
      const payload = rows.payloadAt(from + i) as Payload<Fields>;
      const at = cells.at + i * cells.width;
      fields.forEach(([name, field], index) => {
        cells.values[at + index] = sqlValueOf(field.storage, payload[name]);
      });
    }
  };
}

function fieldFiller(column: Column, dictionary: readonly (string | null)[]): FieldsFiller {
  switch (column.storage) {
    case 'integer':
    case 'flag':
      return (from, count, { values, at, width }) => {
        for (let i = from, to = at; i < from + count; i++, to += width) {
          const value = column.values[i] as number;
          values[to] = Number.isNaN(value) ? null : value;
        }
      };
    case 'word':
      return (from, count, { values, at, width }) => {
        for (let i = from, to = at; i < from + count; i++, to += width) values[to] = signedWordAt(column, i);
      };
    case 'symbol':
      return (from, count, { values, at, width }) => {
        for (let i = from, to = at; i < from + count; i++, to += width) {
          values[to] = dictionary[column.ids[i] as number] as string | null;
        }
      };
    case 'text':
      decodeAhead(column);
      return (from, count, { values, at, width }) => {
        for (let i = from, to = at; i < from + count; i++, to += width) values[to] = textAt(column, i);
      };
  }
}

/** Two's complement; a number where that is exact, because most registers are small and a bigint is dear. */
function signedWordAt(column: WordColumn, row: number): SqlValue {
  if (column.present !== undefined && column.present[row] === 0) return null;
  return signedFromHalves(column.high[row] as number, column.low[row] as number);
}

function sqlValueOf(storage: Storage, value: unknown): SqlValue {
  if (value === null) return null;
  switch (storage) {
    case 'word':
      return signedWord(value as bigint);
    case 'flag':
      return value === true ? 1 : 0;
    case 'integer':
      return value as number;
    case 'symbol':
    case 'text':
      return value as string;
  }
}
