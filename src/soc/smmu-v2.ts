/**
 * What Linux programs into the context banks of an SMMUv2 (MMU-500) with translation tables of 4 KiB
 * (drivers/iommu/arm/arm-smmu/arm-smmu.c arm_smmu_init_context_bank, arm-smmu.h, io-pgtable-arm.c), and what such
 * registers say to hardware.
 */
import { assert, present } from '../base/assert.ts';
import { type LpaeGeometry, lpaeGeometry, type Stage } from './lpae.ts';
import type { WalkedTable } from './walk.ts';

/** Registers of a context bank with the two of its group page: fields of `smmu.context_bank_configured`. */
export interface ContextBankRegisters {
  readonly ttbr0: bigint;
  readonly ttbr1: bigint;
  readonly tcr: bigint;
  readonly tcr2: bigint;
  readonly mair0: bigint;
  readonly sctlr: bigint;
  readonly cbar: bigint;
  readonly cba2r: bigint;
}

/** Attributes of MAIR by index: normal non-cacheable, write-back, device, inner write-back with outer non-cacheable. */
const LINUX_MAIR0 = 0xf404_ff44n;

/** M, TRE, AFE, CFRE, CFIE, and at stage 1 ASIDPNE (arm_smmu_write_context_bank). */
const SCTLR_ENABLED = 0x67n;
const SCTLR_ASIDPNE = 1n << 12n;
const SCTLR_M = 1n;

const TCR_EPD1 = 1n << 23n;
const TCR_EPD0 = 1n << 7n;
const VTCR_RES1 = 1n << 31n;
/** SEP all ones, upstream, and AS: 16-bit ASIDs (arm_smmu_lpae_tcr2). */
const TCR2_SEP_AND_AS = 0x3_8010n;

/** Type 1: stage 1, with stage 2 bypassed; memory attribute write-back, shareability as it comes. */
const CBAR_STAGE1 = 0x1_f300n;
/** Type 0: stage 2; the VMID is in bits 7 to 0. */
const CBAR_STAGE2 = 0x0n;
const CBA2R_VA64 = 1n;

const ASID_SHIFT = 48n;
const TABLE_BASE_MASK = 0x0000_ffff_ffff_fff0n;

/** Encodings of physical sizes in PASize of TCR2 and PS of VTCR. */
const PHYSICAL_SIZES: Readonly<Record<number, bigint>> = {
  32: 0n,
  36: 1n,
  40: 2n,
  42: 3n,
  44: 4n,
  48: 5n,
};

function physicalSize(bits: number): bigint {
  return present(PHYSICAL_SIZES[bits], `no SMMU has ${bits} bits of output address`);
}

/** Shareability and cacheability of walks: inner and write-back, or outer and not cached (bits 13 to 8). */
function walkAttributes(isCoherent: boolean): bigint {
  return isCoherent ? 0x3500n : 0x2000n;
}

/** TCR of a stage-1 domain (arm_smmu_lpae_tcr): TTBR1 is off, granule 4 KiB. */
export function stage1Tcr(geometry: LpaeGeometry, isCoherent: boolean): bigint {
  assert(geometry.stage === 1, 'a stage-2 table has a VTCR');
  return TCR_EPD1 | walkAttributes(isCoherent) | BigInt(geometry.t0sz);
}

/** TCR2 of a stage-1 domain. */
export function stage1Tcr2(outputBits: number): bigint {
  return physicalSize(outputBits) | TCR2_SEP_AND_AS;
}

/** VTCR of a stage-2 domain (arm_smmu_lpae_vtcr), which lies where TCR does. */
function stage2Vtcr(geometry: LpaeGeometry, isCoherent: boolean): bigint {
  const sl0 = present(geometry.sl0, 'a stage-1 table has a TCR');
  const size = physicalSize(geometry.outputBits) << 16n;
  return VTCR_RES1 | size | walkAttributes(isCoherent) | (BigInt(sl0) << 6n) | BigInt(geometry.t0sz);
}

/** All registers of a stage-1 domain. The ASID is the number of the context bank. */
export function stage1Registers(domain: {
  readonly rootPa: number;
  readonly asid: number;
  readonly inputBits: number;
  readonly outputBits: number;
  readonly isCoherent: boolean;
}): ContextBankRegisters {
  const asid = BigInt(domain.asid) << ASID_SHIFT;
  return {
    ttbr0: BigInt(domain.rootPa) | asid,
    ttbr1: asid,
    tcr: stage1Tcr(lpaeGeometry(1, domain.inputBits, domain.outputBits), domain.isCoherent),
    tcr2: stage1Tcr2(domain.outputBits),
    mair0: LINUX_MAIR0,
    sctlr: SCTLR_ENABLED | SCTLR_ASIDPNE,
    cbar: CBAR_STAGE1,
    cba2r: CBA2R_VA64,
  };
}

/** All registers of a stage-2 domain. */
export function stage2Registers(domain: {
  readonly rootPa: number;
  readonly vmid: number;
  readonly inputBits: number;
  readonly outputBits: number;
  readonly isCoherent: boolean;
}): ContextBankRegisters {
  return {
    ttbr0: BigInt(domain.rootPa),
    ttbr1: 0n,
    tcr: stage2Vtcr(lpaeGeometry(2, domain.inputBits, domain.outputBits), domain.isCoherent),
    tcr2: 0n,
    mair0: 0n,
    sctlr: SCTLR_ENABLED,
    cbar: CBAR_STAGE2 | BigInt(domain.vmid & 0xff),
    cba2r: CBA2R_VA64,
  };
}

/** The S2CR of a stream: what happens to it, and its context bank (0xff where there is none, as Linux resets it). */
export function streamToContext(type: 'translate' | 'bypass' | 'fault', contextBank: number | null): number {
  const code = { translate: 0, bypass: 1, fault: 2 }[type];
  return (code << 16) | ((contextBank ?? 0xff) & 0xff);
}

/** Whether a context bank translates; one that does not passes everything through (SCTLR.M). */
export function isTranslationOn(sctlr: bigint): boolean {
  return (sctlr & SCTLR_M) !== 0n;
}

/** ASID that TTBR0 carries. */
export function asidOf(ttbr0: bigint): number {
  return Number(ttbr0 >> ASID_SHIFT);
}

/**
 * The table that a context bank walks, as its registers say: not as software meant it. Null where a walk by TTBR0
 * is off, or starts in no level that there is; both fault.
 */
export function tableOfContextBank(stage: Stage, ttbr0: bigint, tcr: bigint): WalkedTable | null {
  const inputBits = 64 - Number(tcr & 0x3fn);
  if (inputBits <= 12 || inputBits > 48) return null;
  const rootPa = Number(ttbr0 & TABLE_BASE_MASK);
  if (stage === 1) {
    if ((tcr & TCR_EPD0) !== 0n) return null;
    return { stage, rootPa, inputBits, startLevel: lpaeGeometry(1, inputBits).startLevel };
  }
  // SL0 is 2 for level 0, 1 for level 1, 0 for level 2.
  const sl0 = Number((tcr >> 6n) & 3n);
  return sl0 === 3 ? null : { stage, rootPa, inputBits, startLevel: 2 - sl0 };
}
