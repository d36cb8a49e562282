import { CorruptBytesError } from '../base/byte-reader.ts';
import { indexOfSorted } from '../base/sorted.ts';
import { RangeIndex } from './range-index.ts';
import type { WindowColumns } from './window-columns.ts';

/** A range of I/O addresses that is mapped. */
export interface LiveMapping {
  /** Address space; null when nobody said which, as in the kernel's iommu trace events. */
  readonly space: string | null;
  readonly subject: string | null;
  readonly iova: number;
  readonly pa: number;
  readonly size: number;
  readonly protection: number | null;
  /** Seq of the event that made the mapping. */
  readonly since: number;
  /** Time of that event, for whoever keeps it. The state of a SoC does not: the event has it. */
  readonly since_t_ns: number | null;
}

/** Number of a mapping in its space, good until it ends. */
export type MappingEntry = number;

/** No mapping. */
export const NO_ENTRY: MappingEntry = -1;

const PAGE_BYTES = 4096;
const WINDOW_PAGES = 128;

/** Mappings that begin in one window of this size are kept, and stored in snapshots, together. */
export const WINDOW_BYTES = WINDOW_PAGES * PAGE_BYTES;

/** The mappings that begin in one window. */
interface Window {
  /** The latest that begins in each page. */
  readonly newest: Int32Array;
  count: number;
  isChanged: boolean;
}

/** Windows that were not fetched yet, by ascending number. */
export interface UnloadedWindows {
  readonly numbers: Float64Array;
  /** 1 where a mapping begins that is longer than a window. */
  readonly hasLong: Float64Array;
  /** What the subjects in the columns of windows are. */
  readonly subjects: readonly string[];
  /** The mappings of the window at an index of the above: columns that are good until the next call. */
  readonly load: (index: number) => WindowColumns;
}

/** A mapping that is longer than a window. */
interface LongRange {
  readonly iova: number;
  readonly size: number;
  readonly entry: MappingEntry;
  isLive: boolean;
}

/**
 * What is known of a mapping, as numbers that lie side by side: 64 bytes, which a cache fetches at once. NaN is null.
 * `OLDER` is another mapping that begins in the same page and was made earlier.
 */
const IOVA = 0;
const SIZE = 1;
const PA = 2;
const PROTECTION = 3;
const SINCE = 4;
const TIME = 5;
const SUBJECT = 6;
const OLDER = 7;
const FIELDS = 8;

const NO_SUBJECT = -1;
const INITIAL_ENTRIES = 256;

/**
 * The mappings of one address space, found by address. Short ones are looked for in the windows that they can begin
 * in, and the few that are longer than a window in an index of their own. A mapping is a number, and what is known of
 * it lies in one array: a boot maps and unmaps by the million, and objects would be most of the work.
 */
export class MappingSpace {
  readonly name: string | null;
  /** {@link FIELDS} numbers for each mapping. */
  private fields = new Float64Array(INITIAL_ENTRIES * FIELDS);
  private entryCount = 0;
  private readonly subjects: string[] = [];
  private readonly subjectIds = new Map<string, number>();
  private readonly free: MappingEntry[] = [];

  private readonly windows = new Map<number, Window>();
  private readonly longRanges = new Map<MappingEntry, LongRange>();
  private readonly longIndex = new RangeIndex<LongRange>(({ entry }) => void this.free.push(entry));
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
    for (const subject of unloaded?.subjects ?? []) this.subjectId(subject);
    this.isLongLoaded = unloaded === undefined;
  }

  /** The latest mapping that begins at an address, or the latest of those that are older than a given one. */
  newestAt(iova: number, newer: MappingEntry = NO_ENTRY): MappingEntry {
    let entry = newer === NO_ENTRY ? this.newestInPage(iova) : this.field(newer, OLDER);
    while (entry !== NO_ENTRY && this.field(entry, IOVA) !== iova) entry = this.field(entry, OLDER);
    return entry;
  }

  /** Whether a mapping is the only one that begins in its page. */
  isAlone(entry: MappingEntry): boolean {
    return this.field(entry, OLDER) === NO_ENTRY && this.newestInPage(this.iovaOf(entry)) === entry;
  }

  iovaOf(entry: MappingEntry): number {
    return this.field(entry, IOVA);
  }

  sizeOf(entry: MappingEntry): number {
    return this.field(entry, SIZE);
  }

  sinceOf(entry: MappingEntry): number {
    return this.field(entry, SINCE);
  }

  subjectOf(entry: MappingEntry): string | null {
    return this.subjects[this.field(entry, SUBJECT)] ?? null;
  }

  add(mapping: LiveMapping): void {
    const number = windowNumber(mapping.iova);
    const window = this.windowOf(number) ?? this.makeWindow(number);
    this.noteChange(number, window);
    this.put(number, window, mapping);
  }

  /** Subjects of mappings that there ever were, by the index that {@link readWindow} gives of them. */
  get subjectNames(): readonly string[] {
    return this.subjects;
  }

  /** Puts the mappings that begin in a window into columns. */
  readWindow(number: number, columns: WindowColumns): void {
    const entries = this.entriesOf(number);
    columns.reserve(entries.length);
    columns.count = entries.length;
    const { iova, size, pa, protection, since, subject } = columns;
    const { fields } = this;
    for (let row = 0; row < entries.length; row++) {
      const at = (entries[row] as number) * FIELDS;
      iova[row] = fields[at + IOVA] as number;
      size[row] = fields[at + SIZE] as number;
      pa[row] = fields[at + PA] as number;
      protection[row] = fields[at + PROTECTION] as number;
      since[row] = fields[at + SINCE] as number;
      subject[row] = fields[at + SUBJECT] as number;
    }
  }

  /** Takes out a mapping. What is known of it can be read until the next is added. */
  end(entry: MappingEntry): void {
    const number = windowNumber(this.iovaOf(entry));
    const window = this.windowOf(number);
    if (window === undefined) return;
    this.noteChange(number, window);
    this.unlink(number, window, entry);
    const long = this.sizeOf(entry) > WINDOW_BYTES ? this.longRanges.get(entry) : undefined;
    if (long === undefined) {
      this.free.push(entry);
    } else {
      long.isLive = false;
      this.longRanges.delete(entry);
      this.longIndex.noteEnd();
    }
    if (window.count > 0) return;
    this.windows.delete(number);
    if (window === this.lastWindow) this.lastWindow = undefined;
  }

  /** The mappings that share an address with `[start, end)`, by first address. */
  overlapping(start: number, end: number): MappingEntry[] {
    this.loadLong();
    const found = this.longIndex.overlapping(start, end).map(({ entry }) => entry);
    for (const number of this.windowNumbersBetween(windowNumber(start) - 1, windowNumber(end - 1))) {
      for (const entry of this.entriesOf(number)) {
        const [iova, size] = [this.iovaOf(entry), this.sizeOf(entry)];
        if (size <= WINDOW_BYTES && iova < end && iova + size > start) found.push(entry);
      }
    }
    return found.sort((a, b) => this.iovaOf(a) - this.iovaOf(b));
  }

  *mappings(): Generator<LiveMapping> {
    for (const number of this.windowNumbers()) {
      for (const entry of this.entriesOf(number)) yield this.mapping(entry);
    }
  }

  /** What is known of a mapping. */
  mapping(entry: MappingEntry): LiveMapping {
    return {
      space: this.name,
      subject: this.subjectOf(entry),
      iova: this.field(entry, IOVA),
      pa: this.field(entry, PA),
      size: this.field(entry, SIZE),
      protection: numberOrNull(this.field(entry, PROTECTION)),
      since: this.field(entry, SINCE),
      since_t_ns: numberOrNull(this.field(entry, TIME)),
    };
  }

  /** Numbers of the windows in which a mapping begins, in no order. */
  windowNumbers(): number[] {
    const numbers = [...this.windows.keys()];
    for (const number of this.unloaded?.numbers ?? []) if (!this.loaded.has(number)) numbers.push(number);
    return numbers;
  }

  /** The mappings that begin in a window. */
  entriesOf(number: number): MappingEntry[] {
    const entries: MappingEntry[] = [];
    for (const newest of this.windowOf(number)?.newest ?? []) {
      for (let entry = newest; entry !== NO_ENTRY; entry = this.field(entry, OLDER)) entries.push(entry);
    }
    return entries;
  }

  /** Numbers of the windows that were changed since this was called last, also where nothing begins any more. */
  takeChanged(): number[] {
    const numbers = this.changed === undefined ? this.windowNumbers() : [...this.changed];
    for (const window of this.windows.values()) window.isChanged = false;
    this.changed = new Set();
    return numbers;
  }

  private field(entry: MappingEntry, field: number): number {
    return this.fields[entry * FIELDS + field] as number;
  }

  private newestInPage(iova: number): MappingEntry {
    const number = windowNumber(iova);
    return this.windowOf(number)?.newest[slotOf(iova, number)] ?? NO_ENTRY;
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
    const window: Window = {
      newest: new Int32Array(WINDOW_PAGES).fill(NO_ENTRY),
      count: 0,
      isChanged: false,
    };
    this.windows.set(number, window);
    this.lastNumber = number;
    this.lastWindow = window;
    return window;
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
    const { iova, size, pa, protection, since, subject } = columns;
    let lastSlot = -1;
    let last = NO_ENTRY;
    for (let row = 0; row < columns.count; row++) {
      const entry = this.free.pop() ?? this.newEntry();
      const { fields } = this;
      const at = entry * FIELDS;
      fields[at + IOVA] = iova[row] as number;
      fields[at + SIZE] = size[row] as number;
      fields[at + PA] = pa[row] as number;
      fields[at + PROTECTION] = protection[row] as number;
      fields[at + SINCE] = since[row] as number;
      fields[at + TIME] = Number.NaN;
      fields[at + SUBJECT] = subject[row] as number;
      fields[at + OLDER] = NO_ENTRY;
      const slot = slotOf(iova[row] as number, number);
      if (!(slot >= lastSlot && slot < WINDOW_PAGES)) throw new CorruptBytesError('a mapping out of place');
      // Those of one page follow each other, the latest first.
      if (slot === lastSlot) fields[last * FIELDS + OLDER] = entry;
      else window.newest[slot] = entry;
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
    const entry = this.free.pop() ?? this.newEntry();
    const { fields } = this;
    const { iova, size } = mapping;
    const at = entry * FIELDS;
    fields[at + IOVA] = iova;
    fields[at + SIZE] = size;
    fields[at + PA] = mapping.pa;
    fields[at + PROTECTION] = mapping.protection ?? Number.NaN;
    fields[at + SINCE] = mapping.since;
    fields[at + TIME] = mapping.since_t_ns ?? Number.NaN;
    fields[at + SUBJECT] = mapping.subject === null ? NO_SUBJECT : this.subjectId(mapping.subject);
    this.link(number, window, entry);
    if (size > WINDOW_BYTES) this.addLong(entry);
  }

  private addLong(entry: MappingEntry): void {
    const long = { iova: this.iovaOf(entry), size: this.sizeOf(entry), entry, isLive: true };
    this.longRanges.set(entry, long);
    this.longIndex.add(long);
  }

  private newEntry(): MappingEntry {
    if (this.entryCount * FIELDS === this.fields.length) {
      const larger = new Float64Array(2 * this.fields.length);
      larger.set(this.fields);
      this.fields = larger;
    }
    return this.entryCount++;
  }

  private subjectId(subject: string): number {
    // One space is mostly one processor's.
    if (this.subjects[0] === subject) return 0;
    const known = this.subjectIds.get(subject);
    if (known !== undefined) return known;
    this.subjectIds.set(subject, this.subjects.length);
    return this.subjects.push(subject) - 1;
  }

  /** Puts an entry among those of its page. What a removal left of a mapping is no younger than the mapping was. */
  private link(number: number, window: Window, entry: MappingEntry): void {
    const { fields } = this;
    const slot = slotOf(fields[entry * FIELDS + IOVA] as number, number);
    const since = fields[entry * FIELDS + SINCE] as number;
    let newer = NO_ENTRY;
    let older = window.newest[slot] as number;
    while (older !== NO_ENTRY && (fields[older * FIELDS + SINCE] as number) > since) {
      newer = older;
      older = fields[older * FIELDS + OLDER] as number;
    }
    fields[entry * FIELDS + OLDER] = older;
    if (newer === NO_ENTRY) window.newest[slot] = entry;
    else fields[newer * FIELDS + OLDER] = entry;
    window.count++;
  }

  private unlink(number: number, window: Window, entry: MappingEntry): void {
    const { fields } = this;
    const slot = slotOf(fields[entry * FIELDS + IOVA] as number, number);
    const older = fields[entry * FIELDS + OLDER] as number;
    window.count--;
    let newer = window.newest[slot] as number;
    if (newer === entry) {
      window.newest[slot] = older;
      return;
    }
    while (newer !== NO_ENTRY && fields[newer * FIELDS + OLDER] !== entry)
      newer = fields[newer * FIELDS + OLDER] as number;
    if (newer !== NO_ENTRY) fields[newer * FIELDS + OLDER] = older;
  }
}

function windowNumber(iova: number): number {
  return Math.floor(iova / WINDOW_BYTES);
}

/** Which page of a window an address is in. */
function slotOf(iova: number, window: number): number {
  return Math.floor(iova / PAGE_BYTES) - window * WINDOW_PAGES;
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
