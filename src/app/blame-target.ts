import { closestNames } from '../base/closest.ts';
import { InputError } from '../base/input-error.ts';
import type { BootEvent } from '../events/catalog.ts';
import { BLAME_KINDS, blame, lastOfEach, type Touch } from '../replay/blame.ts';
import { type BlameTarget, contextBankEventsOf, STREAM_KINDS } from '../replay/blame-target.ts';
import type { BootInfo } from '../store/boot-reader.ts';
import { eventCiter } from './cite-event.ts';
import { findMoment } from './find-moment.ts';
import type { ListedEvent } from './list-events.ts';
import { type OpenHistory, openHistory } from './open-history.ts';
import { momentAt, type StateMoment } from './state-moment.ts';

/** What is asked for, as a user names it. */
export type WantedTarget =
  | { readonly type: 'pa'; readonly address: number }
  | {
      readonly type: 'iova';
      readonly address: number;
      readonly subject: string | null;
      readonly space: string | null;
    }
  | { readonly type: 'region'; readonly name: string }
  | { readonly type: 'bridge'; readonly handle: bigint }
  | { readonly type: 'subject'; readonly name: string }
  | { readonly type: 'stream'; readonly streamId: number };

export interface BlameRequest {
  readonly file: string;
  readonly boot?: string | undefined;
  readonly at?: string | undefined;
  readonly target: WantedTarget;
  /** All that touched it, not only the last of each way. */
  readonly wantsAll: boolean;
}

export interface Blame {
  /** The last event that counts; null before the first. */
  readonly at: StateMoment | null;
  readonly target: BlameTarget;
  readonly touches: readonly { readonly touch: Touch; readonly listed: ListedEvent }[];
}

/** Who did what to something, up to a moment. */
export function blameFor(request: BlameRequest): Blame {
  const history = openHistory(request.file);
  try {
    const boot = history.chooseBoot(request.boot);
    const at = findMoment(history, boot, request.at);
    const target = resolveTarget(request.target, history, boot, at);
    const bankEvents = bankEventsFor(target, request.wantsAll, history, boot, at);
    const found = blame(eventsUpTo(history, boot, at, BLAME_KINDS), target, bankEvents);
    const cite = eventCiter(boot);
    const touches = (request.wantsAll ? [...found] : lastOfEach(found)).map(({ touch, event }) => ({
      touch,
      listed: cite(event),
    }));
    return { at: momentAt(history, boot, at), target, touches };
  } finally {
    history.close();
  }
}

/** For a stream, the events of its context banks: see {@link contextBankEventsOf}. */
export function bankEventsFor(
  target: BlameTarget,
  wantsAll: boolean,
  history: OpenHistory,
  boot: BootInfo,
  at: number,
): ReadonlySet<number> {
  if (target.type !== 'stream') return new Set();
  const events = eventsUpTo(history, boot, at, new Set(STREAM_KINDS));
  const { ever, current } = contextBankEventsOf(target.streamId, events);
  return wantsAll ? ever : current;
}

function* eventsUpTo(
  history: OpenHistory,
  boot: BootInfo,
  seq: number,
  kinds: ReadonlySet<string>,
): Generator<BootEvent> {
  for (const event of history.log.eventsOfKinds(boot.bootId, kinds)) {
    if (event.seq > seq) return;
    yield event;
  }
}

/** The target that a user means, by what the events up to a moment tell. */
export function resolveTarget(
  wanted: WantedTarget,
  history: OpenHistory,
  boot: BootInfo,
  at: number,
): BlameTarget {
  switch (wanted.type) {
    case 'pa':
      return { type: 'pa', range: { start: wanted.address, size: 1 } };
    case 'iova': {
      const { address, subject, space } = wanted;
      return { type: 'iova', range: { start: address, size: 1 }, subject, space };
    }
    case 'region':
      return findRegion(wanted.name, eventsUpTo(history, boot, at, new Set(['memory.region_reserved'])));
    default:
      return wanted;
  }
}

/** A region by the name of its node, `pil-adsp@95900000`, or by what stands before the `@` where that is only one. */
function findRegion(name: string, events: Iterable<BootEvent>): BlameTarget {
  const regions = new Map<string, { readonly start: number; readonly size: number }>();
  for (const event of events) {
    if (event.kind !== 'memory.region_reserved') continue;
    regions.set(event.payload.name, { start: event.payload.pa, size: event.payload.size });
  }
  const names = [...regions.keys()].filter(
    (region) => region === name || region.slice(0, region.indexOf('@')) === name,
  );
  const [found, other] = names;
  const range = found === undefined ? undefined : regions.get(found);
  if (found !== undefined && range !== undefined && other === undefined)
    return { type: 'region', name: found, range };
  if (found !== undefined)
    throw new InputError(`${names.length} regions are called ${name}: ${names.join(', ')}`);
  const near = closestNames(name, regions.keys(), 5);
  throw new InputError(
    `no reserved region is called ${name}${near.length === 0 ? ': no event tells of any' : `; there are ${near.join(', ')}`}`,
  );
}
