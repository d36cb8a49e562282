import { type LiveMapping, type MappingEntry, NO_ENTRY } from './mapping-records.ts';
import { MappingSpace, type MappingTotal, type UnloadedWindows } from './mapping-space.ts';

export type { LiveMapping } from './mapping-records.ts';

/** A removal, by what it says of itself. */
export interface RemovedRange {
  readonly space: string | null;
  readonly subject: string | null;
  readonly iova: number;
  readonly size: number;
}

/** Told of each mapping that ends, or of the part of it that does. */
export type OnMappingEnded = (ended: LiveMapping) => void;

/** A space whose windows are fetched when they are touched. */
export interface UnloadedSpace {
  readonly name: string | null;
  readonly windows: UnloadedWindows;
}

/** The windows of a space that were changed. */
export interface ChangedSpace {
  readonly space: MappingSpace;
  readonly windows: readonly number[];
}

/**
 * The mappings that are live, for the state of the SoC and for the table of mappings alike.
 *
 * Whoever unmaps a buffer usually unmaps just what was mapped, which is one look into a map here. A removal may
 * also cover several mappings or a part of one; what it leaves of a mapping lives on with its old beginning.
 *
 * Where the space is unknown, one address may be mapped in several spaces at once. A removal then undoes each
 * address once: where it fits several mappings, the one that it shares its subject with, else the latest.
 */
export class LiveMappings implements Iterable<LiveMapping> {
  private readonly spaces = new Map<string | null, MappingSpace>();
  private lastSpace: MappingSpace | undefined;

  /** The mappings of a snapshot. */
  static fromSpaces(spaces: Iterable<UnloadedSpace>): LiveMappings {
    const mappings = new LiveMappings();
    for (const { name, windows } of spaces) mappings.spaces.set(name, new MappingSpace(name, windows));
    return mappings;
  }

  get size(): number {
    let size = 0;
    for (const { count } of this.spaces.values()) size += count;
    return size;
  }

  /** Adds a mapping. A size of 0, which a failed iommu_map leaves behind, maps nothing. */
  create(mapping: LiveMapping, onEnded?: OnMappingEnded): void {
    if (mapping.size <= 0) return;
    const space = this.spaceOf(mapping.space) ?? this.makeSpace(mapping.space);
    // A known space has one meaning for an address: what began there is gone, although no event said so. To look
    // for every other overlap would cost each mapping a search, for a log that lost a removal.
    if (mapping.space !== null && space.newestAt(mapping.iova) !== NO_ENTRY)
      this.removeRange(space, mapping, onEnded);
    space.add(mapping);
  }

  /** Ends what is mapped in a range, as far as it is known. */
  remove(removed: RemovedRange, onEnded?: OnMappingEnded): void {
    if (removed.size <= 0) return;
    const space = this.spaceOf(removed.space);
    if (space === undefined) return;
    const exact = findExact(space, removed);
    if (exact === NO_ENTRY) {
      this.removeRange(space, removed, onEnded);
    } else {
      space.end(exact);
      onEnded?.(space.mapping(exact));
    }
  }

  /** The live mappings, in the order in which they were made. None may be made or removed before the last was taken. */
  *[Symbol.iterator](): Generator<LiveMapping> {
    // Numbers of them are sorted, not objects: of a long boot a million are live, and objects take five times as much.
    let queues = [...this.spaces.values()].map((space) => ({
      space,
      entries: space.entriesByAge(),
      next: 0,
    }));
    for (;;) {
      queues = queues.filter(({ entries, next }) => next < entries.length);
      const [first, ...others] = queues;
      if (first === undefined) return;
      let oldest = first;
      for (const queue of others) if (isOlder(queue, oldest)) oldest = queue;
      yield oldest.space.mapping(oldest.entries[oldest.next++] as MappingEntry);
    }
  }

  /** The mappings of a space that share an address with `[start, end)`, by first address and then by age. */
  overlapping(space: string | null, start: number, end: number): LiveMapping[] {
    const found = this.spaces.get(space);
    if (found === undefined) return [];
    const mappings = found.overlapping(start, end).map((entry) => found.mapping(entry));
    return mappings.sort((a, b) => a.iova - b.iova || a.since - b.since);
  }

  /** How many mappings there are of each space and subject, in the order in which the oldest of each were made. */
  totals(): MappingTotal[] {
    const totals = [...this.spaces.values()].flatMap((space) => space.totals());
    return totals.sort((a, b) => a.firstSince - b.firstSince || a.firstIova - b.firstIova);
  }

  /** Every space that there ever was, and its windows that were changed since this was called last. */
  takeChanged(): ChangedSpace[] {
    return [...this.spaces.values()].map((space) => ({ space, windows: space.takeChanged() }));
  }

  private spaceOf(name: string | null): MappingSpace | undefined {
    if (this.lastSpace === undefined || this.lastSpace.name !== name) this.lastSpace = this.spaces.get(name);
    return this.lastSpace;
  }

  private makeSpace(name: string | null): MappingSpace {
    const space = new MappingSpace(name);
    this.spaces.set(name, space);
    this.lastSpace = space;
    return space;
  }

  /** Goes through a range from its start, ending at each address one mapping that covers it. */
  private removeRange(space: MappingSpace, removed: RemovedRange, onEnded: OnMappingEnded | undefined): void {
    const end = removed.iova + removed.size;
    const candidates = space.overlapping(removed.iova, end);
    const endOf = (entry: MappingEntry) => space.iovaOf(entry) + space.sizeOf(entry);
    let covering: MappingEntry[] = [];
    let next = 0;
    let position = removed.iova;
    while (position < end) {
      const at = position;
      for (
        let candidate = candidates[next];
        candidate !== undefined && space.iovaOf(candidate) <= at;
        candidate = candidates[next]
      ) {
        covering.push(candidate);
        next++;
      }
      covering = covering.filter((candidate) => endOf(candidate) > at);
      const chosen = choose(space, covering, removed.subject);
      if (chosen === NO_ENTRY) {
        const candidate = candidates[next];
        position = candidate === undefined ? end : space.iovaOf(candidate);
      } else {
        position = Math.min(endOf(chosen), end);
        covering.splice(covering.indexOf(chosen), 1);
        this.endPart(space, chosen, at, position, onEnded);
      }
    }
  }

  private endPart(
    space: MappingSpace,
    entry: MappingEntry,
    start: number,
    end: number,
    onEnded: OnMappingEnded | undefined,
  ): void {
    const mapping = space.mapping(entry);
    const mappingEnd = mapping.iova + mapping.size;
    space.end(entry);
    if (mapping.iova < start) space.add(partOf(mapping, mapping.iova, start));
    if (end < mappingEnd) space.add(partOf(mapping, end, mappingEnd));
    onEnded?.(partOf(mapping, start, end));
  }
}

interface Queue {
  readonly space: MappingSpace;
  readonly entries: Int32Array;
  readonly next: number;
}

/** Whether the next mapping of a space was made before that of another. */
function isOlder(a: Queue, b: Queue): boolean {
  const [entryA, entryB] = [a.entries[a.next] as MappingEntry, b.entries[b.next] as MappingEntry];
  const age = a.space.sinceOf(entryA) - b.space.sinceOf(entryB);
  return age < 0 || (age === 0 && a.space.iovaOf(entryA) < b.space.iovaOf(entryB));
}

function partOf(mapping: LiveMapping, start: number, end: number): LiveMapping {
  return { ...mapping, iova: start, pa: mapping.pa + (start - mapping.iova), size: end - start };
}

/** The mapping that a removal fits exactly. */
function findExact(space: MappingSpace, removed: RemovedRange): MappingEntry {
  let entry = space.newestAt(removed.iova);
  if (entry !== NO_ENTRY && space.isAlone(entry))
    return space.sizeOf(entry) === removed.size ? entry : NO_ENTRY;
  let latest = NO_ENTRY;
  for (; entry !== NO_ENTRY; entry = space.newestAt(removed.iova, entry)) {
    if (space.sizeOf(entry) !== removed.size) continue;
    if (space.subjectOf(entry) === removed.subject) return entry;
    if (latest === NO_ENTRY) latest = entry;
  }
  return latest;
}

function choose(
  space: MappingSpace,
  covering: readonly MappingEntry[],
  subject: string | null,
): MappingEntry {
  const isOfSubject = (entry: MappingEntry) => space.subjectOf(entry) === subject;
  let best = NO_ENTRY;
  for (const entry of covering) {
    if (best === NO_ENTRY) best = entry;
    else if (isOfSubject(entry) !== isOfSubject(best)) best = isOfSubject(entry) ? entry : best;
    else if (space.sinceOf(entry) > space.sinceOf(best)) best = entry;
  }
  return best;
}
