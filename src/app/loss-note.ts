import { counted } from '../base/count.ts';
import { renderEvent } from '../events/catalog.ts';
import type { BootInfo } from '../store/boot-reader.ts';
import { placeNamer } from './list-events.ts';
import type { OpenHistory } from './open-history.ts';
import { lossEventsOf } from './whole-boot.ts';

/** Where the traces of a boot lost events, up to a seq; null where nothing is known to be lost. */
export function lossNote(
  history: OpenHistory,
  boot: BootInfo,
  upTo = Number.POSITIVE_INFINITY,
): string | null {
  const placeOf = placeNamer(boot);
  let first: string | null = null;
  let count = 0;
  for (const event of lossEventsOf(history, boot)) {
    if (event.seq > upTo) break;
    count++;
    const place = placeOf(event.source, event.line);
    first ??= `${renderEvent(event)}, #${event.seq}${place === null ? '' : ` ${place}`}`;
  }
  if (first === null) return null;
  return count === 1
    ? `events are lost (${first})`
    : `events are lost at ${counted(count, 'place')} (first: ${first})`;
}
