import type { BootEvent } from '../../src/events/catalog.ts';
import { printEvents } from '../../test/support/carried-events.ts';
import { parseText } from '../../test/support/parse-text.ts';

export const VIEW_NAMES = ['all events', 'kernel log'] as const;

export type ViewName = (typeof VIEW_NAMES)[number];

/** A boot as whoever has to judge it gets it: all that happened, or what is left of it in the kernel log. */
export const VIEWS: Readonly<Record<ViewName, (events: readonly BootEvent[]) => readonly BootEvent[]>> = {
  'all events': (events) => events,
  'kernel log': (events) => parseText('dmesg', kernelLogOf(events)),
};

export function kernelLogOf(events: readonly BootEvent[]): string {
  return printEvents('dmesg', events);
}

/** `part` of `whole` in percent. */
export function share(part: number, whole: number): string {
  return whole === 0 ? '' : ` (${((100 * part) / whole).toFixed(1)} %)`;
}
