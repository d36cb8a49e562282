import { applyEvent, type BootEvent, type PayloadOf } from '../../events/catalog.ts';
import { findPasPeripheral } from '../../soc/pas-id.ts';
import { remoteProcessorOfRegion } from '../../soc/remote-processor.ts';
import { SMC_REISSUE_FUNCTION_ID } from '../../soc/smc-function.ts';
import { initialSocState, type PasState, type SocState } from '../../soc/soc-state.ts';
import { SpaceRanges } from './space-ranges.ts';

/** A call of Linux to TrustZone. */
export interface LinuxCall {
  readonly seq: number;
  /** Seq of the request that it goes on from: its own, unless firmware had it issued again. */
  readonly first: number;
  readonly subject: string | null;
  readonly payload: PayloadOf<'smc.requested'>;
}

/** A reserved region that belongs to a remote processor. */
export interface Carveout {
  readonly pa: number;
  readonly size: number;
  readonly owner: string;
}

/** Where a remote processor is in its life, as the remoteproc core leads it. */
export interface ProcessorView {
  readonly name: string;
  /**
   * `starting` until it is up or said to have failed; `down` after a stop or a failed start; `recovering` from the
   * stop of a crashed processor until it is up again; `stuck` after a recovery that failed.
   */
  phase: 'down' | 'starting' | 'up' | 'recovering' | 'stuck';
  /** Seq of the event by which it got there. */
  since: number;
  /** Seq of the start that goes on or was last; null until the first. */
  started: number | null;
}

/** A device behind the SMMU, and the domain that it had first, which is its default one. */
interface DeviceView {
  readonly device: string;
  defaultDomain: string | null;
}

/** What the invariants share of a boot: its state by the reducers, and what follows from several events. */
export class BootView {
  readonly state: SocState = initialSocState();
  readonly processors = new Map<string, ProcessorView>();
  readonly carveouts: Carveout[] = [];
  readonly devices = new Map<string, DeviceView>();
  /** Latest call of Linux by its function. */
  private readonly latestCalls = new Map<number, LinuxCall>();
  /** Whom each call of Linux is about that has not returned, by the seq of its request. */
  private readonly callsInFlight = new Map<number, string | null>();
  private readonly spaces = new Map<string, SpaceRanges>();

  apply(event: BootEvent): void {
    applyEvent(this.state, event);
    switch (event.kind) {
      case 'memory.region_reserved': {
        const owner = event.subject ?? remoteProcessorOfRegion(event.payload.name);
        if (owner !== undefined && owner !== null) this.carveouts.push({ ...event.payload, owner });
        break;
      }
      case 'smc.requested':
        if (event.agent !== 'linux' || event.payload.function_id === SMC_REISSUE_FUNCTION_ID) break;
        this.latestCalls.set(event.payload.function_id, linuxCall(event));
        if (event.cause === null || !this.callsInFlight.has(event.cause))
          this.callsInFlight.set(event.seq, event.subject);
        break;
      case 'smc.returned':
        if (event.cause !== null) this.callsInFlight.delete(event.cause);
        break;
      case 'mapping.created':
        this.spaceOf(event.payload.space ?? event.subject, event.subject)?.add({
          ...event.payload,
          seq: event.seq,
        });
        break;
      case 'mapping.removed':
        this.spaceOf(event.payload.space ?? event.subject, event.subject)?.remove(
          event.payload.iova,
          event.payload.removed_size,
        );
        break;
      case 'smmu.group_added':
        if (event.subject !== null && !this.devices.has(event.subject))
          this.devices.set(event.subject, { device: event.payload.device, defaultDomain: null });
        break;
      case 'smmu.device_attached': {
        const device = event.subject === null ? undefined : this.devices.get(event.subject);
        if (device !== undefined) device.defaultDomain ??= event.payload.domain;
        break;
      }
      case 'remoteproc.registered':
      case 'remoteproc.state_changed':
        this.follow(event);
        break;
      default:
        break;
    }
  }

  /** The call that a hypervisor forwards: those of one function do not overlap. */
  latestCall(functionId: number): LinuxCall | undefined {
    return this.latestCalls.get(functionId);
  }

  /** Whether Linux waits for the return of a call that it made for a processor. */
  isInCall(subject: string | null): boolean {
    return [...this.callsInFlight.values()].includes(subject);
  }

  /** The space of a name; undefined where nobody has told of one. */
  space(name: string | null): SpaceRanges | undefined {
    return name === null ? undefined : this.spaces.get(name);
  }

  /** Every space that is for a processor: Linux's domain, or the table of the hypervisor. */
  spacesOf(subject: string): SpaceRanges[] {
    return [...this.spaces.values()].filter((space) => space.subject === subject);
  }

  /** The carveout that is a range, or else shares an address with it; undefined where none does. */
  carveoutAt(pa: number, size: number): Carveout | undefined {
    const isSame = (carveout: Carveout) => carveout.pa === pa && carveout.size === size;
    const isShared = (carveout: Carveout) => carveout.pa < pa + size && pa < carveout.pa + carveout.size;
    return this.carveouts.find(isSame) ?? this.carveouts.find(isShared);
  }

  /** Live bridges that share an address with a range, by their handles. */
  bridgesOver(pa: number, size: number): { handle: bigint; pa: number; size: number; since: number }[] {
    const found = [];
    for (const [handle, bridge] of this.state.bridges)
      if (bridge.pa < pa + size && pa < bridge.pa + bridge.size) found.push({ handle, ...bridge });
    return found.sort((a, b) => a.pa - b.pa);
  }

  /** Whether every byte lies in live bridges. */
  isBridged(pa: number, size: number): boolean {
    let at = pa;
    for (const bridge of this.bridgesOver(pa, size))
      if (bridge.pa <= at) at = Math.max(at, bridge.pa + bridge.size);
    return at >= pa + size;
  }

  /** Images of a processor that run: its own and that of its device tree. */
  runningImages(subject: string): (PasState & { readonly pasId: number })[] {
    const found = [];
    for (const [pasId, pas] of this.state.pas)
      if (pas.step === 'running' && findPasPeripheral(pasId)?.subject === subject)
        found.push({ ...pas, pasId });
    return found;
  }

  private spaceOf(name: string | null, subject: string | null): SpaceRanges | undefined {
    if (name === null) return undefined;
    let space = this.spaces.get(name);
    if (space === undefined) {
      space = new SpaceRanges(name, subject);
      this.spaces.set(name, space);
    }
    return space;
  }

  private follow(
    event: Extract<BootEvent, { kind: 'remoteproc.registered' | 'remoteproc.state_changed' }>,
  ): void {
    const { name } = event.payload;
    let processor = this.processors.get(name);
    if (processor === undefined) {
      processor = { name, phase: 'down', since: event.seq, started: null };
      this.processors.set(name, processor);
    }
    const phase =
      event.kind === 'remoteproc.registered' ? 'down' : phaseAfter(processor, event.payload.state);
    if (phase === 'starting') processor.started = event.seq;
    if (phase === processor.phase) return;
    processor.phase = phase;
    processor.since = event.seq;
  }
}

export function linuxCall(event: Extract<BootEvent, { kind: 'smc.requested' }>): LinuxCall {
  const { seq, cause, subject, payload } = event;
  return { seq, first: cause ?? seq, subject, payload };
}

function phaseAfter(
  { phase }: ProcessorView,
  state: PayloadOf<'remoteproc.state_changed'>['state'],
): ProcessorView['phase'] {
  switch (state) {
    case 'starting':
      return 'starting';
    case 'running':
    case 'attached':
      return 'up';
    case 'recovering':
      return 'recovering';
    case 'offline':
      return phase === 'recovering' ? 'recovering' : 'down';
    case 'failed':
      return phase === 'recovering' ? 'stuck' : 'down';
    case 'crashed':
      return phase;
  }
}
