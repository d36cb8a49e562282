import { Interruption } from './interruption.ts';

/** Long work that lets go every so often: at each `yield` it can be stopped by an {@link Interruption}, or just go on. */
export type Steps<Result> = Generator<void, Result>;

/** Does all of it at once. */
export function runSteps<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Does it piece by piece, waiting for `pause` in between, and stops where `isStopped` says so. */
export async function runStepsUntil<Result>(
  steps: Steps<Result>,
  isStopped: () => boolean,
  pause: () => Promise<void>,
): Promise<Result> {
  for (;;) {
    const step = isStopped() ? steps.throw(new Interruption('stopped')) : steps.next();
    if (step.done === true) return step.value;
    await pause();
  }
}
