import { type BootEvent, isFailure, type Kind } from '../events/catalog.ts';
import { isPasSubject } from '../soc/pas-id.ts';

/**
 * Lanes that are about the machine as a whole, in the order in which a report shows them. Every other lane
 * is named after what its events are about: a remote processor, the secure channel manager, a device.
 */
const FIXED_LANES = ['boot', 'kernel', 'memory', 'scm', 'smmu', 'devices'] as const;

/** What was asked of the page tables: with it goes what was mapped, which the lane of a device tells. */
export const PAGE_TABLES = 'page tables';

/** Lanes whose differences rarely mean anything by themselves: counted, and shown only when asked for. */
const BACKGROUND_LANES = [
  'dma',
  'traps',
  'buffers',
  'accesses',
  'smmu registers',
  PAGE_TABLES,
  'descriptors',
  'simulation',
  'probes',
  'initcalls',
  'notes',
  'other failures',
  'log',
] as const;

type DeviceEvent = Extract<BootEvent, { kind: Extract<Kind, `device.${string}`> }>;

const PAGE_CALLS: ReadonlySet<string> = new Set(['page_table.pages_mapped', 'page_table.pages_unmapped']);

/** Whether the lane of an event takes more than its kind and its subject to say. */
export function hasLaneOfItsOwn(kind: Kind): boolean {
  return kind.startsWith('device.');
}

/** The lane of an event; undefined for what says nothing about the boot itself. */
export function laneOf(event: BootEvent): string | undefined {
  const dot = event.kind.indexOf('.');
  const family = event.kind.slice(0, dot);
  switch (family) {
    case 'boot':
      return event.kind === 'boot.started' || event.kind === 'boot.finished' ? undefined : 'boot';
    case 'log':
      return event.kind === 'log.printed' ? 'log' : undefined;
    case 'source':
      return undefined;
    case 'trace':
      return event.kind === 'trace.hit' ? 'probes' : undefined;
    case 'page_table':
      // Calls that map pages tell what is mapped and how; descriptors and TLB maintenance follow from them.
      return PAGE_CALLS.has(event.kind) ? PAGE_TABLES : 'descriptors';
    case 'memory':
      return memoryLane(event);
    case 'mapping':
      return event.subject ?? 'dma';
    case 'smmu':
      return smmuLane(event);
    case 'smc':
      // How a call reached TrustZone is told by the call's own events.
      return event.kind === 'smc.trapped' || event.kind === 'smc.forwarded'
        ? 'traps'
        : (event.subject ?? 'scm');
    case 'remoteproc':
      // A core runs beside Linux: only a simulation tells what it reads and writes, and when that is, is a matter of time.
      return event.kind === 'remoteproc.memory_accessed' ? 'accesses' : (event.subject ?? 'scm');
    case 'fault':
      return 'simulation';
    case 'devicetree':
      return 'boot';
    case 'kernel':
      return event.kind === 'kernel.initcall_returned' ? 'initcalls' : 'kernel';
    case 'device':
      return deviceLane(event as DeviceEvent);
    case 'firmware':
      return isKnown(event.subject) ? event.subject : 'other failures';
    default:
      return event.subject ?? 'scm';
  }
}

/**
 * What is about a processor or a call counts, and so does what an SMMU or a link says. Of all other devices only what the
 * driver core tells does, or what we have a name for: any driver may fail at something.
 */
function deviceLane(event: DeviceEvent): string {
  const { subject } = event;
  switch (event.kind) {
    case 'device.noted':
      return isKnown(subject) && !SEARCHES.has(event.payload.note) ? subject : 'notes';
    case 'device.probed':
      if (!isFailure(event)) return 'initcalls';
      break;
    case 'device.failed':
      if (!isKnown(subject) && UNNAMED_STEPS.has(event.payload.step)) return 'other failures';
      break;
    default:
      break;
  }
  return isKnown(subject) ? subject : 'devices';
}

/** Notes that come by the dozen: folders that were looked in, consumers that are waited for. */
const SEARCHES: ReadonlySet<string> = new Set(['firmware-searched', 'sync-state-pending']);

/** Steps that any driver may fail at. */
const UNNAMED_STEPS: ReadonlySet<string> = new Set(['other', 'device-link']);

/** A processor, another client of PAS, or the secure channel manager. All other devices share lanes. */
function isKnown(subject: string | null): subject is string {
  return subject !== null && (subject === 'scm' || isPasSubject(subject) || subject.startsWith('remoteproc'));
}

function memoryLane(event: BootEvent): string {
  switch (event.kind) {
    case 'memory.region_reserved':
      return 'memory';
    case 'memory.allocated':
    case 'memory.freed':
    case 'memory.written':
    case 'memory.assignment_requested':
      return 'buffers';
    default:
      return event.subject ?? 'memory';
  }
}

function smmuLane(event: BootEvent): string {
  switch (event.kind) {
    case 'smmu.described':
      return 'smmu';
    case 'smmu.reset':
    case 'smmu.stream_configured':
    case 'smmu.context_bank_configured':
      return 'smmu registers';
    default:
      return event.subject ?? 'smmu';
  }
}

/** The node of a processor is called that (Documentation/devicetree/bindings/remoteproc/qcom,pas-common.yaml's examples). */
const NODE_OF_PROCESSOR = /^(?:[0-9a-f]+\.)?remoteproc(?:[-\d]|$)/;

/** What becomes of any device that lies behind an SMMU (drivers/iommu/iommu.c), and what is mapped for it. */
const BEHIND_SMMU: ReadonlySet<string> = new Set<Kind>([
  'smmu.group_added',
  'smmu.group_removed',
  'smmu.device_attached',
  'mapping.created',
  'mapping.removed',
]);

/**
 * What becomes of a device behind an SMMU that is neither a processor nor one that all of them need. Where it goes well
 * it tells of which devices the kernel has drivers.
 */
export function isOfBystander(lane: string, kind: string): boolean {
  if (!BEHIND_SMMU.has(kind) || isBackground(lane)) return false;
  const isFixed = (FIXED_LANES as readonly string[]).includes(lane);
  return !isFixed && !isPasSubject(lane) && !NODE_OF_PROCESSOR.test(lane);
}

/** Where the steps of a start and of the secure channel are: of devices and buffers nobody waits for one. */
export function isTimed(lane: string): boolean {
  return lane === 'scm' || isPasSubject(lane);
}

export function isBackground(lane: string): boolean {
  return (BACKGROUND_LANES as readonly string[]).includes(lane);
}

/**
 * Lanes that tell how something was done of which another lane tells that it was done: where buffers and tables
 * lay, which registers were written. They vary with timing and addresses, so they alone make no difference.
 */
const MECHANISM_LANES: readonly string[] = [
  'traps',
  'buffers',
  'smmu registers',
  'descriptors',
  'simulation',
];

export function isMechanism(lane: string): boolean {
  return MECHANISM_LANES.includes(lane);
}

/** Fixed lanes first, then the others by name, background last. */
export function compareLanes(a: string, b: string): number {
  return rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0);
}

function rank(lane: string): number {
  const fixed = (FIXED_LANES as readonly string[]).indexOf(lane);
  if (fixed >= 0) return fixed;
  const background = (BACKGROUND_LANES as readonly string[]).indexOf(lane);
  return background >= 0 ? 1000 + background : 100;
}
