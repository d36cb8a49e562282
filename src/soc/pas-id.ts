/**
 * Peripheral authentication ids. Source: the match data of drivers/remoteproc/qcom_q6v5_pas.c, and
 * the iris, venus and adreno drivers for 9 and 13.
 */
export interface PasPeripheral {
  readonly pasId: number;
  /** The remote processor, or other client, that the id belongs to: what events about it have as subject. */
  readonly subject: string;
  /** The part of its firmware that the id stands for. */
  readonly part: 'main' | 'dtb' | 'lite' | 'lite-dtb';
}

const PERIPHERALS: readonly PasPeripheral[] = [
  { pasId: 1, subject: 'adsp', part: 'main' },
  { pasId: 0x24, subject: 'adsp', part: 'dtb' },
  { pasId: 0x1f, subject: 'adsp', part: 'lite' },
  { pasId: 0x29, subject: 'adsp', part: 'lite-dtb' },
  { pasId: 4, subject: 'modem', part: 'main' },
  { pasId: 0x26, subject: 'modem', part: 'dtb' },
  { pasId: 6, subject: 'wpss', part: 'main' },
  { pasId: 9, subject: 'video', part: 'main' },
  { pasId: 12, subject: 'slpi', part: 'main' },
  { pasId: 13, subject: 'gpu-zap', part: 'main' },
  { pasId: 18, subject: 'cdsp', part: 'main' },
  { pasId: 0x25, subject: 'cdsp', part: 'dtb' },
  { pasId: 30, subject: 'cdsp1', part: 'main' },
  { pasId: 39, subject: 'gpdsp0', part: 'main' },
  { pasId: 40, subject: 'gpdsp1', part: 'main' },
  { pasId: 0x56, subject: 'lpaicp', part: 'main' },
  { pasId: 0x57, subject: 'lpaicp', part: 'dtb' },
];

const BY_ID = new Map(PERIPHERALS.map((peripheral) => [peripheral.pasId, peripheral]));

export function findPasPeripheral(pasId: number): PasPeripheral | undefined {
  return BY_ID.get(pasId);
}

const SUBJECTS: ReadonlySet<string> = new Set(PERIPHERALS.map(({ subject }) => subject));

/** Whether events about this subject are about a remote processor, or another client of PAS. */
export function isPasSubject(subject: string): boolean {
  return SUBJECTS.has(subject);
}

/** `1 adsp`, `36 adsp dtb`, or the bare number when nobody is known by it. */
export function renderPasId(pasId: number): string {
  const peripheral = BY_ID.get(pasId);
  if (peripheral === undefined) return String(pasId);
  return peripheral.part === 'main'
    ? `${pasId} ${peripheral.subject}`
    : `${pasId} ${peripheral.subject} ${peripheral.part}`;
}
