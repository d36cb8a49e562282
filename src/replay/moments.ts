import type { BootEvent, Kind, PayloadOf } from '../events/catalog.ts';

/** A point of a boot that has a name: the state right after an event. */
export interface Moment {
  /** `adsp:authenticated`; `adsp:authenticated#2` the second time. */
  readonly name: string;
  readonly seq: number;
  readonly t_ns: number | null;
  /** What it is of: the processor or device before the colon; null for a moment of the machine. */
  readonly of: string | null;
  /** How many times that has been started by then, as far as the boot shows. */
  readonly start: number;
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

/** What else a remote processor comes to. */
const STEP_MOMENTS = [
  'registered',
  'ready',
  'iommu-attached',
  'resource-table',
  'image-initialised',
  'memory-set-up',
  'authenticated',
  'shut-down',
  'refused',
] as const;

/** The moment of a processor or device that a step of it brings about. */
function stepOf(subject: string, step: (typeof STEP_MOMENTS)[number]): string {
  return `${subject}:${step}`;
}

type Namer<K extends Kind> = (payload: PayloadOf<K>, subject: string | null) => string | undefined;

/** What a point is called that an event of a kind brings about; undefined for one that has no name. */
const NAMERS: { readonly [K in Kind]?: Namer<K> } = {
  'boot.stage_entered': (payload) => payload.stage,
  'boot.cpus_started': (payload) => `linux:el${payload.exception_level}`,
  'shm_bridge.enabled': () => 'scm:bridges-enabled',
  'remoteproc.registered': (payload) => stepOf(payload.name, 'registered'),
  'remoteproc.state_changed': (payload) => `${payload.name}:${STATE_MOMENTS[payload.state]}`,
  'remoteproc.crashed': (payload) => `${payload.name}:crashed`,
  'remoteproc.interrupted': (payload) =>
    payload.interrupt === 'ready' && payload.raised ? stepOf(payload.name, 'ready') : undefined,
  'smmu.device_attached': (_payload, subject) =>
    subject === null ? undefined : stepOf(subject, 'iommu-attached'),
  'pas.resource_table_returned': (_payload, subject) => stepOf(`${subject}`, 'resource-table'),
  'pas.image_initialised': (_payload, subject) => stepOf(`${subject}`, 'image-initialised'),
  'pas.memory_set_up': (_payload, subject) => stepOf(`${subject}`, 'memory-set-up'),
  'pas.authenticated': (_payload, subject) => stepOf(`${subject}`, 'authenticated'),
  'pas.shut_down': (_payload, subject) => stepOf(`${subject}`, 'shut-down'),
  'pas.refused': (_payload, subject) => stepOf(`${subject}`, 'refused'),
};

/** What the first event of some kinds is called too. */
const FIRST_OF_KIND: { readonly [K in Kind]?: string } = {
  'smmu.faulted': 'first-fault',
  'remoteproc.crashed': 'first-failure',
  'remoteproc.failed': 'first-failure',
  'pas.refused': 'first-failure',
};

/** Whether a name is one that boots have moments of, so that a boot without it did not come to it. */
export function isNameOfMoment(name: string): boolean {
  const [, step = ''] = /^[^:]+:([a-z-]+)$/.exec(name) ?? [];
  const known: readonly string[] = [...STEP_MOMENTS, ...Object.values(STATE_MOMENTS)];
  return known.includes(step) || Object.values(FIRST_OF_KIND).includes(name);
}

/** Kinds of which {@link findMoments} has to be given all events, beside the last event of the boot. */
export const MOMENT_KINDS: ReadonlySet<string> = new Set([
  ...Object.keys(NAMERS),
  ...Object.keys(FIRST_OF_KIND),
]);

/** The moments of a boot, in the order in which they come. */
export function findMoments(events: Iterable<BootEvent>): Moment[] {
  const moments: Moment[] = [];
  const counts = new Map<string, number>();
  const starts = new Map<string, number>();
  const add = (name: string, { seq, t_ns }: BootEvent): void => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    const colon = name.lastIndexOf(':');
    const of = colon < 0 ? null : name.slice(0, colon);
    if (of !== null && name.slice(colon + 1) === STATE_MOMENTS.starting)
      starts.set(of, (starts.get(of) ?? 0) + 1);
    const start = of === null ? 0 : (starts.get(of) ?? 0);
    moments.push({ name: count === 1 ? name : `${name}#${count}`, seq, t_ns, of, start });
  };
  let last: BootEvent | undefined;
  for (const event of events) {
    last = event;
    // A namer was looked up by the kind of the event, and so takes its payload.
    const name = (NAMERS[event.kind] as Namer<Kind> | undefined)?.(event.payload as never, event.subject);
    if (name !== undefined) add(name, event);
    const first = FIRST_OF_KIND[event.kind];
    if (first !== undefined && !counts.has(first)) add(first, event);
  }
  if (last !== undefined) add('end', last);
  return moments;
}
