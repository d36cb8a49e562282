import { hex } from '../../base/word.ts';
import type { BootFacts } from '../boot-facts.ts';
import { modeRuledOut } from '../evidence.ts';
import { ruleFamily } from '../finding.ts';
import {
  accessText,
  carveoutAt,
  devmemAt,
  faulted,
  isGivenUp,
  type ProcessorFault,
  placeName,
  processorFaults,
  seen,
  streamRuledOut,
} from '../processor-faults.ts';

/** Faults of a processor's own stream that nothing is known to be missing for, or of which too little is told. */
export const UNPLACED_FAULT_RULES = ruleFamily('mappings', [
  {
    id: 'core-touched-unmapped',
    title: 'the core reaches for memory that nobody knows',
    severity: 'degraded',
    stage: 'general',
    modes: ['F-110'],
    doc: 'A remote processor faults at an address in no region and no known device: most likely a bug of its firmware (a wild pointer).',
    source: 'domain/07 F-110',
    disprovedBy: 'a device or region at that address that the processor needs',
    tries: [
      'take the crash to the firmware’s owner, with the address',
      'check that firmware and SoC revision go together',
    ],
    *examine(boot) {
      for (const found of processorFaults(boot)) {
        const { fault, owner, iova, attempt } = found;
        if (boot.isExplained(fault.first) || isOfKnownPlace(boot, found)) continue;
        if (attempt !== undefined && isGivenUp(boot, attempt, fault.first)) continue;
        yield faulted(boot, found, {
          certainty: boot.soc === undefined ? 'narrowed' : 'likely',
          severity: attempt === undefined || attempt.outcome === 'up' ? 'degraded' : 'fatal',
          sentence: `${owner} ${accessText(fault)} at ${hex(iova)}, where ${boot.soc === undefined ? 'nothing is known to be (the SoC is not known)' : 'neither a region nor a device of its own is'}${seen(fault)}`,
          modes:
            boot.soc === undefined
              ? ['F-16', 'F-110']
              : attempt?.isRecovery === true
                ? ['F-106', 'F-110']
                : ['F-110'],
          ruledOut: [modeRuledOut(boot, owner), streamRuledOut(found)],
        });
      }
    },
  },
  {
    id: 'fault-kind-untold',
    title: 'a fault of which the history tells little',
    severity: 'fatal',
    stage: 'last',
    modes: ['F-16', 'F-21', 'F-32', 'F-36', 'F-37', 'F-38', 'F-41', 'F-65'],
    doc: 'A remote processor faults where it has something, and the lines of the SMMU that tell what kind of fault it was are missing, or the history ends right there: not mapped, mapped without the permission, and mapped in another domain look alike.',
    source: 'rproc_iommu_fault; arm_smmu_context_fault, whose lines are rate limited',
    disprovedBy: 'the lines "Unhandled context fault" and "FSR" of the same fault',
    tries: [
      'look for the lines of arm-smmu right after it: FSR tells a translation fault (TF) from a permission fault (PF)',
      'record a trace with `trace_event=iommu:*`, which shows what is mapped',
    ],
    *examine(boot) {
      for (const found of processorFaults(boot)) {
        const { fault, owner, iova, attempt } = found;
        if (boot.isExplained(fault.first) || !isOfKnownPlace(boot, found)) continue;
        if (attempt !== undefined && isGivenUp(boot, attempt, fault.first)) continue;
        const mapping = boot.mappingAt(owner, iova, fault.first);
        yield faulted(boot, found, {
          certainty: 'narrowed',
          severity: attempt === undefined || attempt.outcome === 'up' ? 'degraded' : 'fatal',
          modes: untoldModes(boot, found),
          sentence: `${owner} faults at ${hex(iova)} (${placeName(boot, owner, iova)})${seen(fault)}: ${mapping === undefined ? 'whether it is mapped there is not told' : 'it is mapped there, without the permission or in another domain'}`,
          evidence: [mapping?.seq],
          ruledOut: [modeRuledOut(boot, owner)],
        });
      }
    },
  },
  {
    id: 'fault-after-failed-start',
    title: 'the core still runs after a start that failed',
    severity: 'degraded',
    stage: 'last',
    modes: [],
    doc: 'A processor whose start failed faults in the domain that Linux left it in.',
    source: 'domain/07 F-41',
    disprovedBy: 'a shutdown of the processor that succeeds before the fault',
    tries: ['look at why the start failed: TrustZone had released the core all the same'],
    *examine(boot) {
      for (const found of processorFaults(boot)) {
        if (boot.isExplained(found.fault.first)) continue;
        if (found.attempt === undefined || !isGivenUp(boot, found.attempt, found.fault.first)) continue;
        yield faulted(boot, found, {
          certainty: 'likely',
          sentence: `${found.owner} runs after its start was given up, and ${accessText(found.fault)} at ${hex(found.iova)}${seen(found.fault)}`,
        });
      }
    },
  },
]);

/** Whether a processor has something at the address of a fault: memory of its own, an entry of its table, a mapping. */
function isOfKnownPlace(boot: BootFacts, { fault, owner, iova }: ProcessorFault): boolean {
  return (
    boot.regionAt(iova) !== undefined ||
    devmemAt(boot, owner, iova) !== undefined ||
    boot.mappingAt(owner, iova, fault.first) !== undefined
  );
}

/** What a fault may come of of which only the address is told. */
function untoldModes(boot: BootFacts, { fault, owner, iova }: ProcessorFault): string[] {
  if (boot.mappingAt(owner, iova, fault.first) !== undefined) return ['F-21', 'F-32'];
  const part = carveoutAt(boot, owner, iova)?.part;
  const ofPlace =
    part === 'dtb'
      ? ['F-38']
      : part === 'main'
        ? ['F-36', 'F-37', 'F-41', 'F-39']
        : /heap/.test(boot.regionAt(iova)?.name ?? '')
          ? ['F-65']
          : ['F-16', 'F-106'];
  return [...ofPlace, 'F-21', 'F-32'];
}
