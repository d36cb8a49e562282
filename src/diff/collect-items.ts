import { present } from '../base/assert.ts';
import { type BootEvent, isFailure } from '../events/catalog.ts';
import { decodeAhead, type TextColumn, textAt } from '../events/column-reader.ts';
import type { LazyChunk, LazyKind } from '../events/lazy-chunk.ts';
import { type BootSource, chunksOf, TOLD_ELSEWHERE } from './boot-source.ts';
import { ComparedBoot } from './items.ts';
import { kindNumber } from './kind-number.ts';
import { hasLaneOfItsOwn, laneOf } from './lane.ts';
import { LaneItems } from './lane-items.ts';
import { START_KINDS, TRACKED_KINDS } from './obligation-kinds.ts';
import { ObligationTracker } from './obligation-tracker.ts';
import type { StartDuties } from './obligations.ts';
import { REGION_KINDS, Regions } from './regions.ts';
import {
  type CallFingerprint,
  goesByText,
  type KindFingerprints,
  RowFingerprints,
} from './row-fingerprints.ts';

export interface CollectedBoot {
  readonly boot: ComparedBoot;
  /** Lanes that were there, and were to be ignored. */
  readonly leftOut: ReadonlySet<string>;
  readonly starts: readonly StartDuties[];
  /** Events of sources that do not count, by source. */
  readonly notComparable: ReadonlyMap<number, number>;
}

/**
 * The items of a boot, lane by lane, in the order of the log. Regions are gone through first: an address can only be
 * judged once all of them are known.
 */
export function collectItems(source: BootSource): CollectedBoot {
  const regions = new Regions();
  for (const event of source.eventsOfKinds(REGION_KINDS)) regions.learn(event);
  const collector = new Collector(source, regions);
  for (const chunk of source.chunks()) collector.take(inPresentVersions(chunk));
  return {
    leftOut: collector.leftOut,
    boot: new ComparedBoot(source, regions, collector.lanes),
    starts: source.whole === undefined ? collector.tracker.finish() : startsOf(source.whole),
    notComparable: collector.notComparable,
  };
}

function startsOf(source: BootSource): readonly StartDuties[] {
  const collector = new Collector(source, new Regions());
  for (const chunk of source.chunks()) collector.take(inPresentVersions(chunk));
  return collector.tracker.finish();
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

function linesOf(kind: LazyKind): TextColumn {
  const lines = kind.texts('text');
  decodeAhead(lines);
  return lines;
}

/** How the events of one kind of a chunk are taken. */
interface Way {
  readonly kind: LazyKind;
  readonly kindNumber: number;
  /** Number of the lane by subject. */
  readonly lanes: Int32Array;
  /** The same by the name of the subject, for all chunks. */
  readonly lanesByName: Map<string | null, number>;
  readonly hasLanesByEvent: boolean;
  readonly isTracked: boolean;
  readonly isMapping: boolean;
  readonly explainsCall: boolean;
  /** A simulated boot tells it twice. */
  readonly mayRepeat: boolean;
  readonly mayFail: boolean;
  readonly isByText: boolean;
  /** The texts of the lines, where events are that and nothing else. */
  readonly lines: (() => TextColumn) | undefined;
  /** Fingerprints of all of them, once they are needed. */
  columns: KindFingerprints | undefined;
  readonly takeRequest: ReturnType<RowFingerprints['requestReader']> | undefined;
  readonly takeReturn: ReturnType<RowFingerprints['returnReader']> | undefined;
}

const CALL_FIELDS = ['function_id', 'service', 'command'] as const;

const NO_LANE = -1;

/** A line of the log follows the tracepoint beside it within microseconds; a slow console is no slower than this. */
const WITNESS_WITHIN_NS = 100_000_000;

/** Whose the pools of the SCM driver are (drivers/firmware/qcom/qcom_tzmem.c), and the lane of what is in them. */
const POOL_OWNER = 'scm';
const POOL_LANE = 'buffers';

class Collector {
  readonly lanes = new Map<string, LaneItems>();
  readonly tracker = new ObligationTracker();
  /** Lanes of which everything was left out. */
  readonly leftOut = new Set<string>();
  readonly notComparable = new Map<number, number>();
  private readonly source: BootSource;
  private readonly fingerprints: RowFingerprints;
  private readonly ignored: ReadonlySet<number>;
  private readonly hasIgnored: boolean;
  private readonly sourceOf: BootSource['sourceOf'];
  private readonly seqInWhole: BootSource['seqInWhole'];
  /** A trace of other traffic needs nobody to follow it. */
  private readonly hasStarts: boolean;
  private readonly laneList: LaneItems[] = [];
  /** By kind and subject. */
  private readonly lanesByName = new Map<string, Map<string | null, number>>();
  /** Calls that have not returned yet. */
  private readonly open = new Map<number, OpenCall>();
  /** One bit an event: whether it is the return of a call. */
  private returns = new Uint8Array(1 << 10);

  constructor(source: BootSource, regions: Regions) {
    this.source = source;
    this.fingerprints = new RowFingerprints(regions);
    this.ignored = source.ignoredSources;
    this.hasIgnored = this.ignored.size > 0;
    this.sourceOf = source.sourceOf;
    this.seqInWhole = source.seqInWhole;
    this.hasStarts = source.eventsOfKinds(START_KINDS)[Symbol.iterator]().next().done !== true;
  }

  take(chunk: LazyChunk): void {
    const ways = chunk.kinds.map((kind) => this.wayOf(kind, chunk.strings.length));
    const { slots, rows, subjects, sources, causeDistances, firstSeq, count } = chunk;
    const { sourceOf, seqInWhole, hasIgnored, ignored, laneList } = this;
    const { firstSeq: firstPlace, lastSeq: lastPlace } = this.source;
    for (let index = 0; index < count; index++) {
      const seq = firstSeq + index;
      let source = sources[index] as number;
      if (sourceOf !== undefined) source = sourceOf(seq, source);
      if (hasIgnored && ignored.has(source)) {
        if (source !== TOLD_ELSEWHERE)
          this.notComparable.set(source, (this.notComparable.get(source) ?? 0) + 1);
        continue;
      }
      const place = seqInWhole === undefined ? seq : seqInWhole(seq);
      if (place < firstPlace || place > lastPlace) continue;
      const slot = slots[index] as number;
      const row = rows[index] as number;
      const subject = subjects[index] as number;
      const way = ways[slot] as Way;
      const cause = seq - (causeDistances[index] as number);
      if (way.isTracked && this.isWanted(way, row, subject, cause)) this.tracker.takeFrom(chunk, index);
      let lane = way.lanes[subject] as number;
      if (lane < NO_LANE) {
        if (way.hasLanesByEvent) lane = this.laneNumber(chunk.eventAt(index));
        else {
          lane = this.laneOfSubject(way, chunk, index);
          way.lanes[subject] = lane;
        }
      }
      if (way.takeRequest !== undefined) {
        if (lane !== NO_LANE)
          this.takeRequest(chunk, index, way, way.takeRequest, laneList[lane] as LaneItems, source, cause);
        continue;
      }
      if (way.takeReturn !== undefined) {
        if (this.takeReturn(chunk, index, row, way.takeReturn, source, cause)) continue;
      } else if (way.explainsCall && this.isReturn(cause)) {
        // Told already by the call.
        continue;
      }
      if (lane === NO_LANE) continue;
      const items = laneList[lane] as LaneItems;
      const isNew = this.takeRow(
        chunk,
        index,
        row,
        way,
        items,
        source,
        way.mayRepeat && !Number.isNaN(cause),
      );
      if (isNew && items.isTimed) items.setTime(chunk.times[index] as number);
      if (isNew && way.mayFail && way.kind.definition.isFailure(way.kind.payloadAt(row) as never))
        items.failures.add(items.count - 1);
    }
  }

  private takeRequest(
    chunk: LazyChunk,
    index: number,
    { kindNumber }: Way,
    read: NonNullable<Way['takeRequest']>,
    own: LaneItems,
    source: number,
    cause: number,
  ): void {
    // A re-issue after INTERRUPTED is the same call going on.
    if (this.open.has(cause)) return;
    const fingerprint = read(chunk.rows[index] as number, chunk.strings[chunk.agents[index] as number] ?? '');
    const items = this.laneOfCall(own, fingerprint);
    if (items === undefined) return;
    const seq = chunk.firstSeq + index;
    const isNew = this.addRead(items, seq, kindNumber, source, false);
    if (isNew && items.isTimed) items.setTime(chunk.times[index] as number);
    this.open.set(seq, { items, index: items.count - 1, fingerprint });
  }

  /** Settles the call that a return is of; false where it is the return of none. */
  private takeReturn(
    chunk: LazyChunk,
    index: number,
    row: number,
    read: NonNullable<Way['takeReturn']>,
    source: number,
    cause: number,
  ): boolean {
    const seq = chunk.firstSeq + index;
    this.markReturn(seq);
    const call = this.open.get(cause);
    if (call === undefined) return false;
    this.open.delete(cause);
    const mayHaveFailed = read(row, call.fingerprint);
    call.items.settle(call.index, seq, source, this.fingerprints.pair());
    if (call.items.isTimed) call.items.setReturnTime(call.index, chunk.times[index] as number);
    if (mayHaveFailed && isFailure(chunk.eventAt(index))) call.items.failures.add(call.index);
    return true;
  }

  /** Adds an event to a lane; false where it is one more witness of the item before it. */
  private takeRow(
    chunk: LazyChunk,
    index: number,
    row: number,
    way: Way,
    items: LaneItems,
    source: number,
    isRepeated: boolean,
  ): boolean {
    const seq = chunk.firstSeq + index;
    if (way.isByText) {
      if (way.lines === undefined) this.fingerprints.takeText(chunk.eventAt(index));
      else this.fingerprints.takeLine(textAt(way.lines(), row) ?? '');
      return this.addRead(items, seq, way.kindNumber, source, isRepeated);
    }
    way.columns ??= this.fingerprints.columnsOf(chunk, chunk.slots[index] as number);
    const { identity, pair, gaps } = way.columns;
    const low = pair.lows[row] as number;
    const high = pair.highs[row] as number;
    if (items.isLast(low, high) && this.isWitness(items, seq, source, isRepeated)) return false;
    items.add(
      seq,
      way.kindNumber,
      source,
      low,
      high,
      identity.lows[row] as number,
      identity.highs[row] as number,
      gaps[row] as number,
    );
    return true;
  }

  private wayOf(kind: LazyKind, symbolCount: number): Way {
    const name = kind.definition.kind;
    const isCall = name === 'smc.requested';
    const isReturn = name === 'smc.returned';
    const lanesByName = this.lanesByName.get(name) ?? new Map<string | null, number>();
    this.lanesByName.set(name, lanesByName);
    return {
      kind,
      kindNumber: kindNumber(name),
      lanes: new Int32Array(symbolCount).fill(NO_LANE - 1),
      lanesByName,
      hasLanesByEvent: hasLaneOfItsOwn(name),
      isTracked: this.hasStarts && TRACKED_KINDS.has(name),
      isMapping: name === 'mapping.created' || name === 'mapping.removed',
      explainsCall: EXPLAINS_CALL.test(name),
      mayRepeat: name === 'smmu.group_added',
      mayFail: !NEVER_FAILS.has(name),
      isByText: goesByText(name),
      lines: name === 'log.printed' ? () => linesOf(kind) : undefined,
      columns: undefined,
      takeRequest: isCall ? this.fingerprints.requestReader(kind) : undefined,
      takeReturn: isReturn ? this.fingerprints.returnReader(kind) : undefined,
    };
  }

  /** Whether the tracker has a use for a row: most maps and calls of a busy boot are about no remote processor. */
  private isWanted(way: Way, row: number, subject: number, cause: number): boolean {
    const { tracker } = this;
    if (tracker.isFull) return false;
    if (way.isMapping) return subject !== 0 || !tracker.hasMappings;
    if (way.takeReturn !== undefined) return tracker.waitsFor(cause);
    if (way.takeRequest === undefined || !tracker.hasCalls) return true;
    const [functionId, service, command] = CALL_FIELDS.map((name) => way.kind.numbers(name)[row] as number);
    return tracker.follows(functionId as number, service as number, command as number);
  }

  /** The same for the event that was read last. */
  private addRead(items: LaneItems, seq: number, kind: number, source: number, isRepeated: boolean): boolean {
    const { identity, gaps } = this.fingerprints;
    const { low, high } = this.fingerprints.pair();
    if (items.isLast(low, high) && this.isWitness(items, seq, source, isRepeated)) return false;
    items.add(seq, kind, source, low, high, identity.low, identity.high, gaps);
    return true;
  }

  /** Whether an event that says what the last item says is one more witness of it; then it is counted as such. */
  private isWitness(items: LaneItems, seq: number, source: number, isRepeated: boolean): boolean {
    // A simulated boot has no sources; what its log says of a device that joined a group, the tracepoint just said.
    const isOne = Number.isNaN(source)
      ? isRepeated
      : items.isLastFromOthers(source) && this.isAtOneTime(items.lastSeq, seq);
    if (isOne) items.addWitness(seq, source);
    return isOne;
  }

  /** Whether two sources may tell of one thing, by their clocks, which are the kernel's own: what comes again later does not. */
  private isAtOneTime(seq: number, other: number): boolean {
    const [x, y] = [this.source.eventAt(seq)?.t_ns ?? null, this.source.eventAt(other)?.t_ns ?? null];
    return x === null || y === null || Math.abs(x - y) < WITNESS_WITHIN_NS;
  }

  /** How often a pool of buffers had to grow follows from how calls overlap: its bridges go where its buffers go. */
  private laneOfCall(items: LaneItems, { name }: CallFingerprint): LaneItems | undefined {
    if (name !== 'SHM_BRIDGE_CREATE' || items.lane !== POOL_OWNER) return items;
    return this.laneList[this.numberOfLane(POOL_LANE)];
  }

  /** Known from chunk to chunk: to read an event takes columns that nobody else needs. */
  private laneOfSubject({ lanesByName }: Way, chunk: LazyChunk, index: number): number {
    const subject = chunk.strings[chunk.subjects[index] as number] ?? null;
    let lane = lanesByName.get(subject);
    if (lane === undefined) {
      lane = this.laneNumber(chunk.eventAt(index));
      lanesByName.set(subject, lane);
    }
    return lane;
  }

  private laneNumber(event: BootEvent): number {
    const lane = laneOf(event);
    if (lane === undefined || this.source.ignored.has(event.kind)) return NO_LANE;
    return this.numberOfLane(lane);
  }

  private numberOfLane(lane: string): number {
    if (this.source.ignored.has(lane)) {
      this.leftOut.add(lane);
      return NO_LANE;
    }
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
