/** Streams that a stream-match register (SMR) of an SMMUv2 takes: bits set in `mask` are not compared. */
export interface StreamMatch {
  readonly stream_id: number;
  readonly mask: number;
}

const EINVAL = -22;
const ENOSPC = -28;

/** Whether a stream-match register takes a stream: (sid ^ id) & ~mask == 0. */
export function matchesStream(match: StreamMatch, streamId: number): boolean {
  return ((streamId ^ match.stream_id) & ~match.mask) === 0;
}

/** Whether every stream that `inner` takes, `outer` takes as well. */
export function containsStreams(outer: StreamMatch, inner: StreamMatch): boolean {
  return (inner.mask & outer.mask) === inner.mask && matchesStream(outer, inner.stream_id);
}

/** Whether there is a stream that both take. */
export function overlapsStreams(a: StreamMatch, b: StreamMatch): boolean {
  return ((a.stream_id ^ b.stream_id) & ~(a.mask | b.mask)) === 0;
}

/**
 * Index of the stream-match register for a stream and mask (arm_smmu_find_sme): one that takes all of it is shared,
 * else the first free one; -EINVAL when another takes a part of it, -ENOSPC when none is free. Null is a free one.
 */
export function findStreamMatchEntry(entries: readonly (StreamMatch | null)[], wanted: StreamMatch): number {
  let free = ENOSPC;
  for (const [index, entry] of entries.entries()) {
    if (entry === null) {
      if (free < 0) free = index;
    } else if (containsStreams(entry, wanted)) {
      return index;
    } else if (overlapsStreams(entry, wanted)) {
      return EINVAL;
    }
  }
  return free;
}
