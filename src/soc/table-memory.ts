import { HIGH_HALF, highHalf, LOW_HALF, lowHalf } from '../base/word.ts';

const PAGE_BYTES = 4096;
const PAGE_WORDS = 512;
const KNOWN_WORDS = PAGE_WORDS / 32;

interface Page {
  /** A word that is not known is 0 here, so that equal pages have equal bytes. */
  readonly words: BigUint64Array;
  /** The same bytes: a bigint for each write would cost several times what the write does. */
  readonly halves: Uint32Array;
  /** A bit for each word: whether anybody has told what it is. */
  readonly known: Uint32Array;
}

/** One word that is known. */
export interface TableWord {
  readonly pa: number;
  readonly value: bigint;
}

/**
 * What is known of the physical memory that holds translation tables, word by word: a walk reads descriptors from
 * here as hardware does from RAM. Pages are typed arrays, found by number; {@link TableMemory.pageToWrite} is the
 * only way to one that may change, so that pages can be shared between snapshots and copied there.
 */
export class TableMemory {
  private readonly pages = new Map<number, Page>();
  /** Writes come in runs to one table. */
  private lastNumber = -1;
  private lastPage: Page | undefined;

  /** Pages of which something is known. */
  get pageCount(): number {
    return this.pages.size;
  }

  /** The word at an address that is a multiple of 8; undefined where nobody has told. */
  read(pa: number): bigint | undefined {
    const page = this.pages.get(Math.floor(pa / PAGE_BYTES));
    if (page === undefined) return undefined;
    const index = (pa % PAGE_BYTES) >>> 3;
    return ((page.known[index >>> 5] as number) >>> (index & 31)) & 1 ? page.words[index] : undefined;
  }

  /** Puts a word at an address that is a multiple of 8. */
  write(pa: number, word: bigint): void {
    this.writeHalves(pa, highHalf(word), lowHalf(word));
  }

  /** The same with the word in two 32-bit halves. */
  writeHalves(pa: number, high: number, low: number): void {
    const page = this.pageToWrite(Math.floor(pa / PAGE_BYTES));
    const index = (pa % PAGE_BYTES) >>> 3;
    page.halves[2 * index + HIGH_HALF] = high;
    page.halves[2 * index + LOW_HALF] = low;
    page.known[index >>> 5] = (page.known[index >>> 5] as number) | (1 << (index & 31));
  }

  /** Zeroes whole words from an address on: a table that was just allocated. */
  clear(pa: number, bytes: number): void {
    const end = pa + bytes;
    let position = pa;
    while (position < end) {
      const number = Math.floor(position / PAGE_BYTES);
      const pageEnd = Math.min(end, (number + 1) * PAGE_BYTES);
      const first = (position % PAGE_BYTES) >>> 3;
      const count = Math.ceil((pageEnd - position) / 8);
      const page = this.pageToWrite(number);
      page.words.fill(0n, first, first + count);
      if (count === PAGE_WORDS) {
        page.known.fill(0xffff_ffff);
      } else {
        for (let index = first; index < first + count; index++) {
          page.known[index >>> 5] = (page.known[index >>> 5] as number) | (1 << (index & 31));
        }
      }
      position = pageEnd;
    }
  }

  /** Whether both know the same words, and the same of them. */
  equals(other: TableMemory): boolean {
    if (this.pages.size !== other.pages.size) return false;
    for (const [number, page] of this.pages) {
      const twin = other.pages.get(number);
      if (twin === undefined || !haveEqualWords(page, twin)) return false;
    }
    return true;
  }

  /** Words that are known and not zero, by address. */
  *nonZero(): Generator<TableWord> {
    for (const number of [...this.pages.keys()].sort((a, b) => a - b)) {
      const { words } = this.pages.get(number) as Page;
      for (let index = 0; index < PAGE_WORDS; index++) {
        const value = words[index] as bigint;
        if (value !== 0n) yield { pa: number * PAGE_BYTES + index * 8, value };
      }
    }
  }

  private pageToWrite(number: number): Page {
    if (number === this.lastNumber && this.lastPage !== undefined) return this.lastPage;
    let page = this.pages.get(number);
    if (page === undefined) {
      const words = new BigUint64Array(PAGE_WORDS);
      page = { words, halves: new Uint32Array(words.buffer), known: new Uint32Array(KNOWN_WORDS) };
      this.pages.set(number, page);
    }
    this.lastNumber = number;
    this.lastPage = page;
    return page;
  }
}

function haveEqualWords(a: Page, b: Page): boolean {
  if (a.known.some((word, index) => word !== b.known[index])) return false;
  for (let index = 0; index < PAGE_WORDS; index++) if (a.words[index] !== b.words[index]) return false;
  return true;
}
