import { type MappingNumbers, PackedMappingNumbers, WholeMappingNumbers } from './mapping-numbers.ts';
import { MappingTimes } from './mapping-times.ts';

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

/**
 * What is known of the mappings of a space. A mapping is a number, by which what is known of it is found in arrays: a
 * boot maps and unmaps by the million, objects would be most of the work, and a hundred thousand of them have to stay
 * near the processor.
 */
export class MappingRecords {
  /** Combinations that there ever were. */
  readonly uses: MappingUse[] = [];
  private readonly useIds = new Map<string | null, Map<number | null, number>>();
  private lastUse: MappingUse | undefined;
  private lastUseId = 0;
  /** Beside its numbers, each has another mapping that begins in the same page and was made earlier. */
  private numbers: MappingNumbers = new PackedMappingNumbers();
  /** Undefined where nobody keeps times. */
  private times: MappingTimes | undefined;
  private count = 0;
  /** The entry that was released last; each leads to the one that was released before it. */
  private free: MappingEntry = NO_ENTRY;

  /** Makes an entry, linked to no other. */
  add(iova: number, size: number, pa: number, since: number, useId: number): MappingEntry {
    const entry = this.takeEntry();
    if (!this.numbers.set(entry, iova, size, pa, since, useId)) {
      this.numbers = this.copyWhole();
      this.numbers.set(entry, iova, size, pa, since, useId);
    }
    return entry;
  }

  /** Lets the number of an entry be used again; what is known of it, but for its links, can be read until then. */
  release(entry: MappingEntry): void {
    this.numbers.linkNext(entry, this.free);
    this.free = entry;
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
    return this.numbers.iovaOf(entry);
  }

  sizeOf(entry: MappingEntry): number {
    return this.numbers.sizeOf(entry);
  }

  paOf(entry: MappingEntry): number {
    return this.numbers.paOf(entry);
  }

  sinceOf(entry: MappingEntry): number {
    return this.numbers.sinceOf(entry);
  }

  subjectOf(entry: MappingEntry): string | null {
    return this.uses[this.useIdOf(entry)]?.subject ?? null;
  }

  useIdOf(entry: MappingEntry): number {
    return this.numbers.useIdOf(entry);
  }

  olderThan(entry: MappingEntry): MappingEntry {
    return this.numbers.nextOf(entry);
  }

  linkOlder(entry: MappingEntry, older: MappingEntry): void {
    this.numbers.linkNext(entry, older);
  }

  keepTime(entry: MappingEntry, tNs: number | null): void {
    if (tNs === null && this.times === undefined) return;
    this.times ??= new MappingTimes();
    this.times.set(entry, this.sinceOf(entry), tNs);
  }

  mapping(space: string | null, entry: MappingEntry): LiveMapping {
    const since = this.sinceOf(entry);
    return {
      space,
      subject: this.subjectOf(entry),
      iova: this.iovaOf(entry),
      pa: this.paOf(entry),
      size: this.sizeOf(entry),
      protection: this.uses[this.useIdOf(entry)]?.protection ?? null,
      since,
      since_t_ns: this.times?.timeOf(entry, since) ?? null,
    };
  }

  private takeEntry(): MappingEntry {
    const entry = this.free;
    if (entry !== NO_ENTRY) {
      this.free = this.numbers.nextOf(entry);
      return entry;
    }
    if (this.count === this.numbers.capacity) this.numbers.grow();
    return this.count++;
  }

  /** All entries in the form that keeps any numbers, once there are some that the other form cannot keep. */
  private copyWhole(): MappingNumbers {
    const { numbers } = this;
    const whole = new WholeMappingNumbers();
    for (let entry = 0; entry < this.count; entry++) {
      if (entry === whole.capacity) whole.grow();
      whole.set(
        entry,
        numbers.iovaOf(entry),
        numbers.sizeOf(entry),
        numbers.paOf(entry),
        numbers.sinceOf(entry),
        numbers.useIdOf(entry),
      );
      whole.linkNext(entry, numbers.nextOf(entry));
    }
    return whole;
  }
}
