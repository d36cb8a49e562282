import type { Stage } from './lpae.ts';
import type { StreamMatch } from './stream-match.ts';

/** One SMMU, as far as events have told. */
export interface SmmuState {
  /**
   * What happens to a stream that no entry takes; null until its reset was told, for then there may be entries that
   * nobody has told about.
   */
  readonly unmatched: 'fault' | 'bypass' | null;
  /** Valid stream-match entries, by stream ID and mask. */
  readonly streams: Map<string, StreamState>;
  /** Key of the stream that an entry takes, by its index. */
  readonly keyOfIndex: Map<number, string>;
  readonly contextBanks: Map<number, ContextBankState>;
}

export interface StreamState extends StreamMatch {
  /** Index of the stream-match entry; null where nobody has told. */
  readonly index: number | null;
  readonly type: 'translate' | 'bypass' | 'fault';
  readonly context_bank: number | null;
  readonly since: number;
}

export interface ContextBankState {
  readonly space: string | null;
  readonly stage: Stage;
  readonly ttbr0: bigint;
  readonly ttbr1: bigint | null;
  readonly tcr: bigint;
  readonly tcr2: bigint | null;
  readonly mair0: bigint;
  readonly sctlr: bigint | null;
  readonly cbar: bigint | null;
  readonly cba2r: bigint | null;
  readonly since: number;
}

export function newSmmuState(unmatched: SmmuState['unmatched']): SmmuState {
  return { unmatched, streams: new Map(), keyOfIndex: new Map(), contextBanks: new Map() };
}

/** The SMMU of a name, of which nothing need have been told so far. */
export function smmuOf(smmus: Map<string, SmmuState>, device: string): SmmuState {
  let smmu = smmus.get(device);
  if (smmu === undefined) {
    smmu = newSmmuState(null);
    smmus.set(device, smmu);
  }
  return smmu;
}

function streamKey(match: StreamMatch): string {
  return `${match.stream_id}/${match.mask}`;
}

/** Writes a stream-match entry: what the entry of that index took before, it takes no more. */
export function setStream(smmu: SmmuState, stream: StreamState): void {
  const key = streamKey(stream);
  if (stream.index !== null) {
    const before = smmu.keyOfIndex.get(stream.index);
    if (before !== undefined && before !== key) deleteStream(smmu, before, stream.index);
    smmu.keyOfIndex.set(stream.index, key);
  }
  smmu.streams.set(key, stream);
}

/** Switches off the stream-match entry of an index, or where nobody has told that, of a stream and mask. */
export function removeStream(smmu: SmmuState, entry: StreamMatch & { readonly index: number | null }): void {
  const index = entry.index ?? smmu.streams.get(streamKey(entry))?.index ?? null;
  const key = (index === null ? undefined : smmu.keyOfIndex.get(index)) ?? streamKey(entry);
  if (index !== null) smmu.keyOfIndex.delete(index);
  deleteStream(smmu, key, index);
}

/** Deletes what an entry takes, unless another entry has taken it over. */
function deleteStream(smmu: SmmuState, key: string, index: number | null): void {
  const owner = smmu.streams.get(key)?.index ?? null;
  if (owner === null || index === null || owner === index) smmu.streams.delete(key);
}
