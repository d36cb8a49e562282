import { hex } from '../../base/word.ts';
import type { BootFacts } from '../boot-facts.ts';
import { type FoundCause, ruleFamily } from '../finding.ts';
import { accessText, seen } from '../processor-faults.ts';

/** What a driver says of commands that were done, and of which no interrupt told. */
const MISSED_INTERRUPT = 'interrupt-missed';

/** The watchdog that Gunyah emulates for its guests (drivers/watchdog/sbsa_gwdt.c). */
const EMULATED_WATCHDOG = 'sbsa-gwdt';

function isOfCamera(boot: BootFacts, streamId: number | null): boolean {
  const streams = boot.soc?.cameraStreams ?? [];
  return streamId !== null && streams.some((stream) => ((streamId ^ stream.streamId) & ~stream.mask) === 0);
}

/** What a hypervisor does for other devices than remote processors, and nobody does with Linux at EL2. */
export const HYPERVISOR_SERVICE_RULES = ruleFamily('services of the hypervisor', [
  {
    id: 'pcie-without-msi',
    title: 'PCIe devices get no interrupts at EL2',
    severity: 'degraded',
    modes: ['F-45'],
    doc: 'At EL2 a command of an NVMe drive is done and no interrupt tells of it ("timeout, completion polled"): messages of PCIe devices go nowhere, because the device tree does not describe the SMMUv3 in front of them, or the ITS.',
    source: 'domain/07 F-45; drivers/nvme/host/pci.c nvme_timeout',
    disprovedBy: 'counts of ITS-PCI-MSI in /proc/interrupts that rise',
    tries: [
      'enable the SMMUv3 of PCIe in the EL2 overlay (`&pcie_smmu { status = "okay"; }`) with `iommu-map` and `msi-map` of each port',
      'to confirm: `pci=nomsi` on the command line makes the devices work, slowly',
    ],
    *examine(boot) {
      if (boot.exceptionLevel?.value !== 2) return;
      const missed = boot.failures.filter(({ step }) => step === MISSED_INTERRUPT);
      const [first] = missed;
      if (first === undefined) return;
      yield {
        subject: first.subject,
        cause: 'msi',
        count: missed.length,
        certainty: 'likely',
        sentence: `commands of ${first.subject ?? 'a PCIe device'} are done and no interrupt tells of it: at EL2 messages of PCIe devices need the SMMUv3 and the ITS in the device tree`,
        evidence: [boot.exceptionLevel.seq, ...missed.slice(0, 3).map(({ seq }) => seq)],
        explains: missed.map(({ seq }) => seq),
        ruledOut: [
          {
            what: 'a drive that hangs: the command had been done when it was looked for',
            seq: first.seq,
            modes: [],
          },
        ],
      };
    },
  },
  {
    id: 'camera-stream-fault',
    title: 'the camera uses streams that a hypervisor has to set up',
    severity: 'degraded',
    modes: ['F-85'],
    doc: 'At EL2 a stream of the camera faults: its image processor (ICP) uses secure streams, which the hypervisor maps and nobody does without one.',
    source: 'domain/07 F-85; iommus of camss in arch/arm64/boot/dts/qcom',
    disprovedBy: 'Linux started at EL1, or the stream is of another device',
    tries: [
      'disable the camera node in the EL2 overlay (`status = "disabled"`), or use a driver without the ICP',
    ],
    *examine(boot) {
      if (boot.exceptionLevel?.value !== 2) return;
      for (const fault of boot.faults) {
        if (boot.isExplained(fault.first) || !isOfCamera(boot, fault.streamId)) continue;
        yield {
          subject: 'camera',
          cause: 'camera',
          count: fault.count + fault.suppressed,
          certainty: 'likely',
          sentence: `the camera (stream ${hex(fault.streamId ?? 0)}) ${accessText(fault)}${fault.iova === null ? '' : ` at ${hex(fault.iova)}`}, which is not mapped${seen(fault)}: at EL2 nobody sets up its secure streams`,
          evidence: [boot.exceptionLevel.seq, ...fault.seqs.slice(0, 3)],
          explains: fault.seqs,
          ruledOut: [
            { what: 'a remote processor: the stream is none of theirs', seq: fault.first, modes: [] },
          ],
        };
      }
    },
  },
  {
    id: 'watchdog-of-hypervisor',
    title: 'a watchdog that the hypervisor emulates is not there at EL2',
    severity: 'degraded',
    modes: ['F-114'],
    doc: 'At EL2 the probe of the SBSA watchdog fails: Gunyah emulates it, and the node is still enabled.',
    source: 'domain/07 F-114, domain/05 (x1-el2.dtso disables sbsa_watchdog); drivers/watchdog/sbsa_gwdt.c',
    disprovedBy: 'the watchdog probes, or Linux started at EL1',
    tries: ['disable `sbsa_watchdog` and enable `apss_watchdog` in the EL2 overlay, as x1-el2.dtso does'],
    *examine(boot) {
      if (boot.exceptionLevel?.value !== 2) return;
      const failures = boot.failures.filter(
        ({ step, driver }) => step === 'probe' && driver === EMULATED_WATCHDOG,
      );
      const [first] = failures;
      if (first === undefined) return;
      yield {
        subject: first.subject,
        certainty: 'certain',
        sentence: `${first.subject ?? 'the SBSA watchdog'} cannot be used at EL2: it is a watchdog that the hypervisor emulated`,
        evidence: [boot.exceptionLevel.seq, ...failures.map(({ seq }) => seq)],
        explains: failures.map(({ seq }) => seq),
      };
    },
  },
  {
    id: 'context-bank-translated',
    title: 'a hypervisor translates the numbers of context banks',
    severity: 'noise',
    modes: ['F-44'],
    doc: 'A fault names another context bank than the hardware does (`cb=` against S1CBNDX of FSYNR0): a hypervisor stands between Linux and the SMMU, and rewrites what Linux writes. Once, for the display, it is what the boot loader left.',
    source: 'domain/07 F-44; arm_smmu_context_fault, arm_smmu_print_context_fault_info',
    disprovedBy: 'cb= and S1CBNDX agree',
    tries: ['nothing, unless EL2 was meant: then the hypervisor is still there'],
    *examine(boot): Generator<FoundCause> {
      for (const fault of boot.faults) {
        const { context_bank: bank, hardware_bank: hardware } = fault.event.payload;
        if (bank === null || hardware === null || bank === hardware) continue;
        yield {
          subject: null,
          cause: 'context banks',
          count: fault.count,
          certainty: 'likely',
          sentence: `context bank ${bank} of Linux is bank ${hardware} of the SMMU: a hypervisor stands in between`,
          evidence: [fault.first, boot.exceptionLevel?.seq],
          explains: [],
        };
      }
    },
  },
]);
