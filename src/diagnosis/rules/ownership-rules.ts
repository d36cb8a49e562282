import { remoteProcessorOfRegion } from '../../soc/remote-processor.ts';
import type { BootFacts } from '../boot-facts.ts';
import { callSeqs, rangeText } from '../evidence.ts';
import { type FoundCause, ruleFamily } from '../finding.ts';
import { authCalls } from '../pas-calls.ts';
import type { Failure } from '../processor-facts.ts';
import type { Call } from '../told-things.ts';

/** The line of qcom_scm, and those of FastRPC as it lends memory and takes it back. */
const ASSIGN_STEPS = ['assign-memory', 'fastrpc-assign-memory', 'fastrpc-return-memory'];

function assignFailures(boot: BootFacts, errnos: readonly number[]): Failure[] {
  return boot.failures.filter(
    ({ step, errno }) => ASSIGN_STEPS.includes(step) && errno !== null && errnos.includes(errno),
  );
}

/** Memory that FastRPC lent and cannot take back: the owners are those that Linux itself had named. */
function refusedReturn(boot: BootFacts): Failure | undefined {
  return assignFailures(boot, [-22]).find(({ step }) => step === 'fastrpc-return-memory');
}

function refusedAssign(boot: BootFacts): Call | undefined {
  return boot.calls.find(
    ({ name, returned }) => name === 'MP_ASSIGN' && returned !== null && returned.errno !== 0,
  );
}

/** Whether the history says to whom memory was assigned: the arguments of the call are lists in a buffer, which no trace shows. */
function tellsOwners(boot: BootFacts): boolean {
  return boot.assigns.some(({ payload }) => payload.to_vms !== null);
}

/** What is lent for the first time has lost no owner yet; without the driver's line the log does not tell. */
function ownersCertainty(
  boot: BootFacts,
  failures: readonly Failure[],
): Pick<FoundCause, 'certainty' | 'modes'> {
  if (tellsOwners(boot)) return { certainty: 'certain' };
  const isLent = failures.some(({ step }) => step === 'fastrpc-assign-memory');
  return isLent ? { certainty: 'likely' } : { certainty: 'narrowed', modes: ['F-61', 'F-62'] };
}

/** VM ids of `3:rw 37:rwx`. */
function vmIds(text: string | null): number[] {
  return (text ?? '').split(/[ ,]+/).flatMap((vm) => {
    const id = Number(/^(0x[0-9a-f]+|\d+)/.exec(vm)?.[1] ?? Number.NaN);
    return Number.isNaN(id) ? [] : [id];
  });
}

const HLOS = 3;

function modesOfOverlap(lines: readonly Failure[]): Pick<FoundCause, 'certainty' | 'modes'> {
  if (lines.some(isOfTwoProcessors)) return { certainty: 'certain', modes: ['F-54'] };
  return lines.some(({ detail }) => detail !== null)
    ? { certainty: 'certain' }
    : { certainty: 'narrowed', modes: ['F-66', 'F-54'] };
}

/** Whether the two regions of a line are carveouts of two processors. */
function isOfTwoProcessors({ subject, detail }: Failure): boolean {
  const other = remoteProcessorOfRegion(/overlaps with (\S+)/.exec(detail ?? '')?.[1] ?? '');
  return subject !== null && other !== undefined && other !== subject;
}

/** Who owns memory, and who else is in it. */
export const OWNERSHIP_RULES = ruleFamily('ownership', [
  {
    id: 'assign-without-hypervisor',
    title: 'memory cannot be assigned without a hypervisor',
    severity: 'degraded',
    modes: ['F-59'],
    doc: 'MP_ASSIGN is a service of the hypervisor: at EL2 nobody answers it.',
    source: 'domain/07 F-59; qcom_scm_assign_mem',
    disprovedBy: 'the log says that Linux started at EL1',
    tries: [
      'skip MP_ASSIGN when Linux runs at EL2, and map the memory for the processor instead (patch to fastrpc.c)',
    ],
    *examine(boot) {
      const failures = assignFailures(boot, [-95, -5]);
      const [first] = failures;
      if (first === undefined || boot.exceptionLevel?.value === 1) return;
      yield {
        subject: failures.find(({ subject }) => subject !== 'scm')?.subject ?? 'scm',
        cause: 'assign',
        certainty: boot.exceptionLevel === null ? 'likely' : 'certain',
        sentence: 'MP_ASSIGN is refused, because no hypervisor is there to do it: memory stays with Linux',
        evidence: [
          boot.exceptionLevel?.seq,
          ...callSeqs(refusedAssign(boot)),
          ...failures.map(({ seq }) => seq),
        ],
        explains: failures.map(({ seq }) => seq),
      };
    },
  },
  {
    id: 'assign-owner-lost',
    title: 'an owner above 31 is lost from the list that Linux keeps',
    severity: 'degraded',
    modes: ['F-62'],
    doc: 'Linux keeps owners in a mask of 32 bits: after an assignment to a VM above 31, the next one names too few. A log shows it as memory that FastRPC lent and cannot take back: its owners are those that Linux itself had named.',
    source: 'domain/07 F-62; qcom_scm_assign_mem',
    disprovedBy: 'no VM above 31 owned the memory before',
    tries: ['keep the owners in 64 bits (u64 of srcvm in the driver)'],
    *examine(boot) {
      const call = refusedAssign(boot);
      const failures = assignFailures(boot, [-22]);
      const before = boot.assigns.findLast(
        ({ seq, payload }) =>
          call !== undefined && seq < call.seq && vmIds(payload.to_vms).some((vm) => vm > 31),
      );
      const back = refusedReturn(boot);
      if (!tellsOwners(boot) && back !== undefined) {
        yield {
          subject: back.subject,
          cause: 'assign',
          certainty: 'likely',
          sentence:
            'memory that was lent cannot be taken back (MP_ASSIGN, -22): an owner above 31, such as 0x25 of the ADSP heap, is lost from those that Linux remembers',
          evidence: failures.map(({ seq }) => seq),
          explains: failures.map(({ seq }) => seq),
          ruledOut: [
            {
              what: 'owners that were none from the first: the memory was lent before',
              seq: back.seq,
              modes: ['F-61'],
            },
          ],
        };
        return;
      }
      if (call === undefined || before === undefined) return;
      yield {
        subject: before.subject,
        cause: 'assign',
        certainty: 'certain',
        sentence: `MP_ASSIGN names too few owners: a VM above 31 (${before.payload.to_vms}) is lost from those that Linux remembers`,
        evidence: [before.seq, ...callSeqs(call), ...failures.map(({ seq }) => seq)],
        explains: failures.map(({ seq }) => seq),
      };
    },
  },
  {
    id: 'assign-wrong-owners',
    title: 'memory is assigned from owners that do not own it',
    severity: 'degraded',
    stage: 'general',
    modes: ['F-61'],
    doc: 'MP_ASSIGN is refused with -22: the owners that it names are not those that the hypervisor knows. A log shows it as memory that FastRPC cannot lend.',
    source: 'domain/07 F-61',
    disprovedBy: 'the call names the owners that the last assignment of the range left',
    tries: ['compare the owners before the call: `trace sql DB "select * from memory_owner"`'],
    *examine(boot) {
      const failures = assignFailures(boot, [-22]).filter(({ seq }) => !boot.isExplained(seq));
      const [first] = failures;
      if (first === undefined) return;
      yield {
        subject: failures.find(({ subject }) => subject !== 'scm')?.subject ?? 'scm',
        cause: 'assign',
        ...ownersCertainty(boot, failures),
        sentence: 'MP_ASSIGN is refused: the owners that Linux names are not those of the memory',
        evidence: [...callSeqs(refusedAssign(boot)), ...failures.map(({ seq }) => seq)],
        explains: failures.map(({ seq }) => seq),
      };
    },
  },
  {
    id: 'foreign-memory-touched',
    title: 'Linux touches memory that it has given away',
    severity: 'system',
    modes: ['F-60'],
    doc: 'An abort of the bus after a range was assigned to other VMs and not to Linux.',
    source: 'domain/07 F-60',
    disprovedBy: 'the range is assigned back to HLOS before the abort',
    tries: ['assign the memory back before Linux uses it, or keep HLOS among the owners'],
    *examine(boot) {
      const oops = boot.oopses.find(({ payload }) => /external abort|SError/i.test(payload.reason));
      if (oops === undefined) return;
      const given = boot.assigns.findLast(
        ({ seq, payload }) =>
          seq < oops.seq && payload.to_vms !== null && !vmIds(payload.to_vms).includes(HLOS),
      );
      if (given === undefined) return;
      yield {
        subject: given.subject,
        certainty: 'likely',
        sentence: `Linux dies of ${oops.payload.reason} after it gave ${given.payload.pa === null ? 'memory' : rangeText({ pa: given.payload.pa, size: given.payload.size ?? 0 })} away to ${given.payload.to_vms}`,
        evidence: [given.seq, oops.seq, boot.panics[0]?.seq],
        explains: [...boot.oopses, ...boot.panics].map(({ seq }) => seq),
      };
    },
  },
  {
    id: 'carveout-touched-while-locked',
    title: 'the machine resets while TrustZone has the carveout locked',
    severity: 'system',
    modes: ['F-63'],
    doc: 'The boot ends in the middle of PAS_AUTH_AND_RESET: Linux still maps the carveout, and a speculative access to it while TrustZone has it locked resets the machine, without a word.',
    source:
      'domain/07 F-63; qcom_pas_alloc_memory_region: devm_ioremap_resource_wc for the life of the device',
    disprovedBy: 'the call returns',
    tries: [
      'apply "Map/unmap subsystem region before auth_and_reset", which keeps no mapping of the carveout while the core is loaded',
    ],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const auth = authCalls(boot, attempt).at(-1);
        if (auth === undefined || auth.returned !== null || attempt.outcome !== 'open') continue;
        // A recording that was cut off there looks the same, but for how it ended.
        if (boot.finished?.value !== 'reset') continue;
        yield {
          subject: attempt.processor,
          certainty: 'likely',
          sentence: `the machine resets while TrustZone authenticates ${attempt.processor}: PAS_AUTH_AND_RESET never returns`,
          evidence: [auth.seq, boot.finished?.seq],
          explains: [attempt.seq],
          ruledOut: [
            boot.oopses.length > 0
              ? null
              : {
                  what: 'an oops of Linux: the log ends without one',
                  seq: boot.finished.seq,
                  modes: ['F-13', 'F-14', 'F-60'],
                },
          ],
        };
      }
    },
  },
  {
    id: 'region-overlap',
    title: 'reserved regions overlap',
    severity: 'system',
    stage: 'general',
    modes: ['F-66'],
    doc: 'The kernel found two reserved regions over each other: whoever has the one writes into the other.',
    source: 'domain/07 F-66; __rmem_check_for_overlap',
    disprovedBy: 'one of the two is disabled',
    tries: ['correct the reserved-memory nodes of the device tree, or the memory map of UEFI'],
    *examine(boot) {
      const lines = boot.failures.filter(
        ({ step, seq }) => step === 'region-overlap' && !boot.isExplained(seq),
      );
      const [first] = lines;
      if (first === undefined) return;
      yield {
        ...modesOfOverlap(lines),
        subject: lines.find(({ subject }) => subject !== null)?.subject ?? null,
        cause: 'regions',
        sentence: `reserved regions overlap${first.detail === null ? '; the line that names them is missing' : `: ${first.subject ?? 'one'} ${first.detail}`}`,
        evidence: lines.map(({ seq }) => seq),
        explains: lines.map(({ seq }) => seq),
      };
    },
  },
]);
