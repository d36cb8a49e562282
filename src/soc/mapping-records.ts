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

/** For whom mappings are made, and with which protection: the same few combinations again and again. */
export interface MappingUse {
  readonly subject: string | null;
  readonly protection: number | null;
}

const IOVA = 0;
const SIZE = 1;
const PA = 2;
const SINCE = 3;
const NUMBERS = 4;

/** Another mapping that begins in the same page and was made earlier. */
const OLDER = 0;
/** Index into {@link MappingRecords.uses}. */
const USE = 1;
const LINKS = 2;

const INITIAL_ENTRIES = 256;
/** Whoever needs more of a snapshot's mappings probably needs all of them, and is spared to grow step by step. */
const FEW_ENTRIES = 4096;

/**
 * What is known of the mappings of a space. A mapping is a number, and what is known of it lies in two arrays, forty
 * bytes in all: a boot maps and unmaps by the million, objects would be most of the work, and a hundred thousand of
 * them have to stay near the processor.
 */
export class MappingRecords {
  /** Combinations that there ever were. */
  readonly uses: MappingUse[] = [];
  private readonly useIds = new Map<string | null, Map<number | null, number>>();
  private lastUse: MappingUse | undefined;
  private lastUseId = 0;
  private numbers = new Float64Array(INITIAL_ENTRIES * NUMBERS);
  private links = new Int32Array(INITIAL_ENTRIES * LINKS);
  /** By entry, NaN for none; undefined where nobody keeps times. */
  private times: Float64Array | undefined;
  private capacity = INITIAL_ENTRIES;
  private readonly expectedCount: number;
  private count = 0;
  private readonly free: MappingEntry[] = [];

  constructor(expectedCount: number) {
    this.expectedCount = expectedCount;
  }

  /** Makes an entry, linked to no other. */
  add(iova: number, size: number, pa: number, since: number, useId: number): MappingEntry {
    const entry = this.free.pop() ?? this.newEntry();
    const { numbers, links } = this;
    const at = entry * NUMBERS;
    numbers[at + IOVA] = iova;
    numbers[at + SIZE] = size;
    numbers[at + PA] = pa;
    numbers[at + SINCE] = since;
    links[entry * LINKS + OLDER] = NO_ENTRY;
    links[entry * LINKS + USE] = useId;
    return entry;
  }

  /** Lets the number of an entry be used again; what is known of it can be read until then. */
  release(entry: MappingEntry): void {
    this.free.push(entry);
  }

  useId(subject: string | null, protection: number | null): number {
    const { lastUse } = this;
    if (lastUse !== undefined && lastUse.subject === subject && lastUse.protection === protection)
      return this.lastUseId;
    let ids = this.useIds.get(subject);
    if (ids === undefined) {
      ids = new Map();
      this.useIds.set(subject, ids);
    }
    let id = ids.get(protection);
    if (id === undefined) {
      id = this.uses.push({ subject, protection }) - 1;
      ids.set(protection, id);
    }
    this.lastUse = this.uses[id];
    this.lastUseId = id;
    return id;
  }

  iovaOf(entry: MappingEntry): number {
    return this.numbers[entry * NUMBERS + IOVA] as number;
  }

  sizeOf(entry: MappingEntry): number {
    return this.numbers[entry * NUMBERS + SIZE] as number;
  }

  paOf(entry: MappingEntry): number {
    return this.numbers[entry * NUMBERS + PA] as number;
  }

  sinceOf(entry: MappingEntry): number {
    return this.numbers[entry * NUMBERS + SINCE] as number;
  }

  subjectOf(entry: MappingEntry): string | null {
    return this.uses[this.useIdOf(entry)]?.subject ?? null;
  }

  useIdOf(entry: MappingEntry): number {
    return this.links[entry * LINKS + USE] as number;
  }

  olderThan(entry: MappingEntry): MappingEntry {
    return this.links[entry * LINKS + OLDER] as number;
  }

  linkOlder(entry: MappingEntry, older: MappingEntry): void {
    this.links[entry * LINKS + OLDER] = older;
  }

  keepTime(entry: MappingEntry, tNs: number | null): void {
    if (tNs === null && this.times === undefined) return;
    this.times ??= new Float64Array(this.capacity).fill(Number.NaN);
    this.times[entry] = tNs ?? Number.NaN;
  }

  mapping(space: string | null, entry: MappingEntry): LiveMapping {
    const time = this.times?.[entry] ?? Number.NaN;
    return {
      space,
      subject: this.subjectOf(entry),
      iova: this.iovaOf(entry),
      pa: this.paOf(entry),
      size: this.sizeOf(entry),
      protection: this.uses[this.useIdOf(entry)]?.protection ?? null,
      since: this.sinceOf(entry),
      since_t_ns: Number.isNaN(time) ? null : time,
    };
  }

  private newEntry(): MappingEntry {
    if (this.count === this.capacity) {
      const expected = this.count < FEW_ENTRIES ? 0 : this.expectedCount;
      this.capacity = Math.max(2 * this.capacity, expected);
      const numbers = new Float64Array(this.capacity * NUMBERS);
      numbers.set(this.numbers);
      this.numbers = numbers;
      const links = new Int32Array(this.capacity * LINKS);
      links.set(this.links);
      this.links = links;
      if (this.times !== undefined) {
        const times = new Float64Array(this.capacity).fill(Number.NaN);
        times.set(this.times);
        this.times = times;
      }
    }
    return this.count++;
  }
}
