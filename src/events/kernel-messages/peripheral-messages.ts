import {
  deviceFailures,
  deviceMessage,
  deviceNotes,
  errnoIn,
  type KernelMessage,
  lineMessage,
} from './kernel-message.ts';

const SMEM = 'drivers/soc/qcom/smem.c';
const SMP2P = 'drivers/soc/qcom/smp2p.c';
const AOSS = 'drivers/soc/qcom/qcom_aoss.c';
const GLINK = 'drivers/rpmsg/qcom_glink_native.c';
const QRTR = 'net/qrtr';
const PDR = 'drivers/soc/qcom/pdr_interface.c';
const FASTRPC = 'drivers/misc/fastrpc.c';
const IRIS = 'drivers/media/platform/qcom/iris';
const VENUS = 'drivers/media/platform/qcom/venus';
const ADRENO = 'drivers/gpu/drm/msm/adreno/adreno_gpu.c';
const ETNAVIV = 'drivers/gpu/drm/etnaviv';
const CAMSS = 'drivers/media/platform/qcom/camss';

const smem = (text: string) => `qcom-smem 90900000.smem: ${text}`;
const smp2p = (text: string) => `qcom_smp2p smp2p-adsp: ${text}`;
const glink = (text: string) => `qcom_glink_smem 30000000.remoteproc:glink-edge: ${text}`;
const fastrpc = (text: string) =>
  `qcom,fastrpc 30000000.remoteproc:glink-edge.fastrpcglink-apps-dsp.-1.-1: ${text}`;
const iris = (text: string) => `qcom-iris aa00000.video-codec: ${text}`;
const venus = (text: string) => `qcom-venus aa00000.video-codec: ${text}`;
const camss = (text: string) => `qcom-camss acb7000.isp: ${text}`;

/** `[drm:adreno_zap_shader_load [msm]] *ERROR* …`, with or without the device before it. */
function zapFailure(step: string, text: RegExp, example: string): KernelMessage[] {
  const prefix = /\[drm:\S+(?: \[msm\])?\](?:\]| )*\*ERROR\* /.source;
  const read: KernelMessage['read'] = (told) => ({
    kind: 'device.failed',
    subject: 'gpu-zap',
    payload: {
      device: told['device'] ?? 'gpu-zap',
      driver: told['driver'] ?? 'msm',
      step,
      errno: errnoIn(told),
      detail: told['detail'] ?? null,
    },
  });
  const where = `${ADRENO} zap_shader_load_mdt`;
  const line = `[drm:zap_shader_load_mdt [msm]] *ERROR* ${example}`;
  return [
    lineMessage(`${step} of the GPU failed`, where, new RegExp(`^${prefix}${text.source}$`), line, read),
    {
      name: `${step} of the GPU failed, with device`,
      where,
      place: 'text',
      firstWord: '[drm',
      pattern: new RegExp(`^(?<driver>\\S+) (?<device>\\S+): ${prefix}${text.source}$`),
      example: `msm_dpu ae01000.display-controller: ${line}`,
      read,
    },
  ];
}

const FAILURES = deviceFailures({
  'smem-canary': {
    where: `${SMEM} qcom_smem_alloc_private`,
    text: /Found invalid canary in hosts (?<detail>\d+:\d+) partition/,
    example: smem('Found invalid canary in hosts 0:2 partition'),
  },
  'smem-version': {
    where: `${SMEM} qcom_smem_probe`,
    text: /Unsupported SMEM version (?<detail>0x[0-9a-f]+)/,
    example: smem('Unsupported SMEM version 0x20000'),
  },
  'smp2p-version': {
    where: `${SMP2P} qcom_smp2p_intr`,
    text: /Unsupported smp2p version (?<detail>\d+)/,
    example: smp2p('Unsupported smp2p version 3'),
  },
  'smp2p-item': {
    where: `${SMP2P} qcom_smp2p_intr`,
    text: /Unable to acquire (?:local|remote) smp2p item/,
    example: smp2p('Unable to acquire local smp2p item'),
  },
  'request-interrupt': {
    where: `${SMP2P} qcom_smp2p_probe`,
    text: /failed to request interrupt/,
    example: smp2p('failed to request interrupt'),
  },
  'aoss-channel': {
    where: `${AOSS} qmp_open`,
    text: /ucore did not ack channel/,
    example: 'qcom_aoss_qmp c300000.power-management: ucore did not ack channel',
  },
  'glink-fifo': {
    where: 'drivers/rpmsg/qcom_glink_smem.c qcom_glink_smem_register',
    text: /failed to allocate TX fifo/,
    example: glink('failed to allocate TX fifo'),
  },
  'glink-register': {
    where: 'drivers/remoteproc/qcom_common.c glink_subdev_start',
    text: /failed to register glink edge/,
    example: glink('failed to register glink edge'),
  },
  'glink-intent': {
    where: `${GLINK} qcom_glink_request_intent`,
    text: /intent request (?:ack )?timed out/,
    example: glink('intent request timed out'),
  },
  'glink-command': [
    {
      where: `${GLINK} qcom_glink_native_rx`,
      text: /unhandled rx cmd: (?<detail>\d+)/,
      example: glink('unhandled rx cmd: 42'),
    },
  ],
  'interrupt-missed': {
    where: 'drivers/nvme/host/pci.c nvme_timeout',
    text: /I\/O (?<detail>(?:tag )?\d+ .*QID \d+) timeout, completion polled/,
    example: 'nvme nvme0: I/O tag 12 (100c) QID 0 timeout, completion polled',
  },
  'glink-descriptor': {
    where: 'drivers/rpmsg/qcom_glink_smem.c qcom_glink_smem_register',
    text: /glink descriptor of invalid size/,
    example: glink('glink descriptor of invalid size'),
  },
  'glink-remove': {
    where: `${GLINK} qcom_glink_native_remove`,
    text: /Can't remove GLINK devices: (?<errno>-?\d+)/,
    example: glink("Can't remove GLINK devices: -16"),
  },
  'audio-endpoint': {
    where: 'drivers/soc/qcom/apr.c apr_probe',
    text: /failed to create endpoint/,
    example: 'qcom,apr 30000000.remoteproc:glink-edge.adsp_apps.-1.-1: failed to create endpoint',
  },
  'fastrpc-assign-memory': {
    where: `${FASTRPC} fastrpc_map_attach, fastrpc_init_create_static_process`,
    text: /Failed to assign memory with (?<detail>dma_addr \S+ size 0x[0-9a-f]+) err (?<errno>-?\d+)/,
    example: fastrpc('Failed to assign memory with dma_addr 0x0000000094a00000 size 0x800000 err -22'),
  },
  'fastrpc-return-memory': {
    where: `${FASTRPC} fastrpc_free_map, fastrpc_init_create_static_process: err_map`,
    text: /Failed to assign memory (?<detail>dma_addr \S+ size 0x[0-9a-f]+) err (?<errno>-?\d+)/,
    example: fastrpc('Failed to assign memory dma_addr 0x0000000094a00000 size 0x800000 err -22'),
  },
  'fastrpc-response': {
    where: `${FASTRPC} fastrpc_rpmsg_callback`,
    text: /No context ID matches response/,
    example: fastrpc('No context ID matches response'),
  },
  'fastrpc-dsp-information': {
    where: `${FASTRPC} fastrpc_get_info_from_kernel`,
    text: /Error: dsp information is incorrect err: (?<errno>-?\d+)/,
    example: fastrpc('Error: dsp information is incorrect err: -22'),
  },
  'fastrpc-session': {
    where: `${FASTRPC} fastrpc_device_open`,
    text: /No session available/,
    example: fastrpc('No session available'),
  },
  'fastrpc-map': {
    where: `${FASTRPC} fastrpc_req_mem_map`,
    text: /mem mmap error, (?<detail>fd \d+, vaddr [0-9a-f]+, size \d+)/,
    example: fastrpc('mem mmap error, fd 7, vaddr ffff0000, size 4096'),
  },
  'firmware-download': [
    {
      where: `${IRIS}/iris_firmware.c iris_fw_load`,
      text: /firmware download failed/,
      example: iris('firmware download failed'),
    },
    {
      where: `${VENUS}/core.c venus_probe`,
      text: /fail to load video firmware/,
      example: venus('fail to load video firmware'),
    },
  ],
  authenticate: {
    where: `${IRIS}/iris_firmware.c iris_fw_load`,
    text: /auth and reset failed: (?<errno>-?\d+)/,
    example: iris('auth and reset failed: -22'),
  },
  'protect-video-memory': [
    {
      where: `${IRIS}/iris_firmware.c iris_fw_load`,
      text: /qcom_scm_mem_protect_video_var failed: (?<errno>-?\d+)/,
      example: iris('qcom_scm_mem_protect_video_var failed: -22'),
    },
    {
      where: `${VENUS}/firmware.c venus_boot`,
      text: /set virtual address ranges fail \((?<errno>-?\d+)\)/,
      example: venus('set virtual address ranges fail (-22)'),
    },
  ],
  'firmware-boot': {
    where: `${IRIS}/iris_core.c iris_core_init`,
    text: /error booting up iris firmware/,
    example: iris('error booting up iris firmware'),
  },
  watchdog: {
    where: `${IRIS}/iris_hfi_common.c`,
    text: /received watchdog interrupt/,
    example: iris('received watchdog interrupt'),
  },
  'power-on': {
    where: `${IRIS}/iris_vpu_common.c`,
    text: /power on failed/,
    example: iris('power on failed'),
  },
  'reserved-region': {
    where: `${VENUS}/firmware.c venus_load_fw`,
    text: /failed to lookup reserved memory-region/,
    example: venus('failed to lookup reserved memory-region'),
  },
  'map-firmware-region': [
    {
      where: `${VENUS}/firmware.c venus_boot_no_tz`,
      text: /could not map video firmware region/,
      example: venus('could not map video firmware region'),
    },
  ],
  'firmware-version': {
    where: `${VENUS}/hfi_msgs.c`,
    text: /Firmware (?<detail>v.* < v.*)/,
    example: venus('Firmware v5.4.12 < v5.4.20'),
  },
  'memory-region-size': {
    where: `${ADRENO} zap_shader_load_mdt`,
    text: /memory region is too small to load the MDT/,
    example: 'adreno 3d00000.gpu: memory region is too small to load the MDT',
  },
  'vfe-reset': {
    where: `${CAMSS}/camss-vfe.c vfe_reset`,
    text: /VFE reset timeout/,
    example: camss('VFE reset timeout'),
  },
  'vfe-halt': {
    where: `${CAMSS}/camss-vfe-480.c`,
    text: /VFE (?:idle|halt) timeout.*/,
    example: camss('VFE idle timeout'),
  },
  'csid-reset': {
    where: `${CAMSS}/camss-csid.c csid_reset`,
    text: /CSID reset timeout/,
    example: camss('CSID reset timeout'),
  },
  'gpu-mmu-fault': {
    where: `${ETNAVIV}/etnaviv_gpu.c dump_mmu_fault`,
    text: /MMU (?<detail>\d+ fault addr 0x[0-9a-f]+|fault status 0x[0-9a-f]+)/,
    example: 'etnaviv-gpu 38000000.gpu: MMU fault status 0x00000002',
  },
  'gpu-command': {
    where: `${ETNAVIV}/etnaviv_gpu.c`,
    text: /timed out waiting for idle: (?<detail>idle=0x[0-9a-f]+)/,
    example: 'etnaviv-gpu 38000000.gpu: timed out waiting for idle: idle=0x7fffffff',
  },
  'gpu-recover': {
    where: `${ETNAVIV}/etnaviv_gpu.c etnaviv_gpu_recover_hang`,
    text: /recover hung GPU!/,
    example: 'etnaviv-gpu 38000000.gpu: recover hung GPU!',
  },
  'rmtfs-assign-memory': {
    where: 'drivers/soc/qcom/rmtfs_mem.c qcom_rmtfs_mem_probe',
    text: /assign memory failed/,
    example: 'qcom_rmtfs_mem 9c900000.memory: assign memory failed',
  },
});

const NOTES = deviceNotes({
  'audio-service-added': {
    where: 'drivers/soc/qcom/apr.c apr_add_device',
    text: /Adding APR\/GPR dev: (?<detail>\S+)/,
    example:
      'qcom,apr 30000000.remoteproc:glink-edge.adsp_apps.-1.-1: Adding APR/GPR dev: gprsvc:service:2:1',
  },
  'fastrpc-without-reserved-memory': {
    where: `${FASTRPC} fastrpc_rpmsg_probe`,
    text: /no reserved DMA memory for FASTRPC/,
    example: fastrpc('no reserved DMA memory for FASTRPC'),
  },
  'fastrpc-domain-unsupported': {
    where: `${FASTRPC} fastrpc_rpmsg_probe`,
    text: /FastRPC Domain (?<detail>\S+) not supported/,
    example: fastrpc('FastRPC Domain 7 not supported'),
  },
  'modem-event': {
    where: 'drivers/net/ipa/ipa_modem.c ipa_modem_notify',
    text: /received modem (?<detail>starting|running|stopping|crashed|offline|unknown) event/,
    example: 'ipa 1e40000.ipa: received modem running event',
  },
});

/** A line of qrtr: its core and its name server speak without a device. */
function qrtrFailure(step: string, where: string, pattern: RegExp, example: string): KernelMessage {
  return lineMessage(`${step} of qrtr`, where, pattern, example, (told) => ({
    kind: 'device.failed',
    subject: 'qrtr',
    payload: { device: 'qrtr', driver: null, step, errno: errnoIn(told), detail: told['detail'] ?? null },
  }));
}

/** What the clients of remote processors and of PAS say: memory, links, services, video, camera, graphics. */
export const PERIPHERAL_MESSAGES: readonly KernelMessage[] = [
  ...FAILURES,
  ...NOTES,
  qrtrFailure(
    'version',
    `${QRTR}/af_qrtr.c qrtr_endpoint_post`,
    /^qrtr: Invalid version (?<detail>\d+)$/,
    'qrtr: Invalid version 7',
  ),
  {
    name: 'packet of qrtr, told by its endpoint',
    where: `${QRTR}/smd.c qcom_smd_qrtr_callback`,
    place: 'text',
    firstWord: 'invalid',
    pattern: /^(?<driver>\S+) (?<device>\S+): invalid ipcrouter packet$/,
    example: 'qcom_smd_qrtr 30000000.remoteproc:glink-edge.IPCRTR.-1.-1: invalid ipcrouter packet',
    read: ({ driver = '', device = '' }, subjects) => ({
      kind: 'device.failed',
      subject: subjects.of(driver, device),
      payload: { device, driver, step: 'qrtr-packet', errno: null, detail: null },
    }),
  },
  {
    name: 'announcement of qrtr',
    where: `${QRTR}/ns.c service_announce_new`,
    place: 'line',
    firstWord: 'failed',
    pattern: /^failed to announce (?<detail>new|del) service$/,
    example: 'failed to announce new service',
    read: ({ detail = '' }) => ({
      kind: 'device.failed',
      subject: 'qrtr',
      payload: { device: 'qrtr', driver: null, step: 'announce', errno: null, detail },
    }),
  },
  lineMessage(
    'PIL info without slots',
    'drivers/remoteproc/qcom_pil_info.c qcom_pil_info_store',
    /^(?:.*: )?insufficient PIL info slots$/,
    'insufficient PIL info slots',
    () => ({
      kind: 'device.noted',
      subject: 'pil-info',
      payload: { device: 'pil-info', driver: null, note: 'pil-info-full', detail: null },
    }),
  ),
  {
    name: 'PIL info not mapped',
    where: 'drivers/remoteproc/qcom_pil_info.c qcom_pil_info_init',
    place: 'line',
    firstWord: 'failed',
    pattern: /^failed to map PIL relocation info region$/,
    example: 'failed to map PIL relocation info region',
    read: () => ({
      kind: 'device.failed',
      subject: 'pil-info',
      payload: { device: 'pil-info', driver: null, step: 'map-pil-info', errno: null, detail: null },
    }),
  },
  ...zapFailure('authenticate', /Unable to authorize the image/, 'Unable to authorize the image'),
  ...zapFailure('firmware-load', /Unable to load (?<detail>\S+)/, 'Unable to load qcom/sa8775p/a663_zap.mbn'),
  deviceMessage(
    'firmware of the GPU missing',
    {
      where: `${ADRENO} adreno_request_fw`,
      text: /\[drm:adreno_request_fw(?: \[msm\])?\](?:\]| )*\*ERROR\* failed to load (?<detail>\S+)/,
      example:
        'msm_dpu ae01000.display-controller: [drm:adreno_request_fw [msm]] *ERROR* failed to load a663_sqe.fw',
    },
    (told, { device, driver, subject }) => ({
      kind: 'device.failed',
      subject,
      payload: { device, driver, step: 'firmware-request', errno: null, detail: told['detail'] ?? null },
    }),
  ),
  ...zapFailure('scm-missing', /SCM is not available/, 'SCM is not available'),
  lineMessage(
    'zap shader not used',
    `${ADRENO} a6xx_zap_shader_init`,
    /^(?:\S+ \S+: )?(?:\[drm:\S+(?: \[msm\])?\](?:\]| )*)?Zap shader not enabled - using SECVID_TRUST_CNTL instead$/,
    'Zap shader not enabled - using SECVID_TRUST_CNTL instead',
    () => ({
      kind: 'device.noted',
      subject: 'gpu-zap',
      payload: { device: 'gpu-zap', driver: 'msm', note: 'zap-shader-not-enabled', detail: null },
    }),
  ),
  lineMessage(
    'state of a protection domain',
    `${PDR} pdr_indication_cb`,
    /^PDR: Indication received from (?<domain>\S+), state: 0x(?<state>[0-9a-f]{1,8}), trans-id: \d+$/,
    'PDR: Indication received from msm/adsp/audio_pd, state: 0x1fffffff, trans-id: 1',
    ({ domain = '', state = '' }) => ({
      kind: 'device.noted',
      subject: processorOfDomain(domain),
      payload: {
        device: domain,
        driver: 'PDR',
        note: 'protection-domain',
        detail: PDR_STATES[state] ?? `state 0x${state}`,
      },
    }),
  ),
  lineMessage(
    'service of a protection domain not found',
    `${PDR} pdr_locator_work`,
    /^PDR: service lookup for (?<service>\S+) failed: (?<errno>-?\d+)$/,
    'PDR: service lookup for avs/audio failed: -6',
    (told) => ({
      kind: 'device.failed',
      subject: null,
      payload: {
        device: told['service'] ?? 'PDR',
        driver: 'PDR',
        step: 'service-lookup',
        errno: errnoIn(told),
        detail: null,
      },
    }),
  ),
];

/** States of a service. Source: include/linux/soc/qcom/pdr.h (enum servreg_service_state). */
const PDR_STATES: Readonly<Record<string, string>> = {
  fffffff: 'down',
  '1fffffff': 'up',
  '2fffffff': 'going down',
  '7fffffff': 'uninitialised',
};

/** `msm/adsp/audio_pd` is a domain of the ADSP. */
function processorOfDomain(domain: string): string | null {
  const processor = domain.split('/')[1] ?? '';
  return /^(?:[acs]dsp\d?|gpdsp\d|slpi|modem)$/.test(processor) ? processor : null;
}
