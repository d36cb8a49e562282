import type { Task } from '../scheduler.ts';

/** The kernel keeps fifteen characters of a task's name (TASK_COMM_LEN). */
const NAME_LENGTH = 15;

/** A kernel task as ftrace prints it: name, PID and CPU. */
export function kernelTask(name: string, pid: number, cpu: number): Task {
  return { context: `${name.slice(0, NAME_LENGTH)}-${pid} [${String(cpu).padStart(3, '0')}] .....` };
}

/** Hands out PIDs and CPUs to tasks that come up during a boot, in the order in which they do. */
export class TaskFactory {
  private pid = 30;
  private cpu = 0;
  private readonly cpuCount: number;

  constructor(cpuCount: number) {
    this.cpuCount = cpuCount;
  }

  /** A kworker that boots a processor, or handles its crash. */
  worker(): Task {
    const cpu = this.nextCpu();
    return kernelTask(`kworker/u${2 * this.cpuCount}:${1 + (this.pid % 7)}`, this.nextPid(), cpu);
  }

  interruptThread(interrupt: number, name: string): Task {
    return kernelTask(`irq/${interrupt}-${name}`, this.nextPid(), this.nextCpu());
  }

  private nextPid(): number {
    return this.pid++;
  }

  private nextCpu(): number {
    const cpu = this.cpu % this.cpuCount;
    this.cpu++;
    return cpu;
  }
}
