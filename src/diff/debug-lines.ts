/** Level of what the kernel says for debugging (KERN_DEBUG, include/linux/kern_levels.h). */
export const DEBUG_LEVEL = 7;

/**
 * Lines that every kernel prints at KERN_DEBUG into its log and no console shows unless it is told to (`debug`,
 * `ignore_loglevel`), as mainline prints them.
 */
const FOR_DEBUGGING: readonly RegExp[] = [
  // mm/percpu.c, pcpu_dump_alloc_info
  /^pcpu-alloc: /,
  // init/main.c, run_init_process, and what it hands over line by line
  /^ {2}with (?:arguments|environment):$/,
  /^ {4}[^\s:]+$/,
  // init/main.c with initcall_debug; drivers/base/dd.c, really_probe_debug
  /^calling {2}\S+ @ \d+/,
  /^initcall \S+ returned -?\d+ after \d+ usecs/,
  /^probe of \S+ returned -?\d+ after \d+ usecs/,
  // drivers/remoteproc/remoteproc_core.c and remoteproc_elf_loader.c, dev_dbg
  /^remoteproc remoteproc\d+: (?:phdr: type |rsc: type |(?:carveout|devmem|trace|vdev) rsc: |mapped devmem )/,
  // drivers/base/pinctrl.c and dd.c, dev_dbg
  /^\S+ \S+: (?:no pinctrl handle|Driver \S+ requests probe deferral)$/,
];

/** Whether a line is one that kernels print for debugging, by what it says: nothing else tells where levels are not kept. */
export function isForDebugging(text: string): boolean {
  return FOR_DEBUGGING.some((pattern) => pattern.test(text));
}
