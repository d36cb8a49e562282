/** Fault registers of an SMMUv2 and the lines that Linux prints of them (drivers/iommu/arm/arm-smmu/arm-smmu.c). */
import type { Access, WalkFault } from './walk.ts';

interface Flag {
  readonly name: string;
  readonly bit: number;
}

/** Flags of FSR in the order in which they are printed (ARM_SMMU_CB_FSR_*). */
const FSR_FLAGS: readonly Flag[] = [
  { name: 'UUT', bit: 8 },
  { name: 'ASF', bit: 7 },
  { name: 'TLBLKF', bit: 6 },
  { name: 'TLBMCF', bit: 5 },
  { name: 'EF', bit: 4 },
  { name: 'PF', bit: 3 },
  { name: 'AFF', bit: 2 },
  { name: 'TF', bit: 1 },
];

/** Flags of FSYNR0 in the order in which they are printed (ARM_SMMU_CB_FSYNR0_*). */
const FSYNR0_FLAGS: readonly Flag[] = [
  { name: 'AFR', bit: 11 },
  { name: 'PTWF', bit: 10 },
  { name: 'NSATTR', bit: 8 },
  { name: 'IND', bit: 6 },
  { name: 'PNU', bit: 5 },
  { name: 'WNR', bit: 4 },
];

const FSR_MULTI = 2 ** 31;
const FSR_STALLED = 2 ** 30;
/** Format 2: the context bank uses AArch64 tables. */
const FSR_AARCH64 = 2 << 9;

const FAULT_BITS: Readonly<Record<WalkFault, number>> = {
  translation: 1 << 1,
  'access-flag': 1 << 2,
  permission: 1 << 3,
};

/** Fields of a context bank's FSR. */
export interface FaultStatus {
  /** A second fault came before the first was cleared. */
  readonly isMultiple: boolean;
  readonly isStalled: boolean;
  readonly format: number;
  /** Names of the flags that are set, in the order in which the kernel prints them. */
  readonly flags: readonly string[];
}

/** FSR of a walk's fault: 0x402 for a translation fault, 0x408 for one of permission. */
export function encodeFsr(fault: WalkFault, options: { isMultiple?: boolean } = {}): number {
  return FSR_AARCH64 + FAULT_BITS[fault] + (options.isMultiple === true ? FSR_MULTI : 0);
}

export function decodeFsr(fsr: number): FaultStatus {
  return {
    isMultiple: fsr >= FSR_MULTI,
    isStalled: (fsr & FSR_STALLED) !== 0,
    format: (fsr >>> 9) & 3,
    flags: flagsOf(FSR_FLAGS, fsr),
  };
}

/** Fields of FSYNR0. */
export interface FaultSyndrome {
  /** Context bank as the hardware numbers it: under a hypervisor another one than Linux says. */
  readonly contextBank: number;
  /** Level of the descriptor that ended the walk. */
  readonly level: number;
  readonly flags: readonly string[];
}

export function encodeFsynr0(fault: {
  readonly level: number;
  readonly access: Access;
  readonly contextBank: number;
  readonly isPrivileged?: boolean;
}): number {
  const write = fault.access === 'write' ? 1 << 4 : 0;
  const privileged = fault.isPrivileged === true ? 1 << 5 : 0;
  const fetch = fault.access === 'fetch' ? 1 << 6 : 0;
  return ((fault.contextBank & 0xff) << 16) | fetch | privileged | write | (fault.level & 3);
}

export function decodeFsynr0(fsynr0: number): FaultSyndrome {
  return {
    contextBank: (fsynr0 >>> 16) & 0xff,
    level: fsynr0 & 3,
    flags: flagsOf(FSYNR0_FLAGS, fsynr0),
  };
}

function flagsOf(flags: readonly Flag[], register: number): string[] {
  return flags.filter(({ bit }) => ((register >>> bit) & 1) !== 0).map(({ name }) => name);
}

const REASON_OF_FLAG: Readonly<Record<string, string>> = {
  TF: 'translation',
  AFF: 'access-flag',
  PF: 'permission',
  EF: 'external',
  TLBMCF: 'tlb-match-conflict',
  TLBLKF: 'tlb-lock',
  ASF: 'address-size',
  UUT: 'unsupported-upstream-transaction',
};

/** What the registers of a fault say, in words; null for what they do not. */
export interface FaultMeaning {
  /** `translation`, `permission` …; several are joined by `+`. */
  readonly reason: string | null;
  readonly access: Access | null;
  readonly level: number | null;
  readonly hardwareBank: number | null;
}

/** What FSR and FSYNR0 of a context fault mean. */
export function contextFaultMeaning(fsr: number | null, fsynr0: number | null): FaultMeaning {
  const reasons = fsr === null ? [] : decodeFsr(fsr).flags.map((flag) => REASON_OF_FLAG[flag] ?? flag);
  const reason = reasons.length === 0 ? null : reasons.join('+');
  if (fsynr0 === null) return { reason, access: null, level: null, hardwareBank: null };
  const { flags, level, contextBank } = decodeFsynr0(fsynr0);
  const access = flags.includes('WNR') ? 'write' : flags.includes('IND') ? 'fetch' : 'read';
  return { reason, access, level, hardwareBank: contextBank };
}

/** Bits of sGFSYNR0 (Arm IHI 0062, SMMU_sGFSYNR0): WNR, IND. */
const GLOBAL_WRITE = 1 << 1;
const GLOBAL_FETCH = 1 << 3;

/** What sGFSR and sGFSYNR0 of a global fault mean. */
export function globalFaultMeaning(gfsr: number | null, gfsynr0: number | null): FaultMeaning {
  const reasons =
    gfsr === null ? [] : GLOBAL_REASONS.filter(([bit]) => (gfsr & bit) !== 0).map(([, name]) => name);
  const access =
    gfsynr0 === null ? null : gfsynr0 & GLOBAL_WRITE ? 'write' : gfsynr0 & GLOBAL_FETCH ? 'fetch' : 'read';
  return { reason: reasons.length === 0 ? null : reasons.join('+'), access, level: null, hardwareBank: null };
}

/** What the handler of a context fault reads from the hardware. */
export interface ContextFault {
  readonly fsr: number;
  readonly iova: number;
  readonly fsynr0: number;
  /** CBFRSYNRA: the stream. */
  readonly streamId: number;
  /** Context bank as Linux numbers it. */
  readonly contextBank: number;
}

/** The three lines of a context fault, without device (arm_smmu_print_context_fault_info). */
export function contextFaultLines(fault: ContextFault): string[] {
  const { fsr, iova, fsynr0, streamId, contextBank } = fault;
  const status = decodeFsr(fsr);
  const syndrome = decodeFsynr0(fsynr0);
  const multiple = status.isMultiple ? 'MULTI ' : '';
  const stalled = status.isStalled ? 'SS ' : '';
  const sid = streamId.toString(16);
  return [
    `Unhandled context fault: fsr=0x${fsr.toString(16)}, iova=0x${digits(iova)}, fsynr=0x${fsynr0.toString(16)}, cbfrsynra=0x${sid}, cb=${contextBank}`,
    `FSR    = ${digits(fsr)} [${multiple}${stalled}Format=${status.format}${listed(status.flags)}], SID=0x${sid}`,
    `FSYNR0 = ${digits(fsynr0)} [S1CBNDX=${syndrome.contextBank}${listed(syndrome.flags)} PLVL=${syndrome.level}]`,
  ];
}

/** The line of the remoteproc core, which comes first (rproc_iommu_fault): the device pointer is NULL. */
export function remoteprocFaultLine(iova: number, access: Access): string {
  return `(NULL device *): iommu fault: da 0x${iova.toString(16)} flags 0x${access === 'write' ? 1 : 0}`;
}

/** Flags of sGFSR: what went wrong before a context bank was found. */
export const GLOBAL_FAULT = {
  invalidContext: 1 << 0,
  unidentifiedStream: 1 << 1,
  streamMatchConflict: 1 << 2,
};

const GLOBAL_REASONS: readonly (readonly [number, string])[] = [
  [GLOBAL_FAULT.invalidContext, 'invalid-context'],
  [GLOBAL_FAULT.unidentifiedStream, 'unmatched-stream'],
  [GLOBAL_FAULT.streamMatchConflict, 'stream-match-conflict'],
];

export interface GlobalFault {
  readonly gfsr: number;
  readonly gfsynr0: number;
  /** The stream. */
  readonly gfsynr1: number;
  readonly gfsynr2: number;
}

/** sGFSYNR0 of a global fault. */
export function globalFaultSyndrome(access: Access): number {
  return access === 'write' ? GLOBAL_WRITE : access === 'fetch' ? GLOBAL_FETCH : 0;
}

/** The two lines of a global fault, without device (arm_smmu_global_fault with disable_bypass, the default). */
export function globalFaultLines(fault: GlobalFault): string[] {
  const { gfsr, gfsynr0, gfsynr1, gfsynr2 } = fault;
  const isUnidentified = (gfsr & GLOBAL_FAULT.unidentifiedStream) !== 0;
  const first = isUnidentified
    ? `Blocked unknown Stream ID 0x${(gfsynr1 & 0xffff).toString(16)}; boot with "arm-smmu.disable_bypass=0" to allow, but this may have security implications`
    : 'Unexpected global fault, this could be serious';
  return [
    first,
    `\tGFSR 0x${digits(gfsr)}, GFSYNR0 0x${digits(gfsynr0)}, GFSYNR1 0x${digits(gfsynr1)}, GFSYNR2 0x${digits(gfsynr2)}`,
  ];
}

/** `%08x` */
function digits(value: number): string {
  return value.toString(16).padStart(8, '0');
}

function listed(flags: readonly string[]): string {
  return flags.map((flag) => ` ${flag}`).join('');
}
