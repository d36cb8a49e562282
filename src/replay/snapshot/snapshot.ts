import { ByteReader, CorruptBytesError } from '../../base/byte-reader.ts';
import { ByteWriter } from '../../base/byte-writer.ts';
import { readTextColumn, textAt } from '../../events/column-reader.ts';
import { TextColumnWriter } from '../../events/column-writer.ts';
import { LiveMappings, type UnloadedSpace } from '../../soc/live-mappings.ts';
import { WINDOW_BYTES } from '../../soc/mapping-space.ts';
import { initialSocState, type SocState } from '../../soc/soc-state.ts';
import { TableMemory } from '../../soc/table-memory.ts';
import { decodeNumbers, encodeNumbers } from './number-array.ts';
import { decodePage, encodePage } from './page-codec.ts';
import { decodeMappings, encodeMappings } from './window-codec.ts';

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
const ROOT_FORMAT = 1;

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

/** Takes snapshots of one state as it goes on; each shares what did not change with those before. */
export class SnapshotTaker {
  private readonly keeper: SnapshotKeeper;
  private readonly out = new ByteWriter();
  private readonly sections = new Map<SectionName, { readonly bytes: Uint8Array; readonly part: number }>();
  private readonly pages = new Map<number, number>();
  private readonly spaces = new Map<string | null, Map<number, KeptWindow>>();

  constructor(keeper: SnapshotKeeper) {
    this.keeper = keeper;
  }

  /** Keeps what changed and returns the root: a view that the next call makes stale. */
  take(state: SocState): Uint8Array {
    for (const name of SECTIONS) this.keepSection(name, this.keeper.pack(state[name]));
    this.keepPages(state.tableMemory);
    this.keepWindows(state.mappings);
    return this.encodeRoot(state.mappings.size);
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
    for (const { space, windows } of mappings.takeChanged()) {
      let kept = this.spaces.get(space.name);
      if (kept === undefined) {
        kept = new Map();
        this.spaces.set(space.name, kept);
      }
      for (const number of windows) {
        const mappings = space.entriesOf(number).map((entry) => space.mapping(entry));
        if (mappings.length === 0) {
          kept.delete(number);
          continue;
        }
        this.out.reset();
        encodeMappings(mappings, this.out);
        const hasLong = mappings.some(({ size }) => size > WINDOW_BYTES);
        kept.set(number, { part: this.keeper.keep(this.out.view()), hasLong });
      }
    }
  }

  private encodeRoot(mappingCount: number): Uint8Array {
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
    out.varint(mappingCount);
    const names = new TextColumnWriter();
    for (const name of this.spaces.keys()) {
      if (name === null) names.pushNull();
      else names.push(name);
    }
    out.varint(this.spaces.size);
    names.encode(out);
    for (const windows of this.spaces.values()) {
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
  const mappingCount = reader.varint();
  const spaceCount = reader.varint();
  if (spaceCount > root.length) throw new CorruptBytesError('more address spaces than bytes');
  const names = readTextColumn(reader, spaceCount);
  const spaces = Array.from({ length: spaceCount }, (_unused, index) =>
    readSpace(reader, textAt(names, index), source),
  );
  return {
    // The sections are those of the state that was packed, under the same names.
    ...(Object.fromEntries(sections) as Omit<SocState, 'tableMemory' | 'mappings'>),
    tableMemory: new TableMemory({
      numbers: pageNumbers,
      load: (index, units) => decodePage(source.part(pageParts[index] as number), units),
    }),
    mappings: LiveMappings.fromSpaces(spaces, mappingCount),
  };
}

function readSpace(reader: ByteReader, name: string | null, source: SnapshotSource): UnloadedSpace {
  const numbers = decodeNumbers(reader);
  const parts = decodeNumbers(reader);
  const hasLong = decodeNumbers(reader);
  return {
    name,
    windows: {
      numbers,
      hasLong,
      load: (index, space) =>
        decodeMappings(source.part(parts[index] as number), name, (mapping) => space.putBack(mapping)),
    },
  };
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
