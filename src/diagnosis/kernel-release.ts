/** First release with the series that makes PAS work without a hypervisor (domain/02 §1). */
export const EL2_SERIES = { major: 7, minor: 0, name: '7.0' } as const;

/** Newest release whose device trees were read (domain/05). */
const NEWEST_READ = { major: 7, minor: 2, name: '7.2' } as const;

/** Whether a release is a version or newer; undefined for one that is not known. */
function isSince(
  release: string | undefined,
  version: { major: number; minor: number },
): boolean | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release ?? '') ?? [];
  if (major === undefined || minor === undefined) return undefined;
  return Number(major) > version.major || (Number(major) === version.major && Number(minor) >= version.minor);
}

/** Whether Linux of a release has the series, as it was released: a vendor may have taken it back. */
export function hasEl2Series(release: string | undefined): boolean | undefined {
  return isSince(release, EL2_SERIES);
}

/** The release of which it is known what device trees it has not: that of a boot, where it is no newer than what was read. */
export function releaseOfTrees(release: string | undefined): string {
  const isRead = isSince(release, { ...NEWEST_READ, minor: NEWEST_READ.minor + 1 }) === false;
  return isRead && release !== undefined ? release : NEWEST_READ.name;
}
