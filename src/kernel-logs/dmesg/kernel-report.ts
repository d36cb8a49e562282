import type { PayloadOf } from '../../events/catalog.ts';
import {
  isAccess,
  joinOops,
  type OopsText,
  type ReportHeader,
  readHardwareName,
  readOops,
  readReportHeader,
  readWarning,
  type WarningText,
} from '../../soc/kernel-report-text.ts';
import { AGENT } from '../event-sink.ts';
import { tellKernelOfReport, tellMachine } from './identity-recognisers.ts';
import type { OpenReport } from './open-report.ts';
import type { Recognition } from './recognition.ts';

type StallType = PayloadOf<'kernel.stalled'>['type'];

/** Lines of others that may stand before the call trace, and within it. */
const PATIENCE = 40;
/** Once there are frames, a line of another shape is most likely no part of the report. */
const PATIENCE_IN_TRACE = 6;
/** Frames that are kept of a call trace. */
const FRAMES_MAX = 64;

export const CUT_HERE = /^-+\[ cut here \]-+$/;
export const BLOCKED_TASK =
  /^INFO: task (.+):(\d{1,9}) (?:<\S+> )?blocked (?:in I\/O wait )?for more than (\d{1,9}) seconds\.?$/;
export const SOFT_LOCKUP =
  /^(?:NMI )?(?:watchdog: )?BUG: soft lockup - CPU#(\d{1,6}) stuck for (\d{1,9})s! \[(.+):(\d{1,9})\]$/;
export const HARD_LOCKUP =
  /^(?:NMI )?watchdog: (?:CPU\d+: )?Watchdog detected hard LOCKUP on cpu ?(\d{1,6})$/i;
export const RCU_STALL =
  /^(?:rcu: )?INFO: rcu_\S+ (?:self-detected stall on CPU|detected (?:expedited )?stalls on CPUs\/tasks:).*$/;
export const WORKQUEUE_LOCKUP = /^BUG: workqueue lockup - pool cpus=(\d{1,6}).* stuck for (\d{1,9})s!$/;
const NO_BEGINNING = 'a report whose beginning is missing';
const END = /^---\[ end (?:trace|Kernel panic)/;
const RCU_CPU = /^rcu: \s*(\d{1,6})-[^:]*: /;
const RCU_DETAIL = /^(?:rcu: \s|\s*\(t=|\s*\(detected by)/;
const CPU_LINE =
  /^\s*CPU: (\d{1,6}) (?:UID: \d+ )?PID: (\d{1,9}) Comm: (.+?) (?:Not tainted|Tainted:|Kdump:).*$/;
const TASK_LINE = /^\s*task:(.+?)\s+state:\S+ .*?pid:\s*(\d{1,9})\b.*$/;
const PC = /^\s*(?:pc : |PC is at |RIP: \d+:)\[?<?([A-Za-z_$][\w.$]*)\+0x/;
const LR = /^\s*(?:lr : |LR is at )([A-Za-z_$][\w.$]*)\+0x/;
const FRAME =
  /^\s*(?:\[<[0-9a-f]+>\]\s*)?\(?(?:\? )?([A-Za-z_$][\w.$]*(?:\+0x[0-9a-f]+\/0x[0-9a-f]+)?(?: \[[\w-]+\])?)\)?(?: \(.*\)| from .*)?$/;
const TRACE_HEAD = /^\s*(?:Call [Tt]race:|Backtrace:|stack backtrace:)/;
/** A frame of a 32-bit Arm, whose call trace has no head. */
const ARM32_FRAME = /^\s*\[<[0-9a-f]+>\] \(/;
/** What stands between a bad access and the `Internal error` that follows it (mem_abort_decode, show_pte). */
const ABORT_DETAIL =
  /^\s*(?:Mem abort info:|Data abort info:|ESR = |EC = |SET = |EA = |FSC = |ISV = |CM = |GCS = |(?:user|swapper) pgtable:|\[[0-9a-f]{8,16}\] (?:pgd|\*pgd)=|pgd = |#PF: |PGD [0-9a-f]+ )/;
/** Functions that print the trace, wait, or take locks: they say nothing of where it happened. */
const PLUMBING =
  /^(?:dump_backtrace[\w.]*|show_stack|_*dump_stack\w*|unwind_backtrace|print_\w+|__switch_to|__schedule|schedule\w*|sysfs_warn_dup|___?might_\w+|__warn|warn_slowpath_\w+|check_\w+|validate_chain|mark_lock|_*lock_acquire\w*|_*mutex_lock\w*|_raw_\w+|(?:__)?wait_for_com\w+|(?:__)?down(?:_\w+)?|rwsem_down_\w+|io_schedule\w*)\b/;
/** What lockdep says between its first line and its call trace (kernel/locking/lockdep.c print_circular_bug …). */
const LOCKDEP_DETAIL =
  /^(?:\s|->|#\d|[-=]{3,}|\d+ locks? held by|other info|but |which |the existing|and this task|Possible |stack backtrace|$)|is trying to (?:acquire|release|lock)|is already holding|\*\*\* DEADLOCK|May be due to/;
/** Registers, memory, taint and the like: part of the report, and nothing that is kept. */
const FILLER =
  /^\s*(?:Modules linked in:|Hardware name:|Workqueue:|Tainted:|pstate:|pc :|lr :|sp :|x\d+\s*:|Code:|Mem abort info:|Data abort info:|ESR = |EC = |SET = |EA = |FSC = |ISV = |CM = |GCS = |(?:user|swapper) pgtable:|\[[0-9a-f]{8,16}\] pgd=|Process |Stack:|Exception stack|irq event stamp:|(?:hard|soft)irqs last|Not tainted|"echo 0 >|<\/?(?:IRQ|TASK|NMI)>|in_atomic\(\)|preempt_count:|RCU nest depth:|INFO: lockdep|Showing |Last Breaking|Workqueue:|other info|=+$|-+$|R[A-Z0-9]{2}: |(?:FS|CS|CR\d|DR\d): |NIP|pgd = |Flags: |Control: |r\d+\s*:|[0-9a-f]{3,4}: [0-9a-f]{8})/;

/** A report with a call trace: a WARN, an oops, or what a watchdog found. Whichever lines it has, it is one event. */
export class KernelReport implements OpenReport {
  private warning: WarningText | null = null;
  private oops: OopsText | null = null;
  private stall: { type: StallType; duration: number | null } | null = null;
  private cpu: number | null = null;
  private task: string | null = null;
  private pid: number | null = null;
  private header: ReportHeader | undefined;
  private hardware: string | undefined;
  private message: string | null = null;
  private programCounter: string | null = null;
  private caller: string | null = null;
  /** Begun by a line that stands within a report: the lines before it are missing. */
  private isHeadless = false;
  private isInTrace = false;
  /** The kernel said that it dies of the access: registers and call trace follow. */
  private hasDied = false;
  private frames: string[] = [];
  private hasEnded = false;

  private constructor() {
    this.tell = this.tell.bind(this);
  }

  /** Begun by the line above a WARN or a BUG, which says no more than that something comes. */
  static ofCut(): KernelReport {
    return new KernelReport();
  }

  static ofWarning([text = '']: readonly string[]): KernelReport {
    const report = new KernelReport();
    report.warning = readWarning(text) ?? null;
    return report;
  }

  static ofOops([text = '']: readonly string[]): KernelReport {
    const report = new KernelReport();
    report.oops = readOops(text) ?? null;
    report.hasDied = !isAccess(text);
    return report;
  }

  static ofHeader([text = '']: readonly string[]): KernelReport {
    const report = new KernelReport();
    report.isHeadless = true;
    report.takeRest(text);
    return report;
  }

  static ofStall(
    type: StallType,
    told: {
      readonly cpu?: string | undefined;
      readonly duration?: string | undefined;
      readonly task?: string | undefined;
      readonly pid?: string | undefined;
    },
  ): KernelReport {
    const report = new KernelReport();
    report.stall = { type, duration: told.duration === undefined ? null : Number(told.duration) };
    report.cpu = told.cpu === undefined ? null : Number(told.cpu);
    report.task = told.task ?? null;
    report.pid = told.pid === undefined ? null : Number(told.pid);
    return report;
  }

  get patience(): number {
    return this.frames.length > 0 ? PATIENCE_IN_TRACE : PATIENCE;
  }

  isOver(): boolean {
    return this.hasEnded;
  }

  take(text: string, isSameCaller: boolean, isTimed: boolean): boolean {
    if (!isSameCaller || this.hasEnded) return false;
    // Any text may be the message of a WARN, so that nothing but its time tells it from what is not of the kernel.
    if (!isTimed && !this.isKnown() && readOops(text) === undefined && readWarning(text) === undefined)
      return false;
    if (this.oops !== null && !this.hasDied) return this.takeUntilDeath(text);
    if (END.test(text)) {
      this.hasEnded = true;
      return true;
    }
    return this.takeBeginning(text) ?? this.takeRest(text);
  }

  /** Between the bad access and its consequence, other CPUs may report what they like. */
  private takeUntilDeath(text: string): boolean {
    if (ABORT_DETAIL.test(text)) return true;
    const oops = readOops(text);
    if (oops === undefined || this.oops === null || isAccess(text)) return false;
    this.oops = joinOops(this.oops, oops);
    this.hasDied = true;
    return true;
  }

  /** Lines that may begin a report: of this one, or the end of it; undefined for any other. */
  private takeBeginning(text: string): boolean | undefined {
    if (CUT_HERE.test(text) || BLOCKED_TASK.test(text) || SOFT_LOCKUP.test(text) || RCU_STALL.test(text)) {
      this.hasEnded = true;
      return false;
    }
    const oops = readOops(text);
    if (oops !== undefined) {
      if (this.warning !== null || this.stall !== null) {
        this.hasEnded = true;
        return false;
      }
      if (this.oops !== null && isAccess(text)) {
        this.hasEnded = true;
        return false;
      }
      this.oops = this.oops === null ? oops : joinOops(this.oops, oops);
      this.hasDied = !isAccess(text);
      return true;
    }
    const warning = readWarning(text);
    if (warning === undefined) return undefined;
    if (this.isKnown()) {
      this.hasEnded = true;
      return false;
    }
    this.warning = warning;
    return true;
  }

  private isKnown(): boolean {
    return this.isHeadless || this.warning !== null || this.oops !== null || this.stall !== null;
  }

  private takeRest(text: string): boolean {
    if (!this.isKnown()) {
      // What a WARN says stands between the cut and its place.
      if (this.message !== null || !/^\S/.test(text) || FILLER.test(text) || TRACE_HEAD.test(text))
        return false;
      this.message = text;
      return true;
    }
    const cpu = CPU_LINE.exec(text);
    if (cpu !== null) {
      this.cpu = Number(cpu[1]);
      this.pid = Number(cpu[2]);
      this.task = cpu[3] ?? null;
      this.header ??= readReportHeader(text);
      return true;
    }
    const task = TASK_LINE.exec(text);
    if (task !== null) {
      this.task ??= task[1] ?? null;
      this.pid ??= Number(task[2]);
      return true;
    }
    const pc = PC.exec(text);
    if (pc !== null) {
      this.programCounter = pc[1] ?? null;
      return true;
    }
    const lr = LR.exec(text);
    if (lr !== null) {
      this.caller = lr[1] ?? null;
      return true;
    }
    return this.takeTrace(text);
  }

  private takeTrace(text: string): boolean {
    if (TRACE_HEAD.test(text)) {
      this.isInTrace = true;
      this.frames = [];
      return true;
    }
    if (FILLER.test(text)) {
      this.hardware ??= readHardwareName(text);
      return true;
    }
    if (this.stall?.type === 'rcu-stall') {
      this.cpu ??= numberOf(RCU_CPU.exec(text)?.[1]);
      if (RCU_DETAIL.test(text)) return true;
    }
    if (!this.isInTrace && this.warning?.file === null && LOCKDEP_DETAIL.test(text)) return true;
    if (ARM32_FRAME.test(text)) this.isInTrace = true;
    if (!this.isInTrace) return false;
    const frame = FRAME.exec(text);
    if (frame === null) return false;
    if (this.frames.length < FRAMES_MAX) this.frames.push(frame[1] ?? '');
    return true;
  }

  tell(recognition: Recognition): void {
    if (!this.isHeadless || this.isAllThereIs(recognition)) this.tellWhatHappened(recognition);
    tellKernelOfReport(recognition, this.header);
    tellMachine(recognition, this.hardware, 'report');
  }

  /**
   * Whether a report without a beginning is one of its own: an excerpt starts within it. Where the kernel is known from
   * before, it is part of what was told already, as are the backtraces of other CPUs.
   */
  private isAllThereIs({ tracker }: Recognition): boolean {
    const isOfUnknown = this.header !== undefined && !tracker.knowsKernel(this.header.release);
    return isOfUnknown && (this.programCounter !== null || this.frames.length > 0);
  }

  private tellWhatHappened({ sink, cause }: Recognition): void {
    const about = { agent: AGENT.linux, cause };
    const { oops, stall, warning } = this;
    const where = this.whereabouts();
    if (oops !== null) {
      sink.emit('kernel.oopsed', about, {
        reason: oops.reason,
        fault_address: oops.faultAddress,
        syndrome: oops.syndrome,
        ...where,
        caller: this.caller,
      });
    } else if (stall !== null) {
      sink.emit('kernel.stalled', about, { type: stall.type, duration_s: stall.duration, ...where });
    } else {
      sink.emit('kernel.warned', about, {
        file: warning?.file ?? null,
        file_line: warning?.fileLine ?? null,
        message: warning?.message ?? this.message ?? (this.isHeadless ? NO_BEGINNING : null),
        ...where,
        function: warning?.function ?? where.function,
        cpu: this.cpu ?? warning?.cpu ?? null,
        task: this.task ?? warning?.task ?? null,
        pid: this.pid ?? warning?.pid ?? null,
      });
    }
  }

  private whereabouts() {
    const innermost = this.frames.find((frame) => !PLUMBING.test(frame))?.replace(/\+0x.*$/, '') ?? null;
    return {
      function: this.programCounter ?? innermost,
      cpu: this.cpu,
      task: this.task,
      pid: this.pid,
      frames: this.frames.length === 0 ? null : this.frames.join('\n'),
    };
  }
}

function numberOf(digits: string | undefined): number | null {
  return digits === undefined ? null : Number(digits);
}
