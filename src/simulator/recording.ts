import { applyEvent, type BootEvent, type Kind, type PayloadOf } from '../events/catalog.ts';
import { initialSocState, type SocState } from '../soc/soc-state.ts';
import type { Scheduler } from './scheduler.ts';

/** Takes the events of a simulation, in order. */
export type EventListener = (event: BootEvent) => void;

/** Who did it, about whom, and because of what. */
export interface About {
  readonly agent: string;
  readonly subject?: string | null;
  readonly cause?: number | null;
  /** Task that it is recorded with; the one that runs when left out. */
  readonly context?: string | null;
}

/**
 * The only way in which anything happens in a simulation: an event is made, applied to the state that all agents
 * see, and handed on to whoever records it. The reducer is the same that replays a recording.
 */
export class Recording {
  readonly state: SocState = initialSocState();
  private readonly scheduler: Scheduler;
  private readonly listener: EventListener;
  private seq = 0;

  constructor(scheduler: Scheduler, listener: EventListener) {
    this.scheduler = scheduler;
    this.listener = listener;
  }

  /** Events so far. */
  get count(): number {
    return this.seq;
  }

  /** Makes an event of the present moment and of the task that runs. Returns its seq. */
  emit<K extends Kind>(kind: K, about: About, payload: PayloadOf<K>): number {
    const { scheduler } = this;
    const seq = ++this.seq;
    const event = {
      seq,
      t_ns: scheduler.now,
      agent: about.agent,
      subject: about.subject ?? null,
      cause: about.cause ?? null,
      context: about.context === undefined ? scheduler.current.context : about.context,
      source: null,
      line: null,
      kind,
      payload,
    } as unknown as BootEvent;
    applyEvent(this.state, event);
    this.listener(event);
    return seq;
  }
}
