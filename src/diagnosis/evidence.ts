import { hex } from '../base/word.ts';
import type { BootFacts } from './boot-facts.ts';
import type { FaultGroup } from './fault-groups.ts';
import type { RuledOut } from './finding.ts';
import type { Attempt, Failure } from './processor-facts.ts';
import type { Call } from './told-things.ts';

/** Seqs of all that failed for a processor in an attempt, from an event on. */
export function failuresFrom(boot: BootFacts, attempt: Attempt, from = attempt.seq): number[] {
  return boot
    .failuresIn(attempt)
    .filter(({ seq }) => seq >= from)
    .map(({ seq }) => seq);
}

/** The first failure of some steps in an attempt. */
export function firstFailure(boot: BootFacts, attempt: Attempt, ...steps: string[]): Failure | undefined {
  return boot.failuresIn(attempt, ...steps)[0];
}

/** Seqs of a call and of its return. */
export function callSeqs(call: Call | undefined): number[] {
  if (call === undefined) return [];
  return call.returned === null ? [call.seq] : [call.seq, call.returned.seq];
}

/** A line that is often taken for the cause of a refused image, and has nothing to do with it. */
export function qseecomRuledOut(boot: BootFacts): RuledOut | null {
  const note = boot.notes.find(({ payload }) => payload.note === 'qseecom-untested-machine');
  if (note === undefined) return null;
  // drivers/firmware/qcom/qcom_scm.c qcom_scm_qseecom_init: the list concerns the client uefisecapp alone.
  return {
    what: '"qseecom: untested machine, skipping": an allow-list of the QSEECOM client, which no PAS call depends on',
    seq: note.seq,
    modes: [],
  };
}

/** The device tree fits the exception level. */
export function modeRuledOut(boot: BootFacts, processor: string): RuledOut | null {
  const level = boot.exceptionLevel;
  const hasIommus = boot.hasIommus(processor);
  if (level === null || hasIommus === undefined) return null;
  const facts = boot.processors.get(processor);
  if (level.value === 2 && hasIommus)
    return {
      what: `the plain device tree at EL2: the node of ${processor} has iommus`,
      seq: facts?.group ?? facts?.attached ?? null,
      modes: ['F-01', 'F-03'],
      about: 'device tree',
    };
  if (level.value === 1 && !hasIommus)
    return {
      what: `the EL2 device tree at EL1: the node of ${processor} joins no IOMMU group`,
      seq: level.seq,
      modes: ['F-02'],
      about: 'device tree',
    };
  return null;
}

/**
 * Whether Linux has to make the bridges of a start: the node has `iommus`, which the exception level tells, a group, or
 * that Linux asks for the resource table, as it does only then (qcom_pas_parse_firmware).
 */
export function isBridgedByLinux(boot: BootFacts, attempt: Attempt): boolean {
  const hasIommus = boot.hasIommus(attempt.processor);
  if (boot.exceptionLevel?.value === 1 || hasIommus === false) return false;
  return (
    boot.exceptionLevel?.value === 2 ||
    hasIommus === true ||
    boot.callsIn(attempt, 'PAS_GET_RSCTABLE').length > 0
  );
}

/** The file was there and could be read. */
export function firmwareRuledOut(boot: BootFacts, attempt: Attempt): RuledOut | null {
  const loaded = boot.processors
    .get(attempt.processor)
    ?.firmware.find(({ seq }) => seq > attempt.seq && seq < attempt.end);
  if (loaded === undefined) return null;
  return {
    what: `a missing firmware file: ${loaded.payload.name} was read`,
    seq: loaded.seq,
    modes: ['F-80'],
    about: 'firmware file',
  };
}

/** Failure modes in which a processor reaches for memory that is not mapped for it. */
export const UNMAPPED_MODES: readonly string[] = ['F-16', 'F-36', 'F-37', 'F-38', 'F-41', 'F-65', 'F-106'];

/** Faults during a start of streams that may be the processor's: whose they are, only a SoC that is known tells. */
export function faultsOfStrangers(boot: BootFacts, { seq, end }: Attempt): FaultGroup[] {
  if (boot.soc !== undefined) return [];
  return boot.faults.filter(
    ({ owner, first, event }) =>
      owner === null && event.payload.type !== 'global' && first > seq && first < end,
  );
}

/** No stream of the processor faulted. */
export function faultsRuledOut(boot: BootFacts, attempt: Attempt): RuledOut | null {
  if (boot.faultsIn(attempt).length > 0 || boot.smmuSeen.length === 0) return null;
  if (faultsOfStrangers(boot, attempt).length > 0) return null;
  return {
    what: `memory that is not mapped: no stream of ${attempt.processor} faulted`,
    seq: boot.smmuSeen[0] ?? null,
    modes: UNMAPPED_MODES,
  };
}

/** The call that answered in order, so that what it does is not the cause. */
export function callRuledOut(
  call: Call | undefined,
  what: string,
  modes: readonly string[],
): RuledOut | null {
  if (call === undefined || call.returned === null || call.returned.errno !== 0) return null;
  return { what, seq: call.returned.seq, modes };
}

/** `0x95900000 + 0x1e00000` */
export function rangeText({ pa, size }: { readonly pa: number; readonly size: number }): string {
  return `${hex(pa)} + ${hex(size)}`;
}

/** The attempt that an event falls into; undefined before the first. */
export function attemptAt(boot: BootFacts, processor: string, seq: number): Attempt | undefined {
  return boot.processors.get(processor)?.attempts.findLast((attempt) => attempt.seq < seq);
}

/** Whether the processor was up before an attempt. */
export function wasUpBefore(boot: BootFacts, attempt: Attempt): boolean {
  const attempts = boot.processors.get(attempt.processor)?.attempts ?? [];
  return attempts.some(({ number, outcome }) => number < attempt.number && outcome === 'up');
}
