import { setImmediate as nextTurn } from 'node:timers/promises';
import { runStepsUntil, type Steps } from '../base/steps.ts';
import type { Terminal } from './terminal.ts';

/** Does long work in such a way that Ctrl-C stops it between two steps, where it can say what is kept. */
export async function runInterruptibly<Result>(steps: Steps<Result>, terminal: Terminal): Promise<Result> {
  let isStopped = false;
  const stopListening = terminal.onInterrupt(() => {
    isStopped = true;
  });
  try {
    return await runStepsUntil(steps, () => isStopped, nextTurn);
  } finally {
    stopListening();
  }
}
