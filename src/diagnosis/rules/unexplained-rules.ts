import { renderErrno } from '../../soc/errno.ts';
import type { BootFacts } from '../boot-facts.ts';
import { untoldDeath } from '../deaths.ts';
import { callSeqs, faultsRuledOut, modeRuledOut } from '../evidence.ts';
import { type FoundCause, ruleFamily } from '../finding.ts';
import { lastWords, quoted } from '../last-words.ts';
import { pasCalls } from '../pas-calls.ts';
import { startByTrace } from '../start-by-trace.ts';

/** A log that goes on for so long after a start was begun shows that it ended in nothing. */
const SILENCE_NS = 10_000_000_000;

function unexplained(
  boot: BootFacts,
  subject: string,
  seqs: readonly number[],
  sentence: string,
  isUp: boolean,
): FoundCause {
  return {
    subject,
    certainty: 'unknown',
    severity: isUp ? 'degraded' : 'fatal',
    sentence: `${sentence}; why is not known`,
    evidence: seqs.slice(0, 4),
    explains: seqs,
    ruledOut: [modeRuledOut(boot, subject)],
  };
}

/** What fails at the other end of a processor's life. */
const STEPS_OF_STOP: readonly string[] = ['stop', 'shutdown', 'shutdown-dtb', 'halt-port'];

/** Whether a failure is a step of a start; that of user space is what the others end in. */
function isOfStart(kind: string, step: string): boolean {
  if (STEPS_OF_STOP.includes(step)) return false;
  return (kind === 'remoteproc.failed' || kind === 'firmware.refused') && step !== 'boot';
}

/** Starts and crashes whose cause no rule found. */
export const UNEXPLAINED_RULES = ruleFamily('unexplained', [
  {
    id: 'silent-start',
    title: 'a start ends without a word',
    severity: 'fatal',
    stage: 'last',
    modes: ['F-101', 'F-63'],
    doc: '"powering up" or "Booting fw image" is the last that the log says of a processor: neither up nor failed. A trace beside the log may show how far the start comes all the same.',
    source: 'domain/07 F-101; rproc_fw_boot',
    disprovedBy: 'a later line about the processor',
    tries: [
      'if the machine stopped there, it was reset or hung (TrustZone, XPU violation): look at the firmware’s own log',
      'if it goes on: record a trace with `trace_event=qcom_scm:*`, which shows the call that never came back',
      'look for `task … blocked for more than` lines',
    ],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        if (attempt.outcome !== 'open' || boot.isExplained(attempt.seq)) continue;
        if (boot.failuresIn(attempt).length > 0) continue;
        if (boot.isCut) continue;
        const { processor } = attempt;
        const byTrace = startByTrace(boot, attempt);
        const isOver = boot.logLastsFor(attempt.tNs, SILENCE_NS);
        if (byTrace?.up != null) {
          yield {
            subject: processor,
            cause: 'cut',
            certainty: 'likely',
            severity: 'noise',
            modes: [],
            sentence: `the log ${isOver ? `says nothing more of ${processor}` : `ends while ${processor} is starting`}, but in the trace ${processor} comes up: ${byTrace.up.how}`,
            evidence: [attempt.seq, byTrace.up.seq],
          };
          continue;
        }
        // An excerpt may end anywhere.
        const isExcerpt = boot.exceptionLevel === null && boot.finished === null;
        const ending = isExcerpt
          ? 'what became of it is not in this log'
          : 'the machine hung or was reset, or the log was cut off';
        const further = byTrace === null ? '' : `; in the trace the start ${byTrace.sentence}`;
        yield {
          subject: processor,
          cause: isOver ? 'silent' : 'cut',
          // A log that was cut off there looks the same.
          certainty: isOver || boot.finished !== null ? 'narrowed' : 'unknown',
          severity: isOver || boot.finished !== null ? 'fatal' : isExcerpt ? 'noise' : 'degraded',
          ...(byTrace?.isReleased === true ? { modes: ['F-63', 'F-100', 'F-120'] } : {}),
          sentence: isOver
            ? `nothing more is said of ${processor} after its start was begun: it is neither up nor failed${further}`
            : `the ${byTrace === null ? 'history' : 'log'} ends while ${processor} is starting: ${ending}${further}`,
          evidence: [
            attempt.seq,
            boot.processors.get(processor)?.firmware.at(-1)?.seq,
            byTrace?.last?.seq,
            byTrace?.last?.returned?.seq,
          ],
          ruledOut: [isOver ? faultsRuledOut(boot, attempt) : null],
        };
      }
    },
  },
  {
    id: 'processor-crashed',
    title: 'a remote processor dies',
    severity: 'degraded',
    stage: 'last',
    modes: [],
    doc: 'A crash that no rule explains: what the processor’s own firmware met.',
    source: 'rproc_report_crash',
    disprovedBy: 'a fault of its stream, or a crash of another processor, right before',
    tries: ['take its last words and a coredump to the firmware’s owner'],
    *examine(boot) {
      for (const processor of boot.processors.values()) {
        const crashes = processor.crashes.filter(({ seq }) => !boot.isExplained(seq));
        const [first] = crashes;
        if (first === undefined) continue;
        const back = processor.attempts.find(({ seq, outcome }) => seq > first.seq && outcome === 'up');
        yield {
          subject: processor.name,
          count: crashes.length,
          certainty: 'unknown',
          sentence: `${processor.name} dies of a ${first.payload.type}${quoted(lastWords(processor, first.seq))}${back === undefined ? '' : ', and comes back'}`,
          evidence: [first.seq, back?.outcomeSeq],
          explains: crashes.map(({ seq }) => seq),
        };
      }
      for (const processor of boot.processors.values()) {
        const sign = untoldDeath(processor);
        if (sign === undefined || boot.isExplained(sign.seq)) continue;
        // A start that fails of it is told by the rules for starts.
        const failed = processor.attempts.some(
          ({ seq, end, outcome }) => seq < sign.seq && sign.seq < end && outcome === 'failed',
        );
        if (failed) continue;
        // Kernels of vendors do not recover it, but reset the machine.
        const panic = boot.panics.find(
          ({ seq, payload }) => seq > sign.seq && payload.reason.includes(`${processor.name} crashed`),
        );
        yield {
          subject: processor.name,
          certainty: 'unknown',
          severity: panic === undefined ? 'degraded' : 'system',
          sentence: `${processor.name} dies of a ${sign.payload.interrupt === 'fatal' ? 'fatal error' : 'watchdog'}${quoted(sign.payload.message)}; ${panic === undefined ? 'what the kernel did then is not in this log' : 'the kernel stops the machine for it'}`,
          evidence: [sign.seq, panic?.seq],
          explains: panic === undefined ? [] : [panic.seq],
        };
      }
    },
  },
  {
    id: 'client-failed',
    title: 'a client of a remote processor fails',
    severity: 'degraded',
    stage: 'last',
    modes: [],
    doc: 'Audio, FastRPC or a link to the processor reports a failure, and no rule knows what it follows from.',
    source: 'docs/events.md: device.failed',
    disprovedBy: 'a crash of the processor before it, which it follows from',
    tries: ['look at what the processor did before: a crash takes its clients along'],
    *examine(boot) {
      for (const { seq, subject, step, errno, kind, detail } of boot.failures) {
        if (kind !== 'device.failed' || boot.isExplained(seq) || subject === null) continue;
        if (!boot.processors.has(subject)) continue;
        yield {
          subject,
          cause: `${subject} ${step}`,
          certainty: 'unknown',
          sentence: `a client of ${subject} fails: ${step === 'other' && detail !== null ? detail : step}${errno === null ? '' : ` (${renderErrno(errno)})`}`,
          evidence: [seq],
        };
      }
    },
  },
  {
    id: 'start-failed',
    title: 'a remote processor does not start',
    severity: 'fatal',
    stage: 'last',
    modes: [],
    doc: 'A start failed in a way that no rule knows.',
    source: 'rproc_boot',
    disprovedBy: 'a later start that comes up',
    tries: ['record a trace with `trace_event=qcom_scm:*,iommu:*` and import it with the log'],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const failures = boot
          .failuresIn(attempt)
          .filter(({ seq, step, kind }) => !boot.isExplained(seq) && isOfStart(kind, step));
        const [first] = failures;
        if (first === undefined) continue;
        const setup = pasCalls(boot, attempt, 'PAS_MEM_SETUP').find(
          ({ returned }) => returned !== null && returned.errno !== 0,
        );
        const at = first.errno === null ? '' : ` (${renderErrno(first.errno)})`;
        yield unexplained(
          boot,
          attempt.processor,
          [...callSeqs(setup), ...failures.map(({ seq }) => seq)],
          setup === undefined
            ? `${attempt.processor} fails at ${first.step}${at}`
            : `TrustZone refuses PAS_MEM_SETUP of ${attempt.processor}${at}`,
          attempt.outcome === 'up',
        );
      }
      const early = boot.failures.filter(
        ({ seq, kind, subject, step }) =>
          kind === 'remoteproc.failed' &&
          isOfStart(kind, step) &&
          !boot.isExplained(seq) &&
          subject !== null &&
          (boot.processors.get(subject)?.attempts ?? []).every((attempt) => attempt.seq > seq),
      );
      for (const { subject, step, errno, seq } of early)
        yield unexplained(
          boot,
          subject ?? '',
          [seq],
          `${subject} fails at ${step}${errno === null ? '' : ` (${renderErrno(errno)})`}`,
          false,
        );
    },
  },
  {
    id: 'stop-failed',
    title: 'a remote processor does not stop',
    severity: 'degraded',
    stage: 'last',
    modes: [],
    doc: 'A stop failed, and no line says what refused it. A recovery ends there: the processor is not started again.',
    source: 'rproc_stop; rproc_boot_recovery returns what it returns',
    disprovedBy: 'a later line that says that the processor is stopped',
    tries: [
      'record a trace with `trace_event=qcom_scm:*` and import it with the log: PAS_SHUTDOWN is part of a stop',
      'reboot before the memory is used for something else: the core may run',
    ],
    *examine(boot) {
      for (const { seq, kind, subject, step, errno } of boot.failures) {
        if (kind !== 'remoteproc.failed' || subject === null || !STEPS_OF_STOP.includes(step)) continue;
        if (boot.isExplained(seq)) continue;
        yield {
          subject,
          certainty: 'unknown',
          sentence: `${subject} fails at ${step}${errno === null ? '' : ` (${renderErrno(errno)})`}; why is not known`,
          evidence: [seq],
        };
      }
    },
  },
]);
