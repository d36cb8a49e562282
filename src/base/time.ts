/**
 * Times are integers: nanoseconds since the boot's zero, in a number.
 * 2^53 ns are 104 days, far beyond any boot.
 */
const NS_PER_SECOND = 1_000_000_000;

/** `[    2.850021]`, as the kernel prints it; digits below a microsecond follow only when there are any. */
export function renderTime(tNs: number | null): string {
  if (tNs === null) return '[     ?      ]';
  return `[${renderSeconds(tNs).padStart(12)}]`;
}

/** `    2.850021`, as the kernel's own `%5lu.%06lu`: what is below a microsecond is cut off. */
export function renderKernelSeconds(tNs: number): string {
  const us = Math.floor(tNs / 1000);
  const seconds = String(Math.floor(us / 1_000_000)).padStart(5);
  return `${seconds}.${String(us % 1_000_000).padStart(6, '0')}`;
}

/** `2.850021`, without brackets or padding. */
function renderSeconds(tNs: number): string {
  const sign = tNs < 0 ? '-' : '';
  const magnitude = Math.abs(tNs);
  const seconds = Math.floor(magnitude / NS_PER_SECOND);
  const ns = magnitude % NS_PER_SECOND;
  const fraction = ns % 1000 === 0 ? String(ns / 1000).padStart(6, '0') : String(ns).padStart(9, '0');
  return `${sign}${seconds}.${fraction}`;
}
