import { hex } from '../base/word.ts';
import {
  contextFaultLines,
  decodeFsr,
  decodeFsynr0,
  globalFaultLines,
  remoteprocFaultLine,
} from '../soc/smmu-fault.ts';
import { BAD_STREAM, smmuV3BadStreamLines, smmuV3EventLines, smmuV3EventOf } from '../soc/smmu-v3.ts';
import type { Translation } from '../soc/translation.ts';
import type { WalkEvidence } from './walk-evidence.ts';
import type { WalkReport } from './walk-report.ts';

/** A fault register in words. */
export interface FaultRegister {
  readonly name: 'FSR' | 'FSYNR0' | 'GFSR' | 'event';
  readonly value: number | null;
  readonly text: string;
}

/** What nobody has told that the walk needs, and which recording would tell. */
export interface MissingKnowledge {
  readonly what: string;
  readonly recording: string;
}

/** What comes of a walk. */
export interface WalkVerdict {
  readonly outcome: Translation['outcome'];
  readonly registers: readonly FaultRegister[];
  /** Lines that Linux prints of the fault. */
  readonly kernelLines: readonly string[];
  /** Why Linux prints none, where it prints none of a fault. */
  readonly silence: string | null;
  readonly missing: MissingKnowledge | null;
}

type Fault = Extract<Translation, { outcome: 'fault' }>;

export function walkVerdict(report: WalkReport, evidence: WalkEvidence): WalkVerdict {
  const { translation } = report;
  const { outcome } = translation;
  const none = { outcome, registers: [], kernelLines: [], silence: null, missing: null };
  if (translation.outcome === 'unknown') return { ...none, missing: missingIn(report, translation.missing) };
  if (translation.outcome !== 'fault') return none;
  const registers = faultRegisters(translation, evidence.architecture === 'smmu-v3');
  const owner = ownerOfFault(report, evidence, translation);
  if (owner !== 'linux') {
    const what = translation.fault === 'context' ? 'the context bank' : 'the SMMU';
    return { ...none, registers, silence: `none: ${owner} owns ${what}, and its interrupt` };
  }
  return { ...none, registers, kernelLines: kernelLines(report, evidence, translation) };
}

/** Whoever programmed what faulted gets its interrupt. */
function ownerOfFault({ bank }: WalkReport, { bySeq, reset }: WalkEvidence, { fault }: Fault): string {
  const event = fault === 'context' && bank !== null ? bySeq.get(bank.since) : reset;
  return event?.agent ?? 'linux';
}

function faultRegisters(fault: Fault, isV3: boolean): FaultRegister[] {
  if (fault.fault !== 'context') return isV3 ? [] : [{ name: 'GFSR', value: fault.gfsr, text: fault.fault }];
  if (isV3) return [{ name: 'event', value: null, text: smmuV3EventOf(fault.cause) }];
  const status = decodeFsr(fault.fsr);
  const syndrome = decodeFsynr0(fault.fsynr0);
  return [
    { name: 'FSR', value: fault.fsr, text: [`format ${status.format}`, ...status.flags].join(' ') },
    {
      name: 'FSYNR0',
      value: fault.fsynr0,
      text: [`context bank ${syndrome.contextBank}`, `level ${syndrome.level}`, ...syndrome.flags].join(' '),
    },
  ];
}

function kernelLines(report: WalkReport, { architecture }: WalkEvidence, fault: Fault): string[] {
  const { streamId, iova, access } = report.request;
  const isV3 = architecture === 'smmu-v3';
  const prefix = `${isV3 ? 'arm-smmu-v3' : 'arm-smmu'} ${report.smmu ?? '?'}: `;
  const ofDriver = (lines: readonly string[]) => lines.map((line) => prefix + line);
  if (fault.fault !== 'context' && isV3)
    return fault.fault === BAD_STREAM.reason ? ofDriver(smmuV3BadStreamLines(streamId)) : [];
  if (fault.fault !== 'context') {
    const gfsynr0 = access === 'write' ? 1 << 1 : 0;
    return ofDriver(globalFaultLines({ gfsr: fault.gfsr, gfsynr0, gfsynr1: streamId, gfsynr2: 0 }));
  }
  if (isV3) {
    const client = report.devices[0] ?? null;
    return ofDriver(smmuV3EventLines({ event: smmuV3EventOf(fault.cause), client, streamId, iova, access }));
  }
  const { fsr, fsynr0, contextBank } = fault;
  return [
    ...(report.isProcessorSpace ? [remoteprocFaultLine(iova, access)] : []),
    ...ofDriver(contextFaultLines({ fsr, iova, fsynr0, streamId, contextBank })),
  ];
}

const SIMULATION =
  'a simulated boot (trace record): neither the kernel log nor an ftrace event of Linux carries it';

function missingIn(
  { smmu, request, contextBank, descriptors }: WalkReport,
  missing: Extract<Translation, { outcome: 'unknown' }>['missing'],
): MissingKnowledge {
  const stream = `stream ${hex(request.streamId)}`;
  switch (missing) {
    case 'smmu':
      return {
        what: `no event tells what ${smmu ?? 'an SMMU'} was programmed to do with ${stream}: no stream-match entry, context bank or table (smmu.stream_configured, smmu.context_bank_configured, page_table.entry_written)`,
        recording: SIMULATION,
      };
    case 'stream':
      return {
        what: `no stream-match entry that is known takes ${stream}, and no event tells what ${smmu} does with others (smmu.stream_configured, smmu.reset)`,
        recording: SIMULATION,
      };
    case 'context-bank':
      return {
        what: `no event tells the registers of ${contextBank === null ? 'the context bank' : `context bank ${contextBank}`} of ${smmu} (smmu.context_bank_configured)`,
        recording: SIMULATION,
      };
    case 'table': {
      const last = descriptors.at(-1);
      const place =
        last === undefined ? 'a descriptor' : `the level-${last.level} descriptor at ${hex(last.pa)}`;
      return {
        what: `no event tells ${place} (page_table.created, page_table.entry_written)`,
        recording: SIMULATION,
      };
    }
  }
}
