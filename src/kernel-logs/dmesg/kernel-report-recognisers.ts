import { AGENT } from '../event-sink.ts';
import {
  BLOCKED_TASK,
  CUT_HERE,
  HARD_LOCKUP,
  KernelReport,
  RCU_STALL,
  SOFT_LOCKUP,
  WORKQUEUE_LOCKUP,
} from './kernel-report.ts';
import type { Recogniser, ReportRecogniser } from './recogniser.ts';

function oops(name: string, where: string, pattern: RegExp, example: string): ReportRecogniser {
  return { name, where, firstWord: firstWordOf(example), pattern, example, begin: KernelReport.ofOops };
}

function warning(name: string, where: string, pattern: RegExp, example: string): ReportRecogniser {
  return { name, where, firstWord: firstWordOf(example), pattern, example, begin: KernelReport.ofWarning };
}

function stall(
  name: string,
  where: string,
  pattern: RegExp,
  example: string,
  begin: (match: readonly string[]) => KernelReport,
): ReportRecogniser {
  return { name, where, firstWord: firstWordOf(example), pattern, example, begin };
}

function firstWordOf(line: string): string {
  return (/^[^ :]*/.exec(line) as RegExpExecArray)[0];
}

/** Lines that a report of the kernel about itself begins with. What has a call trace is one event with it. */
export const KERNEL_REPORT_RECOGNISERS: readonly Recogniser[] = [
  {
    name: 'cut above a warning',
    where: 'kernel/panic.c __warn, lib/bug.c',
    firstWord: '------------[',
    pattern: CUT_HERE,
    example: '------------[ cut here ]------------',
    begin: KernelReport.ofCut,
  },
  stall(
    'workqueue lockup',
    'kernel/workqueue.c wq_watchdog_timer_fn',
    WORKQUEUE_LOCKUP,
    'BUG: workqueue lockup - pool cpus=3 node=0 flags=0x0 nice=0 stuck for 43s!',
    ([, cpu, duration]) => KernelReport.ofStall('workqueue-lockup', { cpu, duration }),
  ),
  stall(
    'soft lockup, as older kernels say it',
    'kernel/watchdog.c',
    SOFT_LOCKUP,
    'BUG: soft lockup - CPU#3 stuck for 22s! [kworker/3:1:99]',
    ([, cpu, duration, task, pid]) => KernelReport.ofStall('soft-lockup', { cpu, duration, task, pid }),
  ),
  stall(
    'soft lockup',
    'kernel/watchdog.c watchdog_timer_fn',
    SOFT_LOCKUP,
    'watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [kworker/3:1:99]',
    ([, cpu, duration, task, pid]) => KernelReport.ofStall('soft-lockup', { cpu, duration, task, pid }),
  ),
  stall(
    'hard lockup',
    'kernel/watchdog.c watchdog_hardlockup_check',
    HARD_LOCKUP,
    'watchdog: CPU2: Watchdog detected hard LOCKUP on cpu 3',
    ([, cpu]) => KernelReport.ofStall('hard-lockup', { cpu }),
  ),
  stall(
    'RCU stall',
    'kernel/rcu/tree_stall.h print_cpu_stall, print_other_cpu_stall',
    RCU_STALL,
    'rcu: INFO: rcu_preempt self-detected stall on CPU',
    () => KernelReport.ofStall('rcu-stall', {}),
  ),
  stall(
    'hung task',
    'kernel/hung_task.c check_hung_task',
    BLOCKED_TASK,
    'INFO: task kworker/u32:5:143 blocked for more than 120 seconds.',
    ([, task, pid, duration]) => KernelReport.ofStall('hung-task', { task, pid, duration }),
  ),
  oops(
    'bad access',
    'arch/arm64/mm/fault.c die_kernel_fault',
    /^Unable to handle kernel .+? at virtual address (?:0x)?[0-9a-f]{1,16}$/,
    'Unable to handle kernel NULL pointer dereference at virtual address 0000000000000014',
  ),
  oops(
    'internal error',
    'arch/arm64/kernel/traps.c __die',
    /^Internal error: .+ \[#\d+\].*$/,
    'Internal error: synchronous external abort: 0000000096000410 [#1]  SMP',
  ),
  oops(
    'system error',
    'arch/arm64/kernel/traps.c arm64_serror_panic',
    /^SError Interrupt on CPU\d+, code (?:0x)?[0-9a-f]{1,16} -- SError$/,
    'SError Interrupt on CPU3, code 0x00000000be000011 -- SError',
  ),
  oops(
    'bad access of an x86',
    'arch/x86/mm/fault.c show_fault_oops',
    /^BUG: (?:unable to handle )?(?:kernel )?(?:NULL pointer dereference|paging request|page fault)(?:, address:| for address:| at) (?:0x)?[0-9a-f]{1,16}$/,
    'BUG: kernel NULL pointer dereference, address: 0000000000000018',
  ),
  oops(
    'oops of an x86',
    'arch/x86/kernel/dumpstack.c __die_header',
    /^(?:Oops: )?(?:Oops|general protection fault(?:, \w+ for (?:non-canonical )?address (?:0x)?[0-9a-f]{1,16})?): [0-9a-f]{4,16} \[#\d+\].*$/,
    'Oops: 0000 [#1] PREEMPT SMP NOPTI',
  ),
  oops(
    'general protection fault',
    'arch/x86/kernel/traps.c exc_general_protection',
    /^general protection fault(?:, \w+ for (?:non-canonical )?address (?:0x)?[0-9a-f]{1,16})?: [0-9a-f]{4} \[#\d+\].*$/,
    'general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1] SMP',
  ),
  oops('BUG', 'lib/bug.c __report_bug', /^kernel BUG at \S+!$/, 'kernel BUG at mm/slub.c:448!'),
  {
    name: 'panic',
    where: 'kernel/panic.c vpanic',
    firstWord: 'Kernel',
    pattern: /^Kernel panic - not syncing: (.*)$/,
    example: 'Kernel panic - not syncing: Oops: Fatal exception',
    recognise: ([, reason = ''], { sink, cause }) => {
      sink.emit('kernel.panicked', { agent: AGENT.linux, cause }, { reason });
    },
  },
  {
    name: 'header of a report',
    where: 'lib/dump_stack.c dump_stack_print_info',
    firstWord: 'CPU',
    pattern: /^CPU: \d{1,6} .*PID: .*$/,
    example: 'CPU: 3 UID: 0 PID: 143 Comm: kworker/3:1 Not tainted 7.2.13 #1 PREEMPT',
    begin: KernelReport.ofHeader,
  },
  warning(
    'warning',
    'kernel/panic.c __warn, kernel/locking/lockdep.c',
    /^WARNING: .+$/,
    'WARNING: CPU: 3 PID: 143 at drivers/iommu/io-pgtable-arm.c:326 __arm_lpae_map+0x1b4/0x2a0',
  ),
  warning(
    'BUG that the kernel survives',
    'kernel/sched/core.c __might_resched, mm',
    /^BUG: .+$/,
    'BUG: sleeping function called from invalid context at kernel/locking/mutex.c:580',
  ),
  warning(
    'name taken in sysfs',
    'fs/sysfs/dir.c sysfs_warn_dup',
    /^sysfs: cannot create duplicate filename .+$/,
    "sysfs: cannot create duplicate filename '/devices/platform/soc@0/30000000.remoteproc/adsp'",
  ),
];
