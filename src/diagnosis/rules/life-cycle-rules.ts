import { renderErrno } from '../../soc/errno.ts';
import type { BootFacts } from '../boot-facts.ts';
import { type Death, deathsOf } from '../deaths.ts';
import {
  callRuledOut,
  callSeqs,
  failuresFrom,
  faultsOfStrangers,
  faultsRuledOut,
  firmwareRuledOut,
  modeRuledOut,
} from '../evidence.ts';
import { type RuledOut, ruleFamily } from '../finding.ts';
import { lastWords, quoted } from '../last-words.ts';
import { authCalls, type PasCall, pasCalls } from '../pas-calls.ts';
import type { Attempt } from '../processor-facts.ts';

const ETIMEDOUT = -110;

/** What helps where a core says itself that it dies: its signals come through. */
const DIED = {
  disprovedBy: 'the fatal error or watchdog is of another start',
  tries: [
    'take its last words to the firmware’s owner',
    'check that the image, its dtb image and the SoC revision go together, and try firmware of another release',
    'check that what the firmware needs is on: clocks, power domains and interconnects of the node',
  ],
};

/** What a start that waits in vain for the core has behind it. */
function lastStepOf(auth: PasCall | undefined, processor: string): string {
  if (auth?.returned?.errno === 0) return 'PAS_AUTH_AND_RESET';
  return `its release from reset, after which the driver of ${processor} waits`;
}

/** Another core came up, so what all of them need is there. */
function othersRuledOut(boot: BootFacts, { processor }: Attempt): RuledOut | null {
  const other = [...boot.processors.values()].find(
    ({ name, attempts }) => name !== processor && attempts.some(({ outcome }) => outcome === 'up'),
  );
  if (other === undefined) return null;
  const up = other.attempts.find(({ outcome }) => outcome === 'up');
  return {
    what: `smp2p, TrustZone and the SMMU as a whole: ${other.name} came up`,
    seq: up?.outcomeSeq ?? null,
    modes: ['F-07', 'F-08', 'F-09'],
  };
}

/** Failure modes in which TrustZone does not release the core. */
const REFUSED_MODES: readonly string[] = ['F-53', 'F-57', 'F-70', 'F-74', 'F-77'];

const HANDOVER_AGAIN = 'Handover signaled, but it already happened';
/** Crashes of one processor that are a loop (domain/07 F-104). */
const LOOP_COUNT = 3;
/** Processors that die within this time die of each other (domain/07 F-105). */
const CASCADE_NS = 100_000_000;

/** How processors live, die and come back. */
export const LIFE_CYCLE_RULES = ruleFamily('life cycle', [
  {
    id: 'never-ready',
    title: 'the core never becomes ready',
    severity: 'fatal',
    stage: 'general',
    modes: ['F-100', 'F-120'],
    doc: 'TrustZone released the core, no stream of it faulted, and five seconds later no ready interrupt had come.',
    source: 'domain/07 F-100; qcom_pas_start: wait_for_completion_timeout(&start_done, 5 s)',
    disprovedBy: 'a ready interrupt (smp2p) in the five seconds, or a fault of its stream',
    tries: [
      'check smp2p: interrupts and mailbox of the node, `/proc/interrupts` for the ready line',
      'record a trace with `trace_event=qcom_smp2p:*,qcom_scm:*,iommu:*`: bits that the core raises show how far it came',
      'check that what the firmware needs is on: clocks, power domains and interconnects of the node',
      'try firmware of another release',
    ],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const failure =
          boot.failuresIn(attempt, 'ready')[0] ??
          boot.failuresIn(attempt, 'start', 'boot').find(({ errno }) => errno === ETIMEDOUT);
        if (failure === undefined || boot.isExplained(failure.seq)) continue;
        // What timed out before the core ran was not the core.
        if (boot.failuresIn(attempt, 'boot-authenticator').length > 0) continue;
        const handover = boot.interruptsIn(attempt, 'handover')[0];
        const died = boot.interruptsIn(attempt, 'fatal')[0] ?? boot.interruptsIn(attempt, 'watchdog')[0];
        const auth = authCalls(boot, attempt).at(-1);
        const modes = handover === undefined ? ['F-100', 'F-120'] : ['F-120'];
        const strangers = faultsOfStrangers(boot, attempt);
        yield {
          subject: attempt.processor,
          // A log that begins after the release of the core does not show what its streams did.
          ...(attempt.isTold && strangers.length === 0
            ? { certainty: 'likely' as const, modes }
            : {
                certainty: 'narrowed' as const,
                modes: [...modes, 'F-16', 'F-21', 'F-31', 'F-32', 'F-36', 'F-37', 'F-38'],
              }),
          sentence:
            died === undefined
              ? `${attempt.processor} was released and never became ready${handover === undefined ? '' : ', although it signalled handover'}: the last step that worked is ${lastStepOf(auth, attempt.processor)}${strangers.length === 0 ? '' : '; a stream faulted meanwhile, and whose it is, is not known'}`
              : `${attempt.processor} died while it started${quoted(died.payload.message)}`,
          ...(died === undefined ? {} : DIED),
          evidence: [
            ...callSeqs(auth),
            handover?.seq,
            died?.seq,
            strangers[0]?.first,
            ...failuresFrom(boot, attempt),
          ],
          explains: failuresFrom(boot, attempt),
          ruledOut: [
            auth === undefined
              ? {
                  what: 'a refused image: the driver waits for the core only once that is released from reset',
                  seq: failure.seq,
                  modes: REFUSED_MODES,
                }
              : callRuledOut(
                  auth,
                  'TrustZone: it authenticated the image and released the core',
                  REFUSED_MODES,
                ),
            othersRuledOut(boot, attempt),
            attempt.isTold ? faultsRuledOut(boot, attempt) : null,
            modeRuledOut(boot, attempt.processor),
            firmwareRuledOut(boot, attempt),
          ],
        };
      }
    },
  },
  {
    id: 'handover-again',
    title: 'handover is signalled again',
    severity: 'noise',
    modes: ['F-102'],
    doc: 'The core signals handover more than once. It happens in good boots and in recoveries.',
    source: 'domain/07 F-102; qcom_q6v5_handover_interrupt',
    disprovedBy: 'nothing: the line says so itself',
    tries: ['nothing: it is harmless'],
    *examine(boot) {
      for (const { name, interrupts } of boot.processors.values()) {
        const again = interrupts.filter(({ payload }) => payload.message === HANDOVER_AGAIN);
        if (again.length === 0) continue;
        yield {
          subject: name,
          count: again.length,
          certainty: 'certain',
          sentence: `${name} signals handover again, which is harmless`,
          evidence: again.slice(0, 3).map(({ seq }) => seq),
        };
      }
    },
  },
  {
    id: 'handover-never',
    title: 'handover is never signalled',
    severity: 'degraded',
    modes: ['F-103'],
    doc: 'A processor is up and never signals handover: clocks and power domains that Linux voted for while it started stay on.',
    source: 'domain/07 F-103; qcom_q6v5_unprepare',
    disprovedBy: 'a handover interrupt in the trace',
    tries: [
      'check the handover interrupt of the node (smp2p)',
      'ask the firmware’s owner: it should signal when it has its own votes',
    ],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        if (attempt.outcome !== 'up' || attempt.stopped === null) continue;
        const ready = boot.interruptsIn(attempt, 'ready')[0];
        if (ready === undefined || boot.interruptsIn(attempt, 'handover').length > 0) continue;
        // Where calls are traced, that of the stop shows that the trace was on until then.
        if (boot.told.calls && pasCalls(boot, attempt, 'PAS_SHUTDOWN').length === 0) continue;
        yield {
          subject: attempt.processor,
          certainty: boot.eventsLost.length > 0 ? 'narrowed' : 'certain',
          sentence: `${attempt.processor} was up and stopped without ever signalling handover: votes of its start stayed on`,
          evidence: [ready.seq, attempt.outcomeSeq, attempt.stopped],
        };
      }
    },
  },
  {
    id: 'crash-cascade',
    title: 'one core takes another down',
    severity: 'degraded',
    modes: ['F-105'],
    doc: 'Two processors die within a tenth of a second: the first is the one to look at.',
    source: 'domain/07 F-105',
    disprovedBy: 'the second dies again without the first',
    tries: [
      'look at the first of them only',
      'check the link between the two (GLINK) and their versions of firmware',
    ],
    *examine(boot) {
      const deaths = deathsOf(boot).filter(({ crash }) => !boot.isExplained(crash.seq));
      for (const [index, first] of deaths.entries()) {
        const second = companionOf(deaths, index);
        if (second === undefined) continue;
        const { name } = first.crash.payload;
        const words = lastWords(boot.processor(name), first.crash.seq);
        const events = [first, second].flatMap(({ sign, crash }) => [sign.seq, crash.seq]);
        yield {
          subject: name,
          cause: 'cascade',
          certainty: 'likely',
          sentence: `${name} dies${quoted(words)} and takes ${second.crash.payload.name} along`,
          evidence: events,
          explains: events,
        };
        return;
      }
    },
  },
  {
    id: 'crash-loop',
    title: 'a processor dies again and again',
    severity: 'fatal',
    stage: 'general',
    modes: ['F-104'],
    doc: 'A processor crashes three times or more and is recovered each time.',
    source: 'domain/07 F-104; rproc_crash_handler_work',
    disprovedBy: 'the crashes have different reasons',
    tries: [
      'turn recovery off to keep the state of the first crash: `echo disabled > /sys/class/remoteproc/remoteprocN/recovery`',
      'take a coredump of it (`echo enabled > …/coredump`), with its last words, to the firmware’s owner',
    ],
    *examine(boot) {
      for (const processor of boot.processors.values()) {
        const crashes = processor.crashes.filter(({ seq }) => !boot.isExplained(seq));
        const told = crashNumber(boot, processor.name);
        if (crashes.length < LOOP_COUNT && (told === null || told.value < LOOP_COUNT)) continue;
        const [first] = crashes;
        const last = crashes.at(-1);
        const up = processor.attempts.findLast(({ outcome }) => outcome === 'up');
        const type = last?.payload.type ?? 'crash';
        const words =
          last === undefined ? lastWords(processor, boot.lastSeq) : lastWords(processor, last.seq);
        yield {
          subject: processor.name,
          count: Math.max(crashes.length, told?.value ?? 0),
          certainty: 'certain',
          sentence: `${processor.name} dies of a ${type} again and again (${Math.max(crashes.length, told?.value ?? 0)} times${crashes.length < (told?.value ?? 0) ? ' by the number that the kernel gives, most of them before this log' : ''})${quoted(words)}`,
          evidence: [first?.seq, last?.seq, told?.seq],
          explains: [
            ...processor.crashes.map(({ seq }) => seq),
            ...boot.failures
              .filter(
                ({ subject, step, kind }) =>
                  subject === processor.name && (/stop-ack|sysmon/.test(step) || kind === 'device.failed'),
              )
              .map(({ seq }) => seq),
          ],
          ruledOut: [
            up === undefined || processor.attempts.some(({ outcome }) => outcome === 'failed')
              ? null
              : {
                  what: `a start that fails: ${processor.name} came up each time`,
                  seq: up.outcomeSeq,
                  modes: [],
                },
          ],
        };
      }
    },
  },
  {
    id: 'fastrpc-answer-of-before',
    title: 'FastRPC gets an answer to a call from before the recovery',
    severity: 'degraded',
    modes: ['F-111'],
    doc: '`No context ID matches response`: the call that is answered was given up when the processor went down.',
    source: 'domain/07 F-111; fastrpc_rpmsg_callback',
    disprovedBy: 'the line comes without a crash or a stop before it',
    tries: ['restart the FastRPC clients after a recovery'],
    *examine(boot) {
      for (const failure of boot.failures) {
        if (failure.step !== 'fastrpc-response' || failure.subject === null) continue;
        const crash = boot.processors.get(failure.subject)?.crashes.findLast(({ seq }) => seq < failure.seq);
        yield {
          subject: failure.subject,
          certainty: crash === undefined ? 'likely' : 'certain',
          sentence: `FastRPC of ${failure.subject} gets an answer to a call that it does not know any more${crash === undefined ? '' : ', from before the crash'}`,
          evidence: [crash?.seq, failure.seq],
          explains: [failure.seq, ...(crash === undefined ? [] : [crash.seq])],
        };
      }
    },
  },
  {
    id: 'shutdown-repeated',
    title: 'PAS_SHUTDOWN is repeated while TrustZone encrypts',
    severity: 'noise',
    modes: ['F-109'],
    doc: 'TrustZone refuses to shut a modem down while it encrypts its memory; the driver asks again every 100 ms, and succeeds.',
    source: 'domain/07 F-109; qcom_pas_stop: decrypt_shutdown',
    disprovedBy: '"failed to shutdown" after the last of them',
    tries: ['nothing: it is how it works'],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const calls = pasCalls(boot, attempt, 'PAS_SHUTDOWN');
        const refused = calls.filter(({ returned }) => returned?.errno === -22);
        const done = calls.at(-1);
        if (
          refused.length === 0 ||
          done?.returned?.errno !== 0 ||
          boot.failuresIn(attempt, 'shutdown').length > 0
        )
          continue;
        yield {
          subject: attempt.processor,
          count: refused.length,
          certainty: 'certain',
          sentence: `TrustZone refuses to shut ${attempt.processor} down ${refused.length} times, and then does: it encrypts the memory first`,
          evidence: [...callSeqs(refused[0]), ...callSeqs(done)],
        };
      }
    },
  },
  {
    id: 'shutdown-failed',
    title: 'TrustZone does not shut the core down',
    severity: 'degraded',
    stage: 'general',
    modes: ['F-112', 'F-41'],
    doc: 'PAS_SHUTDOWN of the main image fails. Where the dtb image is shut down after it, the processor is said to be stopped all the same.',
    source: 'domain/07 F-41, F-112; qcom_pas_stop: the result of the dtb image takes the place of the first',
    disprovedBy: 'a PAS_SHUTDOWN of the same id that succeeds',
    tries: [
      'do not let the result of the dtb image overwrite that of the main image in qcom_pas_stop',
      'reboot before the memory is used for something else: the core may run',
    ],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const failure = boot.failuresIn(attempt, 'shutdown')[0];
        if (failure === undefined || boot.isExplained(failure.seq)) continue;
        const call = pasCalls(boot, attempt, 'PAS_SHUTDOWN').find(
          ({ returned }) => returned !== null && returned.errno !== 0,
        );
        const isRefused = boot.failuresIn(attempt, 'stop').length > 0;
        const isMasked = attempt.stopped !== null && !isRefused;
        yield {
          subject: attempt.processor,
          // What Linux makes of it is told by the line that follows.
          ...(isMasked || isRefused
            ? { certainty: 'certain' as const, modes: isMasked ? ['F-112'] : ['F-41'] }
            : { certainty: 'narrowed' as const, modes: ['F-41', 'F-112'] }),
          sentence: `TrustZone does not shut ${attempt.processor} down (${renderErrno(failure.errno ?? 0)})${isMasked ? ', and Linux says that it is stopped' : ''}`,
          evidence: [...callSeqs(call), failure.seq, attempt.stopped],
          explains: boot.failuresIn(attempt, 'shutdown', 'stop').map(({ seq }) => seq),
        };
      }
    },
  },
  {
    id: 'stop-timeout',
    title: 'the core does not answer the request to stop',
    severity: 'degraded',
    stage: 'general',
    modes: ['F-108'],
    doc: 'A stop waits in vain for the core’s acknowledgement and takes it down all the same.',
    source: 'domain/07 F-108; qcom_q6v5_request_stop, ssctl_request_shutdown',
    disprovedBy: 'a stop-ack interrupt within five seconds',
    tries: [
      'check whether the core hung before (no messages, no FastRPC)',
      'sysmon needs the service registry (qrtr-ns, pd-mapper) to find the core',
    ],
    *examine(boot) {
      for (const processor of boot.processors.values()) {
        const failures = boot.failures.filter(
          ({ subject, step, seq }) =>
            subject === processor.name &&
            (step === 'stop-ack' || step === 'sysmon-timeout') &&
            !boot.isExplained(seq),
        );
        if (failures.length === 0) continue;
        yield {
          subject: processor.name,
          count: failures.length,
          certainty: 'likely',
          // That sysmon finds no service on the other side is usual where user space does not run it.
          severity: failures.some(({ step }) => step === 'stop-ack') ? 'degraded' : 'noise',
          sentence: failures.some(({ step }) => step === 'stop-ack')
            ? `${processor.name} does not answer the request to stop`
            : `sysmon finds no service of ${processor.name} to tell of the stop`,
          evidence: failures.slice(0, 4).map(({ seq }) => seq),
          explains: failures.map(({ seq }) => seq),
        };
      }
    },
  },
]);

/** The N of `handling crash #N`, the highest that was told: a log may begin in the middle of a loop. */
function crashNumber(boot: BootFacts, processor: string): { value: number; seq: number } | null {
  let highest: { value: number; seq: number } | null = null;
  for (const { seq, subject, payload } of boot.notes) {
    if (payload.note !== 'handling-crash' || subject !== processor || boot.isExplained(seq)) continue;
    const value = Number(payload.detail?.replace('#', '') ?? Number.NaN);
    if (value > (highest?.value ?? 0)) highest = { value, seq };
  }
  return highest;
}

/** The first death of another processor within the time in which they die of each other. */
function companionOf(deaths: readonly Death[], index: number): Death | undefined {
  const first = deaths[index];
  for (let next = index + 1; first !== undefined && next < deaths.length; next++) {
    const other = deaths[next];
    if (other === undefined || other.sign.t_ns === null || first.sign.t_ns === null) return undefined;
    if (other.sign.t_ns - first.sign.t_ns > CASCADE_NS) return undefined;
    if (other.crash.payload.name !== first.crash.payload.name) return other;
  }
  return undefined;
}
