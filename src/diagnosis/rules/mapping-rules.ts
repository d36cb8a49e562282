import { hex } from '../../base/word.ts';
import type { BootFacts } from '../boot-facts.ts';
import { attemptAt, modeRuledOut, rangeText, UNMAPPED_MODES, wasUpBefore } from '../evidence.ts';
import { ruleFamily } from '../finding.ts';
import {
  accessText,
  carveoutAt,
  consequences,
  devmemAt,
  faulted,
  isGivenUp,
  isKindTold,
  type ProcessorFault,
  placeName,
  processorFaults,
  seen,
  streamRuledOut,
  tellsMappings,
} from '../processor-faults.ts';
import type { Region } from '../told-things.ts';

/** The stop that failed right before a fault: Linux unmaps all the same. */
function failedShutdown(boot: BootFacts, { fault, owner }: ProcessorFault): number | undefined {
  const attempt = attemptAt(boot, owner, fault.first);
  if (attempt === undefined) return undefined;
  return boot.failuresIn(attempt, 'shutdown', 'stop').find(({ seq }) => seq < fault.first)?.seq;
}

const MAP_CARVEOUT = [
  'the kernel lacks "remoteproc pas: map and unmap the carveout" of the EL2 series (released in Linux 7.0)',
];

/** The call by which FastRPC lends the heap: at EL2 it maps nothing, whatever it returns. */
function lastAssignBefore(boot: BootFacts, seq: number): number | undefined {
  return boot.calls.findLast((call) => call.name === 'MP_ASSIGN' && call.seq < seq)?.seq;
}

/** Faults of a processor's own stream, by what is not mapped there. */
export const MAPPING_RULES = ruleFamily('mappings', [
  {
    id: 'mapping-removed',
    title: 'the core uses memory that was unmapped before',
    severity: 'fatal',
    modes: ['F-41'],
    doc: 'A fault at an address that was mapped for the processor and unmapped before the fault: it was not stopped, or not told.',
    source: 'domain/07 F-41; qcom_pas_stop unmaps whatever PAS_SHUTDOWN says',
    disprovedBy: 'a mapping over the address that stands at the time of the fault',
    tries: [
      'look at the PAS_SHUTDOWN before the fault: the core runs on when it is refused',
      'keep the mapping until TrustZone has stopped the core',
    ],
    *examine(boot) {
      for (const found of processorFaults(boot)) {
        const { fault, owner, iova, attempt } = found;
        if (attempt === undefined || boot.mappingAt(owner, iova, fault.first) !== undefined) continue;
        const former = boot.formerMappingAt(owner, iova, fault.first);
        const stop = failedShutdown(boot, found);
        // A new start maps anew: what an earlier one unmapped says nothing.
        const isOfThisStart =
          former?.ended !== undefined && former.ended !== null && former.ended > attempt.seq;
        const isDead = isGivenUp(boot, attempt, fault.first);
        if (tellsMappings(boot, found) ? !isOfThisStart || isDead : stop === undefined) continue;
        yield faulted(boot, found, {
          certainty: former === undefined ? 'likely' : 'certain',
          sentence:
            stop === undefined
              ? `${owner} ${accessText(fault)} at ${hex(iova)}, which was unmapped before${seen(fault)}`
              : `${owner} was not stopped by a shutdown that failed, and ${accessText(fault)} at ${hex(iova)}, which Linux has unmapped all the same${seen(fault)}`,
          evidence: [former?.seq, former?.ended, stop],
          explains: [...consequences(boot, found), ...laterStops(boot, owner, stop ?? fault.first)],
          ruledOut: [
            former === undefined
              ? null
              : {
                  what: `memory that was never mapped: ${rangeText({ pa: former.iova, size: former.size })} was`,
                  seq: former.seq,
                  modes: ['F-16', 'F-36', 'F-37', 'F-38'],
                },
          ],
        });
      }
    },
  },
  {
    id: 'carveout-not-mapped',
    title: 'the carveout is not mapped when the core is released',
    severity: 'fatal',
    modes: ['F-36'],
    doc: 'The first fetch of the core faults at its entry, in its own carveout, and nothing of it is mapped.',
    source: 'domain/07 F-36; qcom_pas_map_carveout',
    disprovedBy: 'a mapping over the entry that stands at the fault',
    tries: MAP_CARVEOUT,
    *examine(boot) {
      for (const found of carveoutFaults(boot, 'main')) {
        const { fault, owner, region } = found;
        const isPartly = boot.mappingLives.all.some(
          ({ subject, iova, size, seq, ended }) =>
            subject === owner &&
            seq < fault.first &&
            (ended === null || ended > fault.first) &&
            iova < region.pa + region.size &&
            region.pa < iova + size,
        );
        if (tellsMappings(boot, found) ? isPartly : fault.access !== 'fetch') continue;
        yield faulted(boot, found, {
          certainty: tellsMappings(boot, found) ? 'certain' : 'likely',
          sentence: `the carveout of ${owner}, ${rangeText(region)}, is not mapped: the core faults at ${hex(found.iova)}, ${fault.access === 'fetch' ? 'its first fetch' : 'inside it'}${seen(fault)}`,
          evidence: [region.seq],
          ruledOut: [modeRuledOut(boot, owner), streamRuledOut(found)],
        });
      }
    },
  },
  {
    id: 'carveout-partly-mapped',
    title: 'only a part of the carveout is mapped',
    severity: 'fatal',
    modes: ['F-37'],
    doc: 'The core faults in its own carveout beyond what is mapped of it, usually with a write: only the image was mapped, not its heap.',
    source: 'domain/07 F-37',
    disprovedBy: 'a mapping of the whole carveout that stands at the fault',
    tries: ['map the whole reserved region (mem_size), not the size of the image', ...MAP_CARVEOUT],
    *examine(boot) {
      for (const found of carveoutFaults(boot, 'main')) {
        const { fault, owner, region, iova } = found;
        const part = boot.mappingLives.all.findLast(
          ({ subject, iova: start, size, seq, ended }) =>
            subject === owner &&
            seq < fault.first &&
            (ended === null || ended > fault.first) &&
            start < region.pa + region.size &&
            region.pa < start + size,
        );
        if (tellsMappings(boot, found) ? part === undefined : fault.access === 'fetch') continue;
        yield faulted(boot, found, {
          certainty: tellsMappings(boot, found) ? 'certain' : 'likely',
          sentence: `the carveout of ${owner}, ${rangeText(region)}, is mapped in part only: the core ${accessText(fault)} at ${hex(iova)}${seen(fault)}`,
          evidence: [part?.seq],
          ruledOut: [modeRuledOut(boot, owner), streamRuledOut(found)],
        });
      }
    },
  },
  {
    id: 'dtb-carveout-not-mapped',
    title: 'the carveout of the dtb image is not mapped',
    severity: 'fatal',
    modes: ['F-38'],
    doc: 'The core faults in the region of its device-tree image.',
    source: 'domain/07 F-38; qcom_pas_start',
    disprovedBy: 'a mapping over the region that stands at the fault',
    tries: ['map the dtb region before the main image is released', ...MAP_CARVEOUT],
    *examine(boot) {
      for (const found of carveoutFaults(boot, 'dtb')) {
        const { fault, owner, region, iova } = found;
        yield faulted(boot, found, {
          certainty: tellsMappings(boot, found) ? 'certain' : 'likely',
          sentence: `the dtb carveout of ${owner}, ${rangeText(region)}, is not mapped: the core ${accessText(fault)} at ${hex(iova)}${seen(fault)}`,
          evidence: [region.seq],
          ruledOut: [modeRuledOut(boot, owner), streamRuledOut(found)],
        });
      }
    },
  },
  {
    id: 'heap-not-mapped',
    title: 'the FastRPC heap is not mapped for the core',
    severity: 'degraded',
    modes: ['F-65'],
    doc: 'At EL2 the remote heap of FastRPC is given to the core by MP_ASSIGN only, and nobody maps it in its domain.',
    source: 'domain/07 F-65; fastrpc_rpmsg_probe',
    disprovedBy: 'a mapping over the heap that stands at the fault',
    tries: [
      'map the heap identically in the domain of the processor, and skip MP_ASSIGN, when Linux runs at EL2 (patch to fastrpc.c; Linux 7.2 lacks it)',
      'or boot without the heap: remove `memory-region` from the fastrpc node',
    ],
    *examine(boot) {
      for (const found of processorFaults(boot)) {
        const { fault, owner, iova } = found;
        const region = boot.regionAt(iova);
        if (region === undefined || !/heap/.test(region.name) || !isKindTold(boot, found)) continue;
        if (boot.mappingAt(owner, iova, fault.first) !== undefined) continue;
        yield faulted(boot, found, {
          certainty: tellsMappings(boot, found) ? 'certain' : 'likely',
          sentence: `${owner} ${accessText(fault)} at ${hex(iova)} in its FastRPC heap ${region.name}, which nobody mapped for it${seen(fault)}`,
          evidence: [region.seq, lastAssignBefore(boot, fault.first)],
          ruledOut: [modeRuledOut(boot, owner), streamRuledOut(found)],
        });
      }
    },
  },
  {
    id: 'mapping-read-only',
    title: 'the core writes where it may only read',
    severity: 'fatal',
    modes: ['F-21'],
    doc: 'A permission fault: the address is mapped, without the right that the core needs.',
    source: 'domain/07 F-21; FSR.PF',
    disprovedBy: 'FSR has TF rather than PF set',
    tries: [
      'give the entry of the resource table the flag that is missing (IOMMU_WRITE)',
      'update the TrustZone firmware, which the table comes from',
    ],
    *examine(boot) {
      for (const found of processorFaults(boot)) {
        const { fault, owner, iova } = found;
        if (fault.reason?.includes('permission') !== true) continue;
        const mapping = boot.mappingAt(owner, iova, fault.first);
        const place = devmemAt(boot, owner, iova)?.name ?? boot.regionAt(iova)?.name;
        yield faulted(boot, found, {
          certainty: 'certain',
          sentence: `${owner} ${accessText(fault)} at ${hex(iova)}${place === undefined ? '' : ` (${place})`}, which is mapped without that permission${seen(fault)}`,
          evidence: [mapping?.seq],
          ruledOut: [
            {
              what: 'memory that is not mapped: the walk ended in a leaf (permission fault, not translation fault)',
              seq: fault.first,
              modes: UNMAPPED_MODES,
            },
            streamRuledOut(found),
          ],
        });
      }
    },
  },
  {
    id: 'resources-stale-in-recovery',
    title: 'recovery maps what the old firmware needed',
    severity: 'fatal',
    modes: ['F-106'],
    doc: 'A recovery does not ask for the resource table again. The new firmware reaches for something that the old table does not list.',
    source: 'domain/07 F-106; rproc_boot_recovery',
    disprovedBy: 'the first start faulted at the same address too',
    tries: [
      'stop and start the processor (`echo stop > state; echo start > state`): that fetches the table anew',
    ],
    *examine(boot) {
      for (const found of missingFaults(boot)) {
        const { fault, owner, iova, attempt } = found;
        if (attempt?.isRecovery !== true || !wasUpBefore(boot, attempt)) continue;
        yield faulted(boot, found, {
          certainty: tellsMappings(boot, found) ? 'certain' : 'likely',
          sentence: `the recovery of ${owner} goes by the old resource table: the core ${accessText(fault)} at ${hex(iova)} (${placeName(boot, owner, iova)}), which it lacks${seen(fault)}`,
          evidence: [attempt.seq],
          ruledOut: [modeRuledOut(boot, owner), streamRuledOut(found)],
        });
      }
    },
  },
  {
    id: 'devmem-missing',
    title: 'something is missing from the resource table',
    severity: 'fatal',
    modes: ['F-16'],
    doc: 'The core faults at an address that it is known to need (shared memory, hardware mutexes, command database …) and that nobody mapped.',
    source: 'domain/07 F-16; on Lemans 0x90aff330 is what a missing smem looks like',
    disprovedBy: 'a mapping over the address that stands at the fault',
    tries: [
      'add the region to the resource table of the processor: it comes from TrustZone (with OP-TEE: the platform file)',
      'update the TrustZone firmware',
    ],
    *examine(boot) {
      for (const found of missingFaults(boot)) {
        const { fault, owner, iova } = found;
        const table = boot.calls.findLast(
          ({ name, subject, seq }) => name === 'PAS_GET_RSCTABLE' && subject === owner && seq < fault.first,
        );
        const entry = devmemAt(boot, owner, iova);
        yield faulted(boot, found, {
          certainty: tellsMappings(boot, found) || entry !== undefined ? 'certain' : 'likely',
          sentence: `${placeName(boot, owner, iova)} is not mapped for ${owner}, which ${accessText(fault)} at ${hex(iova)}: it is missing from its resource table${seen(fault)}`,
          evidence: [table?.returned?.seq],
          ruledOut: [modeRuledOut(boot, owner), streamRuledOut(found)],
        });
      }
    },
  },
  {
    id: 'translation-survives-unmap',
    title: 'a core reaches memory that was unmapped',
    severity: 'degraded',
    modes: ['F-42'],
    doc: 'A processor reads or writes where its mapping was removed, and no fault stops it: the SMMU still has the translation, because it was not thrown away, or somebody else mapped the memory.',
    source: 'domain/07 F-42; arm_smmu_tlb_sync_context',
    disprovedBy: 'a fault of that access, or a mapping over the address that the history does not show',
    tries: [
      'invalidate the range and wait for the SMMU (TLBI and TLBSYNC) before the memory is used for something else',
    ],
    *examine(boot) {
      for (const { access, former } of boot.mappingLives.afterUnmap) {
        const name = access.subject ?? access.payload.name;
        yield {
          subject: name,
          certainty: 'likely',
          sentence: `${name} reaches ${hex(access.payload.iova)} after it was unmapped, and no fault stops it: its translation outlived the mapping`,
          evidence: [former.seq, former.ended, access.seq],
        };
      }
    },
  },
]);

/** Faults in a processor's own carveout, in its own domain, that no mapping covers. */
function* carveoutFaults(
  boot: BootFacts,
  part: 'main' | 'dtb',
): Generator<ProcessorFault & { readonly region: Region }> {
  for (const found of processorFaults(boot)) {
    const { fault, owner, iova, attempt } = found;
    const place = carveoutAt(boot, owner, iova);
    if (place === undefined || place.part !== part || attempt === undefined) continue;
    if (fault.reason?.includes('permission') === true || !isKindTold(boot, found)) continue;
    const isHeard = fault.crash !== null || fault.event.payload.type !== 'context';
    // What maps it is told, or that the remoteproc core hears nothing of a fault in another domain.
    if (attempt.outcome !== 'up' && !isHeard && !tellsMappings(boot, found)) continue;
    if (boot.mappingAt(owner, iova, fault.first) !== undefined) continue;
    if (wasUnmappedSince(boot, found, attempt.seq)) continue;
    if (!tellsMappings(boot, found) && failedShutdown(boot, found) !== undefined) continue;
    yield { ...found, region: place.region };
  }
}

/** Faults at what a processor needs by its SoC, or in a reserved region that is not its own, and is not mapped. */
function* missingFaults(boot: BootFacts): Generator<ProcessorFault> {
  for (const found of processorFaults(boot)) {
    const { fault, owner, iova, attempt } = found;
    if (attempt === undefined || fault.reason?.includes('permission') === true) continue;
    if (!isKindTold(boot, found)) continue;
    if (carveoutAt(boot, owner, iova) !== undefined) continue;
    const region = boot.regionAt(iova);
    if (region !== undefined && /heap/.test(region.name)) continue;
    if (region === undefined && devmemAt(boot, owner, iova) === undefined) continue;
    if (boot.mappingAt(owner, iova, fault.first) !== undefined) continue;
    if (wasUnmappedSince(boot, found, attempt.seq)) continue;
    if (!isGivenUp(boot, attempt, fault.first)) yield found;
  }
}

/** Whether the address of a fault was mapped, and unmapped after an event: then that is the cause. */
function wasUnmappedSince(boot: BootFacts, { owner, iova, fault }: ProcessorFault, seq: number): boolean {
  const ended = boot.formerMappingAt(owner, iova, fault.first)?.ended ?? null;
  return ended !== null && ended > seq;
}

function laterStops(boot: BootFacts, owner: string, from: number): number[] {
  return boot.failures
    .filter(({ subject, seq, step }) => subject === owner && seq >= from && /stop|shutdown|crash/.test(step))
    .map(({ seq }) => seq);
}
