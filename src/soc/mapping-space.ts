import { RangeIndex } from './range-index.ts';

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
  readonly since_t_ns: number | null;
}

/** A mapping while a space holds it. */
export type MappingEntry = { -readonly [Field in keyof LiveMapping]: LiveMapping[Field] } & {
  isLive: boolean;
  /** Another one that begins in the same page, made earlier. */
  older: MappingEntry | undefined;
};

const PAGE_BYTES = 4096;
const WINDOW_PAGES = 64;

/** Mappings that begin in one window of this size are kept, and stored in snapshots, together. */
const WINDOW_BYTES = WINDOW_PAGES * PAGE_BYTES;

/** The mappings that begin in one window. */
interface Window {
  /** The latest that begins in each page. */
  readonly newest: (MappingEntry | undefined)[];
  count: number;
  isChanged: boolean;
}

/** A window that was not fetched yet. */
export interface UnloadedWindow {
  readonly number: number;
  /** Whether a mapping begins in it that is longer than a window. */
  readonly hasLong: boolean;
}

/** Gives the mappings of a window, in the order in which they were made. */
export type WindowLoader = (window: number) => Iterable<LiveMapping>;

/**
 * The mappings of one address space, found by address. Short ones are looked for in the windows that they can begin
 * in, and the few that are longer than a window in an index of their own.
 */
export class MappingSpace {
  readonly name: string | null;
  private readonly windows = new Map<number, Window>();
  private readonly long: RangeIndex<MappingEntry>;
  /** Windows that the loader has and that were not fetched, and whether a long mapping begins there. */
  private readonly unloaded = new Map<number, boolean>();
  private unloadedLongCount = 0;
  private readonly loader: WindowLoader | undefined;
  /** Windows that were changed, once somebody wants to know. */
  private changed: Set<number> | undefined;
  private lastNumber = -1;
  private lastWindow: Window | undefined;
  /** Entries to be used again: a boot maps and unmaps far more often than it holds mappings. */
  private readonly spare: MappingEntry[] = [];

  constructor(name: string | null, unloaded: Iterable<UnloadedWindow> = [], loader?: WindowLoader) {
    this.name = name;
    this.long = new RangeIndex((entry) => void this.spare.push(entry));
    this.loader = loader;
    for (const { number, hasLong } of unloaded) {
      this.unloaded.set(number, hasLong);
      if (hasLong) this.unloadedLongCount++;
    }
  }

  /** The latest mapping that begins at an address, or the latest of those that are older than a given one. */
  newestAt(iova: number, newer?: MappingEntry): MappingEntry | undefined {
    let entry = newer === undefined ? this.newestInPage(iova) : newer.older;
    while (entry !== undefined && entry.iova !== iova) entry = entry.older;
    return entry;
  }

  add(mapping: LiveMapping): void {
    const number = windowNumber(mapping.iova);
    const window = this.windowOf(number) ?? this.makeWindow(number);
    this.noteChange(number, window);
    this.put(window, number, mapping);
  }

  /** Takes out a mapping; what is left of the entry is good until the next is added. */
  end(entry: MappingEntry): void {
    const number = windowNumber(entry.iova);
    const window = this.windowOf(number);
    if (window === undefined) return;
    this.noteChange(number, window);
    unlink(window, number, entry);
    entry.isLive = false;
    if (entry.size > WINDOW_BYTES) this.long.noteEnd();
    else this.spare.push(entry);
    if (window.count > 0) return;
    this.windows.delete(number);
    if (number === this.lastNumber) this.lastNumber = -1;
  }

  /** The mappings that share an address with `[start, end)`, by first address. */
  overlapping(start: number, end: number): MappingEntry[] {
    if (this.unloadedLongCount > 0) this.loadLong();
    const found = this.long.overlapping(start, end);
    for (const number of this.windowNumbersBetween(windowNumber(start) - 1, windowNumber(end - 1))) {
      for (const entry of this.entriesOf(number)) {
        if (entry.size <= WINDOW_BYTES && entry.iova < end && entry.iova + entry.size > start)
          found.push(entry);
      }
    }
    return found.sort((a, b) => a.iova - b.iova);
  }

  *entries(): Generator<MappingEntry> {
    for (const number of this.windowNumbers()) yield* this.entriesOf(number);
  }

  /** Numbers of the windows in which a mapping begins, in no order. */
  windowNumbers(): number[] {
    return [...this.windows.keys(), ...this.unloaded.keys()];
  }

  /** The mappings that begin in a window. */
  *entriesOf(number: number): Generator<MappingEntry> {
    for (const newest of this.windowOf(number)?.newest ?? []) {
      for (let entry: MappingEntry | undefined = newest; entry !== undefined; entry = entry.older)
        yield entry;
    }
  }

  /** Numbers of the windows that were changed since this was called last, also where nothing begins any more. */
  takeChanged(): number[] {
    const numbers = this.changed === undefined ? this.windowNumbers() : [...this.changed];
    for (const window of this.windows.values()) window.isChanged = false;
    this.changed = new Set();
    return numbers;
  }

  private newestInPage(iova: number): MappingEntry | undefined {
    const number = windowNumber(iova);
    return this.windowOf(number)?.newest[slotOf(iova, number)];
  }

  private noteChange(number: number, window: Window): void {
    if (window.isChanged) return;
    window.isChanged = true;
    this.changed?.add(number);
  }

  private windowNumbersBetween(first: number, last: number): number[] {
    if (last - first > this.windows.size + this.unloaded.size)
      return this.windowNumbers().filter((number) => number >= first && number <= last);
    const numbers: number[] = [];
    for (let number = first; number <= last; number++) numbers.push(number);
    return numbers;
  }

  private windowOf(number: number): Window | undefined {
    if (number === this.lastNumber) return this.lastWindow;
    const window = this.windows.get(number) ?? this.load(number);
    if (window !== undefined) {
      this.lastNumber = number;
      this.lastWindow = window;
    }
    return window;
  }

  private makeWindow(number: number): Window {
    const window: Window = {
      newest: new Array<MappingEntry | undefined>(WINDOW_PAGES).fill(undefined),
      count: 0,
      isChanged: false,
    };
    this.windows.set(number, window);
    this.lastNumber = number;
    this.lastWindow = window;
    return window;
  }

  private load(number: number): Window | undefined {
    const hasLong = this.unloaded.get(number);
    if (hasLong === undefined) return undefined;
    this.unloaded.delete(number);
    if (hasLong) this.unloadedLongCount--;
    const window = this.makeWindow(number);
    for (const mapping of this.loader?.(number) ?? []) this.put(window, number, mapping);
    return window;
  }

  /** A long mapping may reach into any window, so all of them have to be known before one is looked for. */
  private loadLong(): void {
    for (const [number, hasLong] of [...this.unloaded]) if (hasLong) this.load(number);
  }

  private put(window: Window, number: number, mapping: LiveMapping): void {
    const entry = this.entryOf(mapping);
    link(window, number, entry);
    if (entry.size > WINDOW_BYTES) this.long.add(entry);
  }

  private entryOf(mapping: LiveMapping): MappingEntry {
    const { space, subject, iova, pa, size, protection, since, since_t_ns } = mapping;
    const entry = this.spare.pop();
    if (entry === undefined)
      return {
        space,
        subject,
        iova,
        pa,
        size,
        protection,
        since,
        since_t_ns,
        isLive: true,
        older: undefined,
      };
    entry.space = space;
    entry.subject = subject;
    entry.iova = iova;
    entry.pa = pa;
    entry.size = size;
    entry.protection = protection;
    entry.since = since;
    entry.since_t_ns = since_t_ns;
    entry.isLive = true;
    return entry;
  }
}

function windowNumber(iova: number): number {
  return Math.floor(iova / WINDOW_BYTES);
}

/** Which page of a window an address is in. */
function slotOf(iova: number, window: number): number {
  return Math.floor(iova / PAGE_BYTES) - window * WINDOW_PAGES;
}

/** Puts an entry among those of its page. What a removal left of a mapping is no younger than the mapping was. */
function link(window: Window, number: number, entry: MappingEntry): void {
  const { newest } = window;
  const slot = slotOf(entry.iova, number);
  let newer: MappingEntry | undefined;
  let older = newest[slot];
  while (older !== undefined && older.since > entry.since) {
    newer = older;
    older = older.older;
  }
  entry.older = older;
  if (newer === undefined) newest[slot] = entry;
  else newer.older = entry;
  window.count++;
}

function unlink(window: Window, number: number, entry: MappingEntry): void {
  const { newest } = window;
  const slot = slotOf(entry.iova, number);
  window.count--;
  if (newest[slot] === entry) {
    newest[slot] = entry.older;
    return;
  }
  let newer = newest[slot];
  while (newer !== undefined && newer.older !== entry) newer = newer.older;
  if (newer !== undefined) newer.older = entry.older;
}
