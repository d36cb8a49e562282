import { counted } from './count.ts';
import { hex } from './word.ts';

/**
 * A size of memory: hexadecimal, as device trees and the arguments of calls have it. Always exact, of one form
 * whatever it is divisible by, and easily added to the address that it goes with.
 */
export function renderSize(bytes: number): string {
  return hex(bytes);
}

/** A size of a file, as `wc -c` and the kernel's own messages have it. */
export function renderFileSize(bytes: number): string {
  return counted(bytes, 'byte');
}

const BINARY_UNITS = [
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
] as const;

/** The size of a range whose ends say it exactly already: `30 MiB`, `0x29000` as `164 KiB`; always exact. */
export function renderBinarySize(bytes: number): string {
  const unit = BINARY_UNITS.find(([, size]) => bytes >= size && bytes % size === 0);
  return unit === undefined ? counted(bytes, 'byte') : `${bytes / unit[1]} ${unit[0]}`;
}
