import type { BootFacts } from '../boot-facts.ts';
import { BUFFER_TOO_SMALL } from '../call-starts.ts';
import { callSeqs, failuresFrom, firmwareRuledOut, isBridgedByLinux, qseecomRuledOut } from '../evidence.ts';
import { type FoundCause, type RuledOut, ruleFamily } from '../finding.ts';
import { releaseOfTrees } from '../kernel-release.ts';
import type { Attempt } from '../processor-facts.ts';

/** Steps by which a start fails when TrustZone may not read the metadata, or the core's stream goes nowhere. */
const MODE_STEPS = [
  'firmware-initialise',
  'authenticate',
  'authenticate-dtb',
  'ready',
  'resource-table',
  'load',
];

/** Drivers that load firmware through PAS without the remoteproc framework: none of them works at EL2. */
const CLIENT_STEPS = ['firmware-initialise', 'firmware-download', 'authenticate', 'firmware-boot'];

function isModeFailure(boot: BootFacts, attempt: Attempt): boolean {
  return attempt.outcome !== 'up' && boot.failuresIn(attempt, ...MODE_STEPS).length > 0;
}

/** Starts that failed at EL2 of processors whose nodes have no `iommus`. */
function startsWithoutIommus(boot: BootFacts): Attempt[] {
  if (boot.exceptionLevel?.value !== 2) return [];
  return boot.attempts.filter(
    (attempt) => boot.hasIommus(attempt.processor) === false && isModeFailure(boot, attempt),
  );
}

/** Refusals of video and graphics, which the EL2 overlay disables. */
function clientRefusals(boot: BootFacts): number[] {
  return boot.failures
    .filter(
      ({ subject, step }) =>
        subject !== null && !boot.processors.has(subject) && subject !== 'scm' && CLIENT_STEPS.includes(step),
    )
    .map(({ seq }) => seq);
}

function initCalls(boot: BootFacts, attempts: readonly Attempt[]): number[] {
  return attempts.flatMap((attempt) =>
    boot
      .callsIn(attempt, 'PAS_INIT_IMAGE')
      .filter(({ returned }) => returned !== null && returned.errno !== 0)
      .flatMap(callSeqs),
  );
}

function names(attempts: readonly Attempt[]): string {
  return [...new Set(attempts.map(({ processor }) => processor))].join(', ');
}

function hypervisorRuledOut(boot: BootFacts): RuledOut | null {
  if (boot.kvm === null || boot.kvm.value === 'unavailable') return null;
  return {
    what: `a hypervisor below Linux: KVM is up in ${boot.kvm.value} mode`,
    seq: boot.kvm.seq,
    modes: ['F-04', 'F-44'],
  };
}

/** The nodes of the device tree do not fit EL2: one cause, however many processors and clients fail. */
function withoutIommus(boot: BootFacts, attempts: readonly Attempt[], sentence: string): FoundCause {
  const clients = clientRefusals(boot);
  const first = attempts[0];
  return {
    subject: null,
    cause: 'device tree',
    sentence,
    evidence: [
      boot.exceptionLevel?.seq,
      ...attempts.map(({ seq }) => seq),
      ...initCalls(boot, attempts),
      ...attempts.flatMap((attempt) => failuresFrom(boot, attempt)).slice(0, 6),
      ...clients.slice(0, 3),
    ],
    explains: [...attempts.flatMap((attempt) => failuresFrom(boot, attempt)), ...clients],
    ruledOut: [
      qseecomRuledOut(boot),
      hypervisorRuledOut(boot),
      first === undefined ? null : firmwareRuledOut(boot, first),
    ],
  };
}

/** Which device tree a machine's model is that of, where the overlay gives it another one. */
function treeByModel(boot: BootFacts): 'plain' | 'el2' | null {
  const { soc, model } = boot;
  const ofOverlay = soc?.el2Overlay?.model ?? null;
  if (soc === undefined || ofOverlay === null || model === null) return null;
  return model.value === ofOverlay ? 'el2' : model.value === soc.board.model ? 'plain' : null;
}

/** Whether the events leave no doubt that the whole tree lacks the overlay. */
function isWholeTreePlain(boot: BootFacts): boolean {
  if (boot.overlay !== null || treeByModel(boot) === 'el2') return false;
  return ![...boot.processors.values()].some(({ group, attached }) => group !== null || attached !== null);
}

const EL2_OVERLAY_TRIES = [
  'boot the -el2 device tree of the board (for example lemans-evk-el2.dtb): it gives each remoteproc node `iommus`',
  'look at the tree that runs: `ls /proc/device-tree/soc@0/remoteproc@*/iommus`',
];

/** Whether exception level, hypervisor and device tree go together. */
export const MODE_RULES = ruleFamily('mode', [
  {
    id: 'el2-plain-devicetree',
    title: 'Linux at EL2 with the plain device tree',
    severity: 'fatal',
    modes: ['F-01'],
    doc: 'Linux starts at EL2, no remoteproc node has `iommus`, and TrustZone refuses the images: the driver takes the path for a hypervisor, and nobody bridges the metadata.',
    source: 'domain/07 F-01; qcom_pas_probe: ctx->use_tzmem = rproc->has_iommu',
    disprovedBy: 'the node of a processor that fails joins an IOMMU group ("Adding to iommu group")',
    tries: EL2_OVERLAY_TRIES,
    *examine(boot) {
      const attempts = startsWithoutIommus(boot);
      if (attempts.length === 0 || !isWholeTreePlain(boot) || boot.soc?.el2Overlay === null) return;
      const isToldByModel = treeByModel(boot) === 'plain';
      // Whether there is an overlay for it, only a SoC that is known tells.
      const noOverlay = boot.soc === undefined ? ['F-03'] : [];
      const isAlone = attempts.length === 1 && clientRefusals(boot).length === 0 && !isToldByModel;
      const found = withoutIommus(
        boot,
        attempts,
        `Linux runs at EL2 with a device tree without iommus on remoteproc nodes: ${names(attempts)} cannot start`,
      );
      yield {
        ...found,
        evidence: [isToldByModel ? boot.model?.seq : null, ...found.evidence],
        ...(isAlone
          ? { certainty: 'narrowed' as const, modes: ['F-01', ...noOverlay, 'F-05', 'F-64'] }
          : { certainty: 'certain' as const, modes: ['F-01', ...noOverlay] }),
      };
    },
  },
  {
    id: 'el2-no-overlay',
    title: 'Linux at EL2 on a SoC that has no EL2 device tree',
    severity: 'fatal',
    modes: ['F-03'],
    doc: 'Linux starts at EL2, and Linux 7.2 has no EL2 overlay with `iommus` for this SoC.',
    source: 'domain/07 F-03; arch/arm64/boot/dts/qcom of Linux 7.2',
    disprovedBy: 'the node of a processor that fails joins an IOMMU group',
    tries: [
      'boot at EL1 under the hypervisor',
      'or write an overlay that gives the remoteproc nodes `iommus`, with firmware that knows PAS_GET_RSCTABLE',
    ],
    *examine(boot) {
      const attempts = startsWithoutIommus(boot);
      if (attempts.length === 0 || boot.soc?.el2Overlay !== null) return;
      yield withoutIommus(
        boot,
        attempts,
        `Linux runs at EL2 on ${boot.soc.name}, for which Linux ${releaseOfTrees(boot.kernel?.value)} has no EL2 overlay: ${names(attempts)} cannot start`,
      );
    },
  },
  {
    id: 'el2-node-without-iommus',
    title: 'a remoteproc node without iommus at EL2, where the overlay is applied',
    severity: 'fatal',
    modes: ['F-05', 'F-64'],
    doc: 'At EL2 some remoteproc nodes have `iommus` and this one has not, so its metadata is not bridged.',
    source: 'domain/07 F-05, F-64',
    disprovedBy: 'the node joins an IOMMU group later in the log',
    tries: [
      'give the node `iommus` in the EL2 overlay, as its siblings have it',
      'a core without an SMMU in front needs the driver to use TrustZone memory all the same (needs_tzmem)',
    ],
    *examine(boot) {
      if (isWholeTreePlain(boot) || boot.soc?.el2Overlay === null) return;
      for (const attempt of startsWithoutIommus(boot)) {
        const other = [...boot.processors.values()].find(({ group, attached }) => group ?? attached);
        yield {
          ...withoutIommus(
            boot,
            [attempt],
            `the node of ${attempt.processor} has no iommus at EL2${other === undefined ? '' : `, that of ${other.name} has`}`,
          ),
          subject: attempt.processor,
          cause: attempt.processor,
        };
      }
    },
  },
  {
    id: 'el1-el2-devicetree',
    title: 'Linux at EL1 under the hypervisor with the EL2 device tree',
    severity: 'fatal',
    modes: ['F-02'],
    doc: 'Linux starts at EL1 and the remoteproc nodes have `iommus`: Linux makes bridges that the hypervisor makes too.',
    source: 'domain/07 F-02',
    disprovedBy: 'the log says that Linux started at EL2',
    tries: [
      'boot the plain device tree of the board at EL1',
      'or leave the hypervisor out (boot at EL2), if that was meant',
    ],
    *examine(boot) {
      if (boot.exceptionLevel?.value !== 1) return;
      const attempts = boot.attempts.filter(
        (attempt) => boot.hasIommus(attempt.processor) === true && isModeFailure(boot, attempt),
      );
      if (attempts.length === 0) return;
      const groups = [...boot.processors.values()].map(({ group }) => group);
      yield {
        subject: null,
        cause: 'device tree',
        certainty: 'certain',
        sentence: `Linux runs at EL1 under a hypervisor with iommus on remoteproc nodes: ${names(attempts)} cannot start`,
        evidence: [
          boot.exceptionLevel.seq,
          ...groups,
          ...initCalls(boot, attempts),
          ...attempts.flatMap((attempt) => failuresFrom(boot, attempt)).slice(0, 6),
        ],
        explains: attempts.flatMap((attempt) => failuresFrom(boot, attempt)),
        ruledOut: [
          qseecomRuledOut(boot),
          ...attempts.slice(0, 1).map((attempt) => firmwareRuledOut(boot, attempt)),
        ],
      };
    },
  },
  {
    id: 'hypervisor-resident',
    title: 'a hypervisor is below Linux',
    severity: 'noise',
    modes: ['F-04'],
    doc: 'Linux starts at EL1: right under QHEE or Gunyah, and no fault unless EL2 was meant.',
    source: 'domain/07 F-04; hyp_mode_check',
    disprovedBy: '"All CPU(s) started at EL2"',
    tries: [
      'if EL2 was meant: the image or the boot chain still has the hypervisor (UEFI setting, hyp partition)',
    ],
    *examine(boot) {
      if (boot.exceptionLevel?.value !== 1) return;
      yield {
        subject: null,
        certainty: 'certain',
        sentence: 'Linux runs at EL1: a hypervisor is resident, and there is no KVM',
        evidence: [boot.exceptionLevel.seq, boot.kvm?.seq],
      };
    },
  },
  {
    id: 'tz-without-rsctable',
    title: 'TrustZone does not know PAS_GET_RSCTABLE',
    severity: 'fatal',
    modes: ['F-06'],
    doc: 'PAS_GET_RSCTABLE fails with -1 or -4, and not because the buffer is too small: the firmware is older than the call. The remoteproc core says nothing more of the start.',
    source: 'domain/07 F-06; qcom_scm_pas_get_rsc_table',
    disprovedBy: 'PAS_GET_RSCTABLE answers with success, or with reason 20 (buffer not sufficient)',
    tries: [
      'update the TrustZone firmware (tz.mbn) to one that answers PAS_GET_RSCTABLE (service 0x02, command 0x21)',
      'without it the processor can only start at EL1 under the hypervisor',
    ],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const failure = boot
          .failuresIn(attempt, 'resource-table')
          .find(({ errno }) => errno === -5 || errno === -95);
        const calls = boot.callsIn(attempt, 'PAS_GET_RSCTABLE');
        const refused = calls.find(
          ({ returned }) =>
            returned !== null &&
            (returned.errno === -5 || returned.errno === -95) &&
            returned.results[1] !== BUFFER_TOO_SMALL,
        );
        if (failure === undefined && refused === undefined) continue;
        if (calls.length > 0 && refused === undefined) continue;
        if (boot.exceptionLevel?.value === 1) continue;
        yield {
          subject: attempt.processor,
          cause: 'firmware',
          certainty: refused === undefined ? 'likely' : 'certain',
          sentence: `TrustZone does not know PAS_GET_RSCTABLE: ${attempt.processor} gets no resource table, and its start ends without a further word`,
          evidence: [...callSeqs(refused), failure?.seq],
          explains: failuresFrom(boot, attempt).concat(attempt.seq),
          ruledOut: [qseecomRuledOut(boot), firmwareRuledOut(boot, attempt)],
        };
      }
    },
  },
  {
    id: 'no-shm-bridges',
    title: 'no SHM bridges at EL2',
    severity: 'fatal',
    modes: ['F-07'],
    doc: 'At EL2 with `iommus`, no bridge was ever made: TrustZone refuses the first buffer that it gets.',
    source: 'domain/07 F-07; drivers/firmware/qcom/qcom_tzmem.c',
    disprovedBy: 'a SHM_BRIDGE_CREATE that succeeds before the call that fails',
    tries: [
      'build the kernel with CONFIG_QCOM_TZMEM_MODE_SHMBRIDGE=y',
      'check that the machine is not on the list of qcom_tzmem.c that cannot do bridges',
    ],
    *examine(boot) {
      const unsupported = boot.notes.find(({ payload }) => payload.note === 'shm-bridge-unsupported');
      for (const attempt of boot.attempts) {
        const failure = boot
          .failuresIn(attempt, 'resource-table', 'firmware-initialise')
          .find(({ errno }) => errno === -22);
        if (failure === undefined) continue;
        // Only a node with `iommus` has a resource table to ask for.
        if (boot.exceptionLevel?.value === 1 || boot.hasIommus(attempt.processor) === false) continue;
        if (failure.step !== 'resource-table' && !isBridgedByLinux(boot, attempt)) continue;
        const isProven = boot.sight.isFromProbe && boot.bridges.length === 0 && boot.bridgesEnabled === null;
        if (!isProven && unsupported === undefined) {
          // TrustZone checks the buffers of the first call that has any: without a bridge that is this one.
          if (boot.sight.isFromProbe || boot.bridges.length > 0 || failure.step !== 'resource-table')
            continue;
        }
        const call = boot.callsIn(attempt).find(({ returned }) => returned !== null && returned.errno !== 0);
        yield {
          subject: attempt.processor,
          cause: 'bridges',
          certainty: isProven ? 'certain' : 'likely',
          sentence: `no SHM bridge was made at EL2: TrustZone refuses the buffers of ${attempt.processor}`,
          evidence: [unsupported?.seq, ...callSeqs(call), failure.seq],
          explains: failuresFrom(boot, attempt).concat(attempt.seq),
          ruledOut: [qseecomRuledOut(boot), firmwareRuledOut(boot, attempt)],
        };
      }
    },
  },
  {
    id: 'bridge-enable-refused',
    title: 'SHM_BRIDGE_ENABLE answers something unexpected',
    severity: 'system',
    modes: ['F-08'],
    doc: 'qcom_scm cannot set up its memory allocator, so its probe fails, and the SMMU and every PAS device defer for ever.',
    source: 'domain/07 F-08; qcom_tzmem_enable, qcom_scm_probe',
    disprovedBy: 'qcom_scm probes later in the log',
    tries: [
      'look at the first result of SHM_BRIDGE_ENABLE: 0 is on, 4 is not supported; anything else is the firmware refusing',
      'update the TrustZone firmware, or build with CONFIG_QCOM_TZMEM_MODE_GENERIC=y to go without bridges',
    ],
    *examine(boot) {
      const call = boot.calls.find(
        ({ name, returned }) => name === 'SHM_BRIDGE_ENABLE' && returned !== null && returned.errno !== 0,
      );
      const failure = boot.failures.find(
        ({ step, detail }) => step === 'probe' && detail?.includes('TrustZone memory allocator') === true,
      );
      if (failure === undefined && (call === undefined || boot.attempts.length > 0)) return;
      const waiting = boot.deferrals.map(({ seq }) => seq);
      yield {
        subject: 'scm',
        certainty: 'certain',
        sentence:
          'qcom_scm fails to probe because its TrustZone memory allocator cannot be enabled; the SMMU and all remote processors wait for it',
        evidence: [...callSeqs(call), failure?.seq, ...waiting.slice(0, 3)],
        explains: [
          ...waiting,
          ...boot.failures
            .filter(({ step, subject }) => step === 'probe' && subject === 'scm')
            .map(({ seq }) => seq),
        ],
        ruledOut: [qseecomRuledOut(boot)],
      };
    },
  },
]);
