import { renderEvent } from '../events/catalog.ts';
import type { BootInfo } from '../store/boot-reader.ts';
import { placeNamer } from './list-events.ts';
import { lossNote } from './loss-note.ts';
import type { OpenHistory } from './open-history.ts';

/** The event that something follows on. */
export interface DescribedMoment {
  readonly seq: number;
  readonly t_ns: number | null;
  readonly agent: string;
  readonly text: string;
  readonly place: string | null;
}

/** The same, for a state and what is read from it: alike in all commands, in `--format json` too. */
export interface StateMoment extends DescribedMoment {
  /** Where events were lost by then, that may have changed the state; null where none are known to be. */
  readonly lost: string | null;
}

/** The moment right after an event; null before the first. */
export function momentAt(history: OpenHistory, boot: BootInfo, at: number): StateMoment | null {
  const event = history.log.eventAt(boot.bootId, at);
  if (event === undefined) return null;
  const { seq, t_ns, agent, source, line } = event;
  const place = placeNamer(boot)(source, line);
  return { seq, t_ns, agent, text: renderEvent(event), place, lost: lossNote(history, boot, seq) };
}
