import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/**
 * Prints `412 passed, 0 failed, 3 skipped` alone on the last line, whatever happened.
 *
 * It counts more than tests as failed: a file that does not load, a hook that throws, an error outside any
 * test. And it waits for the process to exit, because only then is it known that nothing else will be
 * printed, and whether the run fails for a reason that no test shows (no test files, a worker that died).
 */
export class CiReporter implements Reporter {
  readonly #counts = { passed: 0, failed: 0, skipped: 0 };

  onInit(): void {
    // First in line, since the test runner's own listener may end the process on the spot.
    process.prependOnceListener('exit', (exitCode) => {
      // On a terminal the last thing written is the cursor coming back, and no line end after it.
      const lineStart = process.stdout.isTTY ? '\n' : '';
      process.stdout.write(`${lineStart}${this.#line(exitCode)}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    Object.assign(this.#counts, { passed: 0, failed: 0, skipped: 0 });
    this.#counts.failed += unhandledErrors.length;
    for (const module of modules) this.#countModule(module);
  }

  #countModule(module: TestModule): void {
    if (module.errors().length > 0) this.#counts.failed++;
    for (const suite of module.children.allSuites()) {
      if (suite.errors().length > 0) this.#counts.failed++;
    }
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      // A test still pending when the run is over never got to run.
      this.#counts[state === 'pending' ? 'skipped' : state]++;
    }
  }

  #line(exitCode: number): string {
    const { passed, skipped } = this.#counts;
    const failed = exitCode !== 0 && this.#counts.failed === 0 ? 1 : this.#counts.failed;
    const skippedPart = skipped > 0 ? `, ${skipped} skipped` : '';
    return `${passed} passed, ${failed} failed${skippedPart}`;
  }
}
