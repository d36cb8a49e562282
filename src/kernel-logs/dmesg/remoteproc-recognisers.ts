import { socOfFirmware } from '../../soc/soc-name.ts';
import type { RemoteprocStateName } from '../../soc/soc-state.ts';
import type { BootTracker } from '../boot-tracker.ts';
import { AGENT } from '../event-sink.ts';
import { ofDriver } from './processor-driver.ts';
import type { Recogniser } from './recogniser.ts';
import type { Recognition } from './recognition.ts';

const CORE = 'drivers/remoteproc/remoteproc_core.c';
const Q6V5 = 'drivers/remoteproc/qcom_q6v5.c';
const PAS = 'drivers/remoteproc/qcom_q6v5_pas.c';
const LOADER = 'drivers/soc/qcom/mdt_loader.c';

function stateRecogniser(
  name: string,
  where: string,
  pattern: RegExp,
  example: string,
  state: RemoteprocStateName,
): Recogniser {
  return {
    name,
    where,
    firstWord: 'remoteproc',
    pattern,
    example,
    recognise: ([, index = '', name = ''], { sink, tracker, cause }) => {
      const processor = learnName(tracker, index, name);
      if (state === 'starting') tracker.starting.add(processor);
      else tracker.starting.delete(processor);
      sink.emit(
        'remoteproc.state_changed',
        { agent: AGENT.linux, subject: processor, cause },
        { name: processor, state },
      );
    },
  };
}

/** A step that failed, in a line of the remoteproc core: `remoteproc remoteprocN: <text>: <errno>`. */
function coreFailure(
  name: string,
  where: string,
  pattern: RegExp,
  example: string,
  step: string,
): Recogniser {
  return {
    name,
    where,
    firstWord: 'remoteproc',
    pattern,
    example,
    recognise: ([, index = '', ...told], { sink, tracker, cause }) => {
      // The error number comes last; some lines name the processor before it.
      const errno = told.at(-1);
      const name = told.length > 1 ? told[0] : undefined;
      const processor =
        name === undefined ? tracker.processorOfIndex(index) : learnName(tracker, index, name);
      fail({ sink, tracker, cause }, processor, step, errno);
      if (step !== 'stop') giveUp({ sink, tracker, cause }, processor);
    },
  };
}

/** The processor stays down: what was starting does not start any more. */
export function giveUp({ sink, tracker, cause }: Recognition, processor: string): void {
  tracker.starting.delete(processor);
  const about = { agent: AGENT.linux, subject: processor, cause };
  sink.emit('remoteproc.state_changed', about, { name: processor, state: 'failed' });
}

/** A step that failed, in a line of the PAS driver: `qcom_q6v5_pas <device>: <text>`. */
function driverFailure(
  name: string,
  where: string,
  pattern: RegExp,
  example: string,
  step: string,
): Recogniser {
  return {
    name,
    where,
    place: 'text',
    firstWord: wordAfterPrefix(example),
    pattern,
    example,
    recognise: ([, device = '', errno], { sink, tracker, cause }) => {
      fail({ sink, tracker, cause }, tracker.subjectOfDevice(device), step, errno);
    },
  };
}

/** First word of what follows `driver device: `: such lines come from drivers of several names. */
function wordAfterPrefix(line: string): string {
  return (/: ([^ :]+)/.exec(line) as RegExpExecArray)[1] as string;
}

/** Lines name the processor as well as its number; some kernels give the device for a name. */
export function learnName(tracker: BootTracker, index: string, name: string): string {
  const processor = tracker.subjectOfDevice(name);
  tracker.nameProcessor(index, processor);
  return processor;
}

/** A line names a firmware file: of which SoC it is, and for whom, where nobody said that yet. */
function learnFirmware(
  { sink, tracker, cause }: Recognition,
  driver: string,
  device: string,
  path: string,
): void {
  tracker.learnSoc(socOfFirmware(path));
  const subject = tracker.learnFirmware(driver, device, path);
  if (subject === undefined) return;
  const about = { agent: AGENT.linux, subject, cause };
  sink.emit('device.identified', about, { device, basis: 'firmware', evidence: path });
}

function fail(
  { sink, cause }: Recognition,
  processor: string,
  step: string,
  errno: string | undefined,
): void {
  sink.emit(
    'remoteproc.failed',
    { agent: AGENT.linux, subject: processor, cause },
    { name: processor, step, errno: errno === undefined ? null : Number(errno) },
  );
}

function firmwareRefusal(name: string, pattern: RegExp, example: string, step: string): Recogniser {
  return {
    name,
    where: LOADER,
    place: 'text',
    firstWord: wordAfterPrefix(example),
    pattern,
    example,
    recognise: ([, device = '', errno = '', file = ''], recognition) => {
      const { sink, tracker, cause } = recognition;
      learnFirmware(recognition, '', device, file);
      const subject = tracker.subjectOfDevice(device);
      sink.emit(
        'firmware.refused',
        { agent: AGENT.linux, subject, cause },
        { name: file, step, errno: Number(errno) },
      );
    },
  };
}

function interruptRecogniser(
  name: string,
  pattern: RegExp,
  example: string,
  interrupt: 'fatal' | 'watchdog' | 'handover',
): Recogniser {
  return {
    name,
    where: Q6V5,
    place: 'text',
    firstWord: wordAfterPrefix(example),
    pattern,
    example,
    recognise: ([, device = '', message], { sink, tracker, cause }) => {
      const processor = tracker.subjectOfDevice(device);
      sink.emit(
        'remoteproc.interrupted',
        { agent: processor, subject: processor, cause },
        { name: processor, interrupt, raised: true, message: message ?? null },
      );
    },
  };
}

/** Remote processors that kernels of vendors call subsystems, and which they stop the machine for. */
const SUBSYSTEMS = ['adsp', 'cdsp', 'slpi', 'modem', 'wcnss'];

/** Life of the remote processors as the remoteproc core and the PAS driver tell it. */
export const REMOTEPROC_RECOGNISERS: readonly Recogniser[] = [
  {
    name: 'processor registered',
    where: `${CORE} rproc_add`,
    firstWord: 'remoteproc',
    pattern: /^remoteproc (remoteproc(\d+)): (\S+) is available$/,
    example: 'remoteproc remoteproc0: adsp is available',
    recognise: ([, index = '', number = '', name = ''], { sink, tracker, cause }) => {
      // Some kernels give the device for a name: `30000000.remoteproc is available`.
      const processor = tracker.subjectOfDevice(name);
      tracker.nameProcessor(index, processor);
      sink.emit(
        'remoteproc.registered',
        { agent: AGENT.linux, subject: processor, cause },
        { name: processor, index: Number(number) },
      );
    },
  },
  stateRecogniser(
    'powering up',
    `${CORE} rproc_boot`,
    /^remoteproc (remoteproc\d+): powering up (\S+)$/,
    'remoteproc remoteproc0: powering up adsp',
    'starting',
  ),
  stateRecogniser(
    'running',
    `${CORE} rproc_start`,
    /^remoteproc (remoteproc\d+): remote processor (\S+) is now up$/,
    'remoteproc remoteproc0: remote processor adsp is now up',
    'running',
  ),
  stateRecogniser(
    'attached',
    `${CORE} rproc_attach`,
    /^remoteproc (remoteproc\d+): remote processor (\S+) is now attached$/,
    'remoteproc remoteproc0: remote processor adsp is now attached',
    'attached',
  ),
  stateRecogniser(
    'stopped',
    `${CORE} rproc_stop`,
    /^remoteproc (remoteproc\d+): stopped remote processor (\S+)$/,
    'remoteproc remoteproc0: stopped remote processor adsp',
    'offline',
  ),
  stateRecogniser(
    'recovering',
    `${CORE} rproc_trigger_recovery`,
    /^remoteproc (remoteproc\d+): recovering (\S+)$/,
    'remoteproc remoteproc0: recovering adsp',
    'recovering',
  ),
  {
    name: 'crash',
    where: `${CORE} rproc_report_crash`,
    firstWord: 'remoteproc',
    pattern: /^remoteproc (remoteproc\d+): crash detected in ([^:]+): type (.+)$/,
    example: 'remoteproc remoteproc0: crash detected in adsp: type fatal error',
    recognise: ([, index = '', told = '', type = ''], { sink, tracker, cause }) => {
      const name = learnName(tracker, index, told);
      sink.emit('remoteproc.crashed', { agent: AGENT.linux, subject: name, cause }, { name, type });
    },
  },
  {
    name: 'firmware found',
    where: `${CORE} rproc_fw_boot`,
    firstWord: 'remoteproc',
    pattern: /^remoteproc (remoteproc\d+): Booting fw image (\S+), size (\d+)$/,
    example: 'remoteproc remoteproc0: Booting fw image qcom/sa8775p/adsp.mbn, size 434176',
    recognise: ([, index = '', name = '', size = ''], recognition) => {
      const { sink, tracker, cause } = recognition;
      learnFirmware(recognition, 'remoteproc', index, name);
      const subject = tracker.processorOfIndex(index);
      sink.emit('firmware.loaded', { agent: AGENT.linux, subject, cause }, { name, size: Number(size) });
    },
  },
  {
    name: 'firmware missing',
    where: 'drivers/base/firmware_loader/main.c _request_firmware',
    place: 'text',
    firstWord: 'Direct',
    pattern: /^(\S+) (\S+): Direct firmware load for (\S+) failed with error (-?\d{1,10})$/,
    example: 'remoteproc remoteproc0: Direct firmware load for qcom/sa8775p/adsp.mbn failed with error -2',
    recognise: ([, driver = '', device = '', name = '', errno = ''], recognition) => {
      const { sink, tracker, cause } = recognition;
      if (driver === 'remoteproc' || device.includes('remoteproc')) {
        learnFirmware(recognition, driver, device, name);
      }
      const subject = tracker.speakers.of(driver, device);
      sink.emit(
        'firmware.refused',
        { agent: AGENT.linux, subject, cause },
        { name, step: 'request', errno: Number(errno) },
      );
    },
  },
  coreFailure(
    'firmware request failed',
    `${CORE} rproc_boot`,
    /^remoteproc (remoteproc\d+): request_firmware failed: (-?\d+)$/,
    'remoteproc remoteproc0: request_firmware failed: -2',
    'request-firmware',
  ),
  coreFailure(
    'IOMMU not enabled',
    `${CORE} rproc_fw_boot`,
    /^remoteproc (remoteproc\d+): can't enable iommu: (-?\d+)$/,
    "remoteproc remoteproc0: can't enable iommu: -22",
    'enable-iommu',
  ),
  coreFailure(
    'resources not processed',
    `${CORE} rproc_fw_boot`,
    /^remoteproc (remoteproc\d+): Failed to process resources: (-?\d+)$/,
    'remoteproc remoteproc0: Failed to process resources: -22',
    'resources',
  ),
  coreFailure(
    'devmem not mapped',
    `${CORE} rproc_handle_devmem`,
    /^remoteproc (remoteproc\d+): failed to map devmem: (-?\d+)$/,
    'remoteproc remoteproc0: failed to map devmem: -17',
    'map-devmem',
  ),
  coreFailure(
    'segments not loaded',
    `${CORE} rproc_start`,
    /^remoteproc (remoteproc\d+): Failed to load program segments: (-?\d+)$/,
    'remoteproc remoteproc0: Failed to load program segments: -22',
    'load',
  ),
  coreFailure(
    'not started',
    `${CORE} rproc_start`,
    /^remoteproc (remoteproc\d+): can't start rproc ([^:]+): (-?\d+)$/,
    "remoteproc remoteproc0: can't start rproc adsp: -22",
    'start',
  ),
  coreFailure(
    'not attached',
    `${CORE} __rproc_attach`,
    /^remoteproc (remoteproc\d+): can't attach to rproc ([^:]+): (-?\d+)$/,
    "remoteproc remoteproc0: can't attach to rproc adsp: -22",
    'attach',
  ),
  coreFailure(
    'not stopped',
    `${CORE} rproc_stop`,
    /^remoteproc (remoteproc\d+): can't stop rproc: (-?\d+)$/,
    "remoteproc remoteproc0: can't stop rproc: -22",
    'stop',
  ),
  driverFailure(
    'no resource table',
    `${PAS} qcom_pas_parse_firmware`,
    ofDriver(/Error in getting resource table: (-?\d+)/),
    'qcom_q6v5_pas 30000000.remoteproc: Error in getting resource table: -5',
    'resource-table',
  ),
  driverFailure(
    'not authenticated',
    `${PAS} qcom_pas_start`,
    ofDriver(/failed to authenticate image and release reset/),
    'qcom_q6v5_pas 30000000.remoteproc: failed to authenticate image and release reset',
    'authenticate',
  ),
  driverFailure(
    'dtb not authenticated',
    `${PAS} qcom_pas_start`,
    ofDriver(/failed to authenticate dtb image and release reset/),
    'qcom_q6v5_pas 6800000.remoteproc: failed to authenticate dtb image and release reset',
    'authenticate-dtb',
  ),
  driverFailure(
    'dtb not shut down',
    `${PAS} qcom_pas_stop`,
    ofDriver(/failed to shutdown dtb: (-?\d+)/),
    'qcom_q6v5_pas 6800000.remoteproc: failed to shutdown dtb: 7',
    'shutdown-dtb',
  ),
  driverFailure(
    'IOMMU not attached',
    `${CORE} rproc_enable_iommu`,
    ofDriver(/can't attach iommu device: (-?\d+)/),
    "qcom_q6v5_pas 30000000.remoteproc: can't attach iommu device: -22",
    'attach-iommu',
  ),
  coreFailure(
    'resource table truncated',
    `${CORE} rproc_handle_resources`,
    /^remoteproc (remoteproc\d+): rsc table is truncated$/,
    'remoteproc remoteproc0: rsc table is truncated',
    'resource-table',
  ),
  driverFailure(
    'never ready',
    `${PAS} qcom_pas_start`,
    ofDriver(/start timed out/),
    'qcom_q6v5_pas 30000000.remoteproc: start timed out',
    'ready',
  ),
  driverFailure(
    'stop not acknowledged',
    `${Q6V5} qcom_q6v5_request_stop`,
    ofDriver(/timed out on wait/),
    'qcom_q6v5_pas 30000000.remoteproc: timed out on wait',
    'stop-ack',
  ),
  driverFailure(
    'not shut down',
    `${PAS} qcom_pas_stop`,
    ofDriver(/failed to shutdown: (-?\d+)/),
    'qcom_q6v5_pas 30000000.remoteproc: failed to shutdown: 7',
    'shutdown',
  ),
  firmwareRefusal(
    'image not initialised',
    /^\S+ (\S+): error (-?\d+) initializing firmware (\S+)$/,
    'qcom_q6v5_pas 30000000.remoteproc: error -22 initializing firmware qcom/sa8775p/adsp.mbn',
    'initialise',
  ),
  firmwareRefusal(
    'memory not set up',
    /^\S+ (\S+): error (-?\d+) setting up firmware (\S+)$/,
    'qcom_q6v5_pas 30000000.remoteproc: error -22 setting up firmware qcom/sa8775p/adsp.mbn',
    'memory-setup',
  ),
  firmwareRefusal(
    'metadata not read',
    /^\S+ (\S+): error (-?\d+) reading firmware (\S+) metadata$/,
    'qcom_q6v5_pas 30000000.remoteproc: error -22 reading firmware qcom/sa8775p/adsp.mbn metadata',
    'metadata',
  ),
  interruptRecogniser(
    'fatal error',
    ofDriver(/fatal error (?:received:(?: (.*))?|without message)/),
    'qcom_q6v5_pas 30000000.remoteproc: fatal error received: err_handler.c:42:example',
    'fatal',
  ),
  ...SUBSYSTEMS.map(
    (subsystem): Recogniser => ({
      name: `last words of ${subsystem}`,
      where: 'drivers/soc/qcom/subsys-pil-tz.c log_failure_reason (msm kernels)',
      firstWord: subsystem,
      pattern: /^(\S+) subsystem failure reason: (.*?)\.?$/,
      example: `${subsystem} subsystem failure reason: err_handler.c:42:example.`,
      recognise: ([, name = '', message = ''], { sink, cause }) => {
        sink.emit(
          'remoteproc.interrupted',
          { agent: name, subject: name, cause },
          { name, interrupt: 'fatal', raised: true, message },
        );
      },
    }),
  ),
  interruptRecogniser(
    'watchdog',
    ofDriver(/watchdog (?:received:(?: (.*))?|without message)/),
    'qcom_q6v5_pas 30000000.remoteproc: watchdog without message',
    'watchdog',
  ),
  interruptRecogniser(
    'handover again',
    ofDriver(/(Handover signaled, but it already happened)/),
    'qcom_q6v5_pas 30000000.remoteproc: Handover signaled, but it already happened',
    'handover',
  ),
];
