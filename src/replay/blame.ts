import type { BootEvent, Kind, PayloadOf } from '../events/catalog.ts';
import { descriptorAddress, descriptorKind, entrySize, LAST_LEVEL } from '../soc/lpae.ts';
import { matchesStream } from '../soc/stream-match.ts';
import {
  type AddressRange,
  BACKGROUND_KINDS,
  type Background,
  BackgroundKeeper,
  type BlameTarget,
} from './blame-target.ts';

/** What an event does to something. */
export type Touch =
  | 'reserved'
  | 'allocated'
  | 'freed'
  | 'wrote'
  | 'loaded'
  | 'asked'
  | 'assigned'
  | 'bridged'
  | 'unbridged'
  | 'mapped'
  | 'unmapped'
  | 'entries'
  | 'table'
  | 'firmware'
  | 'reset'
  | 'stream'
  | 'bank'
  | 'group'
  | 'attached'
  | 'faulted'
  | 'accessed'
  | 'pas'
  | 'signalled'
  | 'state';

/** How events of one kind touch things; what is left out, they do not touch. */
interface Rule<K extends Kind> {
  readonly touch: Touch;
  /** Physical addresses. */
  readonly pa?: (payload: PayloadOf<K>, background: Background) => readonly AddressRange[];
  /** I/O addresses, and the space that they are in, null where nobody said. */
  readonly iova?: (payload: PayloadOf<K>) => AddressRange | null;
  readonly space?: (payload: PayloadOf<K>, background: Background) => string | null;
  readonly bridge?: (payload: PayloadOf<K>) => bigint;
  readonly stream?: (payload: PayloadOf<K>, streamId: number, background: Background) => boolean;
  /** Names that it is about, beside the subject of the event. */
  readonly names?: (payload: PayloadOf<K>) => readonly (string | null)[];
}

type Rules = { readonly [K in Kind]?: Rule<K> };

const range = (start: number, size: number): AddressRange => ({ start, size });
const paAndSize = ({ pa, size }: { readonly pa: number; readonly size: number }) => [range(pa, size)];
const named = ({ name }: { readonly name: string }) => [name];
const onDevice = ({ device }: { readonly device: string }) => [device];

const RULES: Rules = {
  'memory.region_reserved': { touch: 'reserved', pa: paAndSize, names: named },
  'memory.allocated': { touch: 'allocated', pa: paAndSize },
  'memory.freed': { touch: 'freed', pa: paAndSize },
  'memory.written': { touch: 'wrote', pa: paAndSize },
  'memory.assigned': {
    touch: 'assigned',
    pa: ({ pa, size }) => (pa === null || size === null ? [] : [range(pa, size)]),
  },
  'memory.assignment_requested': { touch: 'asked', pa: paAndSize },
  'firmware.segment_loaded': { touch: 'loaded', pa: paAndSize },
  'pas.memory_set_up': { touch: 'firmware', pa: paAndSize },
  'pas.metadata_prepared': { touch: 'firmware', pa: paAndSize },
  'pas.image_initialised': { touch: 'pas' },
  'pas.authenticated': { touch: 'pas' },
  'pas.shut_down': { touch: 'pas' },
  'pas.refused': { touch: 'pas' },
  'shm_bridge.created': { touch: 'bridged', pa: paAndSize, bridge: ({ handle }) => handle },
  'shm_bridge.deleted': {
    touch: 'unbridged',
    pa: (_payload, { bridged }) => (bridged === null ? [] : [bridged]),
    bridge: ({ handle }) => handle,
  },
  'mapping.created': {
    touch: 'mapped',
    pa: paAndSize,
    iova: ({ iova, size }) => range(iova, size),
    space: ({ space }) => space,
  },
  'mapping.removed': {
    touch: 'unmapped',
    pa: (_payload, { unmapped }) => unmapped,
    iova: ({ iova, removed_size }) => range(iova, removed_size),
    space: ({ space }) => space,
  },
  'page_table.created': {
    touch: 'table',
    pa: ({ root_pa, address_bits, start_level }) =>
      isLevel(start_level) ? [range(root_pa, Math.ceil(2 ** address_bits / entrySize(start_level)) * 8)] : [],
  },
  'page_table.destroyed': { touch: 'table', pa: ({ root_pa }) => [range(root_pa, 8)] },
  'page_table.entry_written': {
    touch: 'entries',
    pa: (entry) => [range(entry.table_pa + entry.index * 8, 8), ...leafRanges(entry)],
    iova: ({ iova, level }) => (isLevel(level) ? range(iova, entrySize(level)) : null),
    space: (_payload, { tableSpace }) => tableSpace,
  },
  'page_table.pages_mapped': {
    touch: 'entries',
    pa: ({ pa, page_size, count }) => [range(pa, page_size * count)],
    iova: ({ iova, page_size, count }) => range(iova, page_size * count),
  },
  'page_table.pages_unmapped': {
    touch: 'entries',
    iova: ({ iova, page_size, count }) => range(iova, page_size * count),
  },
  'smmu.reset': { touch: 'reset', names: onDevice, stream: () => true },
  'smmu.stream_configured': {
    touch: 'stream',
    names: onDevice,
    stream: (payload, streamId) => matchesStream(payload, streamId),
  },
  'smmu.context_bank_configured': {
    touch: 'bank',
    names: onDevice,
    stream: (_payload, _streamId, { isBankOfStream }) => isBankOfStream,
  },
  'smmu.group_added': { touch: 'group', names: onDevice },
  'smmu.group_removed': { touch: 'group', names: onDevice },
  'smmu.device_attached': { touch: 'attached', names: ({ device, domain }) => [device, domain] },
  'smmu.faulted': {
    touch: 'faulted',
    iova: ({ iova }) => (iova === null ? null : range(iova, 1)),
    stream: ({ stream_id }, streamId) => stream_id === streamId,
    names: onDevice,
  },
  'remoteproc.registered': { touch: 'state', names: named },
  'remoteproc.state_changed': { touch: 'state', names: named },
  'remoteproc.crashed': { touch: 'state', names: named },
  'remoteproc.failed': { touch: 'state', names: named },
  'remoteproc.interrupted': { touch: 'signalled', names: named },
  'remoteproc.signalled': { touch: 'signalled', names: named },
  'remoteproc.memory_accessed': {
    touch: 'accessed',
    iova: ({ iova, size }) => range(iova, size),
    names: named,
  },
};

/** Kinds that a look for blame has to read. */
export const BLAME_KINDS: ReadonlySet<string> = new Set([...Object.keys(RULES), ...BACKGROUND_KINDS]);

/** What an event does to a target; null when nothing. */
export function touches(event: BootEvent, target: BlameTarget, background: Background): Touch | null {
  const rule = RULES[event.kind] as Rule<Kind> | undefined;
  return rule !== undefined && isTouched(rule, event, target, background) ? rule.touch : null;
}

function isTouched(rule: Rule<Kind>, event: BootEvent, target: BlameTarget, background: Background): boolean {
  const { subject } = event;
  // A rule was looked up by the kind of the event, and so takes its payload.
  const payload = event.payload as never;
  switch (target.type) {
    case 'pa':
    case 'region':
      return rule.pa?.(payload, background).some((touched) => overlaps(touched, target.range)) ?? false;
    case 'iova': {
      const touched = rule.iova?.(payload) ?? null;
      if (touched === null || !overlaps(touched, target.range)) return false;
      if (target.subject !== null && target.subject !== subject) return false;
      return target.space === null || rule.space?.(payload, background) === target.space;
    }
    case 'bridge':
      return rule.bridge?.(payload) === target.handle;
    case 'stream':
      return rule.stream?.(payload, target.streamId, background) ?? false;
    case 'subject':
      return subject === target.name || (rule.names?.(payload).includes(target.name) ?? false);
  }
}

function overlaps(a: AddressRange, b: AddressRange): boolean {
  return a.start < b.start + b.size && b.start < a.start + a.size;
}

function isLevel(level: number): boolean {
  return level >= 0 && level <= LAST_LEVEL;
}

/**
 * Whether an event makes a translation table where there was nothing: the table is zero, so that no address is translated
 * in another way than before, of the 2 MiB or the GiB that the entry covers.
 */
export function makesEmptyTable(event: BootEvent): boolean {
  if (event.kind !== 'page_table.entry_written') return false;
  const { level, old, new: word } = event.payload;
  return (
    isLevel(level) && descriptorKind(level, old) === 'invalid' && descriptorKind(level, word) === 'table'
  );
}

/** Memory that an entry led to, or leads to now. */
function leafRanges(entry: PayloadOf<'page_table.entry_written'>): AddressRange[] {
  const { level } = entry;
  if (!isLevel(level)) return [];
  return [entry.old, entry.new].flatMap((word) => {
    const kind = descriptorKind(level, word);
    if (kind !== 'block' && kind !== 'page') return [];
    const size = entrySize(level);
    const address = descriptorAddress(word);
    return [range(address - (address % size), size)];
  });
}

export interface BlamedEvent {
  readonly touch: Touch;
  readonly event: BootEvent;
}

/** All events that touched a target, in order. For a stream, `bankEvents` are those of its context banks. */
export function* blame(
  events: Iterable<BootEvent>,
  target: BlameTarget,
  bankEvents: ReadonlySet<number> = new Set(),
): Generator<BlamedEvent> {
  const keeper = new BackgroundKeeper(bankEvents);
  for (const event of events) {
    const touch = touches(event, target, keeper.take(event));
    if (touch !== null) yield { touch, event };
  }
}

/** The last event of each way of touching, in order. */
export function lastOfEach(blamed: Iterable<BlamedEvent>): BlamedEvent[] {
  const last = new Map<Touch, BlamedEvent>();
  for (const found of blamed) last.set(found.touch, found);
  return [...last.values()].sort((a, b) => a.event.seq - b.event.seq);
}
