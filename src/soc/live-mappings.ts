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

/** A removal, by what it says of itself. */
export interface RemovedRange {
  readonly space: string | null;
  readonly subject: string | null;
  readonly iova: number;
  readonly size: number;
}

/** Told of each mapping that ends, or of the part of it that does. */
export type OnMappingEnded = (ended: LiveMapping) => void;

type Entry = { -readonly [Field in keyof LiveMapping]: LiveMapping[Field] } & {
  isLive: boolean;
  /** Another one at the same first address, made earlier. */
  older: Entry | undefined;
};

interface Space {
  /** The latest mapping at each first address, by {@link keyOf}. */
  readonly newest: Map<number, Entry>;
  readonly ranges: RangeIndex<Entry>;
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
  private readonly spaces = new Map<string | null, Space>();
  /** Entries to be used again: a boot maps and unmaps far more often than it holds mappings. */
  private readonly spare: Entry[] = [];
  private liveCount = 0;

  get size(): number {
    return this.liveCount;
  }

  /** Adds a mapping. A size of 0, which a failed iommu_map leaves behind, maps nothing. */
  create(mapping: LiveMapping, onEnded?: OnMappingEnded): void {
    if (mapping.size <= 0) return;
    const space = this.spaceOf(mapping.space);
    const before = space.newest.get(keyOf(mapping.iova));
    // A known space has one meaning for an address: what began there is gone, although no event said so. To look
    // for every other overlap would cost each mapping a search, for a log that lost a removal.
    if (before !== undefined && mapping.space !== null) this.removeRange(space, mapping, onEnded);
    this.add(space, mapping);
  }

  /** Ends what is mapped in a range, as far as it is known. */
  remove(removed: RemovedRange, onEnded?: OnMappingEnded): void {
    if (removed.size <= 0) return;
    const space = this.spaces.get(removed.space);
    if (space === undefined) return;
    const exact = findExact(space, removed);
    if (exact === undefined) {
      this.removeRange(space, removed, onEnded);
    } else {
      this.end(space, exact);
      onEnded?.(exact);
    }
  }

  /** The live mappings, in the order in which they were made. */
  *[Symbol.iterator](): Generator<LiveMapping> {
    const all: Entry[] = [];
    for (const { newest } of this.spaces.values()) {
      for (const first of newest.values()) {
        for (let entry: Entry | undefined = first; entry !== undefined; entry = entry.older) all.push(entry);
      }
    }
    all.sort((a, b) => a.since - b.since || a.iova - b.iova);
    for (const entry of all) yield mappingOf(entry);
  }

  private spaceOf(name: string | null): Space {
    let space = this.spaces.get(name);
    if (space === undefined) {
      space = { newest: new Map(), ranges: new RangeIndex((entry) => void this.spare.push(entry)) };
      this.spaces.set(name, space);
    }
    return space;
  }

  private add(space: Space, mapping: LiveMapping): void {
    const key = keyOf(mapping.iova);
    let newer: Entry | undefined;
    let older = space.newest.get(key);
    // What a removal left of a mapping is no younger than the mapping was.
    while (older !== undefined && older.since > mapping.since) {
      newer = older;
      older = older.older;
    }
    const entry = this.entryOf(mapping);
    entry.older = older;
    if (newer === undefined) space.newest.set(key, entry);
    else newer.older = entry;
    space.ranges.add(entry);
    this.liveCount++;
  }

  private entryOf(mapping: LiveMapping): Entry {
    const { space, subject, iova, pa, size, protection, since, since_t_ns } = mapping;
    const entry = this.spare.pop();
    if (entry === undefined) {
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
    }
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

  private end(space: Space, entry: Entry): void {
    entry.isLive = false;
    this.liveCount--;
    space.ranges.noteEnd();
    const key = keyOf(entry.iova);
    const newest = space.newest.get(key);
    if (newest === entry) {
      if (entry.older === undefined) space.newest.delete(key);
      else space.newest.set(key, entry.older);
      return;
    }
    let newer = newest;
    while (newer !== undefined && newer.older !== entry) newer = newer.older;
    if (newer !== undefined) newer.older = entry.older;
  }

  /** Goes through a range from its start, ending at each address one mapping that covers it. */
  private removeRange(space: Space, removed: RemovedRange, onEnded: OnMappingEnded | undefined): void {
    const end = removed.iova + removed.size;
    const candidates = space.ranges.overlapping(removed.iova, end);
    let covering: Entry[] = [];
    let next = 0;
    let position = removed.iova;
    while (position < end) {
      const at = position;
      for (
        let candidate = candidates[next];
        candidate !== undefined && candidate.iova <= at;
        candidate = candidates[next]
      ) {
        covering.push(candidate);
        next++;
      }
      covering = covering.filter((candidate) => candidate.iova + candidate.size > at);
      const chosen = choose(covering, removed.subject);
      if (chosen === undefined) {
        position = candidates[next]?.iova ?? end;
      } else {
        position = Math.min(chosen.iova + chosen.size, end);
        covering.splice(covering.indexOf(chosen), 1);
        this.endPart(space, chosen, at, position, onEnded);
      }
    }
  }

  private endPart(
    space: Space,
    entry: Entry,
    start: number,
    end: number,
    onEnded: OnMappingEnded | undefined,
  ): void {
    const entryEnd = entry.iova + entry.size;
    // Taken beforehand: an entry that has ended may be the next one to be used again.
    const ended = partOf(entry, start, end);
    const left = entry.iova < start ? [partOf(entry, entry.iova, start)] : [];
    const right = end < entryEnd ? [partOf(entry, end, entryEnd)] : [];
    this.end(space, entry);
    for (const rest of [...left, ...right]) this.add(space, rest);
    onEnded?.(ended);
  }
}

/** The address in pages, which is exact, and a small integer where it is whole: a map finds those faster. */
function keyOf(iova: number): number {
  return iova / 4096;
}

function mappingOf(entry: Entry): LiveMapping {
  return partOf(entry, entry.iova, entry.iova + entry.size);
}

function partOf(entry: LiveMapping, start: number, end: number): LiveMapping {
  const { space, subject, protection, since, since_t_ns } = entry;
  return {
    space,
    subject,
    iova: start,
    pa: entry.pa + (start - entry.iova),
    size: end - start,
    protection,
    since,
    since_t_ns,
  };
}

/** The mapping that a removal fits exactly. */
function findExact(space: Space, removed: RemovedRange): Entry | undefined {
  const newest = space.newest.get(keyOf(removed.iova));
  if (newest === undefined) return undefined;
  if (newest.older === undefined) return newest.size === removed.size ? newest : undefined;
  let latest: Entry | undefined;
  for (let entry: Entry | undefined = newest; entry !== undefined; entry = entry.older) {
    if (entry.size !== removed.size) continue;
    if (entry.subject === removed.subject) return entry;
    latest ??= entry;
  }
  return latest;
}

function choose(covering: readonly Entry[], subject: string | null): Entry | undefined {
  let best: Entry | undefined;
  for (const entry of covering) {
    if (best === undefined) best = entry;
    else if ((entry.subject === subject) !== (best.subject === subject))
      best = entry.subject === subject ? entry : best;
    else if (entry.since > best.since) best = entry;
  }
  return best;
}
