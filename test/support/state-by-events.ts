import { applyEvent, type BootEvent } from '../../src/events/catalog.ts';
import { initialSocState, type SocState } from '../../src/soc/soc-state.ts';

/** The state right after an event, by applying events one by one: the way that each faster one has to agree with. */
export function stateByEvents(events: Iterable<BootEvent>, seq: number): SocState {
  const state = initialSocState();
  let last = 0;
  for (const event of events) {
    if (event.seq > seq) break;
    applyEvent(state, event);
    last = event.seq;
  }
  if (last !== seq) throw new Error(`there is no event ${seq}`);
  return state;
}
