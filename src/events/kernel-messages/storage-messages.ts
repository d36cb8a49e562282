import { deviceFailures, errnoIn, type KernelMessage } from './kernel-message.ts';

const UFS = 'drivers/ufs/core/ufshcd.c';

const ufs = (text: string) => `ufshcd-qcom 1d84000.ufshc: ${text}`;

/** Steps of `device.failed` that say of a disk that it does not answer: one such, and several. */
export const STORAGE_STEPS: ReadonlyMap<string, readonly [one: string, several: string]> = new Map([
  ['storage-command', ['failed command', 'failed commands']],
  ['storage-reset', ['failed reset', 'failed resets']],
  ['storage-link', ['failed start of the link', 'failed starts of the link']],
  ['storage-init', ['failed initialisation', 'failed initialisations']],
]);

const OF_UFS = deviceFailures({
  'storage-command': [
    {
      where: `${UFS} ufshcd_abort`,
      text: /ufshcd_abort: Device abort task at (?<detail>tag \d+)/,
      example: ufs('ufshcd_abort: Device abort task at tag 4'),
    },
    {
      where: `${UFS} ufshcd_abort of vendors' kernels`,
      text: /ufshcd_abort: (?<detail>tag:\d+, cmd:0x[0-9a-f]+), retries \d+/,
      example: ufs('ufshcd_abort: tag:0, cmd:0x2a, retries 1'),
    },
    {
      where: `${UFS} ufshcd_abort`,
      text: /ufshcd_abort: failed with err (?<errno>-\d+)/,
      example: ufs('ufshcd_abort: failed with err -110'),
    },
    {
      where: `${UFS} __ufshcd_issue_tm_cmd`,
      text: /__ufshcd_issue_tm_cmd: (?<detail>task management cmd 0x[0-9a-f]+) timed-out/,
      example: ufs('__ufshcd_issue_tm_cmd: task management cmd 0x01 timed-out'),
    },
  ],
  'storage-reset': [
    {
      where: `${UFS} ufshcd_eh_device_reset_handler`,
      text: /ufshcd_eh_device_reset_handler: failed with err (?<errno>-\d+)/,
      example: ufs('ufshcd_eh_device_reset_handler: failed with err -110'),
    },
    {
      where: `${UFS} ufshcd_host_reset_and_restore`,
      text: /ufshcd_host_reset_and_restore: Host init failed (?<errno>-\d+)/,
      example: ufs('ufshcd_host_reset_and_restore: Host init failed -110'),
    },
  ],
  'storage-link': [
    {
      where: `${UFS} ufshcd_link_startup`,
      text: /link startup failed (?<errno>-?\d+)/,
      example: ufs('link startup failed -110'),
    },
    {
      where: `${UFS} ufshcd_wait_for_uic_cmd`,
      text: /(?<detail>uic cmd 0x[0-9a-f]+) with arg3 0x[0-9a-f]+ completion timeout/,
      example: ufs('uic cmd 0x1 with arg3 0x0 completion timeout'),
    },
  ],
});

/** `mmc0: error -110 whilst initialising SD card`: it names the host and no driver. */
function cardNotInitialised(card: string, file: string): KernelMessage {
  return {
    name: `${card} not initialised`,
    where: `drivers/mmc/core/${file}`,
    place: 'end',
    firstWord: ` whilst initialising ${card}`,
    pattern: new RegExp(`^(?<device>mmc\\d+): error (?<errno>-\\d+) whilst initialising ${card}$`),
    example: `mmc0: error -110 whilst initialising ${card}`,
    read: (told) => {
      const device = told['device'] ?? 'mmc';
      return {
        kind: 'device.failed',
        subject: device,
        payload: { device, driver: null, step: 'storage-init', errno: errnoIn(told), detail: card },
      };
    },
  };
}

/** What controllers of disks say when those do not answer: a boot that waits for its root file system waits for them. */
export const STORAGE_MESSAGES: readonly KernelMessage[] = [
  ...OF_UFS,
  cardNotInitialised('MMC card', 'mmc.c mmc_attach_mmc'),
  cardNotInitialised('SD card', 'sd.c mmc_attach_sd'),
];
