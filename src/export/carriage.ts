import type { BootEvent, Kind, PayloadOf } from '../events/catalog.ts';
import { INTEGER_LIMIT } from '../events/field.ts';
import { isScmCall } from '../soc/smc-function.ts';
import { SMP2P_INTERRUPT_BITS, smp2pSignalMask } from '../soc/smp2p.ts';
import { SeqSet } from './seq-set.ts';

/** The formats that the kernel itself writes. */
export const KERNEL_TEXT_FORMATS = ['dmesg', 'ftrace'] as const;
export type KernelTextFormat = (typeof KERNEL_TEXT_FORMATS)[number];

/** Lines that importers read further events from. */
const TELLING_LINES = { 'log.printed': 'dmesg', 'smc.returned': 'ftrace' } as const;
type TellingKind = keyof typeof TELLING_LINES;

/** How a kind of event gets into the kernel's formats. One with neither `line` nor `follows` does not. */
interface KindCarriage<Payload> {
  /** The format that has a line for it. */
  readonly line?: KernelTextFormat;
  /** Whose line it is: Linux's own doing, the answer to a request that has a line, or (unless said) anybody's. */
  readonly of?: 'linux' | 'request';
  /** The line has neither time nor task. */
  readonly isBare?: true;
  /** Whether the line can say this payload. */
  readonly says?: (payload: Payload) => boolean;
  /** Fields that the line has no place for: they come back as null. */
  readonly loses?: readonly (keyof Payload)[];
  /** What an importer reads it from, when that is its cause; it then has no line of its own. */
  readonly follows?: TellingKind;
}

const notCarried = {} as const;
const fromLog = { follows: 'log.printed' } as const;
const fromReturn = { follows: 'smc.returned' } as const;

/** What the kernel's formats carry of each kind of event; everything else about it follows from here. */
export const CARRIAGE: { readonly [K in Kind]: KindCarriage<PayloadOf<K>> } = {
  'boot.started': notCarried,
  'boot.kernel_identified': fromLog,
  'boot.machine_identified': fromLog,
  'boot.command_line_set': fromLog,
  'boot.cpus_started': fromLog,
  'boot.kvm_initialised': fromLog,
  'boot.stage_entered': fromLog,
  'boot.property_told': fromLog,
  'boot.finished': notCarried,
  'devicetree.overlay_applied': notCarried,
  'devicetree.property_set': notCarried,
  'memory.region_reserved': fromLog,
  'memory.allocated': notCarried,
  'memory.freed': notCarried,
  'memory.written': notCarried,
  'memory.assigned': notCarried,
  'memory.assignment_requested': notCarried,
  'smc.requested': {
    line: 'ftrace',
    of: 'linux',
    says: (e) =>
      isScmCall(e.function_id) &&
      [e.function_id, e.service, e.command].every(isAddress) &&
      e.arg_count >= 0 &&
      [e.arg0, e.arg1, e.arg2, e.arg3, e.arg4, e.arg5].indexOf(null) ===
        (e.arg_count === 6 ? -1 : e.arg_count),
    loses: ['conduit'],
  },
  'smc.trapped': notCarried,
  'smc.forwarded': notCarried,
  'smc.returned': {
    line: 'ftrace',
    of: 'request',
    says: (e) => isAddress(e.function_id) && isDecimal(e.transport_error),
  },
  'smc.slept': {
    line: 'ftrace',
    of: 'request',
    says: (e) => isCount(e.wait_queue) && isCount(e.call_context),
  },
  'smc.resumed': { line: 'ftrace', of: 'request', says: (e) => isCount(e.call_context) },
  'page_table.created': notCarried,
  'page_table.entry_written': notCarried,
  'page_table.pages_mapped': {
    line: 'ftrace',
    of: 'linux',
    says: (e) =>
      [e.iova, e.pa, e.page_size, e.protection ?? 0].every(isAddress) && e.page_size > 0 && isCount(e.count),
  },
  'page_table.pages_unmapped': {
    line: 'ftrace',
    of: 'linux',
    says: (e) => isAddress(e.iova) && isAddress(e.page_size) && e.page_size > 0 && isCount(e.count),
  },
  'page_table.tlb_invalidated': notCarried,
  'page_table.destroyed': notCarried,
  'mapping.created': {
    line: 'ftrace',
    of: 'linux',
    says: (e) => isRange(e.iova, e.size) && isAddress(e.pa),
    loses: ['space', 'protection'],
  },
  'mapping.removed': {
    line: 'ftrace',
    of: 'linux',
    says: (e) => isRange(e.iova, e.size) && isCount(e.removed_size),
    loses: ['space'],
  },
  'smmu.described': fromLog,
  'smmu.reset': notCarried,
  'smmu.stream_configured': notCarried,
  'smmu.context_bank_configured': notCarried,
  'smmu.group_added': {
    line: 'ftrace',
    of: 'linux',
    says: (e) => isDecimal(e.group) && isOneLine(e.device),
    follows: 'log.printed',
  },
  'smmu.group_removed': {
    line: 'ftrace',
    of: 'linux',
    says: (e) => isDecimal(e.group) && isOneLine(e.device),
    follows: 'log.printed',
  },
  'smmu.device_attached': {
    line: 'ftrace',
    of: 'linux',
    says: (e) => isOneLine(e.device),
    loses: ['domain'],
  },
  'smmu.faulted': fromLog,
  'shm_bridge.enabled': fromReturn,
  'shm_bridge.created': fromReturn,
  'shm_bridge.deleted': fromReturn,
  'pas.context_created': notCarried,
  'pas.metadata_prepared': notCarried,
  'pas.metadata_released': notCarried,
  'pas.image_initialised': fromReturn,
  'pas.memory_set_up': fromReturn,
  'pas.authenticated': fromReturn,
  'pas.shut_down': fromReturn,
  'pas.resource_table_returned': { ...fromReturn, loses: ['entry_count'] },
  'pas.refused': fromReturn,
  'firmware.requested': notCarried,
  'firmware.loaded': fromLog,
  'firmware.segment_loaded': notCarried,
  'firmware.refused': fromLog,
  'remoteproc.registered': fromLog,
  'remoteproc.state_changed': fromLog,
  // A watchdog has an interrupt line of its own, which no tracepoint shows.
  'remoteproc.interrupted': {
    line: 'ftrace',
    says: (e) => isWord(e.name) && SMP2P_INTERRUPT_BITS.some(([, interrupt]) => interrupt === e.interrupt),
    loses: ['message'],
    follows: 'log.printed',
  },
  'remoteproc.signalled': {
    line: 'ftrace',
    of: 'linux',
    says: (e) => isWord(e.name) && smp2pSignalMask(e.signal) !== undefined,
  },
  'remoteproc.memory_accessed': notCarried,
  'remoteproc.crashed': fromLog,
  'remoteproc.failed': fromLog,
  'device.identified': fromLog,
  'device.probed': fromLog,
  'device.deferred': fromLog,
  'device.failed': fromLog,
  'device.noted': fromLog,
  'power.voted': notCarried,
  'kernel.warned': fromLog,
  'kernel.oopsed': fromLog,
  'kernel.panicked': fromLog,
  'kernel.stalled': fromLog,
  'kernel.initcall_returned': fromLog,
  'log.printed': { line: 'dmesg', of: 'linux', isBare: true },
  'log.annotated': notCarried,
  'log.clock_anchored': notCarried,
  'log.suppressed': fromLog,
  'trace.hit': {
    line: 'ftrace',
    of: 'linux',
    says: (e) => /^[^ :\n]+$/.test(e.event) && isOneLine(e.function ?? '') && isOneLine(e.fields),
  },
  'trace.commented': { line: 'ftrace', isBare: true, says: (e) => isOneLine(e.text) },
  'trace.buffer_counted': { line: 'ftrace', isBare: true },
  'trace.events_lost': {
    line: 'ftrace',
    isBare: true,
    says: (e) => isCount(e.cpu) && isCount(e.count ?? 0),
  },
  'fault.injected': notCarried,
  'source.taken': notCarried,
  'source.repeated': notCarried,
};

/** How a format carries an event: in a line of its own, or by what an importer makes of the line of its cause. */
export interface Carried {
  readonly format: KernelTextFormat;
  readonly as: 'line' | 'consequence';
}

const LINE = {
  dmesg: { format: 'dmesg', as: 'line' },
  ftrace: { format: 'ftrace', as: 'line' },
} as const;

const CONSEQUENCE = {
  'log.printed': { format: TELLING_LINES['log.printed'], as: 'consequence' },
  'smc.returned': { format: TELLING_LINES['smc.returned'], as: 'consequence' },
} as const;

/** Says of each event of a boot which format carries it. It wants all of them, in order: causes decide. */
export class CarriageOfBoot {
  private readonly lines = { 'log.printed': new SeqSet(), 'smc.returned': new SeqSet() };
  private readonly requests = new SeqSet();

  /** Undefined for an event that neither format can show. */
  next(event: BootEvent): Carried | undefined {
    // The payload is that of the event's own kind, so its entry takes it.
    const carriage = CARRIAGE[event.kind] as KindCarriage<BootEvent['payload']>;
    const { follows, line } = carriage;
    if (follows !== undefined && event.cause !== null && this.lines[follows].has(event.cause)) {
      return CONSEQUENCE[follows];
    }
    if (line === undefined || !this.hasLine(event, carriage)) return undefined;
    if (event.kind === 'smc.requested') this.requests.add(event.seq);
    if (event.kind === 'log.printed' || event.kind === 'smc.returned') this.lines[event.kind].add(event.seq);
    return LINE[line];
  }

  private hasLine(event: BootEvent, carriage: KindCarriage<BootEvent['payload']>): boolean {
    if (carriage.isBare !== true && (event.t_ns === null || event.t_ns < 0)) return false;
    if (carriage.of === 'linux' && event.agent !== 'linux') return false;
    // A hypervisor's own calls are answered too, but Linux does not see that.
    if (carriage.of === 'request' && event.cause !== null && !this.requests.has(event.cause)) return false;
    return carriage.says?.(event.payload) ?? true;
  }
}

/** Hexadecimal numbers are read below 2^51 only. */
function isAddress(value: number): boolean {
  return value >= 0 && value < INTEGER_LIMIT;
}

/** Decimal numbers are read with at most 15 digits. */
function isDecimal(value: number): boolean {
  return Math.abs(value) < 1e15;
}

function isCount(value: number): boolean {
  return value >= 0 && isDecimal(value);
}

/** Ranges are printed with their end. */
function isRange(start: number, size: number): boolean {
  return isAddress(start) && isCount(size) && isAddress(start + size);
}

function isOneLine(text: string): boolean {
  return !text.includes('\n');
}

function isWord(text: string): boolean {
  return /^\S+$/.test(text);
}
