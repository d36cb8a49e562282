/** Registers of a context bank in words (Arm IHI 0062, SMMUv2; drivers/iommu/arm/arm-smmu/arm-smmu.h). */
import { hex } from '../base/word.ts';
import type { ContextBankState } from './smmu-state.ts';
import { asidOf, isTranslationOn, tableOfContextBank } from './smmu-v2.ts';

/** A register and what its bits say; `value` is null where nobody has told it. */
export interface RegisterText {
  readonly name: string;
  readonly value: bigint | null;
  readonly text: string;
}

interface BitName {
  readonly name: string;
  readonly bit: bigint;
}

const SCTLR_FLAGS: readonly BitName[] = [
  { name: 'M', bit: 0n },
  { name: 'TRE', bit: 1n },
  { name: 'AFE', bit: 2n },
  { name: 'CFRE', bit: 5n },
  { name: 'CFIE', bit: 6n },
  { name: 'CFCFG', bit: 7n },
  { name: 'HUPCF', bit: 8n },
  { name: 'ASIDPNE', bit: 12n },
];

const CACHEABILITY = ['non-cacheable', 'write-back', 'write-through', 'write-back no-allocate'] as const;
const SHAREABILITY = ['not shareable', 'reserved', 'outer', 'inner'] as const;
const OUTPUT_BITS = [32, 36, 40, 42, 44, 48] as const;
const BANK_TYPES = [
  'stage 2',
  'stage 1, stage 2 bypassed',
  'stage 1, stage 2 faults',
  'stage 1 and stage 2',
] as const;

/** Attributes that Linux writes into MAIR (ARM_LPAE_MAIR_ATTR_*). */
const MAIR_NAMES: Readonly<Record<number, string>> = {
  0: 'device nGnRnE',
  4: 'device',
  68: 'non-cacheable',
  244: 'inner write-back',
  255: 'cached',
};

/** The registers of a context bank, in the order in which a walk needs them. */
export function describeContextBank(bank: ContextBankState): RegisterText[] {
  const { stage, ttbr0, tcr, tcr2, mair0, sctlr, cbar, cba2r } = bank;
  const registers: RegisterText[] = [
    { name: 'SCTLR', value: sctlr, text: sctlr === null ? '' : describeSctlr(sctlr) },
    { name: stage === 1 ? 'TTBR0' : 'VTTBR', value: ttbr0, text: describeTtbr(bank) },
    { name: stage === 1 ? 'TCR' : 'VTCR', value: tcr, text: describeTcr(bank) },
  ];
  if (stage === 1) {
    registers.push(
      { name: 'TCR2', value: tcr2, text: tcr2 === null ? '' : `${outputSize(tcr2 & 7n)} bits out` },
      { name: 'MAIR0', value: mair0, text: describeMair(mair0) },
    );
  }
  const type = cbar === null ? '' : (BANK_TYPES[Number((cbar >> 16n) & 3n)] ?? '');
  registers.push(
    {
      name: 'CBAR',
      value: cbar,
      text: stage === 2 && cbar !== null ? `${type}, VMID ${cbar & 0xffn}` : type,
    },
    {
      name: 'CBA2R',
      value: cba2r,
      text: cba2r === null ? '' : (cba2r & 1n) === 1n ? 'AArch64' : 'AArch32',
    },
  );
  return registers;
}

function describeSctlr(sctlr: bigint): string {
  const flags = SCTLR_FLAGS.filter(({ bit }) => ((sctlr >> bit) & 1n) === 1n).map(({ name }) => name);
  return `${isTranslationOn(sctlr) ? 'on' : 'off: everything passes'}${flags.length === 0 ? '' : ` (${flags.join(' ')})`}`;
}

function describeTtbr({ stage, ttbr0, tcr }: ContextBankState): string {
  const table = tableOfContextBank(stage, ttbr0, tcr);
  const root = table === null ? 'no walk' : `table ${hex(table.rootPa)}`;
  return stage === 1 ? `${root}, ASID ${asidOf(ttbr0)}` : root;
}

function describeTcr({ stage, ttbr0, tcr }: ContextBankState): string {
  const table = tableOfContextBank(stage, ttbr0, tcr);
  const range =
    table === null
      ? `T0SZ ${tcr & 0x3fn}: no walk`
      : `${table.inputBits} bits in, from level ${table.startLevel}`;
  const cacheability = CACHEABILITY[Number((tcr >> 10n) & 3n)] ?? '';
  const shareability = SHAREABILITY[Number((tcr >> 12n) & 3n)] ?? '';
  const parts = [range, `walks ${cacheability} ${shareability}`];
  if (stage === 2) parts.push(`${outputSize((tcr >> 16n) & 7n)} bits out`);
  else parts.push((tcr >> 23n) & 1n ? 'TTBR1 off' : 'TTBR1 on');
  return parts.join(', ');
}

function outputSize(code: bigint): string {
  return String(OUTPUT_BITS[Number(code)] ?? '?');
}

/** The attributes that leaves can choose, by index, up to the last that is not zero. */
function describeMair(mair0: bigint): string {
  const names: string[] = [];
  for (let index = 0n; index < 4n; index++) {
    const attribute = Number((mair0 >> (index * 8n)) & 0xffn);
    names.push(`${index} ${MAIR_NAMES[attribute] ?? hex(attribute)}`);
  }
  return names.join(', ');
}
