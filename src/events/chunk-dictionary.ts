import type { ByteWriter } from '../base/byte-writer.ts';
import { TextColumnWriter } from './column-writer.ts';

/**
 * The symbols that one chunk names, numbered from 1 in the order in which its columns come upon them; 0 stands for
 * null. Ids are those of the builder's symbols, which live on from chunk to chunk; -1 is null.
 */
export class ChunkDictionary {
  /** Number of each symbol by its id; 0 where it has none yet. Columns look here before they ask {@link add}. */
  numbers = new Int32Array(1024);
  private readonly ids: number[] = [];
  private readonly text = new TextColumnWriter();

  /** The number of a symbol, which it gets now unless it has one. */
  numberOf(id: number): number {
    if (id < 0) return 0;
    const known = id < this.numbers.length ? (this.numbers[id] as number) : 0;
    return known === 0 ? this.add(id) : known;
  }

  /** Numbers a symbol that has no number yet. */
  add(id: number): number {
    if (id >= this.numbers.length) {
      const larger = new Int32Array(Math.max(id + 1, this.numbers.length * 2));
      larger.set(this.numbers);
      this.numbers = larger;
    }
    this.ids.push(id);
    this.numbers[id] = this.ids.length;
    return this.ids.length;
  }

  encode(out: ByteWriter, symbols: readonly string[]): void {
    this.text.reset();
    for (const id of this.ids) this.text.push(symbols[id] as string);
    out.varint(this.ids.length);
    this.text.encode(out);
  }

  reset(): void {
    for (const id of this.ids) this.numbers[id] = 0;
    this.ids.length = 0;
  }
}
