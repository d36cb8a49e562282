import type { BootFacts } from '../boot-facts.ts';
import { callSeqs, failuresFrom, faultsRuledOut, modeRuledOut, qseecomRuledOut } from '../evidence.ts';
import type { FaultGroup } from '../fault-groups.ts';
import { type FoundCause, ruleFamily } from '../finding.ts';
import { authCalls, failedAuth, initCalls, pasCalls, refusedInit } from '../pas-calls.ts';
import type { Attempt, Failure } from '../processor-facts.ts';
import { refused, startErrno } from '../refused-start.ts';
import { tableCalls } from '../resource-table-start.ts';

const AUTH_STEPS = ['authenticate', 'authenticate-dtb'];

/** A history that goes on for so long after a call shows that it does not come back. */
const UNANSWERED_NS = 10_000_000_000;

/** The order of PAS calls and what they answer. */
export const CALL_RULES = ruleFamily('calls', [
  {
    id: 'positive-result',
    title: 'the firmware answers with a result code, not an errno',
    severity: 'fatal',
    modes: ['F-86'],
    doc: 'A positive number where an error number is printed is the firmware’s own code: the calls return `ret ? : res.result[0]`.',
    source: 'domain/07 F-86; qcom_scm_pas_init_image',
    disprovedBy: 'the number is negative',
    tries: [
      'look the code up with the firmware’s owner: it is none of Linux',
      'use the firmware that belongs to this SoC and board',
    ],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const failure = boot
          .failuresIn(attempt, 'firmware-initialise', 'firmware-memory-setup', 'start')
          .find(({ errno }) => errno !== null && errno > 0);
        if (failure === undefined) continue;
        const call = boot.callsIn(attempt).find(({ returned }) => (returned?.errno ?? 0) > 0);
        yield refused(boot, attempt, {
          certainty: 'certain',
          sentence: `the firmware refuses ${attempt.processor} with its own code ${failure.errno}, which is no error number of Linux`,
          evidence: callSeqs(call),
        });
      }
    },
  },
  {
    id: 'wait-queue-out-of-range',
    title: 'the wait-queue context is out of range',
    severity: 'fatal',
    modes: ['F-71'],
    doc: 'The firmware puts a call to sleep on a wait queue that the driver does not have: -22 from the transport, with a WARN in qcom_scm.',
    source: 'domain/07 F-71; qcom_scm_get_completion',
    disprovedBy: 'the call is resumed',
    tries: ['update the kernel: newer ones ask the firmware how many wait queues it has (WAITQ_GET_INFO)'],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const failure = boot.failuresIn(attempt, 'firmware-initialise', ...AUTH_STEPS)[0];
        const call = boot
          .callsIn(attempt)
          .find(({ returned }) => returned?.status === 2n && returned.errno === -22);
        const warning = boot.warnings.find(
          ({ seq, payload }) =>
            seq > attempt.seq && seq < attempt.end && payload.function === 'qcom_scm_get_completion',
        );
        if (failure === undefined || (call === undefined && warning === undefined)) continue;
        yield refused(boot, attempt, {
          certainty: 'certain',
          sentence: `TrustZone lets a call for ${attempt.processor} wait on a queue that Linux does not know`,
          evidence: [...callSeqs(call), warning?.seq],
          explains: [...failuresFrom(boot, attempt), ...(warning === undefined ? [] : [warning.seq])],
        });
      }
    },
  },
  {
    id: 'dtb-left-running',
    title: 'the dtb firmware was left running',
    severity: 'fatal',
    modes: ['F-78'],
    doc: 'An earlier start authenticated the dtb image, failed with the main image, and did not shut the dtb image down: TrustZone refuses it now.',
    source: 'domain/07 F-78; qcom_pas_start',
    disprovedBy: 'a PAS_SHUTDOWN of the dtb id between the two starts',
    tries: ['shut the dtb image down where the main image fails (error path of qcom_pas_start)'],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const earlier = boot.processors.get(attempt.processor)?.attemptBefore(attempt);
        const failure = boot.failuresIn(attempt, 'firmware-initialise')[0];
        if (earlier?.outcome !== 'failed' || failure === undefined) continue;
        if (!/dtb/.test(failure.detail ?? '') || failure.errno === -12) continue;
        const auth = authCalls(boot, earlier).find(
          ({ part, returned }) => part === 'dtb' && returned?.errno === 0,
        );
        const main = boot.failuresIn(earlier, 'authenticate')[0];
        if (boot.told.calls ? auth === undefined : main === undefined) continue;
        const init = refusedInit(boot, attempt);
        const shutdown = boot.calls.find(
          ({ name, args, seq, returned }) =>
            name === 'PAS_SHUTDOWN' &&
            auth !== undefined &&
            Number(args[0]) === auth.pasId &&
            seq > auth.seq &&
            seq < (init?.seq ?? 0) &&
            returned?.errno === 0,
        );
        if (shutdown !== undefined) continue;
        yield refused(boot, attempt, {
          certainty: auth === undefined ? 'likely' : 'certain',
          sentence: `the dtb firmware of ${attempt.processor} still runs from a start whose main image failed: TrustZone refuses to load it again`,
          evidence: [...callSeqs(auth), main?.seq, ...callSeqs(init)],
        });
      }
    },
  },
  {
    id: 'metadata-leak',
    title: 'each failed recovery keeps its metadata, until the pool is empty',
    severity: 'fatal',
    modes: ['F-113'],
    doc: 'The dtb image is refused at recovery after recovery, none frees the metadata, and in the end there is no memory for it (-12).',
    source: 'domain/07 F-113; qcom_pas_start, qcom_pas_load',
    disprovedBy: 'the metadata is freed after a refusal',
    tries: [
      'release the metadata of the dtb image in the error path of qcom_pas_start',
      'mend what refuses the dtb image (see its first refusal)',
    ],
    *examine(boot) {
      for (const { name, attempts } of boot.processors.values()) {
        const failed = attempts.filter((attempt) => boot.failuresIn(attempt, 'authenticate-dtb').length > 0);
        const empty = attempts.filter((attempt) =>
          boot.failuresIn(attempt, 'firmware-initialise').some(({ errno }) => errno === -12),
        );
        const [first] = failed;
        if (first === undefined || (empty.length === 0 && failed.length < 3) || empty.length === 0) continue;
        const all = [...failed, ...empty];
        yield {
          subject: name,
          count: all.length,
          certainty: 'certain',
          sentence: `the dtb image of ${name} is refused at ${failed.length} starts, each keeps its metadata, and then the TrustZone memory pool is empty`,
          evidence: [
            ...failuresFrom(boot, first).slice(0, 2),
            ...empty.slice(0, 1).flatMap((attempt) => failuresFrom(boot, attempt).slice(0, 2)),
          ],
          explains: attempts
            .filter(({ seq }) => seq >= first.seq)
            .flatMap((attempt) => failuresFrom(boot, attempt))
            .concat(boot.warnings.filter(({ seq }) => seq > first.seq).map(({ seq }) => seq)),
          ruledOut: [modeRuledOut(boot, name)],
        };
      }
    },
  },
  {
    id: 'authenticated-out-of-order',
    title: 'PAS_AUTH_AND_RESET comes before PAS_INIT_IMAGE',
    severity: 'fatal',
    modes: ['F-76'],
    doc: 'TrustZone is to authenticate an image whose metadata it never got.',
    source: 'domain/07 F-76',
    disprovedBy: 'a PAS_INIT_IMAGE of the same id in the same start',
    tries: ['correct the order of the calls in the driver: initialise, set up memory, authenticate'],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const auth = failedAuth(boot, attempt);
        if (auth === undefined) continue;
        if (initCalls(boot, attempt).some(({ pasId, seq }) => pasId === auth.pasId && seq < auth.seq))
          continue;
        const isTold = boot.sight.isOnBefore(attempt.seq) || tableCalls(boot, attempt).length > 0;
        if (!isTold) continue;
        yield refused(boot, attempt, {
          certainty: 'certain',
          sentence: `TrustZone is to authenticate ${attempt.processor} before it got the metadata`,
          evidence: callSeqs(auth),
        });
      }
    },
  },
  {
    id: 'memory-setup-missing',
    title: 'PAS_MEM_SETUP is missing',
    severity: 'fatal',
    modes: ['F-72'],
    doc: 'No segment of the image is relocatable, so Linux never tells TrustZone where it is, and authentication fails.',
    source: 'domain/07 F-72; qcom_mdt_pas_init',
    disprovedBy: 'a PAS_MEM_SETUP of the same id in the same start',
    tries: ['use an image whose segments are marked relocatable (p_flags bit 27)'],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const auth = failedAuth(boot, attempt);
        if (auth === undefined) continue;
        const init = initCalls(boot, attempt).find(
          ({ pasId, seq }) => pasId === auth.pasId && seq < auth.seq,
        );
        const setUps = pasCalls(boot, attempt, 'PAS_MEM_SETUP');
        if (init === undefined || setUps.some(({ pasId, seq }) => pasId === auth.pasId && seq < auth.seq))
          continue;
        yield refused(boot, attempt, {
          certainty: 'certain',
          sentence: `TrustZone was never told where the image of ${attempt.processor} lies: there was no PAS_MEM_SETUP`,
          evidence: [...callSeqs(init), ...callSeqs(auth)],
        });
      }
    },
  },
  {
    id: 'authenticated-twice',
    title: 'PAS_AUTH_AND_RESET twice without a shutdown',
    severity: 'fatal',
    modes: ['F-75'],
    doc: 'The image was authenticated already and runs: TrustZone refuses the second call. A log shows it as -5, and faults of the core after its start was given up.',
    source: 'domain/07 F-75',
    disprovedBy: 'a PAS_SHUTDOWN between the two',
    tries: ['find who calls it a second time: `trace why DB SEQ` of the second call'],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const auth = failedAuth(boot, attempt);
        if (!boot.told.calls) yield* refusedWhileRunning(boot, attempt);
        if (auth === undefined) continue;
        const first = authCalls(boot, attempt).find(
          ({ pasId, returned, seq }) => pasId === auth.pasId && seq < auth.seq && returned?.errno === 0,
        );
        if (first === undefined) continue;
        const later = boot.faultsIn(attempt).flatMap(({ seqs }) => seqs);
        yield refused(boot, attempt, {
          certainty: 'certain',
          sentence: `${attempt.processor} is authenticated a second time while it runs`,
          evidence: [...callSeqs(first), ...callSeqs(auth)],
          explains: [...failuresFrom(boot, attempt), ...later],
        });
      }
    },
  },
  {
    id: 'lite-not-stopped',
    title: 'the lite firmware of the boot loader was not stopped',
    severity: 'fatal',
    modes: ['F-79'],
    doc: 'UEFI started lite firmware on the core. The driver did not shut it down before it loaded the full image: -5.',
    source: 'domain/07 F-79; qcom_pas_load',
    disprovedBy: 'a PAS_SHUTDOWN of the lite id before PAS_INIT_IMAGE',
    tries: ['give the match data of the processor its lite_pas_id, so that qcom_pas_load shuts it down'],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const description = boot.soc?.remoteprocs.find(({ name }) => name === attempt.processor);
        const lite = description?.litePasId ?? null;
        const failure = boot.failuresIn(attempt, 'authenticate')[0];
        if (lite === null || failure === undefined || startErrno(boot, attempt) !== -5) continue;
        const stopped = pasCalls(boot, attempt, 'PAS_SHUTDOWN').find(({ pasId }) => pasId === lite);
        // Without calls: a core that faults only now was released by this start.
        if (stopped !== undefined || faultsAfterRefusal(boot, attempt, failure).length > 0) continue;
        yield refused(boot, attempt, {
          certainty: boot.told.calls && boot.sight.isOnBefore(attempt.seq) ? 'certain' : 'likely',
          sentence: `the lite firmware that UEFI started on ${attempt.processor} was not stopped before the full image`,
          evidence: callSeqs(failedAuth(boot, attempt)),
          ruledOut: [faultsRuledOut(boot, attempt)],
        });
      }
    },
  },
  {
    id: 'firmware-busy',
    title: 'the firmware is busy each time',
    severity: 'fatal',
    modes: ['smc-busy-forever'],
    doc: 'A call is answered with busy until Linux gives up: -16.',
    source: 'domain/01; qcom_scm_call: QCOM_SCM_EBUSY_MAX_RETRY',
    disprovedBy: 'a call in between that the firmware takes',
    tries: ['look for another client of TrustZone at that time (a listener that does not answer)'],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const failure = boot.failuresIn(attempt).find(({ errno }) => errno === -16);
        const call = boot.callsIn(attempt).find(({ returned }) => returned?.errno === -16);
        if (
          (failure === undefined && call === undefined) ||
          boot.failuresIn(attempt, 'attach-iommu').length > 0
        )
          continue;
        yield refused(boot, attempt, {
          certainty: call === undefined ? 'likely' : 'certain',
          sentence: `TrustZone was busy each time that Linux called for ${attempt.processor}, and Linux gave up`,
          evidence: callSeqs(call),
        });
      }
    },
  },
  {
    id: 'call-never-returned',
    title: 'a call to TrustZone never came back',
    severity: 'fatal',
    modes: ['F-101'],
    doc: 'The start goes no further than a call that has no return.',
    source: 'domain/07 F-101',
    disprovedBy: 'a return of that call later in the trace, or lost events there',
    tries: [
      'look for a secure service that hangs, and for CPUs that the firmware waits for',
      'check that the trace lost no events there',
    ],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        // A trace alone may end anywhere.
        if (attempt.outcome !== 'open' || attempt.isByCalls || boot.isCut) continue;
        const call = boot.callsIn(attempt).find(({ returned }) => returned === null);
        if (call === undefined || boot.isExplained(attempt.seq) || boot.eventsLost.length > 0) continue;
        if (boot.finished?.value === 'reset' || boot.finished?.value === 'panic') continue;
        const isOver = boot.finished !== null || boot.lastsFor(call.tNs, UNANSWERED_NS);
        const waits = `${call.name} for ${attempt.processor}`;
        yield refused(boot, attempt, {
          ...(isOver
            ? { certainty: boot.finished === null ? 'likely' : 'certain' }
            : {
                certainty: 'unknown',
                severity: 'degraded',
                modes: call.name === 'PAS_AUTH_AND_RESET' ? ['F-63', 'F-101'] : ['F-101'],
              }),
          sentence: isOver
            ? `${waits} never came back: its start goes no further`
            : `the history ends before ${waits} came back: the machine hung or was reset, or the recording was cut off`,
          evidence: [call.seq],
          explains: [attempt.seq],
        });
      }
    },
  },
  {
    id: 'video-at-el2',
    title: 'video is enabled at EL2',
    severity: 'degraded',
    stage: 'general',
    modes: ['F-83'],
    doc: 'The video driver loads its firmware through PAS without bridges or mappings of its own: at EL2 that fails.',
    source: 'domain/07 F-83; iris_fw_load',
    disprovedBy: 'Linux started at EL1',
    tries: [
      'disable the video node in the EL2 overlay (`status = "disabled"`), as the overlays of Linux 7.2 do',
    ],
    *examine(boot) {
      if (boot.exceptionLevel?.value !== 2) return;
      yield* clientFailure(
        boot,
        /video|venus|iris/,
        'F-83',
        'the video driver cannot load its firmware at EL2: it makes no bridge for TrustZone',
      );
    },
  },
  {
    id: 'zap-at-el2',
    title: 'the GPU zap shader is enabled at EL2',
    severity: 'degraded',
    stage: 'general',
    modes: ['F-84'],
    doc: 'The zap shader is loaded through PAS without a bridge: at EL2 that fails, and is not needed.',
    source: 'domain/07 F-84; zap_shader_load_mdt',
    disprovedBy: 'Linux started at EL1',
    tries: ['delete or disable the zap-shader node of the GPU in the EL2 overlay'],
    *examine(boot) {
      if (boot.exceptionLevel?.value !== 2) return;
      yield* clientFailure(
        boot,
        /gpu/,
        'F-84',
        'the GPU cannot load its zap shader at EL2: it makes no bridge for TrustZone',
      );
    },
  },
]);

/** Faults of a core in a start that TrustZone refused, after the refusal: until then none of its streams had faulted. */
function faultsAfterRefusal(boot: BootFacts, attempt: Attempt, refusal: Failure): FaultGroup[] {
  if (boot.told.calls) return [];
  const ofCore = boot.faults.filter(({ owner }) => owner === attempt.processor);
  if (ofCore.some(({ first }) => first < refusal.seq)) return [];
  return ofCore.filter(({ first }) => first < attempt.end);
}

/** What a log shows of an image that TrustZone had authenticated already: the core runs, and its start was given up. */
function* refusedWhileRunning(boot: BootFacts, attempt: Attempt): Generator<FoundCause> {
  const refusal = boot.failuresIn(attempt, 'authenticate')[0];
  if (refusal === undefined || startErrno(boot, attempt) !== -5) return;
  const faults = faultsAfterRefusal(boot, attempt, refusal);
  const seqs = faults.flatMap((group) => group.seqs);
  if (seqs.length === 0) return;
  yield refused(boot, attempt, {
    certainty: 'likely',
    sentence: `TrustZone refuses to authenticate ${attempt.processor} (-5 EIO), and the core runs: it faults after its start was given up, so it was released already`,
    evidence: seqs.slice(0, 2),
    explains: [...failuresFrom(boot, attempt), ...seqs],
    ruledOut: [
      {
        what: 'a corrupted image, or one without a bridge: the core would not run',
        seq: seqs[0] ?? null,
        modes: ['F-53', 'F-56', 'F-57', 'F-74'],
      },
    ],
  });
}

/** A client of PAS without the remoteproc framework that failed; one finding however many lines. */
function* clientFailure(
  boot: BootFacts,
  device: RegExp,
  mode: string,
  sentence: string,
): Generator<FoundCause> {
  const failures = boot.failures.filter(
    ({ subject, step, seq }) =>
      device.test(subject ?? '') &&
      !boot.isExplained(seq) &&
      /initialise|download|authenticate|protect-video|boot/.test(step),
  );
  const [first] = failures;
  if (first === undefined) return;
  // Where no remoteproc node is known to have `iommus`, the whole device tree may be the plain one.
  const isOverlaid = [...boot.processors.values()].some(({ name }) => boot.hasIommus(name) === true);
  const plain =
    boot.soc?.el2Overlay === null ? ['F-03'] : boot.soc === undefined ? ['F-01', 'F-03'] : ['F-01'];
  yield {
    subject: first.subject,
    cause: 'client',
    ...(isOverlaid ? { certainty: 'likely' } : { certainty: 'narrowed', modes: [mode, ...plain] }),
    sentence,
    evidence: [boot.exceptionLevel?.seq, ...failures.slice(0, 4).map(({ seq }) => seq)],
    explains: failures.map(({ seq }) => seq),
    ruledOut: [qseecomRuledOut(boot)],
  };
}
