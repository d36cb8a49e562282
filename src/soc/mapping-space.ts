import { CorruptBytesError } from '../base/byte-reader.ts';
import { indexOfSorted } from '../base/sorted.ts';
import {
  type LiveMapping,
  type MappingEntry,
  MappingRecords,
  type MappingUse,
  NO_ENTRY,
} from './mapping-records.ts';
import { RangeIndex } from './range-index.ts';
import type { WindowColumns } from './window-columns.ts';

const PAGE_BYTES = 4096;
const WINDOW_PAGES = 128;

/** Mappings that begin in one window of this size are kept, and stored in snapshots, together. */
export const WINDOW_BYTES = WINDOW_PAGES * PAGE_BYTES;

/** The mappings that begin in one window. */
interface Window {
  /** Where in {@link MappingSpace.newest} the latest mapping that begins in each of its pages is. */
  readonly base: number;
  count: number;
  isChanged: boolean;
}

/** Windows that were not fetched yet, by ascending number. */
export interface UnloadedWindows {
  readonly numbers: Float64Array;
  /** 1 where a mapping begins that is longer than a window. */
  readonly hasLong: Float64Array;
  /** How many mappings they have in all. */
  readonly count: number;
  /** What the use ids in the columns of windows are. */
  readonly uses: readonly MappingUse[];
  /** The mappings of the window at an index of the above: columns that are good until the next call. */
  readonly load: (index: number) => WindowColumns;
}

/** How much one subject has mapped in a space. */
export interface MappingTotal {
  readonly space: string | null;
  readonly subject: string | null;
  count: number;
  size: number;
  /** Where the oldest of them begins, and the event that made it. */
  firstSince: number;
  firstIova: number;
}

/** A mapping that is longer than a window. */
interface LongRange {
  readonly iova: number;
  readonly size: number;
  readonly entry: MappingEntry;
  isLive: boolean;
}

const INITIAL_WINDOWS = 8;

/** Mappings of a range of seqs, on average, that are sorted together. */
const RANGE_ENTRIES = 64;

/**
 * The mappings of one address space, found by address. Short ones are looked for in the windows that they can begin
 * in, and the few that are longer than a window in an index of their own.
 */
export class MappingSpace {
  readonly name: string | null;
  /** Live mappings. */
  count: number;
  private readonly records = new MappingRecords();
  private readonly windows = new Map<number, Window>();
  /** The latest mapping that begins in each page of each window: one array, which thousands of windows would not be. */
  private newest = new Int32Array(INITIAL_WINDOWS * WINDOW_PAGES);
  private newestEnd = 0;
  /** Parts of it whose windows are gone. */
  private readonly freeBases: number[] = [];
  private readonly longRanges = new Map<MappingEntry, LongRange>();
  private readonly longIndex = new RangeIndex<LongRange>(({ entry }) => this.records.release(entry));
  private readonly unloaded: UnloadedWindows | undefined;
  /** Numbers of the windows that the above has and that were fetched. */
  private readonly loaded = new Set<number>();
  private isLongLoaded: boolean;
  /** Windows that were changed, once somebody wants to know. */
  private changed: Set<number> | undefined;
  private lastNumber = 0;
  private lastWindow: Window | undefined;

  constructor(name: string | null, unloaded?: UnloadedWindows) {
    this.name = name;
    this.unloaded = unloaded;
    this.count = unloaded?.count ?? 0;
    for (const { subject, protection } of unloaded?.uses ?? []) this.records.useId(subject, protection);
    this.isLongLoaded = unloaded === undefined;
  }

  /** The latest mapping that begins at an address, or the latest of those that are older than a given one. */
  newestAt(iova: number, newer: MappingEntry = NO_ENTRY): MappingEntry {
    let entry = newer === NO_ENTRY ? this.newestInPage(iova) : this.records.olderThan(newer);
    while (entry !== NO_ENTRY && this.iovaOf(entry) !== iova) entry = this.records.olderThan(entry);
    return entry;
  }

  /** Whether a mapping is the only one that begins in its page. */
  isAlone(entry: MappingEntry): boolean {
    return this.records.olderThan(entry) === NO_ENTRY && this.newestInPage(this.iovaOf(entry)) === entry;
  }

  iovaOf(entry: MappingEntry): number {
    return this.records.iovaOf(entry);
  }

  sizeOf(entry: MappingEntry): number {
    return this.records.sizeOf(entry);
  }

  sinceOf(entry: MappingEntry): number {
    return this.records.sinceOf(entry);
  }

  subjectOf(entry: MappingEntry): string | null {
    return this.records.subjectOf(entry);
  }

  add(mapping: LiveMapping): void {
    const number = windowNumber(mapping.iova);
    const window = this.windowOf(number) ?? this.makeWindow(number);
    this.noteChange(number, window);
    this.put(number, window, mapping);
    this.count++;
  }

  /** Uses of mappings that there ever were, by the ids that {@link readWindow} gives of them. */
  get uses(): readonly MappingUse[] {
    return this.records.uses;
  }

  /** Puts the mappings that begin in a window into columns. */
  readWindow(number: number, columns: WindowColumns): void {
    const { records } = this;
    columns.reserve(this.windowOf(number)?.count ?? 0);
    let row = 0;
    this.visitWindow(number, (entry) => {
      columns.iova[row] = records.iovaOf(entry);
      columns.size[row] = records.sizeOf(entry);
      columns.pa[row] = records.paOf(entry);
      columns.since[row] = records.sinceOf(entry);
      columns.useId[row] = records.useIdOf(entry);
      row++;
    });
    columns.count = row;
  }

  /** Takes out a mapping. What is known of it can be read until the next is added. */
  end(entry: MappingEntry): void {
    const number = windowNumber(this.iovaOf(entry));
    const window = this.windowOf(number);
    if (window === undefined) return;
    this.noteChange(number, window);
    this.unlink(number, window, entry);
    this.count--;
    const long = this.sizeOf(entry) > WINDOW_BYTES ? this.longRanges.get(entry) : undefined;
    if (long === undefined) {
      this.records.release(entry);
    } else {
      long.isLive = false;
      this.longRanges.delete(entry);
      this.longIndex.noteEnd();
    }
    if (window.count > 0) return;
    this.windows.delete(number);
    this.freeBases.push(window.base);
    if (window === this.lastWindow) this.lastWindow = undefined;
  }

  /** The mappings that share an address with `[start, end)`, by first address. */
  overlapping(start: number, end: number): MappingEntry[] {
    this.loadLong();
    const found = this.longIndex.overlapping(start, end).map(({ entry }) => entry);
    for (const number of this.windowNumbersBetween(windowNumber(start) - 1, windowNumber(end - 1))) {
      this.visitWindow(number, (entry) => {
        const [iova, size] = [this.iovaOf(entry), this.sizeOf(entry)];
        if (size <= WINDOW_BYTES && iova < end && iova + size > start) found.push(entry);
      });
    }
    return found.sort((a, b) => this.iovaOf(a) - this.iovaOf(b));
  }

  /**
   * All of them in the order in which they were made, and those of one event by address. They are dealt out by ranges of
   * seqs, each of which has few, because to sort a million at once takes three more arrays of their length.
   */
  entriesByAge(): Int32Array {
    const { records, count } = this;
    let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    this.visit((entry) => {
      const since = records.sinceOf(entry);
      if (since < first) first = since;
      if (since > last) last = since;
    });
    const rangeCount = Math.ceil(count / RANGE_ENTRIES);
    const rangeSeqs = (last - first + 1) / rangeCount;
    const rangeOf = (entry: MappingEntry) => Math.floor((records.sinceOf(entry) - first) / rangeSeqs);
    // Where each range ends, once all before it were counted; then, while entries are dealt from its end, where it begins.
    const places = new Int32Array(rangeCount + 1);
    this.visit((entry) => {
      const range = rangeOf(entry);
      places[range] = (places[range] as number) + 1;
    });
    for (let range = 1; range <= rangeCount; range++)
      places[range] = (places[range] as number) + (places[range - 1] as number);
    const all = new Int32Array(count);
    this.visit((entry) => {
      const range = rangeOf(entry);
      const place = (places[range] as number) - 1;
      all[place] = entry;
      places[range] = place;
    });
    const byAge = (a: MappingEntry, b: MappingEntry) =>
      records.sinceOf(a) - records.sinceOf(b) || records.iovaOf(a) - records.iovaOf(b);
    for (let range = 0; range <= rangeCount; range++)
      all.subarray(places[range], places[range + 1]).sort(byAge);
    return all;
  }

  /** What is known of a mapping. */
  mapping(entry: MappingEntry): LiveMapping {
    return this.records.mapping(this.name, entry);
  }

  /** What each subject has mapped: a look at every mapping, but no object for each. */
  totals(): MappingTotal[] {
    const { records } = this;
    const totals = new Map<string | null, MappingTotal>();
    this.visit((entry) => {
      const subject = records.subjectOf(entry);
      const [iova, since] = [records.iovaOf(entry), records.sinceOf(entry)];
      let total = totals.get(subject);
      if (total === undefined) {
        total = { space: this.name, subject, count: 0, size: 0, firstSince: since, firstIova: iova };
        totals.set(subject, total);
      }
      total.count++;
      total.size += records.sizeOf(entry);
      if (since < total.firstSince || (since === total.firstSince && iova < total.firstIova)) {
        total.firstSince = since;
        total.firstIova = iova;
      }
    });
    return [...totals.values()];
  }

  /** Numbers of the windows in which a mapping begins, in no order. */
  windowNumbers(): number[] {
    const numbers = [...this.windows.keys()];
    for (const number of this.unloaded?.numbers ?? []) if (!this.loaded.has(number)) numbers.push(number);
    return numbers;
  }

  /** Numbers of the windows that were changed since this was called last, also where nothing begins any more. */
  takeChanged(): number[] {
    const numbers = this.changed === undefined ? this.windowNumbers() : [...this.changed];
    for (const window of this.windows.values()) window.isChanged = false;
    this.changed = new Set();
    return numbers;
  }

  private visit(visitor: (entry: MappingEntry) => void): void {
    for (const number of this.windowNumbers()) this.visitWindow(number, visitor);
  }

  /** Shows the mappings that begin in a window: page by page, and of each page the latest first. */
  private visitWindow(number: number, visitor: (entry: MappingEntry) => void): void {
    const window = this.windowOf(number);
    if (window === undefined) return;
    for (let at = window.base; at < window.base + WINDOW_PAGES; at++) {
      for (let entry = this.newest[at] as number; entry !== NO_ENTRY; entry = this.records.olderThan(entry))
        visitor(entry);
    }
  }

  private newestInPage(iova: number): MappingEntry {
    const number = windowNumber(iova);
    const window = this.windowOf(number);
    return window === undefined ? NO_ENTRY : (this.newest[window.base + slotOf(iova, number)] as number);
  }

  private noteChange(number: number, window: Window): void {
    if (window.isChanged) return;
    window.isChanged = true;
    this.changed?.add(number);
  }

  private windowNumbersBetween(first: number, last: number): number[] {
    if (last - first > this.windows.size + (this.unloaded?.numbers.length ?? 0))
      return this.windowNumbers().filter((number) => number >= first && number <= last);
    const numbers: number[] = [];
    // By offsets: to a number that a damaged log made of an address, adding one may change nothing.
    for (let offset = 0; offset <= last - first; offset++) numbers.push(first + offset);
    return numbers;
  }

  private windowOf(number: number): Window | undefined {
    if (number === this.lastNumber && this.lastWindow !== undefined) return this.lastWindow;
    const window = this.windows.get(number) ?? this.load(number);
    if (window !== undefined) {
      this.lastNumber = number;
      this.lastWindow = window;
    }
    return window;
  }

  private makeWindow(number: number): Window {
    const base = this.freeBases.pop() ?? this.newBase();
    this.newest.fill(NO_ENTRY, base, base + WINDOW_PAGES);
    const window: Window = { base, count: 0, isChanged: false };
    this.windows.set(number, window);
    this.lastNumber = number;
    this.lastWindow = window;
    return window;
  }

  private newBase(): number {
    if (this.newestEnd === this.newest.length) {
      const larger = new Int32Array(2 * this.newest.length);
      larger.set(this.newest);
      this.newest = larger;
    }
    this.newestEnd += WINDOW_PAGES;
    return this.newestEnd - WINDOW_PAGES;
  }

  private load(number: number): Window | undefined {
    const { unloaded } = this;
    if (unloaded === undefined || this.loaded.has(number)) return undefined;
    const index = indexOfSorted(unloaded.numbers, number);
    if (index < 0) return undefined;
    this.loaded.add(number);
    return this.putBack(number, unloaded.load(index));
  }

  /** Adds a window as {@link readWindow} read it. */
  private putBack(number: number, columns: WindowColumns): Window {
    const window = this.makeWindow(number);
    const { iova, size, pa, since, useId } = columns;
    let lastSlot = -1;
    let last = NO_ENTRY;
    for (let row = 0; row < columns.count; row++) {
      const slot = slotOf(iova[row] as number, number);
      if (!(slot >= lastSlot && slot < WINDOW_PAGES)) throw new CorruptBytesError('a mapping out of place');
      const entry = this.records.add(
        iova[row] as number,
        size[row] as number,
        pa[row] as number,
        since[row] as number,
        useId[row] as number,
      );
      // Those of one page follow each other, the latest first.
      if (slot === lastSlot) this.records.linkOlder(last, entry);
      else this.newest[window.base + slot] = entry;
      lastSlot = slot;
      last = entry;
      if ((size[row] as number) > WINDOW_BYTES) this.addLong(entry);
    }
    window.count = columns.count;
    return window;
  }

  /** A long mapping may reach into any window, so all of them have to be known before one is looked for. */
  private loadLong(): void {
    if (this.isLongLoaded) return;
    this.isLongLoaded = true;
    this.unloaded?.numbers.forEach((number, index) => {
      if (this.unloaded?.hasLong[index] === 1) this.windowOf(number);
    });
  }

  private put(number: number, window: Window, mapping: LiveMapping): void {
    const { iova, size, pa, since, subject, protection } = mapping;
    const entry = this.records.add(iova, size, pa, since, this.records.useId(subject, protection));
    this.records.keepTime(entry, mapping.since_t_ns);
    this.link(number, window, entry);
    if (size > WINDOW_BYTES) this.addLong(entry);
  }

  private addLong(entry: MappingEntry): void {
    const long = { iova: this.iovaOf(entry), size: this.sizeOf(entry), entry, isLive: true };
    this.longRanges.set(entry, long);
    this.longIndex.add(long);
  }

  /** Puts an entry among those of its page. What a removal left of a mapping is no younger than the mapping was. */
  private link(number: number, window: Window, entry: MappingEntry): void {
    const { newest, records } = this;
    const at = window.base + slotOf(records.iovaOf(entry), number);
    let newer = NO_ENTRY;
    let older = newest[at] as number;
    while (older !== NO_ENTRY && records.sinceOf(older) > records.sinceOf(entry)) {
      newer = older;
      older = records.olderThan(older);
    }
    records.linkOlder(entry, older);
    if (newer === NO_ENTRY) newest[at] = entry;
    else records.linkOlder(newer, entry);
    window.count++;
  }

  private unlink(number: number, window: Window, entry: MappingEntry): void {
    const { newest, records } = this;
    const at = window.base + slotOf(records.iovaOf(entry), number);
    const older = records.olderThan(entry);
    window.count--;
    let newer = newest[at] as number;
    if (newer === entry) {
      newest[at] = older;
      return;
    }
    while (newer !== NO_ENTRY && records.olderThan(newer) !== entry) newer = records.olderThan(newer);
    if (newer !== NO_ENTRY) records.linkOlder(newer, older);
  }
}

function windowNumber(iova: number): number {
  return Math.floor(iova / WINDOW_BYTES);
}

/** Which page of a window an address is in. */
function slotOf(iova: number, window: number): number {
  return Math.floor(iova / PAGE_BYTES) - window * WINDOW_PAGES;
}
