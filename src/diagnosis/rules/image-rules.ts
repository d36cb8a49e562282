import { listed } from '../../base/listed.ts';
import { renderErrno } from '../../soc/errno.ts';
import { renderPasId } from '../../soc/pas-id.ts';
import type { BootFacts } from '../boot-facts.ts';
import { callRuledOut, callSeqs, failuresFrom, faultsRuledOut, wasUpBefore } from '../evidence.ts';
import { type FoundCause, type RuledOut, ruleFamily } from '../finding.ts';
import { EL2_SERIES, hasEl2Series } from '../kernel-release.ts';
import { missingFirmware } from '../missing-firmware.ts';
import { failedAuth, initCalls, pasCalls, peripheralOf, refusedInit } from '../pas-calls.ts';
import type { Attempt, Failure } from '../processor-facts.ts';
import { isRecoveryByCalls, mayBeRecovery } from '../recovery-by-calls.ts';
import { refusalCauses } from '../refusal-causes.ts';
import { refusalText, refusedModes } from '../refused-metadata.ts';
import { isOpen, refused, startErrno } from '../refused-start.ts';
import type { Call } from '../told-things.ts';

/** The metadata lay in a bridge, as it must at EL2. */
function bridgeRuledOut(boot: BootFacts, metadata: bigint | null | undefined, seq: number): RuledOut | null {
  if (metadata === null || metadata === undefined) return null;
  const [bridge] = boot.bridgesOver(Number(metadata), 1, seq);
  return bridge === undefined
    ? null
    : { what: 'metadata outside the bridges: it lay inside one', seq: bridge.seq, modes: ['F-50'] };
}

/** Starts in which TrustZone did not authenticate an image and no rule has said why. */
function* unexplainedAuths(boot: BootFacts): Generator<[Attempt, Failure]> {
  for (const attempt of boot.attempts) {
    const failure = boot.failuresIn(attempt, ...AUTH_STEPS)[0];
    if (isOpen(boot, failure)) yield [attempt, failure];
  }
}

const RESIGN = [
  'use the firmware that belongs to this SoC and board (linux-firmware, or the one from the vendor partition)',
  'check which key the SoC is fused for: a production part refuses test-signed images',
];

const REFUSED_TRIES = [
  'record a trace with `trace_event=qcom_scm:*`: the status tells them apart (-2 signature or id, -3 not readable)',
  ...RESIGN.slice(0, 1),
];

/** What the loader finds wrong with an image, by the step that fails (drivers/soc/qcom/mdt_loader.c). */
const FLAWS: Readonly<Record<string, string>> = {
  'firmware-hash-segment': 'it has no hash segment',
  'firmware-metadata': 'its headers cannot be read',
  'firmware-segment-size': 'a segment takes more bytes in the file than in memory',
  'firmware-segment': 'a segment is missing or cut off',
};

const AUTH_STEPS = ['authenticate', 'authenticate-dtb'];

/** An id that no processor of any SoC that is known has. */
function refusedStranger(call: Call): Omit<FoundCause, 'subject'> {
  return {
    certainty: 'narrowed',
    modes: ['F-82', 'F-70'],
    sentence: `TrustZone refuses the metadata of PAS id ${call.args[0]}, by which no remote processor is known: a wrong id, or an image with a wrong signature`,
    evidence: callSeqs(call),
  };
}

/** Status of a call that the firmware found a wrong argument in (QCOM_SCM_EINVAL_ARG). */
const EINVAL_ARG = -2n;

/** Firmware files, and what TrustZone says of them. */
export const IMAGE_RULES = ruleFamily('images', [
  {
    id: 'firmware-missing',
    title: 'the firmware file is missing',
    severity: 'fatal',
    modes: ['F-80'],
    doc: 'The file of a remote processor cannot be read (-2): it is not installed, or not yet there (initramfs).',
    source: 'domain/07 F-80; _request_firmware',
    disprovedBy: '"Booting fw image" of the same processor without a later request',
    tries: [
      'install the file below /lib/firmware, and put it into the initramfs if the driver is in there (dracut: `install_items`, initramfs-tools: a hook)',
      'compare `firmware-name` of the node with the path that the line names',
    ],
    examine: missingFirmware,
  },
  {
    id: 'image-malformed',
    title: 'the image is malformed',
    severity: 'fatal',
    modes: ['F-81'],
    doc: 'The loader finds no hash segment, a truncated segment, or cannot read the metadata.',
    source: 'domain/07 F-81; qcom_mdt_read_metadata, qcom_mdt_load_no_init',
    disprovedBy: 'the same file loads in another start',
    tries: [
      'compare the checksum of the file with its origin; .mdt and .bNN files belong together',
      ...RESIGN.slice(0, 1),
    ],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const failure = boot
          .failuresIn(
            attempt,
            'firmware-hash-segment',
            'firmware-metadata',
            'firmware-segment-size',
            'firmware-segment',
          )
          .find(
            ({ step, errno, detail }) => step !== 'firmware-segment' || errno !== null || detail !== null,
          );
        if (failure === undefined) continue;
        yield refused(boot, attempt, {
          certainty: 'certain',
          sentence: `the image of ${attempt.processor}${failure.detail === null ? '' : `, ${failure.detail},`} is malformed: ${FLAWS[failure.step] ?? failure.step}`,
          evidence: [failure.seq],
        });
      }
    },
  },
  {
    id: 'image-outside-region',
    title: 'the image does not fit its region',
    severity: 'fatal',
    modes: ['F-73'],
    doc: 'A segment lies outside the carveout: the region is too small or somewhere else than the image is linked.',
    source: 'domain/07 F-73; qcom_mdt_load_no_init',
    disprovedBy: 'base and size of PAS_MEM_SETUP lie inside the region',
    tries: ['compare the reserved-memory node with the memory map that the firmware is linked for'],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const failure = boot
          .failuresIn(attempt, 'firmware-segment')
          .find(({ errno, detail }) => errno === null && detail === null);
        if (failure === undefined) continue;
        const setUp = pasCalls(boot, attempt, 'PAS_MEM_SETUP')[0];
        yield refused(boot, attempt, {
          certainty: 'certain',
          sentence: `a segment of the image of ${attempt.processor} lies outside its carveout`,
          evidence: [boot.carveoutOf(attempt.processor)?.seq, ...callSeqs(setUp), failure.seq],
        });
      }
    },
  },
  {
    id: 'pas-id-unknown',
    title: 'TrustZone does not know the PAS id',
    severity: 'fatal',
    modes: ['F-82'],
    doc: 'PAS_INIT_IMAGE fails with a wrong argument, for an id that no processor of the SoC has.',
    source: 'domain/07 F-82; match data of qcom_q6v5_pas.c',
    disprovedBy: 'the id is that of the processor in the match data',
    tries: ['correct pas_id in the match data of qcom_q6v5_pas.c, or the compatible of the node'],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const init = refusedInit(boot, attempt);
        if (init === undefined || attempt.outcome === 'up') continue;
        const description = boot.soc?.remoteprocs.find(({ name }) => name === attempt.processor);
        const known = [description?.pasId, description?.dtbPasId];
        if (description === undefined && peripheralOf(init) === undefined) {
          yield refused(boot, attempt, {
            ...refusedStranger(init),
            explains: [attempt.seq, ...failuresFrom(boot, attempt)],
          });
          continue;
        }
        if (description === undefined || known.includes(init.pasId)) continue;
        yield refused(boot, attempt, {
          certainty: 'certain',
          sentence: `Linux asks TrustZone for PAS id ${renderPasId(init.pasId)}, where ${attempt.processor} is ${description.pasId}`,
          evidence: callSeqs(init),
        });
      }
      // A trace alone does not tell whose start it is.
      for (const call of boot.calls) {
        if (call.name !== 'PAS_INIT_IMAGE' || call.subject !== null || peripheralOf(call) !== undefined)
          continue;
        if ((call.returned?.errno ?? 0) === 0) continue;
        if (
          boot.attempts.some(({ seq, outcomeSeq, end }) => seq < call.seq && call.seq < (outcomeSeq ?? end))
        )
          continue;
        yield { subject: null, cause: `PAS id ${call.args[0]}`, ...refusedStranger(call) };
      }
    },
  },
  {
    id: 'recovery-refused',
    title: 'recovery fails with an image that was accepted before',
    severity: 'fatal',
    modes: ['F-107'],
    doc: 'A processor was up, crashed, and TrustZone refuses its image in the recovery. It stays down until it is stopped and started.',
    source: 'domain/07 F-107; rproc_boot_recovery',
    disprovedBy: 'another file was loaded in the recovery than before',
    tries: [
      'stop and start it: `echo stop > /sys/class/remoteproc/remoteprocN/state`, then start',
      'check that the file was not replaced in between',
    ],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const failure = boot.failuresIn(attempt, 'firmware-initialise')[0];
        const isRecovery = attempt.isRecovery || isRecoveryByCalls(boot, attempt);
        if (!isRecovery || failure === undefined || !wasUpBefore(boot, attempt)) continue;
        if ((failure.errno ?? 0) > 0 || failure.errno === -12) continue;
        const init = refusedInit(boot, attempt);
        const crash = boot.processors
          .get(attempt.processor)
          ?.crashes.findLast(({ seq }) => seq < attempt.seq);
        yield refused(boot, attempt, {
          certainty: 'likely',
          sentence: `the recovery of ${attempt.processor} fails: TrustZone refuses the image that it accepted before, and the processor stays down`,
          evidence: [crash?.seq, ...callSeqs(init)],
          explains: [...failuresFrom(boot, attempt), ...(crash === undefined ? [] : [crash.seq])],
        });
      }
    },
  },
  {
    id: 'signature-refused',
    title: 'TrustZone refuses the metadata: wrong signature or wrong SoC',
    severity: 'fatal',
    stage: 'general',
    modes: ['F-70'],
    doc: 'PAS_INIT_IMAGE fails with a wrong argument although the metadata was where it must be: the image is signed for another SoC or key. A log shows it where the image of a dtb was accepted before.',
    source: 'domain/07 F-70; TrustZone checks the signature of the hash segment',
    disprovedBy: 'the same file is accepted in another start on this machine',
    tries: RESIGN,
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const failure = boot.failuresIn(attempt, 'firmware-initialise')[0];
        const init = refusedInit(boot, attempt);
        if (!isOpen(boot, failure)) continue;
        if (!boot.told.calls && followsDtb(boot, attempt, failure)) {
          yield refused(boot, attempt, {
            certainty: 'likely',
            sentence: `TrustZone refuses the metadata of ${attempt.processor} after it accepted those of its dtb image: ${failure.detail} is signed for another SoC or with another key`,
            ruledOut: [
              {
                what: 'metadata that TrustZone may not read: it accepted those of the dtb image, which Linux loads first',
                seq: failure.seq,
                modes: ['F-50', 'F-51'],
              },
            ],
          });
          continue;
        }
        if (init?.returned?.status === undefined) continue;
        if (BigInt.asIntN(32, init.returned.status) !== EINVAL_ARG) continue;
        const isOpenRecovery = mayBeRecovery(boot, attempt);
        yield refused(boot, attempt, {
          ...(isOpenRecovery ? { certainty: 'narrowed', modes: ['F-70', 'F-107'] } : { certainty: 'likely' }),
          sentence: `TrustZone refuses the metadata of ${attempt.processor} although it could read it: ${isOpenRecovery ? 'a wrong signature, or a recovery of a core that was up before, which the trace does not tell apart' : `${failure.detail ?? 'the image'} is signed for another SoC or with another key`}`,
          evidence: callSeqs(init),
          ruledOut: [bridgeRuledOut(boot, init.args[1], init.seq)],
        });
      }
    },
  },
  {
    id: 'image-corrupted',
    title: 'the image does not match its hashes',
    severity: 'fatal',
    stage: 'general',
    modes: ['F-74'],
    doc: 'TrustZone accepted the metadata, the carveout was bridged, and authentication fails with a wrong argument: a segment is not what the hash segment says.',
    source: 'domain/07 F-74',
    disprovedBy: 'the same bytes are authenticated in another start',
    tries: [
      'compare checksums of all segment files (.bNN) with their origin',
      'look for another writer of the carveout: `trace blame DB --region pil-…`',
    ],
    *examine(boot) {
      for (const [attempt] of unexplainedAuths(boot)) {
        const auth = failedAuth(boot, attempt);
        if (auth?.returned === undefined || auth.returned === null) continue;
        if (BigInt.asIntN(32, auth.returned.status) !== EINVAL_ARG) continue;
        const init = initCalls(boot, attempt).findLast(
          ({ pasId, seq }) => pasId === auth.pasId && seq < auth.seq,
        );
        if (init?.returned?.errno !== 0) continue;
        const { ruledOut, ...causes } = refusalCauses(boot, attempt, auth, ['F-74', 'F-52']);
        yield refused(boot, attempt, {
          ...causes,
          sentence: `a segment of ${attempt.processor} does not match its hash${causes.modes.length > 1 ? ', or the metadata was overwritten since' : ''}: TrustZone accepted the metadata and does not authenticate the image`,
          evidence: callSeqs(auth),
          ruledOut: [
            callRuledOut(init, 'the signature: TrustZone accepted the metadata', ['F-70', 'F-82']),
            ...ruledOut,
          ],
        });
      }
    },
  },
  {
    id: 'dtb-refused',
    title: 'TrustZone does not authenticate the dtb image',
    severity: 'fatal',
    modes: ['F-77'],
    doc: 'The device-tree image of the processor fails, before the main image is tried.',
    source: 'domain/07 F-77; qcom_pas_start',
    disprovedBy: 'the dtb image is authenticated in this start',
    tries: ['use the dtb image that belongs to the main image and to the SoC', ...RESIGN],
    *examine(boot) {
      for (const attempt of boot.attempts) {
        const failure =
          boot.failuresIn(attempt, 'authenticate-dtb')[0] ??
          boot.failuresIn(attempt, 'firmware-request').find(({ detail }) => /dtb/.test(detail ?? ''));
        if (!isOpen(boot, failure) || boot.failuresDuring(attempt, 'shm-bridge-create').length > 0) continue;
        if (failure.step === 'firmware-request') {
          yield refused(boot, attempt, {
            certainty: 'certain',
            sentence: `the dtb image of ${attempt.processor}${failure.detail === null ? '' : `, ${failure.detail},`} cannot be read (${renderErrno(failure.errno ?? -2)})`,
          });
          continue;
        }
        const auth = failedAuth(boot, attempt);
        const causes = refusalCauses(boot, attempt, auth, ['F-77', 'F-52', 'F-56', 'F-57']);
        yield refused(boot, attempt, {
          ...causes,
          ...(startErrno(boot, attempt) === null ? { certainty: 'unknown' as const } : {}),
          sentence: `TrustZone does not authenticate the dtb image of ${attempt.processor}`,
          evidence: callSeqs(auth),
        });
      }
    },
  },
  {
    id: 'image-refused',
    title: 'TrustZone refuses the metadata of the image',
    severity: 'fatal',
    stage: 'last',
    modes: ['F-70', 'F-50', 'F-82'],
    doc: '`error -22 initializing firmware`: the log alone does not tell a wrong signature, metadata that TrustZone may not read, and a wrong PAS id from each other.',
    source: 'domain/07 F-50, F-51, F-70, F-82; qcom_scm_pas_init_image',
    disprovedBy: 'a trace that shows PAS_INIT_IMAGE return 0',
    tries: REFUSED_TRIES,
    *examine(boot) {
      const refusals = boot.attempts.flatMap((attempt) => {
        const failure = boot.failuresIn(attempt, 'firmware-initialise')[0];
        return isOpen(boot, failure) ? [{ attempt, failure }] : [];
      });
      const level = boot.exceptionLevel?.value;
      const refusedNames = [...new Set(refusals.map(({ attempt }) => attempt.processor))];
      const all = boot.processors.size === refusedNames.length;
      for (const { attempt, failure } of refusals) {
        const modes = refusedModes(boot, attempt);
        const others = [...boot.processors.values()].filter(
          ({ name, attempts }) =>
            name !== attempt.processor && attempts.some(({ outcome }) => outcome === 'up'),
        );
        const other = others[0];
        const init = refusedInit(boot, attempt);
        const isBeforeSeries =
          level === 2 &&
          boot.hasIommus(attempt.processor) === true &&
          hasEl2Series(boot.kernel?.value) === false;
        const isOfDtb = init?.part === 'dtb' || /dtb/.test(failure.detail ?? '');
        const candidates =
          failure.errno === -12
            ? ['F-113', 'F-58']
            : [
                ...(isBeforeSeries ? ['F-50', ...modes.filter((mode) => mode !== 'F-50')] : modes),
                // An earlier start may have left the dtb firmware running, and the history begin after it.
                ...(isOfDtb && attempt.number > 1 ? ['F-78'] : []),
              ];
        const { ruledOut, ...causes } = refusalCauses(boot, attempt, init, candidates);
        yield refused(boot, attempt, {
          cause: 'refused',
          ...causes,
          ...(isBeforeSeries
            ? { tries: ['the kernel lacks "metadata in bridged memory" of the EL2 series', ...REFUSED_TRIES] }
            : {}),
          sentence:
            failure.errno === -12
              ? `no memory was left for the metadata of ${attempt.processor} (-12)`
              : `TrustZone refuses the metadata of ${all && refusedNames.length > 1 ? 'all processors' : listed(refusedNames)} (${renderErrno(failure.errno ?? -22)}): ${
                  other === undefined
                    ? isBeforeSeries && causes.modes[0] === 'F-50'
                      ? `Linux ${boot.kernel?.value} is older than PAS at EL2 (${EL2_SERIES.name}) and bridges none, unless that was taken back`
                      : refusalText(causes.modes)
                    : `${other.name} came up, so the firmware of ${listed(refusedNames)} is the likeliest cause`
                }`,
          evidence: callSeqs(init),
          ruledOut: [
            ...ruledOut,
            other === undefined
              ? null
              : {
                  what: `exception level, bridges and device tree as a whole: ${other.name} came up`,
                  seq: other.attempts.find(({ outcome }) => outcome === 'up')?.outcomeSeq ?? null,
                  modes: ['F-01', 'F-02', 'F-03', 'F-07'],
                },
          ],
        });
      }
    },
  },
  {
    id: 'image-not-authenticated',
    title: 'TrustZone does not authenticate the image',
    severity: 'fatal',
    stage: 'last',
    modes: ['F-74', 'F-57', 'F-56', 'F-72', 'F-52', 'F-76'],
    doc: '`failed to authenticate image and release reset`: the log alone does not tell a wrong hash, a missing bridge and a wrong order of calls from each other.',
    source: 'domain/07 F-52, F-56, F-57, F-72, F-74, F-76; qcom_pas_start',
    disprovedBy: 'a trace that shows PAS_AUTH_AND_RESET return 0',
    tries: [
      'record a trace with `trace_event=qcom_scm:*`: it shows whether a bridge stood over the carveout, and the status (-2 hash, -3 not readable)',
      'compare checksums of the image with its origin',
    ],
    *examine(boot) {
      for (const [attempt] of unexplainedAuths(boot)) {
        const errno = startErrno(boot, attempt);
        const auth = failedAuth(boot, attempt);
        const causes = refusalCauses(boot, attempt, auth, [
          ...(errno === -5 ? [] : ['F-74', 'F-57', 'F-56', 'F-72', 'F-52', 'F-76']),
          ...(errno === -5 || errno === null ? ['F-75', 'F-79'] : []),
        ]);
        const nothing = causes.modes.length === 0 ? '; why is not known' : '';
        yield refused(boot, attempt, {
          ...causes,
          // The line that tells the error is not there: there may be others.
          ...(errno === null ? { certainty: 'unknown' as const } : {}),
          sentence: `TrustZone does not authenticate the image of ${attempt.processor}${errno === null ? '' : ` (${renderErrno(errno)})`}${nothing}`,
          evidence: callSeqs(auth),
          explains: [
            ...failuresFrom(boot, attempt),
            ...(errno === -5 ? boot.faultsIn(attempt).flatMap(({ seqs }) => seqs) : []),
          ],
          ruledOut: [...causes.ruledOut, faultsRuledOut(boot, attempt)],
        });
      }
    },
  },
]);

/** Whether what was refused is a main image whose dtb image was accepted in the same start: qcom_pas_load loads that first. */
function followsDtb(boot: BootFacts, attempt: Attempt, failure: Failure): boolean {
  const description = boot.soc?.remoteprocs.find(({ name }) => name === attempt.processor);
  if (description === undefined || description.dtbFirmware === null || failure.detail === null) return false;
  return failure.errno === -22 && !/dtb/.test(failure.detail);
}
