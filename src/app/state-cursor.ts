import { Replay } from '../replay/replay.ts';
import type { SocState } from '../soc/soc-state.ts';
import type { LogReader } from '../store/boot-reader.ts';

/** The state at any event of a boot, one after the other: cheap on the way on, and from the beginning on the way back. */
export class StateCursor {
  private readonly log: LogReader;
  private readonly bootId: number;
  private replay: Replay | undefined;
  private seq = 0;

  constructor(log: LogReader, bootId: number) {
    this.log = log;
    this.bootId = bootId;
  }

  /** Whether the state after an event takes a replay from the beginning. */
  isBehind(seq: number): boolean {
    return seq < this.seq;
  }

  /** About how much there is to look at in the state that was asked for last: mappings, and words of translation tables. */
  get size(): number {
    const state = this.replay?.state;
    return state === undefined ? 1 : 1 + state.mappings.size + 512 * state.tableMemory.pageCount;
  }

  /** The state right after an event; before the first one for 0. It is good until the next call. */
  stateAt(seq: number): SocState {
    if (this.replay === undefined || this.isBehind(seq))
      this.replay = new Replay(this.log.lazyChunks(this.bootId));
    this.replay.advanceTo(seq);
    this.seq = seq;
    return this.replay.state;
  }
}
