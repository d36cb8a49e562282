/** `one (0x…--0x…) overlaps with other (0x…--0x…)`: second line of a message (drivers/of/of_reserved_mem.c __rmem_check_for_overlap). */
const OVERLAP =
  /^(?:OF: reserved mem: )?(?<region>\S+) \(0x[0-9a-f]+--0x[0-9a-f]+\) overlaps with (?<other>\S+ \(0x[0-9a-f]+--0x[0-9a-f]+\))$/;

/** Which regions overlap; undefined for any other line. */
export function readRegionOverlap(text: string): { region: string; detail: string } | undefined {
  const told = OVERLAP.exec(text)?.groups;
  if (told === undefined) return undefined;
  return { region: told['region'] ?? '', detail: `overlaps with ${told['other']}` };
}
