import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** A whole process that does a piece of work. */
export interface Contender {
  readonly command: string;
  readonly args: readonly string[];
  /** Makes the place ready; not measured. */
  readonly before?: () => void;
  /** Where its standard output goes when that is no report. */
  readonly stdoutTo?: string;
  /** Exit statuses that mean that the work was done. */
  readonly statuses?: readonly number[];
}

/** What one run of a contender used, as the kernel counted it, and what it said itself. */
export interface Sample {
  /** User and system time of the process. */
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly maxRssBytes: number;
  readonly report: Readonly<Record<string, unknown>>;
}

/** Runs contenders under the program that measures them. */
export class Stadium {
  private readonly measure: string | undefined;
  private readonly runs: number;
  private readonly onProgress: (text: string) => void;
  private running: ChildProcess | undefined;

  /** Without a program that measures, samples have no CPU time and no memory, only time by the clock. */
  constructor(measure: string | undefined, runs: number, onProgress: (text: string) => void) {
    this.measure = measure;
    this.runs = runs;
    this.onProgress = onProgress;
  }

  /**
   * Lets contenders run one after the other, round after round, so that whatever slows the machine down for
   * a while slows all of them. Returns their samples by round; none of a contender that is not there.
   */
  async contest<Name extends string>(
    title: string,
    contenders: Readonly<Record<Name, Contender | undefined>>,
  ): Promise<Record<Name, Sample[]>> {
    const names = Object.keys(contenders) as Name[];
    const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Sample[]>;
    for (let round = 1; round <= this.runs; round++) {
      for (const name of names) {
        const contender = contenders[name];
        if (contender === undefined) continue;
        this.onProgress(`${title}, round ${round} of ${this.runs}: ${name}`);
        samples[name].push(await this.run(contender));
      }
    }
    return samples;
  }

  /** Runs a contender once. */
  async run(contender: Contender): Promise<Sample> {
    const { command, args, statuses = [0] } = contender;
    contender.before?.();
    const wrapped = this.measure === undefined ? [command, ...args] : [this.measure, command, ...args];
    const [program = '', ...programArgs] = wrapped;
    const output = contender.stdoutTo === undefined ? 'pipe' : openSync(contender.stdoutTo, 'w');
    const start = performance.now();
    const child = spawn(program, programArgs, { stdio: ['ignore', output, 'pipe', 'pipe'] });
    this.running = child;
    if (typeof output === 'number') closeSync(output);
    const [, stdout, stderr, usage] = child.stdio as unknown as [null, Readable | null, Readable, Readable];
    const [status, report, complaint, used] = await Promise.all([
      exitOf(child),
      stdout === null ? '' : text(stdout),
      text(stderr),
      text(usage),
    ]);
    this.running = undefined;
    if (status === null || !statuses.includes(status)) {
      throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${complaint.trim()}`);
    }
    const usedBy = parseUsage(used, performance.now() - start);
    return { ...usedBy, report: report.startsWith('{') ? JSON.parse(report) : {} };
  }

  /** Ends the contender that is running, if one is. */
  stop(): void {
    this.running?.kill();
  }
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
}

function parseUsage(json: string, wallMs: number): Omit<Sample, 'report'> {
  if (json === '') return { cpuMs: Number.NaN, wallMs, maxRssBytes: Number.NaN };
  const used = JSON.parse(json) as Record<'user_ms' | 'system_ms' | 'wall_ms' | 'max_rss_bytes', number>;
  return { cpuMs: used.user_ms + used.system_ms, wallMs: used.wall_ms, maxRssBytes: used.max_rss_bytes };
}

/** A number that a contender reported. */
export function reported(sample: Sample, name: string): number {
  const value = sample.report[name];
  if (typeof value !== 'number') throw new Error(`a contender did not report ${name}`);
  return value;
}

/** CPU time of the part that is compared, without start-up and the making of the input. */
export function phaseCpuMs(sample: Sample): number {
  return reported(sample, 'phase_cpu_ms');
}
