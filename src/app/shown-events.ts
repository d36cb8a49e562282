import type { BootEvent } from '../events/catalog.ts';
import { type ColumnArrays, ReusedArrays } from '../events/column-arrays.ts';
import type { LazyChunk } from '../events/lazy-chunk.ts';
import type { LogReader } from '../store/boot-reader.ts';

/** Chunks that are kept: a call and its return may lie in neighbours. */
const KEPT_CHUNKS = 3;

/** Chunks further on that are gone through rather than looked up. */
const NEAR = 3;

/** Single events of a boot, for somebody who mostly goes forward and reads few of each chunk's. */
export class ShownEvents {
  private readonly log: LogReader;
  private readonly bootId: number;
  /** The latest first. */
  private kept: LazyChunk[] = [];
  /** Arrays of the chunks that are kept, and of the next. */
  private readonly pools = Array.from({ length: KEPT_CHUNKS + 1 }, () => new ReusedArrays());
  private nextPool = 0;
  private ahead: Iterator<LazyChunk> | undefined;
  private aheadOf = 0;

  constructor(log: LogReader, bootId: number) {
    this.log = log;
    this.bootId = bootId;
  }

  at(seq: number): BootEvent | undefined {
    const found = this.kept.find(({ firstSeq, lastSeq }) => firstSeq <= seq && seq <= lastSeq);
    if (found !== undefined) return found.eventAt(seq - found.firstSeq);
    for (let tries = 0; seq > this.aheadOf && this.ahead !== undefined && tries < NEAR; tries++) {
      const chunk = this.next();
      if (chunk === undefined) return undefined;
      if (seq <= chunk.lastSeq) return chunk.eventAt(seq - chunk.firstSeq);
    }
    this.ahead = this.log.sparseChunks(this.bootId, seq, () => this.freeArrays())[Symbol.iterator]();
    const chunk = this.next();
    return chunk === undefined || seq < chunk.firstSeq ? undefined : chunk.eventAt(seq - chunk.firstSeq);
  }

  /** Arrays of the chunk that was given up last: memory that is touched for the first time is dear. */
  private freeArrays(): ColumnArrays {
    const pool = this.pools[this.nextPool] as ReusedArrays;
    this.nextPool = (this.nextPool + 1) % this.pools.length;
    pool.reset();
    return pool;
  }

  private next(): LazyChunk | undefined {
    const step = this.ahead?.next();
    if (step === undefined || step.done === true) {
      this.ahead = undefined;
      return undefined;
    }
    this.aheadOf = step.value.lastSeq;
    this.kept = [step.value, ...this.kept].slice(0, KEPT_CHUNKS);
    return step.value;
  }
}
