/** What the process says to a script: as `diff` and `grep` do. */
export const EXIT = {
  /** Done; or the same, or no findings. */
  ok: 0,
  /** Differences, or findings. */
  findings: 1,
  /** The input or the command line is wrong. */
  trouble: 2,
  /** Stopped by Ctrl-C: 128 and the number of SIGINT, as shells have it. */
  interrupted: 130,
  /** Our own bug. */
  bug: 70,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
