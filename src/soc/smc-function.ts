/**
 * The SMC function identifier as Qualcomm's secure channel manager uses it.
 * Source: drivers/firmware/qcom/qcom_scm-smc.c (__scm_smc_call), include/linux/arm-smccc.h.
 */

/** Owner field, bits 29:24. */
export const SMC_OWNER = {
  arch: 0,
  sip: 2,
  standard: 4,
  vendorHypervisor: 6,
  trustedApp: 48,
  trustedOs: 50,
} as const;

/** Owners whose calls go by the rules of Arm, not by those of the secure channel manager. */
const ARM_OWNERS: readonly number[] = [SMC_OWNER.standard, SMC_OWNER.vendorHypervisor];

/**
 * Whether the secure channel manager makes this call, so that its tracepoints show it. PSCI, the calling convention's
 * own services and a hypervisor's are not its business.
 */
export function isScmCall(functionId: number): boolean {
  const { owner, fast } = decodeSmcFunction(functionId);
  // The OCMEM calls have owner 0 too, but yield.
  return !ARM_OWNERS.includes(owner) && !(owner === SMC_OWNER.arch && fast);
}

/** INTERRUPTED re-issues carry this instead of the call's own identifier (__scm_smc_do_quirk). */
export const SMC_REISSUE_FUNCTION_ID = 1;

export interface SmcFunction {
  /** Fast (atomic) rather than yielding (sleeping): bit 31. */
  readonly fast: boolean;
  /** 64-bit register convention: bit 30. */
  readonly smc64: boolean;
  readonly owner: number;
  readonly service: number;
  readonly command: number;
}

export function decodeSmcFunction(functionId: number): SmcFunction {
  return {
    fast: functionId >= 0x8000_0000,
    smc64: (functionId & 0x4000_0000) !== 0,
    owner: (functionId >>> 24) & 0x3f,
    service: (functionId >>> 8) & 0xff,
    command: functionId & 0xff,
  };
}

/**
 * Firmware status (x0) to the error number that Linux makes of it: `qcom_scm_remap_error`, which looks at
 * the low 32 bits only. 0 is success; 1 (interrupted) and 2 (sleeping on a wait queue) are no errors.
 */
export function smcStatusToErrno(status: bigint): number {
  const low = Number(BigInt.asIntN(32, status));
  switch (low) {
    case 0:
    case 1:
    case 2:
      return 0;
    case -1:
      return -5;
    case -2:
    case -3:
      return -22;
    case -4:
      return -95;
    case -5:
      return -12;
    case -12:
      return -16;
    default:
      return -22;
  }
}

/** `ERROR`, `EINVAL_ARG` …: the name of a firmware status in qcom_scm.h, or the bare number. */
export function renderSmcStatus(status: bigint): string {
  const low = Number(BigInt.asIntN(32, status));
  const name = STATUS_NAMES[low];
  return name === undefined ? String(low) : low === 0 ? name : `${low} ${name}`;
}

const STATUS_NAMES: Readonly<Record<number, string>> = {
  0: 'ok',
  1: 'INTERRUPTED',
  2: 'WAITQ_SLEEP',
  [-1]: 'ERROR',
  [-2]: 'EINVAL_ARG',
  [-3]: 'EINVAL_ADDR',
  [-4]: 'EOPNOTSUPP',
  [-5]: 'ENOMEM',
  [-12]: 'V2_EBUSY',
};
