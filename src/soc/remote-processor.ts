/**
 * Remote processors by the unit address of their device-tree node: what ties `30000000.remoteproc` in a log
 * to the name that the remoteproc core prints. Source: arch/arm64/boot/dts/qcom of Linux 7.2 (lemans, monaco,
 * kodiak, hamoa, talos) and the sysmon names in drivers/remoteproc/qcom_q6v5_pas.c, which give SA8775P's
 * first CDSP the name `cdsp`. No address means different processors on two of these SoCs.
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
};

const DEVICE_PATTERN = /^([0-9a-f]+)\.remoteproc$/;

/** The processor behind a device name such as `30000000.remoteproc`, when the address is known. */
export function remoteProcessorOfDevice(device: string): string | undefined {
  const address = DEVICE_PATTERN.exec(device)?.[1];
  return address === undefined ? undefined : NAME_BY_UNIT_ADDRESS[address];
}

/**
 * Whom a line of a device is about: the processor for its own device and those below it
 * (`30000000.remoteproc:glink-edge…`), `scm` for the secure channel manager, else the device.
 */
export function subjectOfSpeaker(device: string): string {
  const [node = ''] = device.split(':', 1);
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
