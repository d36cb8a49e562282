/**
 * CPU time of the part of a contender that is compared, in milliseconds. It is the time of the whole process,
 * collector and compiler threads too, between start and stop; the phases add up.
 */
export class Phase {
  private usedMs = 0;

  time<T>(action: () => T): T {
    const before = process.cpuUsage();
    const result = action();
    const { user, system } = process.cpuUsage(before);
    this.usedMs += (user + system) / 1000;
    return result;
  }

  get cpuMs(): number {
    return this.usedMs;
  }
}

/** What a contender tells bench.ts about its run: one line of JSON on standard output. */
export function printReport(report: Readonly<Record<string, number | string>>): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

/** An argument of the contender, from 0. */
export function argument(index: number): string {
  const value = process.argv[2 + index];
  if (value === undefined) throw new Error(`argument ${index} is missing`);
  return value;
}
