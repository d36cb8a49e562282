import { indexOfSorted } from '../base/sorted.ts';
import { highHalf, lowHalf, wordFromHalves } from '../base/word.ts';

const PAGE_BYTES = 4096;
export const PAGE_WORDS = 512;
const PAGE_HALVES = 2 * PAGE_WORDS;

/** What is kept of a page, in 32-bit units: its words (lower half first), a bit for each that is known, a mark. */
const KNOWN = PAGE_HALVES;
const KNOWN_UNITS = PAGE_WORDS / 32;
const CHANGED = KNOWN + KNOWN_UNITS;
const PAGE_UNITS = CHANGED + 1;

/** Pages in one array: more arrays are more to look up, longer ones more to allocate at a time. */
const SLAB_PAGES = 64;

/** Pages in one array of {@link TableMemory.directories}. */
const DIRECTORY_PAGES = 1024;

/** One word that is known. */
export interface TableWord {
  readonly pa: number;
  readonly value: bigint;
}

/** A page as units: its words in halves, lower first, then a bit for each word that is known. */
export type PageUnits = Uint32Array;

/** Units of a {@link PageUnits}. */
export const PAGE_UNIT_COUNT = PAGE_HALVES + KNOWN_UNITS;

/** Pages that were not fetched yet, by ascending number. */
export interface UnloadedPages {
  readonly numbers: Float64Array;
  /** Puts the page at an index of the above into units, which are all zeros. */
  readonly load: (index: number, units: PageUnits) => void;
}

/**
 * What is known of the physical memory that holds translation tables, word by word: a walk reads descriptors from
 * here as hardware does from RAM. Pages lie side by side in typed arrays, found by number; those of a snapshot are
 * fetched when they are touched first.
 */
export class TableMemory {
  /** By page number divided by {@link DIRECTORY_PAGES}: 1 + the slot of each page, 0 where nothing is known of it. */
  private readonly directories = new Map<number, Int32Array>();
  private readonly slabs: Uint32Array[] = [];
  /** Page number by slot. */
  private readonly numbers: number[] = [];
  private readonly unloaded: UnloadedPages | undefined;
  /** How many of those were fetched. */
  private loadedCount = 0;
  /** Writes come in runs to one table, and to tables that lie near each other. */
  private lastNumber = -1;
  private lastSlab: Uint32Array = new Uint32Array(0);
  private lastBase = 0;
  private lastDirectoryNumber = -1;
  private lastDirectory: Int32Array = new Int32Array(0);

  /** With the pages of a snapshot, which are fetched one by one when they are touched. */
  constructor(unloaded?: UnloadedPages) {
    this.unloaded = unloaded;
  }

  /** Pages of which something is known. */
  get pageCount(): number {
    return this.numbers.length + (this.unloaded?.numbers.length ?? 0) - this.loadedCount;
  }

  /** The word at an address that is a multiple of 8; undefined where nobody has told. */
  read(pa: number): bigint | undefined {
    const number = Math.floor(pa / PAGE_BYTES);
    if (pa < 0 || !this.find(number)) return undefined;
    const index = (pa % PAGE_BYTES) >>> 3;
    const { lastSlab: slab, lastBase: base } = this;
    if ((((slab[base + KNOWN + (index >>> 5)] as number) >>> (index & 31)) & 1) === 0) return undefined;
    return wordFromHalves(slab[base + 2 * index + 1] as number, slab[base + 2 * index] as number);
  }

  /** Puts a word at an address that is a multiple of 8. */
  write(pa: number, word: bigint): void {
    this.writeHalves(pa, highHalf(word), lowHalf(word));
  }

  /** The same with the word in two 32-bit halves: a bigint for each write would cost several times what it does. */
  writeHalves(pa: number, high: number, low: number): void {
    const number = Math.floor(pa / PAGE_BYTES);
    if (number !== this.lastNumber) this.findToWrite(number);
    const index = (pa % PAGE_BYTES) >>> 3;
    const { lastSlab: slab, lastBase: base } = this;
    slab[base + 2 * index] = low;
    slab[base + 2 * index + 1] = high;
    const known = base + KNOWN + (index >>> 5);
    slab[known] = (slab[known] as number) | (1 << (index & 31));
    slab[base + CHANGED] = 1;
  }

  /** Zeroes whole words from an address on: a table that was just allocated. */
  clear(pa: number, bytes: number): void {
    const end = pa + bytes;
    let position = pa;
    while (position < end) {
      const number = Math.floor(position / PAGE_BYTES);
      const pageEnd = Math.min(end, (number + 1) * PAGE_BYTES);
      const first = (position % PAGE_BYTES) >>> 3;
      const last = first + Math.ceil((pageEnd - position) / 8);
      this.findToWrite(number);
      const { lastSlab: slab, lastBase: base } = this;
      slab.fill(0, base + 2 * first, base + 2 * last);
      for (let index = first; index < last; index++) {
        const known = base + KNOWN + (index >>> 5);
        slab[known] = (slab[known] as number) | (1 << (index & 31));
      }
      slab[base + CHANGED] = 1;
      position = pageEnd;
    }
  }

  /** Whether both know the same words, and the same of them. */
  equals(other: TableMemory): boolean {
    const numbers = this.pageNumbers();
    if (numbers.length !== other.pageCount) return false;
    return numbers.every((number) => {
      const page = this.page(number);
      const twin = other.page(number);
      return page !== undefined && twin !== undefined && areEqual(page, twin);
    });
  }

  /** Words that are known and not zero, by address. */
  *nonZero(): Generator<TableWord> {
    for (const number of this.pageNumbers()) {
      for (let index = 0; index < PAGE_WORDS; index++) {
        const pa = number * PAGE_BYTES + index * 8;
        const value = this.read(pa);
        if (value !== undefined && value !== 0n) yield { pa, value };
      }
    }
  }

  /** Numbers of the pages of which something is known, in ascending order. */
  pageNumbers(): number[] {
    return [...new Set([...this.numbers, ...(this.unloaded?.numbers ?? [])])].sort((a, b) => a - b);
  }

  /** A page as it is now: a view that later writes change. Undefined where nothing is known of it. */
  page(number: number): PageUnits | undefined {
    if (!this.find(number)) return undefined;
    return this.lastSlab.subarray(this.lastBase, this.lastBase + PAGE_UNIT_COUNT);
  }

  /** Numbers of the pages that were written since this was called last. */
  takeChanged(): number[] {
    const changed: number[] = [];
    this.numbers.forEach((number, slot) => {
      const slab = this.slabs[Math.floor(slot / SLAB_PAGES)] as Uint32Array;
      const mark = (slot % SLAB_PAGES) * PAGE_UNITS + CHANGED;
      if (slab[mark] === 0) return;
      slab[mark] = 0;
      changed.push(number);
    });
    return changed;
  }

  /** Makes a page the last one; false where nothing is known of it. */
  private find(number: number): boolean {
    if (number === this.lastNumber) return true;
    const slot = this.slotOf(number);
    if (slot < 0) return this.load(number);
    this.choose(number, slot);
    return true;
  }

  private load(number: number): boolean {
    if (this.unloaded === undefined) return false;
    const index = indexOfSorted(this.unloaded.numbers, number);
    if (index < 0) return false;
    this.loadedCount++;
    this.add(number);
    this.unloaded.load(index, this.lastSlab.subarray(this.lastBase, this.lastBase + PAGE_UNIT_COUNT));
    return true;
  }

  private findToWrite(number: number): void {
    if (!this.find(number)) this.add(number);
  }

  private slotOf(number: number): number {
    const directoryNumber = Math.floor(number / DIRECTORY_PAGES);
    if (directoryNumber !== this.lastDirectoryNumber) {
      const directory = this.directories.get(directoryNumber);
      if (directory === undefined) return -1;
      this.lastDirectoryNumber = directoryNumber;
      this.lastDirectory = directory;
    }
    return (this.lastDirectory[number - directoryNumber * DIRECTORY_PAGES] as number) - 1;
  }

  private choose(number: number, slot: number): void {
    this.lastNumber = number;
    this.lastSlab = this.slabs[(slot / SLAB_PAGES) | 0] as Uint32Array;
    this.lastBase = (slot % SLAB_PAGES) * PAGE_UNITS;
  }

  private add(number: number): void {
    const slot = this.numbers.length;
    if (slot % SLAB_PAGES === 0) this.slabs.push(new Uint32Array(SLAB_PAGES * PAGE_UNITS));
    this.numbers.push(number);
    const directoryNumber = Math.floor(number / DIRECTORY_PAGES);
    let directory = this.directories.get(directoryNumber);
    if (directory === undefined) {
      directory = new Int32Array(DIRECTORY_PAGES);
      this.directories.set(directoryNumber, directory);
    }
    directory[number - directoryNumber * DIRECTORY_PAGES] = slot + 1;
    this.choose(number, slot);
  }
}

function areEqual(a: PageUnits, b: PageUnits): boolean {
  for (let unit = 0; unit < PAGE_UNIT_COUNT; unit++) if (a[unit] !== b[unit]) return false;
  return true;
}
