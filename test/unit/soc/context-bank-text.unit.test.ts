import { describe, expect, it } from 'vitest';
import { describeContextBank } from '../../../src/soc/context-bank-text.ts';
import type { ContextBankState } from '../../../src/soc/smmu-state.ts';
import { stage1Registers, stage2Registers } from '../../../src/soc/smmu-v2.ts';

const domain = { rootPa: 0xc00b_c000, inputBits: 36, outputBits: 36, isCoherent: true };

function bank(stage: 1 | 2, changes: Partial<ContextBankState> = {}): ContextBankState {
  const registers =
    stage === 1 ? stage1Registers({ ...domain, asid: 3 }) : stage2Registers({ ...domain, vmid: 5 });
  return { space: 'adsp', stage, since: 1, ...registers, ...changes };
}

const texts = (state: ContextBankState) =>
  Object.fromEntries(describeContextBank(state).map(({ name, text }) => [name, text]));

describe('the registers of a context bank', () => {
  it('say at stage 1 where the table is, what it translates, and with what attributes', () => {
    expect(texts(bank(1))).toEqual({
      SCTLR: 'on (M TRE AFE CFRE CFIE ASIDPNE)',
      TTBR0: 'table 0xc00bc000, ASID 3',
      TCR: '36 bits in, from level 1, walks write-back inner, TTBR1 off',
      TCR2: '36 bits out',
      MAIR0: '0 non-cacheable, 1 cached, 2 device, 3 inner write-back',
      CBAR: 'stage 1, stage 2 bypassed',
      CBA2R: 'AArch64',
    });
  });

  it('say at stage 2 which VMID', () => {
    expect(texts(bank(2))).toMatchObject({ VTTBR: 'table 0xc00bc000', CBAR: 'stage 2, VMID 5' });
  });

  it('say that a bank is off, or walks nothing', () => {
    expect(texts(bank(1, { sctlr: 0n }))['SCTLR']).toBe('off: everything passes');
    expect(texts(bank(1, { tcr: 0x80n }))).toMatchObject({ TTBR0: 'no walk, ASID 3' });
  });

  it('say nothing of what nobody told', () => {
    const untold = describeContextBank(bank(1, { sctlr: null, tcr2: null, cbar: null, cba2r: null }));
    expect(untold.filter(({ value }) => value === null).map(({ text }) => text)).toEqual(['', '', '', '']);
  });
});
