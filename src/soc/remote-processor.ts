/**
 * Remote processors by the unit address of their device-tree node: what ties `30000000.remoteproc` in a log
 * to the name that the remoteproc core prints. Source: arch/arm64/boot/dts/qcom of Linux 7.2 and the sysmon names in
 * drivers/remoteproc/qcom_q6v5_pas.c, which give SA8775P's first CDSP the name `cdsp`; MSM8974's from arch/arm. No
 * address means different processors on two of these SoCs.
 */
const NAME_BY_UNIT_ADDRESS: Readonly<Record<string, string>> = {
  // Lemans
  '20c00000': 'gpdsp0',
  '21c00000': 'gpdsp1',
  '26300000': 'cdsp',
  '2a300000': 'cdsp1',
  '30000000': 'adsp',
  // Monaco; its GPDSP and CDSP are where Lemans has its first ones
  '3000000': 'adsp',
  // Kodiak
  '3700000': 'adsp',
  '4080000': 'modem',
  '8a00000': 'wpss',
  a300000: 'cdsp',
  // Hamoa
  '6800000': 'adsp',
  '32300000': 'cdsp',
  // Talos
  '8300000': 'cdsp',
  '62400000': 'adsp',
  // SC8280XP; SM8550 has its processors where Hamoa and Kodiak have them
  '2400000': 'slpi',
  '1b300000': 'cdsp',
  '21300000': 'cdsp1',
  // MSM8974, MSM8226
  fc880000: 'modem',
  // MSM8996, SDM660, MSM8998
  '1c00000': 'slpi',
  '2080000': 'modem',
  '5800000': 'slpi',
  '9300000': 'adsp',
  '15700000': 'adsp',
  '1a300000': 'cdsp',
  // SDM845, SM8150, SM8250, SM8350: the ADSP of MSM8998 too, the CDSP of the first three where Talos has it
  '5c00000': 'slpi',
  '17300000': 'adsp',
  '98900000': 'cdsp',
  // SM6115, QCM2290, Shikra; SM6375, as its nodes were called first and as they are now
  '6000000': 'modem',
  '6080000': 'modem',
  a400000: 'adsp',
  ab00000: 'adsp',
  b000000: 'cdsp',
  b300000: 'cdsp',
};

const DEVICE_PATTERN = /^([0-9a-f]+)\.remoteproc$/;
/** Nodes without registers: `remoteproc-adsp` of SDM845 (sdm845.dtsi), `adsp-pil` of older trees. */
const NAMED_DEVICE_PATTERN = /^(?:remoteproc-)?((?<=-)[a-z]+\d?|(?:adsp|cdsp|slpi)(?=-pil))(?:-pil)?$/;

/** The processor behind a device name such as `30000000.remoteproc`, when the address is known. */
export function remoteProcessorOfDevice(device: string): string | undefined {
  const address = DEVICE_PATTERN.exec(device)?.[1];
  return address === undefined ? NAMED_DEVICE_PATTERN.exec(device)?.[1] : NAME_BY_UNIT_ADDRESS[address];
}

/**
 * Firmware by what files are called: the defaults in the match data of qcom_q6v5_pas.c and qcom_q6v5_mss.c, and names
 * that boards set (`qcadsp8280.mbn`). SA8775P's first CDSP, `cdsp0.mbn`, is called `cdsp`.
 */
const FIRMWARE_FILE =
  /(?:^|\/)(?:qc)?(adsp|cdsp1|cdsp0?|gpdsp0|gpdsp1|slpi|wpss|lpaicp|modem|mba|mpss|qdsp6sw)(?:\d{4})?(?:_dtb)?\.(?:mdt|mbn|elf)$/;
const NAME_BY_ALIAS: Readonly<Record<string, string>> = {
  cdsp0: 'cdsp',
  mba: 'modem',
  mpss: 'modem',
  qdsp6sw: 'modem',
  lpass: 'adsp',
};

/** Devices of the shared-memory signals of a processor: `smp2p-adsp`. */
const SMP2P_DEVICE = /^smp2p-(adsp|lpass|cdsp0?|cdsp1|gpdsp0|gpdsp1|slpi|wpss|modem|mpss)$/;

/** The processor that a firmware file is for, by its name; undefined for any other file. */
export function remoteProcessorOfFirmware(path: string): string | undefined {
  const file = FIRMWARE_FILE.exec(path)?.[1];
  return file === undefined ? undefined : (NAME_BY_ALIAS[file] ?? file);
}

/**
 * Whom a line of a device is about: the processor for its own device and those below it
 * (`30000000.remoteproc:glink-edge…`, `smp2p-adsp`), `scm` for the secure channel manager, else the device.
 */
export function subjectOfSpeaker(device: string): string {
  const [node = ''] = device.split(':', 1);
  const signals = SMP2P_DEVICE.exec(device)?.[1];
  if (signals !== undefined) return NAME_BY_ALIAS[signals] ?? signals;
  return remoteProcessorOfDevice(node) ?? (device === 'firmware:scm' ? 'scm' : device);
}

/** Names that reserved-memory nodes use for the processor that a carveout belongs to. */
const REGION_NAMES: readonly (readonly [RegExp, string])[] = [
  [/\bgpdsp0|gdsp0/, 'gpdsp0'],
  [/\bgpdsp1|gdsp1/, 'gpdsp1'],
  [/gpdsp/, 'gpdsp0'],
  [/cdsp1/, 'cdsp1'],
  [/cdsp/, 'cdsp'],
  [/adsp/, 'adsp'],
  [/mpss|modem/, 'modem'],
  [/wpss/, 'wpss'],
  [/slpi/, 'slpi'],
  [/video/, 'video'],
];

/** The processor that a carveout is for, by the node's name: `pil-adsp@95900000` is the ADSP's. */
export function remoteProcessorOfRegion(regionName: string): string | undefined {
  if (/heap|shared/.test(regionName)) return undefined;
  return REGION_NAMES.find(([pattern]) => pattern.test(regionName))?.[1];
}
