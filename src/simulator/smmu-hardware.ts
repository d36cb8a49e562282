import type { PayloadOf } from '../events/catalog.ts';
import type { StreamDescription } from '../soc/description.ts';
import { contextFaultMeaning, globalFaultMeaning, globalFaultSyndrome } from '../soc/smmu-fault.ts';
import { stage1Registers, stage2Registers } from '../soc/smmu-v2.ts';
import { BAD_STREAM, smmuV3EventOf } from '../soc/smmu-v3.ts';
import { processorOfStream, subjectOfStream } from '../soc/stream-owner.ts';
import { type Translation, translate } from '../soc/translation.ts';
import type { Access } from '../soc/walk.ts';
import type { Actor, AddressSpace } from './address-space.ts';
import type { World } from './world.ts';

/** A transaction that the SMMU stopped. */
export interface SmmuFault {
  /** Seq of the fault's event. */
  readonly seq: number;
  /** Who made the transaction. */
  readonly master: string;
  readonly streamId: number;
  readonly iova: number;
  readonly access: Access;
  readonly result: Extract<Translation, { outcome: 'fault' }>;
}

/** The SMMU: stream matching, context banks, walks of the tables in memory, and faults. */
export class SmmuHardware {
  /** Interrupt of a fault: whoever drives the SMMU. */
  onFault: (fault: SmmuFault) => void = () => {};
  private readonly world: World;
  private readonly device: string;
  private readonly banksInUse = new Set<number>();
  private banksLeft = Number.POSITIVE_INFINITY;
  private readonly streamIndexes = new Map<string, number>();

  constructor(world: World) {
    this.world = world;
    this.device = world.plan.soc.smmu.device;
  }

  /** Whoever owns the SMMU takes it over: a stream that nobody configured faults. */
  reset(actor: Actor): void {
    this.world.recording.emit('smmu.reset', actor, { device: this.device, unmatched: 'fault' });
  }

  /** Devices that the model does not boot hold all context banks but `left` of those that are free. */
  leaveContextBanks(left: number): void {
    this.banksLeft = left;
  }

  /** Lowest free context bank; null when all are taken. */
  takeContextBank(): number | null {
    const { smmu } = this.world.plan.soc;
    const count = this.world.plan.mode.exceptionLevel === 2 ? smmu.contextBanks.el2 : smmu.contextBanks.el1;
    // An SMMUv3 has context descriptors in memory, as many as there are streams.
    const limit = smmu.architecture === 'smmu-v3' ? Number.POSITIVE_INFINITY : count;
    if (this.banksInUse.size >= this.banksLeft) return null;
    for (let bank = 0; bank < limit; bank++) {
      if (this.banksInUse.has(bank)) continue;
      this.banksInUse.add(bank);
      return bank;
    }
    return null;
  }

  returnContextBank(bank: number): void {
    this.banksInUse.delete(bank);
  }

  configureContextBank(actor: Actor, bank: number, space: AddressSpace): void {
    const { smmu } = this.world.plan.soc;
    const { inputBits, outputBits, stage } = space.geometry;
    const domain = { rootPa: space.rootPa, inputBits, outputBits, isCoherent: smmu.isCoherent };
    const registers =
      stage === 1 ? stage1Registers({ ...domain, asid: bank }) : stage2Registers({ ...domain, vmid: bank });
    this.world.recording.emit('smmu.context_bank_configured', actor, {
      device: this.device,
      context_bank: bank,
      space: space.name,
      stage,
      ...registers,
    });
  }

  configureStream(
    actor: Actor,
    stream: StreamDescription,
    type: 'translate' | 'bypass' | 'fault',
    contextBank: number | null,
  ): void {
    this.world.recording.emit('smmu.stream_configured', actor, {
      device: this.device,
      index: this.indexOf(stream),
      stream_id: stream.streamId,
      mask: stream.mask,
      type,
      context_bank: contextBank,
    });
  }

  /** First free stream-match entry for a stream, or the one that it has. */
  private indexOf({ streamId, mask }: StreamDescription): number {
    const key = `${streamId}/${mask}`;
    const index = this.streamIndexes.get(key) ?? this.streamIndexes.size;
    this.streamIndexes.set(key, index);
    return index;
  }

  /** A master's transaction. True when it went through; a fault is an event, and an interrupt. */
  access(
    master: { readonly name: string; readonly streamId: number },
    access: Access,
    iova: number,
    size: number,
  ): boolean {
    const { recording, state } = this.world;
    const about = { agent: master.name, subject: master.name, context: null };
    const cause = recording.emit('remoteproc.memory_accessed', about, {
      name: master.name,
      access,
      iova,
      size,
    });
    const { streamId } = master;
    const result = translate(state, { smmu: this.device, streamId, iova, access });
    if (result.outcome !== 'fault') return true;
    const { soc } = this.world.plan;
    const isV3 = soc.smmu.architecture === 'smmu-v3';
    const subject = subjectOfStream(processorOfStream(soc, streamId), streamId);
    const seq = recording.emit(
      'smmu.faulted',
      { agent: 'smmu', subject, cause, context: null },
      { device: this.device, stream_id: streamId, iova, ...reportOf(result, access, isV3) },
    );
    this.onFault({ seq, master: master.name, streamId, iova, access, result });
    return false;
  }
}

/** What the SMMU reports, as its registers or its event record have it. */
function reportOf(
  result: SmmuFault['result'],
  access: Access,
  isV3: boolean,
): Omit<PayloadOf<'smmu.faulted'>, 'device' | 'stream_id' | 'iova'> {
  const unknown = { level: null, fsr: null, fsynr: null, context_bank: null, hardware_bank: null };
  if (result.fault !== 'context') {
    const fsynr = globalFaultSyndrome(access);
    const { reason } = globalFaultMeaning(result.gfsr, fsynr);
    if (isV3) {
      const detail = result.fault === BAD_STREAM.reason ? BAD_STREAM.name : null;
      return { ...unknown, type: 'event', access, reason: result.fault, detail };
    }
    return { ...unknown, type: 'global', access, reason, fsr: result.gfsr, fsynr, detail: null };
  }
  const { contextBank, cause } = result;
  if (isV3) {
    const detail = smmuV3EventOf(cause);
    return { ...unknown, type: 'event', access, reason: cause, context_bank: contextBank, detail };
  }
  const { fsr, fsynr0: fsynr } = result;
  const { reason, level, hardwareBank } = contextFaultMeaning(fsr, fsynr);
  return {
    type: 'context',
    access,
    reason,
    level,
    fsr,
    fsynr,
    context_bank: contextBank,
    hardware_bank: hardwareBank,
    detail: null,
  };
}
