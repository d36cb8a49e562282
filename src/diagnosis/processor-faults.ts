import { hex } from '../base/word.ts';
import type { BootFacts } from './boot-facts.ts';
import { attemptAt, failuresFrom } from './evidence.ts';
import type { FaultGroup } from './fault-groups.ts';
import type { FoundCause, RuledOut } from './finding.ts';
import type { Attempt } from './processor-facts.ts';
import type { Region } from './told-things.ts';

/** A fault of a remote processor's own stream. */
export interface ProcessorFault {
  readonly fault: FaultGroup;
  readonly owner: string;
  readonly iova: number;
  /** The start that it falls into; undefined before the first. */
  readonly attempt: Attempt | undefined;
}

/** Context faults of the streams of remote processors that were started, with an address. */
export function* processorFaults(boot: BootFacts): Generator<ProcessorFault> {
  for (const fault of boot.faults) {
    if (fault.owner === null || fault.iova === null || boot.isExplained(fault.first)) continue;
    if (isDmaAddress(boot, fault)) continue;
    const attempt = attemptAt(boot, fault.owner, fault.first);
    if (boot.hasIommus(fault.owner) === false && boot.exceptionLevel?.value === 2) continue;
    yield { fault, owner: fault.owner, iova: fault.iova, attempt };
  }
}

/**
 * Linux gives DMA addresses from the top of the first 4 GiB downwards (alloc_iova), and maps for a remote processor
 * identically: what faults up there belongs to a context bank of FastRPC or another device.
 */
export function isDmaAddress(boot: BootFacts, { iova }: FaultGroup): boolean {
  return iova !== null && iova >= 0xf000_0000 && iova < 2 ** 32 && boot.regionAt(iova) === undefined;
}

/**
 * Whether what is mapped for a processor is told when it faults: the trace was on from the start of it until it was
 * released, so that what it does not show was not mapped.
 */
export function tellsMappings(boot: BootFacts, { fault, attempt }: ProcessorFault): boolean {
  if (!boot.told.mappings || attempt === undefined) return boot.told.mappings;
  const isBegun =
    boot.sight.isOnBefore(attempt.seq) ||
    boot.callsIn(attempt, 'PAS_GET_RSCTABLE').length + boot.callsIn(attempt, 'PAS_INIT_IMAGE').length > 0;
  const isReleased = boot.told.calls
    ? boot.callsIn(attempt, 'PAS_AUTH_AND_RESET').some(({ seq }) => seq < fault.first)
    : boot.sight.isOnAfter(fault.first);
  return isBegun && isReleased;
}

/**
 * Whether a history tells what kind of fault it was. The line of the remoteproc core (rproc_iommu_fault) has an address
 * only; where nothing is mapped there, the walk found nothing.
 */
export function isKindTold(boot: BootFacts, found: ProcessorFault): boolean {
  const { fault, owner, iova } = found;
  if (fault.reason !== null) return true;
  return tellsMappings(boot, found) && boot.mappingAt(owner, iova, fault.first) === undefined;
}

export function seen(fault: FaultGroup): string {
  const total = fault.count + fault.suppressed;
  return total === 1 ? '' : ` (${fault.suppressed > 0 ? 'at least ' : ''}${total} faults)`;
}

export function accessText({ access }: FaultGroup): string {
  return access === 'write' ? 'writes' : access === 'fetch' ? 'fetches code' : 'reads';
}

/** What a fault brought about: the crash that it is reported as, and the start that ends in it. */
export function consequences(boot: BootFacts, { fault, owner, attempt }: ProcessorFault): number[] {
  const failures = attempt === undefined ? [] : failuresFrom(boot, attempt, fault.first);
  // A recovery that follows says once more what the crash had said.
  const next = boot.processors.get(owner)?.attempts.find(({ seq }) => seq > fault.first);
  const inNext = next === undefined ? [] : boot.failuresIn(next, 'stop-ack').map(({ seq }) => seq);
  return [...fault.seqs, ...(fault.crash === null ? [] : [fault.crash]), ...failures, ...inNext];
}

export function faulted(
  boot: BootFacts,
  found: ProcessorFault,
  rest: Omit<FoundCause, 'subject' | 'evidence'> & { evidence?: readonly (number | null | undefined)[] },
): FoundCause {
  const { fault, owner } = found;
  return {
    subject: owner,
    count: fault.count + fault.suppressed,
    explains: consequences(boot, found),
    ...rest,
    evidence: [...fault.seqs.slice(0, 3), ...(rest.evidence ?? []), fault.crash],
  };
}

/** Whose main or dtb carveout an address is in. */
export function carveoutAt(
  boot: BootFacts,
  processor: string,
  iova: number,
): { region: Region; part: 'main' | 'dtb' } | undefined {
  for (const part of ['main', 'dtb'] as const) {
    const region = boot.carveoutOf(processor, part);
    if (region !== undefined && region.pa <= iova && iova < region.pa + region.size) return { region, part };
  }
  return undefined;
}

export function streamRuledOut({ fault }: ProcessorFault): RuledOut | null {
  if (fault.crash === null) return null;
  return {
    what: 'a wrong stream ID: the fault came to the domain of the processor',
    seq: fault.crash,
    modes: ['F-31', 'F-32'],
  };
}

/** What the table of a processor lists at an address, by its name. */
export function devmemAt(
  boot: BootFacts,
  processor: string,
  iova: number,
): { name: string; pa: number; size: number } | undefined {
  const description = boot.soc?.remoteprocs.find(({ name }) => name === processor);
  return description?.resourceTable.find(({ pa, size }) => pa <= iova && iova < pa + size);
}

/** Whether a start had failed, and Linux had given it up, before an event. */
export function isGivenUp(boot: BootFacts, attempt: Attempt, before: number): boolean {
  return boot.failuresIn(attempt).some(({ seq, step }) => step === 'start' && seq < before);
}

/** What a processor reaches for at an address: a region or an entry of its table by its name, else the address. */
export function placeName(boot: BootFacts, owner: string, iova: number): string {
  return boot.regionAt(iova)?.name ?? devmemAt(boot, owner, iova)?.name ?? hex(iova);
}
