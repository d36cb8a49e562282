import { assert } from '../base/assert.ts';
import { foldChunk } from '../events/fold-chunk.ts';
import type { LazyChunk } from '../events/lazy-chunk.ts';
import { initialSocState, type SocState } from '../soc/soc-state.ts';

/** The state of a SoC as a boot goes on: one state, which each event changes in place. */
export class Replay {
  readonly state: SocState;
  private readonly chunks: Iterator<LazyChunk>;
  private chunk: LazyChunk | undefined;
  private lastSeq: number;

  /**
   * Takes the chunks of a boot from the one that holds the event after `lastSeq`, which is the last one that `state`
   * knows.
   */
  constructor(chunks: Iterable<LazyChunk>, state: SocState = initialSocState(), lastSeq = 0) {
    this.chunks = chunks[Symbol.iterator]();
    this.state = state;
    this.lastSeq = lastSeq;
  }

  /** Goes on until right after an event. There is no way back. */
  advanceTo(seq: number): void {
    assert(this.lastSeq <= seq, `a replay that passed event ${this.lastSeq} cannot go back to ${seq}`);
    while (this.lastSeq < seq) {
      const chunk = this.nextChunk(seq);
      const to = Math.min(seq, chunk.lastSeq);
      foldChunk(this.state, chunk, this.lastSeq + 1 - chunk.firstSeq, to + 1 - chunk.firstSeq);
      this.lastSeq = to;
    }
  }

  /** The chunk that holds the event after the last one. */
  private nextChunk(seq: number): LazyChunk {
    while (this.chunk === undefined || this.chunk.lastSeq <= this.lastSeq) {
      const next = this.chunks.next();
      assert(next.done !== true, `the boot has no event ${seq}`);
      this.chunk = next.value;
    }
    assert(
      this.chunk.firstSeq <= this.lastSeq + 1,
      `events ${this.lastSeq + 1} to ${this.chunk.firstSeq - 1} are missing`,
    );
    return this.chunk;
  }
}
