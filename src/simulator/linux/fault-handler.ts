import {
  contextFaultLines,
  globalFaultLines,
  globalFaultSyndrome,
  remoteprocFaultLine,
} from '../../soc/smmu-fault.ts';
import { BAD_STREAM, smmuV3BadStreamLines, smmuV3EventLines, smmuV3EventOf } from '../../soc/smmu-v3.ts';
import type { SmmuFault } from '../smmu-hardware.ts';
import type { World } from '../world.ts';
import type { Iommu } from './iommu.ts';
import { type KernelLog, LEVEL } from './kernel-log.ts';

/** DEFAULT_RATELIMIT_INTERVAL and DEFAULT_RATELIMIT_BURST (include/linux/ratelimit_types.h). */
const INTERVAL_NS = 5_000_000_000;
const BURST = 10;

/** What Linux does at an interrupt of the SMMU: tells the remoteproc core, then prints, not too often. */
export class SmmuFaultHandler {
  private readonly world: World;
  private readonly log: KernelLog;
  private readonly iommu: Iommu;
  private readonly limits = new Map<string, RateLimit>();

  constructor(world: World, log: KernelLog, iommu: Iommu) {
    this.world = world;
    this.log = log;
    this.iommu = iommu;
  }

  /** arm_smmu_context_fault, arm_smmu_global_fault, and arm_smmu_evtq_thread of an SMMUv3. */
  handle(fault: SmmuFault): void {
    const { architecture } = this.world.plan.soc.smmu;
    const { result, iova, access, streamId, seq } = fault;
    if (result.fault !== 'context') {
      // Whoever owns the SMMU as a whole is told: under a hypervisor that is not Linux.
      if (this.world.plan.mode.hypervisor !== null) return;
      if (architecture === 'smmu-v3') {
        // A stream that its entry aborts leaves no event (IHI 0070, STE.Config).
        if (result.fault === BAD_STREAM.reason)
          this.print('arm_smmu_evtq_thread', smmuV3BadStreamLines(streamId), seq);
        return;
      }
      const gfsynr0 = globalFaultSyndrome(access);
      this.print(
        'arm_smmu_global_fault',
        globalFaultLines({ gfsr: result.gfsr, gfsynr0, gfsynr1: streamId, gfsynr2: 0 }),
        seq,
      );
      return;
    }
    const domain = this.iommu.domainOfBank(result.contextBank);
    // Faults of what the hypervisor programmed go to the hypervisor.
    if (domain === undefined) return;
    if (architecture === 'smmu-v3') {
      // Its driver asks nobody: the remoteproc core does not hear of the fault.
      const client = this.iommu.deviceOf(fault.master)?.name ?? null;
      this.print(
        'arm_smmu_evtq_thread',
        smmuV3EventLines({ event: smmuV3EventOf(result.cause), client, streamId, iova, access }),
        seq,
      );
      return;
    }
    if (domain.onFault !== null) {
      this.log.print(remoteprocFaultLine(iova, access), LEVEL.error, seq);
      domain.onFault(seq);
    }
    const { fsr, fsynr0, contextBank } = result;
    this.print(
      'arm_smmu_context_fault',
      contextFaultLines({ fsr, iova, fsynr0, streamId, contextBank }),
      seq,
    );
  }

  /** Prints what `function_` has to say, unless it said enough. */
  private print(function_: string, lines: readonly string[], cause: number): void {
    if (!this.isAllowed(function_)) return;
    const { device, architecture } = this.world.plan.soc.smmu;
    const driver = architecture === 'smmu-v3' ? 'arm-smmu-v3' : 'arm-smmu';
    for (const line of lines) this.log.print(`${driver} ${device}: ${line}`, LEVEL.error, cause);
  }

  /** ___ratelimit, with a state for each function that asks. */
  private isAllowed(function_: string): boolean {
    const { now } = this.world.scheduler;
    let limit = this.limits.get(function_);
    if (limit === undefined || now - limit.began > INTERVAL_NS) {
      if (limit !== undefined && limit.missed > 0)
        this.log.print(`${function_}: ${limit.missed} callbacks suppressed`, LEVEL.warning);
      limit = { began: now, printed: 0, missed: 0 };
      this.limits.set(function_, limit);
    }
    if (limit.printed < BURST) {
      limit.printed++;
      return true;
    }
    limit.missed++;
    return false;
  }
}

interface RateLimit {
  readonly began: number;
  printed: number;
  missed: number;
}
