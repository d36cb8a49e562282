import type { BootEvent } from '../events/catalog.ts';

/** A point of a boot that has a name: the state right after an event. */
export interface Moment {
  /** `adsp:authenticated`; `adsp:authenticated#2` the second time. */
  readonly name: string;
  readonly seq: number;
  readonly t_ns: number | null;
}

/** What each state of a remote processor is called as a moment. */
const STATE_MOMENTS = {
  offline: 'stopped',
  starting: 'starting',
  running: 'running',
  crashed: 'crashed',
  recovering: 'recovering',
  attached: 'attached',
  failed: 'failed',
} as const;

/** The moments of a boot, in the order in which they come. */
export function findMoments(events: Iterable<BootEvent>): Moment[] {
  const moments: Moment[] = [];
  const counts = new Map<string, number>();
  const seen = new Set<string>();
  const add = (name: string, { seq, t_ns }: BootEvent): void => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    moments.push({ name: count === 1 ? name : `${name}#${count}`, seq, t_ns });
  };
  const addOnce = (name: string, event: BootEvent): void => {
    if (seen.has(name)) return;
    seen.add(name);
    add(name, event);
  };
  let last: BootEvent | undefined;
  for (const event of events) {
    last = event;
    const name = momentOf(event);
    if (name !== undefined) add(name, event);
    if (event.kind === 'smmu.faulted') addOnce('first-fault', event);
    if (event.kind === 'remoteproc.failed' || event.kind === 'pas.refused') addOnce('first-failure', event);
  }
  if (last !== undefined) add('end', last);
  return moments;
}

/** What a point is called that an event brings about; undefined for one that has no name. */
function momentOf(event: BootEvent): string | undefined {
  switch (event.kind) {
    case 'boot.stage_entered':
      return event.payload.stage;
    case 'boot.cpus_started':
      return `linux:el${event.payload.exception_level}`;
    case 'shm_bridge.enabled':
      return 'scm:bridges-enabled';
    case 'remoteproc.registered':
      return `${event.payload.name}:registered`;
    case 'remoteproc.state_changed':
      return `${event.payload.name}:${STATE_MOMENTS[event.payload.state]}`;
    case 'remoteproc.crashed':
      return `${event.payload.name}:crashed`;
    case 'remoteproc.interrupted':
      return event.payload.interrupt === 'ready' && event.payload.raised
        ? `${event.payload.name}:ready`
        : undefined;
    case 'smmu.device_attached':
      return event.subject === null ? undefined : `${event.subject}:iommu-attached`;
    case 'pas.resource_table_returned':
      return `${event.subject}:resource-table`;
    case 'pas.image_initialised':
      return `${event.subject}:image-initialised`;
    case 'pas.memory_set_up':
      return `${event.subject}:memory-set-up`;
    case 'pas.authenticated':
      return `${event.subject}:authenticated`;
    case 'pas.shut_down':
      return `${event.subject}:shut-down`;
    case 'pas.refused':
      return `${event.subject}:refused`;
    default:
      return undefined;
  }
}
