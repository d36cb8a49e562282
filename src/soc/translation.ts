import { encodeFsr, encodeFsynr0, GLOBAL_FAULT } from './smmu-fault.ts';
import type { ContextBankState, SmmuState, StreamState } from './smmu-state.ts';
import { isTranslationOn, tableOfContextBank } from './smmu-v2.ts';
import type { SocState } from './soc-state.ts';
import { matchesStream } from './stream-match.ts';
import { type Access, type WalkFault, type WalkStep, walkAccess } from './walk.ts';

export interface TranslationRequest {
  /** Device name of the SMMU; may be left out where events have told of only one. */
  readonly smmu?: string;
  readonly streamId: number;
  readonly iova: number;
  readonly access: Access;
  /** A privileged transaction; those of remote processors are not (model assumption). */
  readonly isPrivileged?: boolean;
}

/** Faults of an SMMU as a whole: before a context bank was found. */
export type GlobalFaultKind = 'unmatched-stream' | 'stream-fault' | 'stream-match-conflict';

/** What became of a transaction. */
export type Translation =
  | {
      readonly outcome: 'translated';
      readonly pa: number;
      readonly contextBank: number;
      readonly space: string | null;
      /** Level of the leaf. */
      readonly level: number;
      readonly pageSize: number;
      readonly steps: readonly WalkStep[];
    }
  | {
      /** Let through as it came: by the stream, by a context bank that is off, or because nothing matched. */
      readonly outcome: 'bypassed';
      readonly pa: number;
      readonly contextBank: number | null;
    }
  | { readonly outcome: 'fault'; readonly fault: GlobalFaultKind; readonly gfsr: number }
  | {
      readonly outcome: 'fault';
      readonly fault: 'context';
      readonly cause: WalkFault;
      readonly contextBank: number;
      readonly space: string | null;
      /** Level of the descriptor that ended the walk. */
      readonly level: number;
      readonly fsr: number;
      readonly fsynr0: number;
      readonly steps: readonly WalkStep[];
    }
  | {
      readonly outcome: 'unknown';
      /** What nobody has told. */
      readonly missing: 'smmu' | 'stream' | 'context-bank' | 'table';
      readonly steps: readonly WalkStep[];
    };

/**
 * What an SMMU does with a transaction, as far as events have told: stream match, context bank, walk of the
 * descriptors in memory. It knows no TLB: what was unmapped faults at once.
 */
export function translate(state: SocState, request: TranslationRequest): Translation {
  const smmu = findSmmu(state, request.smmu);
  if (smmu === undefined) return { outcome: 'unknown', missing: 'smmu', steps: [] };
  const [stream, other] = streamsTaking(smmu, request.streamId);
  if (stream === undefined) return translateUnmatched(smmu, request);
  if (other !== undefined) {
    return { outcome: 'fault', fault: 'stream-match-conflict', gfsr: GLOBAL_FAULT.streamMatchConflict };
  }
  switch (stream.type) {
    case 'bypass':
      return { outcome: 'bypassed', pa: request.iova, contextBank: null };
    case 'fault':
      // Model assumption: a stream-to-context entry of type fault is reported as an invalid context.
      return { outcome: 'fault', fault: 'stream-fault', gfsr: GLOBAL_FAULT.invalidContext };
    case 'translate':
      return translateByContextBank(state, smmu, stream.context_bank, request);
  }
}

function findSmmu(state: SocState, device: string | undefined): SmmuState | undefined {
  if (device !== undefined) return state.smmus.get(device);
  if (state.smmus.size !== 1) return undefined;
  const [only] = state.smmus.values();
  return only;
}

/** The entries that take a stream: one, unless software made a mistake. */
function streamsTaking(smmu: SmmuState, streamId: number): StreamState[] {
  return [...smmu.streams.values()].filter((stream) => matchesStream(stream, streamId));
}

function translateUnmatched(smmu: SmmuState, request: TranslationRequest): Translation {
  switch (smmu.unmatched) {
    case null:
      return { outcome: 'unknown', missing: 'stream', steps: [] };
    case 'bypass':
      return { outcome: 'bypassed', pa: request.iova, contextBank: null };
    case 'fault':
      return { outcome: 'fault', fault: 'unmatched-stream', gfsr: GLOBAL_FAULT.unidentifiedStream };
  }
}

function translateByContextBank(
  state: SocState,
  smmu: SmmuState,
  contextBank: number | null,
  request: TranslationRequest,
): Translation {
  const bank = contextBank === null ? undefined : smmu.contextBanks.get(contextBank);
  if (contextBank === null || bank === undefined) {
    return { outcome: 'unknown', missing: 'context-bank', steps: [] };
  }
  if (bank.sctlr !== null && !isTranslationOn(bank.sctlr)) {
    return { outcome: 'bypassed', pa: request.iova, contextBank };
  }
  return walkContextBank(state, bank, contextBank, request);
}

function walkContextBank(
  state: SocState,
  bank: ContextBankState,
  contextBank: number,
  request: TranslationRequest,
): Translation {
  const { iova, access, isPrivileged = false } = request;
  const { space } = bank;
  const table = tableOfContextBank(bank.stage, bank.ttbr0, bank.tcr);
  const result =
    table === null
      ? ({ outcome: 'fault', fault: 'translation', level: 0, steps: [] } as const)
      : walkAccess(table, iova, access, (pa) => state.tableMemory.read(pa), isPrivileged);
  const { steps } = result;
  switch (result.outcome) {
    case 'unknown':
      return { outcome: 'unknown', missing: 'table', steps };
    case 'mapped': {
      const { pa, level, pageSize } = result;
      return { outcome: 'translated', pa, contextBank, space, level, pageSize, steps };
    }
    case 'fault': {
      const { fault: cause, level } = result;
      const fsr = encodeFsr(cause);
      const fsynr0 = encodeFsynr0({ level, access, contextBank, isPrivileged });
      return { outcome: 'fault', fault: 'context', cause, contextBank, space, level, fsr, fsynr0, steps };
    }
  }
}
