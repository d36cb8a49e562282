import { isDeepStrictEqual } from 'node:util';
import type { SocState } from '../../src/soc/soc-state.ts';

/** Parts of the state that two states do not have alike. */
export function stateDifference(a: SocState, b: SocState): (keyof SocState)[] {
  const parts = Object.keys(a) as (keyof SocState)[];
  return parts.filter((part) => !isSame(part, a, b));
}

function isSame(part: keyof SocState, a: SocState, b: SocState): boolean {
  switch (part) {
    case 'tableMemory':
      return a.tableMemory.equals(b.tableMemory);
    case 'mappings':
      // What is kept to be used again is no part of what is mapped.
      return isDeepStrictEqual([...a.mappings], [...b.mappings]);
    default:
      return isDeepStrictEqual(a[part], b[part]);
  }
}
