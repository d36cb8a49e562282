import { Replay } from '../replay/replay.ts';
import type { SocState } from '../soc/soc-state.ts';
import type { OpenHistory } from './open-history.ts';

/**
 * The state at any event of a boot, one after the other: it goes on from where it is, or from a snapshot, whichever is
 * nearer.
 */
export class StateCursor {
  private readonly history: OpenHistory;
  private readonly bootId: number;
  private replay: Replay | undefined;
  private seq = 0;

  constructor(history: OpenHistory, bootId: number) {
    this.history = history;
    this.bootId = bootId;
  }

  /** How many events have to be replayed for the state after one. */
  replayLength(seq: number): number {
    const start = this.history.snapshots.seqBefore(this.bootId, seq);
    return seq - (this.isOnTheWay(seq) ? Math.max(start, this.seq) : start);
  }

  /** About how much there is to look at in the state that was asked for last: mappings, and words of translation tables. */
  get size(): number {
    const state = this.replay?.state;
    return state === undefined ? 1 : 1 + state.mappings.size + 512 * state.tableMemory.pageCount;
  }

  /** The state right after an event; before the first one for 0. It is good until the next call. */
  stateAt(seq: number): SocState {
    return this.history.withinOneRead(() => this.replayTo(seq));
  }

  private replayTo(seq: number): SocState {
    const { log, snapshots } = this.history;
    if (
      this.replay === undefined ||
      !this.isOnTheWay(seq) ||
      snapshots.seqBefore(this.bootId, seq) > this.seq
    ) {
      const start = snapshots.stateBefore(this.bootId, seq);
      this.replay = new Replay(log.lazyChunks(this.bootId, start.seq + 1), start.state, start.seq);
    }
    this.replay.advanceTo(seq);
    this.seq = seq;
    return this.replay.state;
  }

  private isOnTheWay(seq: number): boolean {
    return this.replay !== undefined && seq >= this.seq;
  }
}
