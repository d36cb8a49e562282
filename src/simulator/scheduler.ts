import { present } from '../base/assert.ts';

/**
 * What a task waits for. It is resumed with true when that came about, and with false when it timed out.
 * Times are integer nanoseconds of virtual time.
 */
type Wait =
  | { readonly type: 'sleep'; readonly ns: number }
  | { readonly type: 'completion'; readonly completion: Completion; readonly timeoutNs: number | null }
  | { readonly type: 'mutex'; readonly mutex: Mutex };

/** Code of an agent that takes time: a generator that yields whenever it has to wait. */
export type Steps<T = void> = Generator<Wait, T, boolean>;

/** A thread of the machine: a kernel task, or something that a firmware or a processor does by itself. */
export interface Task {
  /** `kworker/u32:5-143 [003] .....`, as ftrace names it; null for what is no task of Linux. */
  readonly context: string | null;
}

/** Lets the task that runs spend virtual time. */
export function* sleep(ns: number): Steps {
  yield { type: 'sleep', ns };
}

/** One-shot signal, as the kernel's `struct completion`: each `complete` lets one waiter through. */
export class Completion {
  private done = 0;
  private readonly waiters: Thread[] = [];

  /** Waits until somebody completes it. False when `timeoutNs` went by first. */
  *wait(timeoutNs: number | null = null): Steps<boolean> {
    if (this.done > 0) {
      this.done--;
      return true;
    }
    return yield { type: 'completion', completion: this, timeoutNs };
  }

  complete(): void {
    const waiter = this.waiters.shift();
    if (waiter === undefined) this.done++;
    else waiter.wake(true);
  }

  reinitialise(): void {
    this.done = 0;
  }

  /** For the scheduler alone. */
  enlist(thread: Thread): () => void {
    this.waiters.push(thread);
    return () => void this.waiters.splice(this.waiters.indexOf(thread), 1);
  }
}

/** Mutual exclusion, first come first served. */
export class Mutex {
  private isHeld = false;
  private readonly waiters: Thread[] = [];

  *lock(): Steps {
    if (this.isHeld) yield { type: 'mutex', mutex: this };
    else this.isHeld = true;
  }

  unlock(): void {
    const next = this.waiters.shift();
    if (next === undefined) this.isHeld = false;
    else next.wake(true);
  }

  /** For the scheduler alone. */
  enlist(thread: Thread): void {
    this.waiters.push(thread);
  }
}

interface Thread {
  readonly task: Task;
  wake(value: boolean): void;
}

interface Timer {
  readonly at: number;
  /** Breaks ties: what was asked for first comes first. */
  readonly order: number;
  readonly run: () => void;
  isCancelled: boolean;
}

/** The virtual clock: runs tasks in the order of their times, one at a time, always the same for the same tasks. */
export class Scheduler {
  /** Virtual time in ns. */
  now = 0;
  /** The task that runs. */
  current: Task = { context: null };
  private order = 0;
  private isStopped = false;
  private readonly heap: Timer[] = [];

  /** Starts a task, `delayNs` from now. */
  spawn(task: Task, steps: Steps, delayNs = 0): void {
    let cancelTimeout: (() => void) | undefined;
    const thread: Thread = {
      task,
      wake: (value) => {
        cancelTimeout?.();
        cancelTimeout = undefined;
        this.after(0, () => resume(value));
      },
    };
    const resume = (value: boolean): void => {
      this.current = task;
      const next = steps.next(value);
      if (next.done === true) return;
      const wait = next.value;
      switch (wait.type) {
        case 'sleep':
          this.after(wait.ns, () => resume(true));
          break;
        case 'mutex':
          wait.mutex.enlist(thread);
          break;
        case 'completion': {
          const leave = wait.completion.enlist(thread);
          if (wait.timeoutNs !== null) {
            cancelTimeout = this.after(wait.timeoutNs, () => {
              cancelTimeout = undefined;
              leave();
              resume(false);
            });
          }
          break;
        }
      }
    };
    this.after(delayNs, () => resume(true));
  }

  /** Runs until nothing is left to do, or until `untilNs` of virtual time. */
  run(untilNs = Number.POSITIVE_INFINITY): void {
    for (;;) {
      const timer = this.heap[0];
      if (this.isStopped || timer === undefined || timer.at > untilNs) return;
      this.pop();
      if (timer.isCancelled) continue;
      this.now = timer.at;
      timer.run();
    }
  }

  /** The machine died: nothing runs any more once the task that runs has yielded. */
  stop(): void {
    this.isStopped = true;
  }

  private after(ns: number, run: () => void): () => void {
    const timer: Timer = {
      at: this.now + Math.max(0, Math.round(ns)),
      order: this.order++,
      run,
      isCancelled: false,
    };
    const { heap } = this;
    heap.push(timer);
    let at = heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(timer, present(heap[parent], 'timer'))) break;
      heap[at] = present(heap[parent], 'timer');
      at = parent;
    }
    heap[at] = timer;
    return () => {
      timer.isCancelled = true;
    };
  }

  private pop(): void {
    const { heap } = this;
    const last = present(heap.pop(), 'timer');
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, present(heap[child], 'timer'))) child++;
      if (!isBefore(present(heap[child], 'timer'), last)) break;
      heap[at] = present(heap[child], 'timer');
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
