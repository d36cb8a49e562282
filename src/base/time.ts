/**
 * Times are integers: nanoseconds since the boot's zero, in a number.
 * 2^53 ns are 104 days, far beyond any boot.
 */
export const NS_PER_SECOND = 1_000_000_000;

/** `[    2.850021]`, as the kernel prints it; digits below a microsecond follow only when there are any. */
export function renderTime(tNs: number | null): string {
  if (tNs === null) return '[     ?      ]';
  return `[${renderSeconds(tNs).padStart(12)}]`;
}

/** `2.850021`, without brackets or padding. */
export function renderSeconds(tNs: number): string {
  const sign = tNs < 0 ? '-' : '';
  const magnitude = Math.abs(tNs);
  const seconds = Math.floor(magnitude / NS_PER_SECOND);
  const ns = magnitude % NS_PER_SECOND;
  const fraction =
    ns % 1000 === 0 ? String(ns / 1000).padStart(6, '0') : String(ns).padStart(9, '0');
  return `${sign}${seconds}.${fraction}`;
}

/** A length of time in the unit that reads best: `37 us`, `4.85 ms`, `1.2 s`. */
export function renderDuration(ns: number): string {
  const magnitude = Math.abs(ns);
  if (magnitude < 1000) return `${ns} ns`;
  if (magnitude < 1_000_000) return `${trim(ns / 1000)} us`;
  if (magnitude < NS_PER_SECOND) return `${trim(ns / 1_000_000)} ms`;
  return `${trim(ns / NS_PER_SECOND)} s`;
}

function trim(value: number): string {
  return Number(value.toPrecision(3)).toString();
}
