import { describe, expect, it } from 'vitest';
import { Completion, Mutex, Scheduler, type Steps, sleep } from '../../../src/simulator/scheduler.ts';

function setUp() {
  const scheduler = new Scheduler();
  const seen: string[] = [];
  const note = (text: string) => seen.push(`${scheduler.now} ${text}`);
  const spawn = (name: string, steps: Steps, delay = 0) => scheduler.spawn({ context: name }, steps, delay);
  return { scheduler, seen, note, spawn };
}

describe('the scheduler', () => {
  it('runs tasks by their times, and what is due at the same time in the order in which it was asked for', () => {
    const { scheduler, seen, note, spawn } = setUp();
    function* task(name: string, ...waits: number[]): Steps {
      note(`${name} begins`);
      for (const ns of waits) {
        yield* sleep(ns);
        note(name);
      }
    }
    spawn('a', task('a', 10, 10));
    spawn('b', task('b', 20));
    spawn('c', task('c', 5, 15));
    spawn('late', task('late'), 12);
    scheduler.run();
    expect(seen).toEqual([
      '0 a begins',
      '0 b begins',
      '0 c begins',
      '5 c',
      '10 a',
      '12 late begins',
      '20 b',
      '20 c',
      '20 a',
    ]);
  });

  it('stops at a limit, and goes on from there', () => {
    const { scheduler, seen, note, spawn } = setUp();
    spawn(
      'a',
      (function* () {
        yield* sleep(100);
        note('done');
      })(),
    );
    scheduler.run(99);
    expect(seen).toEqual([]);
    scheduler.run();
    expect(seen).toEqual(['100 done']);
  });

  it('says whose task runs', () => {
    const { scheduler, spawn } = setUp();
    const contexts: (string | null)[] = [];
    function* task(): Steps {
      contexts.push(scheduler.current.context);
      yield* sleep(1);
      contexts.push(scheduler.current.context);
    }
    spawn('a', task());
    spawn('b', task());
    scheduler.run();
    expect(contexts).toEqual(['a', 'b', 'a', 'b']);
  });
});

describe('a completion', () => {
  it('lets one waiter through for each time that it is completed, also one who comes later', () => {
    const { scheduler, seen, note, spawn } = setUp();
    const completion = new Completion();
    function* waiter(name: string, delay: number): Steps {
      yield* sleep(delay);
      note(`${name} ${yield* completion.wait()}`);
    }
    spawn('first', waiter('first', 0));
    spawn('second', waiter('second', 1));
    spawn('third', waiter('third', 50));
    spawn(
      'completer',
      (function* () {
        yield* sleep(10);
        completion.complete();
        completion.complete();
        completion.complete();
      })(),
    );
    scheduler.run();
    expect(seen).toEqual(['10 first true', '10 second true', '50 third true']);
  });

  it('can be waited for no longer than so, and a completion after that is for somebody else', () => {
    const { scheduler, seen, note, spawn } = setUp();
    const completion = new Completion();
    spawn(
      'impatient',
      (function* () {
        note(`impatient ${yield* completion.wait(5)}`);
        yield* sleep(100);
        note(`again ${yield* completion.wait(5)}`);
      })(),
    );
    spawn(
      'completer',
      (function* () {
        yield* sleep(7);
        completion.complete();
      })(),
    );
    scheduler.run();
    expect(seen).toEqual(['5 impatient false', '105 again true']);
  });
});

describe('a mutex', () => {
  it('is held by one at a time, first come first served', () => {
    const { scheduler, seen, note, spawn } = setUp();
    const mutex = new Mutex();
    function* user(name: string): Steps {
      yield* mutex.lock();
      note(`${name} in`);
      yield* sleep(10);
      note(`${name} out`);
      mutex.unlock();
    }
    spawn('a', user('a'));
    spawn('b', user('b'));
    spawn('c', user('c'), 15);
    scheduler.run();
    expect(seen).toEqual(['0 a in', '10 a out', '10 b in', '20 b out', '20 c in', '30 c out']);
  });
});
