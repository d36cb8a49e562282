import { renderKernelSeconds } from '../base/time.ts';

/** What stands before the event of an ftrace entry, and does not change from entry to entry of a task. */
export interface FtraceFrame {
  /** `kworker/0:1-9`. */
  readonly task: string;
  readonly cpu: number;
  /** The option irq-info was on: five columns say what was locked or disabled. */
  readonly hasFlags: boolean;
  /** The option record-tgid was on. */
  readonly hasThreadGroup: boolean;
  /** All up to the time. */
  readonly head: string;
}

const FTRACE_CONTEXT = /^([^\n]*)-(\d+)(?: \( ?([\d-]+)\))? \[(\d+)\](?: (\S+))?$/;
const PRINTK_TASK = /^T(\d+)$/;
const PRINTK_CPU = /^C(\d+)$/;

/** Contexts that are remembered; a log with more tasks than that costs time and not memory. */
const MOST_CONTEXTS = 4096;

/** `%16s-%-7d [%03d] %s`, and `(%7d) ` before the CPU (kernel/trace/trace_output.c trace_print_context). */
function frameOf(
  comm: string,
  pid: string,
  tgid: string | undefined,
  cpu: string,
  flags: string | undefined,
) {
  const group = tgid === undefined ? '' : `(${tgid.padStart(7)}) `;
  return {
    task: `${comm}-${pid}`,
    cpu: Number(cpu),
    hasFlags: flags !== undefined,
    hasThreadGroup: tgid !== undefined,
    head: `${comm.padStart(16)}-${pid.padEnd(7)} ${group}[${cpu}] ${flags ?? ''}`,
  };
}

/** Frames by the context of events. A context that tells no task, or none at all, is the idle task's. */
export class FtraceFrames {
  private readonly known = new Map<string | null, FtraceFrame>();

  get(context: string | null): FtraceFrame {
    const known = this.known.get(context);
    if (known !== undefined) return known;
    const frame = parseContext(context ?? '');
    if (this.known.size >= MOST_CONTEXTS) this.known.clear();
    this.known.set(context, frame);
    return frame;
  }
}

function parseContext(context: string): FtraceFrame {
  const [, comm = '', pid = '', tgid, cpu = '', flags] = FTRACE_CONTEXT.exec(context) ?? [];
  if (cpu !== '') return frameOf(comm, pid, tgid, cpu, flags);
  // Of a task that printed only the number is known; the kernel too says so of tasks that it has forgotten.
  const thread = PRINTK_TASK.exec(context)?.[1];
  if (thread !== undefined) return frameOf('<...>', thread, undefined, '000', '.....');
  return frameOf('<idle>', '0', undefined, (PRINTK_CPU.exec(context)?.[1] ?? '0').padStart(3, '0'), '.....');
}

/** `            init-1       [000] d..1.     0.156363: …`. */
export function renderFtraceEntry(frame: FtraceFrame, tNs: number, event: string): string {
  return `${frame.head} ${renderKernelSeconds(tNs)}: ${event}`;
}

/** What the header of a trace says of what follows. */
export interface FtraceSummary {
  readonly entryCount: number;
  readonly lostCount: number;
  readonly cpuCount: number;
  readonly hasFlags: boolean;
  readonly hasThreadGroup: boolean;
}

/** The lines that a trace begins with (kernel/trace/trace.c print_func_help_header, …_irq). */
export function renderFtraceHeader(summary: FtraceSummary): string {
  const { entryCount, lostCount, cpuCount, hasFlags, hasThreadGroup } = summary;
  const lines = [
    '# tracer: nop',
    '#',
    `# entries-in-buffer/entries-written: ${entryCount}/${entryCount + lostCount}   #P:${cpuCount}`,
    '#',
  ];
  const column = (text: string) => (hasThreadGroup ? text : text.slice(0, 2));
  if (hasFlags) {
    const art = [
      '  _-----=> irqs-off/BH-disabled',
      ' / _----=> need-resched',
      '| / _---=> hardirq/softirq',
      '|| / _--=> preempt-depth',
      '||| / _-=> migrate-disable',
      '|||| /     delay',
    ];
    for (const line of art) lines.push(`#                            ${column('            ')}${line}`);
    lines.push(`#           TASK-PID  ${column('     TGID   ')} CPU#  |||||  TIMESTAMP  FUNCTION`);
    lines.push(`#              | |    ${column('       |    ')}   |   |||||     |         |`);
  } else {
    lines.push(
      `#           TASK-PID    ${hasThreadGroup ? '   TGID   ' : ''} CPU#     TIMESTAMP  FUNCTION`,
      `#              | |      ${hasThreadGroup ? '     |    ' : ''}   |         |         |`,
    );
  }
  return `${lines.join('\n')}\n`;
}
