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
