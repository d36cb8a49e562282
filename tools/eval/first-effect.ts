import { isBackground, isMechanism, isOfBystander, laneOf } from '../../src/diff/lane.ts';
import type { Duty } from '../../src/diff/obligations.ts';
import { type AnyDefinition, type BootEvent, findDefinition } from '../../src/events/catalog.ts';

/**
 * What a fault is first seen by, told without the diff: a healthy and a faulty boot of one plan and one seed are the
 * same word for word until the fault acts, because the simulation is deterministic. So the first event of either boot
 * that the other has not as often, payload and all, is the first effect: what is there that was not, and what is not
 * there that was; or the first that comes at another point. Events of mechanism and background (see lane.ts) follow from others, and a
 * device beside the processors that comes behind an SMMU is a bystander: they do not count, unless there is nothing else.
 */
export interface FirstEffect {
  readonly healthy: BootEvent | null;
  readonly faulty: BootEvent | null;
}

/** What is said of a machine, as against what it does. A fault of the device tree is seen by either. */
const DESCRIBES = /^(?:boot|devicetree|memory)\.|^smmu\.described$/;

/** The first effects of a fault: of all that is told, and of what is done. Empty where the two boots tell the same. */
export function firstEffects(healthy: readonly BootEvent[], faulty: readonly BootEvent[]): FirstEffect[] {
  const tellers: readonly ((event: BootEvent) => boolean)[] = [
    isForeground,
    (event) => isForeground(event) && !DESCRIBES.test(event.kind),
  ];
  const effects = tellers
    .flatMap((isTold) => [firstDifference(healthy, faulty, isTold), firstTurn(healthy, faulty, isTold)])
    .filter(isThere);
  if (effects.length > 0) return effects;
  return [firstDifference(healthy, faulty, isAnything)].filter(isThere);
}

function isThere(effect: FirstEffect): boolean {
  return effect.healthy !== null || effect.faulty !== null;
}

function isForeground(event: BootEvent): boolean {
  const lane = laneOf(event);
  if (lane === undefined || isMechanism(lane) || isBackground(lane) || isPoolGrowth(event)) return false;
  return !isOfBystander(lane, event.kind);
}

/** A bridge over a pool of the SCM driver that grows: when that is depends on how calls overlap. */
function isPoolGrowth({ kind, subject, payload }: BootEvent): boolean {
  if (subject !== 'scm') return false;
  const isCall = kind === 'smc.requested' || kind === 'smc.returned';
  return kind === 'shm_bridge.created' || (isCall && payload.function_id === SHM_BRIDGE_CREATE);
}

/** A sleeping call of service 0x0c, command 0x1e (drivers/firmware/qcom/qcom_scm.h). */
const SHM_BRIDGE_CREATE = 0x42000c1e;

function isAnything(event: BootEvent): boolean {
  const lane = laneOf(event);
  return lane !== undefined && !isMechanism(lane);
}

function firstDifference(
  healthy: readonly BootEvent[],
  faulty: readonly BootEvent[],
  isTold: (event: BootEvent) => boolean,
): FirstEffect {
  const [a, b] = [healthy.filter(isTold), faulty.filter(isTold)];
  return { healthy: firstUnmatched(a, b), faulty: firstUnmatched(b, a) };
}

/** Where the two part word by word: what both do, but one of them earlier, is an effect too. */
function firstTurn(
  healthy: readonly BootEvent[],
  faulty: readonly BootEvent[],
  isTold: (event: BootEvent) => boolean,
): FirstEffect {
  const [a, b] = [healthy.filter(isTold), faulty.filter(isTold)];
  const index = a.findIndex((event, at) => {
    const other = b[at];
    return other === undefined || wordFor(event) !== wordFor(other);
  });
  return { healthy: a[index] ?? null, faulty: index < 0 ? (b[a.length] ?? null) : (b[index] ?? null) };
}

/** The first event that the other boot has not as often. */
function firstUnmatched(events: readonly BootEvent[], others: readonly BootEvent[]): BootEvent | null {
  const left = new Map<string, number>();
  for (const event of others) left.set(wordFor(event), (left.get(wordFor(event)) ?? 0) + 1);
  for (const event of events) {
    const count = left.get(wordFor(event)) ?? 0;
    if (count === 0) return event;
    left.set(wordFor(event), count - 1);
  }
  return null;
}

/** Where Linux takes buffers from, in the description of each SoC: which one it is depends on what was taken before. */
function isOfHeap(address: bigint): boolean {
  return address >= 0xc000_0000n && address < 0xc800_0000n;
}

/** All that an event says but what varies without meaning: handles, numbers of groups, buffers that a call points to. */
function wordFor({ kind, agent, subject, payload }: BootEvent): string {
  const fields: AnyDefinition['fields'] = findDefinition(kind)?.fields ?? {};
  const told = Object.entries(payload).filter(([name]) => fields[name]?.role !== 'volatile');
  const isCall = kind === 'smc.requested';
  const values = JSON.stringify(told, (_key, value) =>
    typeof value !== 'bigint' ? value : isCall && isOfHeap(value) ? 'a buffer' : `${value}n`,
  );
  return `${kind} ${agent} ${subject} ${values}`;
}

/** What an event is about, in boots of different seeds: no addresses of pools, handles or times. */
function topicOf({ kind, subject, payload }: BootEvent): string {
  const told = payload as Readonly<Record<string, unknown>>;
  const keys = [
    'service',
    'command',
    'pas_id',
    'iova',
    'name',
    'state',
    'step',
    'interrupt',
    'property',
    'note',
  ];
  const text = kind === 'log.printed' ? String(told['text']).replaceAll(/\d+/g, '#') : '';
  return [kind, subject, ...keys.map((key) => told[key]), text].join(' ');
}

/**
 * Steps from an event to what it is told by, or followed from at once: a call and its return, a line and its meaning, what a
 * hypervisor asks of TrustZone before it answers a call.
 */
const STEPS = 4;

/** Kinds that tell one act in several events. */
const TELLS = /^(?:smc|shm_bridge|pas|log)\./;

function ancestors(events: readonly BootEvent[], event: BootEvent): BootEvent[] {
  const found: BootEvent[] = [];
  let at = event;
  for (let step = 0; step < STEPS && at.cause !== null; step++) {
    const cause = events[at.cause - 1];
    if (cause === undefined || !TELLS.test(cause.kind)) break;
    found.push(cause);
    at = cause;
  }
  return found;
}

/**
 * Whether what a diff shows of a boot is an effect, or the same act told in another way: the call of a return, the
 * event that a line of the log stands for, the failure that a refused call is told as.
 */
export function isSameAct(
  shown: { readonly events: readonly BootEvent[]; readonly event: BootEvent },
  effect: { readonly events: readonly BootEvent[]; readonly event: BootEvent },
): boolean {
  const topic = topicOf(effect.event);
  if (topicOf(shown.event) === topic) return true;
  if (ancestors(shown.events, shown.event).some((cause) => topicOf(cause) === topic)) return true;
  const told = topicOf(shown.event);
  return ancestors(effect.events, effect.event).some((cause) => topicOf(cause) === told);
}

/** The duties that a fault leaves unmet: a headline that names one of them names the fault. By docs/failure-modes.md. */
export const DUTIES_OF_FAULT: Readonly<Record<string, readonly Duty[]>> = {
  'F-01': ['metadata-bridge'],
  'F-03': ['metadata-bridge'],
  'F-05': ['metadata-bridge'],
  'F-06': ['resource-table'],
  'F-07': ['metadata-bridge', 'resource-table'],
  'F-10': ['resource-table'],
  'F-11': ['resource-table'],
  'F-12': ['resource-table'],
  'F-13': ['resource-table'],
  'F-14': ['resource-table'],
  'F-15': ['resource-table', 'devmem-mapping'],
  'F-16': ['devmem-mapping'],
  'F-17': ['devmem-mapping'],
  'F-18': ['devmem-mapping'],
  'F-19': ['carveout-mapping'],
  'F-20': ['devmem-mapping'],
  'F-21': ['devmem-mapping'],
  'F-22': ['carveout-mapping'],
  'F-36': ['carveout-mapping'],
  'F-37': ['carveout-mapping'],
  'F-38': ['carveout-mapping'],
  'F-39': ['carveout-mapping', 'unmap'],
  'F-41': ['unmap'],
  'F-50': ['metadata-bridge'],
  'F-51': ['metadata-bridge'],
  'F-53': ['carveout-bridge'],
  'F-54': ['carveout-bridge'],
  'F-55': ['carveout-bridge'],
  'F-56': ['carveout-bridge'],
  'F-57': ['carveout-bridge'],
  'F-58': ['resource-table'],
  'F-59': ['memory-assign'],
  'F-61': ['memory-assign'],
  'F-62': ['memory-assign'],
  'F-64': ['metadata-bridge'],
  'F-65': ['memory-assign'],
  'F-72': ['authenticate'],
  'F-74': ['authenticate'],
  'F-75': ['authenticate'],
  'F-76': ['authenticate'],
  'F-77': ['authenticate'],
  'F-79': ['authenticate'],
  'F-83': ['metadata-bridge'],
  'F-84': ['metadata-bridge'],
  'F-107': ['authenticate'],
};
