/** First lines of what the kernel reports when something goes badly wrong, and what they say. */

/** A function with offset and size, and perhaps its module: `fn+0x10/0x80 [module]`. */
const FUNCTION = /(?<function>[A-Za-z_$][\w.$]*)(?:\+0x[0-9a-f]+\/0x[0-9a-f]+)?(?: \[[^\]]+\])?/.source;

export interface WarningText {
  readonly file: string | null;
  readonly fileLine: number | null;
  readonly function: string | null;
  readonly cpu: number | null;
  readonly task: string | null;
  readonly pid: number | null;
  readonly message: string | null;
}

/** kernel/panic.c __warn: up to 6.16 with CPU and PID first, since then with the place first. */
const WARNING_FORMS: readonly RegExp[] = [
  new RegExp(
    `^WARNING: CPU: (?<cpu>\\d{1,6}) PID: (?<pid>\\d{1,9}) at (?<file>\\S+?)(?::(?<line>\\d{1,9}))? ${FUNCTION}$`,
  ),
  new RegExp(
    `^WARNING: (?<file>\\S+?)(?::(?<line>\\d{1,9}))? at ${FUNCTION}(?:, CPU#(?<cpu>\\d{1,6}): (?<task>.+)/(?<pid>\\d{1,9}))?$`,
  ),
  /^(?:WARNING|BUG): (?<message>.+)$/,
  /^(?<message>sysfs: cannot create duplicate filename .+)$/,
];

/** What the first line of a WARN, a survived BUG or a report of lockdep says; undefined for any other line. */
export function readWarning(text: string): WarningText | undefined {
  for (const form of WARNING_FORMS) {
    const told = form.exec(text)?.groups;
    if (told === undefined) continue;
    return {
      file: told['file'] ?? null,
      fileLine: numberIn(told['line']),
      function: told['function'] ?? null,
      cpu: numberIn(told['cpu']),
      task: told['task'] ?? null,
      pid: numberIn(told['pid']),
      message: told['message'] ?? null,
    };
  }
  return undefined;
}

export interface OopsText {
  readonly reason: string;
  readonly faultAddress: bigint | null;
  readonly syndrome: number | null;
}

/** arch/arm64/mm/fault.c die_kernel_fault, arch/arm64/kernel/traps.c __die and arm64_serror_panic, lib/bug.c. */
const BAD_ACCESS = /^Unable to handle kernel (.+?) at virtual address (?:0x)?([0-9a-f]{1,16})$/;
const INTERNAL_ERROR = /^Internal error: (.+?)(?:: (?:0x)?([0-9a-f]{1,16}))? \[#\d+\].*$/;
const SYSTEM_ERROR = /^(SError Interrupt) on CPU\d+, code (?:0x)?([0-9a-f]{1,16}) -- SError$/;
/** arch/x86/mm/fault.c show_fault_oops, now and before Linux 5.1; arch/x86/kernel/dumpstack.c __die_header; traps.c exc_general_protection. */
const X86_ACCESS =
  /^BUG: (?:unable to handle )?(?:kernel )?(NULL pointer dereference|paging request|page fault)(?:, address:| for address:| at) (?:0x)?([0-9a-f]{1,16})$/;
const X86_DIE = /^(?:Oops: )?(Oops): [0-9a-f]{4,16} \[#\d+\].*$/;
const X86_PROTECTION =
  /^(?:Oops: )?(general protection fault)(?:, \w+ for (?:non-canonical )?address (?:0x)?([0-9a-f]{1,16}))?: [0-9a-f]{4} \[#\d+\].*$/;
const KERNEL_BUG = /^kernel (BUG at \S+)!$/;

/** What a line of an oops that may be its first says; undefined for any other line. */
export function readOops(text: string): OopsText | undefined {
  const access = BAD_ACCESS.exec(text) ?? X86_ACCESS.exec(text) ?? X86_PROTECTION.exec(text);
  if (access !== null) {
    const faultAddress = access[2] === undefined ? null : BigInt(`0x${access[2]}`);
    return { reason: access[1] ?? '', faultAddress, syndrome: null };
  }
  const error = INTERNAL_ERROR.exec(text) ?? SYSTEM_ERROR.exec(text);
  if (error !== null) {
    const syndrome = Number.parseInt(error[2] ?? '', 16);
    return {
      reason: error[1] ?? '',
      faultAddress: null,
      syndrome: syndrome < 2 ** 51 ? syndrome : null,
    };
  }
  const bug = KERNEL_BUG.exec(text) ?? X86_DIE.exec(text);
  return bug === null ? undefined : { reason: bug[1] ?? '', faultAddress: null, syndrome: null };
}

/** The first line of an oops that has two. */
export function isAccess(text: string): boolean {
  return BAD_ACCESS.test(text) || X86_ACCESS.test(text);
}

/** What both lines of an oops say: the first tells the reason and the address, the later one the syndrome. */
export function joinOops(first: OopsText, later: OopsText): OopsText {
  return {
    reason: first.reason,
    faultAddress: first.faultAddress ?? later.faultAddress,
    syndrome: first.syndrome ?? later.syndrome,
  };
}

/** What a report says of the kernel that prints it. */
export interface ReportHeader {
  readonly release: string;
  readonly build: string;
}

/** lib/dump_stack.c dump_stack_print_info; flags of a taint are capital letters and blanks (kernel/panic.c print_tainted). */
const REPORT_HEADER =
  /^\s*CPU: \d{1,6} (?:UID: \d+ )?PID: \d{1,9} Comm: .+? (?:Kdump: loaded )?(?:Not tainted|Tainted: [A-Z ]+) +(\d+\.\d\S*) +(#.*)$/;
/** The same function: `dump_stack_arch_desc`, which device tree or SMBIOS gave. */
const HARDWARE_NAME = /^\s*Hardware name: (\S.*)$/;

/** Which kernel a report is from; undefined for a line that does not tell. */
export function readReportHeader(text: string): ReportHeader | undefined {
  const [, release, build] = REPORT_HEADER.exec(text) ?? [];
  return release === undefined || build === undefined ? undefined : { release, build };
}

/** The machine that a report is from; undefined for a line that does not tell. */
export function readHardwareName(text: string): string | undefined {
  const name = HARDWARE_NAME.exec(text)?.[1];
  return name === undefined ? undefined : machineOfHardware(name);
}

/** Without what the kernel adds to a name: ` (DT)` (drivers/of/fdt.c), `, BIOS …` (drivers/firmware/dmi_scan.c). */
export function machineOfHardware(name: string): string {
  return name.replace(/,? BIOS .*$/, '').replace(/ \(DT\)$/, '');
}

function numberIn(digits: string | undefined): number | null {
  return digits === undefined ? null : Number(digits);
}
