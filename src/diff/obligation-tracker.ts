import { hex } from '../base/word.ts';
import type { BootEvent } from '../events/catalog.ts';
import { callErrno } from '../events/families/smc.ts';
import type { LazyChunk } from '../events/lazy-chunk.ts';
import { renderErrno } from '../soc/errno.ts';
import { findPasPeripheral } from '../soc/pas-id.ts';
import { findSmcCommand, SMC_COMMAND_NAME } from '../soc/smc-command.ts';
import { besideFirmware, type HeldMapping, type NamedRegion, nameDeviceMemory } from './device-memory.ts';
import { START_LIMIT } from './obligation-kinds.ts';
import {
  covers,
  DUTY_OF_STEP,
  doerOf,
  type Held,
  holds,
  missing,
  newStart,
  type OpenCall,
  performanceOf,
  Sight,
  type Start,
  settleUnmap,
  TOO_LATE,
  tell,
  WITHOUT_STREAM,
} from './obligation-start.ts';
import { type Doer, DUTIES, type Duty, type Performance, type StartDuties } from './obligations.ts';

/** Follows the starts of remote processors through a boot, and who met which duty of each. */
export class ObligationTracker {
  private readonly starts: Start[] = [];
  private readonly current = new Map<string, Start>();
  private readonly followed = new Map<number, boolean>();
  private readonly openCalls = new Map<number, OpenCall>();
  /** Who asked, by the seq of the return: what a call brought about names its return as the cause. */
  private readonly askerOfReturn = new Map<number, Doer>();
  private readonly bridges = new Map<bigint, Held>();
  /** Authentications that found the bridge which they need. */
  private readonly bridged = new Set<number>();
  private readonly mappings = new Map<string, Map<number, Held>>();
  private readonly regions: NamedRegion[] = [];
  private readonly sight = new Sight();

  /** Whether it takes no more: there are enough starts. */
  get isFull(): boolean {
    return this.starts.length >= START_LIMIT;
  }

  get hasMappings(): boolean {
    return this.sight.mappings;
  }

  get hasCalls(): boolean {
    return this.sight.calls;
  }

  /** Whether a call is one of those that it looks at. */
  follows(functionId: number, service: number, command: number): boolean {
    const key = functionId * 0x1_0000 + service * 0x100 + command;
    let isFollowed = this.followed.get(key);
    if (isFollowed === undefined) {
      const name = findSmcCommand(functionId, service, command)?.name ?? '';
      isFollowed =
        name.startsWith('PAS_') || name === SMC_COMMAND_NAME.shmBridgeCreate || name.startsWith('MP_ASSIGN');
      this.followed.set(key, isFollowed);
    }
    return isFollowed;
  }

  /** Whether a call that it looks at has not come back. */
  waitsFor(request: number): boolean {
    return this.openCalls.has(request);
  }

  /** Takes an event of a chunk; once it is full, without reading it. */
  takeFrom(chunk: LazyChunk, index: number): void {
    if (!this.isFull) this.take(chunk.eventAt(index));
  }

  take(event: BootEvent): void {
    if (this.isFull) return;
    switch (event.kind) {
      case 'boot.started':
        this.sight.isSimulation = event.payload.origin === 'simulation';
        break;
      case 'boot.cpus_started':
        this.sight.exceptionLevel = event.payload.exception_level;
        break;
      case 'memory.region_reserved':
        this.regions.push(event.payload);
        break;
      case 'trace.events_lost':
        this.sight.hasLost = true;
        break;
      case 'trace.buffer_counted':
        if (event.payload.kept < event.payload.written) this.sight.hasLost = true;
        break;
      case 'smc.requested':
        this.takeRequest(event);
        break;
      case 'smc.returned':
        this.takeReturn(event);
        break;
      case 'shm_bridge.enabled':
        this.sight.allBridges = true;
        break;
      case 'shm_bridge.created': {
        const { handle, pa, size } = event.payload;
        const bridge = { pa, size, by: this.askerOf(event), seq: event.seq };
        this.bridges.set(handle, bridge);
        for (const call of this.openCalls.values()) if (covers(bridge, call.metadata)) call.bridge = bridge;
        this.bridgeWhileAuthenticating(bridge);
        break;
      }
      case 'shm_bridge.deleted':
        this.bridges.delete(event.payload.handle);
        break;
      case 'smmu.device_attached':
        this.sight.mappings = true;
        break;
      case 'mapping.created':
      case 'mapping.removed':
        this.takeMapping(event);
        break;
      case 'memory.assigned':
        if (event.subject !== null && this.current.has(event.subject))
          tell(this.startOf(event.subject), 'memory-assign', {
            by: this.askerOf(event),
            note: event.payload.to_vms === null ? null : `to ${event.payload.to_vms}`,
            seq: event.seq,
          });
        break;
      case 'pas.memory_set_up': {
        const { pas_id: pasId, pa, size } = event.payload;
        if (event.subject !== null) this.current.get(event.subject)?.images.set(pasId, { pa, size });
        break;
      }
      case 'pas.resource_table_returned':
        if (event.subject !== null) {
          const start = this.startOf(event.subject);
          start.tableEntries = event.payload.entry_count;
          start.told.set('resource-table', { by: 'trustzone', note: null, seq: event.seq });
        }
        break;
      case 'remoteproc.state_changed':
        this.takeState(event.payload.name, event.payload.state, event.seq);
        break;
      case 'remoteproc.crashed':
        this.end(event.payload.name, event.seq);
        break;
      case 'remoteproc.interrupted':
        if (event.payload.interrupt === 'ready' && event.payload.raised)
          this.answer(event.payload.name, event.seq);
        break;
      case 'remoteproc.memory_accessed':
        this.answer(event.payload.name, event.seq);
        break;
      case 'remoteproc.failed':
        this.takeFailure(event);
        break;
      default:
    }
  }

  finish(): StartDuties[] {
    return this.starts
      .filter(({ told, hasCalls, phase }) => told.size > 0 || hasCalls || phase !== 'preparing')
      .map((start) => {
        settleUnmap(start, this.sight);
        const duties = Object.fromEntries(
          DUTIES.map(({ duty }) => [duty, performanceOf(start, duty, this.sight)]),
        );
        return {
          processor: start.processor,
          start: start.number,
          duties: duties as Record<Duty, Performance>,
          devmem: start.devmem,
        };
      });
  }

  private takeRequest(event: Extract<BootEvent, { kind: 'smc.requested' }>): void {
    const isFirst = !this.sight.calls && !this.sight.mappings;
    this.sight.calls = true;
    // A re-issue after INTERRUPTED is the same call going on.
    if (event.cause !== null && this.openCalls.has(event.cause)) return;
    const { function_id: functionId, service, command, arg0, arg1 } = event.payload;
    if (!this.follows(functionId, service, command)) return;
    const name = findSmcCommand(functionId, service, command)?.name ?? '';
    const isPas = name.startsWith('PAS_');
    const pasId = isPas && arg0 !== null ? Number(arg0) : null;
    const peripheral = pasId === null ? undefined : findPasPeripheral(pasId);
    const isPart = peripheral?.part === 'main' || peripheral?.part === 'dtb';
    const processor = isPart ? peripheral.subject : null;
    const metadata = name === SMC_COMMAND_NAME.initImage && arg1 !== null ? Number(arg1) : null;
    const call: OpenCall = {
      name,
      agent: doerOf(event.agent),
      pasId,
      processor,
      seq: event.seq,
      metadata,
      bridge: null,
    };
    if (metadata !== null) {
      for (const bridge of this.bridges.values()) if (covers(bridge, metadata)) call.bridge = bridge;
    }
    this.openCalls.set(event.seq, call);
    if (processor === null) return;
    if (name === SMC_COMMAND_NAME.initImage || name === SMC_COMMAND_NAME.getResourceTable)
      this.begin(processor);
    const start = this.startOf(processor);
    start.hasCalls = true;
    // With the table a start begins, at EL2; at EL1 nobody misses it.
    if (isFirst && name !== SMC_COMMAND_NAME.getResourceTable) start.isBegunUnseen = true;
    if (name === SMC_COMMAND_NAME.authAndReset && pasId !== null) {
      for (const bridge of this.bridges.values()) this.bridgeOver(start, pasId, bridge);
    }
    if (name === SMC_COMMAND_NAME.shutdown && peripheral?.part === 'main') this.end(processor, event.seq);
  }

  private takeReturn(event: Extract<BootEvent, { kind: 'smc.returned' }>): void {
    const call = event.cause === null ? undefined : this.openCalls.get(event.cause);
    if (call === undefined) return;
    this.openCalls.delete(call.seq);
    this.askerOfReturn.clear();
    this.askerOfReturn.set(event.seq, call.agent);
    if (call.processor === null) return;
    const start = this.startOf(call.processor);
    const error = callErrno(event.payload);
    const refused: Performance = { by: 'nobody', note: `refused, ${renderErrno(error)}`, seq: event.seq };
    switch (call.name) {
      case SMC_COMMAND_NAME.getResourceTable:
        if (error !== 0 && start.told.get('resource-table')?.by !== 'trustzone')
          start.told.set('resource-table', refused);
        break;
      case SMC_COMMAND_NAME.initImage:
        this.settleMetadata(start, call, error === 0);
        if (error !== 0) this.end(start.processor, event.seq);
        break;
      case SMC_COMMAND_NAME.memSetup:
        if (error !== 0) this.end(start.processor, event.seq);
        break;
      case SMC_COMMAND_NAME.authAndReset:
        this.settleAuthentication(start, call, event.seq, error === 0);
        tell(
          start,
          'authenticate',
          error === 0 ? { by: 'trustzone', note: null, seq: event.seq } : { ...refused },
        );
        if (error !== 0) this.end(start.processor, event.seq);
        else if (findPasPeripheral(call.pasId ?? 0)?.part === 'main') {
          start.phase = 'up';
          start.told.set('reset', { by: 'trustzone', note: null, seq: event.seq });
        }
        break;
      default:
    }
  }

  /** Who opened the metadata to TrustZone, now that the call is back. */
  private settleMetadata(start: Start, call: OpenCall, accepted: boolean): void {
    if (call.bridge !== null) {
      tell(start, 'metadata-bridge', { by: call.bridge.by, note: null, seq: call.bridge.seq });
      return;
    }
    const blind = this.sight.blindToBridges() ?? (call.metadata === null ? 'address not told' : null);
    tell(start, 'metadata-bridge', missing(blind, call.seq, accepted));
  }

  /** Who mapped and opened the firmware's memory by the time that it was authenticated. */
  private settleAuthentication(start: Start, call: OpenCall, seq: number, accepted: boolean): void {
    const image = call.pasId === null ? undefined : start.images.get(call.pasId);
    if (!start.told.has('carveout-bridge') || !this.bridged.has(call.seq)) {
      const blind = this.sight.blindToBridges() ?? (image === undefined ? 'address not told' : null);
      tell(start, 'carveout-bridge', missing(blind, call.seq, accepted));
    }
    this.bridged.delete(call.seq);
    if (WITHOUT_STREAM.has(start.processor)) return;
    const mapped = [...(this.mappings.get(start.processor) ?? [])].map(([iova, held]) => ({ ...held, iova }));
    const carveout = image === undefined ? undefined : mapped.find((held) => holds(held, image));
    if (carveout !== undefined) {
      start.carveout ??= carveout;
      tell(start, 'carveout-mapping', { by: carveout.by, note: null, seq: carveout.seq });
    } else {
      const blind = this.sight.blindToMappings() ?? (image === undefined ? 'address not told' : null);
      tell(start, 'carveout-mapping', missing(blind, call.seq, false));
    }
    if (findPasPeripheral(call.pasId ?? 0)?.part === 'main') this.settleDevmem(start, mapped, seq);
  }

  private settleDevmem(start: Start, mapped: readonly HeldMapping[], seq: number): void {
    const devmem = besideFirmware(start, mapped, this.regions);
    const [first] = devmem;
    if (!this.sight.hasLost && !start.isBegunUnseen) start.devmem = nameDeviceMemory(devmem, this.regions);
    const table = start.told.get('resource-table');
    if (first !== undefined) {
      const isShort = start.tableEntries !== null && devmem.length < start.tableEntries;
      const previous =
        this.starts.filter(({ processor }) => processor === start.processor).indexOf(start) - 1;
      const isKept = previous >= 0 && table === undefined && first.by === 'linux';
      const count = `${devmem.length}${isShort ? ` of ${start.tableEntries}` : ''}`;
      tell(start, 'devmem-mapping', {
        by: first.by,
        note: `${count}${isKept ? ', kept' : ''}`,
        seq: first.seq,
      });
      // A recovery starts the core again without asking for the table (rproc_boot_recovery).
      if (isKept) start.told.set('resource-table', { by: 'trustzone', note: 'asked before', seq: first.seq });
      else if (table === undefined && first.by === 'hypervisor')
        start.told.set('resource-table', { by: 'hypervisor', note: 'its own list', seq: first.seq });
      return;
    }
    if (table?.by === 'trustzone' && start.tableEntries === 0) return;
    const unseen = start.isBegunUnseen ? TOO_LATE : null;
    start.told.set('devmem-mapping', missing(this.sight.blindToMappings() ?? unseen, seq, false));
    if (table === undefined)
      start.told.set('resource-table', missing(this.sight.blindToCalls() ?? unseen, seq, false));
  }

  private bridgeWhileAuthenticating(bridge: Held): void {
    for (const call of this.openCalls.values()) {
      if (call.name !== SMC_COMMAND_NAME.authAndReset || call.processor === null || call.pasId === null)
        continue;
      this.bridgeOver(this.startOf(call.processor), call.pasId, bridge);
    }
  }

  private bridgeOver(start: Start, pasId: number, bridge: Held): void {
    const image = start.images.get(pasId);
    if (image === undefined || !holds(bridge, image)) return;
    for (const call of this.openCalls.values())
      if (call.name === SMC_COMMAND_NAME.authAndReset && call.pasId === pasId) this.bridged.add(call.seq);
    tell(start, 'carveout-bridge', { by: bridge.by, note: null, seq: bridge.seq });
  }

  private takeMapping(event: Extract<BootEvent, { kind: 'mapping.created' | 'mapping.removed' }>): void {
    this.sight.mappings = true;
    if (event.subject === null) return;
    let mapped = this.mappings.get(event.subject);
    if (mapped === undefined) {
      mapped = new Map();
      this.mappings.set(event.subject, mapped);
    }
    const { iova } = event.payload;
    if (event.kind === 'mapping.created') {
      const { pa, size } = event.payload;
      // A map that failed shows what it had done by then, often nothing (iommu_map).
      if (size > 0) mapped.set(iova, { pa, size, by: doerOf(event.agent), seq: event.seq });
      else this.takeFailedMap(event.subject, iova, event.seq);
      return;
    }
    const held = mapped.get(iova);
    if (held === undefined || event.payload.removed_size < held.size) return;
    mapped.delete(iova);
    const start = this.current.get(event.subject);
    if (start?.carveout?.seq === held.seq) start.unmapped = { by: doerOf(event.agent), seq: event.seq };
  }

  private takeFailedMap(processor: string, iova: number, seq: number): void {
    const start = this.current.get(processor);
    if (start?.phase !== 'preparing') return;
    const isCarveout = [...start.images.values()].some(({ pa }) => pa === iova);
    tell(start, isCarveout ? 'carveout-mapping' : 'devmem-mapping', {
      by: 'nobody',
      note: `map of iova ${hex(iova)} failed`,
      seq,
    });
  }

  private takeState(processor: string, state: string, seq: number): void {
    switch (state) {
      case 'starting':
        this.begin(processor, true);
        this.startOf(processor);
        break;
      case 'running': {
        if (this.current.get(processor)?.phase === 'ending') this.begin(processor);
        const start = this.startOf(processor);
        start.phase = 'up';
        // "is now up" comes after TrustZone authenticated the firmware and the core said that it is ready.
        for (const duty of ['authenticate', 'reset'] as const)
          if (!start.told.has(duty)) start.told.set(duty, { by: 'trustzone', note: 'it came up', seq });
        break;
      }
      case 'offline': {
        const start = this.current.get(processor);
        if (start?.phase === 'up' && start.hasCalls) start.isStoppedUnseen = true;
        this.end(processor, seq);
        break;
      }
      case 'failed':
        this.end(processor, seq);
        break;
      default:
    }
  }

  private takeFailure(event: Extract<BootEvent, { kind: 'remoteproc.failed' }>): void {
    const { name, step, errno } = event.payload;
    const start = this.current.get(name);
    if (start === undefined || start.phase === 'ending') return;
    const note = errno === null ? step : `${step}, ${renderErrno(errno)}`;
    if (step === 'ready') {
      start.told.set('reset', { by: 'nobody', note: 'the core never said ready', seq: event.seq });
      this.end(name, event.seq);
    }
    const duty = DUTY_OF_STEP[step];
    if (duty === undefined || start.told.get(duty)?.by === 'nobody') return;
    start.told.set(duty, { by: 'nobody', note, seq: event.seq });
    this.end(name, event.seq);
  }

  /** The core did something: it was released. */
  private answer(processor: string, seq: number): void {
    const start = this.current.get(processor);
    if (start?.phase === 'up' && !start.told.has('reset'))
      start.told.set('reset', { by: 'trustzone', note: null, seq });
  }

  private end(processor: string, seq: number): void {
    const start = this.current.get(processor);
    if (start === undefined || start.phase === 'ending') return;
    start.phase = 'ending';
    start.endedAt = seq;
  }

  /** A new start where the last one is over, or where one is begun anew. */
  private begin(processor: string, isNew = false): void {
    const start = this.current.get(processor);
    if (start === undefined || (start.phase === 'preparing' && !(isNew && start.hasCalls))) return;
    // Under a crash the state may say `starting` of a core that is still up: its stop comes first.
    this.current.delete(processor);
  }

  private startOf(processor: string): Start {
    const known = this.current.get(processor);
    if (known !== undefined) return known;
    const number = this.starts.filter((other) => other.processor === processor).length + 1;
    const start = newStart(processor, number);
    this.starts.push(start);
    this.current.set(processor, start);
    return start;
  }

  private askerOf(event: BootEvent): Doer {
    return (event.cause === null ? undefined : this.askerOfReturn.get(event.cause)) ?? doerOf(event.agent);
  }
}
