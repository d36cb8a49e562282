import type { StreamDescription } from './description.ts';

/** Whether some stream id matches both entries, which an SMMU must not have (arm_smmu_find_sme). */
export function streamsIntersect(a: StreamDescription, b: StreamDescription): boolean {
  return ((a.streamId ^ b.streamId) & ~(a.mask | b.mask)) === 0;
}

/**
 * Streams of FastRPC compute context banks: for each offset, in turn, a stream at each base.
 * `bankStreams([3, 4], [0x1000, 0x80], [0x1060, 0])` is 0x1003, 0x1063, 0x1004, 0x1064.
 */
export function bankStreams(
  offsets: readonly number[],
  ...bases: readonly (readonly [streamId: number, mask: number])[]
): StreamDescription[] {
  return offsets.flatMap((offset) => bases.map(([base, mask]) => ({ streamId: base + offset, mask })));
}
