import { CONTEXT_WIDTH } from './frame.ts';

/** A power of two, many times the tasks that alternate in a trace. */
const SLOTS = 1024;
const WORDS = CONTEXT_WIDTH / 4;

/**
 * What is known about the first columns of frames of the usual width: task, PID, CPU and flags. Few of them take
 * turns, so that finding them again, by nine words, saves looking for where each part begins and ends.
 */
export class RecentContexts<Context> {
  private readonly words = new Int32Array(SLOTS * WORDS);
  private readonly contexts: (Context | undefined)[] = new Array<Context | undefined>(SLOTS).fill(undefined);

  /** What was remembered of a line that begins at `start` and has a context's width at least. */
  find(view: DataView, start: number): Context | undefined {
    const slot = slotOf(view, start);
    const { words } = this;
    const first = slot * WORDS;
    for (let word = 0; word < WORDS; word++) {
      if (view.getInt32(start + 4 * word, true) !== words[first + word]) return undefined;
    }
    return this.contexts[slot];
  }

  remember(view: DataView, start: number, context: Context): void {
    const slot = slotOf(view, start);
    for (let word = 0; word < WORDS; word++) {
      this.words[slot * WORDS + word] = view.getInt32(start + 4 * word, true);
    }
    this.contexts[slot] = context;
  }
}

/** By the end of the task's name, its PID, the CPU and the flags: the columns that differ most. */
function slotOf(view: DataView, start: number): number {
  let hash = Math.imul(view.getInt32(start + 12, true), 0x9e3779b1);
  hash = Math.imul(hash ^ view.getInt32(start + 16, true), 0x9e3779b1) ^ (hash >>> 15);
  hash = Math.imul(hash ^ view.getInt32(start + 24, true), 0x9e3779b1) ^ (hash >>> 15);
  hash = Math.imul(hash ^ view.getInt32(start + 32, true), 0x9e3779b1);
  return (hash ^ (hash >>> 16)) & (SLOTS - 1);
}
