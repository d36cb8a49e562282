import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { CiReporter } from './tools/ci-reporter.ts';

// The second part of a test's name says what it may do (test/tidy.unit.test.ts holds every file to one of them):
//   *.unit.test.ts     one piece of the code, pure
//   *.prop.test.ts     properties over generated input
//   *.golden.test.ts   input files against reviewed output files
//   *.int.test.ts      real files, real SQLite, real processes
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/fixed-seed.ts'],
    // Native addons (better-sqlite3) are happier in processes than in worker threads.
    pool: 'forks',
    // Left alone, vitest keeps one core free, which of two is half the machine.
    poolOptions: { forks: { maxForks: Math.max(2, availableParallelism() - 1) } },
    // Generous on purpose: property and CLI tests share two slow cores in CI, and a hang is still found.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', new CiReporter()],
  },
});
