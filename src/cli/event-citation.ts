import type { ListedEvent } from '../app/list-events.ts';
import { renderTime } from '../base/time.ts';

/** `#210 [    1.961587507] linux dmesg.txt:97`: which event, when, who, where it was read; `unknown` for none. */
export function citeEvent(listed: ListedEvent | null): string {
  if (listed === null) return 'by nobody who is known';
  const { event, place } = listed;
  return `#${event.seq} ${renderTime(event.t_ns)} ${event.agent}${place === null ? '' : ` ${place}`}`;
}
