import {
  deviceFailures,
  deviceMessage,
  deviceNotes,
  errnoIn,
  type KernelMessage,
  lineMessage,
} from './kernel-message.ts';

const DD = 'drivers/base/dd.c';

/** `/soc@0/iommu@15000000` of `platform: wait for supplier /soc@0/iommu@15000000`. */
function supplierIn(reason: string): string | null {
  return /(?:wait for supplier|supplier) (\S+?)(?: not ready)?$/.exec(reason)?.[1] ?? null;
}

/** Words that a line of a driver begins with when it says what failed; and the error number that it ends with. */
const OTHER_FAILURES = [
  ['Failed', 'Failed to get the reset line: -22'],
  ['failed', 'failed to create endpoint (-12)'],
  ['Unable', 'Unable to enable the supply, err = -110'],
  ['unable', 'unable to read the property: -22'],
  ['Error', 'Error initialising the link: -5'],
  ['error', 'error applying the setting: -95'],
  ['Could', 'Could not request the interrupt (-6)'],
  ['could', 'could not find the clock: -2'],
  ['Cannot', 'Cannot register the device: -16'],
  ['cannot', 'cannot map the region: -12'],
  ["can't", "can't get the regulator: -19"],
] as const;

/** What no other table knows, but says itself that something failed, and why. */
function otherFailure(word: string, text: string): KernelMessage {
  return deviceMessage(
    `other failure: ${word}`,
    {
      where: 'any driver: dev_err',
      text: new RegExp(
        `(?<detail>${word} .*?)[ :=,(]+(?:err|error|errno|ret|rc)?[ :=,(]*(?<errno>-\\d{1,4})\\)?\\.?`,
      ),
      example: `qcom-example 1234000.example: ${text}`,
    },
    (told, { device, driver, subject }) => ({
      kind: 'device.failed',
      subject,
      payload: { device, driver, step: 'other', errno: errnoIn(told), detail: told['detail'] ?? null },
    }),
  );
}

/** Somebody counts the messages that he left out, or does not even count them. */
function suppressed(
  place: KernelMessage['place'],
  where: string,
  pattern: RegExp,
  example: string,
  firstWord: string,
): KernelMessage {
  return {
    name: 'messages left out',
    where,
    place,
    firstWord,
    pattern,
    example,
    read: ({ printer = '', count }) => ({
      kind: 'log.suppressed',
      subject: null,
      payload: { printer, count: count === undefined ? null : Number(count) },
    }),
  };
}

/** What the driver core and the core of printk say of any device. */
export const DRIVER_CORE_MESSAGES: readonly KernelMessage[] = [
  deviceMessage(
    'probe failed',
    {
      where: `${DD} call_driver_probe`,
      text: /probe with driver (?<binding>\S+) failed with error (?<errno>-?\d{1,10})/,
      example: 'qcom_q6v5_pas 30000000.remoteproc: probe with driver qcom_q6v5_pas failed with error -12',
    },
    (told, { device, subject }) => ({
      kind: 'device.probed',
      subject,
      payload: { device, driver: told['binding'] ?? '', errno: Number(told['errno']), duration_us: null },
    }),
  ),
  {
    name: 'probe failed, as older kernels say it',
    where: `${DD} call_driver_probe`,
    place: 'text',
    firstWord: 'probe',
    pattern: /^(?<driver>\S+): probe of (?<device>\S+) failed with error (?<errno>-?\d{1,10})$/,
    example: 'qcom_q6v5_pas: probe of 30000000.remoteproc failed with error -22',
    read: (told, subjects) => {
      const { driver = '', device = '' } = told;
      const payload = { device, driver, errno: Number(told['errno']), duration_us: null };
      return { kind: 'device.probed', subject: subjects.of(driver, device), payload };
    },
  },
  lineMessage(
    'probe returned',
    `${DD} really_probe_debug`,
    /^probe of (?<device>\S+) returned (?<errno>-?\d{1,10}) after (?<us>\d{1,12}) usecs$/,
    'probe of smp2p-adsp returned -517 after 2 usecs',
    (told, subjects) => {
      const { device = '' } = told;
      return {
        kind: 'device.probed',
        subject: subjects.of('', device),
        payload: { device, driver: null, errno: Number(told['errno']), duration_us: Number(told['us']) },
      };
    },
  ),
  deviceMessage(
    'probe still deferred',
    {
      where: `${DD} deferred_probe_timeout_work_func`,
      text: /deferred probe pending(?:: (?<reason>.*))?/,
      example:
        'platform 30000000.remoteproc: deferred probe pending: platform: wait for supplier /soc@0/iommu@15000000',
    },
    (told, { device, subject }) => {
      const reason = told['reason'] ?? '(reason unknown)';
      return {
        kind: 'device.deferred',
        subject,
        payload: { device, reason, supplier: supplierIn(reason) },
      };
    },
  ),
  ...deviceFailures({
    probe: {
      where: 'drivers/base/core.c dev_err_probe',
      text: /error (?<errno>-?E[A-Z0-9]+|-?\d{1,10}|\(\S+\)): (?<detail>.+)/,
      example: 'qcom_scm firmware:scm: error -EINVAL: Failed to create the SCM memory pool',
    },
    'deferred-probe-timeout': {
      where: `${DD} driver_deferred_probe_check_state`,
      text: /deferred probe timeout, ignoring dependency/,
      example: 'qcom_q6v5_pas 30000000.remoteproc: deferred probe timeout, ignoring dependency',
    },
    'late-iommu-probe': {
      where: 'drivers/iommu/iommu.c iommu_init_device',
      text: /late IOMMU probe at driver bind, something fishy here!/,
      example: 'qcom_q6v5_pas 30000000.remoteproc: late IOMMU probe at driver bind, something fishy here!',
    },
  }),
  // Nodes of the device tree, each the first word of its line.
  {
    name: 'dependency cycle',
    where: 'drivers/base/core.c __fw_devlink_relax_cycles',
    place: 'text',
    firstWord: 'Fixed',
    pattern: /^(?<device>\/\S+): Fixed dependency cycle\(s\) with (?<detail>\/\S+)$/,
    example: '/soc@0/phy@88eb000: Fixed dependency cycle(s) with /soc@0/usb@a6f8800/usb@a600000',
    read: ({ device = '', detail = '' }) => ({
      kind: 'device.noted',
      subject: device,
      payload: { device, driver: null, note: 'dependency-cycle', detail },
    }),
  },
  ...deviceNotes({
    'dummy-supply': {
      where: 'drivers/regulator/core.c _regulator_get_common',
      text: /supply (?<detail>\S+) not found, using dummy regulator/,
      example: 'adreno 5000000.gpu: supply vddcx not found, using dummy regulator',
    },
    'interrupt-not-found': {
      where: 'drivers/base/platform.c platform_get_irq_byname',
      text: /IRQ (?<detail>\S+) not found/,
      example: 'arm-smmu-v3 9050000.smmuv3: IRQ combined not found',
    },
    'firmware-from-user-space': {
      where: 'drivers/base/firmware_loader/fallback.c firmware_fallback_sysfs',
      text: /Falling back to sysfs fallback for: (?<detail>\S+)/,
      example: 'remoteproc remoteproc0: Falling back to sysfs fallback for: qcom/sa8775p/adsp.mbn',
    },
    'firmware-file': {
      where: 'drivers/base/firmware_loader/main.c fw_get_filesystem_firmware',
      text: /Loading firmware from (?<detail>\/\S+)/,
      example:
        'qcom_q6v5_pas 30000000.remoteproc: Loading firmware from /lib/firmware/qcom/sa8775p/adsp.mbn.zst',
    },
    'sync-state-pending': {
      where: 'drivers/base/core.c device_links_flush_sync_list',
      text: /sync_state\(\) pending due to (?<detail>\S+)/,
      example: 'qcom-rpmhpd 18200000.rsc:power-controller: sync_state() pending due to 30000000.remoteproc',
    },
  }),
  ...deviceFailures({
    'device-link': {
      where: 'drivers/base/core.c fw_devlink_create_devlink',
      text: /Failed to create device link \(0x[0-9a-f]+\) with (?<detail>supplier \S+ for \S+|\S+)/,
      example:
        'qcom_pmic_glink pmic-glink: Failed to create device link (0x180) with supplier a600000.usb for /soc@0/usb',
    },
  }),
  ...OTHER_FAILURES.map(([word, text]) => otherFailure(word, text)),
  suppressed(
    'end',
    'lib/ratelimit.c ___ratelimit',
    /^(?<printer>[^\s:]+): (?<count>\d{1,15}) callbacks suppressed$/,
    'arm_smmu_context_fault: 482 callbacks suppressed',
    ' callbacks suppressed',
  ),
  // Older kernels print the next message behind it.
  suppressed(
    'line',
    'kernel/printk/printk.c console_prepend_dropped',
    /^\*\* (?<count>\d{1,15}) (?<printer>printk) messages dropped \*\*.*$/,
    '** 326 printk messages dropped **',
    '**',
  ),
  suppressed(
    'line',
    'drivers/char/random.c',
    /^(?<printer>random): (?<count>\d{1,15}) \S+ warning\(s\) missed due to ratelimiting$/,
    'random: 7 urandom warning(s) missed due to ratelimiting',
    'random',
  ),
  suppressed(
    'text',
    'systemd src/journal/journald-kmsg.c dev_kmsg_record',
    /^(?<printer>systemd-journald)\[\d+\]: Missed (?<count>\d{1,15}) kernel messages$/,
    'systemd-journald[515]: Missed 26 kernel messages',
    'Missed',
  ),
  suppressed(
    'text',
    'systemd src/journal/journald-kmsg.c server_read_dev_kmsg',
    /^(?<printer>systemd-journald)\[\d+\]: \/dev\/kmsg buffer overrun, some messages lost\.$/,
    'systemd-journald[515]: /dev/kmsg buffer overrun, some messages lost.',
    '/dev/kmsg',
  ),
];
