import { hex } from '../../base/word.ts';
import type { BootEvent } from '../../events/catalog.ts';
import type { BootFacts } from '../boot-facts.ts';
import { untoldDeath } from '../deaths.ts';
import { failuresFrom, modeRuledOut, UNMAPPED_MODES } from '../evidence.ts';
import type { FaultGroup } from '../fault-groups.ts';
import { type FoundCause, ruleFamily } from '../finding.ts';
import { accessText, carveoutAt, faulted, isDmaAddress, processorFaults, seen } from '../processor-faults.ts';

/** A processor that dies of a fault in one of its processes says so within this time. */
const DEATH_NS = 1_000_000_000;

/** Where lines have no times, as many events may stand between: those of a few lines. */
const DEATH_EVENTS = 24;

/** The remoteproc core hears of a fault in the domain of a processor within this time. */
const CRASH_TOLD_NS = 1_000_000_000;

/** Whose a stream is, and what keeps a processor from being attached to its SMMU. */
export const STREAM_RULES = ruleFamily('streams', [
  {
    id: 'core-runs-before-attach',
    title: 'boot firmware started the core, and its stream got an empty domain',
    severity: 'system',
    modes: ['F-30'],
    doc: 'The stream of a remote processor faults before Linux started it: the boot firmware left the core running, and with `iommus` Linux attaches its stream to a default domain in which nothing is mapped. The faults may come by the ten thousand.',
    source: 'domain/07 F-30; arm_smmu_attach_dev of the default domain',
    disprovedBy: 'a PAS_AUTH_AND_RESET of the processor, or "powering up", before the first fault',
    tries: [
      'keep the boot firmware from starting the core (UEFI setting, or no adsp-lite/preload)',
      'or shut the core down (PAS_SHUTDOWN of its lite id) before the SMMU probes',
      'to confirm: `iommu.passthrough=1` on the command line makes the faults go away',
    ],
    *examine(boot) {
      for (const found of processorFaults(boot)) {
        const { fault, owner, attempt } = found;
        if (attempt !== undefined || boot.exceptionLevel?.value === 1) continue;
        const registered = boot.processors.get(owner)?.registered ?? null;
        const wasCalled = boot.calls.some(
          ({ name, subject, seq }) => name === 'PAS_AUTH_AND_RESET' && subject === owner && seq < fault.first,
        );
        if (wasCalled) continue;
        // Without the first lines of the log the start may be among what is missing.
        const isWhole = boot.exceptionLevel !== null;
        yield faulted(boot, found, {
          cause: owner,
          certainty: isWhole ? 'certain' : 'likely',
          sentence: `${owner} runs already when Linux attaches its stream ${hex(fault.streamId ?? 0)} to an empty domain: it faults before Linux has started it${seen(fault)}`,
          evidence: [boot.processors.get(owner)?.group, boot.processors.get(owner)?.attached],
          ruledOut: [
            {
              what: `a resource table or carveout that is not mapped: ${owner} had not been started`,
              seq: registered,
              modes: UNMAPPED_MODES,
            },
          ],
        });
      }
    },
  },
  {
    id: 'stream-unknown',
    title: 'the core uses a stream ID that the device tree does not name',
    severity: 'fatal',
    modes: ['F-31'],
    doc: 'A global fault for a stream that no stream-match entry takes, while a processor is being started.',
    source: 'domain/07 F-31; arm_smmu_global_fault',
    disprovedBy: 'a stream-match entry that takes the stream, written before the fault',
    tries: [
      'correct the stream ID in `iommus` of the remoteproc node: the fault names the one that the core uses',
    ],
    *examine(boot) {
      for (const fault of boot.faults) {
        if (fault.reason?.includes('unmatched-stream') !== true || boot.isExplained(fault.first)) continue;
        const starting = boot.attempts.findLast(
          ({ seq, processor }) => seq < fault.first && (fault.owner === null || processor === fault.owner),
        );
        const owner = fault.owner ?? (starting?.outcome === 'up' ? null : (starting?.processor ?? null));
        if (owner === null || starting === undefined) continue;
        if (boot.hasIommus(owner) === false) continue;
        yield {
          subject: owner,
          count: fault.count + fault.suppressed,
          certainty: fault.owner === null ? 'likely' : 'certain',
          sentence: `the stream ${hex(fault.streamId ?? 0)} of ${owner} matches no entry of the SMMU: iommus of its node names another`,
          evidence: [...fault.seqs.slice(0, 2), boot.processors.get(owner)?.group],
          explains: [...fault.seqs, ...failuresFrom(boot, starting, fault.first)],
          ruledOut: [modeRuledOut(boot, owner)],
        };
      }
    },
  },
  {
    id: 'stream-of-other-device',
    title: 'the stream of the core belongs to another device',
    severity: 'fatal',
    modes: ['F-32'],
    doc: 'A processor faults in its own carveout while it starts, but the fault comes to another domain than its own: the remoteproc core does not hear of it.',
    source: 'domain/07 F-32; rproc_iommu_fault is the handler of the processor’s own domain',
    disprovedBy: '"crash detected … type mmufault" right beside the fault',
    tries: ['correct `iommus` of the remoteproc node, or of the device whose context bank the fault names'],
    *examine(boot) {
      for (const found of processorFaults(boot)) {
        const { fault, owner, iova, attempt } = found;
        if (attempt === undefined || attempt.outcome === 'up' || fault.crash !== null) continue;
        // Its own domain tells the remoteproc core at once, but a history may end before that.
        const isMapped = boot.mappingAt(owner, iova, fault.first) !== undefined;
        if (attempt.outcome === 'open' && !isMapped && !boot.lastsFor(fault.event.t_ns, CRASH_TOLD_NS))
          continue;
        // An SMMUv3 has no handler of the remoteproc core: its silence says nothing.
        if (fault.event.payload.type !== 'context') continue;
        if (carveoutAt(boot, owner, iova) === undefined) continue;
        const isDead = boot
          .failuresIn(attempt)
          .some(({ seq, step }) => step === 'start' && seq < fault.first);
        if (isDead) continue;
        const configured = boot.streams.findLast(
          ({ seq, payload }) =>
            seq < fault.first &&
            fault.streamId !== null &&
            ((payload.stream_id ^ fault.streamId) & ~payload.mask) === 0,
        );
        yield faulted(boot, found, {
          certainty: configured === undefined ? 'likely' : 'certain',
          sentence: `the stream ${hex(fault.streamId ?? 0)} of ${owner} is translated for another device: it faults at ${hex(iova)} in its own carveout, and not in its own domain`,
          evidence: [configured?.seq, boot.processors.get(owner)?.attached],
          ruledOut: [modeRuledOut(boot, owner)],
        });
      }
    },
  },
  {
    id: 'stream-mask-conflict',
    title: 'the stream mask overlaps another entry partly',
    severity: 'fatal',
    modes: ['F-33'],
    doc: 'The IOMMU refuses the node (-EINVAL, without a word), so that the driver finds no domain: "can\'t alloc iommu domain", -19.',
    source: 'domain/07 F-33; arm_smmu_find_sme',
    disprovedBy: 'the device joins an IOMMU group',
    tries: [
      'make the masks in `iommus` of the node and of its FastRPC context banks disjoint, or one inside the other',
    ],
    *examine(boot) {
      yield* attachFailures(
        boot,
        'alloc-iommu-domain',
        null,
        (name) =>
          `the stream mask of ${name} overlaps that of another device partly: the SMMU refused the device`,
      );
    },
  },
  {
    id: 'stream-group-shared',
    title: 'the stream mask covers another device',
    severity: 'fatal',
    modes: ['F-34'],
    doc: 'Two devices share a group, and a processor must be alone in its own: -22 on attach.',
    source: 'domain/07 F-34; iommu_attach_device',
    disprovedBy: 'no other device joins the group',
    tries: ['narrow the mask in `iommus` of the node, so that it does not cover the FastRPC context banks'],
    *examine(boot) {
      yield* attachFailures(
        boot,
        'attach-iommu',
        -22,
        (name) =>
          `${name} shares an IOMMU group with another device: its stream mask covers that device’s streams`,
      );
    },
  },
  {
    id: 'context-banks-exhausted',
    title: 'no context bank is free',
    severity: 'fatal',
    modes: ['F-35'],
    doc: 'Each processor takes two context banks and each FastRPC context one: -28 on attach when they are used up.',
    source: 'domain/07 F-35; __arm_smmu_alloc_bitmap',
    disprovedBy: 'the SMMU tells of more context banks than devices are attached',
    tries: [
      'disable devices behind this SMMU that are not needed (`status = "disabled"`), FastRPC context banks first',
      'at EL1 the hypervisor keeps some banks: at EL2 there are more',
    ],
    *examine(boot) {
      for (const found of attachFailures(
        boot,
        'attach-iommu',
        -28,
        (name) => `all context banks of the SMMU are taken: ${name} cannot be attached`,
      ))
        yield { ...found, cause: 'context banks' };
    },
  },
  {
    id: 'compute-stream-fault',
    title: 'a FastRPC context faults, not the remote processor itself',
    severity: 'degraded',
    modes: ['F-43'],
    doc: 'The stream is one of the compute context banks below the processor, or the address is one that Linux gives for DMA: a mistake of FastRPC or of a user process, not of PAS.',
    source: 'domain/07 F-43',
    disprovedBy: 'the stream is that of `iommus` of the remoteproc node itself',
    tries: [
      'look at the FastRPC client that ran then: a buffer that was freed or never mapped',
      'compare versions of fastrpc user space and of the DSP image',
    ],
    *examine(boot) {
      for (const fault of boot.faults) {
        if (boot.isExplained(fault.first)) continue;
        const isCompute = fault.compute !== null;
        if (!isCompute && (!isDmaAddress(boot, fault) || fault.reason?.includes('unmatched') === true))
          continue;
        const owner = fault.compute ?? fault.owner;
        // The processor that dies of it says so shortly after.
        const death = deathAfter(boot, fault, owner);
        const name = owner ?? death?.name;
        if (name === undefined) continue;
        yield {
          subject: name,
          cause: `${name} ${fault.streamId}`,
          count: fault.count + fault.suppressed,
          certainty: isCompute ? 'certain' : 'likely',
          sentence: `a FastRPC context of ${name} (stream ${hex(fault.streamId ?? 0)}) ${accessText(fault)} at ${hex(fault.iova ?? 0)}, which is not mapped${seen(fault)}${death === undefined ? '' : `; ${name} dies of it`}`,
          evidence: [...fault.seqs.slice(0, 3), death?.event.seq],
          explains: [...fault.seqs, ...(death === undefined ? [] : [death.event.seq])],
          ruledOut: [
            fault.iova === null
              ? null
              : {
                  what: 'the carveout or resource table: PAS maps identically, and no region is at that address',
                  seq: fault.first,
                  modes: ['F-16', 'F-36', 'F-37', 'F-38'],
                },
          ],
        };
      }
    },
  },
  {
    id: 'fault-of-other-stream',
    title: 'a stream faults that is not known to be a remote processor’s',
    severity: 'degraded',
    stage: 'last',
    modes: [],
    doc: 'An SMMU fault whose stream belongs to no remote processor that is known: display, USB, network … At boot a display may fault once, when it is taken over from the boot loader.',
    source: 'domain/07 §7; domain/05',
    disprovedBy: 'a remote processor whose `iommus` takes the stream',
    tries: [
      'find the device: `grep -r . /proc/device-tree` for the stream ID in `iommus`',
      'if the SoC is none that trace knows, the stream may be a remote processor’s all the same',
    ],
    *examine(boot) {
      for (const fault of boot.faults) {
        if (boot.isExplained(fault.first) || fault.owner !== null || fault.compute !== null) continue;
        const isKnown = boot.soc !== undefined;
        yield {
          subject: fault.event.subject,
          cause: `${fault.event.payload.device} ${fault.streamId}`,
          count: fault.count + fault.suppressed,
          certainty: 'unknown',
          severity: fault.count === 1 && fault.suppressed === 0 ? 'noise' : 'degraded',
          sentence: `stream ${fault.streamId === null ? 'unknown' : hex(fault.streamId)} of ${fault.event.payload.device} faults${fault.iova === null ? '' : ` at ${hex(fault.iova)}`}${seen(fault)}; ${isKnown ? 'it is no remote processor’s' : 'whose it is, is not known'}`,
          evidence: fault.seqs.slice(0, 3),
          explains: fault.seqs,
        };
      }
    },
  },
]);

function* attachFailures(
  boot: BootFacts,
  step: string,
  errno: number | null,
  sentence: (name: string) => string,
): Generator<FoundCause> {
  for (const attempt of boot.attempts) {
    const failure = boot.failuresIn(attempt, step).find((found) => found.errno === errno);
    if (failure === undefined) continue;
    yield {
      subject: attempt.processor,
      certainty: 'certain',
      sentence: sentence(attempt.processor),
      evidence: [boot.processors.get(attempt.processor)?.group, ...failuresFrom(boot, attempt)],
      explains: failuresFrom(boot, attempt),
      ruledOut: [
        {
          what: 'TrustZone: no PAS call was made in this start',
          seq: failure.seq,
          modes: ['F-06', 'F-53', 'F-70', 'F-74'],
        },
      ],
    };
  }
}

/** The processor that dies first within a second of a fault, of all or of the one that owns the stream. */
function deathAfter(
  boot: BootFacts,
  { first, event: fault }: FaultGroup,
  owner: string | null,
): { readonly name: string; readonly event: BootEvent } | undefined {
  return [...boot.processors.values()]
    .filter(({ name }) => owner === null || name === owner)
    .flatMap((processor) => {
      const untold = untoldDeath(processor);
      const told: readonly BootEvent[] = processor.crashes;
      return [...told, ...(untold === undefined ? [] : [untold])].map((event) => ({
        name: processor.name,
        event,
      }));
    })
    .filter(({ event }) => event.seq > first && followsAtOnce(fault, event))
    .sort((a, b) => a.event.seq - b.event.seq)[0];
}

function followsAtOnce(fault: BootEvent, death: BootEvent): boolean {
  if (fault.t_ns === null && death.t_ns === null) return death.seq - fault.seq <= DEATH_EVENTS;
  if (fault.t_ns === null || death.t_ns === null) return false;
  const later = death.t_ns - fault.t_ns;
  return later >= 0 && later <= DEATH_NS;
}
