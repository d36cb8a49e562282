import { assert } from '../base/assert.ts';
import { applyEvent, type BootEvent } from '../events/catalog.ts';
import { initialSocState, type SocState } from '../soc/soc-state.ts';

/** The state of a SoC as a boot goes on: one state, which each event changes in place. */
export class Replay {
  readonly state: SocState = initialSocState();
  private readonly events: Iterator<BootEvent>;
  private last: BootEvent | undefined;

  constructor(events: Iterable<BootEvent>) {
    this.events = events[Symbol.iterator]();
  }

  /** Goes on until right after an event, and returns it. There is no way back. */
  advanceTo(seq: number): BootEvent {
    assert(
      this.last === undefined || this.last.seq <= seq,
      `a replay that passed event ${seq} cannot go back`,
    );
    while (this.last === undefined || this.last.seq < seq) {
      const next = this.events.next();
      if (next.done === true) break;
      applyEvent(this.state, next.value);
      this.last = next.value;
    }
    assert(this.last?.seq === seq, `the boot has no event ${seq}`);
    return this.last;
  }
}

/** The state right after an event. */
export function stateAt(events: Iterable<BootEvent>, seq: number): SocState {
  const replay = new Replay(events);
  replay.advanceTo(seq);
  return replay.state;
}
