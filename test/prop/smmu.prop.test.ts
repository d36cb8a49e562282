import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contextFaultLines,
  decodeFsr,
  decodeFsynr0,
  encodeFsr,
  encodeFsynr0,
} from '../../src/soc/smmu-fault.ts';
import { asidOf, stage1Registers, tableOfContextBank } from '../../src/soc/smmu-v2.ts';
import {
  containsStreams,
  findStreamMatchEntry,
  matchesStream,
  overlapsStreams,
  type StreamMatch,
} from '../../src/soc/stream-match.ts';

/** Six bits of stream ID, so that every stream can be looked at. */
const matches = fc.record({ stream_id: fc.nat({ max: 63 }), mask: fc.nat({ max: 63 }) });
const STREAMS = Array.from({ length: 64 }, (_unused, streamId) => streamId);
const takenBy = (match: StreamMatch) => STREAMS.filter((streamId) => matchesStream(match, streamId));

describe('stream matches', () => {
  it('contain and overlap one another as the streams do that they take', () => {
    fc.assert(
      fc.property(matches, matches, (a, b) => {
        const inB = takenBy(a).filter((streamId) => takenBy(b).includes(streamId));
        expect(overlapsStreams(a, b)).toBe(inB.length > 0);
        expect(containsStreams(b, a)).toBe(inB.length === takenBy(a).length);
      }),
    );
  });

  it('that were given entries one after the other never conflict', () => {
    fc.assert(
      fc.property(fc.array(matches, { maxLength: 12 }), (wanted) => {
        const entries: (StreamMatch | null)[] = Array.from({ length: 8 }, () => null);
        for (const match of wanted) {
          const index = findStreamMatchEntry(entries, match);
          if (index >= 0 && entries[index] === null) entries[index] = match;
        }
        for (const streamId of STREAMS) {
          const taking = entries.filter((entry) => entry !== null && matchesStream(entry, streamId));
          expect(taking.length).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe('the registers of a domain', () => {
  it('lead back to its table', () => {
    const domains = fc.record({
      rootPa: fc.integer({ min: 0, max: 2 ** 36 - 1 }).map((page) => page * 4096),
      asid: fc.nat({ max: 127 }),
      inputBits: fc.constantFrom(32, 36, 39, 40, 42, 44, 48),
      outputBits: fc.constantFrom(32, 36, 40, 42, 44, 48),
      isCoherent: fc.boolean(),
    });
    fc.assert(
      fc.property(domains, (domain) => {
        const { ttbr0, tcr } = stage1Registers(domain);
        const { rootPa, inputBits } = domain;
        expect(tableOfContextBank(1, ttbr0, tcr)).toMatchObject({ rootPa, inputBits });
        expect(asidOf(ttbr0)).toBe(domain.asid);
      }),
    );
  });
});

describe('fault registers', () => {
  const faults = fc.record({
    fault: fc.constantFrom('translation', 'access-flag', 'permission'),
    isMultiple: fc.boolean(),
    level: fc.integer({ min: 0, max: 3 }),
    access: fc.constantFrom('read', 'write', 'fetch'),
    contextBank: fc.nat({ max: 127 }),
    isPrivileged: fc.boolean(),
  });
  const NAMES = { translation: 'TF', 'access-flag': 'AFF', permission: 'PF' } as const;

  it('say what was put into them', () => {
    fc.assert(
      fc.property(faults, ({ fault, isMultiple, level, access, contextBank, isPrivileged }) => {
        expect(decodeFsr(encodeFsr(fault, { isMultiple }))).toEqual({
          ...{ isMultiple, isStalled: false, format: 2, flags: [NAMES[fault]] },
        });
        const { flags, ...rest } = decodeFsynr0(encodeFsynr0({ level, access, contextBank, isPrivileged }));
        expect(rest).toEqual({ level, contextBank });
        expect(flags.includes('WNR')).toBe(access === 'write');
        expect(flags.includes('IND')).toBe(access === 'fetch');
        expect(flags.includes('PNU')).toBe(isPrivileged);
      }),
    );
  });

  it('are printed in the form that logs have', () => {
    const registers = fc.record({
      fsr: fc.nat({ max: 0xffff_ffff }),
      iova: fc.nat({ max: 2 ** 48 }),
      fsynr0: fc.nat({ max: 0xffff_ffff }),
      streamId: fc.nat({ max: 0xffff }),
      contextBank: fc.nat({ max: 127 }),
    });
    fc.assert(
      fc.property(registers, (fault) => {
        const [first = '', second = '', third = ''] = contextFaultLines(fault);
        expect(first).toMatch(
          /^Unhandled context fault: fsr=0x[0-9a-f]+, iova=0x[0-9a-f]{8,}, fsynr=0x[0-9a-f]+, cbfrsynra=0x[0-9a-f]+, cb=\d+$/,
        );
        expect(second).toMatch(
          /^FSR {4}= [0-9a-f]{8} \[(MULTI )?(SS )?Format=\d( (UUT|ASF|TLBLKF|TLBMCF|EF|PF|AFF|TF))*\], SID=0x[0-9a-f]+$/,
        );
        expect(third).toMatch(
          /^FSYNR0 = [0-9a-f]{8} \[S1CBNDX=\d+( (AFR|PTWF|NSATTR|IND|PNU|WNR))* PLVL=\d\]$/,
        );
      }),
    );
  });
});
