import { counted } from '../../base/count.ts';
import { STORAGE_STEPS } from '../../events/kernel-messages/storage-messages.ts';
import { renderErrno } from '../../soc/errno.ts';
import { ruleFamily } from '../finding.ts';
import { harmlessReason } from '../harmless-notes.ts';

/** What touches memory rather than the registers of a device: an abort in any other function is a driver's. */
const MEMORY_FUNCTION = /mem(?:cpy|set|move|zero)|copy_|clear_page|dcache|zva|fastrpc|rproc|mdt|elf/;

/** What a kernel without symbols, or a line that is cut, tells of the place of a warning: nothing to read. */
const UNTOLD_PLACE = /^at [0-9a-f]{8,16}\b|^CPU: \d+ PID: \d+ at$/;

/** A device that waits for so long after the kernel said so waits for ever. */
const WAITED_NS = 10_000_000_000;

const NODE_TRIES = [
  'compare the node with the binding: firmware-name, memory-region, power-domains and interrupts',
];

const DEVICE_TRIES = [
  'find the device that the function was called for in the call trace, and check its clocks and power domains',
  'check whether its registers are left to Linux at all: a hypervisor or TrustZone may keep them',
];

/** Drivers, suppliers, the kernel itself, and the recording. */
export const INFRASTRUCTURE_RULES = ruleFamily('infrastructure', [
  {
    id: 'smmu-missing',
    title: 'the SMMU never probes',
    severity: 'fatal',
    modes: ['F-09'],
    doc: 'Remote processors wait for the SMMU as their supplier, and it never says a word: its driver is not built in, or not loaded.',
    source: 'domain/07 F-09; deferred_probe_timeout_work_func',
    disprovedBy: 'the SMMU prints "probing hardware configuration"',
    tries: [
      'build the driver in: CONFIG_ARM_SMMU=y and CONFIG_QCOM_SCM=y',
      'check that the node of the SMMU is not disabled',
    ],
    *examine(boot) {
      const waiting = boot.deferrals.filter(
        ({ seq, payload }) =>
          /iommu|smmu/.test(payload.supplier ?? payload.reason) &&
          !boot.deferralsOver.has(seq) &&
          !boot.isExplained(seq),
      );
      const [first] = waiting;
      if (first === undefined || boot.smmuSeen.length > 0) return;
      const names = [...new Set(waiting.map(({ subject, payload }) => subject ?? payload.device))];
      yield {
        subject: null,
        cause: 'smmu',
        // A module may be loaded later than the log goes.
        certainty: boot.lastsFor(first.t_ns, WAITED_NS) ? 'certain' : 'likely',
        sentence: `the SMMU has not probed when the history ends: ${names.slice(0, 6).join(', ')} still ${names.length === 1 ? 'waits' : 'wait'} for it`,
        evidence: waiting.slice(0, 4).map(({ seq }) => seq),
        explains: waiting.map(({ seq }) => seq),
        count: waiting.length,
      };
    },
  },
  {
    id: 'processor-not-probed',
    title: 'the driver of a remote processor does not bind',
    severity: 'fatal',
    stage: 'last',
    modes: ['F-87'],
    doc: 'The probe of a remoteproc node fails, and nothing else says why. With -22 it may be a core that runs already, whose driver cannot attach to it: rproc_validate refuses that without a word.',
    source: 'domain/07 F-87; rproc_validate: RPROC_DETACHED without an attach operation',
    disprovedBy: 'another line of the same device that says what is wrong with it',
    tries: [
      'give the operations of the driver with minidump an `attach`, as those without have it, or let the boot firmware leave the core alone',
      ...NODE_TRIES,
    ],
    *examine(boot) {
      for (const { seq, subject, step, errno, detail } of boot.failures) {
        if (step !== 'probe' || detail?.endsWith('.remoteproc') !== true || boot.isExplained(seq)) continue;
        if (boot.failures.some((other) => other.seq !== seq && other.subject === subject)) continue;
        yield {
          subject,
          certainty: errno === -22 ? 'narrowed' : 'unknown',
          modes: errno === -22 ? ['F-87'] : [],
          ...(errno === -22
            ? {}
            : { tries: ['look at the warning or error right before it', ...NODE_TRIES] }),
          sentence: `the driver of ${subject ?? detail} does not bind to ${detail} (${renderErrno(errno ?? 0)})${errno === -22 ? ': a core that runs already, or a property of the node that it cannot read' : ''}`,
          evidence: [seq],
          explains: [seq],
        };
      }
    },
  },
  {
    id: 'deferred-for-ever',
    title: 'a device waits for a supplier that does not come',
    severity: 'degraded',
    stage: 'general',
    modes: ['F-09'],
    doc: 'When the deferred-probe timeout is over, a device still waits.',
    source: 'domain/07 F-09; deferred_probe_timeout_work_func',
    disprovedBy: 'the device probes later in the log',
    tries: [
      'build the supplier’s driver in, or load its module',
      'look at /sys/kernel/debug/devices_deferred',
    ],
    *examine(boot) {
      for (const { seq, subject, payload } of boot.deferrals) {
        if (boot.isExplained(seq) || boot.deferralsOver.has(seq)) continue;
        const isProcessor = boot.processors.has(subject ?? '') || payload.device.endsWith('.remoteproc');
        yield {
          subject,
          cause: payload.supplier ?? payload.reason,
          certainty: 'likely',
          severity: isProcessor ? 'fatal' : 'degraded',
          // Of other devices only those that wait for the SMMU or for qcom_scm are that failure mode.
          modes: isProcessor || /iommu|smmu|scm/.test(payload.reason) ? ['F-09'] : [],
          sentence: `${payload.device} still waits when the history ends: ${payload.reason}`,
          evidence: [seq],
          explains: [seq],
        };
      }
    },
  },
  {
    id: 'kernel-died',
    title: 'the kernel died',
    severity: 'system',
    stage: 'last',
    modes: ['F-60', 'F-63', 'F-13', 'F-14'],
    doc: 'An oops or a panic that no rule explains.',
    source: 'arch/arm64/kernel/traps.c',
    disprovedBy: 'a cause above it that explains it',
    tries: [
      'decode the call trace: scripts/decode_stacktrace.sh',
      'look at what happened right before: `trace step DB`, then `g` to the oops',
    ],
    *examine(boot) {
      const oopses = boot.oopses.filter(({ seq }) => !boot.isExplained(seq));
      const panics = boot.panics.filter(({ seq }) => !boot.isExplained(seq));
      const [oops] = oopses;
      const [panic] = panics;
      if (oops === undefined && panic === undefined) return;
      const isAbort = /external abort|SError/i.test(oops?.payload.reason ?? '');
      const where = oops?.payload.function ?? null;
      const isOfDriver = where !== null && !MEMORY_FUNCTION.test(where);
      const isOfMemory = isAbort && !isOfDriver;
      yield {
        subject: null,
        cause: oops?.payload.function ?? oops?.payload.reason ?? 'panic',
        count: Math.max(oopses.length, 1),
        certainty: isOfMemory ? 'narrowed' : 'unknown',
        modes: isOfMemory ? ['F-60', 'F-63'] : [],
        ...(isAbort && isOfDriver ? { tries: DEVICE_TRIES } : {}),
        sentence:
          oops === undefined
            ? `the kernel stopped the machine: ${panic?.payload.reason}`
            : `the kernel died of ${oops.payload.reason}${where === null ? '' : ` in ${where}`}${isAbort ? `: ${isOfDriver ? 'registers of a device that does not answer (without clock or power, or not for Linux)' : 'memory or a device that does not answer (given away, or powered down)'}` : ''}`,
        evidence: [...oopses.slice(0, 3).map(({ seq }) => seq), panic?.seq],
        explains: [...oopses, ...panics].map(({ seq }) => seq),
      };
    },
  },
  {
    id: 'kernel-stalled',
    title: 'the kernel does not get on',
    severity: 'system',
    stage: 'last',
    modes: [],
    doc: 'A watchdog of the kernel found a CPU or a task that does not get on.',
    source: 'kernel/watchdog.c, kernel/rcu/tree_stall.h, kernel/hung_task.c',
    disprovedBy: 'a flood of faults or messages at the same time, which keeps the CPU busy',
    tries: ['look for what the stalled task waits for in its call trace'],
    *examine(boot) {
      for (const { seq, payload } of boot.stalls) {
        yield {
          subject: null,
          cause: `${payload.type} ${payload.function ?? payload.task}`,
          certainty: 'unknown',
          severity:
            payload.type === 'hung-task' || payload.type === 'workqueue-lockup' ? 'degraded' : 'system',
          sentence: `${payload.type} of ${payload.task ?? 'a CPU'}${payload.function === null ? '' : ` in ${payload.function}`}`,
          evidence: [seq],
        };
      }
    },
  },
  {
    id: 'kernel-warned',
    title: 'the kernel warns',
    severity: 'degraded',
    stage: 'last',
    modes: [],
    doc: 'A WARN that no rule explains.',
    source: 'kernel/panic.c __warn',
    disprovedBy: 'a cause above it that explains it',
    tries: ['look the line up in the source of this kernel'],
    *examine(boot) {
      for (const { seq, payload } of boot.warnings) {
        if (boot.isExplained(seq)) continue;
        yield {
          subject: null,
          cause: `${payload.file} ${payload.function}`,
          certainty: 'unknown',
          sentence: `the kernel warns${payload.function === null ? '' : ` in ${payload.function}`}${payload.file === null ? '' : ` (${payload.file})`}${payload.message === null || UNTOLD_PLACE.test(payload.message) ? '' : `: ${payload.message}`}`,
          evidence: [seq],
        };
      }
    },
  },
  {
    id: 'scm-call-failed',
    title: 'a call to the secure world fails',
    severity: 'degraded',
    stage: 'last',
    modes: [],
    doc: 'qcom_scm says that a call failed, and no rule knows what that leads to. At EL2 services of the hypervisor are missing.',
    source: 'drivers/firmware/qcom/qcom_scm.c',
    disprovedBy: 'the same call succeeds later',
    tries: ['compare with a boot at EL1 on the same machine: `trace diff`'],
    *examine(boot) {
      for (const { seq, subject, step, errno } of boot.failures) {
        if (subject !== 'scm' || boot.isExplained(seq)) continue;
        yield {
          subject: 'scm',
          cause: step,
          certainty: 'unknown',
          sentence: `${step} of qcom_scm fails${errno === null ? '' : ` (${renderErrno(errno)})`}`,
          evidence: [seq],
          explains: [seq],
        };
      }
    },
  },
  {
    id: 'storage-fails',
    title: 'a disk does not answer',
    severity: 'degraded',
    stage: 'last',
    modes: [],
    doc: 'The controller of a disk gives up commands, or does not get its link up: whatever waits for the disk waits, the root file system and firmware on it too.',
    source: 'drivers/ufs/core/ufshcd.c ufshcd_abort, ufshcd_link_startup; drivers/mmc/core',
    disprovedBy: 'the same disk is read later without errors',
    tries: [
      'look for a fault of the controller’s stream in the SMMU: with Linux at EL2 nobody else maps what it reads and writes',
      'compare clocks, regulators and interconnect votes with a boot that works: `clk_ignore_unused pd_ignore_unused`',
    ],
    *examine(boot) {
      const failures = boot.failures.filter(
        ({ seq, step }) => STORAGE_STEPS.has(step) && !boot.isExplained(seq),
      );
      for (const subject of new Set(failures.map((failure) => failure.subject))) {
        const ofDisk = failures.filter((failure) => failure.subject === subject);
        const bySteps = [...STORAGE_STEPS].map(
          ([step, words]) => [words, ofDisk.filter((failure) => failure.step === step)] as const,
        );
        const told = bySteps
          .filter(([, { length }]) => length > 0)
          .map(([[one, several], { length }]) => counted(length, one, several));
        yield {
          subject,
          certainty: 'unknown',
          sentence: `the disk of ${subject ?? 'a controller'} does not answer: ${told.join(', ')}`,
          evidence: bySteps.map(([, [first]]) => first?.seq),
          explains: ofDisk.map(({ seq }) => seq),
          count: ofDisk.length,
        };
      }
    },
  },
  {
    id: 'device-failed',
    title: 'a device that is no remote processor fails',
    severity: 'noise',
    stage: 'last',
    modes: [],
    doc: 'What other drivers say of failures, a line a step: firmware that is not installed, probes that fail.',
    source: 'docs/events.md: device.failed, device.probed, firmware.refused',
    disprovedBy: 'a remote processor that depends on the device',
    tries: ['nothing, unless the device is missed'],
    *examine(boot) {
      for (const { seq, subject, step, errno, detail, kind } of boot.failures) {
        const isOurs = kind === 'remoteproc.failed' || kind === 'remoteproc.crashed' || subject === 'scm';
        if (isOurs || boot.isExplained(seq) || (subject !== null && boot.processors.has(subject))) continue;
        yield {
          subject,
          cause: `${subject} ${step}`,
          certainty: 'unknown',
          sentence: `${subject ?? 'a device'}: ${step} fails${errno === null ? '' : ` (${renderErrno(errno)})`}${detail === null ? '' : `: ${detail}`}`,
          evidence: [seq],
        };
      }
    },
  },
  {
    id: 'harmless-line',
    title: 'a line that looks like a cause and is none',
    severity: 'noise',
    stage: 'last',
    modes: [],
    doc: 'Lines that are named as root causes again and again, and have nothing to do with PAS.',
    source: 'domain/07 §7',
    disprovedBy: 'nothing: what they mean is known',
    tries: ['nothing'],
    *examine(boot) {
      for (const { seq, subject, payload } of boot.notes) {
        const why = harmlessReason(payload.note);
        if (why === undefined) continue;
        yield { subject, cause: payload.note, certainty: 'certain', sentence: why, evidence: [seq] };
      }
    },
  },
  {
    id: 'trace-lost-events',
    title: 'the trace lost events',
    severity: 'noise',
    stage: 'last',
    modes: [],
    doc: 'The ring buffer overran: what the trace does not show may have happened all the same.',
    source: 'kernel/trace/trace.c',
    disprovedBy: 'nothing: the trace says so',
    tries: ['record with a bigger buffer (`trace_buf_size=64M`) or fewer events'],
    *examine(boot) {
      const [first] = boot.eventsLost;
      if (first === undefined) return;
      yield {
        subject: null,
        count: boot.eventsLost.length,
        certainty: 'certain',
        sentence: 'the trace lost events: that something is not in it proves nothing',
        evidence: [first],
      };
    },
  },
]);
