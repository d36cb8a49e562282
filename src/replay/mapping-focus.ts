import type { BootEvent } from '../events/catalog.ts';
import type { LiveMapping, LiveMappings } from '../soc/live-mappings.ts';

/** Addresses of one space. */
export interface MappingFocus {
  readonly space: string | null;
  readonly start: number;
  /** First address behind. */
  readonly end: number;
}

/**
 * Where an event may change what is mapped, with whatever is shown as one range with that, by the mappings right before
 * it. Outside of it, the mappings after the event are those before it. Null for an event that is not about mappings.
 */
export function focusOf(event: BootEvent, mappings: LiveMappings): MappingFocus | null {
  switch (event.kind) {
    case 'mapping.created': {
      const { space, iova, size } = event.payload;
      return withJoined({ space, start: iova, end: iova + size }, mappings);
    }
    case 'mapping.removed': {
      const { space, iova, removed_size } = event.payload;
      return withJoined({ space, start: iova, end: iova + removed_size }, mappings);
    }
    default:
      return null;
  }
}

/** Adds the mappings that reach into a range or touch it, and those that go on on either side of them. */
function withJoined({ space, start, end }: MappingFocus, mappings: LiveMappings): MappingFocus {
  const joined = mappings.overlapping(space, start - 1, end + 1);
  const seen = new Set(joined.map(keyOf));
  let [first, last] = [start, end];
  // Grows as it is gone through.
  for (const mapping of joined) {
    const { iova, size } = mapping;
    first = Math.min(first, iova);
    last = Math.max(last, iova + size);
    const beside = [
      ...mappings.overlapping(space, iova - 1, iova).filter((before) => goesOn(before, mapping)),
      ...mappings.overlapping(space, iova + size, iova + size + 1).filter((after) => goesOn(mapping, after)),
    ];
    for (const neighbour of beside) {
      const key = keyOf(neighbour);
      if (seen.has(key)) continue;
      seen.add(key);
      joined.push(neighbour);
    }
  }
  return { space, start: first, end: last };
}

/** What `mergeRanges` joins, of one subject. */
function goesOn(a: LiveMapping, b: LiveMapping): boolean {
  return (
    a.iova + a.size === b.iova &&
    a.pa + a.size === b.pa &&
    a.protection === b.protection &&
    a.subject === b.subject
  );
}

/** Parts of one mapping begin at different addresses. */
function keyOf({ iova, since }: LiveMapping): string {
  return `${iova} ${since}`;
}
