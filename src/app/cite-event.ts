import { type BootEvent, renderEvent } from '../events/catalog.ts';
import type { BootInfo } from '../store/boot-reader.ts';
import { type ListedEvent, placeNamer } from './list-events.ts';

/** Makes listed events, with text and place, of the events of a boot. */
export function eventCiter(boot: BootInfo): (event: BootEvent) => ListedEvent {
  const placeOf = placeNamer(boot);
  return (event) => ({ event, text: renderEvent(event), place: placeOf(event.source, event.line) });
}

/** The event as `--format json` shows it, alike in all commands. */
export function citedEventData({ event, text, place }: ListedEvent): Record<string, unknown> {
  return { ...event, text, place };
}
