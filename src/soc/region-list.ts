import { assert } from '../base/assert.ts';
import type { RegionDescription } from './description.ts';

const LINE = /^(\S+@([0-9a-f]+)) (?:(0x[0-9a-f]+)\+)?(0x[0-9a-f]+)$/;

/**
 * The no-map regions written as lines of `node@address size`, in the order of the lines. A node whose unit address
 * is not where its region begins has `base+size` instead of the size.
 */
export function parseRegionList(text: string): RegionDescription[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(parseLine);
}

function parseLine(line: string): RegionDescription {
  const [, name, unitAddress, base, size] = LINE.exec(line) ?? [];
  assert(name !== undefined, `no reserved region: ${line}`);
  return { name, pa: Number(base ?? `0x${unitAddress}`), size: Number(size), noMap: true };
}
