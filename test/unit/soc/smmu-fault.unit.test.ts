import { describe, expect, it } from 'vitest';
import { SMMU_FAULT_RECOGNISERS } from '../../../src/kernel-logs/dmesg/smmu-fault-recognisers.ts';
import {
  contextFaultLines,
  decodeFsr,
  decodeFsynr0,
  encodeFsr,
  encodeFsynr0,
  globalFaultLines,
  remoteprocFaultLine,
} from '../../../src/soc/smmu-fault.ts';
import {
  smmuV3BadStreamLines,
  smmuV3EventLines,
  smmuV3EventOf,
  smmuV3EventRecord,
} from '../../../src/soc/smmu-v3.ts';
import { parseText } from '../../support/parse-text.ts';

/** Name of the recogniser that knows a line. */
function recognised(line: string): string | undefined {
  return SMMU_FAULT_RECOGNISERS.find(({ pattern }) => pattern.test(line))?.name;
}

describe('FSR', () => {
  it('is what hardware reports', () => {
    expect(encodeFsr('translation')).toBe(0x402);
    expect(encodeFsr('access-flag')).toBe(0x404);
    expect(encodeFsr('permission')).toBe(0x408);
    expect(encodeFsr('permission', { isMultiple: true })).toBe(0x8000_0408);
  });

  it('is read flag by flag', () => {
    expect(decodeFsr(0xc000_05fe)).toEqual({
      isMultiple: true,
      isStalled: true,
      format: 2,
      flags: ['UUT', 'ASF', 'TLBLKF', 'TLBMCF', 'EF', 'PF', 'AFF', 'TF'],
    });
  });
});

describe('FSYNR0', () => {
  it('is what hardware reports', () => {
    expect(encodeFsynr0({ level: 3, access: 'read', contextBank: 61 })).toBe(0x3d0003);
    expect(encodeFsynr0({ level: 0, access: 'fetch', contextBank: 0x60 })).toBe(0x600040);
    expect(encodeFsynr0({ level: 1, access: 'write', contextBank: 1, isPrivileged: true })).toBe(0x10031);
  });

  it('is read flag by flag', () => {
    expect(decodeFsynr0(0x3d0d73)).toEqual({
      contextBank: 61,
      level: 3,
      flags: ['AFR', 'PTWF', 'NSATTR', 'IND', 'PNU', 'WNR'],
    });
  });
});

describe('the lines of a context fault', () => {
  it('are those of the kernel', () => {
    const fault = { fsr: 0x402, iova: 0xffeff000, fsynr0: 0x3d0003, streamId: 0x1004, contextBank: 33 };
    expect(contextFaultLines(fault)).toEqual([
      'Unhandled context fault: fsr=0x402, iova=0xffeff000, fsynr=0x3d0003, cbfrsynra=0x1004, cb=33',
      'FSR    = 00000402 [Format=2 TF], SID=0x1004',
      'FSYNR0 = 003d0003 [S1CBNDX=61 PLVL=3]',
    ]);
  });

  it('name what is set, and fill addresses up to eight digits', () => {
    const fault = { fsr: 0xc000_0408, iova: 0x1000, fsynr0: 0x10011, streamId: 0x3000, contextBank: 1 };
    expect(contextFaultLines(fault)).toEqual([
      'Unhandled context fault: fsr=0xc0000408, iova=0x00001000, fsynr=0x10011, cbfrsynra=0x3000, cb=1',
      'FSR    = c0000408 [MULTI SS Format=2 PF], SID=0x3000',
      'FSYNR0 = 00010011 [S1CBNDX=1 WNR PLVL=1]',
    ]);
  });

  it('are read back from a log', () => {
    const fault = { fsr: 0x402, iova: 2 ** 35, fsynr0: 0x10001, streamId: 0x3000, contextBank: 1 };
    expect(recognised(`arm-smmu 15000000.iommu: ${contextFaultLines(fault)[0]}`)).toBe(
      'SMMUv2 context fault',
    );
    expect(recognised(remoteprocFaultLine(0x95900100, 'write'))).toBe('fault that stops a processor');
    expect(remoteprocFaultLine(0x95900100, 'fetch')).toBe(
      '(NULL device *): iommu fault: da 0x95900100 flags 0x0',
    );
  });
});

describe('the lines of a global fault', () => {
  it('name a stream that nothing matches', () => {
    const lines = globalFaultLines({ gfsr: 2, gfsynr0: 0, gfsynr1: 0x3000, gfsynr2: 0 });
    expect(lines).toEqual([
      'Blocked unknown Stream ID 0x3000; boot with "arm-smmu.disable_bypass=0" to allow, but this may have security implications',
      '\tGFSR 0x00000002, GFSYNR0 0x00000000, GFSYNR1 0x00003000, GFSYNR2 0x00000000',
    ]);
    expect(recognised(`arm-smmu 15000000.iommu: ${lines[0]}`)).toBe('SMMUv2 unknown stream');
  });

  it('say no more than that for any other', () => {
    const [line] = globalFaultLines({ gfsr: 1, gfsynr0: 4, gfsynr1: 0x3000, gfsynr2: 0 });
    expect(line).toBe('Unexpected global fault, this could be serious');
  });
});

describe('the lines of an SMMUv3 event', () => {
  it('are those of the kernel, and read back from a log', () => {
    const client = '30000000.remoteproc';
    const lines = smmuV3EventLines({
      event: smmuV3EventOf('translation'),
      ...{ client, streamId: 0x3000, iova: 0x95900100, access: 'read' },
    });
    expect(lines).toEqual([
      'event 0x10 received:',
      '\t0x0000300000000010',
      '\t0x0000020800000000',
      '\t0x0000000095900100',
      '\t0x0000000000000000',
      'event: F_TRANSLATION client: 30000000.remoteproc sid: 0x3000 ssid: 0x0 iova: 0x95900100 ipa: 0x0',
      'unpriv data read s1 "Input address caused fault" stag: 0x0',
    ]);
    expect(recognised(`arm-smmu-v3 9050000.smmuv3: ${lines[5]}`)).toBe('SMMUv3 event');
  });

  it('tell of a stream without an entry, whose record has no address', () => {
    const lines = smmuV3BadStreamLines(0x3000).map((line) => `arm-smmu-v3 9050000.smmuv3: ${line}`);
    const [fault] = parseText('dmesg', lines.map((line) => `[    1.000000] ${line}\n`).join('')).filter(
      ({ kind }) => kind === 'smmu.faulted',
    );
    const told = { reason: 'unmatched-stream', stream_id: 0x3000, iova: null, detail: 'C_BAD_STREAMID' };
    expect(fault?.payload).toMatchObject(told);
    const record = lines.slice(0, 5).map((line) => `[    1.000000] ${line}\n`);
    expect(parseText('dmesg', record.join('')).find(({ kind }) => kind === 'smmu.faulted')?.payload).toEqual(
      fault?.payload,
    );
  });

  it('say who and how', () => {
    const fault = { event: 'F_PERMISSION', client: null, streamId: 0x11, iova: 0 } as const;
    expect(smmuV3EventRecord({ ...fault, access: 'write' })[1]).toBe(0x0000_0200_0000_0000n);
    expect(smmuV3EventRecord({ ...fault, access: 'read', isPrivileged: true })[1]).toBe(
      0x0000_020a_0000_0000n,
    );
    const lines = smmuV3EventLines({ ...fault, access: 'fetch', isPrivileged: true });
    expect(lines[0]).toBe('event 0x13 received:');
    expect(lines.slice(5)).toEqual([
      'event: F_PERMISSION client: (unassigned sid) sid: 0x11 ssid: 0x0 iova: 0x0 ipa: 0x0',
      'priv inst read s1 "Input address caused fault" stag: 0x0',
    ]);
  });
});
