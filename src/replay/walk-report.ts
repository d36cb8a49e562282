import type { LiveMapping } from '../soc/live-mappings.ts';
import { decodeDescriptor, entrySize, type LeafDescriptor, renderDescriptor } from '../soc/lpae.ts';
import type { ContextBankState, StreamState } from '../soc/smmu-state.ts';
import type { SocState } from '../soc/soc-state.ts';
import { matchesStream } from '../soc/stream-match.ts';
import { type Translation, type TranslationRequest, translate } from '../soc/translation.ts';
import type { WalkStep } from '../soc/walk.ts';

/** A descriptor that a walk read, in words. */
export interface WalkedDescriptor extends WalkStep {
  /** `table 0xc00d2000`; `unknown` where nobody has told the word. */
  readonly text: string;
  /** Input addresses that the entry stands for. */
  readonly iova: number;
  readonly size: number;
}

/** What an SMMU does with an address at one moment, and all that it looked at on the way. */
export interface WalkReport {
  readonly request: TranslationRequest;
  /** The SMMU that was asked; null where no event has told of one, or of several and none was named. */
  readonly smmu: string | null;
  /** What happens to a stream that no entry takes; null where nobody has told. */
  readonly unmatched: 'fault' | 'bypass' | null;
  /** Stream-match entries that take the stream: one, unless software made a mistake. */
  readonly streams: readonly StreamState[];
  readonly contextBank: number | null;
  readonly bank: ContextBankState | null;
  readonly descriptors: readonly WalkedDescriptor[];
  readonly translation: Translation;
  /** What the last descriptor allows; null where it is no leaf. */
  readonly leaf: LeafDescriptor | null;
  /**
   * Live mappings over the address, as those who mapped told of them: of the bank's space where that is known, and of
   * any where nobody has told what translates.
   */
  readonly mappings: readonly LiveMapping[];
  /** The space is one that the remoteproc core made for a processor: it is told of faults in it. */
  readonly isProcessorSpace: boolean;
  /** Devices that were attached to the space last. */
  readonly devices: readonly string[];
}

/** Translates an address with what is known at a moment. */
export function walkReport(state: SocState, request: TranslationRequest): WalkReport {
  const smmu = smmuName(state, request.smmu);
  const known = smmu === null ? undefined : state.smmus.get(smmu);
  const translation = translate(state, smmu === null ? request : { ...request, smmu });
  const streams =
    known === undefined
      ? []
      : [...known.streams.values()].filter((stream) => matchesStream(stream, request.streamId));
  const [stream, other] = streams;
  const isOnly = stream?.type === 'translate' && other === undefined;
  const contextBank = isOnly ? stream.context_bank : null;
  const bank = contextBank === null ? null : (known?.contextBanks.get(contextBank) ?? null);
  const steps = 'steps' in translation ? translation.steps : [];
  const space = bank?.space ?? null;
  return {
    request,
    smmu,
    unmatched: known?.unmatched ?? null,
    streams,
    contextBank,
    bank,
    descriptors: bank === null ? [] : steps.map((step) => inWords(step, bank, request.iova)),
    translation,
    leaf: bank === null ? null : leafOf(bank, steps),
    mappings:
      bank === null && translation.outcome !== 'unknown' ? [] : mappingsOver(state, request.iova, space),
    // Model assumption for simulated boots: the domain of rproc_enable_iommu is named after its processor.
    isProcessorSpace: space !== null && state.remoteprocs.has(space),
    devices: [...state.devices]
      .filter(([, { domain }]) => space !== null && domain === space)
      .map(([name]) => name),
  };
}

function smmuName(state: SocState, wanted: string | undefined): string | null {
  if (wanted !== undefined) return wanted;
  const [only, other] = state.smmus.keys();
  return only === undefined || other !== undefined ? null : only;
}

function inWords(step: WalkStep, bank: ContextBankState, address: number): WalkedDescriptor {
  const size = entrySize(step.level);
  const text =
    step.descriptor === undefined ? 'unknown' : renderDescriptor(bank.stage, step.level, step.descriptor);
  return { ...step, text, iova: address - (address % size), size };
}

function leafOf(bank: ContextBankState, steps: readonly WalkStep[]): LeafDescriptor | null {
  const last = steps.at(-1);
  if (last?.descriptor === undefined) return null;
  const descriptor = decodeDescriptor(bank.stage, last.level, last.descriptor);
  return descriptor.kind === 'block' || descriptor.kind === 'page' ? descriptor : null;
}

function mappingsOver(state: SocState, iova: number, space: string | null): LiveMapping[] {
  return [...state.mappings].filter(
    (mapping) =>
      iova >= mapping.iova &&
      iova < mapping.iova + mapping.size &&
      (space === null || mapping.space === null || mapping.space === space),
  );
}
