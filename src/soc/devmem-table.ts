import { assert } from '../base/assert.ts';
import type { DevmemDescription } from './description.ts';

/** Bits of IOMMU_READ and IOMMU_WRITE, which are all that TrustZone's tables use. */
const FLAGS: Readonly<Record<string, number>> = { R: 1, W: 2, RW: 3 };

const LINE = /^(\S+) (0x[0-9a-f]+)\+(0x[0-9a-f]+) (RW|R|W)$/;

/** What `name[32]` of an entry holds before its terminating zero. */
const NAME_LENGTH_MAX = 31;

/** The entries of a table written as lines of `name base+size permissions`, in the order of the lines. */
export function parseDevmemTable(text: string): DevmemDescription[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(parseLine);
}

function parseLine(line: string): DevmemDescription {
  const [, name = '', pa, size, permissions = ''] = LINE.exec(line) ?? [];
  const flags = FLAGS[permissions];
  assert(flags !== undefined, `no entry of a resource table: ${line}`);
  assert(name.length <= NAME_LENGTH_MAX, `longer than the name of an entry may be: ${name}`);
  return { name, pa: Number(pa), size: Number(size), flags };
}
