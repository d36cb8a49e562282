import type { DeviceMemory, Doer, Duty, Performance } from './obligations.ts';

/** A range of physical memory. */
export interface Range {
  readonly pa: number;
  readonly size: number;
}

/** A bridge or a mapping that stands, who made it, and with which event. */
export interface Held extends Range {
  readonly by: Doer;
  readonly seq: number;
}

/** A call about a peripheral that has not come back. */
export interface OpenCall {
  readonly name: string;
  readonly agent: Doer;
  readonly pasId: number | null;
  readonly processor: string | null;
  readonly seq: number;
  /** Where the metadata lies, of PAS_INIT_IMAGE. */
  readonly metadata: number | null;
  /** What made that metadata readable. */
  bridge: Held | null;
}

export interface Start {
  readonly processor: string;
  readonly number: number;
  /** `ending` once it was shut down, has crashed or failed: what comes then belongs to the next start. */
  phase: 'preparing' | 'up' | 'ending';
  readonly told: Map<Duty, Performance>;
  /** Firmware memory by PAS id; a processor with a device tree of its own has two. */
  readonly images: Map<number, Range>;
  tableEntries: number | null;
  devmem: readonly DeviceMemory[] | null;
  hasCalls: boolean;
  /** The first thing that the trace tells at all is a call in the middle of this start. */
  isBegunUnseen: boolean;
  /** The log says that it was stopped, and the trace shows no call that did it. */
  isStoppedUnseen: boolean;
  /** Firmware memory that was mapped when it was authenticated, and what unmapped it. */
  carveout: Held | null;
  unmapped: { by: Doer; seq: number } | null;
  endedAt: number | null;
}

/** A start of which nothing is told yet. */
export function newStart(processor: string, number: number): Start {
  return {
    processor,
    number,
    phase: 'preparing',
    told: new Map(),
    images: new Map(),
    tableEntries: null,
    devmem: null,
    hasCalls: false,
    isBegunUnseen: false,
    isStoppedUnseen: false,
    carveout: null,
    unmapped: null,
    endedAt: null,
  };
}

/** Clients of the PAS that are no remote processors: nothing of theirs is mapped for a core behind a stream of ours. */
export const WITHOUT_STREAM: ReadonlySet<string> = new Set(['video', 'gpu-zap']);

const PEOPLE: ReadonlySet<string> = new Set(['linux', 'hypervisor', 'trustzone']);

/** Steps at which a start fails, as `remoteproc.failed` names them, and the duty that was not met then. */
export const DUTY_OF_STEP: Readonly<Record<string, Duty>> = {
  'resource-table': 'resource-table',
  authenticate: 'authenticate',
};

/** Who an agent is, of those that meet duties. */
export function doerOf(agent: string): Doer {
  return PEOPLE.has(agent) ? (agent as Doer) : 'unknown';
}

/** Of several parts of one firmware the one that fares worst tells. */
export function tell(start: Start, duty: Duty, performance: Performance): void {
  const known = start.told.get(duty);
  if (known === undefined || severity(performance.by) > severity(known.by)) start.told.set(duty, performance);
}

function severity(by: Doer): number {
  return by === 'nobody' ? 2 : by === 'unknown' ? 1 : 0;
}

/** What nobody is seen to have met; unknown where there is a reason why it may have been. */
export function missing(blind: string | null, seq: number, accepted: boolean): Performance {
  if (blind !== null) return { by: 'unknown', note: blind, seq: null };
  return { by: 'nobody', note: accepted ? 'TrustZone did without' : null, seq };
}

/** Whether an address lies in it. */
export function covers(held: Held, address: number | null): boolean {
  return address !== null && held.pa <= address && address < held.pa + held.size;
}

/** Whether all of an image lies in it. */
export function holds(held: Held, image: Range): boolean {
  return held.pa <= image.pa && image.pa + image.size <= held.pa + held.size;
}

/** Whether any of an image lies in it. */
export function overlaps(held: Held, image: Range): boolean {
  return held.pa < image.pa + image.size && image.pa < held.pa + held.size;
}

export const TOO_LATE = 'trace begins too late';

/** What the sources of a boot show, and so what it means that they do not show something. */
export class Sight {
  calls = false;
  mappings = false;
  /** The trace reaches back to where bridges are switched on, so that a bridge that it does not show is not there. */
  allBridges = false;
  isSimulation = false;
  exceptionLevel: number | null = null;
  /** The trace lost events by now: what it does not show may have been among them. */
  hasLost = false;

  /** Why a call that nobody is seen to make may have been made all the same; null when it was not made. */
  blindToCalls(): string | null {
    if (!this.calls) return 'no trace of calls';
    return this.blindToHypervisor() ?? this.blindByLoss();
  }

  blindToBridges(): string | null {
    const blind = this.blindToCalls();
    if (blind !== null) return blind;
    return this.allBridges || this.isSimulation ? null : TOO_LATE;
  }

  blindToMappings(): string | null {
    const blind = this.blindToHypervisor();
    if (blind !== null) return blind;
    return this.mappings || this.isSimulation ? this.blindByLoss() : 'no trace of maps';
  }

  private blindByLoss(): string | null {
    return this.hasLost ? 'the trace lost events' : null;
  }

  /** A hypervisor's own calls and maps are in no log or trace of Linux. */
  blindToHypervisor(): string | null {
    if (this.isSimulation || this.exceptionLevel === 2) return null;
    return this.exceptionLevel === 1 ? 'a hypervisor leaves no trace' : 'exception level unknown';
  }
}

/** What was mapped and is over has to be unmapped. */
export function settleUnmap(start: Start, sight: Sight): void {
  if (start.carveout === null || start.endedAt === null) return;
  // A mapping that was seen shows that its removal would be, but for what the trace lost.
  const blind = start.isStoppedUnseen
    ? 'trace ends too early'
    : sight.hasLost
      ? sight.blindToMappings()
      : null;
  start.told.set(
    'unmap',
    start.unmapped === null
      ? blind === null
        ? { by: 'nobody', note: 'carveout stays mapped', seq: start.endedAt }
        : { by: 'unknown', note: blind, seq: null }
      : { by: start.unmapped.by, note: null, seq: start.unmapped.seq },
  );
}

/** What became of a duty of a start, now that nothing more is told of it. */
export function performanceOf(start: Start, duty: Duty, sight: Sight): Performance {
  const told = start.told.get(duty);
  if (told !== undefined) return told;
  if (duty === 'memory-assign') return { by: 'not due', note: null, seq: null };
  if (duty === 'unmap') {
    const isUnknown = start.endedAt !== null && start.phase === 'ending' && sight.blindToMappings() !== null;
    return {
      by: isUnknown ? 'unknown' : 'not due',
      note: isUnknown ? sight.blindToMappings() : null,
      seq: null,
    };
  }
  const hasStream = !WITHOUT_STREAM.has(start.processor);
  if (!hasStream && (duty === 'resource-table' || duty.endsWith('-mapping')))
    return { by: 'not due', note: null, seq: null };
  // Where its calls are seen, what it did not come to was not done: authentication is where all of it is settled.
  if (start.hasCalls && (!start.told.has('authenticate') || duty === 'reset'))
    return { by: 'not reached', note: null, seq: start.endedAt };
  if (duty === 'devmem-mapping' && start.tableEntries === 0) return { by: 'not due', note: null, seq: null };
  return { by: 'unknown', note: sight.blindToCalls() ?? 'not told', seq: null };
}
