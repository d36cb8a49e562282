import { deviceFailures, deviceNotes, type KernelMessage } from './kernel-message.ts';

const SCM = 'drivers/firmware/qcom/qcom_scm.c';
const TZMEM = 'drivers/firmware/qcom/qcom_tzmem.c';

const scm = (text: string) => `qcom_scm firmware:scm: ${text}`;

/** What the secure channel manager and its memory allocator say. */
export const SCM_MESSAGES: readonly KernelMessage[] = [
  ...deviceFailures({
    'shm-bridge-create': {
      where: `${TZMEM} qcom_tzmem_shm_bridge_create`,
      text: /SHM Bridge failed: ret (?<errno>-?\d+) (?<detail>paddr (?:0x)?0x[0-9a-f]+, size \d+)/,
      example: scm('SHM Bridge failed: ret -22 paddr 0x0x0000000095900000, size 31457280'),
    },
    'assign-memory': {
      where: `${SCM} qcom_scm_assign_mem`,
      text: /Assign memory protection call failed (?<errno>-?\d+)/,
      example: scm('Assign memory protection call failed -22'),
    },
    'download-mode': [
      {
        where: `${SCM} qcom_scm_set_download_mode`,
        text: /failed to set download mode: (?<errno>-?\d+)/,
        example: scm('failed to set download mode: -22'),
      },
      {
        where: `${SCM} qcom_scm_set_download_mode`,
        text: /No available mechanism for setting download mode/,
        example: scm('No available mechanism for setting download mode'),
      },
    ],
    'qseecom-call': {
      where: `${SCM} qcom_scm_qseecom_call`,
      text: /qseecom: scm call failed with error (?<errno>-?\d+)/,
      example: scm('qseecom: scm call failed with error -22'),
    },
    'storage-info': {
      where: 'drivers/firmware/qcom/qcom_scm.c (out of tree)',
      text: /scm storage get info failed: (?<errno>-?\d+)/,
      example: scm('scm storage get info failed: -22'),
    },
    'wait-queue-context': [
      {
        where: `${SCM} qcom_scm_irq_handler`,
        text: /GET_WQ_CTX SMC call failed: (?<errno>-?\d+)/,
        example: scm('GET_WQ_CTX SMC call failed: -22'),
      },
      {
        where: `${SCM} qcom_scm_irq_handler`,
        text: /Invalid flags (?:found|received) for wq_ctx: (?<detail>\d+)/,
        example: scm('Invalid flags received for wq_ctx: 4'),
      },
    ],
  }),
  ...deviceNotes({
    'shm-bridge-unsupported': {
      where: `${TZMEM} qcom_tzmem_init`,
      text: /SHM Bridge not supported/,
      example: scm('SHM Bridge not supported'),
    },
    'qseecom-found': {
      where: `${SCM} qcom_scm_qseecom_init`,
      text: /qseecom: found qseecom with (?<detail>version 0x[0-9a-f]+)/,
      example: scm('qseecom: found qseecom with version 0x1402000'),
    },
    'qseecom-client': {
      where: 'drivers/firmware/qcom/qcom_qseecom.c qseecom_client_register',
      text: /setting up client for (?<detail>\S+)/,
      example: 'qcom_qseecom qcom_qseecom: setting up client for qcom.tz.uefisecapp',
    },
    // Only the client of the UEFI secure application asks for the machine: no PAS call depends on it.
    'qseecom-untested-machine': {
      where: `${SCM} qcom_scm_qseecom_init`,
      text: /qseecom: untested machine, skipping/,
      example: scm('qseecom: untested machine, skipping'),
    },
  }),
];
