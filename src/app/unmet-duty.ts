import { counted } from '../base/count.ts';
import { listed } from '../base/listed.ts';
import { renderBinarySize } from '../base/size.ts';
import { hex } from '../base/word.ts';
import type { Comparison } from '../diff/compare.ts';
import type { DeviceMemory, ObligationRow, Performance } from '../diff/obligations.ts';

type Side = 'a' | 'b';

/** A duty that one boot met and the other did not, or met for less memory: what is not there is no step to show. */
interface Unmet {
  readonly processor: string;
  readonly start: number;
  readonly row: ObligationRow;
  /** The side that lacks it. */
  readonly in: Side;
}

/**
 * The first duty that somebody met on one side and nobody on the other, as a sentence, and of which processors it is true
 * as well; null where there is none.
 */
export function unmetDuty({ obligations }: Comparison): string | null {
  const unmet = obligations.flatMap(({ processor, start, rows }) =>
    rows.flatMap((row) => sidesThatLack(row).map((side): Unmet => ({ processor, start, row, in: side }))),
  );
  const [first] = unmet.sort((x, y) => (x.row[x.in]?.seq ?? 0) - (y.row[y.in]?.seq ?? 0));
  if (first === undefined) return null;
  const alike = unmet.filter(
    ({ processor, start, row, in: side }) =>
      processor !== first.processor &&
      start === first.start &&
      side === first.in &&
      row.title === first.row.title &&
      row.onlyIn[other(side)].length === 0 &&
      first.row.onlyIn[other(side)].length === 0,
  );
  const others = [...new Set(alike.map(({ processor }) => processor))].sort();
  return sentenceOf(first) + (others.length === 0 ? '' : ` The same goes for ${listed(others)}.`);
}

function sidesThatLack({ unmetIn, onlyIn, a, b }: ObligationRow): Side[] {
  if (unmetIn === 'b' && isMet(a)) return ['b'];
  if (unmetIn === 'a' && isMet(b)) return ['a'];
  return (['a', 'b'] as const).filter((side) => onlyIn[other(side)].length > 0);
}

function isMet(performance: Performance | null): boolean {
  return performance !== null && ['linux', 'hypervisor', 'trustzone'].includes(performance.by);
}

function other(side: Side): Side {
  return side === 'a' ? 'b' : 'a';
}

function sentenceOf({ processor, start, row, in: side }: Unmet): string {
  const [letter, otherLetter] = side === 'a' ? ['A', 'B'] : ['B', 'A'];
  const [missed, met] = [row[side], row[other(side)]];
  const which = `${processor}${start === 1 ? '' : ` start ${start}`}`;
  const inOther = (seq: number | null | undefined) =>
    `in ${otherLetter} ${met?.by} did, at ${otherLetter}#${seq}`;
  const memory = row.onlyIn[other(side)];
  if (memory.length > 0) {
    const [named = memory[0]] = memory.filter(({ region }) => region !== null);
    const more = memory.length === 1 ? '' : ` and ${counted(memory.length - 1, 'region')} more`;
    const counts = `${letter} has ${missed?.note} regions mapped beside the firmware, ${otherLetter} ${met?.note}.`;
    // Whether memory without a name should be mapped, neither boot tells.
    return named?.region == null
      ? `Only ${otherLetter} has ${describeDeviceMemory(named)}${more} mapped for ${which}, by ${met?.by} at ${otherLetter}#${named?.seq}. ${counts}`
      : `In ${letter} nobody mapped ${describeDeviceMemory(named)}${more} for ${which}; ${inOther(named.seq)}. ${counts}`;
  }
  const reason = missed === null || missed.note === null ? '' : ` (${reasonOf(missed.note, row.title)})`;
  return `In ${letter} nobody met "${row.title}" of ${which}${reason}, at ${letter}#${missed?.seq}; ${inOther(met?.seq)}.`;
}

/** The step that failed is called like the duty. */
function reasonOf(note: string, title: string): string {
  const step = title.replaceAll(' ', '-');
  return note === step || note.startsWith(`${step},`) ? note.replace(step, 'failed') : note;
}

/** `smem@90900000 (0x90900000 + 2 MiB)`. */
export function describeDeviceMemory(memory: DeviceMemory | undefined): string {
  if (memory === undefined) return 'nothing';
  const { iova, size, region } = memory;
  const range = `${hex(iova)} + ${renderBinarySize(size)}`;
  return region === null ? range : `${region} (${range})`;
}
