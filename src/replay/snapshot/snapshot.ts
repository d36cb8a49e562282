import { ByteReader, CorruptBytesError } from '../../base/byte-reader.ts';
import { ByteWriter } from '../../base/byte-writer.ts';
import { readTextColumn, textAt } from '../../events/column-reader.ts';
import { TextColumnWriter } from '../../events/column-writer.ts';
import { LiveMappings, type UnloadedSpace } from '../../soc/live-mappings.ts';
import { type MappingSpace, WINDOW_BYTES } from '../../soc/mapping-space.ts';
import { initialSocState, type SocState } from '../../soc/soc-state.ts';
import { TableMemory } from '../../soc/table-memory.ts';
import { WindowColumns } from '../../soc/window-columns.ts';
import { decodeNumbers, encodeNumbers } from './number-array.ts';
import { decodePage, encodePage } from './page-codec.ts';
import { decodeWindow, encodeWindow } from './window-codec.ts';

/*
 * A snapshot is a root that names parts: one for each section of the state, each page of translation tables, each
 * window of mappings. Whatever did not change since the snapshot before is the same part, kept once; whoever restores
 * a snapshot fetches pages and windows when they are touched.
 */

/** Sections of the state that are kept whole: all but those that are large. */
type SectionName = Exclude<keyof SocState, 'tableMemory' | 'mappings'>;

const SECTIONS = (Object.keys(initialSocState()) as (keyof SocState)[]).filter(
  (name): name is SectionName => name !== 'tableMemory' && name !== 'mappings',
);

/** First byte of every root. */
const ROOT_FORMAT = 2;

/** Where parts are kept, and how a section, which is plain data in maps and objects, is turned to bytes. */
export interface SnapshotKeeper {
  /** Keeps a part, of which the bytes are good during the call only, and returns its number. */
  keep(part: Uint8Array): number;
  pack(section: unknown): Uint8Array;
}

/** The other way. */
export interface SnapshotSource {
  part(number: number): Uint8Array;
  unpack(section: Uint8Array): unknown;
}

interface KeptWindow {
  readonly part: number;
  readonly hasLong: boolean;
}

interface KeptSpace {
  readonly space: MappingSpace;
  readonly windows: Map<number, KeptWindow>;
}

/** Takes snapshots of one state as it goes on; each shares what did not change with those before. */
export class SnapshotTaker {
  private readonly keeper: SnapshotKeeper;
  private readonly out = new ByteWriter();
  private readonly sections = new Map<SectionName, { readonly bytes: Uint8Array; readonly part: number }>();
  private readonly pages = new Map<number, number>();
  private readonly spaces = new Map<string | null, KeptSpace>();
  private readonly columns = new WindowColumns();

  constructor(keeper: SnapshotKeeper) {
    this.keeper = keeper;
  }

  /** Keeps what changed and returns the root: a view that the next call makes stale. */
  take(state: SocState): Uint8Array {
    for (const name of SECTIONS) this.keepSection(name, this.keeper.pack(state[name]));
    this.keepPages(state.tableMemory);
    this.keepWindows(state.mappings);
    return this.encodeRoot();
  }

  private keepSection(name: SectionName, bytes: Uint8Array): void {
    const before = this.sections.get(name);
    if (before !== undefined && areEqual(before.bytes, bytes)) return;
    this.sections.set(name, { bytes, part: this.keeper.keep(bytes) });
  }

  private keepPages(memory: TableMemory): void {
    for (const number of memory.takeChanged()) {
      const units = memory.page(number);
      if (units === undefined) continue;
      this.out.reset();
      encodePage(units, this.out);
      this.pages.set(number, this.keeper.keep(this.out.view()));
    }
  }

  private keepWindows(mappings: LiveMappings): void {
    const { columns, out } = this;
    for (const { space, windows } of mappings.takeChanged()) {
      let kept = this.spaces.get(space.name);
      if (kept === undefined) {
        kept = { space, windows: new Map() };
        this.spaces.set(space.name, kept);
      }
      for (const number of windows) {
        space.readWindow(number, columns);
        if (columns.count === 0) {
          kept.windows.delete(number);
          continue;
        }
        out.reset();
        encodeWindow(columns, out);
        const hasLong = columns.size.subarray(0, columns.count).some((size) => size > WINDOW_BYTES);
        kept.windows.set(number, { part: this.keeper.keep(out.view()), hasLong });
      }
    }
  }

  private encodeRoot(): Uint8Array {
    const { out } = this;
    out.reset();
    out.byte(ROOT_FORMAT);
    encodeNumbers(
      SECTIONS.map((name) => this.sections.get(name)?.part ?? 0),
      out,
    );
    const pages = [...this.pages].sort(([a], [b]) => a - b);
    encodeNumbers(
      pages.map(([number]) => number),
      out,
    );
    encodeNumbers(
      pages.map(([, part]) => part),
      out,
    );
    encodeTexts([...this.spaces.keys()], out);
    for (const { space, windows } of this.spaces.values()) {
      out.varint(space.count);
      encodeTexts(
        space.uses.map(({ subject }) => subject),
        out,
      );
      encodeNumbers(
        space.uses.map(({ protection }) => protection ?? Number.NaN),
        out,
      );
      const sorted = [...windows].sort(([a], [b]) => a - b);
      encodeNumbers(
        sorted.map(([number]) => number),
        out,
      );
      encodeNumbers(
        sorted.map(([, { part }]) => part),
        out,
      );
      encodeNumbers(
        sorted.map(([, { hasLong }]) => (hasLong ? 1 : 0)),
        out,
      );
    }
    return out.view();
  }
}

/**
 * The state of a snapshot. Pages and windows are fetched from the source when they are touched, so it has to stay
 * open. Throws {@link CorruptBytesError} when the bytes are no root.
 */
export function restoreState(root: Uint8Array, source: SnapshotSource): SocState {
  const reader = new ByteReader(root);
  const format = reader.byte();
  if (format !== ROOT_FORMAT)
    throw new CorruptBytesError(`snapshot format ${format}, expected ${ROOT_FORMAT}`);
  const sectionParts = decodeNumbers(reader);
  if (sectionParts.length !== SECTIONS.length)
    throw new CorruptBytesError(`a snapshot of ${sectionParts.length} sections`);
  const sections = SECTIONS.map((name, index) => [
    name,
    source.unpack(source.part(sectionParts[index] as number)),
  ]);
  const pageNumbers = decodeNumbers(reader);
  const pageParts = decodeNumbers(reader);
  const columns = new WindowColumns();
  const spaces = decodeTexts(reader).map((name) => readSpace(reader, name, source, columns));
  return {
    // The sections are those of the state that was packed, under the same names.
    ...(Object.fromEntries(sections) as Omit<SocState, 'tableMemory' | 'mappings'>),
    tableMemory: new TableMemory({
      numbers: pageNumbers,
      load: (index, units) => decodePage(source.part(pageParts[index] as number), units),
    }),
    mappings: LiveMappings.fromSpaces(spaces),
  };
}

function readSpace(
  reader: ByteReader,
  name: string | null,
  source: SnapshotSource,
  columns: WindowColumns,
): UnloadedSpace {
  const count = reader.varint();
  const subjects = decodeTexts(reader);
  const protections = decodeNumbers(reader);
  const uses = subjects.map((subject, index) => {
    const protection = protections[index] ?? Number.NaN;
    return { subject, protection: Number.isNaN(protection) ? null : protection };
  });
  const numbers = decodeNumbers(reader);
  const parts = decodeNumbers(reader);
  const hasLong = decodeNumbers(reader);
  return {
    name,
    windows: {
      count,
      uses,
      numbers,
      hasLong,
      load: (index) => {
        decodeWindow(source.part(parts[index] as number), columns);
        return columns;
      },
    },
  };
}

function encodeTexts(texts: readonly (string | null)[], out: ByteWriter): void {
  const column = new TextColumnWriter();
  for (const text of texts) {
    if (text === null) column.pushNull();
    else column.push(text);
  }
  out.varint(texts.length);
  column.encode(out);
}

function decodeTexts(reader: ByteReader): (string | null)[] {
  const count = reader.varint();
  if (count > reader.end) throw new CorruptBytesError('more texts than bytes');
  const column = readTextColumn(reader, count);
  return Array.from({ length: count }, (_unused, index) => textAt(column, index));
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
