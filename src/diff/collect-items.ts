import { present } from '../base/assert.ts';
import { isFailure } from '../events/catalog.ts';
import type { LazyChunk, LazyKind } from '../events/lazy-chunk.ts';
import { type BootSource, chunksOf } from './boot-source.ts';
import type { Interner } from './fingerprint.ts';
import { ComparedBoot } from './items.ts';
import { laneOf } from './lane.ts';
import { LaneItems } from './lane-items.ts';
import { ObligationTracker, TRACKED_KINDS } from './obligation-tracker.ts';
import type { StartDuties } from './obligations.ts';
import { REGION_KINDS, Regions } from './regions.ts';
import { type CallFingerprint, RowFingerprints } from './row-fingerprints.ts';

export interface CollectedBoot {
  readonly boot: ComparedBoot;
  readonly starts: readonly StartDuties[];
}

/**
 * The items of a boot, lane by lane, in the order of the log. Regions are gone through first: an address can only be
 * judged once all of them are known.
 */
export function collectItems(source: BootSource, interner: Interner): CollectedBoot {
  const regions = new Regions();
  for (const event of source.eventsOfKinds(REGION_KINDS)) regions.learn(event);
  const collector = new Collector(source, regions, interner);
  for (const chunk of source.chunks()) collector.take(inPresentVersions(chunk));
  return {
    boot: new ComparedBoot(source, regions, collector.lanes),
    starts: collector.tracker.finish(),
  };
}

/** Columns are read as the present version of a kind has them; a chunk of an older one is packed again. */
function inPresentVersions(chunk: LazyChunk): LazyChunk {
  if (chunk.kinds.every(({ stored, definition }) => stored.version === definition.version)) return chunk;
  const events = Array.from({ length: chunk.count }, (_, index) => chunk.eventAt(index));
  return present([...chunksOf(events, chunk.firstSeq)][0], 'a chunk fits into a chunk');
}

/** Families whose events follow from a returned call: the call itself is what is compared. */
const EXPLAINS_CALL = /^(?:pas|shm_bridge)\./;

/** Kinds of which some may tell of a failure. */
const NEVER_FAILS: ReadonlySet<string> = new Set([
  'mapping.created',
  'mapping.removed',
  'page_table.pages_mapped',
  'page_table.pages_unmapped',
  'page_table.entry_written',
  'log.printed',
  'trace.hit',
]);

interface OpenCall {
  readonly items: LaneItems;
  readonly index: number;
  readonly fingerprint: CallFingerprint;
}

/** What the last item of a lane was, and who told it: another source that tells the same is its witness. */
interface LastItem {
  id: number;
  readonly sources: number[];
}

const NO_LANE = -1;

class Collector {
  readonly lanes = new Map<string, LaneItems>();
  readonly tracker = new ObligationTracker();
  private readonly fingerprints: RowFingerprints;
  private readonly interner: Interner;
  private readonly ignored: ReadonlySet<number>;
  private readonly laneList: LaneItems[] = [];
  private readonly last = new Map<LaneItems, LastItem>();
  /** Calls that have not returned yet. */
  private readonly open = new Map<number, OpenCall>();
  /** One bit an event: whether it is the return of a call. */
  private returns = new Uint8Array(1 << 10);

  constructor(source: BootSource, regions: Regions, interner: Interner) {
    this.fingerprints = new RowFingerprints(regions);
    this.interner = interner;
    this.ignored = source.ignoredSources;
  }

  take(chunk: LazyChunk): void {
    const readers = this.fingerprints.readersOf(chunk);
    const lanesBySubject = chunk.kinds.map(() => new Int32Array(chunk.strings.length).fill(NO_LANE - 1));
    const kinds = chunk.kinds.map(({ definition }) => definition.kind);
    const explains = kinds.map((kind) => EXPLAINS_CALL.test(kind));
    const tracked = kinds.map((kind) => TRACKED_KINDS.has(kind));
    const fails = kinds.map((kind) => !NEVER_FAILS.has(kind));
    const { slots, rows, subjects, agents, sources, causeDistances, firstSeq, count } = chunk;
    for (let index = 0; index < count; index++) {
      const slot = slots[index] as number;
      const row = rows[index] as number;
      const seq = firstSeq + index;
      const source = sources[index] as number;
      if (this.ignored.size > 0 && this.ignored.has(source)) continue;
      const subject = subjects[index] as number;
      if (tracked[slot] && (subject !== 0 || !isMapping(kinds[slot]) || !this.tracker.hasMappings))
        this.tracker.takeFrom(chunk, index);
      let lane = lanesBySubject[slot]?.[subject] as number;
      if (lane < NO_LANE) {
        lane = this.laneNumber(chunk, slot, subject);
        (lanesBySubject[slot] as Int32Array)[subject] = lane;
      }
      const kind = chunk.kinds[slot] as LazyKind;
      const cause = seq - (causeDistances[index] as number);
      if (kinds[slot] === 'smc.requested') {
        const items = this.laneList[lane] as LaneItems;
        // A re-issue after INTERRUPTED is the same call going on.
        if (this.open.has(cause)) continue;
        const fingerprint = this.fingerprints.takeRequest(
          kind,
          row,
          chunk.strings[agents[index] as number] ?? '',
        );
        this.open.set(seq, { items, index: this.add(items, seq, source, false), fingerprint });
        continue;
      }
      if (kinds[slot] === 'smc.returned') {
        this.markReturn(seq);
        const call = this.open.get(cause);
        if (call !== undefined) {
          this.open.delete(cause);
          this.takeReturn(call, chunk, kind, row, index);
          continue;
        }
      } else if (explains[slot] && this.isReturn(cause)) {
        // Told already by the call.
        continue;
      }
      if (lane === NO_LANE) continue;
      (readers[slot] as (row: number, index: number) => void)(row, index);
      const items = this.laneList[lane] as LaneItems;
      const isCaused = kinds[slot] === 'smmu.group_added' && !Number.isNaN(cause);
      const at = this.add(items, seq, source, isCaused);
      if (fails[slot] && at === items.count - 1 && items.seqs[at] === seq) {
        const { definition } = kind;
        if (definition.isFailure(kind.payloadAt(row) as never)) items.failures.add(at);
      }
    }
  }

  private takeReturn(call: OpenCall, chunk: LazyChunk, kind: LazyKind, row: number, index: number): void {
    const { items } = call;
    this.fingerprints.takeReturn(call.fingerprint, kind, row);
    const id = this.interner.idOf(this.fingerprints.pairLow(), this.fingerprints.pairHigh());
    items.ids[call.index] = id;
    items.returns.set(call.index, chunk.firstSeq + index);
    if (mayHaveFailed(kind, row) && isFailure(chunk.eventAt(index))) items.failures.add(call.index);
    const last = this.last.get(items);
    if (call.index === items.count - 1 && last !== undefined) {
      last.id = id;
      last.sources.push(chunk.sources[index] as number);
    }
  }

  /** Returns the item's index in its lane. */
  private add(items: LaneItems, seq: number, source: number, isCaused: boolean): number {
    const { identity } = this.fingerprints;
    const id = this.interner.idOf(this.fingerprints.pairLow(), this.fingerprints.pairHigh());
    const last = this.last.get(items);
    if (last !== undefined && last.id === id && isSecondWitness(last, source, isCaused)) {
      const index = items.count - 1;
      const witnesses = items.witnesses.get(index);
      if (witnesses === undefined) items.witnesses.set(index, [seq]);
      else witnesses.push(seq);
      last.sources.push(source);
      return index;
    }
    if (last === undefined) this.last.set(items, { id, sources: [source] });
    else {
      last.id = id;
      last.sources.length = 0;
      last.sources.push(source);
    }
    return items.add(seq, id, identity.low, identity.high);
  }

  private laneNumber(chunk: LazyChunk, slot: number, subject: number): number {
    const { kind } = (chunk.kinds[slot] as LazyKind).definition;
    const lane = laneOf({ kind, subject: chunk.strings[subject] ?? null });
    if (lane === undefined) return NO_LANE;
    let items = this.lanes.get(lane);
    if (items === undefined) {
      items = new LaneItems(lane);
      this.lanes.set(lane, items);
      this.laneList.push(items);
      return this.laneList.length - 1;
    }
    return this.laneList.indexOf(items);
  }

  private markReturn(seq: number): void {
    if (seq >> 3 >= this.returns.length) {
      const grown = new Uint8Array(Math.max(this.returns.length * 2, (seq >> 3) + 1));
      grown.set(this.returns);
      this.returns = grown;
    }
    this.returns[seq >> 3] = (this.returns[seq >> 3] as number) | (1 << (seq & 7));
  }

  private isReturn(seq: number): boolean {
    return ((this.returns[seq >> 3] ?? 0) & (1 << (seq & 7))) !== 0;
  }
}

function isMapping(kind: string | undefined): boolean {
  return kind === 'mapping.created' || kind === 'mapping.removed';
}

/** The same fact from another source: a tracepoint and a log line that tell of one thing. */
function isSecondWitness(last: LastItem, source: number, isCaused: boolean): boolean {
  // A simulated boot has no sources; what its log says of a device that joined a group, the tracepoint just said.
  if (Number.isNaN(source)) return isCaused;
  return last.sources.every((other) => other !== source && !Number.isNaN(other));
}

function mayHaveFailed(kind: LazyKind, row: number): boolean {
  const [status, result] = [kind.words('status'), kind.words('result0')];
  return (
    kind.numbers('transport_error')[row] !== 0 ||
    status.low[row] !== 0 ||
    status.high[row] !== 0 ||
    result.low[row] !== 0 ||
    result.high[row] !== 0
  );
}
