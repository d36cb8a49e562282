import type { NewEvent } from '../../src/events/catalog.ts';
import { buildEvent, mapped, unmapped } from './build-event.ts';

/** What shows a rule of `trace check`, and what looks like it and does not: a simulated fault, or lines of a log. */
export type RuleExample =
  | {
      /** Fault of the simulator; the same boot without it is the negative example. */
      readonly fault: string;
      /** Views in which the rule finds it. */
      readonly views: readonly ('all events' | 'kernel log')[];
    }
  | { readonly lines: readonly string[]; readonly without: readonly string[]; readonly format?: 'ftrace' }
  | { readonly events: readonly NewEvent[]; readonly withoutEvents: readonly NewEvent[] };

const SMEM = { iova: 0x9090_0000, size: 0x20_0000 };
const ADSP = { agent: 'adsp', subject: 'adsp' };
const unmappedSmem = [
  mapped(SMEM.iova, SMEM.size, { subject: 'adsp' }),
  unmapped(SMEM.iova, SMEM.size, { subject: 'adsp' }),
];
const accessed = buildEvent(
  'remoteproc.memory_accessed',
  { name: 'adsp', access: 'read', iova: SMEM.iova + 0x330, size: 4 },
  ADSP,
);

const both = (fault: string): RuleExample => ({ fault, views: ['all events', 'kernel log'] });
const events = (fault: string): RuleExample => ({ fault, views: ['all events'] });
const log = (fault: string): RuleExample => ({ fault, views: ['kernel log'] });

const EL2 = '[    0.020000] CPU: All CPU(s) started at EL2';
const UP = '[    2.500000] remoteproc remoteproc0: remote processor adsp is now up';
const crash = (at: string) => `[    ${at}] remoteproc remoteproc0: crash detected in adsp: type fatal error`;
const fault = (at: string, sid: string, fsynr = '0x30001') =>
  `[    ${at}] arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x40000000, fsynr=${fsynr}, cbfrsynra=${sid}, cb=3`;
const oops =
  '[    3.000000] Unable to handle kernel NULL pointer dereference at virtual address 0000000000000010';

const LEMANS = '[    0.000000] Machine model: Qualcomm Technologies, Inc. Lemans EVK';
const NVME_POLLED = '[   32.000000] nvme nvme0: I/O tag 12 (100c) QID 0 timeout, completion polled';
const WATCHDOG =
  '[    2.000000] sbsa-gwdt 1c840000.watchdog: probe with driver sbsa-gwdt failed with error -22';
const REFUSED_START = [
  LEMANS,
  EL2,
  '[    1.100000] platform 30000000.remoteproc: Adding to iommu group 3',
  '[    2.000000] remoteproc remoteproc0: powering up adsp',
  '[    2.200000] qcom_q6v5_pas 30000000.remoteproc: failed to authenticate image and release reset',
  "[    2.200010] remoteproc remoteproc0: can't start rproc adsp: -22",
];

const STARTING = REFUSED_START.slice(0, 4);
const MMU_FAULT = '[    2.300000] remoteproc remoteproc0: crash detected in adsp: type mmufault';

/** An example for every rule. */
export const RULE_EXAMPLES: Readonly<Record<string, RuleExample>> = {
  'el2-plain-devicetree': both('F-01'),
  'el2-no-overlay': both('F-03'),
  'el2-node-without-iommus': both('F-05'),
  'el1-el2-devicetree': both('F-02'),
  'hypervisor-resident': { lines: ['[    0.020000] CPU: All CPU(s) started at EL1'], without: [EL2] },
  'tz-without-rsctable': both('F-06'),
  'no-shm-bridges': both('F-07'),
  'bridge-enable-refused': both('F-08'),
  'rsctable-too-big': both('F-10'),
  'rsctable-exceeds-pool': events('F-11'),
  'tzmem-pool-exhausted': events('F-58'),
  'rsctable-no-memory': log('F-11'),
  'rsctable-unbelievable': both('F-12'),
  'rsctable-overrun': both('F-13'),
  'rsctable-empty': both('F-14'),
  'rsctable-malformed': both('F-15'),
  'rsctable-unsupported-entry': both('F-24'),
  'devmem-unaligned': both('F-17'),
  'devmem-overlap': both('F-18'),
  'devmem-without-access': both('F-20'),
  'devmem-over-carveout': both('F-19'),
  'carveout-still-mapped': both('F-39'),
  'attached-core-mapped-already': {
    lines: [EL2, "[    2.000000] remoteproc remoteproc0: can't attach to rproc soccp: -17"],
    without: [EL2, "[    2.000000] remoteproc remoteproc0: can't attach to rproc soccp: -22"],
  },
  'carveout-beyond-smmu': both('F-22'),
  'devmem-over-linux-memory': events('F-23'),
  'devmem-inside-carveout': events('F-121'),
  'core-runs-before-attach': both('F-30'),
  'stream-unknown': both('F-31'),
  'stream-of-other-device': both('F-32'),
  'stream-mask-conflict': both('F-33'),
  'stream-group-shared': both('F-34'),
  'context-banks-exhausted': both('F-35'),
  'compute-stream-fault': both('F-43'),
  'fault-of-other-stream': {
    lines: [fault('5.000000', '0x42'), fault('5.100000', '0x42')],
    without: [EL2],
  },
  'mapping-removed': both('F-41'),
  'carveout-not-mapped': both('F-36'),
  'carveout-partly-mapped': both('F-37'),
  'dtb-carveout-not-mapped': both('F-38'),
  'heap-not-mapped': both('F-65'),
  'mapping-read-only': both('F-21'),
  'resources-stale-in-recovery': both('F-106'),
  'devmem-missing': both('F-16'),
  'core-touched-unmapped': both('F-110'),
  'translation-survives-unmap': {
    events: [...unmappedSmem, accessed],
    withoutEvents: [...unmappedSmem, mapped(SMEM.iova, SMEM.size, { subject: 'adsp' }), accessed],
  },
  'pcie-without-msi': {
    lines: [EL2, NVME_POLLED],
    without: ['[    0.020000] CPU: All CPU(s) started at EL1', NVME_POLLED],
  },
  'camera-stream-fault': {
    lines: [LEMANS, EL2, fault('5.000000', '0x3420')],
    without: [LEMANS, EL2, fault('5.000000', '0x3440')],
  },
  'watchdog-of-hypervisor': {
    lines: [EL2, WATCHDOG],
    without: ['[    0.020000] CPU: All CPU(s) started at EL1', WATCHDOG],
  },
  'context-bank-translated': {
    lines: [fault('5.000000', '0x1c00', '0x50001')],
    without: [fault('5.000000', '0x1c00', '0x30001')],
  },
  'processor-not-probed': {
    lines: [
      '[    2.000000] qcom_q6v5_pas 3000000.remoteproc: probe with driver qcom_q6v5_pas failed with error -22',
    ],
    without: ['[    2.000000] remoteproc remoteproc0: adsp is available'],
  },
  'fault-kind-untold': {
    lines: [...STARTING, '[    2.300000] (NULL device *): iommu fault: da 0x90aff330 flags 0x0', MMU_FAULT],
    without: [
      ...STARTING,
      '[    2.300000] (NULL device *): iommu fault: da 0x90aff330 flags 0x0',
      MMU_FAULT,
      fault('2.300000', '0x3000').replace('0x40000000', '0x90aff330'),
    ],
  },
  'fault-after-failed-start': {
    lines: [...REFUSED_START, fault('2.500000', '0x3000')],
    without: REFUSED_START,
  },
  'metadata-not-bridged': events('F-50'),
  'metadata-bridged-at-el1': events('F-51'),
  'metadata-freed-early': events('F-52'),
  'carveout-overlap': both('F-54'),
  'carveout-bridge-leaked': both('F-55'),
  'carveout-bridge-refused': both('F-53'),
  'carveout-bridge-deleted-early': events('F-56'),
  'carveout-not-bridged': events('F-57'),
  'assign-without-hypervisor': both('F-59'),
  'assign-owner-lost': both('F-62'),
  'assign-wrong-owners': both('F-61'),
  'foreign-memory-touched': events('F-60'),
  'carveout-touched-while-locked': events('F-63'),
  'region-overlap': both('F-66'),
  'positive-result': both('F-86'),
  'wait-queue-out-of-range': both('F-71'),
  'dtb-left-running': both('F-78'),
  'metadata-leak': both('F-113'),
  'authenticated-out-of-order': events('F-76'),
  'memory-setup-missing': events('F-72'),
  'authenticated-twice': both('F-75'),
  'lite-not-stopped': both('F-79'),
  'firmware-busy': both('smc-busy-forever'),
  'call-never-returned': events('F-101'),
  'video-at-el2': both('F-83'),
  'zap-at-el2': both('F-84'),
  'firmware-missing': both('F-80'),
  'image-malformed': both('F-81'),
  'image-outside-region': both('F-73'),
  'dtb-refused': both('F-77'),
  'pas-id-unknown': events('F-82'),
  'recovery-refused': both('F-107'),
  'signature-refused': events('F-70'),
  'image-corrupted': events('F-74'),
  'image-refused': log('F-70'),
  'image-not-authenticated': log('F-74'),
  'never-ready': both('F-100'),
  'handover-again': both('F-102'),
  'handover-never': events('F-103'),
  'crash-cascade': both('F-105'),
  'crash-loop': both('F-104'),
  'fastrpc-answer-of-before': both('F-111'),
  'shutdown-repeated': events('F-109'),
  'shutdown-failed': both('F-112'),
  'stop-timeout': both('F-108'),
  'silent-start': log('F-101'),
  'processor-crashed': { lines: [UP, crash('9.000000')], without: [UP] },
  'client-failed': {
    lines: [
      UP,
      '[    4.000000] qcom,apr 30000000.remoteproc:glink-edge.adsp_apps.-1.-1: failed to create endpoint',
    ],
    without: [UP],
  },
  'start-failed': {
    lines: [
      EL2,
      '[    2.000000] remoteproc remoteproc0: powering up adsp',
      "[    2.100000] remoteproc remoteproc0: can't start rproc adsp: -19",
    ],
    without: [EL2, '[    2.000000] remoteproc remoteproc0: powering up adsp', UP],
  },
  'stop-failed': {
    lines: [UP, "[   71.210000] remoteproc remoteproc0: can't stop rproc: -22"],
    without: [UP, '[   71.210000] remoteproc remoteproc0: stopped remote processor adsp'],
  },
  'smmu-missing': both('F-09'),
  'deferred-for-ever': {
    lines: [
      '[   12.000000] platform a600000.usb: deferred probe pending: platform: wait for supplier /soc@0/phy@88e5000',
    ],
    without: [EL2],
  },
  'kernel-died': {
    lines: [oops, '[    3.000100] Internal error: Oops: 0000000096000004 [#1]  SMP'],
    without: [EL2],
  },
  'kernel-stalled': {
    lines: ['[   30.000000] watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [kworker/1:1:52]'],
    without: [EL2],
  },
  'kernel-warned': {
    lines: [
      '[    3.000000] ------------[ cut here ]------------',
      '[    3.000001] WARNING: CPU: 1 PID: 52 at drivers/clk/qcom/clk-rcg2.c:133 update_config+0xcc/0xdc',
      '[    3.000002] ---[ end trace 0000000000000000 ]---',
    ],
    without: [EL2],
  },
  'scm-call-failed': {
    lines: ['[    3.000000] qcom_scm firmware:scm: failed to set download mode: -22'],
    without: ['[    3.000000] qcom_scm firmware:scm: qseecom: untested machine, skipping'],
  },
  'storage-fails': {
    lines: [
      '[   33.700000] ufshcd-qcom 1d84000.ufshc: ufshcd_abort: Device abort task at tag 3',
      '[   33.800000] ufshcd-qcom 1d84000.ufshc: __ufshcd_issue_tm_cmd: task management cmd 0x01 timed-out',
      '[   33.900000] ufshcd-qcom 1d84000.ufshc: ufshcd_eh_device_reset_handler: failed with err -110',
    ],
    without: [
      '[    2.700000] ufshcd-qcom 1d84000.ufshc: ufshcd_populate_vreg: Unable to find vccq-supply regulator, assuming enabled',
    ],
  },
  'device-failed': {
    lines: [
      '[    3.000000] platform regulatory.0: Direct firmware load for regulatory.db failed with error -2',
    ],
    without: [EL2],
  },
  'harmless-line': {
    lines: ['[    3.000000] qcom_scm firmware:scm: qseecom: untested machine, skipping'],
    without: ['[    3.000000] qcom_scm firmware:scm: qseecom: found qseecom with version 0x1402000'],
  },
  'trace-lost-events': {
    format: 'ftrace',
    lines: [
      'CPU:3 [LOST 12 EVENTS]',
      '   kworker/u32:5-143     [003] .....     7.300040: attach_device_to_domain: IOMMU: device=30000000.remoteproc',
    ],
    without: [
      '   kworker/u32:5-143     [003] .....     7.300040: attach_device_to_domain: IOMMU: device=30000000.remoteproc',
    ],
  },
};
