import type { RemoteprocDescription } from '../soc/description.ts';
import { SMC_COMMAND_NAME } from '../soc/smc-command.ts';
import { decodeSmcFunction, SMC_OWNER } from '../soc/smc-function.ts';
import { AddressSpace } from './address-space.ts';
import type { Steps } from './scheduler.ts';
import { commandName, outcome, type SmcCall, type SmcOutcome, STATUS, succeeded } from './smc-call.ts';
import { tellConsequences } from './smc-consequences.ts';
import { tellSmcRequest, tellSmcReturn } from './smc-events.ts';
import type { SmmuHardware } from './smmu-hardware.ts';
import type { TrustZone } from './trustzone.ts';
import type { World } from './world.ts';

const PAGE = 4096;

/** What the hypervisor holds for a processor that runs. */
interface Guest {
  readonly space: AddressSpace;
  readonly contextBank: number;
  readonly mapped: { readonly pa: number; readonly size: number }[];
}

/**
 * QHEE or Gunyah at EL2, below Linux: it traps Linux's calls to TrustZone, makes the bridges that they need, and
 * programs the SMMU of a remote processor before its firmware runs.
 */
export class Hypervisor {
  private readonly world: World;
  private readonly trustzone: TrustZone;
  private readonly smmu: SmmuHardware;
  private readonly guests = new Map<string, Guest>();

  constructor(world: World, trustzone: TrustZone, smmu: SmmuHardware) {
    this.world = world;
    this.trustzone = trustzone;
    this.smmu = smmu;
    // It owns the SMMU from before Linux starts.
    smmu.reset({ agent: 'hypervisor', subject: world.plan.soc.smmu.device, context: null });
  }

  get isGunyah(): boolean {
    return this.world.plan.mode.hypervisor === 'gunyah';
  }

  /** The boot loader started a processor: it has its whole region, as one has that Linux starts. */
  adopt(subject: string): void {
    const { soc } = this.world.plan;
    const carveout = soc.remoteprocs.find(({ name }) => name === subject)?.carveout;
    const region = soc.reservedMemory.find(({ name }) => name === carveout);
    if (region !== undefined) this.map(subject, region, null);
  }

  /** HCR_EL2.TSC: every call that Linux makes comes here first. */
  *trap(call: SmcCall): Steps<SmcOutcome> {
    // Only the firmware services of the SoC are looked at; the rest passes.
    if (decodeSmcFunction(call.functionId).owner !== SMC_OWNER.sip) return yield* this.trustzone.handle(call);
    const trapped = this.world.recording.emit(
      'smc.trapped',
      { agent: 'hypervisor', subject: call.subject, cause: call.request, context: null },
      { function_id: call.functionId },
    );
    yield* this.world.spend(8_000);
    switch (call.name) {
      case SMC_COMMAND_NAME.initImage:
        return yield* this.initImage(call, trapped);
      case SMC_COMMAND_NAME.authAndReset:
        return yield* this.authenticate(call, trapped);
      case SMC_COMMAND_NAME.shutdown: {
        const result = yield* this.forward(call, trapped);
        // A core that was not stopped goes on reading through its table.
        if (succeeded(result) && result.results[0] === 0n) this.unmap(call.subject, trapped);
        return result;
      }
      case 'MP_ASSIGN':
        return outcome(this.world.ownership.assign(call, trapped));
      case 'MP_VIDEO_VAR':
        // What stage 2 protects is the hypervisor's own business.
        return outcome(STATUS.ok);
      default:
        return yield* this.forward(call, trapped);
    }
  }

  private *forward(call: SmcCall, trapped: number): Steps<SmcOutcome> {
    this.world.recording.emit(
      'smc.forwarded',
      { agent: 'hypervisor', subject: call.subject, cause: trapped, context: null },
      { function_id: call.functionId },
    );
    return yield* this.trustzone.handle(call);
  }

  private *initImage(call: SmcCall, trapped: number): Steps<SmcOutcome> {
    const page = Number((call.args[1] ?? 0n) & ~0xfffn);
    const size = PAGE * Number(this.world.plan.policies['hypervisor-metadata-pages']);
    const bridge = yield* this.createBridge(page, size, call.subject, trapped);
    // A buffer that lies in a bridge of Linux's cannot be bridged again.
    if (bridge === null) return outcome(STATUS.invalidAddress);
    const result = yield* this.forward(call, trapped);
    yield* this.deleteBridge(bridge, call.subject, trapped);
    return result;
  }

  private *authenticate(call: SmcCall, trapped: number): Steps<SmcOutcome> {
    const { state } = this.world;
    const image = state.pas.get(Number(call.args[0] ?? 0n))?.memory ?? null;
    if (image === null) return yield* this.forward(call, trapped);
    this.map(call.subject, image, trapped);
    const bridge = yield* this.createBridge(image.pa, image.size, call.subject, trapped);
    if (bridge === null) return outcome(STATUS.invalidAddress);
    const result = yield* this.forward(call, trapped);
    yield* this.deleteBridge(bridge, call.subject, trapped);
    if (!succeeded(result)) this.unmap(call.subject, trapped);
    return result;
  }

  /** Gives a processor its memory and the devices of its resource table, in a table of the hypervisor's own. */
  private map(subject: string, image: { pa: number; size: number }, cause: number | null): void {
    const { soc, policies } = this.world.plan;
    const processor = soc.remoteprocs.find((candidate) => candidate.name === subject);
    const stream = soc.el2Overlay?.iommus[subject];
    if (processor === undefined || stream === undefined || this.guests.has(subject)) return;
    const about = { agent: 'hypervisor', subject, cause, context: null };
    const space = AddressSpace.create(this.world, about, {
      name: `${subject}-stage2`,
      stage: 2,
      addressBits: soc.smmu.outputBits,
      outputBits: soc.smmu.outputBits,
      isCoherent: soc.smmu.isCoherent,
      owner: 'hypervisor',
    });
    const contextBank = this.smmu.takeContextBank();
    this.smmu.configureContextBank(about, contextBank ?? 0, space);
    const mapped = [];
    for (const range of this.rangesOf(processor, image, policies['hypervisor-maps'] === 'region')) {
      if (space.map(about, range.pa, range.pa, range.size, range.flags) === 0) mapped.push(range);
    }
    this.smmu.configureStream(about, stream, 'translate', contextBank);
    this.guests.set(subject, { space, contextBank: contextBank ?? 0, mapped });
  }

  private rangesOf(
    processor: RemoteprocDescription,
    image: { pa: number; size: number },
    isWholeRegion: boolean,
  ): { pa: number; size: number; flags: number }[] {
    const region = this.world.plan.soc.reservedMemory.find(({ name }) => name === processor.carveout);
    const memory = isWholeRegion && region !== undefined ? region : image;
    const dtb = this.world.plan.soc.reservedMemory.find(({ name }) => name === processor.dtbCarveout);
    const firmware = [memory, ...(dtb === undefined ? [] : [dtb])];
    return [...firmware.map(({ pa, size }) => ({ pa, size, flags: 3 })), ...processor.resourceTable];
  }

  private unmap(subject: string, cause: number): void {
    const guest = this.guests.get(subject);
    const stream = this.world.plan.soc.el2Overlay?.iommus[subject];
    if (guest === undefined || stream === undefined) return;
    this.guests.delete(subject);
    const about = { agent: 'hypervisor', subject, cause, context: null };
    this.smmu.configureStream(about, stream, 'fault', null);
    for (const { pa, size } of guest.mapped) guest.space.unmap(about, pa, size);
    guest.space.destroy(about);
    this.smmu.returnContextBank(guest.contextBank);
  }

  private *createBridge(pa: number, size: number, subject: string, cause: number): Steps<bigint | null> {
    const result = yield* this.callTrustZone(
      0x4200_0c1e,
      [BigInt(pa + 6), BigInt(pa + 6), BigInt(size + 0x200), 3n],
      subject,
      cause,
    );
    return succeeded(result) ? result.results[1] : null;
  }

  private *deleteBridge(handle: bigint, subject: string, cause: number): Steps {
    yield* this.callTrustZone(0x4200_0c1d, [handle], subject, cause);
  }

  /** A call of the hypervisor's own, which no tracepoint of Linux shows. */
  private *callTrustZone(
    functionId: number,
    args: readonly bigint[],
    subject: string,
    cause: number,
  ): Steps<SmcOutcome> {
    const { recording } = this.world;
    const asking = { agent: 'hypervisor', subject, cause, context: null };
    const request = tellSmcRequest(recording, asking, { functionId, args });
    const call = { functionId, argInfo: args.length, args, name: commandName(functionId), subject, request };
    const result = yield* this.trustzone.handle(call);
    const answering = { agent: 'trustzone', subject, cause: request, context: null };
    const returned = tellSmcReturn(recording, answering, functionId, result);
    tellConsequences(recording, call, result, returned, { tableEntries: null });
    return result;
  }
}
