import { deviceNotes, firmwareRefusals, type KernelMessage, processorFailures } from './kernel-message.ts';

const CORE = 'drivers/remoteproc/remoteproc_core.c';
const SYSFS = 'drivers/remoteproc/remoteproc_sysfs.c';
const DUMP = 'drivers/remoteproc/remoteproc_coredump.c';
const Q6V5 = 'drivers/remoteproc/qcom_q6v5.c';
const PAS = 'drivers/remoteproc/qcom_q6v5_pas.c';
const SYSMON = 'drivers/remoteproc/qcom_sysmon.c';
const MINIDUMP = 'drivers/remoteproc/qcom_common.c';
const LOADER = 'drivers/soc/qcom/mdt_loader.c';

const core = (text: string) => `remoteproc remoteproc0: ${text}`;
const pas = (text: string) => `qcom_q6v5_pas 30000000.remoteproc: ${text}`;

const FAILURES = processorFailures({
  'request-firmware-async': {
    where: `${CORE} rproc_trigger_auto_boot`,
    text: /request_firmware_nowait err: (?<errno>-?\d+)/,
    example: core('request_firmware_nowait err: -12'),
  },
  boot: {
    where: `${SYSFS} state_store`,
    text: /Boot failed: (?<errno>-?\d+)/,
    example: core('Boot failed: -22'),
  },
  'prepare-subdevices': {
    where: `${CORE} rproc_start`,
    text: /failed to prepare subdevices for (?<processor>[^:]+): (?<errno>-?\d+)/,
    example: core('failed to prepare subdevices for adsp: -12'),
  },
  'probe-subdevices': {
    where: `${CORE} rproc_start`,
    text: /failed to probe subdevices for (?<processor>[^:]+): (?<errno>-?\d+)/,
    example: core('failed to probe subdevices for adsp: -22'),
  },
  'prepare-device': {
    where: `${CORE} rproc_fw_boot`,
    text: /can't prepare rproc (?<processor>[^:]+): (?<errno>-?\d+)/,
    example: core("can't prepare rproc adsp: -22"),
  },
  'resource-entry': [
    {
      where: `${CORE} rproc_handle_devmem`,
      text: /devmem rsc is truncated/,
      example: core('devmem rsc is truncated'),
    },
    {
      where: `${CORE} rproc_handle_devmem`,
      text: /devmem rsc has non zero reserved bytes/,
      example: core('devmem rsc has non zero reserved bytes'),
    },
  ],
  unmap: {
    where: `${CORE} rproc_resource_cleanup`,
    text: /failed to unmap [0-9a-f]+\/\d+/,
    example: core('failed to unmap 100000/0'),
  },
  'alloc-iommu-domain': {
    where: `${CORE} rproc_enable_iommu`,
    text: /can't alloc iommu domain/,
    example: pas("can't alloc iommu domain"),
  },
  'register-dump-segments': {
    where: `${PAS} qcom_pas_parse_firmware`,
    text: /Error in registering dump segments/,
    example: pas('Error in registering dump segments'),
  },
  'load-state': {
    where: `${Q6V5} q6v5_load_state_toggle`,
    text: /failed to toggle load state/,
    example: pas('failed to toggle load state'),
  },
  'acquire-interrupt': {
    where: `${Q6V5} qcom_q6v5_init`,
    text: /failed to acquire \S+ IRQ/,
    example: pas('failed to acquire wdog IRQ'),
  },
  'acquire-stop-state': {
    where: `${Q6V5} qcom_q6v5_init`,
    text: /failed to acquire stop state/,
    example: pas('failed to acquire stop state'),
  },
  'load-state-name': {
    where: `${Q6V5} qcom_q6v5_init`,
    text: /load state resource string empty/,
    example: pas('load state resource string empty'),
  },
  'ready-interrupt': {
    where: `${PAS} qcom_pas_attach`,
    text: /Failed to get subsystem ready interrupt/,
    example: pas('Failed to get subsystem ready interrupt'),
  },
  'crashed-before-probe': {
    where: `${PAS} qcom_pas_attach`,
    text: /Subsystem has crashed before driver probe/,
    example: pas('Subsystem has crashed before driver probe'),
  },
  bandwidth: {
    where: `${Q6V5} qcom_q6v5_prepare`,
    text: /failed to set bandwidth request/,
    example: pas('failed to set bandwidth request'),
  },
  'halt-port': {
    where: 'drivers/remoteproc/qcom_q6v5_mss.c q6v5proc_halt_axi_port',
    text: /port failed halt/,
    example: 'qcom-q6v5-mss 4080000.remoteproc: port failed halt',
  },
  'boot-authenticator': [
    {
      where: 'drivers/remoteproc/qcom_q6v5_mss.c q6v5proc_reset',
      text: /(?:PBL|MBA) returned unexpected status -?\d+/,
      example: 'qcom-q6v5-mss 4080000.remoteproc: PBL returned unexpected status -284031232',
    },
    {
      where: 'drivers/remoteproc/qcom_q6v5_mss.c q6v5_mba_load',
      text: /failed to boot MBA: (?<errno>-?\d+)/,
      example: 'qcom-q6v5-mss 4080000.remoteproc: failed to boot MBA: -110',
    },
  ],
  'modem-image': [
    {
      where: 'drivers/remoteproc/qcom_q6v5_mss.c q6v5_mpss_init_image, q6v5_mpss_load',
      text: /MPSS (?:header )?authentication (?:timed out|failed: (?<errno>-?\d+))/,
      example: 'qcom-q6v5-mss 4080000.remoteproc: MPSS header authentication timed out',
    },
  ],
  'memory-region': [
    {
      where: `${PAS} qcom_pas_alloc_memory_region`,
      text: /unable to resolve (?:dtb )?memory-region/,
      example: pas('unable to resolve memory-region'),
    },
    {
      where: `${PAS} qcom_pas_alloc_memory_region`,
      text: /unable to map (?:dtb )?memory region: .*/,
      example: pas('unable to map memory region: [mem 0x95900000-0x976fffff]'),
    },
    {
      where: `${PAS} qcom_pas_assign_memory_region`,
      text: /unable to resolve shareable memory-region index \d+/,
      example: pas('unable to resolve shareable memory-region index 2'),
    },
  ],
  'assign-memory': [
    {
      where: `${PAS} qcom_pas_assign_memory_region`,
      text: /assign memory \d+ failed/,
      example: pas('assign memory 0 failed'),
    },
    {
      where: `${PAS} qcom_pas_unassign_memory_region`,
      text: /unassign memory \d+ failed/,
      example: pas('unassign memory 0 failed'),
    },
  ],
  'allocate-remoteproc': {
    where: `${PAS} qcom_pas_probe`,
    text: /unable to allocate remoteproc/,
    example: pas('unable to allocate remoteproc'),
  },
  'sysmon-timeout': {
    where: SYSMON,
    text: /timeout waiting for (?:ssctl service|shutdown ack|shutdown response|subsystem event response|sysmon ack)/,
    example: pas('timeout waiting for ssctl service'),
  },
  'sysmon-send': {
    where: SYSMON,
    text: /failed to send (?:shutdown request|subsystem event|sysmon event)/,
    example: pas('failed to send shutdown request'),
  },
  'sysmon-rejected': [
    {
      where: `${SYSMON} ssctl_request_shutdown`,
      text: /shutdown request rejected/,
      example: pas('shutdown request rejected'),
    },
    {
      where: `${SYSMON} ssctl_send_event`,
      text: /subsystem event rejected/,
      example: pas('subsystem event rejected'),
    },
  ],
  'sysmon-allocate': {
    where: SYSMON,
    text: /failed to allocate QMI txn/,
    example: pas('failed to allocate QMI txn'),
  },
  coredump: [
    {
      where: `${DUMP} rproc_copy_segment`,
      text: /invalid copy request for segment \S+ with offset \d+ and size \d+\)?/,
      example: core('invalid copy request for segment 0x0000000095900000 with offset 0 and size 4096)'),
    },
    { where: `${DUMP} rproc_coredump`, text: /ELF class is not set/, example: core('ELF class is not set') },
  ],
  minidump: [
    {
      where: `${MINIDUMP} qcom_minidump`,
      text: /Minidump TOC not found in SMEM/,
      example: core('Minidump TOC not found in SMEM'),
    },
    {
      where: `${MINIDUMP} qcom_minidump`,
      text: /Minidump id \d+ is out of range: \d+/,
      example: core('Minidump id 21 is out of range: 20'),
    },
  ],
});

const NOTES = deviceNotes({
  attaching: {
    where: `${CORE} rproc_attach`,
    text: /attaching to (?<processor>\S+)/,
    example: core('attaching to adsp'),
  },
  'handling-crash': {
    where: `${CORE} rproc_crash_handler_work`,
    text: /handling crash (?<detail>#\d+) in (?<processor>\S+)/,
    example: core('handling crash #1 in adsp'),
  },
  'modem-boot-authenticator-up': {
    where: 'drivers/remoteproc/qcom_q6v5_mss.c q6v5_start',
    text: /MBA booted(?: with(?:out)? debug policy)?, loading mpss/,
    example: 'qcom-q6v5-mss 4080000.remoteproc: MBA booted without debug policy, loading mpss',
  },
  // The loader looks in several folders; only the line that says so means that the file is nowhere.
  'firmware-searched': {
    where: 'drivers/base/firmware_loader/main.c fw_get_filesystem_firmware',
    text: /loading (?<detail>\S+) failed for no such file or directory\./,
    example: core('loading /lib/firmware/updates/qcom/adsp.mdt failed for no such file or directory.'),
  },
  released: {
    where: `${CORE} rproc_del`,
    text: /releasing (?<processor>\S+)/,
    example: core('releasing adsp'),
  },
  'unsupported-resource': {
    where: `${CORE} rproc_handle_resources`,
    text: /unsupported (?<detail>(?:vendor )?resource \d+)/,
    example: core('unsupported resource 7'),
  },
  'ramdump-done': {
    where: 'drivers/remoteproc (out of tree)',
    text: /Ramdump done, (?<detail>-?\d+ bytes read).*/,
    example: core('Ramdump done, 4096 bytes read'),
  },
  'minidump-not-ready': {
    where: `${MINIDUMP} qcom_minidump`,
    text: /Minidump not ready, skipping/,
    example: core('Minidump not ready, skipping'),
  },
  'stop-state-set': {
    where: `${PAS} qcom_pas_attach`,
    text: /Subsystem found stop state set\. Falling back to start\./,
    example: pas('Subsystem found stop state set. Falling back to start.'),
  },
  'shutdown-state-unknown': {
    where: `${SYSMON} qcom_add_sysmon_subdev`,
    text: /failed to get shutdown_state: (?<detail>-?\d+)/,
    example: pas('failed to get shutdown_state: -22'),
  },
});

const REFUSALS = firmwareRefusals({
  request: [
    {
      where: `${PAS} qcom_pas_load`,
      text: /request_firmware failed for (?<file>[^: ]+): (?<errno>-?\d+)/,
      example: pas('request_firmware failed for qcom/x1e80100/adsp_dtb.mbn: -2'),
    },
    {
      where: 'drivers/base/firmware_loader/main.c fw_get_filesystem_firmware',
      text: /loading (?<file>\S+) failed with error (?<errno>-?\d+)/,
      example: core('loading /lib/firmware/qcom/sa8775p/adsp.mbn failed with error -22'),
    },
    {
      where: 'drivers/base/firmware_loader/main.c (Debian)',
      text: /firmware: failed to load (?<file>\S+) \((?<errno>-?\d+)\)/,
      example: core('firmware: failed to load qcom/sa8775p/adsp.mbn (-2)'),
    },
  ],
  'hash-segment': {
    where: `${LOADER} qcom_mdt_read_metadata`,
    text: /no hash segment found in (?<file>\S+)/,
    example: pas('no hash segment found in qcom/sa8775p/adsp.mbn'),
  },
  'segment-size': [
    {
      where: `${LOADER} qcom_mdt_load_no_init`,
      text: /refusing to load segment \d+ with p_filesz > p_memsz/,
      example: pas('refusing to load segment 3 with p_filesz > p_memsz'),
    },
  ],
  segment: [
    {
      where: `${LOADER} mdt_load_split_segment`,
      text: /error (?<errno>-?\d+) loading (?<file>\S+)/,
      example: pas('error -2 loading qcom/qcs6490/adsp.b05'),
    },
    {
      where: `${LOADER} mdt_load_split_segment`,
      text: /failed to load segment \d+ from truncated file (?<file>\S+)/,
      example: pas('failed to load segment 5 from truncated file qcom/qcs6490/adsp.b05'),
    },
    {
      where: `${LOADER} qcom_mdt_load_no_init`,
      text: /segment outside memory range/,
      example: pas('segment outside memory range'),
    },
    {
      where: `${LOADER} qcom_mdt_load_no_init`,
      text: /file (?<file>\S+) segment \d+ would be truncated/,
      example: pas('file qcom/sa8775p/adsp.mbn segment 4 would be truncated'),
    },
  ],
});

/** What the remoteproc core, the PAS driver, sysmon and the image loader say beside the life of the processors. */
export const REMOTEPROC_MESSAGES: readonly KernelMessage[] = [...FAILURES, ...NOTES, ...REFUSALS];
