import { ByteWriter } from '../../src/base/byte-writer.ts';
import { CHUNK_FORMAT } from '../../src/events/chunk-builder.ts';
import { NumberColumnWriter, SymbolColumnWriter, TextColumnWriter } from '../../src/events/column-writer.ts';

/** Writes a chunk piece by piece, so that each piece may be another than the builder would write. */
export class HandWrittenChunk {
  readonly out = new ByteWriter();
  private readonly strings: readonly string[];

  /** Begins a chunk of `count` events that are all of one kind; `strings` will be its dictionary. */
  constructor(kindId: number, count: number, strings: readonly string[], rowCount = count) {
    this.strings = strings;
    this.out.byte(CHUNK_FORMAT);
    this.out.uint32(0);
    this.out.varint(count);
    this.out.varint(1);
    this.out.varint(kindId);
    this.out.varint(rowCount);
  }

  numbers(values: readonly (number | null)[]): this {
    const column = new NumberColumnWriter();
    for (const value of values) column.push(value ?? Number.NaN);
    column.encode(this.out);
    return this;
  }

  symbols(values: readonly (string | null)[]): this {
    const column = new SymbolColumnWriter();
    for (const value of values) column.push(value === null ? -1 : this.strings.indexOf(value));
    column.encode(this.out, { numbers: new Int32Array(0), numberOf: (id) => id + 1 });
    return this;
  }

  texts(values: readonly string[]): this {
    const column = new TextColumnWriter();
    for (const value of values) column.push(value);
    column.encode(this.out);
    return this;
  }

  bytes(...values: readonly number[]): this {
    for (const value of values) this.out.byte(value);
    return this;
  }

  /** The envelope of `count` events: by `linux`, a microsecond apart, and nothing else known. */
  envelope(count: number, over: { agents?: () => void } = {}): this {
    const nothing = Array.from({ length: count }, () => null);
    this.numbers(nothing.map((_unused, index) => 1000 * index));
    if (over.agents === undefined) this.symbols(nothing.map(() => 'linux'));
    else over.agents();
    return this.symbols(nothing).numbers(nothing).symbols(nothing).numbers(nothing).numbers(nothing);
  }

  /** Adds the dictionary, which may claim to hold more than it does, and returns the chunk. */
  end(claimedStrings = this.strings.length): Uint8Array {
    const offset = this.out.length;
    this.out.varint(claimedStrings);
    this.texts(this.strings);
    new DataView(this.out.bytes.buffer).setUint32(1, offset, true);
    return this.out.view();
  }
}
