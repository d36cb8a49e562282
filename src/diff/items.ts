import { type BootEvent, isFailure, renderEvent } from '../events/catalog.ts';
import { renderSmcRequest, renderSmcReturn } from '../events/families/smc.ts';
import { type Canonical, canonicalCall, canonicalEvent } from './canonical.ts';
import { laneOf } from './lane.ts';
import { ObligationTracker } from './obligation-tracker.ts';
import type { StartDuties } from './obligations.ts';
import { Regions } from './regions.ts';

/** What is compared: an event, or a call together with its return. */
export interface DiffItem {
  readonly lane: string;
  readonly seq: number;
  readonly t_ns: number | null;
  /** One line for people, with this boot's own addresses and numbers. */
  readonly text: string;
  readonly kind: string;
  readonly canonical: Canonical;
  /** Tells of something that went wrong: an error result, a failed state, a fault. */
  readonly failed: boolean;
  /** Where it was read: several places when several sources tell the same. */
  readonly places: readonly Place[];
}

export interface Place {
  readonly source: number;
  readonly line: number;
}

type Requested = Extract<BootEvent, { kind: 'smc.requested' }>;
type Returned = Extract<BootEvent, { kind: 'smc.returned' }>;

/** Families whose events follow from a returned call: the call itself is what is compared. */
const EXPLAINS_CALL = /^(?:pas|shm_bridge)\./;

/**
 * The items of a boot, lane by lane, in the order of the log. `events` is called twice: addresses can only be
 * judged once all regions are known.
 */
export function collectItems(events: () => Iterable<BootEvent>): BootItems {
  const regions = new Regions();
  for (const event of events()) regions.learn(event);
  const collector = new Collector(regions);
  const tracker = new ObligationTracker();
  for (const event of events()) {
    collector.take(event);
    tracker.take(event);
  }
  return { lanes: collector.finish(), starts: tracker.finish() };
}

export interface BootItems {
  readonly lanes: ReadonlyMap<string, DiffItem[]>;
  readonly starts: readonly StartDuties[];
}

class Collector {
  private readonly regions: Regions;
  private readonly lanes = new Map<string, DiffItem[]>();
  /** Calls that have not returned yet, with the item that keeps their place. */
  private readonly open = new Map<number, { request: Requested; lane: string; index: number }>();
  private readonly returns = new Set<number>();

  constructor(regions: Regions) {
    this.regions = regions;
  }

  take(event: BootEvent): void {
    if (event.kind === 'smc.requested') {
      this.takeRequest(event);
    } else if (event.kind === 'smc.returned') {
      this.takeReturn(event);
    } else if (EXPLAINS_CALL.test(event.kind) && event.cause !== null && this.returns.has(event.cause)) {
      // Told already by the call.
    } else {
      this.add(event, canonicalEvent(event, this.regions), renderEvent(event) + byWhom(event));
    }
  }

  finish(): Map<string, DiffItem[]> {
    return this.lanes;
  }

  private takeRequest(event: Requested): void {
    // A re-issue after INTERRUPTED is the same call going on.
    if (event.cause !== null && this.open.has(event.cause)) return;
    const lane = laneOf(event) ?? 'scm';
    const index = this.add(
      event,
      canonicalCall(event, undefined, this.regions),
      `${renderSmcRequest(event.payload)} -> no answer${byWhom(event)}`,
    );
    this.open.set(event.seq, { request: event, lane, index });
  }

  private takeReturn(event: Returned): void {
    this.returns.add(event.seq);
    const call = event.cause === null ? undefined : this.open.get(event.cause);
    if (call === undefined) {
      this.add(event, canonicalEvent(event, this.regions), renderEvent(event));
      return;
    }
    this.open.delete(call.request.seq);
    const items = this.lanes.get(call.lane) as DiffItem[];
    const item = items[call.index] as DiffItem;
    items[call.index] = {
      ...item,
      canonical: canonicalCall(call.request, event, this.regions),
      text: `${renderSmcRequest(call.request.payload)} ${renderSmcReturn(event.payload)}${byWhom(call.request)}`,
      failed: isFailure(event),
      places: [...item.places, ...placesOf(event)],
    };
  }

  /** Returns the item's index in its lane. */
  private add(event: BootEvent, canonical: Canonical, text: string): number {
    const lane = laneOf(event);
    if (lane === undefined) return -1;
    let items = this.lanes.get(lane);
    if (items === undefined) {
      items = [];
      this.lanes.set(lane, items);
    }
    const last = items.at(-1);
    if (last !== undefined && isSecondWitness(last, event, canonical)) {
      items[items.length - 1] = { ...last, places: [...last.places, ...placesOf(event)] };
      return items.length - 1;
    }
    items.push({
      lane,
      seq: event.seq,
      t_ns: event.t_ns,
      text,
      kind: event.kind,
      canonical,
      failed: isFailure(event),
      places: placesOf(event),
    });
    return items.length - 1;
  }
}

/** What the hypervisor does in Linux's place is said to be its doing: that is what boots differ in. */
function byWhom(event: BootEvent): string {
  return event.agent === 'hypervisor' ? ', by the hypervisor' : '';
}

/** The same fact from another source: a tracepoint and a log line that tell of one thing. */
function isSecondWitness(item: DiffItem, event: BootEvent, canonical: Canonical): boolean {
  const isSame = item.canonical.identity === canonical.identity && item.canonical.value === canonical.value;
  // A simulated boot has no sources; what its log says of a device that joined a group, the tracepoint just said.
  if (isSame && event.source === null) return event.kind === 'smmu.group_added' && event.cause !== null;
  return (
    isSame &&
    event.source !== null &&
    item.places.length > 0 &&
    item.places.every((place) => place.source !== event.source)
  );
}

function placesOf(event: BootEvent): Place[] {
  return event.source === null || event.line === null ? [] : [{ source: event.source, line: event.line }];
}
