import fc from 'fast-check';
import { contextFaultLines } from '../../src/soc/smmu-fault.ts';

/** A context fault as its lines tell it. */
export interface ToldFault {
  readonly fsr: number;
  readonly iova: number;
  readonly fsynr0: number;
  readonly streamId: number;
  readonly contextBank: number;
}

/** Faults with registers of their own: what lines belong together can be told by these. */
export const toldFaults: fc.Arbitrary<ToldFault[]> = fc
  .array(
    fc.record({
      fsr: fc.constantFrom(0x402, 0x404, 0x408, 0x8000_0402),
      iova: fc.nat(2 ** 31 - 1),
      fsynr0: fc.nat(0xff_ffff),
      streamId: fc.nat(0xffff),
      contextBank: fc.nat(127),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((faults) => faults.map((fault, index) => ({ ...fault, fsynr0: (fault.fsynr0 & ~3) | index })))
  .map((faults) => faults.map((fault, index) => ({ ...fault, streamId: (fault.streamId & ~3) | index })));

/** The lines of several CPUs in one log: those of each in order, and those of others in between. */
export function interleaved(sequences: readonly (readonly string[])[], picks: readonly number[]): string[] {
  const rest = sequences.map((lines) => [...lines]);
  const log: string[] = [];
  for (let turn = 0; rest.some((lines) => lines.length > 0); turn++) {
    const open = rest.filter((lines) => lines.length > 0);
    const line = open[(picks[turn] ?? 0) % open.length]?.shift();
    if (line !== undefined) log.push(line);
  }
  return log;
}

export function linesOf(fault: ToldFault): string[] {
  return contextFaultLines(fault).map((line) => `arm-smmu 15000000.iommu: ${line}`);
}
